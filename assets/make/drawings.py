"""Product pictures drawn from a kind, a seed and a few attributes.

`render("sweater", 7, colour="red")` always gives the same picture.  The sample
catalog uses seeds below 100000; larger seeds are kept for training pictures.
"""

import os
import random
import sys
from types import SimpleNamespace

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import numpy as np
import skia
from PIL import Image

import scene
from pen import Pen, luma, mix
from registry import COLOURS, DRAW, KINDS

import draw_clothing, draw_electronics, draw_food, draw_home, draw_music  # noqa: E401,F401 (they register)

_NEAR = {"red": ["cream", "white", "navy", "pink"], "white": ["blue", "red", "navy", "teal", "green", "pink"],
         "black": ["white", "cream", "mustard", "red"], "navy": ["white", "cream", "red", "mustard"]}


def describe(kind, seed, **given):
    """Every attribute of the picture; those not given follow from the seed."""
    info, rng = KINDS[kind], random.Random(f"{kind}/{seed}")
    draws = {"colour": rng.choice(info["colours"]), "pattern": rng.choice(info["patterns"]),
             "shape": rng.choice(info["shapes"]), "material": rng.choice(info["materials"]),
             "angle": rng.uniform(-12, 12) if info["flat"] else rng.uniform(-4, 4),
             "flip": rng.random() < .5, "zoom": rng.uniform(.92, 1.05)}
    a = {k: given.get(k) if given.get(k) is not None else v for k, v in draws.items()}
    if a["colour"] not in COLOURS:
        raise KeyError(f"no colour {a['colour']!r}")
    lum = luma(COLOURS[a["colour"]]["rgb"])
    easy = [n for n in ("white", "cream", "navy", "mustard", "teal", "pink", "red", "green", "light blue", "blue")
            if abs(luma(COLOURS[n]["rgb"]) - lum) > .26] or ["white", "navy"]
    a["accent"] = given.get("accent") or rng.choice(_NEAR.get(a["colour"], easy))
    a["background"] = given.get("background") or scene.choose(rng, COLOURS[a["colour"]]["rgb"],
                                                                 info["flat"] or a["shape"] in info["hung"])
    return a


def render(kind, seed, size=320, **attributes):
    """The picture as an RGB image of size x size pixels."""
    info, want = KINDS[kind], describe(kind, seed, **attributes)
    rng = random.Random(f"{kind}/{seed}/ink")
    a = SimpleNamespace(**want)
    a.rng = rng
    shift, hue = rng.uniform(-7, 7), 1.5 if a.colour in ("white", "black", "grey", "silver") else 7
    tint = tuple(shift + rng.uniform(-hue, hue) for _ in range(3))
    a.c = tuple(max(0, min(255, x + t)) for x, t in zip(COLOURS[a.colour]["rgb"], tint))
    a.accent_name, a.accent = a.accent, COLOURS[a.accent]["rgb"]
    a.at = lambda low, high: low + (high - low) * rng.random()

    big = size * 2 if size > 200 else size * 3 // 2
    surface = skia.Surface(big, big)
    canvas = surface.getCanvas()
    canvas.scale(big / 100, big / 100)
    pen = Pen(canvas, rng)
    scene.paint(pen, a.background)
    turn = a.angle if info["flat"] else 0
    dx, dy = rng.uniform(-2, 2), rng.uniform(-1, 1)
    with pen.turn(turn, 50, 50 if info["flat"] else 84, -a.zoom if a.flip else a.zoom, a.zoom, dx, dy):
        DRAW[kind](pen, a)
    pixels = surface.makeImageSnapshot().toarray(colorType=skia.kRGBA_8888_ColorType)
    image = Image.fromarray(np.ascontiguousarray(pixels[:, :, :3]))
    return image.resize((size, size), Image.Resampling.BILINEAR if size <= 200 else Image.Resampling.LANCZOS)
