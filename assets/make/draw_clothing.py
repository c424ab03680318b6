"""Clothes, shoes and bags, laid flat or standing."""

import math

from pen import (BLACK, BRASS, DARK, STEEL, WHITE, both, box, dark, light, luma, minus, mirror, mix,
                 moved, oval, path, poly, smooth, sym, turned, union)
from registry import CLOTH, LEATHER, kind

KNITS = ("merino wool", "lambswool", "cotton knit", "cashmere blend")


def cloth(pen, a, p, c=None, texture=None, size=3.0, turn=0, pattern=True, scale=1.0):
    """One panel of fabric: shade, pattern, texture, edge."""
    c = c or a.c
    b = p.getBounds()
    pen.ramp(p, [light(c, .10), c, dark(c, .10)], b.left(), b.top(), b.left() + b.width() * .5, b.bottom())
    if pattern:
        pen.pattern(p, a.pattern, c, a.accent, scale, turn)
    if texture:
        pen.texture(p, texture, size, turn=turn)
    pen.rim(p, c, .32)


def neck(pen, a, c, texture=None, kind_="crew", y=20.5, w=9.5):
    """The collar and the dark inside of the neck."""
    inside = dark(c, .42)
    if kind_ == "turtleneck":
        roll = sym(f"M50 {y-9} C56 {y-9} {50+w*.85} {y-8.6} {50+w*.9} {y-8} C{50+w*.98} {y-4} {50+w*1.05} {y} {50+w*1.15} {y+3.5} C{50+w*.7} {y+7.5} 54 {y+7.5} 50 {y+7.5}")
        pen.body(roll, light(c, .04), texture="rib", size=3.0)
        pen.fill(oval(50, y - 8.3, w * .82, 1.5), inside, .95)
        pen.fold(roll, f"M{50-w} {y+1.5} Q50 {y+5} {50+w} {y+1.5}", c, 1.6, .35, .8)
    elif kind_ == "V-neck":
        hole = sym(f"M50 {y-2.5} C54 {y-2.5} {50+w*.7} {y-3} {50+w} {y-2.6} C{50+w*.7} {y+6} {50+w*.25} {y+13} 50 {y+16}")
        pen.fill(hole, inside)
        pen.fill(both(hole, oval(50, y - 2.4, w * .98, 4.2)), dark(c, .2))
        pen.line(f"M{50-w} {y-2.6} C{50-w*.7} {y+6} {50-w*.25} {y+13} 50 {y+16} C{50+w*.25} {y+13} {50+w*.7} {y+6} {50+w} {y-2.6}", dark(c, .16), 3.0)
        pen.line(f"M{50-w} {y-2.9} C{50-w*.7} {y+5.6} {50-w*.25} {y+12.6} 50 {y+15.6} C{50+w*.25} {y+12.6} {50+w*.7} {y+5.6} {50+w} {y-2.9}", light(c, .10), 2.0)
    else:
        deep = 5.2 if kind_ == "crew" else 9
        hole = both(oval(50, y - 1.2, w, deep), oval(50, y + 8, w * 1.6, 12.6))
        pen.fill(hole, inside)
        with pen.inside(hole):
            pen.fill(oval(50, y - 5.0, w * 1.2, 4.2), dark(c, .14))
        ring = minus(oval(50, y - 1.2, w + 1.7, deep + 1.9), oval(50, y - 1.2, w - .3, deep - .2))
        ring = both(ring, box(30, y - 3.0, 40, 30))
        pen.ramp(ring, [light(c, .16), dark(c, .06)], 40, y, 60, y + 6)
        pen.line(f"M{50-w-1.4} {y-.6} C{50-w*.8} {y+deep} {50+w*.8} {y+deep} {50+w+1.4} {y-.6}", dark(c, .6), .5, .30, .3)


def top(pen, a, long=True, texture=None, size=3.0, wide=0.0, hem=None, cuffs=True, body=None, sleeve_c=None):
    """Torso and sleeves; returns the torso outline."""
    w, low, flare = wide + a.at(-1, 1.5), a.at(80, 84), a.at(-1.5, 2)
    torso = sym(f"M50 21 L58.5 18 C64 19.2 69 21.5 {71+w} 24.5 C{71.4+w} 34 {70.6+w} 44 {70.8+w} 52 "
                f"C{71+w} 62 {70.8+w+flare} 72 {70.4+w+flare} {low} C64 {low+1.6} 56 {low+1.9} 50 {low+1.9}")
    if long:
        out = a.at(-4, 5)
        sleeve = path(f"M{64+w} 20 C{72+w} 21.5 {77+w} 25 {79+w} 34 C{82+w} 46 {85+w+out*.7} 60 {87+w+out} 71 "
                      f"C{84+w+out} 73.6 {80.5+w+out} 74 {78+w+out} 73.2 C{75+w+out*.6} 62 {71.5+w} 52 {69.5+w} 43 C{67+w} 34 {64+w} 28 {64+w} 20 Z")
        band = path(f"M{86.2+w+out} 66 L{87.4+w+out} 72.4 C{84+w+out} 74.4 {80.5+w+out} 74.6 {77.4+w+out} 73.8 L{76+w+out*.9} 67.4 C{79+w+out} 68.6 {83+w+out} 68 {86.2+w+out} 66 Z")
    else:
        sleeve = path(f"M{63+w} 19.6 C{72+w} 21 {77+w} 25 {80+w} 31 C{82.5+w} 36 {84.5+w} 40 {86.5+w} 44 "
                      f"C{83+w} 47.6 {77+w} 50 {72.5+w} 50.6 L{68+w} 40 C{66+w} 34 {64+w} 28 {63+w} 19.6 Z")
        band = None
    whole = union(torso, sleeve, mirror(sleeve))
    pen.drop(whole)
    sc = sleeve_c or a.c
    for p, t, bnd in ((sleeve, -14 if long else -24, band), (mirror(sleeve), 14 if long else 24, mirror(band) if band else None)):
        cloth(pen, a, p, c=sc, texture=texture, size=size, turn=t, pattern=sleeve_c is None)
        if bnd and cuffs:
            cloth(pen, a, bnd, c=hem or sc, texture="rib" if texture else None, size=2.2, turn=t, pattern=False)
    if long:
        for flip in (False, True):
            s = mirror(sleeve) if flip else sleeve
            for q in (f"M{80+w} 44 Q{76+w} 47 {73+w} 46", f"M{83+w} 52 Q{78+w} 56 {75+w} 55", f"M{74+w} 30 Q{72+w} 36 {73+w} 42"):
                pen.fold(s, mirror(path(q)) if flip else q, sc, 2.0, .22, 1.0)
    with pen.inside(union(sleeve, mirror(sleeve))):
        pen.fill(moved(torso, .4, .6), dark(a.c, .9), .34, 1.5)
    cloth(pen, a, torso, c=body, texture=texture, size=size)
    for q in (f"M{66+w} 42 Q61 50 55 53", f"M{34-w} 42 Q39 50 44 54", f"M{69+w} 66 Q64 70 62 78", f"M{31-w} 62 Q36 70 37 79", "M51 60 Q53 68 51 76"):
        pen.fold(torso, q, a.c, 2.6, .17, 1.5)
    if hem:
        low_band = both(torso, box(0, low - 4.6, 100, 20))
        cloth(pen, a, low_band, c=hem, texture="rib" if texture else None, size=2.6, pattern=False)
        pen.fold(torso, f"M20 {low-4.6} H80", a.c, .9, .35, .5)
    return torso, low, w


@kind("sweater", "sweater", "毛衣", "Clothing", "Sweaters", "毛衣", flat=True, materials=KNITS,
      shapes=("crew-neck", "V-neck", "turtleneck"),
      patterns=("plain", "cable-knit", "striped", "fair-isle", "colour-block", "plain", "cable-knit"))
def sweater(pen, a):
    if a.pattern == "cable-knit":
        a.pattern = "cable"
    tex = "rib" if a.pattern == "plain" and a.rng.random() < .25 else "knit"
    hem = a.accent if a.pattern in ("fair-isle",) and a.rng.random() < .5 else dark(a.c, .05)
    top(pen, a, texture=None if a.pattern == "cable" else tex, size=a.at(2.6, 3.8), hem=hem)
    if a.pattern == "cable":
        a.pattern = "plain"
    neck(pen, a, hem, kind_={"crew-neck": "crew"}.get(a.shape, a.shape))


@kind("tshirt", "T-shirt", "T恤", "Clothing", "T-shirts", "T恤", flat=True, materials=("organic cotton", "cotton jersey", "linen blend"),
      shapes=("crew-neck", "V-neck", "scoop-neck"), patterns=("plain", "striped", "plain", "colour-block", "graphic", "dotted"))
def tshirt(pen, a):
    graphic = a.pattern == "graphic"
    torso, low, w = top(pen, a, long=False)
    for x in (-1, 1):
        pen.line(f"M{50+x*(85+w-50)} 42.6 Q{50+x*(78+w-50)} 47.6 {50+x*(72+w-50)} 48.6", dark(a.c, .4), .35, .6, dash=(.9, .6))
    pen.line(f"M29 {low-1.2} Q50 {low+.8} 71 {low-1.2}", dark(a.c, .4), .35, .5, dash=(.9, .6))
    if graphic:
        which = a.rng.randrange(4)
        ac = a.accent
        if which == 0:
            pen.fill(oval(50, 42, 10), ac)
            pen.fill(poly((38, 52), (46, 38), (51, 45), (55, 40), (62, 52)), mix(a.c, ac, .25))
            pen.fill(box(39, 52, 22, 1.2), ac)
        elif which == 1:
            for k in range(5):
                pen.fill(box(41, 36 + k * 3.4, 18 - k * 2.4, 1.9, .9), ac if k % 2 else mix(ac, a.c, .35))
        elif which == 2:
            for k in range(8):
                pen.fill(turned(oval(50, 36.5, 2.3, 5.2), k * 45, 50, 43), ac)
            pen.fill(oval(50, 43, 3), mix(ac, (250, 210, 90), .7))
        else:
            pen.fill(box(40, 34, 20, 18, 2), ac)
            pen.fill(path("M40 47 Q45 42 50 46 Q55 50 60 45 L60 50 Q60 52 58 52 L42 52 Q40 52 40 50 Z"), mix(ac, a.c, .5))
            pen.fill(oval(54.5, 39.5, 2.4), light(a.c, .3))
    neck(pen, a, a.c, kind_={"crew-neck": "crew", "scoop-neck": "scoop"}.get(a.shape, a.shape), w=9)


@kind("shirt", "shirt", "衬衫", "Clothing", "Shirts", "衬衫", flat=True, materials=("cotton poplin", "linen", "Oxford cotton", "flannel"),
      shapes=("long-sleeve", "short-sleeve"), patterns=("plain", "checked", "striped", "floral", "dotted", "plain"))
def shirt(pen, a):
    torso, low, w = top(pen, a, long=a.shape != "short-sleeve", wide=-1)
    c = a.c
    pen.fill(oval(50, 19, 7.6, 4.4), dark(c, .45))
    pen.fill(both(oval(50, 19, 7.6, 4.4), oval(50, 15.6, 9, 4)), dark(c, .18))
    placket = box(48.0, 23, 4.0, low - 21.4)
    with pen.inside(torso):
        pen.ramp(placket, [light(c, .16), light(c, .02)], 48, 0, 52, 0)
        pen.line(f"M52 23 V{low+2}", dark(c, .6), .4, .5)
        pen.line(f"M48 23 V{low+2}", dark(c, .5), .25, .35)
    for k in range(6):
        y = 30 + k * 8.6
        if y < low - 3:
            b = light(c, .7) if luma(c) < .6 else dark(c, .25)
            pen.fill(oval(50.2, y + .3, 1.0), dark(c, .7), .5)
            pen.fill(oval(50, y, .95), b)
    wing = path("M42.4 16.4 C44 20 46.6 23.4 50 25.6 C47.6 28.4 45 30.4 42.6 31.6 C40.6 28 39 23.6 38.6 19.6 C39.8 18 41 17 42.4 16.4 Z")
    for q in (wing, mirror(wing)):
        pen.fill(moved(q, .3, .9), dark(c, .8), .35, .8)
        cloth(pen, a, q, pattern=a.pattern in ("striped", "checked"), turn=30)
        pen.line(q, dark(c, .5), .3, .4)
    pocket = path("M56 37 L66 37 L66 46 L61 48.6 L56 46 Z")
    if a.rng.random() < .6:
        pen.fill(pocket, c, .25)
        pen.line(pocket, dark(c, .6), .45, .55)
        pen.line("M56 39.2 H66", dark(c, .6), .3, .5)


@kind("jacket", "jacket", "夹克", "Clothing", "Jackets", "夹克", flat=True, materials=("waxed cotton", "denim", "quilted nylon", "wool blend"),
      shapes=("zip-up", "button-up", "hooded"), patterns=("plain", "plain", "quilted", "colour-block", "checked"))
def jacket(pen, a):
    c = a.c
    quilt = a.pattern == "quilted"
    if a.shape == "hooded":
        hood = sym("M50 8 C59 8 65 12 66 20 C66 26 60 29 50 30")
        pen.drop(hood)
        pen.body(hood, dark(c, .06))
        pen.fill(sym("M50 12 C56 12 60 15 60.5 20 C60 25 55 27 50 27.6"), dark(c, .45))
    torso, low, w = top(pen, a, wide=1.5, hem=dark(c, .10), texture="twill" if not quilt else None, size=2.2)
    if quilt:
        with pen.inside(torso):
            for k in range(8):
                y = 27 + k * 7.2
                pen.line(f"M20 {y} Q50 {y+2.4} 80 {y}", dark(c, .7), .6, .55, .25)
                pen.line(f"M20 {y+2.2} Q50 {y+4.6} 80 {y+2.2}", WHITE, 2.0, .20, 1.0)
                pen.line(f"M20 {y-1.8} Q50 {y+.6} 80 {y-1.8}", dark(c, .8), 2.2, .22, 1.0)
    with pen.inside(torso):
        pen.line(f"M50 22 V{low+3}", dark(c, .7), 3.0, .25, 1.0)
        if a.shape == "button-up":
            pen.line(f"M52.2 22 V{low+3}", dark(c, .65), .5, .8)
            for k in range(5):
                y = 34 + k * 9.6
                pen.fill(oval(49.9, y + .4, 1.5), dark(c, .8), .5, .3)
                pen.ball(oval(49.6, y, 1.4), BRASS if luma(c) < .5 else dark(c, .5), 49.6, y, 1.4)
        else:
            pen.line(f"M50 22 V{low+3}", dark(c, .72), 1.7, 1, butt=True)
            pen.line(f"M50 22 V{low+3}", STEEL, 1.0, 1, dash=(.8, .5), butt=True)
            pen.fill(box(49.2, 31, 1.6, 4.4, .6), STEEL)
    for q in ("M36 56 L42.5 66", "M64 56 L57.5 66"):
        pen.line(q, dark(c, .7), 2.0, .75)
        pen.line(q, light(c, .2), .5, .5)
    if a.shape == "hooded":
        for x in (-1, 1):
            pen.line(f"M{50+x*4} 25 Q{50+x*5} 32 {50+x*4.4} 39", light(c, .6) if luma(c) < .6 else dark(c, .5), .9)
        half = path("M38 19.5 C41 25 45 28.6 49.6 30.4 L49.6 27 C45 25.6 42 22 41 18 Z")
        for q in (half, mirror(half)):
            pen.body(q, dark(c, .06))
    else:
        pen.fill(oval(50, 19.4, 8.2, 4.6), dark(c, .5))
        lapel = path("M41.8 15.4 C39.8 17 38.2 18.6 37.2 20.2 C38.4 26 41 31 44 34.6 C46 31.6 48 28.6 49.6 25 C46.6 22.4 43.4 19 41.8 15.4 Z") if a.shape == "button-up" else \
            path("M41.4 14.8 C39.4 16 38.2 18 37.6 20 C40 24.6 44 28.8 49.6 31 L49.6 25 C46 23 43 19 41.4 14.8 Z")
        for q in (lapel, mirror(lapel)):
            pen.fill(moved(q, .3, .9), dark(c, .8), .4, .8)
            pen.body(q, dark(c, .05))


@kind("dress", "dress", "连衣裙", "Clothing", "Dresses", "连衣裙", flat=True, materials=("viscose", "linen", "cotton voile", "silk blend"),
      shapes=("A-line", "wrap", "sleeveless"), patterns=("floral", "plain", "dotted", "striped", "floral"))
def dress(pen, a):
    c, f, low = a.c, a.at(-3, 5), a.at(88, 93)
    waist = a.at(40, 44)
    body = sym(f"M50 24 C54 21 56 16 57 9.5 L62.5 10 C63 18 64.5 23 67 27 C65.5 33 63 37 61.5 {waist} "
               f"C66 {waist+14} {74+f} {low-16} {78+f} {low-1.5} C68 {low+1.6} 58 {low+2} 50 {low+2}")
    sleeves = []
    if a.shape != "sleeveless":
        s = path("M61.5 10 C68 12 73 17 76.5 25 C77 28 76 30 74.5 31.5 C71 32.5 67.5 31 65.5 28.4 C63.5 23 62 17 61.5 10 Z") if a.shape == "A-line" else \
            path("M61.5 10 C68 13 74 22 79 34 C81 40 82 44 82.6 47 C80 49.4 77 50 74.6 49.4 C71 40 67 32 64.6 26 Z")
        sleeves = [s, mirror(s)]
    pen.drop(union(body, *sleeves))
    for s, t in zip(sleeves, (-25, 25)):
        cloth(pen, a, s, turn=t, scale=.8)
    cloth(pen, a, body, scale=.85)
    for k, x in enumerate((-17, -10, -3.5, 3, 10, 17)):
        pen.fold(body, f"M{50+x*.45} {waist+2} C{50+x*.8} {waist+16} {50+x*1.15} {low-18} {50+x*1.35+f*.2*x/10} {low+3}", c, 2.6, .22, 1.4)
    pen.fold(body, f"M58 32 Q54 36 50 37", c, 1.8, .2, 1)
    pen.fold(body, f"M41 30 Q45 35 49 36", c, 1.8, .2, 1)
    sash = a.accent if a.pattern == "plain" and a.rng.random() < .5 else dark(c, .18)
    if a.shape == "wrap":
        pen.line("M43.2 10 C45 20 52 30 60.5 40", dark(c, .6), .8, .7)
        pen.line("M42.4 10.4 C44.4 20.6 51.4 30.6 59.8 40.4", light(c, .3), .7, .8)
        pen.fill(both(body, box(30, waist - 1.8, 40, 4)), sash)
        for q in (f"M58 {waist+1} C63 {waist-2} 67 {waist+1} 65 {waist+4} C63 {waist+5} 60 {waist+3} 58 {waist+1} Z",
                  f"M58 {waist+1} C60 {waist+8} 62 {waist+12} 64 {waist+17} L61.4 {waist+17.6} C59.6 {waist+12} 58 {waist+8} 57 {waist+2} Z"):
            pen.body(path(q), sash)
    else:
        band = both(body, box(30, waist - 1.4, 40, 3.0))
        pen.fill(band, sash, .9)
        pen.rim(band, sash, .3, 1)


@kind("trousers", "trousers", "长裤", "Clothing", "Trousers", "长裤", flat=True, materials=("cotton twill", "wool blend", "corduroy", "linen"),
      shapes=("straight", "tapered", "wide-leg"), patterns=("plain", "plain", "checked", "pinstriped"),
      colours=("navy", "black", "grey", "beige", "brown", "olive", "burgundy", "cream", "green", "mustard"))
def trousers(pen, a):
    legs(pen, a, {"corduroy": "cord", "cotton twill": "twill"}.get(a.material))


@kind("jeans", "jeans", "牛仔裤", "Clothing", "Jeans", "牛仔裤", flat=True, materials=("denim", "stretch denim", "organic denim"),
      shapes=("straight", "skinny", "wide-leg", "cropped"), colours=("blue", "navy", "light blue", "black", "grey", "white"))
def jeans(pen, a):
    if a.colour in ("blue", "navy", "light blue"):
        a.c = mix(a.c, {"blue": (70, 102, 150), "navy": (44, 58, 92), "light blue": (142, 174, 204)}[a.colour], .6)
    legs(pen, a, "twill", denim=True)


def legs(pen, a, texture, denim=False):
    c = a.c
    w = {"tapered": -4, "skinny": -5, "wide-leg": 6}.get(a.shape, 0)
    low = 80 if a.shape == "cropped" else 91
    leg = path(f"M50 10 L64.5 10 C65.5 16 67 22 68 29 C{69+w*.4} 48 {70+w} 68 {71+w} {low} C{66+w*.5} {low+1.4} {60} {low+1.2} {56.6-w*.25} {low+.4} C55.6 {low-24} 53.4 56 51 37 L50 36 Z")
    other = mirror(leg)
    pen.drop(union(leg, other))
    for p in (other, leg):
        cloth(pen, a, p, texture=texture, size=2.4, pattern=a.pattern == "checked")
        if a.pattern == "pinstriped":
            with pen.inside(p):
                for k in range(16):
                    x = 26 + k * 3.2
                    pen.line(f"M{x} 5 L{x + (x-50)*.12} 95", light(c, .6), .3, .5)
    if denim:
        for s in (1, -1):
            pen.glint(oval(50 + s * 12.4, 42, 4, 15), .16, 3)
            pen.glint(oval(50 + s * 13, 70, 3.4, 9), .10, 3)
    seat = union(leg, other)
    for s in (1, -1):
        leg_ = leg if s > 0 else other
        for q in (f"M{50+s*2} 35 Q{50+s*8} 37 {50+s*14} 33", f"M{50+s*3} 40 Q{50+s*8} 42 {50+s*12} 40", f"M{50+s*12} 46 Q{50+s*13.4} 66 {50+s*13.6} {low}"):
            pen.fold(leg_, q, c, 1.9, .22, 1.0)
    thread = (214, 160, 84) if denim and luma(c) < .8 else dark(c, .45)
    pen.line("M50 16 V36.5", dark(c, .6), .8, .7)
    pen.line("M52.6 16 C53 24 53 30 50 34.4", thread, .35, .9, dash=(1, .6))
    waist = path("M35.6 9.4 Q50 11 64.4 9.4 L65.3 15 Q50 16.8 34.7 15 Z")
    pen.fill(path("M36.6 9.6 Q50 6.6 63.4 9.6 Q50 11.4 36.6 9.6 Z"), dark(c, .5))
    cloth(pen, a, waist, c=dark(c, .05), texture=texture, size=2.4, pattern=False)
    pen.line("M34.9 14.6 Q50 16.4 65.1 14.6", thread, .35, .9, dash=(1, .6))
    for x in (39, 46, 56.4, 62):
        pen.fill(box(x - .7, 9.2, 1.4, 7, .4), dark(c, .14))
    pen.ball(oval(50, 12.9, 1.25), BRASS if denim else dark(c, .55), 50, 12.9, 1.25)
    for s in (1, -1):
        q = f"M{50+s*7.4} 16.2 C{50+s*8} 22 {50+s*12} 24.4 {50+s*17} 24.8"
        pen.line(q, dark(c, .65), .6, .6)
        pen.line(moved(path(q), 0, .8), thread, .3, .8, dash=(1, .6))
    for p in (leg, other):
        pen.fold(p, f"M0 {low-3} H100", c, .6, .35, .3)


@kind("skirt", "skirt", "半身裙", "Clothing", "Skirts", "半身裙", flat=True, materials=("cotton", "wool blend", "satin", "linen", "corduroy"),
      shapes=("pleated", "A-line", "pencil"), patterns=("plain", "checked", "floral", "dotted", "plain", "striped"))
def skirt(pen, a):
    c = a.c
    low, f = a.at(78, 86), {"pencil": -7, "pleated": 6}.get(a.shape, 1) + a.at(-1, 2)
    body = sym(f"M50 21 L64.5 20 C68 30 {74+f} {low-22} {78+f} {low-2} C{68} {low+2} 58 {low+2.6} 50 {low+2.6}")
    pen.drop(body)
    cloth(pen, a, body, texture="cord" if a.material == "corduroy" else None, size=3)
    if a.shape == "pleated":
        for k in range(-5, 6):
            x0, x1 = 50 + k * 2.7, 50 + k * (5.0 + f * .18)
            q = path(f"M{x0} 24 L{x1} {low+3} L{x1+2.2} {low+3} L{x0+.6} 24 Z")
            with pen.inside(body):
                pen.fill(q, dark(c, .8), .26, .8)
                pen.line(f"M{x0} 24 L{x1} {low+3}", WHITE, .7, .28, .3)
    else:
        for x in (-14, -6, 3, 11):
            pen.fold(body, f"M{50+x*.6} 30 C{50+x} 48 {50+x*1.4} {low-20} {50+x*1.6} {low+3}", c, 2.8, .22, 1.5)
        if a.shape == "pencil":
            pen.line(f"M58 {low-20} L60 {low+2}", dark(c, .75), .8, .8)
    band = path("M35.2 18.4 Q50 20.4 64.8 18.4 L66 24 Q50 26.2 34 24 Z")
    pen.fill(path("M36.4 18.6 Q50 15.8 63.6 18.6 Q50 20.6 36.4 18.6 Z"), dark(c, .5))
    cloth(pen, a, band, c=dark(c, .1), pattern=False)
    if a.shape != "pleated":
        for k in range(a.rng.choice((1, 3))):
            pen.ball(oval(50, 22.4 + k * 8, 1.3), BRASS, 50, 22.4 + k * 8, 1.3)


@kind("hat", "hat", "帽子", "Clothing", "Hats", "帽子", materials=("wool", "cotton", "felt", "straw"),
      shapes=("beanie", "fedora", "baseball cap", "bucket hat"), patterns=("plain", "plain", "striped"))
def hat(pen, a):
    c = a.c
    if a.shape == "beanie":
        pen.shadow(50, 82, 27)
        dome = sym("M50 27 C64 27 75 40 76 68 C66 71 58 71.6 50 71.6")
        cloth(pen, a, dome, texture="knit", size=4)
        for x in (-17, -9, 0, 9, 17):
            pen.fold(dome, f"M{50+x*.25} 30 C{50+x*.9} 38 {50+x*1.25} 52 {50+x*1.3} 70", c, 1.6, .24, .9)
        brim = sym("M50 63 C60 63 70 62 77.4 60 C78.6 67 78.4 74 77.4 80 C68 83 58 83.6 50 83.6")
        pen.fill(moved(brim, 0, -1), dark(c, .8), .35, 1)
        cloth(pen, a, brim, c=light(c, .05), texture="rib", size=4.4, pattern=False)
        if a.rng.random() < .6:
            pc = a.accent if a.rng.random() < .5 else light(c, .3)
            pom = smooth([(50 + (9 + (k % 2) * 1.1) * math.cos(k * .3142), 23 + (8.6 + (k % 2)) * math.sin(k * .3142)) for k in range(20)])
            pen.ball(pom, pc, 50, 23, 9.6)
            for k in range(40):
                t, r = a.at(0, 6.28), a.at(1, 8)
                x, y = 50 + r * math.cos(t), 23 + r * math.sin(t)
                pen.line(f"M{x} {y} L{x+math.cos(t)*2} {y+math.sin(t)*2}", light(pc, .5) if t > 3 else dark(pc, .3), .4, .6)
    elif a.shape == "fedora":
        pen.shadow(50, 79, 42)
        brim = path("M6 71 C14 64 30 66 50 66 C70 66 86 64 94 71 C92 79 72 84 50 84 C28 84 8 79 6 71 Z")
        pen.body(brim, dark(c, .06), texture="wicker" if a.material == "straw" else "grain", size=3.6)
        crown = sym("M50 33 C55 29 66 30 70 36 C74 46 75.5 58 76 70 C68 76 58 77 50 77")
        with pen.inside(brim):
            pen.fill(moved(crown, 1.5, 2), dark(c, .85), .4, 1.8)
        pen.body(crown, c, texture="wicker" if a.material == "straw" else "grain", size=3.6)
        pen.fold(crown, "M50 32 C48 40 47 46 47 54", c, 5, .35, 2.4)
        pen.fold(crown, "M64 38 C60 44 60 50 62 56", c, 4, .26, 2)
        band = sym("M50 66.6 C60 66.6 69 65 75.4 60.6 L76 70 C68 76 58 77 50 77")
        pen.body(band, a.accent if luma(c) > .6 or a.rng.random() < .5 else dark(c, .45))
        pen.line("M8 72.6 C20 80 36 82.4 50 82.4 C64 82.4 80 80 92 72.6", light(c, .4), .7, .5, .3)
    elif a.shape == "baseball cap":
        pen.shadow(52, 78, 40)
        peak = path("M64 60 C78 60 92 66 97 75 C98 78 95 79.4 92 78.6 C80 74.6 66 73.6 52 76 Z")
        pen.body(peak, a.accent if a.pattern != "plain" else dark(c, .10))
        pen.fill(path("M97 75 C98 78 95 79.4 92 78.6 C80 74.6 66 73.6 52 76 C66 75.6 80 77 91 80.6 C95 81.4 98.6 79 97 75 Z"), dark(c, .45))
        dome = path("M10 73 C9 47 24 31 44 30 C62 30 74 44 74.6 66 C74 70 72 72 69 73.4 C58 76.6 30 79.6 14 77.6 C11.4 77 10 76 10 73 Z")
        cloth(pen, a, dome, texture="twill", size=2, pattern=False)
        for q in ("M44 30 C34 42 29 58 29 78", "M44 30 C56 42 60 58 60 75"):
            pen.line(q, dark(c, .6), .5, .7)
            pen.line(moved(path(q), .8, 0), light(c, .4), .3, .7, dash=(1, .7))
        pen.fill(oval(44, 30, 2.4, 1.4), dark(c, .25))
        for x, y in ((37, 43), (54, 44)):
            pen.fill(oval(x, y, .9), dark(c, .7))
        badge = box(38, 52, 13, 11, 2)
        pen.fill(badge, a.accent)
        pen.fill(poly((40, 61), (44.5, 54.5), (49, 61)), c)
    else:
        pen.shadow(50, 82, 40)
        brim = sym("M50 58 C60 58 72 58 76 60 C84 66 90 74 92 80 C80 86 64 87 50 87")
        cloth(pen, a, brim, c=dark(c, .06), turn=0)
        for k in (1, 2, 3):
            pen.line(f"M{26-k*5} {61+k*6} Q50 {68+k*5.2} {74+k*5} {61+k*6}", dark(c, .5), .3, .6, dash=(1, .7))
        crown = sym("M50 28 C60 28 68 29 70 33 C73 42 76 52 77 63 C68 68 58 69.4 50 69.4")
        cloth(pen, a, crown)
        pen.line("M29.6 34 Q50 38.6 70.4 34", dark(c, .55), .5, .6)
        pen.fold(crown, "M62 38 Q65 50 66 64", c, 2.6, .2, 1.4)
        pen.fold(brim, "M23 63 Q50 74 77 63", c, 3, .4, 1.6, False)


@kind("scarf", "scarf", "围巾", "Clothing", "Scarves", "围巾", flat=True, materials=("lambswool", "cashmere", "cotton", "silk"),
      shapes=("looped", "folded"), patterns=("plain", "checked", "striped", "checked", "dotted"))
def scarf(pen, a):
    c = a.c
    tex = None if a.material == "silk" else "knit"

    def fringe(x0, x1, y, tilt=0):
        n = int((x1 - x0) / 1.5)
        for k in range(n + 1):
            x = x0 + k * 1.5
            pen.line(f"M{x} {y} Q{x+a.at(-.6,.6)} {y+3.5} {x+tilt+a.at(-.8,.8)} {y+7}", a.accent if a.pattern == "striped" and k % 2 else dark(c, .08), .8)

    if a.shape == "looped":
        tail1 = path("M40 44 L57 46 C57 58 58.5 70 59 82 L40.5 83 C40 70 39 56 40 44 Z")
        tail2 = path("M52 44 L68 42 C71 52 74 62 77 73 L60 78 C57 68 54 56 52 44 Z")
        loop = union(path("M50 12 C72 12 80 24 78 36 C75 49 62 54 50 54 C36 54 25 49 22 36 C20 24 28 12 50 12 Z"))
        hole = path("M50 21 C62 21 67 25 65 31 C62 37 56 39 50 39 C44 39 38 37 35 31 C33 25 38 21 50 21 Z")
        ring = minus(loop, hole)
        pen.drop(union(ring, tail1, tail2))
        with pen.turn(-16, 68, 76):
            fringe(60, 76.4, 75.6)
        cloth(pen, a, tail2, texture=tex, turn=-16)
        fringe(41.2, 58.4, 82.4)
        with pen.inside(tail2):
            pen.fill(moved(tail1, 1, 1), dark(c, .9), .4, 1.6)
        cloth(pen, a, tail1, texture=tex)
        with pen.inside(union(tail1, tail2)):
            pen.fill(moved(ring, 0, 2), dark(c, .9), .45, 2)
        cloth(pen, a, ring, texture=tex, turn=20)
        for q in ("M24 30 C30 44 40 48 52 48", "M76 30 C70 43 60 46 46 44", "M27 24 C32 17 40 15 54 16.6", "M74 24 C70 18 62 15 52 15"):
            pen.fold(ring, q, c, 2.4, .4, 1.2)
    else:
        stack = box(22, 20, 42, 52, 3)
        tail = path("M44 34 L76 34 L78 80 L46 80 Z")
        pen.drop(union(stack, tail))
        cloth(pen, a, stack, texture=tex)
        for y in (20, 23.4):
            pen.fold(stack, f"M22 {y+3} H64", c, 1, .35, .5)
        with pen.inside(stack):
            pen.fill(moved(tail, -1, -.5), dark(c, .9), .45, 2)
        fringe(46.6, 77.6, 79.6)
        cloth(pen, a, tail, texture=tex)
        pen.fold(tail, "M60 36 Q62 60 60 80", c, 3, .18, 1.6)


@kind("socks", "socks", "袜子", "Clothing", "Socks", "袜子", flat=True, materials=("cotton", "merino wool", "bamboo blend"),
      shapes=("crew", "ankle"), patterns=("striped", "plain", "dotted", "checked", "colour-block", "zigzag"))
def socks(pen, a):
    c, top_y = a.c, 16 if a.shape == "crew" else 34
    one = path(f"M32 {top_y} L50 {top_y} C50.4 34 50 44 51 53 C53 60 62 65 70 70 C77 75 77 85 69 87.4 C60 89 48 84 40 78 C33 72.6 31 66 31.4 56 C32 44 32.4 34 32 {top_y} Z")
    trim = a.accent if a.pattern != "plain" or a.rng.random() < .6 else dark(c, .15)
    for k, (dx, dy, deg) in enumerate(((12, -4, -9), (-8, 2, 4))):
        with pen.turn(deg, 50, 50, dx=dx, dy=dy):
            pen.drop(one)
            cloth(pen, a, one, texture="rib", size=1.8)
            heel = both(one, oval(32, 70, 11, 10.5))
            toe = both(one, oval(76, 83, 15, 15))
            for q in (heel, toe):
                cloth(pen, a, q, c=trim, texture="rib", size=1.6, pattern=False)
            band = both(one, box(20, top_y - 2, 40, 9))
            cloth(pen, a, band, c=trim, texture="rib", size=2.2, pattern=False)
            pen.fill(path(f"M33 {top_y} Q41 {top_y-1.6} 49.4 {top_y} Q41 {top_y+1.4} 33 {top_y} Z"), dark(trim, .5))
            for q in ("M47 52 Q42 55 38 55", "M50 57 Q44 62 39 64"):
                pen.fold(one, q, c, 1.8, .26, .9)


@kind("sneakers", "sneakers", "运动鞋", "Clothing", "Sneakers", "运动鞋", materials=("canvas", "suede and mesh", "leather", "knit"),
      shapes=("low-top", "high-top", "running"), patterns=("plain", "two-tone"),
      colours=("white", "black", "red", "navy", "green", "grey", "pink", "yellow", "blue", "orange", "mint"))
def sneakers(pen, a):
    c = a.c
    pen.shadow(50, 82, 43)
    hi = a.shape == "high-top"
    run = a.shape == "running"
    sole_c = light(a.accent, .2) if run and a.rng.random() < .6 else (240, 236, 228)
    ty = 26 if hi else 40
    upper = path(f"M14 76 C11 66 13 {ty+14} 15 {ty} C21 {ty-2.5} 30 {ty-1} 37 {ty+1} C40 {ty+9 if not hi else ty+16} 46 53 54 57 C64 61 78 61 88 67 C92 70 93 73 93 76 Z")
    lining = path(f"M15.6 {ty+.5} C21 {ty-2.5} 30 {ty-1} 37 {ty+1} C33 {ty+4} 22 {ty+4} 15.6 {ty+.5} Z")
    sole = path("M11 72 C30 76 70 74 94 72 C96 75 95.6 80 92 82 C66 84 36 84 14 82 C10 80 10 75 11 72 Z") if not run else \
        path("M8 70 C26 77 70 77 95 70 C97 74 96 80 91 82 C76 83.4 70 81 60 82 C46 83.6 30 83.4 13 82 C8 80 7 74 8 70 Z")
    tongue = path(f"M30 {ty+6} C31 {ty-3} 37 {ty-7.5} 42 {ty-6} C44.4 {ty-4} 43.4 {ty+6} 43 {ty+14} L36 {ty+14} Z")
    pen.body(tongue, light(c, .10))
    pen.body(upper, c, texture={"canvas": "weave", "knit": "knit"}.get(a.material, "grain"), size=2.2)
    toe = both(upper, path("M74 80 C72 70 76 63 84 60 L98 60 L98 84 Z"))
    heel = both(upper, path(f"M6 80 L6 50 L20 {ty+16} C23 60 24 70 24 80 Z"))
    part = a.accent if a.pattern == "two-tone" else dark(c, .12)
    if not run:
        pen.body(toe, (242, 238, 230) if a.material == "canvas" else part)
    pen.body(heel, part)
    pen.line(f"M24 78 C24 68 22 60 19 {ty+16}", dark(c, .6), .4, .6, dash=(1, .7))
    if run:
        mesh = both(upper, path("M50 56 C62 58 80 58 92 68 L92 78 L60 78 Z"))
        pen.texture(mesh, "mesh", 2.4, .5)
        swoop = path("M28 74 C40 72 52 64 58 58 L64 60.4 C58 68 46 76 30 77 Z")
        pen.fill(swoop, a.accent)
        pen.rim(swoop, a.accent, .3, .8)
    elif a.rng.random() < .6:
        for k in range(2):
            pen.line(f"M{34+k*6} 75 L{40+k*6} 60", a.accent if a.pattern == "two-tone" or luma(c) > .8 else light(c, .8), 2.2, butt=True)
    eyestay = path(f"M37 {ty+1} C40 {ty+9 if not hi else ty+16} 46 53 54 57 L60 59 L56 63 C48 62 38 56 33 {ty+8} Z")
    pen.fill(eyestay, part)
    pen.rim(eyestay, c, .3, .8)
    lace = (250, 248, 242) if luma(c) < .85 else (232, 230, 226)
    n = 6 if hi else 4
    for k in range(n):
        t = k / (n - .4)
        x, y = 35.5 + 19 * t ** (1.5 if hi else 1.1), ty + 6 + (57 - ty - 5) * t
        pen.line(f"M{x-2.6} {y+3.4} L{x+4.4} {y-1.2}", dark(c, .7), 2.0, .4, .4)
        pen.line(f"M{x-2.8} {y+3} L{x+4.4} {y-1.6}", lace, 1.5)
    pen.fill(lining, dark(c, .45))
    pen.tube(sole, sole_c, gloss=.4, depth=.5)
    pen.ramp(sole, [(0.0, BLACK, .0), (1.0, BLACK, .22)], 0, 72, 0, 83)
    if not run:
        pen.line("M12 77 C36 79.6 70 79 95 76.6", part if luma(part) < .8 else dark(part, .3), .8, .9)
    pen.glint(oval(70, 63.4, 9, 1.4), .25, 1.4)


@kind("boots", "boots", "靴子", "Clothing", "Boots", "靴子", materials=("leather", "suede", "waxed leather", "rubber"),
      shapes=("Chelsea", "lace-up", "tall", "rain"), colours=LEATHER + ["yellow", "green"])
def boots(pen, a):
    c = a.c
    pen.shadow(50, 87, 33, 4)
    ty = {"tall": 12, "rain": 18}.get(a.shape, 30)
    shaft = 52 if a.shape != "tall" else 50
    upper = path(f"M25 {ty+2} C34 {ty-1} 46 {ty-1} {shaft+1} {ty+1} C{shaft} 40 {shaft} 50 53 57 C60 62 72 63 79 70 C82 74 82 78 81.6 82 L23 82 C22 70 25 60 25 50 Z")
    pen.body(upper, c, texture="grain" if a.shape != "rain" else None, size=4)
    pen.fill(path(f"M25.6 {ty+2} C34 {ty-1} 46 {ty-1} {shaft+.6} {ty+1} C44 {ty+4} 34 {ty+4.4} 25.6 {ty+2} Z"), dark(c, .55))
    for q in ("M52 54 Q44 60 36 59", "M54 58 Q48 65 40 66", "M28 56 Q32 60 36 60", f"M{shaft-6} {ty+8} Q{shaft-8} 44 {shaft-5} 54"):
        pen.fold(upper, q, c, 2.2, .34, 1.1)
    if a.shape == "Chelsea":
        gore = path(f"M34 {ty+3.5} L46 {ty+3.2} C45 46 43 56 40 62 C36 56 34 46 34 {ty+3.5} Z")
        pen.body(gore, dark(c, .4), texture="rib", size=2)
        pen.line(f"M27 {ty+3} V{ty-3} Q28 {ty-5} 29.6 {ty-3} V{ty+3}", dark(c, .2), 1.1)
    elif a.shape == "lace-up":
        for k in range(6):
            t = k / 5
            x, y = shaft - 2 + 13 * max(0, t - .5) * 2, ty + 6 + 28 * t
            pen.line(f"M{x-5} {y+1} L{x+1} {y-1.4}", dark(c, .7), 1.7, .5, .4)
            pen.line(f"M{x-5} {y+.6} L{x+1} {y-1.8}", (222, 188, 120) if luma(c) < .6 else DARK, 1.2)
            pen.fill(oval(x - 5.6, y + 1, .9), BRASS)
        pen.line(f"M{shaft-11} {ty+4} C{shaft-9} 50 {shaft-4} 58 58 68", dark(c, .6), .4, .7, dash=(1, .7))
    elif a.shape == "rain":
        pen.fill(both(upper, box(0, ty - 2, 100, 7)), a.accent if luma(c) < .6 else dark(c, .25))
        pen.glint(path(f"M30 {ty+12} Q29 40 31 52 L33.6 52 Q32 40 33 {ty+12} Z"), .55, .8)
        pen.glint(oval(69, 69, 7, 2), .4, 1.2)
    else:
        pen.line(f"M44 {ty+4} C45 40 43 60 42 76", dark(c, .6), .5, .7)
        pen.line(f"M30 {ty+9} L46 {ty+8.4}", dark(c, .3), 2.6, butt=True)
        pen.line(box(37, ty + 6.4, 4.4, 5, .8), BRASS, .8)
    toe = both(upper, path("M66 84 C65 72 69 66 76 64 L90 64 L90 84 Z"))
    if a.shape != "rain":
        pen.line("M66.6 82 C65.4 74 68 68 72 65.4", dark(c, .6), .4, .7, dash=(1, .7))
    sole_c = dark(c, .7) if a.shape != "rain" else (a.accent if luma(c) < .6 else dark(c, .5))
    pen.body(path("M22.6 80 L82 80 C83.4 82 83 85 81 86.4 L45 86.4 L43.6 84.4 L41 88 L23 88 C22 85 22 82 22.6 80 Z"), sole_c)
    pen.line("M23.4 80.4 H81.4", (214, 176, 120) if a.shape == "lace-up" else light(sole_c, .2), .7, .9)
    pen.glint(oval(70, 70, 6, 1.6), .3, 1.3)


@kind("handbag", "handbag", "手提包", "Clothing", "Handbags", "手提包", materials=("leather", "vegan leather", "canvas", "suede"),
      shapes=("tote", "satchel", "crossbody"), patterns=("plain", "plain", "two-tone", "woven"), colours=LEATHER + ["pink", "green", "cream", "teal", "yellow"])
def handbag(pen, a):
    c = a.c
    pen.shadow(50, 84, 32, 4.4)
    trim = a.accent if a.pattern == "two-tone" else dark(c, .25)
    tex = {"canvas": "weave"}.get(a.material, "grain")
    if a.pattern == "woven":
        tex = "wicker"
    if a.shape == "tote":
        pen.line("M37 46 C37 22 42 14 50 14 C58 14 63 22 63 46", dark(trim, .35), 2.4)
        body = sym("M50 40 L76 40 C78 54 80 70 80.6 80 C80.6 83 79 84 77 84 L50 84")
        pen.body(body, c, texture=tex, size=4)
        pen.fill(both(body, box(0, 39, 100, 3.4)), trim)
        if a.pattern == "two-tone":
            q = both(body, box(0, 66, 100, 30))
            pen.body(q, trim, texture=tex, size=4)
        pen.line("M35.4 52 C35 25 41 17.6 50 17.6 C59 17.6 65 25 64.6 52", dark(c, .8), 2.8, .25, 1)
        pen.line("M35 51 C35 24 41 16.6 50 16.6 C59 16.6 65 24 65 51", trim, 2.6)
        pen.line("M34.5 50 C34.5 23.4 40.6 16 50 16", light(trim, .4), .6, .6)
        for x in (35, 65):
            pen.fill(box(x - 2, 46, 4, 8, 1), trim)
            pen.ball(oval(x, 51.5, .9), BRASS, x, 51.5, .9)
        pen.fold(body, "M28 50 Q32 66 29 82", c, 3, .18, 1.6)
    elif a.shape == "satchel":
        pen.line("M39 38 C39 26 43 22 50 22 C57 22 61 26 61 38", trim, 3.0)
        pen.line("M38.4 37 C38.4 25.6 43 21.4 50 21.4", light(trim, .4), .7, .6)
        body = sym("M50 36 L74 36 C79 37 81 40 82 46 L84 78 C84 82 82 84 78 84 L50 84")
        pen.body(body, c, texture=tex, size=4)
        flap = sym("M50 35 L74 35 C79 36 81 39 82 45 L83 60 C78 66 64 67 50 67")
        pen.fill(moved(flap, .4, 1.6), dark(c, .85), .4, 1.4)
        pen.body(flap, light(trim, .08) if a.pattern == "two-tone" else light(c, .04), texture=tex, size=4)
        pen.line("M19.4 59 C24 64.4 36 65.4 50 65.4 C64 65.4 76 64.4 80.6 59", light(c, .45), .35, .7, dash=(1.1, .8))
        for x in (33, 67):
            pen.body(box(x - 2.4, 48, 4.8, 24, 1.4), trim)
            pen.line(box(x - 3, 62, 6, 5.4, 1), BRASS, 1.1)
    else:
        pen.line("M24 48 C24 6 76 6 76 48", dark(trim, .1), 1.8)
        pen.line(moved(path("M24 48 C24 6 76 6 76 48"), -.3, -.4), light(trim, .4), .5, .4)
        body = sym("M50 42 L76 42 C80 42 82 45 82 49 C83 68 78 84 62 84 L50 84")
        pen.body(body, c, texture=tex, size=4)
        flap = sym("M50 41 L76 41 C80 41 82 44 82 48 C80 60 68 68 50 68")
        pen.fill(moved(flap, .4, 1.6), dark(c, .85), .4, 1.4)
        pen.body(flap, light(trim, .08) if a.pattern == "two-tone" else light(c, .04), texture=tex, size=4)
        pen.metal(box(46.4, 63, 7.2, 7, 2), BRASS)
        for x in (24, 76):
            pen.line(oval(x, 47.6, 2), BRASS, 1.0)
    pen.glint(oval(34, 50, 6, 3), .16, 2.4)


@kind("backpack", "backpack", "双肩包", "Clothing", "Backpacks", "双肩包", materials=("canvas", "recycled nylon", "waxed cotton", "leather"),
      shapes=("roll-top", "classic", "rucksack"), patterns=("plain", "two-tone", "plain", "floral", "dotted"))
def backpack(pen, a):
    c = a.c
    pen.shadow(50, 87, 28, 4)
    trim = a.accent if a.pattern == "two-tone" else dark(c, .30)
    tan = (170, 110, 66) if luma(c) < .75 else (140, 92, 60)
    pen.line("M43 22 C43 12 57 12 57 22", dark(trim, .2), 2.6)
    for s in (-1, 1):
        pen.line(f"M{50+s*25} 34 C{50+s*33} 48 {50+s*33} 66 {50+s*25} 78", dark(trim, .15), 3.6)
    if a.shape == "roll-top":
        body = sym("M50 26 L71 26 C74 40 77 60 77 80 C77 85 75 87 71 87 L50 87")
        cloth(pen, a, body, texture="weave", size=2.6)
        roll = sym("M50 15 L72 15 C76 16 76 27 72 28.4 L50 28.4")
        pen.body(roll, dark(c, .06), texture="weave", size=2.6)
        pen.fold(roll, "M20 21.5 H80", c, 1.4, .4, .7)
        pen.body(box(47.6, 16, 4.8, 36, 1.2), tan)
        pen.line(box(46.4, 42, 7.2, 6, 1), BRASS, 1.2)
    else:
        body = sym("M50 17 C64 17 72 22 74 34 C76 50 77 66 77 80 C77 85 75 87 71 87 L50 87")
        cloth(pen, a, body, texture="weave", size=2.6)
        if a.shape == "classic":
            pen.line("M28 46 C30 26 38 23 50 23 C62 23 70 26 72 46", dark(c, .7), 1.2, .8)
            pen.line("M28 46 C30 26 38 23 50 23 C62 23 70 26 72 46", STEEL, .5, .9, dash=(.8, .5))
        else:
            flap = sym("M50 16 C65 16 73 21 75 33 L75 46 C68 51 58 52 50 52")
            pen.fill(moved(flap, .4, 1.6), dark(c, .85), .4, 1.4)
            cloth(pen, a, flap, c=light(c, .04), texture="weave", size=2.6)
            for x in (38, 62):
                pen.body(box(x - 2, 36, 4, 26, 1.2), tan)
                pen.line(box(x - 3, 55, 6, 5, 1), BRASS, 1.1)
    pocket = sym("M50 58 L66 58 C69 58 70 60 70 63 L70.6 78 C70.6 82 69 83 66 83 L50 83")
    pen.fill(moved(pocket, .4, 1.2), dark(c, .85), .4, 1.2)
    cloth(pen, a, pocket, c=trim if a.pattern == "two-tone" else light(c, .05), texture="weave", size=2.6, pattern=False)
    pen.line("M32 63.4 H68", dark(c, .7), 1.2, .8)
    pen.line("M32 63.4 H68", STEEL, .5, .9, dash=(.8, .5))
    pen.line("M64 63.4 L65.4 67.6", tan, 1.3)
    pen.body(box(43, 31 if a.shape == "classic" else 70, 14, 6.4, 1), tan) if a.shape != "rucksack" else None
