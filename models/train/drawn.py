"""Pictures and sounds that the project draws itself, with seeds that the sample catalog never uses.

They close the gap between photographs and drawings. Seeds from 100000 are for training, from
900000 for the test in `evaluate.py`; the catalog's own pictures (below 100000) are never touched.
"""
import json
import sys
from pathlib import Path

import numpy as np

import captions
from common import SIZE, WINDOW, fit, level, pixels_of, trim
from words import colour_zh

TRAIN_SEED, TEST_SEED = 100000, 900000


def makers():
    folder = Path(__file__).resolve().parents[2] / "assets" / "make"
    sys.path.insert(0, str(folder))
    import drawings
    import sounds
    return drawings, sounds


def names(info):
    """All names of a drawn kind: its own, and those of the concept it belongs to."""
    en, zh = [info["en"]], [info["zh"]]
    for e, z in captions.CONCEPTS:
        if info["en"].lower() in [x.lower() for x in e] or info["zh"] in z[:1]:
            en += [x for x in e if x not in en]
            zh += [x for x in z if x not in zh]
    return en, zh


def row(drawings, kind, seed):
    info, about = drawings.KINDS[kind], drawings.describe(kind, seed)
    colour = drawings.COLOURS[about["colour"]]
    en, zh = names(info)
    czh = [colour["zh"]] + [z for z in colour_zh(colour["en"]) if z != colour["zh"]]
    return {"set": "drawn", "id": f"{kind}-{seed}", "split": "train", "title": "", "label": kind, "colour": about["colour"], "extra": [],
            "en": en, "zh_names": zh, "colour_en": [colour["en"]], "colour_zh": czh}


def test_pictures(per_kind=6):
    drawings, _ = makers()
    rows = [row(drawings, k, TEST_SEED + i) for k in drawings.KINDS for i in range(per_kind)]
    pics = [fit(drawings.render(k, TEST_SEED + i, size=160)) for k in drawings.KINDS for i in range(per_kind)]
    return rows, np.stack(pics)


def pictures(paths, per_kind=45):
    if (paths.work / "drawn_features.npy").exists():
        return
    from export import session
    drawings, _ = makers()
    rows, pics = [], []
    for k in drawings.KINDS:
        for i in range(per_kind):
            rows.append(row(drawings, k, TRAIN_SEED + i))
            pics.append(fit(drawings.render(k, TRAIN_SEED + i, size=SIZE)))
    pics = np.stack(pics)
    net = session(paths.work / "backbone.onnx")
    feats = np.concatenate([net.run(None, {"pixels": pixels_of(pics[a: a + 64])})[0] for a in range(0, len(pics), 64)])
    np.save(paths.work / "drawn.npy", pics)
    (paths.work / "drawn.json").write_text(json.dumps(rows, ensure_ascii=False), encoding="utf8")
    np.save(paths.work / "drawn_features.npy", feats.astype(np.float16))
    paths.log("drawn pictures:", len(rows))


def sound(sounds, kind, seed):
    wave = sounds.render(kind, seed)
    wave = wave[0] if isinstance(wave, tuple) else wave
    wave = level(trim(np.asarray(wave, np.float32)))[:WINDOW]
    out = np.zeros(WINDOW, np.float32)
    out[: len(wave)] = wave
    return out


def test_sounds(per_kind=4):
    _, sounds = makers()
    return [(k, sounds.KINDS[k]["en"], sounds.KINDS[k]["zh"], sound(sounds, k, TEST_SEED + i)) for k in sounds.KINDS for i in range(per_kind)]


if __name__ == "__main__":
    from common import Paths

    p = Paths(*sys.argv[1:3])
    pictures(p)
