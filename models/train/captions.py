"""Texts for the towers to learn from: captions of pictures, and English-Chinese pairs.

A caption is drawn anew at every visit: the product's own title, a "colour article" phrase in
either language, or a bare class name. Chinese phrases come from `words.py` alone.
"""
import hashlib
import random
import re
from collections import defaultdict

from common import jsonl
from words import ARTICLES, COLOURS, CONCEPTS, article_zh, colour_zh, singular

EN_SHAPES = ["{c} {a}", "{c} {a}", "a {c} {a}", "{a} in {c}", "{a}, {c}", "{a} {c}"]
ZH_SHAPES = ["{c}{a}", "{c}{a}", "{c}的{a}", "{a} {c}", "{c} {a}", "一个{c}{a}"]

_NAMES = sorted(((n.lower(), i) for i, (en, _) in enumerate(CONCEPTS) for n in en), key=lambda x: -len(x[0]))
_HUES = sorted(((n.lower(), i) for i, (en, _) in enumerate(COLOURS) for n in en), key=lambda x: -len(x[0]))


def _finder(names):
    forms = {}
    for name, i in names:
        forms.setdefault(name, i)
        forms.setdefault(name + "s", i)
    pattern = re.compile(r"(?<![a-z])(" + "|".join(re.escape(f) for f in sorted(forms, key=len, reverse=True)) + r")(?![a-z])")
    return lambda text: [forms[m] for m in pattern.findall(text.lower())]


find_concepts, find_hues = _finder(_NAMES), _finder(_HUES)
_SKIP = {"boat", "cat", "dog", "car", "horse", "bird", "truck", "tree", "toy", "table", "desk", "drill", "hammer", "ladder", "rain", "robot", "gloves", "tie", "glass", "key", "nail", "water", "cream", "rose", "triangle", "iron", "oil", "box", "bag", "stand", "plug", "book", "paper", "screen", "fan", "plate", "pot", "salt", "cap", "lock", "top", "bin", "plane", "gold", "skin", "steel", "copper", "rust", "tan", "recorder", "lens", "tablet", "suit", "train", "fish", "bell", "orange", "lime", "ball", "tee", "battery", "apple", "mouse", "ring", "phone", "gift", "block", "blocks", "pan", "cable", "charger"}
SKIP = {i for i, (en, _) in enumerate(CONCEPTS) if en[0] in _SKIP - {"cable", "charger", "battery", "mouse", "tablet", "lens", "stand"}}


def held_out_word(zh):
    """About one Chinese dictionary word in 32 is never trained on; `evaluate.py` asks for it."""
    return int(hashlib.sha1(zh.encode()).hexdigest()[:2], 16) < 8 and zh not in OWN_ZH


DICTIONARIES = {"taxonomy_en_zh": 1.5, "wiktionary_nouns_en_zh": 1.2, "wordnet_nouns_en_zh": 0.7, "emoji_names_en_zh": 0.6}
OWN_ZH = {z for _, zs in CONCEPTS + COLOURS for z in zs} | {z for v in ARTICLES.values() for z in v.split("|")}
OWN_EN = {e.lower() for es, _ in CONCEPTS + COLOURS for e in es}


def facts(row):
    """(English names, Chinese names, English colours, Chinese colours) of a picture."""
    en, zh, cen, czh = [], [], [], []
    name = row["set"]
    if name in ("fashion44k", "clothing"):
        en = [singular(row["label"]), row["label"].lower()]
        zh = article_zh(row["label"])
        if row["colour"]:
            cen, czh = [row["colour"].lower()], colour_zh(row["colour"])
    elif name == "grocery":
        en = [row["title"].lower(), row["label"].replace("-", " ").lower()]
        zh = [z for i in find_concepts(row["label"].replace("-", " ").replace("Satsumas", "mandarin")) for z in CONCEPTS[i][1]]
    elif name == "electronics":
        found = [i for i in find_concepts(row["title"][:90]) if i not in SKIP][:1]
        en = [e for i in found for e in CONCEPTS[i][0]]
        zh = [z for i in found for z in CONCEPTS[i][1]]
        hues = find_hues(row["title"])
        if len(set(hues)) == 1:
            cen, czh = COLOURS[hues[0]][0][:1], COLOURS[hues[0]][1]
    elif name == "emoji":
        en = [row["title"]] + row["en_keywords"]
        zh = [row["zh"]] + row["zh_keywords"]
    elif name == "drawn":
        en, zh, cen, czh = row["en"], row["zh_names"], row["colour_en"], row["colour_zh"]
    return en, zh, cen, czh


def caption(row, f, rng):
    """(text, kind): kind 0 = title, 1 = colour and article, 2 = article alone."""
    en, zh, cen, czh = f
    r = rng.random()
    if row["title"] and r < {"fashion44k": 0.45, "electronics": 0.6, "grocery": 0.35}.get(row["set"], 0.3):
        t = row["title"]
        if row["set"] == "electronics" and rng.random() < 0.4:  # a part of a long title
            w = t.split()
            n = rng.randint(min(3, len(w)), len(w))
            s = rng.randint(0, len(w) - n)
            t = " ".join(w[s: s + n])
        if row["set"] == "grocery" and row["extra"] and rng.random() < 0.15:
            t = row["extra"][0] or t
        return t, 0
    coloured = cen and rng.random() < 0.65
    if zh and (not coloured or czh) and rng.random() < 0.5:
        a = rng.choice(zh)
        return (rng.choice(ZH_SHAPES).format(c=rng.choice(czh), a=a), 1) if coloured else (a, 2)
    if not en:
        return row["title"], 0
    a = rng.choice(en)
    return (rng.choice(EN_SHAPES).format(c=rng.choice(cen), a=a), 1) if coloured else (a, 2)


def mistyped(text, rng):
    """One slip of the fingers in one Latin word of four letters or more."""
    words = text.split(" ")
    long = [i for i, w in enumerate(words) if len(w) >= 4 and w.isascii() and w.isalpha()]
    if not long:
        return text
    i = rng.choice(long)
    w, at = words[i], rng.randint(1, len(words[i]) - 2)
    words[i] = rng.choice([w[:at] + w[at + 1:], w[:at] + w[at + 1] + w[at] + w[at + 2:], w[:at] + w[at] + w[at:],
                           w[:at] + rng.choice("abcdefghijklmnopqrstuvwxyz") + w[at + 1:]])
    return " ".join(words)


def pairs(paths):
    """([English names], [Chinese names], weight) for every concept that may be trained on."""
    out = [(en, zh, 12.0) for en, zh in CONCEPTS] + [(en, zh, 12.0) for en, zh in COLOURS]
    out += [([singular(k), k.lower()], article_zh(k), 4.0) for k in ARTICLES]
    if paths.allowed("fashion44k") is False:
        out = [p for p in out if p[1]]
    for name, weight in DICTIONARIES.items():
        for r in jsonl(paths.data / "text" / f"{name}.jsonl"):
            en = ([r["en"]] + [e for e in r.get("en_all", []) if e != r["en"]])[:4]
            zh = ([r["zh"]] + [z for z in r.get("zh_all", []) if z != r["zh"]])[:6]
            if name.startswith("taxonomy"):
                zh = zh + zh[0].split("/") if "/" in zh[0] else zh
            zh = [z for z in zh if not held_out_word(z)]
            if en and zh:
                out.append((en, zh, weight))
    return out


TESTED = ["taxonomy_en_zh", "wiktionary_nouns_en_zh", "wordnet_nouns_en_zh"]


def dictionary_words(paths, name):
    return {(r["zh"], r["en"]) for r in jsonl(paths.data / "text" / f"{name}.jsonl")}


def dictionary_test(paths):
    """Held-out Chinese words with their English names: [(zh, en)], one row an English word."""
    seen, out = set(), []
    for name in TESTED:
        for r in jsonl(paths.data / "text" / f"{name}.jsonl"):
            if held_out_word(r["zh"]) and r["en"].lower() not in seen and r["zh"] not in seen:
                seen |= {r["en"].lower(), r["zh"]}
                out.append((r["zh"], r["en"]))
    return out


def shop_lines(paths):
    """(Chinese title, its product word) from the tagged titles."""
    if not paths.allowed("taobao_titles_zh"):
        return []
    out = []
    for r in jsonl(paths.data / "text/taobao_titles_zh.jsonl"):
        for s, e, tag in r["spans"]:
            if tag == "HCCX" and e - s >= 2:
                out.append((r["zh"], r["zh"][s:e]))
    return out


def dictionary_english(paths):
    """Every English name in the dictionaries, those of held-out Chinese words too: what is held out is
    the Chinese word, and what an English word means is the English teacher's to say."""
    seen = {}
    for name in DICTIONARIES:
        for r in jsonl(paths.data / "text" / f"{name}.jsonl"):
            for e in [r["en"]] + r.get("en_all", []):
                seen[e] = 1
    return list(seen)


def english_texts(paths, rows):
    """Every English text the teacher should place, without doubles."""
    seen = {}
    for r in rows:
        if r["split"] == "train":
            en, _, cen, _ = facts(r)
            for t in ([r["title"]] if r["title"] else []) + en[:3]:
                seen[t] = 1
            for c in cen:
                for a in en[:1]:
                    seen[f"{c} {a}"] = 1
    for en, _, _ in pairs(paths):
        for e in en[:2]:
            seen[e] = 1
    seen.update(dict.fromkeys(dictionary_english(paths), 1))
    rng = random.Random(4)
    for en, _ in CONCEPTS:
        for _ in range(3):
            seen[f"{rng.choice(COLOURS)[0][0]} {en[0]}"] = 1
    return list(seen)
