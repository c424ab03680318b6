"""Prints the measures of the model card on the dev parts, for the shipped ONNX files.

`python evaluate.py --data DIR --bundle ../compact`. Dev rows were never trained on. Chance and, where
there is one, a single-feature baseline (raw ImageNet features) stand beside each figure.
"""
import argparse
import io
import random
from collections import Counter

import numpy as np
from PIL import Image, ImageFilter

import captions
from common import Paths, fit, flatten, jsonl
from data import rows_of
from captions import mistyped
from words import article_zh, colour_zh, singular


def ranks(query, pool, target):
    s = query @ pool.T
    return (s > s[np.arange(len(query)), target][:, None]).sum(1)


def recall(query, pool, target, at=(1, 5, 10)):
    r = ranks(query, pool, target)
    return [float((r < k).mean()) for k in at]


def precision(query, pool, relevant, k=10, skip=None):
    s = query @ pool.T
    if skip is not None:
        s[np.arange(len(s)), skip] = -9
    top = np.argpartition(-s, k, axis=1)[:, :k]
    return float(np.mean([relevant[i][top[i]].mean() for i in range(len(s))]))


def opened(paths, rows):
    for r in rows:
        with open(paths.data / r["set"] / r["tar"], "rb") as f:
            f.seek(r["offset"])
            yield flatten(Image.open(io.BytesIO(f.read(r["length"]))))


def pictures(paths, rows):
    return np.stack([fit(im) for im in opened(paths, rows)])


def fashion(paths, enc, say):
    rows = [r for r in rows_of(paths, "fashion44k") if r["split"] == "dev"]
    pics = pictures(paths, rows)
    img, n = enc.image(pics), len(rows)
    txt = enc.text([r["title"] for r in rows])
    say("fashion title->image R@1/5/10", recall(txt, img, np.arange(n)), [1 / n, 5 / n, 10 / n])
    trained = {r["title"].lower() for r in rows_of(paths, "fashion44k") if r["split"] == "train"}
    new = np.array([i for i, r in enumerate(rows) if r["title"].lower() not in trained])
    say(f"  only the {len(new)} titles not in train", recall(txt[new], img, new), [1 / n, 5 / n, 10 / n])
    label, colour = np.array([r["label"] for r in rows]), np.array([r["colour"] for r in rows])
    combos = [c for c, _ in Counter(zip(label, colour)).most_common(50)]
    rel = [(label == a) & (colour == c) for a, c in combos]
    en = enc.text([f"{c.lower()} {singular(a)}" for a, c in combos])
    say("colour+article P@10 (50)", [precision(en, img, rel)], [float(np.mean(rel))])
    zh_ok = [i for i, (a, c) in enumerate(combos) if article_zh(a) and colour_zh(c)]
    zh = enc.text([colour_zh(combos[i][1])[0] + article_zh(combos[i][0])[0] for i in zh_ok])
    part = [rel[i] for i in zh_ok]
    e5, z5 = precision(en[zh_ok], img, part, 5), precision(zh, img, part, 5)
    say("colour+article P@5 en / zh / share", [e5, z5, z5 / max(e5, 1e-9)], [float(np.mean(part))])
    types = [a for a, k in Counter(label).items() if k >= 10]
    relt = [label == a for a in types]
    say(f"article P@10 ({len(types)})", [precision(enc.text([singular(a) for a in types]), img, relt)], [float(np.mean(relt))])
    say(f"article P@10, Chinese", [precision(enc.text([article_zh(a)[0] for a in types]), img, relt)], [float(np.mean(relt))])
    same = [label == l for l in label]
    base = enc.raw(pics) if hasattr(enc, "raw") else None
    say("image->image same article P@10", [precision(img, img, same, 10, np.arange(n))], [float(np.mean(same))],
        precision(base, base, same, 10, np.arange(n)) if base is not None else None)


def regions(paths, rows, low, high, seed, blur=0.0):
    """A rectangle of every picture, its sides `low` to `high` of the whole's, as a user would draw it."""
    rng, out = np.random.default_rng(seed), []
    for im in opened(paths, rows):
        part = rng.uniform(low, high, 2)
        w, h = (max(8, int(a * b)) for a, b in zip(im.size, part))
        x, y = int(rng.integers(0, im.width - w + 1)), int(rng.integers(0, im.height - h + 1))
        im = im.crop((x, y, x + w, y + h))
        out.append(fit(im.filter(ImageFilter.GaussianBlur(blur * w)) if blur else im))
    return np.stack(out)


def asking(paths, enc, say):
    """Other ways to ask of the fashion pool: from picture to title, a region, a region with words, a slip of the fingers."""
    rows = [r for r in rows_of(paths, "fashion44k") if r["split"] == "dev"]
    n = len(rows)
    own, even = np.arange(n), [1 / n, 5 / n, 10 / n]
    img, txt = enc.image(pictures(paths, rows)), enc.text([r["title"] for r in rows])
    say("fashion picture->title R@1/5/10", recall(img, txt, own), even)
    rng = random.Random(5)
    slips = [mistyped(r["title"], rng) for r in rows]
    say(f"fashion title with one slip ({sum(a != r['title'] for a, r in zip(slips, rows))} changed)->picture R@1/5/10", recall(enc.text(slips), img, own), even)
    say("region of 50-70 % of the sides->its picture R@1/10", recall(enc.image(regions(paths, rows, 0.5, 0.7, 3)), img, own, (1, 10)), even[::2])
    said = enc.text([f"{r['colour'].lower()} {singular(r['label'])}".strip() for r in rows])
    for name, part, blur in (("region of 50-70 %", (0.5, 0.7), 0.0), ("blurred region of 40-60 %", (0.4, 0.6), 0.03), ("blurred region of 30-50 %", (0.3, 0.5), 0.04)):
        hint = enc.image(regions(paths, rows, *part, 4, blur))
        say(name + " / its colour and article / both, R@10", [recall(q, img, own, (10,))[0] for q in (hint, said, hint + said)], [10 / n])


def electronics(paths, enc, say):
    rows = rows_of(paths, "electronics")
    dev = [r for r in rows if r["split"] == "dev"]
    more = [r for r in rows if r["split"] == "train"][:450]
    pool = enc.image(pictures(paths, dev + more))
    txt, n = enc.text([r["title"] for r in dev]), len(dev)
    say("electronics title->image R@1/5/10, pool 443", recall(txt, pool[:n], np.arange(n)), [1 / n, 5 / n, 10 / n])
    say("  pool 893 (450 train pictures added)", recall(txt, pool, np.arange(n)), [1 / 893, 5 / 893, 10 / 893])


def grocery(paths, enc, say):
    rows = rows_of(paths, "grocery")
    dev = [r for r in rows if r["split"] == "dev"]
    icons = [r for r in rows if r["kind"] == "iconic"]
    photo_px, icon_px = pictures(paths, dev), pictures(paths, icons)
    photo, icon = enc.image(photo_px), enc.image(icon_px)
    target = np.array([[i["cls"] for i in icons].index(r["cls"]) for r in dev])
    say("grocery photo->81 names top-1/5", recall(photo, enc.text([r["title"] for r in icons]), target, (1, 5)), [1 / 81, 5 / 81])
    raw = recall(enc.raw(photo_px), enc.raw(icon_px), target, (1, 5)) if hasattr(enc, "raw") else None
    say("grocery photo->iconic top-1/5", recall(photo, icon, target, (1, 5)), [1 / 81, 5 / 81], raw)


def clothing(paths, enc, say):
    rows = [r for r in rows_of(paths, "clothing") if r["split"] == "dev"]
    px = pictures(paths, rows)
    img = enc.image(px)
    label = np.array([r["label"] for r in rows])
    same = [label == l for l in label]
    raw = precision(enc.raw(px), enc.raw(px), same, 10, np.arange(len(rows))) if hasattr(enc, "raw") else None
    say("clothing photos image->image P@10", [precision(img, img, same, 10, np.arange(len(rows)))], [float(np.mean(same))], raw)
    names = sorted(set(label))
    say("clothing photo->17 names top-1/5", recall(img, enc.text([singular(n) for n in names]), np.array([names.index(l) for l in label]), (1, 5)), [1 / 17, 5 / 17])


def words(paths, enc, say):
    test = captions.dictionary_test(paths)
    zh, en = enc.text([z for z, _ in test]), enc.text([e for _, e in test])
    r = ranks(zh, en, np.arange(len(test)))
    say(f"zh word->en word, {len(test)} held out, R@1/10", [float((r < k).mean()) for k in (1, 10)], [1 / len(test), 10 / len(test)])
    for name in captions.TESTED:
        part = [i for i, t in enumerate(test) if t in captions.dictionary_words(paths, name)]
        say(f"  the {len(part)} of them from {name}", [float((r[part] < k).mean()) for k in (1, 10)], [1 / len(test), 10 / len(test)])
    own = [(e[0], z[0]) for e, z in captions.CONCEPTS]
    a, b = enc.text([z for _, z in own]), enc.text([e for e, _ in own])
    say(f"zh->en of the {len(own)} own concepts (trained) R@1/10", recall(a, b, np.arange(len(own)), (1, 10)), [1 / len(own), 10 / len(own)])


def drawings(paths, enc, say):
    import drawn

    try:
        rows, pics = drawn.test_pictures()
    except ImportError as e:
        print("drawings left out:", e)
        return
    img = enc.image(pics)
    kinds = list(dict.fromkeys(r["label"] for r in rows))
    target = np.array([kinds.index(r["label"]) for r in rows])
    first = {r["label"]: r for r in rows}
    for lang, key in (("English", "en"), ("Chinese", "zh_names")):
        names = enc.text([first[k][key][0] for k in kinds])
        say(f"drawing->{len(kinds)} names top-1/5, {lang}", recall(img, names, target, (1, 5)), [1 / len(kinds), 5 / len(kinds)])
    both = {}
    for i, r in enumerate(rows):
        both.setdefault((r["label"], r["colour"]), []).append(i)
    for lang, text in (("English", lambda r: f"{r['colour_en'][0]} {r['en'][0]}"), ("Chinese", lambda r: r["colour_zh"][0] + r["zh_names"][0])):
        q = enc.text([text(rows[v[0]]) for v in both.values()])
        top = (q @ img.T).argmax(1)
        hit = float(np.mean([t in v for t, v in zip(top, both.values())]))
        say(f"colour+kind->drawing, best is right, {lang} ({len(both)})", [hit], [float(np.mean([len(v) for v in both.values()])) / len(rows)])


class Raw:
    """Adds the raw ImageNet features as the single-feature baseline."""

    def __init__(self, paths):
        import torch
        from towers import imagenet_backbone
        self.net, self.torch = imagenet_backbone(paths.data / "weights/mobilenet_v2_imagenet.safetensors"), torch

    def __call__(self, u8):
        from common import pixels_of
        with self.torch.no_grad():
            v = np.concatenate([self.net(self.torch.from_numpy(pixels_of(u8[a: a + 64]))).numpy() for a in range(0, len(u8), 64)])
        return v / np.linalg.norm(v, axis=1, keepdims=True)


def seeing(paths, enc, say):
    for name, part in (("fashion44k", fashion), ("fashion44k", asking), ("electronics", electronics), ("grocery", grocery), ("clothing", clothing)):
        if (paths.data / name).exists():
            part(paths, enc, say)
    drawings(paths, enc, say)
    words(paths, enc, say)


def speaker(paths=None):
    def say(name, got, chance, raw=None):
        f = lambda v: " / ".join(f"{x:.3f}" for x in v)
        line = f"{name:58s} {f(got):24s} chance {f(chance)}" + (f"   raw features {raw if isinstance(raw, str) else f(np.atleast_1d(raw))}" if raw is not None else "")
        paths.log(line) if paths else print(line, flush=True)
    return say


def main():
    from export import Bundle

    p = argparse.ArgumentParser()
    p.add_argument("--data"), p.add_argument("--bundle", default="../compact"), p.add_argument("--work", default="work")
    p.add_argument("--no-raw", action="store_true"), p.add_argument("--no-audio", action="store_true")
    a = p.parse_args()
    paths = Paths(a.data, a.work)
    enc = Bundle(a.bundle)
    if not a.no_raw:
        enc.raw = Raw(paths)
    seeing(paths, enc, speaker())
    if not a.no_audio:
        import hearing
        hearing.evaluate(paths, enc, speaker())


if __name__ == "__main__":
    main()
