"""Fruit, bread, packets, bottles and cans."""

import math

from pen import (BLACK, BRASS, DARK, STEEL, WHITE, WOOD, both, box, dark, light, luma, minus, mirror, mix,
                 moved, oval, path, poly, scaled, smooth, sym, turned, union)
from registry import kind

LEAF = (104, 150, 82)


def leaf(pen, x, y, length, deg, col=LEAF):
    p = turned(path(f"M{x} {y} C{x+length*.25} {y-length*.34} {x+length*.75} {y-length*.34} {x+length} {y} C{x+length*.75} {y+length*.2} {x+length*.25} {y+length*.2} {x} {y} Z"), deg, x, y)
    pen.ramp(p, [light(col, .25), dark(col, .2)], x, y - 4, x + length, y + 4)
    pen.line(turned(path(f"M{x} {y} Q{x+length*.5} {y-length*.1} {x+length*.9} {y}"), deg, x, y), light(col, .45), .4, .8)


def emblem(pen, a, cx, cy, r, c):
    """A small abstract mark for packaging."""
    k = a.rng.randrange(4)
    if k == 0:
        for n in range(6):
            pen.fill(turned(oval(cx, cy - r * .55, r * .24, r * .5), n * 60, cx, cy), c)
    elif k == 1:
        pen.fill(poly((cx - r, cy + r * .7), (cx - r * .2, cy - r * .8), (cx + r * .3, cy + r * .1), (cx + r * .5, cy - r * .3), (cx + r, cy + r * .7)), c)
    elif k == 2:
        pen.fill(oval(cx, cy, r * .8), c)
        pen.fill(oval(cx + r * .3, cy - r * .2, r * .62), light(c, .55))
    else:
        for n in range(3):
            pen.line(f"M{cx-r} {cy-r*.5+n*r*.5} Q{cx-r*.5} {cy-r*.9+n*r*.5} {cx} {cy-r*.5+n*r*.5} Q{cx+r*.5} {cy-r*.1+n*r*.5} {cx+r} {cy-r*.5+n*r*.5}", c, r * .18)


def words(pen, a, cx, y, w, c, lines=2):
    """Label lettering suggested by bars."""
    for n in range(lines):
        x, half = cx - w / 2 * (1 - .2 * n), w / 2 * (1 - .2 * n)
        h = 2.2 if n == 0 else 1.0
        end = cx + half
        while x < end - 1:
            q = min(a.rng.choice((2.2, 3.2, 4.4)) * (1 if n == 0 else .7), end - x)
            pen.fill(box(x, y + n * 3.6, q - .5, h, h * .4), c, .95 if n == 0 else .7)
            x += q


@kind("apple", "apple", "苹果", "Food", "Apples", "苹果", colours=("red", "green", "yellow", "burgundy", "pink"), materials=("fresh fruit",),
      shapes=("single", "pair", "cut", "trio"))
def apple(pen, a):
    def one(x, y, s, c, blush=True):
        p = scaled(path("M50 34 C56 26 76 27 80 44 C84 62 70 86 59 86 C55 86 53 84 50 84 C47 84 45 86 41 86 C30 86 16 62 20 44 C24 27 44 26 50 34 Z"), s, s, 50, 86)
        p = moved(p, x - 50, y - 86)
        r, cy = 32 * s, y - 28 * s
        pen.ball(p, c, x, cy, r * 1.05, .3)
        if blush:
            with pen.inside(p):
                other = (240, 190, 90) if c[0] > 150 and c[1] < 120 else (220, 110, 80) if c[0] > 200 else light(c, .3)
                pen.fill(oval(x + 12 * s, cy - 4 * s, 10 * s, 18 * s), other, .35, 5 * s)
                for _ in range(26):
                    pen.fill(oval(x + a.at(-26, 26) * s, cy + a.at(-22, 24) * s, .35), light(c, .6), .7)
        pen.fill(oval(x, y - 52.5 * s, 8 * s, 2.4 * s), dark(c, .6), .6, 1.2)
        pen.line(f"M{x} {y-51*s} C{x} {y-58*s} {x+2*s} {y-62*s} {x+5*s} {y-65*s}", (96, 66, 44), 2.2 * s)
        leaf(pen, x + 2 * s, y - 58 * s, 17 * s, a.at(-30, -5))
        pen.glint(turned(oval(x - 14 * s, cy - 12 * s, 4 * s, 8 * s), 24, x - 14 * s, cy - 12 * s), .5, 1.3)

    c = a.c
    if a.shape == "single":
        pen.shadow(50, 85, 25, 4)
        one(50, 86, 1.0, c)
    elif a.shape == "pair":
        pen.shadow(36, 80, 20, 3.2)
        pen.shadow(65, 85, 20, 3.4)
        one(36, 80, .74, c)
        one(64, 86, .80, mix(c, light(c, .2), .5))
    elif a.shape == "trio":
        for x, y, s in ((50, 77, .66), (30, 84, .66), (69, 86, .70)):
            pen.shadow(x, y, 17 * s / .66, 3)
            one(x, y, s, mix(c, light(c, .25), a.at(0, .6)))
    else:
        pen.shadow(38, 81, 22, 3.4)
        one(38, 82, .82, c)
        pen.shadow(68, 87, 20, 3.2)
        h = moved(scaled(path("M50 34 C56 26 76 27 80 44 C84 62 70 86 59 86 C55 86 53 84 50 84 C47 84 45 86 41 86 C30 86 16 62 20 44 C24 27 44 26 50 34 Z"), .68, .68, 50, 86), 18, 2)
        pen.body(h, c)
        inner = scaled(h, .92, .92, 68, 69)
        pen.body(inner, (252, 244, 218), .6)
        core = scaled(path("M68 56 C74 58 76 70 68 80 C60 70 62 58 68 56 Z"), .8, .9, 68, 68)
        pen.line(core, (226, 208, 150), .8)
        for s in (-1, 1):
            pen.fill(turned(oval(68 + s * 2.2, 68, 1.3, 2.8), s * 12, 68, 68), (96, 58, 36))


@kind("banana", "bananas", "香蕉", "Food", "Bananas", "香蕉", colours=("yellow", "yellow", "green"), materials=("fresh fruit",),
      shapes=("single", "bunch", "pair"))
def banana(pen, a):
    n = {"single": 1, "pair": 2, "bunch": a.rng.choice((3, 4, 5))}[a.shape]
    c = mix(a.c, (246, 208, 70), .35)
    pen.shadow(52, 82, 32, 4)
    pen.c.translate(0 if n < 3 else 5, 0 if n < 3 else 4)
    pen.c.scale(*((1, 1) if n < 3 else (.93, .93)))
    for k in reversed(range(n)):
        deg = (k - (n - 1) / 2) * (13 if n < 4 else 9) - 2
        p = turned(path("M24 22 C26 20 29 20 31 22 C32 42 44 62 78 66 C84 67 87 70 86 73 C84 77 76 80 66 80 C38 80 22 56 23 28 Z"), deg, 27, 22)
        if n > 1:
            pen.fill(moved(p, 1, 1.4), (60, 40, 20), .22, 1.2)
        pen.ramp(p, [dark(c, .12), light(c, .35), c, dark(c, .28)], 48, 38, 34, 76)
        pen.line(turned(path("M29 30 C32 52 46 69 80 71"), deg, 27, 22), dark(c, .35), .8, .5, .4)
        pen.line(turned(path("M27 34 C30 58 44 73 72 76"), deg, 27, 22), light(c, .6), .9, .35, .6)
        with pen.inside(p):
            for _ in range(a.rng.randrange(4, 14)):
                u = a.at(.2, .9)
                x, y = 28 + 50 * u ** 1.4, 40 + 34 * u ** .7
                pen.fill(turned(oval(x, y, a.at(.4, 1.3), .4), deg + 35, 27, 22), (120, 80, 40), .7)
            pen.fill(turned(oval(85, 72, 3.4, 4), deg, 27, 22), (74, 56, 40))
    stem = path("M22 26 C21 18 22 14 23 11 L30 11 C30 15 31 18 32.4 25 C29 28 25 28 22 26 Z") if n < 3 else path("M20 27 C20 18 22 14 23 11 L30 11 C30 15 32 18 36 25 C30 30 24 30 20 27 Z")
    pen.ramp(stem, [mix(c, (150, 160, 70), .6), dark(c, .4)], 22, 10, 32, 26)
    pen.fill(box(22.6, 9.6, 7.8, 2.4, .8), (90, 70, 48))


@kind("orange", "oranges", "橙子", "Food", "Oranges", "橙子", colours=("orange",), materials=("fresh fruit",),
      shapes=("single", "halved", "pile", "peeled"))
def orange(pen, a):
    c = mix(a.c, (240, 140, 40), .55)

    def ball(x, y, r):
        p = oval(x, y, r, r * .97)
        pen.ball(p, c, x, y, r, .35)
        with pen.inside(p):
            for _ in range(int(r * 3.2)):
                t, q = a.at(0, 6.28), r * math.sqrt(a.at(0, .96))
                pen.fill(oval(x + q * math.cos(t), y + q * math.sin(t), .4), dark(c, .45), .3)
        pen.fill(oval(x + r * .05, y - r * .82, r * .12, r * .05), (100, 120, 60))
        for k in range(5):
            pen.fill(turned(oval(x + r * .05, y - r * .86, r * .03, r * .08), k * 72, x + r * .05, y - r * .82), (90, 116, 60))
        pen.glint(turned(oval(x - r * .4, y - r * .42, r * .12, r * .22), 35, x - r * .4, y - r * .42), .5, 1.2)

    def slice_(x, y, r):
        pen.ball(oval(x, y, r), c, x, y, r)
        pen.fill(oval(x, y, r * .91), (255, 240, 206))
        for k in range(10):
            t0, t1 = math.radians(k * 36 + 3), math.radians(k * 36 + 33)
            q = [(x + r * .1 * math.cos((t0 + t1) / 2), y + r * .1 * math.sin((t0 + t1) / 2)),
                 (x + r * .80 * math.cos(t0), y + r * .80 * math.sin(t0)), (x + r * .86 * math.cos((t0 + t1) / 2), y + r * .86 * math.sin((t0 + t1) / 2)),
                 (x + r * .80 * math.cos(t1), y + r * .80 * math.sin(t1))]
            seg = smooth(q, tension=.35)
            pen.glow(seg, x, y, r, light(c, .42), c)
        pen.glint(oval(x - r * .3, y - r * .4, r * .2, r * .1), .4, 1)

    if a.shape == "single":
        pen.shadow(50, 84, 25, 4)
        ball(50, 57, 28)
        leaf(pen, 51, 30, 18, -24)
    elif a.shape == "halved":
        pen.shadow(36, 80, 22, 3.6)
        pen.shadow(67, 86, 20, 3.2)
        ball(37, 57, 24)
        leaf(pen, 38, 34, 14, -30)
        slice_(67, 66, 20)
    elif a.shape == "pile":
        for x, y in ((30, 68), (69, 69), (50, 73), (50, 44)):
            if y > 60:
                pen.shadow(x, y + 16, 16, 3)
        for x, y in ((50, 42), (31, 67), (69, 67), (50, 71)):
            ball(x, y, 17.4)
        leaf(pen, 51, 26, 14, -20)
    else:
        pen.shadow(50, 84, 30, 4)
        ball(36, 60, 22)
        leaf(pen, 37, 39, 14, -26)
        for k in range(3):
            x = 62 + k * 9
            seg = turned(path(f"M{x-7} 84 C{x-9} 70 {x-2} 60 {x+5} 60 C{x+1} 68 {x+3} 78 {x+6} 84 C{x+2} 87 {x-4} 87 {x-7} 84 Z"), k * 9 - 6, x, 84)
            pen.ramp(seg, [light(c, .45), c, dark(c, .12)], x - 8, 60, x + 6, 86)
            pen.line(seg, (255, 240, 210), .7, .9)


@kind("bread", "bread", "面包", "Food", "Bread", "面包", colours=("brown", "beige"), materials=("wheat flour", "rye flour", "sourdough", "wholemeal flour"),
      shapes=("loaf", "baguette", "sliced", "croissant", "boule"))
def bread(pen, a):
    c = mix(a.c, (196, 130, 66), .65)
    crumb = (250, 232, 196)
    if a.shape == "boule":
        pen.shadow(50, 82, 36, 4)
        p = path("M13 66 C13 42 30 30 50 30 C70 30 87 42 87 66 C87 78 76 83 50 83 C24 83 13 78 13 66 Z")
        pen.ball(p, c, 50, 60, 40, .35)
        for q in ("M34 38 C42 44 46 54 46 66", "M50 34 C56 42 60 54 60 66", "M66 38 C70 46 73 54 73 64"):
            pen.line(q, light(c, .62), 4.6, .95, .5)
            pen.line(moved(path(q), -2.2, 0), dark(c, .45), 1.0, .7, .4)
        for _ in range(70):
            pen.fill(oval(a.at(24, 76), a.at(36, 72), a.at(.2, .6)), (255, 248, 232), .55)
    elif a.shape == "baguette":
        pen.shadow(50, 77, 44, 3)
        for k, (dy, deg) in enumerate(((0, -16), (6, -8))):
            with pen.turn(deg, 50, 64, dy=dy):
                p = path("M6 64 C10 55 26 53 50 53 C74 53 90 55 94 64 C90 73 74 75 50 75 C26 75 10 73 6 64 Z")
                pen.fill(moved(p, 1, 2), (60, 40, 24), .28, 1.5)
                pen.ramp(p, [light(c, .3), c, dark(c, .35)], 0, 53, 0, 75)
                for x in range(18, 84, 13):
                    q = path(f"M{x} 70 C{x+2} 64 {x+8} 59 {x+14} 57 C{x+11} 63 {x+6} 68 {x} 70 Z")
                    pen.fill(q, light(c, .6), .95, .3)
                    pen.line(f"M{x} 70 C{x+2} 64 {x+8} 59 {x+14} 57", dark(c, .4), .7, .7, .2)
    elif a.shape == "croissant":
        pen.shadow(50, 78, 40, 3.4)
        for k, (x, y, w, h, deg) in enumerate(((15, 72, 9, 7, -50), (85, 72, 9, 7, 50), (24, 62, 12, 12, -36), (76, 62, 12, 12, 36), (36, 54, 13, 17, -16), (64, 54, 13, 17, 16), (50, 52, 13, 20, 0))):
            p = turned(oval(x, y, w, h), deg, x, y)
            pen.fill(moved(p, .6, 1), (70, 40, 20), .3, 1)
            pen.ball(p, c, x, y, max(w, h), .4)
            pen.fold(p, turned(path(f"M{x-w*.4} {y-h} Q{x} {y} {x-w*.2} {y+h}"), deg, x, y), c, 1.2, .2, .7)
    else:
        pen.shadow(50, 82, 38, 4)
        p = path("M12 52 C6 40 18 32 30 34 L72 32 C88 30 94 42 88 52 L88 78 C88 81 86 83 82 83 L17 83 C14 83 12 81 12 78 Z")
        pen.ramp(p, [light(c, .28), c, dark(c, .26)], 0, 32, 0, 84)
        for x in (46, 60, 74):
            pen.line(f"M{x-3} 35 Q{x+5} 40 {x+6} 48", light(c, .62), 3.4, .9, .5)
        pen.glint(oval(64, 37, 14, 2), .35, 1.4)
        for _ in range(30):
            pen.fill(oval(a.at(40, 84), a.at(36, 60), a.at(.3, .7), a.at(.2, .4)), (255, 244, 216), .6)
        n = 1 if a.shape == "loaf" else 3
        for k in range(n):
            dx, deg = -k * 7 + (0 if n == 1 else 7), -k * 5
            f = turned(moved(path("M12 52 C6 40 16 33 26 34 C38 32 46 42 40 52 L40 79 C40 82 38 83 36 83 L17 83 C14 83 12 81 12 78 Z"), dx, 0), deg, 26 + dx, 83)
            pen.fill(moved(f, 1.0, .6), (70, 40, 20), .35, 1.2)
            pen.body(f, dark(c, .12))
            inn = turned(scaled(moved(path("M12 52 C6 40 16 33 26 34 C38 32 46 42 40 52 L40 79 C40 82 38 83 36 83 L17 83 C14 83 12 81 12 78 Z"), dx, 0), .88, .92, 26 + dx, 59), deg, 26 + dx, 83)
            pen.body(inn, crumb if a.material != "rye flour" else (206, 166, 116), .6)
            with pen.inside(inn):
                for _ in range(26):
                    pen.fill(oval(a.at(8 + dx, 44 + dx), a.at(36, 82), a.at(.4, 1.3), a.at(.3, .8)), (214, 176, 120), .5)


def bottle(pen, a, half, fill_c, cap_c, label_c, level=30, glass=(232, 240, 242)):
    p = sym(half)
    b = p.getBounds()
    pen.shadow(50, 87, (b.right() - b.left()) / 2, 3)
    pen.fill(p, glass, .75)
    with pen.inside(p):
        pen.tube(box(20, level, 60, 70), fill_c, b.left(), b.right(), gloss=.35, depth=.7)
        pen.fill(oval(50, level, 24, 1.2), light(fill_c, .4), .8)
        pen.ramp(p, [(0.0, BLACK, .2), (.08, WHITE, .4), (.2, WHITE, .05), (.8, BLACK, .05), (1.0, BLACK, .28)], b.left(), 0, b.right(), 0)
    pen.line(p, dark(glass, .3), .5, .5)
    return p, b


@kind("milk", "milk", "牛奶", "Food", "Milk", "牛奶", colours=("white", "cream", "light blue", "green", "blue", "pink", "brown"), materials=("whole milk", "semi-skimmed milk", "oat milk", "chocolate milk"),
      shapes=("bottle", "carton"))
def milk(pen, a):
    c = a.c
    liquid = (150, 102, 74) if a.material == "chocolate milk" else (252, 250, 244)
    if a.shape == "bottle":
        p, b = bottle(pen, a, "M50 17 L58 17 C58 30 60 34 65 40 C68 44 68.4 48 68.4 52 L68 82 C68 86 66 87.4 63 87.4 L50 87.4", liquid, c, c, 32)
        cap = c if luma(c) < .9 else (70, 130, 190)
        pen.tube(sym("M50 11 L59 11 C60.4 11 60.6 12 60.6 13 L60.4 18.4 L50 18.4"), cap)
        lab = both(p, box(20, 54, 60, 22))
        pen.tube(lab, cap, b.left(), b.right())
        emblem(pen, a, 50, 62, 5, light(cap, .75) if luma(cap) < .7 else dark(cap, .6))
        words(pen, a, 50, 69, 16, light(cap, .75) if luma(cap) < .7 else dark(cap, .6))
        pen.glint(path("M35 46 C34.4 58 34.4 70 35 82 L38 82 C37.4 70 37.6 58 38.6 45 Z"), .7, .5)
    else:
        pen.shadow(50, 87, 25, 3.4)
        main, side = path("M28 36 L60 36 L60 87 L28 87 Z"), path("M60 36 L74 34 L74 83 L60 87 Z")
        base = (250, 249, 245)
        top = path("M28 36 L36 20 L66 19 L60 36 Z")
        pen.ramp(path("M60 36 L66 19 L74 34 Z"), [dark(base, .18), dark(base, .28)], 60, 20, 74, 36)
        pen.ramp(top, [dark(base, .04), base], 30, 20, 60, 36)
        pen.body(box(35.6, 11, 31, 9, .8), base if luma(c) < .85 else (90, 150, 200))
        pen.ramp(main, [base, dark(base, .05)], 28, 36, 60, 87)
        pen.ramp(side, [dark(base, .2), dark(base, .3)], 60, 0, 74, 0)
        cc = c if luma(c) < .88 else (84, 146, 200)
        wave = "M28 62 C36 56 42 68 50 62 C54 59 57 60 60 62"
        pen.fill(path(wave + " L60 87 L28 87 Z"), cc)
        pen.fill(path("M60 62 C64 64 70 56 74 59 L74 83 L60 87 Z"), dark(cc, .28))
        pen.fill(oval(44, 49, 6.6, 6.6), cc)
        pen.fill(path("M44 44 C47 48 48 50 48 51.6 C48 54 46 55 44 55 C42 55 40 54 40 51.6 C40 50 41 48 44 44 Z"), (255, 255, 255))
        words(pen, a, 44, 73, 20, (255, 255, 255))
        pen.tube(box(45, 22.6, 8, 6.4, 1.4), cc)


@kind("juice", "juice", "果汁", "Food", "Juice", "果汁", colours=("orange", "red", "green", "yellow", "purple", "pink", "burgundy"), materials=("pressed fruit",),
      shapes=("bottle", "carton", "glass"))
def juice(pen, a):
    c = a.c
    if a.shape == "bottle":
        p, b = bottle(pen, a, "M50 20 L57 20 C57 30 59 34 63 39 C66 43 66.6 47 66.6 52 L66.6 82 C66.6 86 65 87.4 62 87.4 L50 87.4", c, c, c, 30)
        pen.tube(box(42.4, 13, 15.2, 8.4, 1.4), dark(c, .3) if a.rng.random() < .5 else (250, 248, 244))
        lab = both(p, box(20, 51, 60, 26))
        pen.tube(lab, (252, 248, 238), b.left(), b.right(), depth=.7)
        pen.ball(oval(50, 60.6, 6), c, 50, 60.6, 6)
        leaf(pen, 50, 55, 7, -30)
        words(pen, a, 50, 69.4, 18, dark(c, .35))
        pen.glint(path("M36 46 C35.4 58 35.4 70 36 82 L38.6 82 C38 70 38.2 58 39 45 Z"), .6, .5)
    elif a.shape == "carton":
        pen.shadow(50, 87, 24, 3.4)
        pen.ramp(box(30, 26, 32, 61, 1), [light(c, .12), dark(c, .05)], 30, 26, 60, 87)
        pen.ramp(path("M62 26 L74 24 L74 83 L62 87 Z"), [dark(c, .22), dark(c, .36)], 62, 0, 74, 0)
        pen.ramp(path("M30 26 L40 20 L74 19.6 L74 24 L62 26 Z"), [light(c, .35), light(c, .1)], 30, 20, 70, 26)
        pen.line("M56 22 L60 8 L68 5", (250, 248, 240), 2.2)
        pen.line("M56 22 L60 8 L68 5", c, .6, .8, dash=(2, 2))
        pen.fill(oval(46, 56, 12, 12), (255, 248, 232))
        pen.ball(oval(46, 57, 7.6), light(c, .08), 46, 57, 7.6)
        leaf(pen, 46, 50, 9, -25)
        words(pen, a, 46, 73, 22, (255, 250, 240))
        words(pen, a, 46, 32, 18, (255, 250, 240), 1)
    else:
        p, b = bottle(pen, a, "M50 24 L68 24 C67 46 65 68 63.4 84 C63 86.4 61 87.4 59 87.4 L50 87.4", c, c, c, 36)
        pen.line("M56 60 L66 10 L74 8", light(a.accent, .1), 2.2)
        pen.ball(oval(67, 26, 10), light(c, .1), 67, 26, 10)
        pen.fill(oval(67, 26, 8.6), (255, 244, 214))
        for k in range(8):
            t = k * math.pi / 4
            pen.line(f"M{67+1.6*math.cos(t)} {26+1.6*math.sin(t)} L{67+6.4*math.cos(t)} {26+6.4*math.sin(t)}", light(c, .1), 2.6)
        for _ in range(3):
            x, y = a.at(38, 58), a.at(38, 56)
            ice = turned(box(x - 4, y - 4, 8, 8, 1.6), a.at(-30, 30), x, y)
            pen.fill(ice, (255, 255, 255), .35)
            pen.line(ice, (255, 255, 255), .5, .6)
        pen.glint(path("M36 30 C37 48 38.4 66 40 82 L42.4 82 C41 66 40 48 39.4 30 Z"), .6, .5)


@kind("chocolate", "chocolate", "巧克力", "Food", "Chocolate", "巧克力", colours=("brown", "burgundy", "red", "navy", "teal", "gold", "pink", "green", "purple"), flat=True,
      materials=("dark chocolate", "milk chocolate", "hazelnut chocolate", "white chocolate"), shapes=("bar", "unwrapped", "box"))
def chocolate(pen, a):
    choc = {"dark chocolate": (74, 44, 32), "white chocolate": (244, 226, 190)}.get(a.material, (124, 76, 48))
    c = a.c
    if a.shape == "box":
        lid = box(18, 20, 64, 60, 3)
        pen.drop(lid, 1.8, .4)
        pen.body(lid, c)
        pen.fill(box(22, 24, 56, 52, 2), dark(c, .45))
        for r in range(3):
            for k in range(3):
                x, y = 31.4 + k * 18.6, 32.8 + r * 17.2
                pen.fill(oval(x, y + .4, 8.2, 7.8), light(c, .1) if luma(c) < .7 else dark(c, .1))
                col = a.rng.choice(((74, 44, 32), (124, 76, 48), (244, 226, 190), (96, 54, 38)))
                s = a.rng.randrange(3)
                p = oval(x, y, 6.2) if s == 0 else box(x - 5.6, y - 5.2, 11.2, 10.4, 2) if s == 1 else sym(f"M50 {y+6} C58 {y} 57 {y-6} 53.4 {y-5.6} C51.4 {y-5.4} 50.4 {y-4} 50 {y-2.6}")
                if s == 2:
                    p = moved(p, x - 50, 0)
                pen.fill(moved(p, .5, .9), BLACK, .4, .7)
                pen.ball(p, col, x, y, 8)
                if a.rng.random() < .6:
                    for n in range(3):
                        pen.line(f"M{x-4} {y-2+n*2} L{x+4} {y-3.4+n*2}", (246, 230, 200) if luma(col) < .5 else (110, 66, 44), .6)
        return
    with pen.turn(-14, 50, 50):
        bar = box(28, 12, 44, 76, 1.6)
        if a.shape == "bar":
            wrap = box(27, 14, 46, 72, 1)
            pen.drop(wrap, 1.6, .4)
            for y in (11, 84):
                pen.fill(path("M27 %s " % (y + 3) + " ".join(f"L{27+k*2.3} {y + (0 if k % 2 else 1.4) if y < 50 else y + 5 - (0 if k % 2 else 1.4)}" for k in range(21)) + f" L73 {y+3} Z"), BRASS)
            pen.ramp(wrap, [light(c, .25), c, dark(c, .2)], 27, 14, 73, 86)
            pen.fill(box(27, 30, 46, 26), (250, 242, 224), .96)
            emblem(pen, a, 50, 40, 7, c)
            words(pen, a, 50, 49.6, 26, dark(c, .35), 2)
            pen.fill(box(27, 62, 46, 1.2), BRASS)
            words(pen, a, 50, 70, 22, light(c, .7), 2)
            pen.glint(box(30, 15, 2.4, 70, 1), .3, .8)
        else:
            pen.drop(bar, 1.6, .4)
            pen.body(bar, choc)
            for r in range(6):
                for k in range(3):
                    x, y = 30 + k * 13.6, 14 + r * 12.2
                    pen.fill(box(x, y, 12.4, 11, 1), dark(choc, .3))
                    pen.ramp(box(x, y, 12, 10.6, 1), [light(choc, .26), choc], x, y, x + 10, y + 10)
                    pen.ramp(box(x + 1.8, y + 1.8, 8.4, 7, .8), [choc, light(choc, .12)], x, y, x + 10, y + 9)
            foil = path("M24 46 L30 43 L37 47 L44 43 L51 47 L58 43 L65 47 L71 43 L76 46 L76 58 L24 58 Z")
            pen.metal(foil, (226, 224, 220), 24, 76)
            pap = box(26, 54, 48, 36, 1)
            pen.fill(moved(pap, 0, -.6), BLACK, .3, 1)
            pen.ramp(pap, [light(c, .25), c, dark(c, .2)], 27, 52, 73, 90)
            pen.fill(box(26, 62, 48, 17), (250, 242, 224), .96)
            words(pen, a, 50, 66, 28, dark(c, .35), 2)


@kind("cheese", "cheese", "奶酪", "Food", "Cheese", "奶酪", colours=("yellow", "mustard", "orange", "cream", "white"), materials=("cow's milk", "goat's milk", "sheep's milk"),
      shapes=("wedge", "wheel", "round"))
def cheese(pen, a):
    c = mix(a.c, (248, 208, 100), .35)
    rind = a.rng.choice(((220, 150, 60), (190, 60, 50), (150, 110, 70), (250, 244, 230)))
    if a.shape == "wedge":
        pen.shadow(50, 80, 40, 4)
        top = path("M10 54 C30 38 56 30 78 30 C84 36 88 44 90 50 Z")
        front = path("M10 54 L90 50 L90 76 C66 81 36 82 12 79 C10 78 10 76 10 74 Z")
        pen.ramp(top, [light(c, .45), light(c, .15)], 20, 30, 80, 54)
        pen.ramp(front, [light(c, .12), dark(c, .14)], 10, 52, 80, 82)
        pen.ramp(path("M78 30 C84 36 88 44 90 50 L90 76 L92 74 C93 62 92 50 89 44 C86 38 82 33 78 30 Z"), [rind, dark(rind, .25)], 78, 30, 92, 76)
        for _ in range(13):
            x = a.at(18, 84)
            y, r = a.at(59, 75), a.at(1.2, 4.2)
            hole = both(oval(x, y, r, r * .9), front)
            pen.fill(hole, dark(c, .26))
            with pen.inside(hole):
                pen.fill(oval(x + r * .25, y + r * .4, r, r * .8), light(c, .1), .8)
        for _ in range(4):
            pen.fill(oval(a.at(50, 76), a.at(38, 48), a.at(1.5, 3), a.at(.6, 1.1)), dark(c, .2), .8)
    elif a.shape == "wheel":
        pen.shadow(50, 80, 40, 4)
        side = path("M12 48 L12 66 C12 84 88 84 88 66 L88 48 Z")
        pen.tube(side, rind, gloss=.3)
        pen.ramp(oval(50, 48, 38, 15), [light(rind, .35), rind], 20, 36, 80, 62)
        cut = path("M50 48 L88 50 L88 68 C86 74 78 78 70 79.4 L70 61 Z")
        inside = path("M50 48 L70 61 L70 79.6 L50 66 Z")
        pen.ramp(inside, [light(c, .2), dark(c, .1)], 50, 50, 70, 80)
        back = path("M50 48 L88.2 50 L88.2 67 L50 66 Z")
        pen.ramp(back, [light(c, .3), c], 50, 50, 90, 60)
        for x, y, r in ((60, 57, 1.8), (76, 58, 2.4), (82, 62, 1.4), (56, 60, 1.2), (64, 68, 1.6)):
            pen.fill(oval(x, y, r, r * .8), dark(c, .25))
        floor = path("M50 66 L88 67 C86 74 78 78 70 79.6 Z")
        pen.ramp(floor, [dark(c, .3), dark(c, .12)], 60, 66, 76, 80)
        pen.line(oval(36, 47, 12, 4.6), light(rind, .5), .8, .7)
    else:
        pen.shadow(50, 80, 36, 4)
        side = path("M16 56 L16 70 C16 84 84 84 84 70 L84 56 Z")
        w = (252, 247, 234)
        pen.tube(side, w, depth=.6)
        pen.ramp(oval(50, 56, 34, 13.4), [(255, 254, 248), dark(w, .06)], 26, 44, 76, 68)
        slice_ = path("M50 56 L40 69 C48 70 56 70 64 69 Z")
        pen.fill(slice_, dark(c, .2))
        pen.ramp(path("M50 56 L40 69 L40 82.4 L50 71 Z"), [light(c, .5), light(c, .2)], 40, 60, 52, 80)
        pen.ramp(path("M50 56 L64 69 L64 82.2 L50 71 Z"), [light(c, .35), c], 50, 60, 64, 80)
        pen.fill(path("M40 82.4 L50 71 L64 82.2 Q52 84 40 82.4 Z"), dark(w, .3))
        for _ in range(24):
            pen.fill(oval(a.at(24, 76), a.at(48, 56), a.at(.4, 1.4), .4), dark(w, .14), .6)
        leaf(pen, 30, 53, 11, -12, (110, 140, 90))


@kind("coffee", "coffee", "咖啡", "Food", "Coffee", "咖啡", colours=("brown", "black", "red", "teal", "beige", "navy", "mustard", "green", "white"),
      materials=("arabica beans", "espresso roast", "decaf beans", "ground coffee"), shapes=("bag", "cup", "tin"))
def coffee(pen, a):
    c = a.c

    def bean(x, y, deg, s=1.0):
        p = turned(oval(x, y, 3.0 * s, 2.1 * s), deg, x, y)
        pen.fill(moved(p, .3, .5), BLACK, .35, .5)
        pen.ball(p, (104, 64, 42), x, y, 3.2 * s)
        pen.line(turned(path(f"M{x-2.4*s} {y} Q{x} {y-.8*s} {x+2.4*s} {y}"), deg, x, y), (52, 30, 20), .6)

    if a.shape == "bag":
        pen.shadow(50, 86, 24, 3.6)
        p = path("M31 18 L69 18 C70 40 74 62 74 84 C74 87 60 88 50 88 C40 88 26 87 26 84 C26 62 30 40 31 18 Z")
        pen.tube(p, c, gloss=.22)
        pen.fold(p, "M34 26 C30 44 32 64 29 84", c, 2.4, .35, 1.2)
        pen.fold(p, "M67 26 C70 44 67 64 71 84", c, 2.4, .35, 1.2)
        pen.ramp(box(30.4, 12, 39.2, 8.6, .8), [light(c, .2), dark(c, .2)], 0, 12, 0, 20)
        pen.line("M31 20.6 H69", dark(c, .6), .6, .7)
        lab = box(35, 38, 30, 34, 1.4)
        pen.body(lab, (248, 240, 224), .5)
        bean(50, 49, -35, 2.2)
        words(pen, a, 50, 59, 22, dark(c, .4) if luma(c) < .8 else (90, 60, 44), 3)
        pen.fill(oval(50, 29, 1.6), dark(c, .5))
        for k in range(5):
            bean(24 + k * 5 + a.at(-1, 1) + (34 if k > 2 else -6), 87 + a.at(-1.5, 1.5), a.at(0, 180))
    elif a.shape == "cup":
        pen.shadow(48, 84, 36, 4)
        pen.ramp(path("M10 76 C10 70 86 70 86 76 C84 86 12 86 10 76 Z"), [light(c, .45), dark(c, .2)], 0, 72, 0, 85)
        pen.ramp(oval(48, 76, 34, 4.6), [dark(c, .06), light(c, .2)], 14, 72, 80, 80)
        pen.line("M70 48 C90 44 88 68 66 66", dark(c, .4), 5)
        pen.line("M70 48 C90 44 88 68 66 66", c, 3.8)
        p = path("M20 42 C20 35 76 35 76 42 C76 60 70 74 58 78 C52 80 44 80 38 78 C26 74 20 60 20 42 Z")
        pen.tube(p, c, gloss=.4)
        pen.fill(oval(48, 41.6, 28, 6.8), light(c, .45))
        pen.glow(oval(48, 42, 26, 5.6), 46, 42, 28, (160, 104, 62), (86, 50, 32))
        pen.fill(smooth([(40, 42), (44, 39.6), (48, 41), (52, 39.6), (56, 42), (48, 45.4)]), (244, 224, 190), .95)
        for k in range(3):
            x = 40 + k * 8
            pen.line(f"M{x} 30 C{x-4} 25 {x+5} 20 {x} 13", WHITE, 1.8, .55, 1.2)
        pen.glint(path("M27 48 C27 58 31 68 36 73 L38 72 C34 66 31 58 31 48 Z"), .5, .7)
        for k in range(3):
            bean(82 + k * 4, 85 + (k % 2) * 2, 40 * k)
    else:
        pen.shadow(50, 86, 23, 3.6)
        p = path("M28 30 L72 30 L72 82 C72 89 28 89 28 82 Z")
        pen.tube(p, c, gloss=.4)
        pen.metal(path("M27 27 C27 22 73 22 73 27 L73 33 C73 38 27 38 27 33 Z"), STEEL)
        pen.ramp(oval(50, 27, 23, 4.6), [(240, 240, 242), (170, 174, 180)], 28, 22, 72, 32)
        lab = path("M28 46 Q50 51 72 46 L72 74 Q50 79 28 74 Z")
        pen.tube(lab, (248, 240, 224), depth=.7)
        bean(50, 56.6, -35, 2.0)
        words(pen, a, 50, 65, 24, (80, 54, 40), 2)


@kind("tea", "tea", "茶叶", "Food", "Tea", "茶叶", colours=("green", "teal", "red", "gold", "navy", "black", "pink", "olive", "mint"),
      materials=("green tea", "black tea", "jasmine tea", "oolong tea", "herbal tea"), shapes=("tin", "box", "cup"))
def tea(pen, a):
    c = a.c
    if a.shape == "tin":
        pen.shadow(50, 86, 22, 3.4)
        p = path("M29 38 L71 38 L71 82 C71 88 29 88 29 82 Z")
        pen.tube(p, c, gloss=.4)
        for k in range(3):
            x = 40 + k * 9
            leaf(pen, x, 62 + (k % 2) * 5, 11, -70 + k * 20, light(c, .45) if luma(c) < .6 else dark(c, .4))
        pen.line("M29 46 Q50 51 71 46", BRASS, 1)
        pen.line("M29 79 Q50 84.6 71 79", BRASS, 1)
        pen.tube(path("M28 24 C28 18 72 18 72 24 L72 38 C72 43.6 28 43.6 28 38 Z"), dark(c, .14), gloss=.4)
        pen.ramp(oval(50, 23.4, 22, 4.6), [light(c, .45), c], 28, 18, 72, 28)
        pen.ball(oval(50, 20, 4, 2.4), BRASS, 50, 20, 4)
        words(pen, a, 50, 70, 18, light(c, .75) if luma(c) < .6 else dark(c, .6), 2)
        pen.glint(path("M36 44 L39 45 L39 80 L36 79 Z"), .4, .8)
    elif a.shape == "box":
        pen.shadow(50, 85, 30, 3.6)
        pen.ramp(path("M64 34 L82 30 L82 79 L64 86 Z"), [dark(c, .22), dark(c, .36)], 64, 0, 82, 0)
        pen.ramp(path("M20 34 L38 30 L82 30 L64 34 Z"), [light(c, .4), light(c, .2)], 20, 30, 80, 34)
        front = box(20, 34, 44, 52, .6)
        pen.ramp(front, [light(c, .14), dark(c, .05)], 20, 34, 60, 86)
        pen.fill(oval(42, 56, 14.6), (252, 246, 230))
        for k in range(3):
            leaf(pen, 42, 64, 14, -50 - k * 40, mix(LEAF, c, .25))
        words(pen, a, 42, 75, 28, (252, 246, 230), 2)
        tag = path("M76 44 L90 50 L88 62 L80 66 L72 58 Z")
        pen.line("M70 32 C84 34 88 40 82 48", (250, 248, 240), .7)
        pen.fill(moved(tag, .6, .8), BLACK, .3, .8)
        pen.body(tag, (252, 248, 236), .6)
        leaf(pen, 79, 58, 7, -50)
    else:
        pen.shadow(50, 84, 30, 4)
        brew = {"green tea": (196, 196, 100), "jasmine tea": (226, 206, 120), "oolong tea": (206, 140, 60), "herbal tea": (214, 90, 80)}.get(a.material, (150, 74, 36))
        pen.ramp(path("M18 78 C18 72 82 72 82 78 C80 87 20 87 18 78 Z"), [light(c, .45), dark(c, .2)], 0, 74, 0, 86)
        p = path("M24 40 C24 34 76 34 76 40 C76 60 68 76 58 79 L42 79 C32 76 24 60 24 40 Z")
        pen.fill(p, (236, 242, 242), .6)
        with pen.inside(p):
            pen.tube(box(20, 48, 60, 40), brew, 24, 76, gloss=.4)
            pen.fill(oval(50, 48, 25, 4), light(brew, .35))
            pen.ramp(p, [(0.0, BLACK, .15), (.1, WHITE, .4), (.25, WHITE, .05), (1.0, BLACK, .2)], 24, 0, 76, 0)
        pen.line("M75 46 C92 44 90 66 70 66", (214, 226, 228), 3, .9)
        pen.line(oval(50, 40, 26, 5), WHITE, .9, .9)
        pen.line("M40 36 C36 44 30 46 29 58", (250, 248, 240), .7)
        pen.body(box(25, 58, 8.4, 9.4, .8), c)
        leaf(pen, 27, 65, 6, -50, (250, 246, 232))
        for k in range(2):
            x = 46 + k * 9
            pen.line(f"M{x} 32 C{x-4} 27 {x+5} 22 {x} 14", WHITE, 1.8, .55, 1.2)


@kind("crisps", "crisps", "薯片", "Food", "Crisps", "薯片", colours=("red", "yellow", "green", "blue", "orange", "purple", "teal", "pink", "black"),
      materials=("potato", "sweet potato", "maize"), shapes=("packet", "tube"))
def crisps(pen, a):
    c = a.c

    def crisp(x, y, s, deg):
        p = turned(smooth([(x + s * r * 8.6 * math.cos(t), y + s * r * 6.4 * math.sin(t)) for t, r in ((k * .698, a.at(.88, 1.1)) for k in range(9))]), deg, x, y)
        pen.fill(moved(p, .5, 1), BLACK, .28, .9)
        col = (250, 212, 104) if a.material == "potato" else (232, 140, 70) if a.material == "sweet potato" else (244, 186, 60)
        pen.ramp(p, [light(col, .4), col, dark(col, .16)], x - 8 * s, y - 6 * s, x + 6 * s, y + 6 * s)
        for k in (-4, 0, 4):
            pen.fold(p, turned(path(f"M{x-8*s} {y+(k+2)*s} Q{x} {y+(k-3)*s} {x+8*s} {y+(k+1)*s}"), deg, x, y), (190, 120, 40), 1.0, .34, .5)
        pen.line(p, (206, 140, 50), .5, .7)

    if a.shape == "packet":
        pen.shadow(50, 87, 28, 3.4)
        p = path("M26 14 L74 14 C71 34 72 60 76 86 Q50 89 24 86 C28 60 29 34 26 14 Z")
        pen.tube(p, c, gloss=.3)
        for q in ("M30 18 C33 30 32 40 33 50", "M70 18 C67 30 68 40 66 52", "M29 82 C33 74 34 66 34 58", "M71 82 C67 74 67 66 66 60", "M46 16 Q48 22 47 28"):
            pen.fold(p, q, c, 2.6, .32, 1.2)
        for y in (11.4, 85):
            band = path("M25 %s " % y + " ".join(f"L{25+k*2.5} {y+(0 if k % 2 else 1)}" for k in range(21)) + f" L75 {y+4} L25 {y+4} Z")
            pen.ramp(band, [light(c, .4), dark(c, .1)], 0, y, 0, y + 4)
        pen.fill(oval(50, 40, 16, 10), (255, 248, 230))
        pen.fill(oval(50, 40, 14.6, 8.8), dark(c, .2) if luma(c) > .3 else (200, 60, 50))
        words(pen, a, 50, 37.4, 20, (255, 250, 236), 2)
        crisp(43, 64, 1.05, -20)
        crisp(58, 68, 1.15, 16)
        crisp(49, 74, 1.0, -6)
        pen.glint(path("M34 22 C36 36 36 56 33 78 L36 78 C39 56 39 36 37.4 22 Z"), .4, 1)
    else:
        pen.shadow(46, 86, 17, 3)
        p = path("M30 22 L62 22 L62 83 C62 88 30 88 30 83 Z")
        pen.tube(p, c, gloss=.35)
        pen.tube(path("M29.4 19 C29.4 15 62.6 15 62.6 19 L62.6 24 C62.6 28 29.4 28 29.4 24 Z"), (246, 244, 238))
        pen.ramp(oval(46, 19, 16.6, 3.2), [(255, 255, 255), (220, 220, 220)], 30, 16, 62, 22)
        pen.fill(oval(46, 44, 11, 8), (255, 248, 230))
        words(pen, a, 46, 41, 15, dark(c, .3), 2)
        crisp(42, 63, .8, -20)
        crisp(51, 68, .9, 16)
        pen.metal(path("M30 81 Q46 87 62 81 L62 83 C62 88 30 88 30 83 Z"), STEEL)
        pen.shadow(76, 86, 10, 1.6)
        crisp(74, 83, .9, -8)
        crisp(82, 86, .8, 12)


@kind("soda", "sparkling drink", "汽水", "Food", "Sparkling drinks", "汽水", colours=("red", "green", "blue", "orange", "pink", "yellow", "purple", "teal", "silver", "black"),
      materials=("sparkling water", "cola", "lemonade", "ginger beer"), shapes=("can", "slim can", "bottle"))
def soda(pen, a):
    c = a.c
    if a.shape == "bottle":
        drink = {"cola": (70, 36, 24), "ginger beer": (222, 180, 110), "lemonade": (238, 226, 150)}.get(a.material, (214, 232, 238))
        p, b = bottle(pen, a, "M50 12 L54.4 12 C54.6 28 56 34 60 42 C62 46 62.4 50 62.4 56 L62.4 83 C62.4 86.4 61 87.4 58.6 87.4 L50 87.4", drink, c, c, 28, (220, 236, 226))
        pen.metal(box(44.4, 8.4, 11.2, 5, 1), c)
        lab = both(p, box(20, 54, 60, 20))
        pen.tube(lab, c, b.left(), b.right())
        words(pen, a, 50, 61, 17, light(c, .8) if luma(c) < .7 else dark(c, .6), 2)
        pen.glint(path("M41 44 C39.6 56 39.6 70 40 84 L42.4 84 C42 70 42 56 43.6 44 Z"), .6, .5)
        for _ in range(14):
            pen.line(oval(a.at(42, 58), a.at(34, 84), a.at(.3, .7)), WHITE, .25, .8)
        return
    w, top = (18, 22) if a.shape == "can" else (14, 14)
    pen.shadow(50, 87, w, 3)
    p = path(f"M{50-w} {top+8} C{50-w} {top+4} {50-w+3} {top+2} {50-w+3} {top} L{50+w-3} {top} C{50+w-3} {top+2} {50+w} {top+4} {50+w} {top+8} L{50+w} 80 C{50+w} 84 {50+w-3} 85 {50+w-3} 87 Q50 89.6 {50-w+3} 87 C{50-w+3} 85 {50-w} 84 {50-w} 80 Z")
    (pen.metal if a.colour == "silver" else lambda q, k: pen.tube(q, k, gloss=.5))(p, c)
    with pen.inside(p):
        d = a.accent
        k = a.rng.randrange(3)
        if k == 0:
            pen.fill(path(f"M{50-w} 66 C{50-w*.4} 56 {50+w*.3} 60 {50+w} 44 L{50+w} 56 C{50+w*.3} 70 {50-w*.4} 66 {50-w} 76 Z"), d, .95)
        elif k == 1:
            pen.fill(oval(50, 54, w * .72), d)
            emblem(pen, a, 50, 54, w * .45, c)
        else:
            for n in range(5):
                pen.fill(path(f"M{50-w+n*w*.5} 88 L{50-w+n*w*.5+8} {top+8} L{50-w+n*w*.5+11} {top+8} L{50-w+n*w*.5+3} 88 Z"), d, .8)
        words(pen, a, 50, 74 if k != 2 else 52, w * 1.2, light(c, .85) if luma(c) < .7 else dark(c, .6), 2)
        pen.ramp(p, [(0.0, BLACK, .28), (.14, BLACK, 0.0), (.26, WHITE, .40), (.36, WHITE, 0.0), (.7, BLACK, 0.0), (1.0, BLACK, .34)], 50 - w, 0, 50 + w, 0)
        for _ in range(16):
            x, y = a.at(50 - w, 50 + w), a.at(top + 10, 84)
            pen.fill(oval(x, y, .6, .8), WHITE, .35)
    pen.ramp(oval(50, top, w - 3, 2.6), [(236, 238, 242), (160, 164, 172)], 50 - w, top - 2, 50 + w, top + 3)
    pen.line(oval(50, top, w - 3, 2.6), (240, 242, 246), .8)
    pen.fill(oval(50, top + .2, 3.6, 1), (120, 124, 132))
    pen.metal(path(f"M{50-w+3} 84.6 Q50 87.4 {50+w-3} 84.6 L{50+w-3} 87 Q50 89.6 {50-w+3} 87 Z"), STEEL)
