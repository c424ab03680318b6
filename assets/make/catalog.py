"""Re-creates the whole sample catalog: `python make/catalog.py`.

Writes catalog/products.jsonl, catalog/images, catalog/sounds and icon.png next
to this folder.  Spoken descriptions need the espeak-ng program.
"""

import json
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)

import numpy as np
import soundfile

import drawings
import icon
import sounds
from words import (BRANDS, DEPARTMENTS, EXTRAS, FOOD_REVIEWS, JUICES, MATERIALS, NOUNS, OPENERS, PATTERNS, REVIEWS, SHOP,
                   SOUNDS, STYLES)

OUT = os.path.join(os.path.dirname(HERE), "catalog")


# ------------------------------------------------------------------ products

def choose(kind, n, rng):
    """n looks of a kind: every shape and colour in turn, patterns mixed in."""
    info = drawings.KINDS[kind]
    colours, shapes = list(dict.fromkeys(info["colours"])), list(info["shapes"])
    rng.shuffle(colours)
    patterns, materials = list(info["patterns"]), list(info["materials"])
    rng.shuffle(patterns)
    rng.shuffle(materials)
    looks, seen = [], set()
    for i in range(n):
        colour = colours[i % len(colours)]
        if kind == "sweater" and i < 3:
            colour = "red"
        look = {"colour": colour, "shape": shapes[i % len(shapes)], "pattern": patterns[i % len(patterns)],
                "material": materials[(i + i // len(materials)) % len(materials)]}
        if kind == "sweater" and i < 3:
            look["pattern"] = ("cable-knit", "plain", "striped")[i]
        tries = 0
        while (look["colour"], look["shape"], look["pattern"], look["material"]) in seen and tries < 20:
            look["material"], look["pattern"], tries = rng.choice(materials), rng.choice(patterns), tries + 1
        seen.add((look["colour"], look["shape"], look["pattern"], look["material"]))
        looks.append(look)
    return looks


def first_up(text):
    return text[:1].upper() + text[1:]


def article(text):
    return ("An " if text[:1].lower() in "aeiou" else "A ") + text


def write_copy(kind, look, rng):
    info = drawings.KINDS[kind]
    c, z = drawings.COLOURS[look["colour"]]["en"], drawings.COLOURS[look["colour"]]["zh"]
    m, n = look["material"], MATERIALS[look["material"]]
    if kind == "plant":
        m = article(m).lower()
    if kind == "bread":
        m = m.replace(" flour", "")
    p, pz = PATTERNS[look["pattern"]]
    if look["pattern"] == "plain":
        p = pz = ""
    nouns = NOUNS.get(kind, {})
    plural = info["en"] in ("socks", "sneakers", "boots", "headphones", "sunglasses", "jeans", "trousers")
    noun, zn = nouns.get(look["shape"]) or nouns.get("*") or (f"{look['shape']} {info['en']}".strip(), info["zh"])
    j, k = JUICES.get(look["colour"], ("fruit", "果"))
    fill = dict(Ac=first_up(c) if plural else article(c), c=c, z=z, m=m, n=n, j=j, k=k, kind=info["en"], kz=info["zh"])
    templated = "{" in noun or info["department"] == "Food"
    noun, zn = noun.format(**fill), zn.format(**fill)
    simple = m.split(" and ")[0] if len(m.split()) <= 2 and "plastic" not in m else ""
    if templated:
        title, title_zh = first_up(noun), zn
    else:
        words = [c, p] + ([simple] if simple and rng.random() < .55 and simple not in noun else []) + [noun]
        title = first_up(" ".join(w for w in words if w))
        title_zh = z + pz + (n if simple and simple in words else "") + zn
    long = (f"{c} {p} {noun}" if not templated else noun).replace("  ", " ")
    bare = plural or noun.startswith(("two", m)) or "," in noun or noun.endswith(
        ("crisps", "juice", "oranges", "apples", "bananas")) or kind == "milk"
    a_noun = "A pair of " + long if plural else first_up(long) if bare else article(long)
    opener, opener_zh = rng.choice(OPENERS[info["department"]])
    if plural:
        opener = opener.replace("This {noun} is", "These {noun} are")
    opener = opener.replace("{A} {noun}", a_noun)
    zn_long = title_zh if templated else z + pz + zn
    parts = [(first_up(opener.format(noun=noun, **fill)), opener_zh.format(zn=zn_long, **fill))]
    sentences = list(SHOP[kind][3])
    rng.shuffle(sentences)
    parts += sentences[:1 if look["pattern"] in STYLES else rng.choice((1, 2))]
    if look["pattern"] in STYLES:
        parts.insert(1, STYLES[look["pattern"]])
    if len(parts) < 3 and rng.random() < .6:
        parts.append(rng.choice(EXTRAS[info["department"]]))
    return title, title_zh, " ".join(e for e, _ in parts), "".join(x for _, x in parts)


def price(kind, rng):
    low, high = SHOP[kind][2]
    p = low + (high - low) * rng.random() ** 1.5
    return f"{int(p)}.{rng.choice(('00', '50', '90', '99')) if p < 60 else '00'} USD"


def review_list(kind, look, rng):
    info, c = drawings.KINDS[kind], drawings.COLOURS[look["colour"]]
    picks = rng.sample(FOOD_REVIEWS if info["department"] == "Food" else REVIEWS, rng.choice((1, 2, 2, 3, 4)))
    return [{"rating": r, "text": t.format(c=c["en"], z=c["zh"], kind=info["en"], kz=info["zh"]), "language": lang} for r, lang, t in picks]


# ------------------------------------------------------------------ sounds

def _crc_table():
    out = []
    for i in range(256):
        r = i << 24
        for _ in range(8):
            r = ((r << 1) ^ 0x04C11DB7 if r & 0x80000000 else r << 1) & 0xFFFFFFFF
        out.append(r)
    return out


_CRC = _crc_table()


def fix_serial(path, serial):
    """Give the Ogg pages a fixed stream number, so that a rebuild is identical."""
    data, at = bytearray(open(path, "rb").read()), 0
    while at < len(data):
        n = data[at + 26]
        size = 27 + n + sum(data[at + 27:at + 27 + n])
        data[at + 14:at + 18] = struct.pack("<I", serial)
        data[at + 22:at + 26] = b"\0\0\0\0"
        crc = 0
        for b in data[at:at + size]:
            crc = ((crc << 8) & 0xFFFFFFFF) ^ _CRC[(crc >> 24) ^ b]
        data[at + 22:at + 26] = struct.pack("<I", crc)
        at += size
    open(path, "wb").write(data)


def save_sound(path, wave, serial):
    goal = 10 ** (-3 / 20)
    wave = wave / (np.abs(wave).max() + 1e-9) * goal
    for _ in range(2):  # the codec may overshoot on sharp clicks: measure, then correct
        soundfile.write(path, wave.astype(np.float32), sounds.RATE, format="OGG", subtype="VORBIS")
        wave = wave * goal / np.abs(soundfile.read(path)[0]).max()
    fix_serial(path, serial)


def speak(text, chinese, rng):
    """A spoken sentence at 16 kHz."""
    with tempfile.TemporaryDirectory() as folder:
        wav = os.path.join(folder, "say.wav")
        voice = "cmn-latn-pinyin" if chinese else rng.choice(("en-gb", "en-us"))  # plain "cmn" spells pinyin out as English
        subprocess.run(["espeak-ng", "-v", voice, "-s", str(rng.choice((145, 155, 165)) + 25 * chinese), "-p", str(rng.randrange(35, 65)), "-w", wav, text], check=True)
        wave, rate = soundfile.read(wav, dtype="float64")
    n = int(len(wave) * sounds.RATE / rate)
    keep = n // 2 + 1
    spectrum = np.fft.rfft(wave)[:keep]
    loud = np.flatnonzero(np.abs(wave) > .01)
    wave = np.fft.irfft(spectrum, n)
    end = min(n, int((loud[-1] + .2 * rate) * sounds.RATE / rate))
    return wave[:end]


# ------------------------------------------------------------------ everything

def main():
    start = time.time()
    shutil.rmtree(OUT, ignore_errors=True)
    os.makedirs(os.path.join(OUT, "images"))
    os.makedirs(os.path.join(OUT, "sounds"))
    lines, spoken = [], 0
    places = random.Random("catalog/order").sample(range(len(SHOP)), len(SHOP))
    for number, kind in enumerate(SHOP):
        prefix, count = SHOP[kind][:2]
        info, rng = drawings.KINDS[kind], random.Random(f"catalog/{kind}")
        for i, look in enumerate(choose(kind, count, rng)):
            pid, seed = f"{prefix}-{i + 1:03d}", 1000 * (number + 1) + i
            title, title_zh, text, text_zh = write_copy(kind, look, rng)
            c = drawings.COLOURS[look["colour"]]
            item = {"id": pid, "title": title, "title_zh": title_zh, "description": text, "description_zh": text_zh,
                    "brand": rng.choice(BRANDS[info["department"]]), "price": price(kind, rng),
                    "product_type": f"{info['department']} > {info['category']}",
                    "product_type_zh": f"{DEPARTMENTS[info['department']]} > {info['category_zh']}",
                    "color": c["en"], "color_zh": c["zh"], "material": look["material"], "pattern": PATTERNS[look["pattern"]][0],
                    "image_link": f"images/{pid}.jpg"}
            drawings.render(kind, seed, 320, **look).save(os.path.join(OUT, item["image_link"]), quality=86, optimize=True)
            if i % 4 == 1:
                first = drawings.describe(kind, seed, **look)
                again = dict(look, flip=not first["flip"], accent=first["accent"], angle=-first["angle"] or 8, zoom=1.04)
                name = f"images/{pid}-2.jpg"
                drawings.render(kind, seed, 320, background=other_background(kind, look, seed), **again).save(os.path.join(OUT, name), quality=86, optimize=True)
                item["additional_image_link"] = [name]
            item.update(sound_of(kind, look, i, pid, seed, item, rng))
            if rng.random() < .09 or (kind in ("sweater", "kettle", "headphones") and i == 1):
                item["reviews"] = review_list(kind, look, rng)
            lines.append(((i, places[number]), json.dumps(item, ensure_ascii=False)))
    # One of each kind, then the next of each: the first screen of the shop is as varied as the shop.
    lines = [line for _, line in sorted(lines)]
    with open(os.path.join(OUT, "products.jsonl"), "w", encoding="utf-8") as f:
        f.write("\n".join(lines) + "\n")
    icon.draw(256).save(os.path.join(os.path.dirname(OUT), "icon.png"), optimize=True)
    print(f"{len(lines)} products in {time.time() - start:.0f} s")


def other_background(kind, look, seed):
    for k in range(1, 20):
        b = drawings.describe(kind, seed + 50 * k, **look)["background"]
        if b != drawings.describe(kind, seed, **look)["background"]:
            return b


def sound_of(kind, look, i, pid, seed, item, rng):
    """The product's own sound, or for some others a spoken description."""
    what = SOUNDS.get(kind)
    if isinstance(what, dict):
        what = what.get(look["shape"])
    name = f"sounds/{pid}.ogg"
    if what and i % 7 < 5:
        wave, _ = sounds.render(what, seed)
    elif not what and i in (0, 3) and kind not in SOUNDS:
        chinese = i == 3
        text = (item["title_zh"] + "。" + item["description_zh"].split("。")[1] + "。") if chinese else item["title"] + ". " + item["description"].split(". ")[1].rstrip(".") + "."
        wave = speak(text, chinese, rng)
    else:
        return {}
    save_sound(os.path.join(OUT, name), wave, seed)
    return {"audio_link": name}


if __name__ == "__main__":
    main()
