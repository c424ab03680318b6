"""Instruments, bells and a few things for going out."""

import math

from pen import (BLACK, BRASS, DARK, STEEL, WHITE, WOOD, both, box, dark, light, luma, minus, mirror, mix,
                 moved, oval, path, poly, scaled, smooth, sym, turned, union)
from registry import BRIGHT, LEATHER, kind

TONES = ("brown", "black", "red", "beige", "blue", "mustard", "orange", "white", "green", "teal")


def strings_body(pen, a, body, hole, neck_top, scale, n, electric=False):
    c = a.c if a.colour not in ("brown", "beige") else mix(a.c, (190, 120, 62), .5)
    neck_c = (112, 72, 46)
    head = sym(f"M50 {neck_top-14*scale} L{50+5*scale} {neck_top-13*scale} L{50+3.4*scale} {neck_top+1} L50 {neck_top+1}")
    neck = box(50 - 2.4 * scale, neck_top, 4.8 * scale, hole - neck_top - 4, .4)
    pen.drop(union(body, neck, head), 1.4, .38)
    pen.ramp(head, [light(neck_c, .2), dark(neck_c, .2)], 45, neck_top - 14, 55, neck_top)
    for k in range((n + 1) // 2):
        for s in (-1, 1):
            y = neck_top - 11 * scale + k * 3.6 * scale
            pen.line(f"M{50+s*4.2*scale} {y} H{50+s*6.6*scale}", STEEL, .8)
            pen.ball(oval(50 + s * 7 * scale, y, 1.2 * scale), (240, 236, 224), 50 + s * 7 * scale, y, 1.2 * scale)
    pen.body(body, c, 1.1, texture="wood", size=30, turn=90)
    pen.line(body, dark(c, .6), 1.0, .85)
    pen.line(scaled(body, .965, .97, 50, 66), light(c, .6), .4, .8)
    b = body.getBounds()
    pen.glint(oval(b.left() + 9, b.bottom() - 18, 3, 8), .22, 2.4)
    r = 6.6 * scale
    if not electric:
        pen.line(oval(50, hole, r + 1.4), light(c, .55), .7)
        pen.fill(oval(50, hole, r), (40, 26, 20))
        pen.line(oval(50, hole, r + .3), dark(c, .5), .6)
        if a.rng.random() < .6:
            pen.fill(minus(path(f"M{50+r*.4} {hole+r*.8} C{50+r*1.6} {hole-r*.2} {50+r*2.2} {hole+r} {50+r*1.8} {hole+r*2} C{50+r*1.2} {hole+r*2.4} {50+r*.7} {hole+r*1.8} {50+r*.4} {hole+r*.8} Z"), oval(50, hole, r)), dark(c, .75))
    else:
        guard = path(f"M{50-7} {hole-8} L{57} {hole-8} C{66} {hole} {64} {hole+14} {60} {hole+18} L{44} {hole+16} Z")
        pen.body(guard, (244, 240, 230) if luma(c) < .8 else (40, 40, 44), .5)
        for y in (hole - 3, hole + 6):
            pen.fill(box(44.4, y, 11.2, 4, 1), (30, 30, 34))
            for k in range(6):
                pen.fill(oval(46 + k * 1.6, y + 2, .5), STEEL)
        for k in range(2):
            pen.ball(oval(61, hole + 12 + k * 5, 1.7), (230, 226, 216) if luma(c) < .8 else STEEL, 61, hole + 12 + k * 5, 1.7)
    pen.ramp(neck, [light(neck_c, .1), neck_c, dark(neck_c, .35)], 50 - 2.4 * scale, 0, 50 + 2.4 * scale, 0)
    span = hole - neck_top - 4
    for k in range(1, 13):
        y = neck_top + span * (1 - 2 ** (-k / 9)) / (1 - 2 ** (-12 / 9)) * .96
        pen.line(f"M{50-2.4*scale} {y} H{50+2.4*scale}", STEEL, .4, .9, butt=True)
        if k in (3, 5, 7, 9):
            pen.fill(oval(50, y - 1.2, .6), (240, 234, 220))
    low = hole + 17 * scale
    pen.body(box(50 - 6.4 * scale, low, 12.8 * scale, 2.6, .8), (70, 44, 30) if not electric else STEEL)
    for k in range(n):
        x0, x1 = 50 + (k - (n - 1) / 2) * 3.6 * scale / n, 50 + (k - (n - 1) / 2) * 5.4 * scale / n
        pen.line(f"M{x0} {neck_top} L{x1} {low+1}", (240, 236, 226), .28, .9)


@kind("guitar", "guitar", "吉他", "Music", "Guitars", "吉他", flat=True, colours=TONES, materials=("spruce and mahogany", "cedar", "maple"),
      shapes=("acoustic", "electric", "ukulele"))
def guitar(pen, a):
    with pen.turn(24, 50, 52):
        if a.shape == "electric":
            body = path("M44 60 C36 54 33 48 34 43 C36 41 39 45 44 50 L56 50 C61 46 65 44 67 46 C67 52 63 56 64 62 C66 70 72 76 70 86 C68 94 58 95 50 95 C40 95 30 94 29 85 C28 76 38 70 44 60 Z")
            strings_body(pen, a, moved(body, 0, -2), 68, 14, .92, 6, True)
        elif a.shape == "ukulele":
            strings_body(pen, a, sym("M50 50 C58 50 64 53 64 59 C64 63 61 65 61 68 C61 72 69 74 69 82 C69 89 60 92 50 92"), 66, 26, .86, 4)
        else:
            strings_body(pen, a, sym("M50 45 C60 45 66 49 66 56 C66 61 62.5 63 62.5 67 C62.5 71 72 74 72 83 C72 92 62 95 50 95"), 62, 15, .9, 6)


@kind("bicyclebell", "bicycle bell", "自行车铃", "Music", "Bicycle bells", "自行车铃", colours=("red", "silver", "gold", "black", "teal", "yellow", "pink", "green", "blue", "white"),
      materials=("steel", "brass", "aluminium"), shapes=("dome", "retro"), patterns=("plain", "plain", "dotted", "striped"))
def bicyclebell(pen, a):
    c = a.c
    pen.shadow(50, 86, 30, 3)
    pen.metal(box(4, 72, 92, 9, 4.5), STEEL, 0, 120)
    pen.ramp(box(4, 72, 92, 9, 4.5), [(230, 232, 236), (150, 154, 162), (90, 94, 102)], 0, 72, 0, 81)
    pen.ramp(box(74, 70.4, 24, 12.4, 5), [(90, 66, 50), (60, 42, 34)], 0, 70, 0, 83)
    for k in range(6):
        pen.line(f"M{78+k*3.2} 71 V82.4", BLACK, .6, .4)
    pen.body(box(42, 66, 16, 17, 2), (70, 72, 80))
    pen.fill(oval(50, 75, 2), STEEL)
    pen.line("M66 58 L82 50", (90, 92, 100), 3.4)
    pen.ball(oval(83, 49.4, 4, 3.4), (40, 40, 46), 83, 49.4, 4)
    base = path("M24 62 Q50 71 76 62 L74 67 Q50 75 26 67 Z")
    pen.metal(base, STEEL)
    dome = path("M20 62 C20 36 34 24 50 24 C66 24 80 36 80 62 Q50 70.6 20 62 Z")
    if a.colour in ("silver", "gold"):
        pen.metal(dome, c)
        pen.ramp(dome, [(0.0, WHITE, .25), (.5, WHITE, 0.0), (1.0, BLACK, .25)], 0, 24, 0, 66)
    else:
        pen.ball(dome, c, 50, 50, 36, .5)
        if a.pattern != "plain":
            pen.pattern(dome, a.pattern, c, a.accent, 1.1)
            pen.ramp(dome, [(0.0, WHITE, .2), (.4, BLACK, 0.0), (1.0, BLACK, .35)], 34, 24, 66, 68)
    pen.line("M20 62 Q50 70.6 80 62", light(c, .5), 1.3, .9)
    pen.ball(oval(50, 24.4, 4.4, 2.6), STEEL, 50, 24.4, 4)
    if a.shape == "retro":
        pen.line("M26 50 Q50 58 74 50", dark(c, .5), .7, .6)
        pen.line("M31 40 Q50 46 69 40", dark(c, .5), .6, .5)
    pen.glint(turned(oval(35, 41, 3.6, 9.6), 26, 35, 41), .75, 1.0)


@kind("deskbell", "desk bell", "服务铃", "Music", "Desk bells", "服务铃", colours=("silver", "gold", "red", "black", "teal", "pink", "navy", "green", "white"),
      materials=("chromed steel", "brass", "steel"), shapes=("classic", "wooden base"))
def deskbell(pen, a):
    c = a.c
    pen.shadow(50, 84, 36, 4)
    if a.shape == "classic":
        pen.tube(path("M15 74 C15 70 85 70 85 74 L85 79 C85 88 15 88 15 79 Z"), (44, 44, 50), gloss=.4)
        pen.ramp(oval(50, 74, 35, 5.6), [(90, 90, 98), (40, 40, 46)], 20, 70, 80, 80)
    else:
        w = (178, 124, 76)
        pen.tube(path("M15 74 C15 69 85 69 85 74 L85 80 C85 89 15 89 15 80 Z"), w)
        pen.ramp(oval(50, 74, 35, 5.8), [light(w, .35), w], 20, 70, 80, 80)
        pen.texture(oval(50, 74, 35, 5.8), "wood", 30)
    dome = path("M19 70 C19 46 32 33 50 33 C68 33 81 46 81 70 Q50 79 19 70 Z")
    pen.fill(moved(dome, 1, 2.5), BLACK, .3, 1.6)
    if a.colour in ("silver", "gold", "black"):
        pen.metal(dome, c if a.colour != "black" else (92, 94, 102))
        pen.ramp(dome, [(0.0, WHITE, .3), (.45, WHITE, 0.0), (1.0, BLACK, .32)], 0, 33, 0, 76)
    else:
        pen.ball(dome, c, 50, 58, 36, .55)
    pen.line("M19 70 Q50 79 81 70", light(c, .6), 1.2, .9)
    with pen.inside(dome):
        pen.fill(path("M60 36 C72 42 78 54 78 68 L72 71 C73 56 68 44 58 38 Z"), WHITE, .28, 1.2)
    pen.metal(box(47.4, 24, 5.2, 10, 1), STEEL)
    pen.ball(oval(50, 23.6, 5.2, 3.4), c if a.colour != "black" else STEEL, 50, 23.6, 5)
    pen.glint(turned(oval(33, 50, 3.6, 10), 28, 33, 50), .8, 1.0)


@kind("drum", "drum", "鼓", "Music", "Drums", "鼓", colours=BRIGHT + ["black", "brown", "navy", "gold", "white"], materials=("maple shell", "birch shell", "steel shell"),
      shapes=("snare", "hand drum", "toy"), patterns=("plain", "two-tone"))
def drum(pen, a):
    c = a.c
    if a.shape == "hand drum":
        pen.shadow(50, 87, 18, 3)
        p = sym("M50 26 L76 28 C76 44 62 52 60 62 C60 72 66 78 68 86 L50 88")
        pen.tube(p, mix(c, (150, 96, 56), .25))
        pen.pattern(both(p, box(0, 44, 100, 10)), "zigzag", c, light(a.accent, .1), .8)
        for k in range(-7, 8):
            pen.line(f"M{50+k*3.6} 30 L{50+k*2.2+1.2} 50 L{50+k*1.4} 62", (244, 232, 206), .7, .9)
        pen.line("M39.6 62 Q50 66 60.4 62", (244, 232, 206), 1.6)
        pen.line("M24 31 Q50 40 76 31", dark(c, .5), 2.6)
        pen.ramp(oval(50, 27, 26, 8.4), [(252, 244, 224), (226, 206, 170)], 30, 20, 74, 34)
        pen.line(oval(50, 27, 26, 8.4), dark(c, .2), 1.6)
        return
    deep = 78 if a.shape == "toy" else 70
    pen.shadow(50, deep + 9, 36, 4)
    side = path(f"M13 40 L13 {deep} C13 {deep+15} 87 {deep+15} 87 {deep} L87 40 Z")
    pen.tube(side, c, gloss=.35)
    if a.shape == "toy" or a.pattern == "two-tone":
        with pen.inside(side):
            n = 7
            for k in range(n):
                x0, x1, x2 = (50 - 37 * math.cos(math.pi * q / n) for q in (k, k + .5, k + 1))
                bow = lambda x, y: y + 11 * math.sin(math.acos(max(-1, min(1, (50 - x) / 37))))
                pen.line(f"M{x0} {bow(x0,43)} L{x1} {bow(x1,deep-4)} L{x2} {bow(x2,43)}", (250, 244, 226), 1.1)
    else:
        for k in range(7):
            x = 50 - 35 * math.cos(math.pi * (k + .5) / 7)
            y = 40 + 11 * math.sin(math.acos((50 - x) / 37))
            pen.metal(box(x - 1.1, y, 2.2, deep - 38, 1), STEEL)
            pen.metal(box(x - 2, y + (deep - 40) * .4, 4, 6, 1.4), STEEL)
    hoop = STEEL if a.shape == "snare" else a.accent if luma(a.accent) < .8 else BRASS
    for y in (40, deep - 2):
        band = path(f"M12 {y} C12 {y+15} 88 {y+15} 88 {y} L88 {y+4.6} C88 {y+19.6} 12 {y+19.6} 12 {y+4.6} Z")
        (pen.metal if a.shape == "snare" else lambda q, k: pen.tube(q, k))(band, hoop)
    pen.fill(oval(50, 40, 38, 11.6), dark(hoop, .2))
    pen.ramp(oval(50, 40, 36.4, 10.6), [(255, 252, 244), (226, 220, 208)], 20, 30, 80, 52)
    pen.fill(oval(50, 41, 18, 5), (200, 192, 178), .3, 3)
    wood = (214, 168, 112)
    for q, tip in (("M30 42 L78 16", (29, 42.6)), ("M66 44 L16 20", (67.4, 44.6))):
        pen.line(moved(path(q), .6, 2), BLACK, 2.6, .22, 1.2)
        pen.line(q, dark(wood, .3), 2.8)
        pen.line(q, wood, 2.1)
        pen.ball(oval(*tip, 2.6, 2), light(wood, .2), *tip, 2.6)


@kind("windchime", "wind chime", "风铃", "Music", "Wind chimes", "风铃", colours=("silver", "gold", "teal", "light blue", "pink", "red", "green", "navy", "mint", "white"),
      materials=("aluminium and bamboo", "glass", "brass"), shapes=("tubes", "glass bell", "shells"), hung=("tubes", "glass bell", "shells"))
def windchime(pen, a):
    c = a.c
    cord = (120, 96, 76)
    pen.line("M50 2 V20", cord, .8)
    pen.line(oval(50, 5, 2), BRASS, .9)
    if a.shape == "glass bell":
        p = path("M26 52 C26 28 38 18 50 18 C62 18 74 28 74 52 Q50 58 26 52 Z")
        pen.line("M50 40 V66", cord, .6)
        pen.fill(p, light(c, .4), .45)
        pen.ball(p, light(c, .25), 50, 40, 30, .6) if luma(c) > .9 else pen.glow(p, 44, 34, 34, light(c, .75), c, .7)
        with pen.inside(p):
            for k in range(5):
                x, y = a.at(32, 68), a.at(30, 48)
                for n in range(5):
                    pen.fill(turned(oval(x, y - 2, 1, 2), n * 72, x, y), a.accent, .9)
                pen.fill(oval(x, y, .9), (250, 220, 120))
        pen.fill(oval(50, 53, 24, 3.4), light(c, .6), .6)
        pen.line(oval(50, 53, 24, 3.4), WHITE, .7, .9)
        pen.ball(oval(50, 57, 2.6), light(c, .2), 50, 57, 2.6)
        pen.glint(turned(oval(36, 36, 2.6, 8.4), 24, 36, 36), .85, .7)
        strip = path("M43 64 L57 64 L57 93 L43 93 Z")
        pen.fill(moved(strip, 1, 1.2), BLACK, .2, 1.4)
        pen.ramp(strip, [(254, 250, 240), light(c, .6)], 0, 64, 0, 93)
        for n in range(6):
            pen.fill(turned(oval(50, 77, 1.6, 3.4), n * 60, 50, 80), c if luma(c) < .85 else a.accent, .9)
        return
    wood = (196, 150, 98)
    for x in (36, 64):
        pen.line(f"M50 10 L{x} 26", cord, .6)
    pen.tube(path("M28 24 C28 20 72 20 72 24 L72 29 C72 34 28 34 28 29 Z"), wood if a.shape == "tubes" else c)
    pen.ramp(oval(50, 24, 22, 3.6), [light(wood, .4), wood], 28, 20, 72, 28)
    if a.shape == "tubes":
        for k in range(6):
            x, ln = 31.5 + k * 7.4, 34 + (k * 5 if k < 3 else (5 - k) * 5 + 4)
            pen.line(f"M{x} 30 V38", cord, .5)
            t = box(x - 2.1, 37, 4.2, ln, 1.4)
            pen.fill(moved(t, 2.4, 2), BLACK, .16, 1.6)
            (pen.metal if a.colour in ("silver", "gold") else lambda q, kk: pen.tube(q, kk, gloss=.55))(t, c)
        pen.line("M50 30 V84", cord, .5)
        pen.body(oval(50, 56, 8.6, 3.2), wood)
        pen.body(path("M50 80 C56 84 56 92 50 96 C44 92 44 84 50 80 Z"), c)
    else:
        for k in range(6):
            x = 31.5 + k * 7.4
            pen.line(f"M{x} 30 V{66 + (k%2)*10}", cord, .5)
            for n in range(4):
                y = 38 + n * 10 + (k % 2) * 4
                pen.fill(moved(oval(x, y, 4), 1.6, 1.4), BLACK, .14, 1.2)
                col = mix(c, WHITE, a.at(.05, .55)) if n % 2 else mix(a.accent, WHITE, .4)
                pen.ball(oval(x, y, 3.9, 4.2), col, x, y, 4)
                pen.glint(oval(x - 1.2, y - 1.4, .9), .7, .4)


@kind("musicbox", "music box", "音乐盒", "Music", "Music boxes", "音乐盒", colours=("red", "pink", "teal", "navy", "brown", "cream", "green", "purple", "light blue", "burgundy"),
      materials=("beech wood", "lacquered wood", "walnut"), shapes=("hand-crank", "ballerina", "carousel"), patterns=("plain", "floral", "striped"))
def musicbox(pen, a):
    c = a.c
    if a.shape == "hand-crank":
        pen.shadow(48, 84, 32, 4)
        front = box(18, 46, 56, 38, 1.4)
        top = path("M18 46 L28 34 L84 34 L74 46 Z")
        side = path("M74 46 L84 34 L84 74 L74 84 Z")
        pen.ramp(side, [dark(c, .25), dark(c, .4)], 74, 0, 84, 0)
        pen.body(front, c, texture="wood", size=26)
        pen.pattern(both(front, box(20, 48, 52, 34)), a.pattern, c, a.accent, .8)
        pen.rim(front, c, .3)
        pen.ramp(top, [light(c, .4), light(c, .12)], 18, 34, 84, 46)
        pen.fill(path("M32 43.6 L38 36.6 L74 36.6 L68 43.6 Z"), dark(c, .7))
        pen.metal(path("M36 42.4 L40 38 L62 38 L58 42.4 Z"), BRASS)
        for k in range(9):
            pen.line(f"M{60+k*.9} 42.4 L{64+k*.9} 38", STEEL, .5)
        pen.line("M79 60 H92 V46", BRASS, 2.2)
        pen.ball(oval(92, 44, 3.4), (60, 42, 34), 92, 44, 3.4)
        pen.line(box(22, 50, 48, 30, 1), BRASS, .5, .8)
    elif a.shape == "ballerina":
        pen.shadow(50, 86, 34, 4)
        lid = path("M20 52 L26 16 L74 16 L80 52 Z")
        pen.body(lid, dark(c, .06))
        mirror_ = path("M28 48 L32.6 20 L67.4 20 L72 48 Z")
        pen.ramp(mirror_, [(236, 242, 246), (190, 206, 218), (226, 234, 240)], 30, 20, 70, 48)
        pen.line(mirror_, BRASS, .8)
        well = path("M18 54 L82 54 L78 50 L22 50 Z")
        pen.fill(well, (236, 170, 180))
        pen.line("M50 54 V44", BRASS, .8)
        skirt = path("M50 37 C56 38 62 41 63 43.6 C58 46 42 46 37 43.6 C38 41 44 38 50 37 Z")
        pen.body(skirt, (252, 214, 220))
        pen.line("M48.4 45 L49.6 53 M52 45 L50.4 53", (240, 196, 170), 1.0)
        pen.fill(sym("M50 30 L52.6 30.6 L52 38 L50 38"), (236, 130, 150))
        pen.line("M48 31 C43 26 46 20 50 18 C54 20 57 26 52 31", (240, 196, 170), 1.0)
        pen.fill(oval(50, 27, 2.3), (240, 196, 170))
        pen.fill(oval(50, 25.4, 2.3, 1.8), (90, 56, 40))
        box_ = box(15, 54, 70, 32, 1.6)
        pen.body(box_, c, texture="wood", size=28)
        pen.pattern(both(box_, box(17, 56, 66, 28)), a.pattern, c, a.accent, .8)
        pen.rim(box_, c, .3)
        pen.line(box(19, 58, 62, 24, 1), BRASS, .6, .9)
        pen.ball(oval(50, 70, 3), BRASS, 50, 70, 3)
    else:
        pen.shadow(50, 86, 32, 4)
        pen.tube(path("M18 74 C18 70 82 70 82 74 L82 80 C82 90 18 90 18 80 Z"), c)
        pen.ramp(oval(50, 74, 32, 5.4), [light(c, .5), light(c, .2)], 20, 70, 80, 80)
        pen.metal(box(48.6, 30, 2.8, 44), BRASS)
        for k, x in enumerate((27, 42, 58, 73)):
            y = 55 + (k % 2) * 5
            pen.line(f"M{x} 38 V76", BRASS, .9)
            hc = ((250, 246, 238), (226, 150, 150), (250, 246, 238), (150, 190, 210))[k]
            horse = moved(path("M44 54 C44 50 47 49 50 49.6 L53 49 C54 46 56 44 58.4 44.4 L60 48 L57.6 48.6 C57 51 57 53 55.6 54.4 L57 60 L55 60 L53.6 55.6 L47.6 55.6 L46 60 L44 60 L45.4 55.4 Z"), x - 50.6, y - 51)
            pen.body(horse, hc, .7)
            pen.fill(oval(x + .6, y - 1.6, 2.2, 1.3), a.accent)
        roof = path("M50 8 C56 20 76 26 86 34 Q50 42 14 34 C24 26 44 20 50 8 Z")
        pen.body(roof, c)
        with pen.inside(roof):
            for k in range(-3, 4, 2):
                pen.fill(path(f"M50 6 L{50+k*11-5.5} 44 L{50+k*11+5.5} 44 Z"), (252, 244, 228), .92)
            pen.ramp(roof, [(0.0, WHITE, .1), (.5, BLACK, 0.0), (1.0, BLACK, .28)], 14, 0, 86, 0)
        for k in range(9):
            x = 16 + k * 8.5
            y = 35 + 3.6 * math.sin(math.pi * (x - 14) / 72)
            pen.body(path(f"M{x-4.2} {y-1} Q{x} {y+8} {x+4.2} {y-1} Z"), a.accent if k % 2 else light(c, .3))
        pen.ball(oval(50, 8, 2.4), BRASS, 50, 8, 2.4)


@kind("umbrella", "umbrella", "雨伞", "Outdoors", "Umbrellas", "雨伞", colours=BRIGHT + ["black", "navy", "mustard", "burgundy", "mint"], materials=("recycled polyester", "pongee fabric"),
      shapes=("open", "folded"), hung=("folded",), patterns=("plain", "striped", "dotted", "floral", "checked"))
def umbrella(pen, a):
    c = a.c
    wood = (150, 98, 60)
    if a.shape == "folded":
        with pen.turn(14, 50, 50):
            pen.line("M51.4 9 V84", BLACK, 5, .16, 1.6)
            pen.line("M50 8 V72", (112, 114, 122), 1.8)
            p = sym("M50 14 C54 20 60 34 60 50 C60 58 56 62 52.6 64 L50 64.4")
            pen.body(p, c)
            pen.pattern(p, a.pattern, c, a.accent, .8)
            for q in ("M50 16 C46 30 43 44 43 60", "M50 16 C52 30 53 46 52 63", "M50 16 C56 30 57 44 56.6 59"):
                pen.fold(p, q, c, 1.6, .4, .8)
            pen.fill(both(p, box(30, 50, 40, 4)), dark(c, .35))
            pen.line("M50 70 V84 C50 94 62 94 61.4 84", dark(wood, .3), 4.4)
            pen.line("M50 70 V84 C50 94 62 94 61.4 84", wood, 3.4)
        return
    pen.shadow(50, 92, 16, 2)
    pen.line("M50 10 V80", STEEL, 1.8)
    pen.line("M50 70 V80 C50 91 37.6 91 38 81", dark(wood, .3), 4.6)
    pen.line("M50 70 V80 C50 91 37.6 91 38 81", wood, 3.6)
    edge = [7, 21.4, 35.7, 50, 64.3, 78.6, 93]
    canopy = "M50 12 C74 12 92 28 93 53 "
    for k in range(6, 0, -1):
        x0, x1 = edge[k], edge[k - 1]
        canopy += f"Q{(x0+x1)/2} 46.4 {x1} {53 if k > 1 else 53} "
    p = path(canopy + "C8 28 26 12 50 12 Z")
    pen.ramp(p, [light(c, .25), c, dark(c, .25)], 16, 14, 84, 56)
    pen.pattern(p, a.pattern, c, a.accent, 1.1)
    for k, x in enumerate(edge[1:-1]):
        rib = f"M50 12 C{50+(x-50)*.9} 18 {x} 34 {x} 53"
        pen.fold(p, rib, c, 1.8, .32, .8)
        pen.line(rib, dark(c, .5), .4, .6)
    with pen.inside(p):
        pen.ramp(path("M50 12 C60 18 64.3 34 64.3 53 L100 60 L100 0 Z"), [(0.0, BLACK, 0.0), (1.0, BLACK, .28)], 54, 0, 94, 0)
    pen.line("M50 12 V7", STEEL, 1.6)
    pen.glint(turned(oval(30, 28, 3, 9), 46, 30, 28), .35, 2)


@kind("sunglasses", "sunglasses", "太阳镜", "Outdoors", "Sunglasses", "太阳镜", flat=True, colours=("black", "brown", "gold", "red", "navy", "pink", "white", "green", "silver", "mustard"),
      materials=("acetate", "metal", "recycled plastic"), shapes=("round", "wayfarer", "aviator", "cat-eye"))
def sunglasses(pen, a):
    c = a.c
    lens_c = a.rng.choice(((50, 52, 60), (96, 70, 50), (50, 86, 84), (70, 60, 110), (40, 66, 110)))
    half = {"round": oval(70, 52, 17), "wayfarer": path("M52 40 C60 37 78 36 90 39 C91 50 87 66 72 67 C60 67 54 58 52 40 Z"),
            "aviator": path("M54 40 C64 37 80 37 88 41 C91 54 82 70 70 69 C58 68 53 54 54 40 Z"),
            "cat-eye": path("M53 44 C62 38 80 36 95 31 C94 46 88 65 72 65 C59 65 54 56 53 44 Z")}[a.shape]
    thin = a.shape in ("aviator", "round") and a.material == "metal"
    w = 1.8 if thin else 4.2
    for s in (0, 1):
        q = path("M89.4 42 C90 32 88 22 83 12 C82 9.6 79 8.6 76 9.4 C75 10 75 11.4 76.4 11.6 C79 12 80 13 80.6 14.6 C84.4 23 86 32 86 42 Z")
        q = mirror(q) if s else q
        pen.drop(q, .9, .3)
        pen.ramp(q, [light(c, .2), dark(c, .2)], 10, 14, 90, 44)
    both_ = union(half, mirror(half))
    pen.drop(both_, 1.8, .36)
    bridge = "M36 46 Q50 38 64 46" if a.shape != "aviator" else "M42 44 H58"
    pen.line(bridge, dark(c, .3), w * 1.05 + .6)
    pen.line(bridge, c, w * 1.05)
    if a.shape == "aviator":
        pen.line("M38 39.6 Q50 37 62 39.6", c, 1.6)
    for q in (half, mirror(half)):
        b = q.getBounds()
        pen.ramp(q, [dark(lens_c, .2), lens_c, light(lens_c, .35)], 0, b.top(), 0, b.bottom(), .94)
        with pen.inside(q):
            pen.fill(poly((b.left() + 4, b.bottom()), (b.left() + 16, b.top()), (b.left() + 23, b.top()), (b.left() + 11, b.bottom())), WHITE, .20)
            pen.fill(poly((b.left() + 14, b.bottom()), (b.left() + 26, b.top()), (b.left() + 28, b.top()), (b.left() + 16, b.bottom())), WHITE, .16)
        pen.line(q, dark(c, .35), w + .8)
        pen.line(q, c, w)
        pen.line(moved(q, -.3, -.5), light(c, .5), w * .22, .7)
    for s in (-1, 1):
        pen.fill(oval(50 + s * 38.4, 42, 1.0), STEEL)


@kind("whistle", "whistle", "哨子", "Outdoors", "Whistles", "哨子", flat=True, colours=("red", "silver", "gold", "black", "yellow", "blue", "orange", "green", "pink"),
      materials=("steel", "plastic", "brass"), shapes=("referee", "sports"))
def whistle(pen, a):
    c = a.c
    cord = a.accent if luma(a.accent) < .85 else (70, 80, 110)
    pen.line("M72 58 C92 54 94 26 70 18 C46 10 20 18 24 30 C28 40 46 32 60 34", dark(cord, .4), 2.8)
    pen.line("M72 58 C92 54 94 26 70 18 C46 10 20 18 24 30 C28 40 46 32 60 34", cord, 2.0, 1)
    p = path("M10 46 L62 44 C76 44 84 54 84 65 C84 78 74 86 62 86 C50 86 42 78 41 66 L10 63 C8.6 62 8.6 47 10 46 Z")
    pen.drop(p, 1.8, .4)
    if a.colour in ("silver", "gold"):
        pen.ramp(p, [(0.0, light(c, .3)), (.2, light(c, .8)), (.4, c), (.7, dark(c, .4)), (.85, light(c, .3)), (1.0, dark(c, .4))], 20, 44, 34, 88)
    else:
        pen.ramp(p, [light(c, .5), c, dark(c, .32)], 30, 44, 46, 88)
    pen.rim(p, c, .4)
    pen.fill(path("M36 44.8 L48 44.4 L45 55 L38 55 Z"), (30, 28, 34))
    pen.line("M36 44.8 L38 55 L45 55", light(c, .5), .6, .8)
    pen.line(oval(62.6, 65, 14), dark(c, .35), .8, .7)
    pen.ball(oval(62.6, 65, 12.6), c, 62.6, 65, 13.5, .5)
    pen.fill(path("M9.4 48 L9.4 61.6 L13 61.6 L13 48 Z"), dark(c, .6), .6)
    pen.line(oval(79, 50, 4), STEEL, 1.6)
    pen.glint(path("M16 49 L34 48.4 L34 50.4 L16 51 Z"), .7, .5)
    pen.glint(turned(oval(57, 59, 2.6, 5), 40, 57, 59), .7, .7)


@kind("coffeegrinder", "coffee grinder", "咖啡磨豆机", "Home", "Coffee grinders", "咖啡磨", colours=("red", "black", "cream", "brown", "teal", "silver", "green", "navy"),
      materials=("beech and steel", "steel", "walnut and brass"), shapes=("hand", "electric"))
def coffeegrinder(pen, a):
    c = a.c
    pen.shadow(50, 87, 26, 3.6)
    if a.shape == "hand":
        wood = mix(c, (150, 96, 58), .2)
        pen.body(box(24, 82, 52, 5, 1), dark(wood, .2))
        pen.body(box(28, 52, 44, 31, 1.4), wood, texture="wood", size=24)
        pen.body(box(25, 48, 50, 5, 1), dark(wood, .12))
        pen.body(box(34, 64, 32, 15, 1), light(wood, .1))
        pen.line(box(34, 64, 32, 15, 1), dark(wood, .6), .5, .7)
        pen.ball(oval(50, 71.6, 2.4), BRASS, 50, 71.6, 2.4)
        pen.metal(path("M32 48 C32 34 42 30 50 30 C58 30 68 34 68 48 Z"), BRASS if "brass" in a.material or luma(c) < .5 else STEEL)
        pen.line("M50 30 V24 L78 22", STEEL, 2.2)
        pen.ball(oval(79, 18, 4, 5), (96, 60, 40), 79, 18, 5)
        pen.ball(oval(50, 24, 2.4), STEEL, 50, 24, 2.4)
    else:
        base = path("M32 54 L68 54 L72 82 C72 89 28 89 28 82 Z")
        (pen.metal if a.colour == "silver" else lambda q, k: pen.tube(q, k, gloss=.45))(base, c)
        hop = path("M34 54 L32 26 L68 26 L66 54 Z")
        pen.fill(hop, (226, 234, 236), .7)
        with pen.inside(hop):
            for r in range(6):
                for k in range(8):
                    x, y = 35 + k * 4.4 + (r % 2) * 2, 53 - r * 2.8
                    pen.ball(turned(oval(x, y, 2.2, 1.6), a.at(0, 180), x, y), (96, 58, 38), x, y, 2.4)
        pen.line(hop, (160, 172, 178), .6, .7)
        pen.glint(box(36.4, 28, 2.4, 24, 1), .6, .5)
        pen.tube(path("M31 22 C31 18 69 18 69 22 L69 26.4 L31 26.4 Z"), dark(c, .3))
        pen.ball(oval(50, 70, 4.6), STEEL, 50, 70, 4.6)
        pen.fill(oval(50, 70, 2.6), (60, 62, 70))
