"""Things for the kitchen, the living room and the garden shelf."""

import math

from pen import (BLACK, BRASS, DARK, STEEL, WHITE, WOOD, both, box, dark, light, luma, minus, mirror, mix,
                 moved, oval, path, poly, scaled, smooth, sym, turned, union)
from registry import CLOTH, GADGET, WARES, kind
from draw_clothing import cloth

GLAZE = ("plain", "plain", "two-tone", "striped", "dotted", "speckled")


def glaze(pen, a, p, c, scale=.8):
    """Ceramic decoration laid over a shaded form."""
    b = p.getBounds()
    with pen.inside(p):
        if a.pattern == "two-tone":
            y = b.top() + b.height() * a.at(.5, .68)
            pen.tube(path(f"M{b.left()-2} {y} Q{b.centerX()} {y+3} {b.right()+2} {y} L{b.right()+2} {b.bottom()+3} L{b.left()-2} {b.bottom()+3} Z"), a.accent, b.left(), b.right())
        elif a.pattern == "striped":
            for k in range(3):
                y = b.top() + b.height() * (.34 + .13 * k)
                pen.line(f"M{b.left()} {y} Q{b.centerX()} {y+3} {b.right()} {y}", a.accent, 2.6, .9)
        elif a.pattern in ("dotted", "floral"):
            pen.pattern(p, a.pattern, c, a.accent, scale)
        elif a.pattern == "speckled":
            for _ in range(60):
                x, y = a.at(b.left(), b.right()), a.at(b.top(), b.bottom())
                pen.fill(oval(x, y, a.at(.2, .55)), dark(c, .75), .6)
        if a.pattern in ("dotted", "floral", "striped"):
            pen.ramp(p, [(0.0, BLACK, .26), (.3, WHITE, .12), (.5, BLACK, 0.0), (1.0, BLACK, .34)], b.left(), 0, b.right(), 0)


@kind("kettle", "kettle", "水壶", "Home", "Kettles", "水壶", colours=WARES + ["silver", "silver"], materials=("stainless steel", "enamelled steel"),
      shapes=("stovetop", "electric", "gooseneck"))
def kettle(pen, a):
    c = a.c
    fin = (lambda p: pen.metal(p, STEEL)) if a.colour == "silver" else (lambda p: pen.tube(p, c, gloss=.45))
    knob = WOOD if a.rng.random() < .45 else (46, 44, 48)
    if a.shape == "stovetop":
        pen.shadow(50, 84, 31)
        pen.line("M27 48 C24 8 76 8 73 48", dark(knob, .4), 3.8)
        pen.line("M27 48 C24 8 76 8 73 48", STEEL, 2.6)
        pen.line("M36 20.6 C44 16.4 56 16.4 64 20.6", dark(knob, .35), 5.2)
        pen.line("M36 20 C44 15.8 56 15.8 64 20", knob, 4.2)
        spout = path("M68 56 C76 54 82 46 86 38 L92 40 C90 54 84 68 72 74 Z")
        fin(spout)
        pen.fill(oval(89, 38.6, 3.4, 1.6), (40, 36, 40))
        body = sym("M50 42 C62 42 74 48 78 62 C80 70 80 78 77 81.6 C75 83.6 70 84 50 84")
        fin(body)
        pen.ramp(body, [(0.0, WHITE, .12), (.5, WHITE, 0.0), (1.0, BLACK, .26)], 0, 42, 0, 84)
        lid = sym("M50 38 C56 38 62 41 64 45.4 C58 47.6 54 47.8 50 47.8")
        fin(lid)
        pen.line("M36 45.6 C42 48.4 58 48.4 64 45.6", dark(c, .6), .6, .6)
        pen.ball(oval(50, 35.6, 3.6), knob, 50, 35.6, 3.6)
        pen.glint(path("M31 58 C33 52 37 49 41 47.6 L43 49 C38 51 35 55 34 60 C33.4 64 31 62 31 58 Z"), .7, .6)
        pen.line("M24 79.6 C34 82 66 82 76 79.6", WHITE, .6, .35, .3)
    elif a.shape == "electric":
        pen.shadow(50, 86, 26)
        body = path("M34 26 L64 26 C68 42 71 62 72 79 L28 79 C29 62 31 42 34 26 Z")
        pen.line("M63 30 C82 26 86 36 83 52 C81 62 78 68 71.5 70", dark(knob, .35), 6.4)
        pen.line("M63 30 C82 26 86 36 83 52 C81 62 78 68 71.5 70", knob, 5.0)
        pen.line("M70 30 C80 29 82.6 38 80.6 50", light(knob, .5), .8, .5, .3)
        spout = path("M36 25 C30 27 26 30 22.6 30 L24 34 C28 40 31 44 33 50 Z")
        fin(spout)
        fin(body)
        pen.tube(path("M34 26 C40 21 58 21 64 26 C58 29 40 29 34 26 Z"), dark(c, .2))
        pen.ball(oval(49, 21.4, 3.4, 2.2), knob, 49, 21.4, 3)
        gauge = box(56, 42, 3.2, 26, 1.6)
        pen.fill(gauge, (210, 232, 240), .85)
        pen.fill(box(56, 52, 3.2, 16, 1.6), (110, 170, 210), .8)
        pen.tube(path("M27 78.4 L73 78.4 L75 84.6 Q50 87.6 25 84.6 Z"), knob if knob != WOOD else (60, 58, 62))
        pen.body(box(70, 72, 5, 3.4, 1.4), (220, 70, 60))
        pen.glint(path("M38 30 L41 30 C39 46 37.6 60 37 74 L33.4 74 C34 58 36 44 38 30 Z"), .45, .7)
    else:
        pen.shadow(48, 85, 24)
        pen.line("M66 62 C80 66 72 34 88 26", dark(c, .5), 4.2)
        pen.line("M66 62 C80 66 72 34 88 26", c if a.colour != "silver" else STEEL, 3.4)
        pen.line("M70 60.6 C77 56 73 36 87 26", WHITE, .8, .6, .3)
        pen.line("M34 34 C10 26 10 66 24 70", dark(knob, .35), 5.6)
        pen.line("M34 34 C10 26 10 66 24 70", knob, 4.6)
        body = path("M34 36 L62 36 C66 50 70 66 71 80 Q49 88 25 80 C26 66 30 50 34 36 Z")
        fin(body)
        fin(path("M33.6 36.6 C38 29 58 29 62.4 36.6 C56 39.4 40 39.4 33.6 36.6 Z"))
        pen.line("M33.6 36.8 C40 39.6 56 39.6 62.4 36.8", dark(c, .6), .7, .6)
        pen.line("M48 30.4 V26", STEEL, 1.6)
        pen.ball(oval(48, 24.4, 3.2), knob, 48, 24.4, 3.2)
        pen.glint(path("M39 42 L42 42 C39.6 54 37.6 64 37 76 L33 75 C34 62 36 52 39 42 Z"), .5, .7)


@kind("mug", "mug", "马克杯", "Home", "Mugs", "马克杯", colours=WARES + ["brown", "olive"], materials=("stoneware", "porcelain", "enamel"),
      shapes=("straight", "rounded", "tapered"), patterns=GLAZE + ("floral",))
def mug(pen, a):
    c = a.c
    pen.shadow(47, 82, 24)
    hx = {"straight": 67, "rounded": 70, "tapered": 66}[a.shape]
    pen.line(f"M{hx-2} 44 C{hx+19} 39 {hx+19} 69 {hx-3} 68", dark(c, .42), 6.6)
    pen.line(f"M{hx-2} 44 C{hx+19} 39 {hx+19} 69 {hx-3} 68", c, 5.4)
    pen.line(f"M{hx+2} 42.4 C{hx+14} 41 {hx+15} 52 {hx+13} 58", light(c, .55), 1.1, .7, .4)
    if a.shape == "straight":
        p = path("M26 34 C26 28 68 28 68 34 L67.4 77 C66 84 28 84 26.6 77 Z")
    elif a.shape == "rounded":
        p = path("M25 35 C25 29 69 29 69 35 C72 56 70 74 60 80 C52 84 42 84 34 80 C24 74 22 56 25 35 Z")
    else:
        p = path("M24 33 C24 27 70 27 70 33 C69 52 66 70 61 79 C56 83 38 83 33 79 C28 70 25 52 24 33 Z")
    pen.tube(p, c, gloss=.4)
    glaze(pen, a, p, c, .75)
    if a.material == "enamel":
        pen.line("M25.4 34 C25.4 40 68.6 40 68.6 34", (50, 60, 90), 1.1)
    w = 21 if a.shape == "straight" else 22 if a.shape == "rounded" else 23
    y = {"straight": 33.6, "rounded": 34.8, "tapered": 32.8}[a.shape]
    pen.fill(oval(47, y, w, 5.4), light(c, .45))
    pen.ramp(oval(47, y + .2, w - 1.3, 4.5), [dark(c, .35), light(c, .05)], 26, y, 68, y)
    with pen.inside(oval(47, y + .2, w - 1.3, 4.5)):
        drink = (86, 52, 34) if a.rng.random() < .6 else (186, 120, 60)
        pen.fill(oval(47, y + 2.4, w - 2, 4.2), drink)
        pen.line(oval(47, y + 2.4, w - 2.4, 4), light(drink, .4), .5, .6)
    pen.glint(path("M31.6 46 C31 56 31.4 64 32.6 72 L35 72 C34 62 34 54 34.6 46 Z"), .5, .8)
    if a.rng.random() < .45:
        for k in range(2):
            x = 42 + k * 8
            pen.line(f"M{x} 26 C{x-4} 22 {x+4} 18 {x} 13", WHITE, 1.6, .5, 1.1)


@kind("teapot", "teapot", "茶壶", "Home", "Teapots", "茶壶", colours=WARES + ["brown"], materials=("porcelain", "cast iron", "stoneware", "glass"),
      shapes=("round", "tall", "low"), patterns=GLAZE + ("floral", "floral"))
def teapot(pen, a):
    c = a.c
    w, h = {"round": (25, 22), "tall": (21, 27), "low": (28, 17)}[a.shape]
    cy = 83 - h
    pen.shadow(50, 83, w)
    lx = 50 - w
    iron = a.material == "cast iron"
    if iron:
        pen.line(f"M{lx+7} {cy-h*.7} C{lx+4} {cy-h-30} {100-lx-4} {cy-h-30} {100-lx-7} {cy-h*.7}", dark(c, .6), 2.4)
    else:
        q = f"M{lx+4} {cy-h*.45} C{lx-19} {cy-h*.9} {lx-17} {cy+h*.7} {lx+5} {cy+h*.5}"
        pen.line(q, dark(c, .42), 5.6)
        pen.line(q, c, 4.4)
        pen.line(moved(path(f"M{lx+2} {cy-h*.5} C{lx-14} {cy-h*.8} {lx-14} {cy} {lx-10} {cy+h*.2}"), 0, -.6), light(c, .5), 1, .7, .4)
    rx = 50 + w
    spout = path(f"M{rx-7} {cy+h*.30} C{rx+5} {cy+h*.22} {rx+4} {cy-h*.40} {rx+13} {cy-h*.80} L{rx+18} {cy-h*.68} C{rx+12} {cy-h*.25} {rx+13} {cy+h*.42} {rx-5} {cy+h*.60} Z")
    pen.ramp(spout, [light(c, .2), dark(c, .35)], rx - 4, cy - h, rx + 8, cy + h)
    body = oval(50, cy, w, h)
    body = union(body, box(50 - w * .55, cy + h * .7, w * 1.1, h * .3, 1))
    pen.ball(body, c, 50, cy, w * 1.06, .5)
    if a.pattern != "plain":
        with pen.inside(body):
            glaze(pen, a, oval(50, cy, w, h), c, .8)
            pen.ramp(body, [(0.0, WHITE, .1), (.6, BLACK, 0.0), (1.0, BLACK, .3)], 30, cy - h, 62, cy + h)
    if iron:
        for r in range(4):
            for k in range(13):
                x = 50 + (k - 6) * 3.6 + (r % 2) * 1.8
                y = cy - 7 + r * 4.6
                if ((x - 50) / w) ** 2 + ((y - cy) / h) ** 2 < .82:
                    pen.fill(oval(x, y + .3, 1.1), dark(c, .6), .6)
                    pen.fill(oval(x - .2, y - .1, .9), light(c, .2), .8)
    lid = path(f"M{50-w*.5} {cy-h*.84} C{50-w*.4} {cy-h*1.14} {50+w*.4} {cy-h*1.14} {50+w*.5} {cy-h*.84} C{50+w*.3} {cy-h*.74} {50-w*.3} {cy-h*.74} {50-w*.5} {cy-h*.84} Z")
    pen.ramp(lid, [light(c, .35), dark(c, .2)], 50 - w * .5, 0, 50 + w * .5, 0)
    pen.line(f"M{50-w*.5} {cy-h*.84} C{50-w*.3} {cy-h*.73} {50+w*.3} {cy-h*.73} {50+w*.5} {cy-h*.84}", dark(c, .6), .7, .6)
    kc = a.accent if a.pattern in ("two-tone", "striped") else BRASS if a.rng.random() < .3 else dark(c, .08)
    pen.ball(oval(50, cy - h * 1.14 - 1.4, 3.2), kc, 50, cy - h * 1.14 - 1.4, 3.2)
    pen.glint(turned(oval(50 - w * .45, cy - h * .35, w * .11, h * .3), 28, 50 - w * .45, cy - h * .35), .6, 1.0)


@kind("lamp", "lamp", "台灯", "Home", "Lamps", "灯具", colours=WARES + ["black", "gold"], materials=("brass and linen", "ceramic and linen", "steel"),
      shapes=("table", "desk", "mushroom"), patterns=("plain", "plain", "pleated"))
def lamp(pen, a):
    c = a.c
    pen.glow(oval(50, 40, 48), 50, 38, 48, (255, 236, 180), (255, 236, 180), .34, 0.0)
    if a.shape == "table":
        pen.shadow(50, 87, 17, 3)
        base_c = BRASS if "brass" in a.material else c if a.rng.random() < .7 else a.accent
        foot = sym("M50 48 L52 48 C53 56 64 60 64 72 C64 80 60 84 59 87 L50 87.6")
        (pen.metal if "brass" in a.material else lambda p, q: pen.tube(p, q, gloss=.5))(foot, base_c)
        pen.glint(oval(43, 70, 1.8, 5.4), .5, .7)
        shade = sym("M50 14 L64 14.6 C68 26 73 40 76 51 C66 54 58 54.6 50 54.6")
        sc = c if "brass" in a.material else light(c, .55)
        pen.ramp(shade, [(0.0, dark(sc, .12)), (.42, light(sc, .5)), (.6, light(sc, .32)), (1.0, dark(sc, .20))], 24, 0, 76, 0)
        pen.glow(shade, 50, 46, 26, (255, 240, 190), (255, 230, 170), .5, 0.0)
        if a.pattern == "pleated":
            with pen.inside(shade):
                for k in range(-12, 13):
                    pen.line(f"M{50+k*1.16} 13 L{50+k*2.2} 56", dark(sc, .6), .4, .35)
        pen.line("M24.4 51 C34 54 66 54 75.6 51", dark(sc, .4), .8, .7)
        pen.line("M36 14.8 H64", dark(sc, .4), .7, .6)
    elif a.shape == "desk":
        pen.shadow(38, 86, 19, 3)
        pen.tube(path("M20 82 C20 78 56 78 56 82 L56 84.6 C56 89 20 89 20 84.6 Z"), c)
        for q in ("M38 80 L28 50", "M28 50 L58 27"):
            pen.line(q, dark(c, .5), 3.0)
            pen.line(q, STEEL if luma(c) < .75 else BRASS, 2.0)
        for x, y in ((28, 50), (58, 27), (38, 80)):
            pen.ball(oval(x, y, 2.8), dark(c, .2), x, y, 2.8)
        pen.glow(path("M57 40 L86 34 L100 78 L44 82 Z"), 68, 40, 46, (255, 240, 180), (255, 240, 180), .55, 0.0)
        head = path("M54 22 C62 15 72 18 78 24 L88 37 L57 45 C52 38 50 28 54 22 Z")
        pen.ramp(head, [light(c, .5), c, dark(c, .35)], 56, 20, 76, 46)
        pen.fill(turned(oval(72.6, 41, 16, 3.2), -14, 72.6, 41), (255, 244, 200))
        pen.fill(turned(oval(72.6, 40.8, 16, 3.0), -14, 72.6, 41), (255, 226, 140), .6)
        pen.glint(path("M58 24 C62 20 68 20 72 23 C66 23 61 26 59 30 Z"), .5, .5)
    else:
        pen.shadow(50, 85, 22, 3.4)
        stem = sym("M50 46 L54 46 C55 62 58 74 66 80 C68 83 66 85.6 62 86 L50 86.6")
        pen.tube(stem, c, gloss=.5)
        dome = sym("M50 18 C70 18 82 34 82 48 C82 52 78 53 74 53 L50 54.4")
        pen.ramp(dome, [(0.0, light(c, .25)), (.4, light(c, .6)), (1.0, dark(c, .16))], 22, 20, 80, 54)
        pen.glow(dome, 50, 48, 30, (255, 242, 200), (255, 236, 180), .7, 0.0)
        pen.fill(path("M20 50.4 Q50 58 80 50.4 Q78 54.6 50 55.4 Q22 54.6 20 50.4 Z"), (255, 240, 196))
        pen.glint(turned(oval(34, 31, 3, 8), 34, 34, 31), .55, 1.1)


@kind("chair", "chair", "椅子", "Home", "Chairs", "椅子", colours=CLOTH, materials=("oak and fabric", "moulded plastic and beech", "velvet", "bent wood"),
      shapes=("shell", "armchair", "dining", "stool"))
def chair(pen, a):
    c, wood = a.c, a.rng.choice(((196, 150, 100), (150, 98, 62), (92, 62, 46), (222, 188, 140)))

    def leg(x0, y0, x1, y1, w=2.6, back=False):
        p = poly((x0 - w * .62, y0), (x0 + w * .62, y0), (x1 + w * .4, y1), (x1 - w * .4, y1))
        pen.ramp(p, [light(wood, .2), dark(wood, .35)] if not back else [dark(wood, .2), dark(wood, .5)], min(x0, x1) - w, 0, max(x0, x1) + w, 0)

    if a.shape == "shell":
        pen.shadow(50, 88, 28, 3)
        leg(42, 62, 36, 84, back=True)
        leg(60, 62, 66, 84, back=True)
        leg(36, 62, 27, 88)
        leg(64, 62, 73, 88)
        pen.line("M35 68 L66 80 M65 68 L34 80", (50, 50, 54), .8)
        back = sym("M50 12 C64 12 72 16 73 26 C74 40 76 46 80 52 C80 58 74 62 66 63 L50 64")
        pen.body(back, c, 1.3)
        seat = sym("M50 50 C64 50 74 52 80 53 C80 60 74 66 64 67 L50 67.6")
        pen.fill(both(back, moved(seat, 0, -3)), dark(c, .8), .28, 2.4)
        pen.ramp(seat, [dark(c, .05), light(c, .22), dark(c, .2)], 0, 50, 0, 68)
        pen.glint(oval(38, 28, 4, 9), .25, 2.6)
    elif a.shape == "armchair":
        pen.shadow(50, 87, 34, 3.4)
        for x in (27, 73):
            leg(x, 76, x + (2 if x > 50 else -2), 88, 3)
        back = sym("M50 20 C66 20 74 24 75 34 L76 66 L50 66")
        cloth(pen, a, back, texture="weave", size=2.4, pattern=False)
        if a.rng.random() < .5:
            for k in (-1, 0, 1):
                pen.fill(oval(50 + k * 11, 36, .9), dark(c, .6))
                pen.fold(back, f"M{50+k*11} 36 Q{50+k*12} 44 {50+k*12} 54", c, 1.6, .3, .9)
        seat = sym("M50 54 L68 54 C71 54 72 57 72 60 L72 72 L50 72")
        pen.fill(moved(seat, 0, -2), dark(c, .85), .35, 1.8)
        cloth(pen, a, seat, c=light(c, .07), texture="weave", size=2.4, pattern=False)
        base = sym("M50 69 L76 69 L76 78 C76 79.4 75 80 74 80 L50 80")
        cloth(pen, a, base, c=dark(c, .08), texture="weave", size=2.4, pattern=False)
        arm = path("M68 52 C68 46 82 45 83 52 L82 78 C82 80 80 80.6 78 80.6 L72 80.6 C70 80.6 69 80 69 78 Z")
        for q in (arm, mirror(arm)):
            pen.fill(moved(q, 0, .8), dark(c, .9), .3, 1.2)
            cloth(pen, a, q, texture="weave", size=2.4, pattern=False)
    elif a.shape == "dining":
        pen.shadow(50, 89, 24, 2.8)
        leg(37, 60, 37, 83, back=True)
        leg(63, 60, 63, 83, back=True)
        for x in (34, 66):
            pen.tube(path(f"M{x-2} 12 Q{x} 10 {x+2} 12 L{x+1.8} 60 L{x-1.8} 60 Z"), wood)
        pen.body(box(33, 15, 34, 9, 2), wood, texture="wood", size=22)
        for x in (41, 47, 53, 59):
            pen.tube(box(x - .9, 24, 1.8, 32, .8), wood)
        seat = path("M32 54 L68 54 L76 63 C76 66 74 67.4 72 67.4 L28 67.4 C26 67.4 24 66 24 63 Z")
        pen.body(seat, c, texture="weave", size=2.6)
        pen.fill(path("M24 63 L76 63 C76 66 74 67.4 72 67.4 L28 67.4 C26 67.4 24 66 24 63 Z"), dark(c, .45), .6)
        leg(28, 67, 26, 89, 3)
        leg(72, 67, 74, 89, 3)
    else:
        pen.shadow(50, 88, 24, 3)
        leg(44, 42, 42, 84, back=True)
        leg(56, 42, 58, 84, back=True)
        pen.line("M31 70 H69", dark(wood, .3), 1.8)
        leg(36, 42, 29, 88, 3)
        leg(64, 42, 71, 88, 3)
        seat = path("M26 36 C26 29 74 29 74 36 L74 42 C74 50 26 50 26 42 Z")
        pen.tube(seat, dark(c, .1))
        pen.ramp(oval(50, 36, 24, 6), [light(c, .3), dark(c, .06)], 30, 30, 68, 42)
        pen.texture(oval(50, 36, 24, 6), "weave", 2.4)


@kind("cushion", "cushion", "抱枕", "Home", "Cushions", "抱枕", materials=("linen", "velvet", "cotton", "wool"),
      shapes=("square", "round", "lumbar"), patterns=("plain", "striped", "floral", "checked", "zigzag", "dotted", "cable-knit"))
def cushion(pen, a):
    c = a.c
    pen.shadow(50, 84, 32, 4)
    if a.pattern == "cable-knit":
        a.pattern = "cable"
    if a.shape == "round":
        p = oval(50, 53, 31, 30)
    elif a.shape == "lumbar":
        p = path("M9 36 C30 40 70 40 91 36 C87 48 87 70 91 83 C70 80 30 80 9 83 C13 70 13 48 9 36 Z")
    else:
        p = path("M17 18 C32 25 68 25 83 18 C76 34 76 68 83 85 C68 80 32 80 17 85 C24 68 24 34 17 18 Z")
    if a.rng.random() < .35 and a.shape != "round":
        import skia
        m = skia.PathMeasure(p, True)
        length, d = m.getLength(), 0
        while d < length:
            at = m.getPosTan(d)
            pos = at[0] if isinstance(at, tuple) else at
            try:
                x, y = pos.fX, pos.fY
            except AttributeError:
                break
            dx, dy = x - 50, y - 52
            n = math.hypot(dx, dy)
            pen.line(f"M{x} {y} L{x+dx/n*3.4} {y+dy/n*3.4}", a.accent if a.pattern != "plain" else light(c, .2), .7)
            d += 1.3
    cloth(pen, a, p, texture=None if a.material == "velvet" else "weave", size=2.6, turn=a.rng.choice((0, 0, 90, 45)))
    b = p.getBounds()
    pen.ramp(p, [(0.0, WHITE, .16), (.5, WHITE, 0.0), (1.0, BLACK, .26)], b.left(), b.top(), b.left() + b.width() * .6, b.bottom())
    pen.glow(p, 46, b.centerY() - 4, 30, (255, 255, 255), (255, 255, 255), .18, 0.0)
    if a.shape == "round":
        for k in range(18):
            t = k * math.pi / 9
            pen.fold(p, f"M{50+4*math.cos(t)} {53+4*math.sin(t)} Q{50+15*math.cos(t+.1)} {53+15*math.sin(t+.1)} {50+29*math.cos(t)} {53+29*math.sin(t)}", c, 1.5, .2, .8)
        pen.ball(oval(50, 53, 3), a.accent if a.rng.random() < .5 else dark(c, .1), 50, 53, 3)
    else:
        for q in ((b.left() + 5, b.top() + 5, 12, 9), (b.right() - 5, b.top() + 5, -12, 9), (b.left() + 5, b.bottom() - 5, 12, -9), (b.right() - 5, b.bottom() - 5, -12, -9)):
            pen.fold(p, f"M{q[0]} {q[1]} Q{q[0]+q[2]*.6} {q[1]+q[3]*.4} {q[0]+q[2]} {q[1]+q[3]}", c, 2.0, .3, 1)
        pen.fold(p, f"M40 {b.top()+7} Q50 {b.top()+12} 52 {b.top()+20}", c, 3, .14, 2)


@kind("vase", "vase", "花瓶", "Home", "Vases", "花瓶", colours=WARES + ["olive", "brown"], materials=("ceramic", "glass", "terracotta", "porcelain"),
      shapes=("bottle", "round", "tall", "amphora"), patterns=GLAZE)
def vase(pen, a):
    c = a.c
    glass = a.material == "glass"
    half = {"bottle": "M50 40 L54.6 40 C55 50 56 54 62 60 C68 67 68 78 63 85 C60 86.4 55 86.6 50 86.6",
            "round": "M50 46 L59 46 C60 50 70 54 71 66 C71.6 76 66 84 60 86 C56 86.8 53 86.8 50 86.8",
            "tall": "M50 34 L62 34 C60 44 59 54 60 66 C61 74 62 80 61.4 86 C58 87 54 87.2 50 87.2",
            "amphora": "M50 38 L58 38 C58 42 55 44 56 48 C66 50 70 58 68 66 C66 74 60 80 58.6 86 C56 87 53 87 50 87"}[a.shape]
    p = sym(half)
    y = p.getBounds().top()
    mouth = {"bottle": 4.6, "round": 9, "tall": 12, "amphora": 8}[a.shape]
    pen.shadow(50, 86.6, 14, 2.6)
    what = a.rng.randrange(4) if a.rng.random() < .85 else -1
    stems = 3 if mouth < 6 else 5
    bloom = a.accent if luma(a.accent) < .9 and a.accent_name not in ("green",) else a.rng.choice(((238, 140, 150), (246, 200, 90), (230, 110, 90)))
    for k in range(stems) if what >= 0 else ():
        x = 50 + (k - (stems - 1) / 2) * mouth * .36
        ex, ey = 50 + (k - (stems - 1) / 2) * (9 if what else 11) + a.at(-2, 2), y - a.at(12, 25) + abs(k - (stems - 1) / 2) * 4
        pen.line(f"M{x} {y+3} Q{x} {(y+ey)/2} {ex} {ey}", (98, 130, 84), .9)
        if what == 0:
            for n in range(8):
                pen.fill(turned(oval(ex, ey - 3.6, 1.7, 3.4), n * 45, ex, ey), light(bloom, .15 if n % 2 else 0))
            pen.ball(oval(ex, ey, 2.2), (226, 170, 70), ex, ey, 2.2)
        elif what == 1:
            for n in range(6):
                t = n / 6
                px, py = x + (ex - x) * t, y + (ey - y) * (t * 1.0)
                for s in (-1, 1):
                    leaf = path(f"M{px} {py} Q{px+s*4} {py-5} {px+s*8} {py-3} Q{px+s*5} {py+1} {px} {py} Z")
                    pen.ramp(leaf, [(150, 176, 140), (92, 128, 96)], px - 6, py - 4, px + 6, py + 2)
        elif what == 2:
            tul = path(f"M{ex-4} {ey-6} Q{ex-2} {ey-3.6} {ex} {ey-7.4} Q{ex+2} {ey-3.6} {ex+4} {ey-6} C{ex+5} {ey} {ex+3} {ey+3} {ex} {ey+3} C{ex-3} {ey+3} {ex-5} {ey} {ex-4} {ey-6} Z")
            pen.body(tul, bloom)
        else:
            for n in range(26):
                t = n / 26
                pen.fill(turned(oval(ex + a.at(-2.6, 2.6) * (1 - t * .5), ey + 9 - t * 15, .7, 1.8), a.at(-30, 30), ex, ey), mix((222, 190, 140), bloom, a.at(0, .5)))
    if glass:
        pen.fill(p, c, .42)
        pen.ramp(p, [(0.0, dark(c, .3), .6), (.15, WHITE, .35), (.4, c, .15), (.85, dark(c, .2), .35), (1.0, WHITE, .4)], 50 - 20, 0, 70, 0)
        with pen.inside(p):
            pen.fill(box(20, y + 18, 60, 60), mix(c, (170, 210, 230), .5), .28)
            pen.line(f"M30 {y+18} H70", WHITE, .6, .6)
        pen.line(p, dark(c, .3), .6, .6)
    else:
        pen.tube(p, c, gloss=.35 if a.material != "terracotta" else .15)
        glaze(pen, a, p, c, .7)
    pen.fill(oval(50, y + .3, mouth, mouth * .2 + .2), dark(c, .55) if not glass else WHITE, 1 if not glass else .4)
    pen.line(oval(50, y + .3, mouth, mouth * .2 + .2), light(c, .4), .6, .8)
    if a.shape == "amphora":
        for s in (-1, 1):
            pen.line(f"M{50+s*7.4} {y+2} C{50+s*18} {y+1} {50+s*18} {y+14} {50+s*14} {y+17}", dark(c, .3), 2.2)
            pen.line(f"M{50+s*7.4} {y+1.6} C{50+s*17.6} {y+.6} {50+s*17.6} {y+13} {50+s*14} {y+16}", c, 1.5)
    pen.glint(path(f"M44 {y+24} C41 {y+30} 40 {y+38} 42 {y+44} L44 {y+44} C43 {y+38} 43.6 {y+32} 45.6 {y+25} Z"), .55, .8)


@kind("clock", "clock", "时钟", "Home", "Clocks", "时钟", colours=WARES + ["gold", "brown"], materials=("metal", "beech wood", "plastic"),
      shapes=("alarm", "wall", "mantel"), hung=("wall",))
def clock(pen, a):
    c = a.c
    cy, r = (54, 27) if a.shape == "alarm" else (49, 33) if a.shape == "wall" else (50, 24)
    if a.shape == "alarm":
        pen.shadow(50, 86, 22, 3.4)
        for s in (-1, 1):
            pen.line(f"M{50+s*14} {cy+20} L{50+s*20} 86", dark(c, .3), 3.6)
            pen.line(f"M{50+s*11} {cy-24} L{50+s*13} {cy-28}", STEEL, 2)
            bell = turned(path(f"M{50+s*15-11} {cy-27} C{50+s*15-11} {cy-40} {50+s*15+11} {cy-40} {50+s*15+11} {cy-27} Z"), s * 26, 50 + s * 15, cy - 27)
            pen.metal(bell, BRASS if luma(c) < .5 else light(c, .1), 50 + s * 15 - 12, 50 + s * 15 + 12)
        pen.line(f"M50 {cy-26} V{cy-35}", STEEL, 1.4)
        pen.ball(oval(50, cy - 36, 2.6), STEEL, 50, cy - 36, 2.6)
        pen.line(f"M40 {cy-36} C44 {cy-47} 56 {cy-47} 60 {cy-36}", STEEL, 1.4)
    elif a.shape == "mantel":
        pen.shadow(50, 84, 34, 3.2)
        case = sym("M50 16 C68 16 78 30 79 48 L80 82 C80 83.4 79 84 78 84 L50 84")
        pen.body(case, c if a.material != "beech wood" else (190, 140, 90), texture="wood" if a.material == "beech wood" else None, size=30)
        pen.body(box(17, 80, 66, 5, 1), dark(c, .25) if a.material != "beech wood" else (140, 96, 60))
        cy = 48
    else:
        pen.fill(oval(51.5, cy + 3, r + 2), (46, 34, 48), .32, 2.6)
    rim = c if a.shape != "mantel" else BRASS
    pen.ball(oval(50, cy, r), rim, 50, cy, r, .5)
    pen.line(oval(50, cy, r - 1.4), light(rim, .5), .6, .8)
    dial = (250, 247, 240) if luma(c) < .9 or a.shape == "alarm" else (44, 48, 58)
    pen.fill(oval(50, cy, r - 3.6), dark(rim, .5))
    pen.glow(oval(50, cy, r - 4), 46, cy - 6, r * 1.4, light(dial, .1), dark(dial, .16))
    mark = (44, 44, 50) if luma(dial) > .5 else (240, 236, 226)
    style = a.rng.randrange(3)
    for k in range(60 if style == 1 else 12):
        t = math.radians(k * (6 if style == 1 else 30))
        big = style != 1 or k % 5 == 0
        if style == 2:
            pen.fill(oval(50 + (r - 7) * math.sin(t), cy - (r - 7) * math.cos(t), 1.5 if k % 3 == 0 else .9), a.accent if k % 3 == 0 and luma(a.accent) < .8 else mark)
        else:
            r0 = r - (9.5 if big else 6.6)
            pen.line(f"M{50+r0*math.sin(t)} {cy-r0*math.cos(t)} L{50+(r-5.6)*math.sin(t)} {cy-(r-5.6)*math.cos(t)}", mark, (1.5 if k % 3 == 0 else 1.0) if big else .35)
    hh, mm = a.rng.choice(((10, 9), (1, 52), (8, 22), (4, 40), (2, 2)))
    ht, mt, st = math.radians(hh * 30 + mm * .5), math.radians(mm * 6), math.radians(a.at(0, 360))
    for off, col, al in ((.7, BLACK, .22), (0, mark, 1)):
        pen.line(f"M50 {cy+off} L{50+(r-4)*.5*math.sin(ht)} {cy+off-(r-4)*.5*math.cos(ht)}", col, 2.2, al)
        pen.line(f"M50 {cy+off} L{50+(r-4)*.74*math.sin(mt)} {cy+off-(r-4)*.74*math.cos(mt)}", col, 1.5, al)
    pen.line(f"M{50-4*math.sin(st)} {cy+4*math.cos(st)} L{50+(r-4)*.8*math.sin(st)} {cy-(r-4)*.8*math.cos(st)}", (214, 70, 60), .6)
    pen.ball(oval(50, cy, 1.8), (214, 70, 60), 50, cy, 1.8)
    pen.ramp(both(oval(50, cy, r - 4), poly((50 - r * .3, cy - r), (50 + r, cy - r), (50 + r, cy + r * .2))), [(0.0, WHITE, 0.0), (1.0, WHITE, .28)], 46, cy + 4, 50 + r * .7, cy - r * .7)


@kind("plant", "potted plant", "盆栽", "Home", "Plants", "盆栽", colours=WARES + ["brown", "orange"], materials=("terracotta pot", "ceramic pot", "woven basket"),
      shapes=("monstera", "cactus", "snake plant", "succulent", "trailing"), patterns=("plain", "plain", "two-tone", "striped"))
def plant(pen, a):
    c = a.c
    g = a.rng.choice(((74, 130, 84), (96, 146, 88), (58, 112, 92), (120, 158, 96)))
    pen.shadow(50, 87, 18, 3)

    def leaf(x, y, x1, y1, w, col, vein=True):
        dx, dy = x1 - x, y1 - y
        n = math.hypot(dx, dy) or 1
        nx, ny = -dy / n * w, dx / n * w
        p = path(f"M{x} {y} C{x+dx*.25+nx} {y+dy*.25+ny} {x+dx*.75+nx} {y+dy*.75+ny} {x1} {y1} C{x+dx*.75-nx} {y+dy*.75-ny} {x+dx*.25-nx} {y+dy*.25-ny} {x} {y} Z")
        pen.ramp(p, [light(col, .22), dark(col, .22)], x + nx, y + ny, x - nx, y - ny)
        if vein:
            pen.line(f"M{x} {y} L{x1} {y1}", light(col, .4), .35, .7)
        return p

    if a.shape == "monstera":
        for k in range(7):
            t = -1.2 + k * .4 + a.at(-.08, .08)
            n = a.at(24, 36)
            x1, y1 = 50 + n * math.sin(t) * .95, 56 - n * math.cos(t) * 1.08
            y1 = min(y1, 54)
            pen.line(f"M50 62 Q{50+(x1-50)*.3} {(60+y1)/2-4} {x1} {y1}", dark(g, .15), 1.1)
            s, turn = a.at(.8, 1.1), math.degrees(t) * .8
            heart = path(f"M{x1} {y1+6} C{x1-13*s} {y1+8} {x1-12*s} {y1-10*s} {x1} {y1-15*s} C{x1+12*s} {y1-10*s} {x1+13*s} {y1+8} {x1} {y1+6} Z")
            col = mix(g, dark(g, .3), a.at(0, .6))
            for side in (-1, 1):
                for m in range(3):
                    q = path(f"M{x1+side*14*s} {y1-7*s+m*5} Q{x1+side*6*s} {y1-4*s+m*4} {x1+side*4.6*s} {y1-2*s+m*3} Q{x1+side*8*s} {y1-1+m*4} {x1+side*14*s} {y1-4*s+m*5} Z")
                    heart = minus(heart, q)
            heart = turned(heart, turn, x1, y1)
            pen.fill(moved(heart, .6, 1), BLACK, .14, 1)
            pen.ramp(heart, [light(col, .24), col, dark(col, .28)], x1 - 8, y1 - 12, x1 + 8, y1 + 8)
            pen.line(turned(path(f"M{x1} {y1+6} L{x1} {y1-13*s}"), turn, x1, y1), light(col, .4), .4, .8)
    elif a.shape == "cactus":
        for p, cx in ((path("M38 64 L38 28 C38 13 62 13 62 28 L62 64 Z"), 50),):
            pen.line("M60 46 C72 48 74 42 73 33", dark(g, .2), 8)
            pen.line("M60 45.6 C71.6 47 73.6 41 72.6 33", g, 7)
            pen.line("M40 52 C28 54 27 47 28 41", dark(g, .2), 7)
            pen.line("M40 51.6 C28.6 53 27.6 46 28.4 41", light(g, .06), 6)
            pen.tube(p, g, gloss=.2)
            with pen.inside(p):
                for x in (42, 46, 50, 54, 58):
                    pen.line(f"M{x} 14 V66", dark(g, .5), .5, .5)
                    for y in range(20, 64, 5):
                        pen.line(f"M{x-1} {y-1} L{x} {y} L{x+1} {y-1}", (246, 240, 214), .35, .9)
        for k in range(6):
            pen.fill(turned(oval(52, 14, 1.5, 3), k * 60, 52, 16.6), (240, 120, 150))
        pen.fill(oval(52, 16.6, 1.6), (250, 214, 100))
    elif a.shape == "snake plant":
        for k in (0, 6, 1, 5, 2, 4, 3):
            x = 41 + k * 3
            p = leaf(x, 66, x + (k - 3) * a.at(2.4, 4.4), a.at(12, 30), 4.4, mix(g, (60, 100, 80), .3), False)
            with pen.inside(p):
                for y in range(10, 66, 4):
                    pen.line(f"M{x-16} {y} Q{x-6} {y+2} {x} {y} Q{x+8} {y-2} {x+16} {y}", dark(g, .5), 1.0, .4)
            pen.line(p, (226, 220, 140), .9, .9)
    elif a.shape == "succulent":
        for ring, (n, ln) in enumerate(((11, 25), (9, 19), (7, 13), (5, 7.5))):
            for k in range(n):
                t = k * 2 * math.pi / n + ring * .5
                x1, y1 = 50 + ln * math.cos(t), 50 + ln * .74 * math.sin(t) - ring * 1.5
                leaf(50, 52 - ring * 1.5, x1, y1, 4.2 - ring * .5, mix(g, (190, 220, 190), .2 + ring * .14), False)
                pen.fill(oval(x1, y1, .8), (230, 130, 130), .8)
    else:
        for k in range(9):
            t = -2.0 + k * .5
            ex, ey = 50 + 30 * math.sin(t), 44 + (1 - math.cos(t)) * 22 + a.at(-4, 4)
            q = f"M50 60 C{50+12*math.sin(t)} 36 {ex} 34 {ex} {ey}"
            pen.line(q, dark(g, .1), .8)
            for m in range(7):
                u = .3 + m / 9
                v = 1 - u
                px = v**3 * 50 + 3 * v*v*u * (50 + 12*math.sin(t)) + 3 * v*u*u * ex + u**3 * ex
                py = v**3 * 60 + 3 * v*v*u * 36 + 3 * v*u*u * 34 + u**3 * ey
                s = 1 if m % 2 else -1
                leaf(px, py, px + s * 6, py + 2.6, 2.6, mix(g, light(g, .3), a.at(0, .8)), False)
    pot_c = (196, 112, 76) if a.material == "terracotta pot" and a.colour in ("orange", "brown") else c
    pot = sym("M50 62 L66 62 C65.4 72 63.6 80 61.6 86 C58 87.4 54 87.6 50 87.6") if a.shape not in ("succulent",) else \
        sym("M50 60 L70 60 C70 74 66 82 61 86.4 C58 87.4 54 87.6 50 87.6")
    pen.tube(pot, pot_c, gloss=.3)
    if a.material == "woven basket":
        pen.texture(pot, "wicker", 5)
    else:
        glaze(pen, a, pot, pot_c)
        w = 17.5 if a.shape != "succulent" else 21.5
        lip = path(f"M{50-w} 60 Q50 63.6 {50+w} 60 L{50+w-.5} 65.4 Q50 69 {50-w+.5} 65.4 Z")
        pen.fill(moved(lip, 0, 1.2), BLACK, .25, .8)
        pen.tube(lip, light(pot_c, .06), gloss=.3)


@kind("pan", "pan", "平底锅", "Home", "Pans", "锅具", colours=("black", "red", "cream", "teal", "navy", "silver", "orange", "mint", "grey"),
      materials=("cast iron", "non-stick aluminium", "copper-base steel"), shapes=("frying pan", "saucepan", "casserole"), hung=("frying pan",))
def pan(pen, a):
    c = a.c
    inside = (58, 58, 64) if a.material != "cast iron" or luma(c) > .4 else (40, 40, 44)
    handle = WOOD if a.rng.random() < .45 else (40, 40, 44)
    if a.shape == "frying pan":
        with pen.turn(-38, 50, 50):
            grip = path("M64 46.6 L92 45.4 C97 45.4 97 54.6 92 54.6 L64 53.4 Z")
            disc = oval(38, 50, 31)
            pen.drop(union(grip, disc), 1.7, .42)
            pen.ramp(grip, [light(handle, .3), handle, dark(handle, .4)], 0, 45, 0, 55)
            pen.fill(oval(91, 50, 1.8), dark(handle, .7))
            pen.metal(box(62, 46, 10, 8, 1), STEEL)
        cx, cy = 40.5, 57.4
        pen.ball(oval(cx, cy, 31), c, cx, cy, 31, .5)
        pen.fill(oval(cx, cy, 28.6), dark(inside, .5))
        pen.glow(oval(cx, cy, 28), cx + 8, cy + 9, 40, light(inside, .22), inside)
        pen.glow(oval(cx, cy, 22.6), cx - 6, cy - 8, 34, light(inside, .16), dark(inside, .14))
        pen.line(oval(cx, cy, 25.4), WHITE, .5, .18)
        if a.rng.random() < .55:
            egg = smooth([(cx - 11, cy - 3), (cx - 4, cy - 10), (cx + 7, cy - 8), (cx + 11, cy + 1), (cx + 6, cy + 9), (cx - 5, cy + 9)])
            pen.fill(moved(egg, .5, .9), BLACK, .4, .9)
            pen.body(egg, (252, 250, 242), .6)
            pen.ball(oval(cx, cy, 4.6), (250, 186, 56), cx, cy, 4.6)
        pen.glint(path(f"M{cx-26} {cy-6} C{cx-24} {cy-16} {cx-16} {cy-24} {cx-6} {cy-26} C{cx-15} {cy-22} {cx-21} {cy-15} {cx-23} {cy-5} Z"), .35, .8)
    elif a.shape == "saucepan":
        pen.shadow(42, 82, 29)
        pen.ramp(path("M68 52 L94 45 C98 44.6 99 50.6 95 51.6 L69 59 Z"), [light(handle, .3), handle, dark(handle, .4)], 0, 44, 0, 58)
        body = path("M14 48 L70 48 C70 60 70 70 68.6 77 C68 82 62 83 42 83 C22 83 16 82 15.4 77 C14 70 14 60 14 48 Z")
        (pen.metal if a.colour == "silver" else lambda p, q: pen.tube(p, q, gloss=.45))(body, c)
        lid = path("M13 47 C18 33 66 33 71 47 Z")
        pen.ramp(lid, [light(c, .5), c, dark(c, .35)], 16, 34, 66, 47)
        pen.line("M12.6 48 H71.4", light(c, .4), 2.0)
        pen.line("M12.6 48.8 H71.4", dark(c, .5), .6, .7)
        pen.line("M42 37 V34", STEEL, 2)
        pen.ball(oval(42, 32, 3.6, 3), handle, 42, 32, 3.4)
        pen.glint(path("M22 54 C22 62 22 70 23 76 L25.6 76 C25 68 25 60 25 54 Z"), .5, .7)
    else:
        pen.shadow(50, 83, 33)
        for s in (-1, 1):
            pen.line(f"M{50+s*31} 55 C{50+s*43} 53 {50+s*43} 63 {50+s*31} 62", dark(c, .4), 4)
            pen.line(f"M{50+s*31} 54.4 C{50+s*42} 52.4 {50+s*42} 62 {50+s*31} 61.4", c, 2.8)
        body = sym("M50 50 L82 50 C82.6 62 81 72 78 79 C76 83 72 84 50 84")
        pen.tube(body, c, gloss=.4)
        pen.ramp(body, [(0.0, WHITE, .05), (1.0, BLACK, .24)], 0, 50, 0, 84)
        lid = sym("M50 33 C66 33 80 40 83 49 L50 50")
        pen.ramp(lid, [light(c, .5), c, dark(c, .3)], 24, 34, 76, 50)
        pen.line("M16.6 49.6 H83.4", light(c, .25), 2.2)
        pen.line("M16.6 51 H83.4", dark(c, .55), .7, .7)
        pen.ball(oval(50, 31, 4.4, 3), BRASS if luma(c) < .75 else (50, 50, 54), 50, 31, 4)
        pen.glint(path("M27 44 C32 39 38 37 45 36.4 L45 38 C38 39 33 41 29 45 Z"), .6, .5)
        pen.glint(path("M25 56 C25 64 26 70 28 76 L30.6 76 C29 70 28.4 64 28.4 56 Z"), .4, .8)


@kind("vacuum", "vacuum cleaner", "吸尘器", "Home", "Vacuum cleaners", "吸尘器", colours=("red", "blue", "green", "purple", "grey", "black", "white", "orange", "teal", "yellow"),
      materials=("plastic",), shapes=("canister", "upright", "robot"))
def vacuum(pen, a):
    c = a.c
    if a.shape == "canister":
        pen.shadow(40, 85, 28, 4)
        pen.shadow(84, 85, 12, 2)
        pen.line("M30 52 C18 20 48 6 66 16", (54, 54, 60), 4.6)
        pen.line("M30 52 C18 20 48 6 66 16", (96, 96, 104), 1.2, .7, dash=(1, 1.4), butt=True)
        pen.metal(turned(box(70.6, 12, 3.6, 66, 1), -11, 72, 20), STEEL)
        pen.body(turned(box(68, 10, 6, 14, 2.6), -11, 72, 20), (50, 50, 56))
        pen.body(path("M72 84 L74 78 C76 75 92 75 94 79 L95 84 C95 86 72 86 72 84 Z"), c)
        body = path("M12 66 C12 52 24 44 38 44 C54 44 66 52 68 66 C69 76 66 82 58 83 L22 83 C15 82 12 76 12 66 Z")
        pen.body(body, c, 1.3)
        pen.fill(both(body, box(0, 70, 100, 5)), dark(c, .5))
        pen.body(path("M26 47 C32 42 46 42 52 47 L50 52 C44 48 34 48 28 52 Z"), (50, 50, 56))
        dome = path("M46 54 C56 54 64 60 65 68 L46 68 Z")
        pen.fill(dome, (210, 226, 236), .55)
        pen.line(dome, (50, 50, 56), .8, .7)
        for x, r in ((24, 9), (58, 6.4)):
            pen.ball(oval(x, 84 - r * .8, r), (50, 50, 56), x, 84 - r * .8, r)
            pen.ball(oval(x, 84 - r * .8, r * .5), STEEL, x, 84 - r * .8, r * .5)
        pen.glint(oval(26, 56, 6, 3), .45, 1.4)
    elif a.shape == "upright":
        pen.shadow(50, 88, 26, 3.4)
        pen.metal(box(47.8, 8, 4.4, 40, 1.6), STEEL)
        pen.line("M50 10 C50 2 60 2 60 9 C60 14 55 15 52 16", (50, 50, 56), 3)
        tank = sym("M50 34 L59 34 C62 44 63 60 62 72 L50 74")
        pen.body(tank, c)
        bin_ = sym("M50 44 L57.6 44 L58.4 64 L50 65")
        pen.fill(bin_, (222, 234, 240), .75)
        pen.fill(sym("M50 56 L58.2 56 L58.4 64 L50 65"), (150, 140, 134), .8)
        pen.line(bin_, (50, 50, 56), .8)
        pen.glint(box(44, 46, 1.8, 17, .9), .7, .3)
        head = sym("M50 72 L68 73 C74 74 77 80 77 86 C77 88 76 88.6 74 88.6 L50 88.6")
        pen.body(head, c, 1.2)
        pen.fill(both(head, box(0, 83, 100, 3)), (50, 50, 56))
        pen.fill(box(40, 76, 20, 3.4, 1.7), (255, 244, 190), .9)
        for s in (-1, 1):
            pen.ball(oval(50 + s * 14, 73, 4), (50, 50, 56), 50 + s * 14, 73, 4)
    else:
        pen.shadow(50, 76, 40, 6)
        side = path("M12 58 C12 44 88 44 88 58 L88 66 C88 82 12 82 12 66 Z")
        pen.tube(side, dark(c, .35))
        pen.ramp(oval(50, 57, 38, 14.4), [light(c, .4), c, dark(c, .22)], 20, 46, 76, 70)
        pen.line(oval(50, 57, 35, 12.8), dark(c, .4), .6, .6)
        pen.fill(oval(50, 54, 10, 3.8), dark(c, .55))
        pen.ball(oval(50, 52.4, 9.6, 3.5), (60, 62, 70), 50, 52.4, 9)
        pen.fill(oval(50, 64.6, 2.8, 1.1), (110, 220, 190))
        pen.fill(path("M14 66 Q50 84 86 66 L86 69 Q50 87 14 69 Z"), (44, 44, 50), .8)
        pen.glint(oval(34, 51, 9, 2), .5, 1)
        for k in range(3):
            t = .4 + k * .5
            pen.line(f"M20 74 L{20-9*math.cos(t)} {76+7*math.sin(t)}", (70, 70, 76), .8)


@kind("blender", "blender", "搅拌机", "Home", "Blenders", "搅拌机", colours=WARES + ["silver", "black"], materials=("glass and steel", "plastic"),
      shapes=("classic", "personal"))
def blender(pen, a):
    c = a.c
    pen.shadow(50, 88, 21, 3.4)
    base = sym("M50 62 L61 62 C65 68 68 76 69.6 85 C69.6 87.6 68 88.4 66 88.4 L50 88.4")
    if a.colour == "silver":
        pen.metal(base)
    else:
        pen.tube(base, c, gloss=.45)
    pen.ball(oval(50, 77, 5.4), STEEL, 50, 77, 5.4)
    pen.ball(oval(50, 77, 4), (60, 60, 66), 50, 77, 4)
    pen.line("M50 77 L52 74.2", WHITE, .8)
    for s in (-1, 1):
        pen.fill(oval(50 + s * 11, 80, 1.4), light(c, .5) if luma(c) < .6 else dark(c, .4))
    big = a.shape == "classic"
    jar = sym("M50 18 L67 18 C66 34 63 50 60.6 62 L50 62.6") if big else sym("M50 22 C60 22 63 26 63 32 L61 62 L50 62.6")
    if big:
        pen.line("M66 24 C82 22 80 44 63.6 50", dark(c, .2) if luma(c) < .8 else (70, 70, 76), 3.6)
    pen.fill(jar, (222, 236, 240), .6)
    fruit = a.rng.choice(((236, 96, 110), (140, 186, 84), (248, 176, 70), (150, 90, 160), (250, 214, 120)))
    lvl = a.at(32, 42)
    juice = both(jar, path(f"M20 {lvl} Q40 {lvl-2} 50 {lvl} Q60 {lvl+2} 80 {lvl} L80 70 L20 70 Z"))
    pen.tube(juice, fruit, 33, 67, gloss=.35)
    for _ in range(9):
        pen.fill(oval(a.at(40, 60), a.at(lvl + 2, 58), a.at(.4, .9)), light(fruit, .5), .8)
    pen.line(f"M34 {lvl} Q44 {lvl-2} 50 {lvl} Q58 {lvl+2} 65 {lvl}", light(fruit, .6), 1.0, .8)
    pen.line(jar, (150, 170, 180), .6, .7)
    pen.glint(path("M37.6 22 L41 22 C41.6 36 43 48 44 58 L41.6 58 C40 48 38.4 36 37.6 22 Z"), .6, .5)
    pen.metal(box(39, 60, 22, 4, 1), STEEL)
    if big:
        lidc = c if luma(c) < .85 else (60, 60, 66)
        pen.tube(sym("M50 12.4 L66 12.4 C68 12.4 68.4 14 68.4 18.6 L50 18.6"), lidc)
        pen.tube(box(44, 8, 12, 5, 1.4), dark(lidc, .25))
        for k in range(4):
            pen.line(f"M{58.6-k*.7} {30+k*6} H{62-k*.8}", (120, 140, 150), .5, .8)
