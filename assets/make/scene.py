"""Backgrounds: the quiet studio every product is photographed in."""

import skia

from pen import box, dark, light, luma, mix, oval, path, sym, WOOD

WALLS = {
    "off-white": (247, 244, 238), "warm grey": (226, 221, 214), "blush": (248, 224, 215),
    "sage": (215, 228, 207), "powder blue": (208, 226, 240), "sand": (240, 225, 198),
    "lilac": (230, 221, 242), "mint": (206, 234, 222), "butter": (252, 237, 196),
    "cool grey": (219, 225, 230), "terracotta": (232, 184, 157), "slate": (134, 152, 172),
}
STYLES_TABLE = ["tabletop", "tabletop", "studio", "studio", "arch", "wood"]
STYLES_FLAT = ["plain", "plain", "linen", "split", "spot", "planks"]
BACKGROUNDS = [f"{s}/{w}" for s in ("tabletop", "studio", "arch", "wood", "plain", "linen", "split", "spot", "planks")
               for w in WALLS]


def choose(rng, colour, flat):
    """A background that keeps some distance from the product's own colour."""
    best, far = None, -1
    for _ in range(5):
        name = rng.choice(list(WALLS))
        d = sum(abs(a - b) for a, b in zip(WALLS[name], colour)) * rng.uniform(.8, 1.2)
        if name in ("slate", "terracotta"):
            d *= .6 if luma(colour) < .8 else 1.1
        if min(d, 190) > far:
            best, far = name, min(d, 190)
    return f"{rng.choice(STYLES_FLAT if flat else STYLES_TABLE)}/{best}"


def paint(pen, background):
    style, _, wall = background.partition("/")
    c = WALLS.get(wall) or WALLS["off-white"]
    full = box(-60, -60, 220, 220)
    if style in ("studio", "plain", "linen", "split", "spot"):
        pen.ramp(full, [light(c, .28), c, dark(c, .10)], 10, -10, 80, 110)
    if style == "studio":
        pen.ramp(box(-60, 62, 220, 100), [(0.0, light(c, .3), 0.0), (.16, light(c, .45), .6), (1.0, dark(c, .12), .9)], 0, 62, 0, 104)
    elif style == "linen":
        pen.texture(full, "weave", 3.4, .8)
    elif style == "split":
        d = mix(c, (255, 255, 255), .42) if luma(c) < .84 else dark(c, .10)
        pen.ramp(path("M62 -60 L160 -60 L160 160 L38 160 Z"), [light(d, .2), d], 50, 0, 100, 100)
    elif style == "spot":
        pen.fill(oval(50, 50, 43), light(c, .45), .75)
    elif style == "planks":
        b = mix((226, 210, 188), c, .45)
        pen.ramp(full, [light(b, .2), b, dark(b, .12)], 0, 0, 90, 110)
        for k in range(-2, 6):
            x = k * 24 + 4
            pen.texture(box(x, -60, 24, 220), "wood", 34, .8, 90 + k * .01)
            pen.line(f"M{x} -60 V160", dark(b, .5), .5, .6)
            pen.line(f"M{x+.6} -60 V160", light(b, .5), .4, .7)
    elif style in ("tabletop", "arch", "wood"):
        pen.ramp(full, [light(c, .25), c, dark(c, .06)], 10, -10, 80, 80)
        if style == "arch":
            a = light(c, .42) if luma(c) < .9 else dark(c, .12)
            pen.ramp(sym("M50 4 C72 4 86 20 86 42 L86 72 L50 72"), [a, mix(a, c, .5)], 50, 4, 50, 72)
        table = mix(WOOD, (236, 214, 184), .45) if style == "wood" else (light(c, .5) if luma(c) < .86 else dark(c, .16))
        top = box(-60, 66, 220, 120)
        pen.ramp(top, [dark(table, .08), light(table, .12), dark(table, .06)], 0, 66, 0, 104)
        if style == "wood":
            pen.texture(top, "wood", 40, .9)
        pen.fill(box(-60, 65.4, 220, .8), dark(table, .3), .22, .3)
    pen.glow(full, 46, 44, 84, (255, 255, 255), (60, 44, 60), .06, 1.0) if style != "studio" else None
