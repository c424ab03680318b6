"""Gadgets and small appliances."""

import math

import skia

from pen import (BLACK, BRASS, DARK, STEEL, WHITE, WOOD, both, box, dark, light, luma, minus, mirror, mix,
                 moved, oval, path, poly, smooth, sym, turned, union)
from registry import BRIGHT, GADGET, WARES, kind

SCREENS = (((38, 60, 120), (236, 140, 120)), ((24, 90, 110), (150, 220, 190)), ((70, 40, 110), (240, 170, 140)),
           ((30, 40, 60), (120, 150, 190)), ((240, 190, 110), (200, 80, 90)), ((190, 220, 235), (90, 140, 190)))


def screen(pen, a, p, icons=False):
    """A lit display with a quiet wallpaper and a diagonal reflection."""
    b = p.getBounds()
    x0, y0, w, h = b.left(), b.top(), b.width(), b.height()
    top, low = a.rng.choice(SCREENS)
    with pen.inside(p):
        pen.ramp(p, [top, low], x0, y0, x0 + w * .3, y0 + h)
        pen.fill(oval(x0 + w * a.at(.5, .8), y0 + h * a.at(.3, .5), min(w, h) * .16), light(low, .5), .85)
        for k in range(3):
            y = y0 + h * (.62 + .12 * k)
            pen.fill(path(f"M{x0-2} {y} C{x0+w*.3} {y-h*a.at(.02,.2)} {x0+w*.6} {y+h*a.at(.0,.14)} {x0+w+2} {y-h*.05} L{x0+w+2} {y0+h+2} L{x0-2} {y0+h+2} Z"),
                     dark(mix(top, low, .4 - .1 * k), .12 + .22 * k), .9)
        pen.ramp(poly((x0 + w * .45, y0 - 1), (x0 + w + 1, y0 - 1), (x0 + w + 1, y0 + h * .7)), [(0.0, WHITE, .05), (1.0, WHITE, .22)], x0, y0 + h, x0 + w, y0)


@kind("headphones", "headphones", "头戴式耳机", "Electronics", "Headphones", "耳机", colours=GADGET + ["cream", "burgundy"],
      materials=("aluminium and vegan leather", "matte plastic"), shapes=("over-ear", "on-ear", "studio"), patterns=("plain", "two-tone"))
def headphones(pen, a):
    c, big = a.c, {"over-ear": 1.0, "on-ear": .82, "studio": 1.08}[a.shape]
    pen.shadow(30, 85, 13, 2.6)
    pen.shadow(70, 85, 13, 2.6)
    part = a.accent if a.pattern == "two-tone" else dark(c, .3)
    band = "M24 62 C18 4 82 4 76 62"
    pen.line(band, dark(c, .55), 5.4)
    pen.line(band, c, 4.4)
    pen.line(moved(path(band), -.6, -.8), light(c, .5), 1.0, .7, .5)
    pen.line("M35 24.6 C43 16.8 57 16.8 65 24.6", dark(part, .3), 8)
    pen.line("M35 24 C43 16.2 57 16.2 65 24", light(part, .05), 6.6)
    pen.line("M37 21.6 C44 15.6 55 15.6 61 19.4", WHITE, 1.2, .3, .6)
    for s in (-1, 1):
        x = 50 + s * 25
        pen.metal(box(x - 1.3, 46, 2.6, 14, 1), STEEL)
        w, h = 9.6 * big, 17 * big
        cup = turned(box(x - w + s * 1.5, 68 - h, 2 * w, 2 * h, w * .96), s * -5, x, 68)
        pad = turned(box(x - w * .8 - s * 5, 68 - h * .93, 1.5 * w, 2 * h * .93, w * .7), s * -5, x, 68)
        pen.body(pad, dark(mix(part, DARK, .6), .2), texture="grain", size=3)
        pen.body(cup, c)
        plate = turned(box(x - w * .5 + s * 2.4, 68 - h * .66, w * 1.15, 1.32 * h, w * .55), s * -5, x, 68)
        pen.body(plate, light(c, .12) if a.pattern == "plain" else part)
        pen.line(plate, dark(c, .5), .4, .6)
        pen.glint(turned(box(x - w * .3 + s * 2, 68 - h * .5, 1.6, h * .7, .8), s * -5, x, 68), .45, .7)
        if a.shape == "studio":
            pen.line(oval(x + s * 2.8, 68, 3), BRASS, .8)


@kind("keyboard", "keyboard", "键盘", "Electronics", "Keyboards", "键盘", colours=GADGET + ["cream"], flat=True,
      materials=("aluminium", "ABS plastic", "bamboo"), shapes=("compact", "full-size", "retro round-key"), patterns=("plain", "two-tone", "rainbow"))
def keyboard(pen, a):
    c = a.c if a.material != "bamboo" or a.colour not in ("beige", "cream") else (206, 164, 112)
    full = a.shape == "full-size"
    x0, x1 = (7, 93) if full else (13, 87)
    y0, y1 = (34, 68) if full else (31, 70)
    case = box(x0, y0, x1 - x0, y1 - y0, 3.2)
    pen.drop(case, 1.5, .36)
    pen.fill(moved(case, 0, 1.6), dark(c, .5))
    pen.body(case, c)
    well = box(x0 + 2, y0 + 2, x1 - x0 - 4, y1 - y0 - 4, 1.6)
    pen.fill(well, dark(c, .62))
    cap = light(c, .12) if luma(c) > .35 else light(c, .16)
    mods = a.accent if a.pattern == "two-tone" else dark(c, .14) if luma(c) > .3 else light(c, .06)
    cols, rows = (18 if full else 14), 5
    u = (x1 - x0 - 5) / cols
    v = (y1 - y0 - 5) / rows
    hues = ((226, 92, 88), (238, 160, 80), (238, 208, 100), (120, 190, 130), (96, 160, 214), (150, 116, 196))
    for r in range(rows):
        x = 0
        line = []
        if r == 4:
            line = [1.25, 1.25, 1.25, 6.25, 1, 1, 1, 1] + [1] * (cols - 14)
        else:
            first = (1, 1.5, 1.75, 2.25)[r]
            rest = 14 - first
            n = int(rest) - (1 if r else 1)
            line = [first] + [1] * n
            line.append(14 - sum(line))
            line += [1] * (cols - 14)
        for k, wid in enumerate(line):
            kx, ky = x0 + 2.5 + x * u, y0 + 2.5 + r * v
            x += wid
            edge = wid > 1.1 and wid < 5 or x > 14.01 or (r == 0 and k == 0)
            kc = mods if edge else cap
            if a.pattern == "rainbow":
                kc = hues[int((kx - x0) / (x1 - x0) * 5.99)]
            elif r == 0 and k == 0 or (wid < 3 and r == 2 and 13.5 < x < 14.1):
                kc = a.accent
            rr = (v - .9) / 2 if a.shape.startswith("retro") else .9
            key = box(kx + .25, ky + .3, wid * u - .5, v - .7, rr)
            pen.fill(key, dark(kc, .38))
            pen.ramp(box(kx + .7, ky + .3, wid * u - 1.4, v - 1.7, max(.6, rr - .4)), [light(kc, .22), kc], 0, ky, 0, ky + v)


@kind("mouse", "mouse", "鼠标", "Electronics", "Mice", "鼠标", colours=GADGET, flat=True, materials=("matte plastic", "recycled plastic"),
      shapes=("classic", "slim", "vertical"), patterns=("plain", "two-tone"))
def mouse(pen, a):
    c = a.c
    w = {"classic": 20, "slim": 16, "vertical": 23}[a.shape]
    if a.shape == "vertical":
        p = smooth([(45, 18), (62, 22), (70, 40), (72, 62), (62, 80), (44, 84), (30, 74), (27, 54), (31, 32)])
    else:
        p = sym(f"M50 18 C{50+w*.8} 18 {50+w} 28 {50+w} 44 C{50+w*1.04} 58 {50+w*1.06} 84 50 85")
    pen.drop(p, 1.8, .4)
    pen.body(p, c, 1.3)
    with pen.inside(p):
        if a.pattern == "two-tone":
            low = path("M0 50 Q50 60 100 50 L100 100 L0 100 Z")
            pen.ramp(low, [a.accent, dark(a.accent, .3)], 30, 50, 60, 85)
        pen.line("M20 48 Q50 56 80 48", dark(c, .6), .6, .7)
        pen.line("M50 10 V51", dark(c, .65), .8, .8)
        pen.glint(oval(50 - w * .5, 34, 3.4, 10), .42 if luma(c) < .8 else .8, 2.0)
        pen.fill(oval(62, 76, 14, 10), BLACK, .16, 4)
    pen.rim(p, c, .4)
    slot = box(47.4, 27, 5.2, 14, 2.6)
    pen.fill(slot, dark(c, .7))
    wheel = box(48.2, 28.6, 3.6, 10.8, 1.8)
    pen.tube(wheel, a.accent if a.pattern == "two-tone" else (90, 92, 98), gloss=.4)
    for k in range(5):
        pen.line(f"M48.4 {30.4+k*1.9} H51.6", BLACK, .35, .5)
    if a.shape == "vertical":
        for k in range(2):
            pen.fill(turned(box(29.4, 42 + k * 9, 2.4, 7, 1.2), 4, 30, 50), dark(c, .4))
    pen.fill(oval(50, 46, .8), (110, 220, 160), .9)


@kind("phone", "smartphone", "智能手机", "Electronics", "Phones", "手机", colours=GADGET + ["purple", "gold"], materials=("glass and aluminium", "recycled aluminium"),
      shapes=("front", "back", "pair"), patterns=("plain",))
def phone(pen, a):
    c = a.c

    def one(x, deg, back):
        p = box(x - 16, 17, 32, 66, 5)
        with pen.turn(deg, x, 83):
            pen.fill(moved(p, 1.2, .6), (40, 30, 44), .35, 2.4)
            pen.metal(p, light(c, .25), x - 17, x + 17)
            face = box(x - 15.2, 17.8, 30.4, 64.4, 4.4)
            if back:
                pen.ramp(face, [light(c, .22), c, dark(c, .22)], x - 15, 18, x + 12, 84)
                pen.fill(box(x - 13, 20, 13, 14.4, 3.6), light(c, .16))
                pen.line(box(x - 13, 20, 13, 14.4, 3.6), dark(c, .3), .3, .6)
                for ox, oy in ((-9.6, 23.6), (-9.6, 30.6), (-3.2, 27)):
                    pen.fill(oval(x + ox, oy, 2.7), dark(c, .5))
                    pen.ball(oval(x + ox, oy, 2.1), (34, 38, 52), x + ox, oy, 2.1)
                    pen.glint(oval(x + ox - .7, oy - .8, .6), .8, .1)
                pen.fill(oval(x - 3.2, 22.4, .9), (250, 244, 220))
                pen.line(path(f"M{x-2.4} 58 L{x} 54.6 L{x+2.4} 58 L{x} 61.4 Z"), light(c, .5) if luma(c) < .8 else dark(c, .2), .7, .7)
                pen.ramp(poly((x + 2, 17.8), (x + 15.2, 17.8), (x + 15.2, 60)), [(0.0, WHITE, .0), (1.0, WHITE, .26)], x - 4, 60, x + 15, 18)
            else:
                pen.fill(face, (16, 16, 20))
                scr = box(x - 14.4, 18.6, 28.8, 62.8, 3.8)
                screen(pen, a, scr)
                pen.fill(box(x - 4, 20.2, 8, 2.2, 1.1), (10, 10, 14))
                for k in range(4):
                    pen.fill(box(x - 12 + k * 6.3, 73.6, 5, 5, 1.4), ((250, 250, 250), (120, 200, 150), (246, 196, 90), (120, 160, 230))[k], .9)
                pen.fill(box(x - 9, 28, 18, 4.4, .8), WHITE, .85) if a.rng.random() < .5 else None

    pen.shadow(50, 84, 24 if a.shape != "pair" else 36, 2.6)
    if a.shape == "pair":
        one(60, 5, True)
        one(38, -3, False)
    else:
        one(50, 0, a.shape == "back")


@kind("laptop", "laptop", "笔记本电脑", "Electronics", "Laptops", "笔记本电脑", colours=("silver", "grey", "black", "navy", "gold", "pink", "white", "teal"),
      materials=("aluminium", "magnesium alloy"), shapes=("open", "half-turned", "wide"))
def laptop(pen, a):
    c = light(a.c, .08)
    w = 33 if a.shape != "wide" else 37
    h = 40 if a.shape != "wide" else 36
    skew = a.at(-3, 3)
    pen.shadow(50, 83, w + 10, 4)
    lid = path(f"M{50-w+1.6} {68-h} L{50+w-1.6} {68-h} Q{50+w} {68-h} {50+w} {69.6-h} L{50+w} 70 L{50-w} 70 L{50-w} {69.6-h} Q{50-w} {68-h} {50-w+1.6} {68-h} Z")
    pen.body(lid, c)
    pen.fill(box(50 - w + .9, 68.9 - h, 2 * w - 1.8, h - .6, .9), (20, 20, 24))
    screen(pen, a, box(50 - w + 2, 70.2 - h, 2 * w - 4, h - 3.4))
    pen.fill(oval(50, 69.5 - h, .4), (70, 80, 100))
    pen.fill(box(50 - 9, 66.2, 18, 1.0, .5), WHITE, .25)
    deck = path(f"M{50-w} 70 L{50+w} 70 L{50+w+8} 81 L{50-w-8} 81 Z")
    pen.ramp(deck, [dark(c, .14), light(c, .18)], 0, 70, 0, 81)
    for r in range(4):
        y, e = 71.4 + r * 1.55, (1.4 + r * 1.55) * .74
        n = 14
        for k in range(n):
            xa = 50 - w + 3 - e + k * (2 * w - 6 + 2 * e) / n
            pen.fill(box(xa + .2, y, (2 * w - 6 + 2 * e) / n - .5, 1.15, .25), (46, 48, 54) if luma(c) > .3 else (90, 92, 98))
    pen.fill(poly((42, 78), (58, 78), (59, 80.4), (41, 80.4)), dark(c, .18))
    pen.ramp(path(f"M{50-w-8} 81 L{50+w+8} 81 L{50+w+8} 82 Q{50+w+6} 83.4 {50+w+2} 83.4 L{50-w-2} 83.4 Q{50-w-6} 83.4 {50-w-8} 82 Z"), [light(c, .3), dark(c, .35)], 0, 81, 0, 83.4)
    pen.fill(box(45, 81, 10, .9, .4), dark(c, .4), .6)
    pen.line("M%s 70.1 H%s" % (50 - w + 4, 50 + w - 4), dark(c, .7), .8, .8)


@kind("camera", "camera", "相机", "Electronics", "Cameras", "相机", colours=("black", "silver", "brown", "red", "mint", "navy", "white", "pink", "yellow"),
      materials=("metal and leatherette", "magnesium alloy"), shapes=("rangefinder", "SLR", "instant"))
def camera(pen, a):
    c = a.c
    pen.shadow(50, 82, 36, 4)
    if a.shape == "instant":
        body = sym("M50 26 L72 26 C77 26 78 30 78.6 36 L84 70 C84.6 78 82 82 76 82 L50 82")
        pen.body(body, light(c, .1))
        pen.fill(box(28, 73, 44, 3.4, 1.4), dark(c, .7))
        pen.fill(both(body, box(0, 64.5, 100, 3)), a.accent)
        pen.body(box(60, 32, 12, 8, 2), (250, 246, 230))
        pen.body(box(28, 32, 10, 8, 2), (30, 32, 40))
        pen.glint(oval(31, 34, 2, 1.2), .6, .4)
        cx, cy, r = 50, 51, 15
    else:
        chrome = STEEL if c != STEEL and luma(c) < .85 else (150, 152, 158)
        if a.shape == "SLR":
            hump = sym("M50 22 L57 22 L62 33 L50 33")
            pen.body(hump, dark(DARK, .1))
            pen.line("M44 24 H56", WHITE, .6, .3)
        top = box(15, 31, 70, 16, 4)
        pen.ramp(top, [light(chrome, .6), chrome, dark(chrome, .25)], 0, 31, 0, 46)
        body = box(14, 38, 72, 43, 4)
        pen.body(body, c, texture="grain", size=4)
        pen.ramp(box(14, 74, 72, 7, 3), [chrome, dark(chrome, .3)], 0, 74, 0, 81)
        pen.ramp(box(14, 38, 72, 4.4, 0), [light(chrome, .5), dark(chrome, .1)], 0, 38, 0, 42.4)
        for x, w, h in ((22, 10, 5), (70, 9, 4), (62, 5, 6)):
            pen.metal(box(x - w / 2, 31 - h, w, h + 1, .8), chrome)
        pen.ball(oval(80, 29.4, 2.4, 1.6), (206, 60, 60), 80, 29.4, 2)
        pen.body(box(66, 33.6, 11, 5.6, 1.2), (34, 38, 50))
        pen.glint(oval(69, 35, 2, 1), .6, .3)
        cx, cy, r = 50, 57, 19
    pen.fill(oval(cx + 1, cy + 2, r + 1), BLACK, .4, 1.6)
    pen.ball(oval(cx, cy, r), (58, 58, 64), cx, cy, r)
    pen.line(oval(cx, cy, r * .93), STEEL, .9, .9)
    pen.ball(oval(cx, cy, r * .8), (34, 34, 40), cx, cy, r * .8, .15)
    pen.line(oval(cx, cy, r * .70), (90, 92, 100), .4)
    pen.glow(oval(cx, cy, r * .56), cx + r * .1, cy + r * .14, r * .6, (96, 120, 180), (16, 18, 34))
    pen.glow(oval(cx, cy, r * .30), cx, cy, r * .3, (150, 90, 150), (30, 30, 60), .8)
    pen.glint(oval(cx - r * .22, cy - r * .26, r * .16, r * .11), .85, .4)
    pen.glint(oval(cx + r * .2, cy + r * .24, r * .07), .5, .3)
    if a.shape != "instant":
        for s in (-1, 1):
            pen.line(oval(50 + s * 37, 40, 1.6), STEEL, .8)


@kind("speaker", "speaker", "音箱", "Electronics", "Speakers", "音箱", colours=GADGET + ["brown", "mustard", "olive"],
      materials=("walnut and fabric", "fabric", "aluminium"), shapes=("cylinder", "bookshelf", "retro radio"))
def speaker(pen, a):
    c = a.c
    if a.shape == "cylinder":
        pen.shadow(50, 83, 22, 4)
        body = path("M30 24 C30 17 70 17 70 24 L70 77 C70 86 30 86 30 77 Z")
        pen.tube(body, c)
        pen.texture(body, "mesh", 1.7, .55)
        base = path("M30 74 C30 83 70 83 70 74 L70 77 C70 86 30 86 30 77 Z")
        pen.tube(base, dark(c, .35))
        pen.ramp(oval(50, 23.6, 20, 5.2), [light(c, .4), dark(c, .15)], 30, 20, 70, 28)
        pen.fill(oval(50, 23.6, 13, 3.2), dark(c, .5))
        for k, x in enumerate((44, 50, 56)):
            pen.line((f"M{x-1.2} 23.6 H{x+1.2}", f"M{x-1} 22.6 L{x+1} 23.6 L{x-1} 24.6", f"M{x-1.2} 23.6 H{x+1.2} M{x} 22.8 V24.4")[k], light(c, .7), .6)
        pen.line("M70 40 C77 42 77 50 70 52", (60, 50, 44), 1.6)
    elif a.shape == "bookshelf":
        pen.shadow(50, 85, 24, 3.4)
        wood = (150, 98, 60) if "walnut" in a.material else c
        case = box(28, 14, 44, 71, 2.4)
        pen.body(case, wood, texture="wood" if "walnut" in a.material else None, size=30, turn=90)
        front = box(30.6, 16.6, 38.8, 65.8, 1.6)
        pen.body(front, dark(c, .15) if "walnut" in a.material else light(c, .06))
        for cy, r in ((30, 7.4), (58, 15.6)):
            pen.ball(oval(50, cy, r + 1.4), (120, 122, 128), 50, cy, r + 1.4)
            pen.glow(oval(50, cy, r), 50, cy, r, (54, 54, 60), (22, 22, 26))
            pen.line(oval(50, cy, r * .78), (80, 80, 88), .8, .8)
            cone = a.accent if a.rng.random() < .4 and r > 10 else (70, 70, 78)
            pen.glow(oval(50, cy, r * .66), 50, cy, r * .7, dark(cone, .3), cone)
            pen.ball(oval(50, cy, r * .26), (64, 64, 72), 50, cy, r * .26, .5)
        pen.fill(oval(50, 78.2, .7), (120, 230, 170))
    else:
        pen.shadow(50, 82, 38, 3.6)
        pen.line("M26 38 C26 22 74 22 74 38", dark(c, .4), 3.0)
        pen.line("M26.6 36 C28 23 72 23 73 34", light(c, .4), .7, .6)
        case = box(13, 36, 74, 44, 8)
        pen.body(case, c)
        face = box(17, 40, 66, 36, 5)
        pen.fill(face, (236, 226, 204))
        grill = box(20, 43, 36, 30, 3)
        pen.fill(grill, (150, 116, 78) if a.rng.random() < .5 else (206, 190, 160))
        pen.texture(grill, "weave", 2.6)
        for k in range(9):
            pen.line(f"M20 {45.6+k*3.2} H56", BLACK, .7, .22)
        pen.ball(oval(70, 52, 8), BRASS, 70, 52, 8)
        pen.ball(oval(70, 52, 5.6), (246, 238, 220), 70, 52, 6, .2)
        pen.line("M70 52 L73.4 48", (190, 60, 50), .9)
        for x in (64, 76):
            pen.ball(oval(x, 68, 3), (70, 60, 54), x, 68, 3)
        for x in (22, 74):
            pen.fill(box(x, 80, 5, 2.4, .6), (60, 50, 44))


@kind("watch", "watch", "手表", "Electronics", "Watches", "手表", flat=True, colours=("black", "brown", "navy", "silver", "gold", "white", "green", "red", "pink", "beige"),
      materials=("leather and steel", "stainless steel", "silicone"), shapes=("classic", "chronograph", "smart"))
def watch(pen, a):
    c = a.c
    strap_c = c if a.colour not in ("silver", "gold") else c
    metal = BRASS if a.colour in ("gold", "brown", "beige", "pink") and a.rng.random() < .7 else STEEL
    steel = a.colour in ("silver", "gold") or (a.material == "stainless steel" and a.colour == "black")
    up = path("M41 34 L42.6 6 Q50 4 57.4 6 L59 34 Z")
    down = path("M41 66 L42.4 93 Q50 97 57.6 93 L59 66 Z")
    head = oval(50, 50, 21) if a.shape != "smart" else box(31, 29, 38, 42, 11)
    pen.drop(union(up, down, head), 1.2)
    for p in (up, down):
        if steel:
            pen.metal(p, c)
            with pen.inside(p):
                for k in range(26):
                    pen.line(f"M38 {5+k*3.6} Q50 {6.4+k*3.6} 62 {5+k*3.6}", dark(c, .7), .5, .6)
                for x in (46, 54):
                    pen.line(f"M{x} 0 V100", dark(c, .7), .4, .5)
        else:
            pen.body(p, strap_c, texture="grain" if "leather" in a.material else None, size=3)
            if "leather" in a.material:
                pen.line(p, light(strap_c, .5), .3, .0)
                for s in (-1, 1):
                    pen.line(f"M{50+s*7} 34 L{50+s*5.8} 8", light(strap_c, .5), .35, .8, dash=(1, .8))
                    pen.line(f"M{50+s*7} 66 L{50+s*5.8} 92", light(strap_c, .5), .35, .8, dash=(1, .8))
    if not steel:
        for k in range(4):
            pen.fill(oval(50, 78 + k * 4, .8, 1), dark(strap_c, .7))
    if a.shape == "smart":
        pen.metal(box(69, 44, 2.6, 8, 1), metal)
        pen.metal(head, metal if luma(c) > .3 else (90, 92, 98), 29, 71)
        pen.fill(box(32.6, 30.6, 34.8, 38.8, 9.6), (12, 12, 16))
        hue = a.accent if luma(a.accent) > .3 else (110, 210, 200)
        for k, (r, sw) in enumerate(((12, 270), (9, 200), (6, 300))):
            arc = skia.Path()
            arc.addArc(skia.Rect(50 - r, 54 - r, 50 + r, 54 + r), -90, sw)
            pen.line(oval(50, 54, r), (60, 60, 70), 1.8, .6)
            pen.line(arc, (hue, (236, 100, 110), (160, 220, 100))[k], 1.8)
        for k in range(4):
            pen.fill(box(39 + k * 6 + (1 if k > 1 else 0), 33.6, 3.6, 5.4, .8), WHITE, .9)
        pen.ramp(poly((52, 30.6), (66, 30.6), (67, 50)), [(0.0, WHITE, 0.0), (1.0, WHITE, .16)], 48, 50, 67, 31)
        return
    pen.metal(box(70, 47, 4, 6, 1), metal)
    if a.shape == "chronograph":
        for y in (38, 59):
            pen.metal(box(67.6, y, 4, 3.4, .8), metal)
    pen.metal(head, metal)
    pen.ball(oval(50, 50, 18.6), dark(metal, .25), 50, 50, 18.6, .1)
    dial = (248, 246, 240) if luma(c) < .45 or a.rng.random() < .4 else (34, 40, 62)
    pen.glow(oval(50, 50, 17.4), 46, 45, 24, light(dial, .1), dark(dial, .12))
    mark = (40, 40, 46) if luma(dial) > .5 else (240, 236, 226)
    for k in range(60):
        t = math.radians(k * 6)
        r0 = 13.6 if k % 5 == 0 else 15.4
        if k % 5 == 0 or a.shape == "chronograph":
            pen.line(f"M{50+r0*math.sin(t)} {50-r0*math.cos(t)} L{50+16.2*math.sin(t)} {50-16.2*math.cos(t)}", mark, .9 if k % 5 == 0 else .3)
    if a.shape == "chronograph":
        for x, y in ((43, 50), (57, 50), (50, 58)):
            pen.fill(oval(x, y, 3.6), dark(dial, .12) if luma(dial) > .5 else light(dial, .14))
            pen.line(oval(x, y, 3.6), mark, .25, .5)
            pen.line(f"M{x} {y} L{x+1.6} {y-1.8}", (200, 60, 60), .4)
    hr, mn = math.radians(a.at(0, 360)), math.radians(a.at(0, 360))
    pen.line(f"M50 50 L{50+9*math.sin(hr)} {50-9*math.cos(hr)}", mark, 1.5)
    pen.line(f"M50 50 L{50+13.4*math.sin(mn)} {50-13.4*math.cos(mn)}", mark, 1.0)
    pen.line(f"M50 53 L{50+12*math.sin(mn+2)} {50-12*math.cos(mn+2)}", (206, 66, 60), .5)
    pen.fill(oval(50, 50, 1.2), metal)
    pen.ramp(both(oval(50, 50, 17.4), poly((40, 30), (70, 30), (70, 56))), [(0.0, WHITE, .0), (1.0, WHITE, .30)], 44, 56, 64, 36)


@kind("hairdryer", "hair dryer", "吹风机", "Electronics", "Hair dryers", "吹风机", colours=("pink", "white", "black", "mint", "red", "navy", "silver", "purple", "teal"),
      materials=("plastic", "plastic and aluminium"), shapes=("salon", "compact"), flat=True)
def hairdryer(pen, a):
    c = a.c
    nose = path("M18 28 L40 24 L40 52 L18 48 Z") if a.shape == "salon" else path("M22 30 L40 26 L40 50 L22 46 Z")
    barrel = path("M38 23 C50 20 66 20 74 24 C82 28 84 34 84 38 C84 43 82 49 74 52.6 C66 56 50 56 38 53 Z")
    grip = path("M56 50 L71 50 C71 60 70 72 68.6 84 C68 88 60 89 57.6 86 C56 76 55 62 56 50 Z")
    pen.line("M63 86 C64 94 70 96 84 93", (50, 50, 56), 1.8)
    pen.drop(union(nose, barrel, grip), 1.5)
    pen.ramp(nose, [(60, 60, 66), (130, 132, 138), (50, 50, 56), (28, 28, 32)], 0, 24, 0, 52)
    pen.fill(path("M18 28 Q15.6 38 18 48 L20 47.6 Q18 38 20 28.4 Z"), (24, 24, 28))
    pen.ramp(grip, [light(c, .2), c, dark(c, .25)], 55, 0, 72, 0)
    pen.fill(both(grip, oval(62, 50, 16, 8)), dark(c, .7), .3, 1.6)
    pen.ramp(barrel, [(0.0, light(c, .1)), (.2, light(c, .5)), (.45, c), (1.0, dark(c, .42))], 0, 20, 0, 56)
    for k in range(7):
        y = 29 + k * 3
        pen.line(f"M{76 + (3 - abs(k-3))*.9} {y} L{80.6 + (3 - abs(k-3)) * .6} {y}", dark(c, .6), 1.0, .8)
    pen.line("M42 22.4 C40 32 40 44 42 53.8", dark(c, .4), .8, .7)
    pen.line("M72 23 C76 32 76 44 72 53.4", dark(c, .4), .6, .6)
    ring = BRASS if a.rng.random() < .5 else STEEL
    pen.line("M44.6 22 C42.6 32 42.6 44 44.6 54", ring, 1.4)
    for k in range(2):
        pen.body(box(60.4, 62 + k * 7.6, 5.4, 5.4, 1.4), a.accent if k == 0 else dark(c, .4))
    pen.glint(path("M48 26 C56 24.4 64 24.4 69 26.4 L69 28.4 C62 27 56 27 48 28.4 Z"), .55, .6)


@kind("printer", "printer", "打印机", "Electronics", "Printers", "打印机", colours=("white", "black", "grey", "navy", "mint", "cream", "teal"),
      materials=("plastic", "recycled plastic"), shapes=("inkjet", "compact"))
def printer(pen, a):
    c = a.c
    pen.shadow(50, 82, 37, 4)
    w = 34 if a.shape == "inkjet" else 28
    paper = path(f"M{50-w*.62} 16 L{50+w*.62} 16 L{50+w*.66} 46 L{50-w*.66} 46 Z")
    pen.ramp(paper, [(250, 250, 248), (226, 226, 228)], 0, 16, 0, 46)
    back = sym(f"M50 34 L{50+w*.74} 34 L{50+w*.84} 48 L50 48")
    pen.body(back, dark(c, .2))
    case = sym(f"M50 44 L{50+w-3} 44 C{50+w} 44 {50+w+1} 46 {50+w+1.6} 50 L{50+w+3} 77 C{50+w+3} 80 {50+w+2} 82 {50+w-1} 82 L50 82")
    pen.body(case, c)
    pen.ramp(sym(f"M50 44 L{50+w-3} 44 C{50+w} 44 {50+w+1} 46 {50+w+1.6} 50 L50 50"), [light(c, .5), light(c, .15)], 0, 44, 0, 50)
    pen.fill(box(50 - w * .72, 60, w * 1.44, 8, 1.4), dark(c, .75))
    out = path(f"M{50-w*.6} 63 L{50+w*.6} 63 L{50+w*.72} 79 L{50-w*.72} 79 Z")
    pen.fill(moved(out, .4, 1.2), BLACK, .3, 1)
    pen.ramp(out, [(216, 216, 218), (252, 252, 250)], 0, 62, 0, 74)
    pic = path(f"M{50-w*.46} 66 L{50+w*.46} 66 L{50+w*.52} 75.6 L{50-w*.52} 75.6 Z")
    top, low = a.rng.choice(SCREENS)
    pen.ramp(pic, [top, low], 0, 66, 0, 76)
    pen.fill(both(pic, oval(44, 77, 14, 5)), dark(top, .1), .8)
    pen.fill(oval(50 + w * .24, 69.4, 1.6), (255, 240, 200), .9)
    pen.fill(box(50 + w * .3, 52, w * .5, 5, 1), (24, 28, 38))
    pen.fill(box(50 + w * .34, 53, w * .3, 3, .5), (110, 190, 220), .8)
    for k in range(2):
        pen.fill(oval(50 - w * .8 + k * 4, 54.4, 1.2), a.accent if k == 0 else dark(c, .3))
