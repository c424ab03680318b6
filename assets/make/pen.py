"""A drawing pen for soft-shaded product pictures.

Every picture is drawn in a 100 x 100 unit square, y downwards.  The pen wraps
a Skia canvas and knows the few things a product illustrator repeats all day:
shaded bodies, folds, glints, contact shadows, textures and fabric patterns.
"""

import contextlib
import functools
import math
import random
import re

import skia


# ---------------------------------------------------------------- colours

def mix(a, b, t):
    return tuple(x + (y - x) * t for x, y in zip(a, b))


def light(c, t):
    return mix(c, (255, 252, 246), t)


def dark(c, t):
    return mix(c, tuple(x * 0.22 + y for x, y in zip(c, (8, 6, 22))), t)


def luma(c):
    return (0.30 * c[0] + 0.59 * c[1] + 0.11 * c[2]) / 255


def ink(c, alpha=1.0):
    r, g, b = (max(0, min(255, int(round(x)))) for x in c)
    return skia.ColorSetARGB(max(0, min(255, int(alpha * 255))), r, g, b)


WHITE, BLACK = (255, 255, 255), (14, 12, 24)
STEEL = (196, 200, 206)
BRASS = (206, 164, 84)
WOOD = (176, 124, 78)
DARK = (44, 44, 50)


# ---------------------------------------------------------------- outlines

_TOKEN = re.compile(r"[MLCQZHV]|-?\d*\.?\d+(?:e-?\d+)?")


def _segments(text):
    """Cubic segments [(p0, c1, c2, p1)] and whether the outline is closed."""
    tokens, i, at, out, closed, op = _TOKEN.findall(text), 0, (0, 0), [], False, "M"
    take = {"M": 2, "L": 2, "C": 6, "Q": 4, "H": 1, "V": 1}
    starts = []
    while i < len(tokens):
        if tokens[i].isalpha():
            op, i = tokens[i], i + 1
            if op == "Z":
                closed = True
                continue
        n = take[op]
        v, i = [float(t) for t in tokens[i:i + n]], i + n
        if op == "M":
            at = (v[0], v[1])
            starts.append((len(out), at))
            op = "L"
            continue
        if op == "H":
            v = [v[0], at[1]]
        elif op == "V":
            v = [at[0], v[0]]
        end = (v[-2], v[-1])
        if op == "C":
            c1, c2 = (v[0], v[1]), (v[2], v[3])
        elif op == "Q":
            q = (v[0], v[1])
            c1, c2 = mix(at, q, 2 / 3), mix(end, q, 2 / 3)
        else:
            c1, c2 = mix(at, end, 1 / 3), mix(at, end, 2 / 3)
        out.append((at, c1, c2, end))
        at = end
    return out, closed, starts


def path(text):
    """Outline from SVG-like absolute commands (M L H V C Q Z)."""
    p = skia.Path()
    segs, closed, starts = _segments(text)
    firsts = {k for k, _ in starts}
    for k, (a, c1, c2, b) in enumerate(segs):
        if k in firsts:
            if k and closed:
                p.close()
            p.moveTo(*a)
        p.cubicTo(*c1, *c2, *b)
    if closed:
        p.close()
    return p


def sym(text, axis=50):
    """Closed outline from its right half (start and end on the axis)."""
    segs, _, _ = _segments(text)
    flip = lambda q: (2 * axis - q[0], q[1])
    p = skia.Path()
    p.moveTo(*segs[0][0])
    for _, c1, c2, b in segs:
        p.cubicTo(*c1, *c2, *b)
    if abs(segs[-1][3][0] - axis) > 1e-6:
        p.lineTo(*flip(segs[-1][3]))
    for a, c1, c2, _ in reversed(segs):
        p.cubicTo(*flip(c2), *flip(c1), *flip(a))
    p.close()
    return p


def smooth(points, closed=True, tension=0.5):
    """Catmull-Rom curve through points."""
    n, p = len(points), skia.Path()
    p.moveTo(*points[0])
    for i in range(n if closed else n - 1):
        get = (lambda k: points[k % n]) if closed else (lambda k: points[max(0, min(n - 1, k))])
        a, b, c, d = get(i - 1), get(i), get(i + 1), get(i + 2)
        t = tension / 3 * 2
        p.cubicTo(b[0] + (c[0] - a[0]) * t / 2, b[1] + (c[1] - a[1]) * t / 2,
                  c[0] - (d[0] - b[0]) * t / 2, c[1] - (d[1] - b[1]) * t / 2, *c)
    if closed:
        p.close()
    return p


def oval(cx, cy, rx, ry=None):
    ry = rx if ry is None else ry
    p = skia.Path()
    p.addOval(skia.Rect(cx - rx, cy - ry, cx + rx, cy + ry))
    return p


def box(x, y, w, h, r=0):
    p = skia.Path()
    p.addRoundRect(skia.Rect(x, y, x + w, y + h), r, r)
    return p


def poly(*pts):
    return path("M" + " L".join(f"{x} {y}" for x, y in pts) + " Z")


def mirror(p, axis=50):
    q = skia.Path(p)
    q.transform(skia.Matrix().setScale(-1, 1, axis, 0))
    return q


def turned(p, deg, cx, cy):
    q = skia.Path(p)
    q.transform(skia.Matrix().setRotate(deg, cx, cy))
    return q


def moved(p, dx, dy):
    q = skia.Path(p)
    q.offset(dx, dy)
    return q


def scaled(p, sx, sy, cx, cy):
    q = skia.Path(p)
    q.transform(skia.Matrix().setScale(sx, sy, cx, cy))
    return q


def union(*ps):
    out = ps[0]
    for p in ps[1:]:
        out = skia.Op(out, p, skia.kUnion_PathOp) or out
    return out


def minus(a, b):
    return skia.Op(a, b, skia.kDifference_PathOp) or a


def both(a, b):
    return skia.Op(a, b, skia.kIntersect_PathOp) or a


# ---------------------------------------------------------------- textures

TILE = 64


@functools.lru_cache(maxsize=None)
def _tile(name):
    """A small seamless tile of translucent dark and light marks."""
    s = skia.Surface(TILE, TILE)
    c = s.getCanvas()
    c.clear(skia.ColorTRANSPARENT)

    def mark(text, alpha, width, white=False):
        c.drawPath(path(text), skia.Paint(
            Style=skia.Paint.kStroke_Style, StrokeWidth=width, AntiAlias=True,
            StrokeCap=skia.Paint.kRound_Cap, Color=ink(WHITE if white else BLACK, alpha)))

    if name == "knit":
        for y in range(-32, 65, 32):
            for x in (0, 32):
                mark(f"M{x} {y} Q{x+6} {y+22} {x+16} {y+28}", .26, 3)
                mark(f"M{x+32} {y} Q{x+26} {y+22} {x+16} {y+28}", .26, 3)
                mark(f"M{x+5} {y+3} Q{x+8} {y+14} {x+15} {y+19}", .22, 4, True)
                mark(f"M{x+27} {y+3} Q{x+24} {y+14} {x+17} {y+19}", .10, 4, True)
    elif name == "rib":
        for x in (0, 32, 64):
            mark(f"M{x} -4 V70", .24, 7)
            mark(f"M{x-16} -4 V70", .16, 8, True)
            mark(f"M{x+16} -4 V70", .16, 8, True)
        for y in range(0, 64, 16):
            for x in (16, 48):
                mark(f"M{x-9} {y} L{x} {y+7} L{x+9} {y}", .12, 2)
    elif name == "weave":
        for k in range(0, 64, 8):
            mark(f"M{k} -2 V66", .07, 2)
            mark(f"M-2 {k} H66", .07, 2)
            mark(f"M{k+4} -2 V66", .10, 2, True)
            mark(f"M-2 {k+4} H66", .08, 2, True)
    elif name == "twill":
        for k in range(-64, 65, 8):
            mark(f"M{k} 66 L{k+68} -2", .16, 2)
            mark(f"M{k+4} 66 L{k+72} -2", .13, 2, True)
    elif name == "cord":
        for k in range(0, 65, 16):
            mark(f"M{k} -2 V66", .24, 5)
            mark(f"M{k+8} -2 V66", .18, 5, True)
    elif name == "grain":
        r = random.Random(5)
        for _ in range(70):
            x, y, d, slope = r.uniform(0, 64), r.uniform(0, 64), r.uniform(3, 7), r.choice((1, -1))
            for ox in (-64, 0, 64):
                for oy in (-64, 0, 64):
                    mark(f"M{x+ox} {y+oy} L{x+ox+d} {y+oy+slope}", .06, 1.6)
    elif name == "wood":
        r = random.Random(9)
        for k in range(16):
            y = k * 4 + r.uniform(-1, 1)
            mark(f"M-2 {y} C16 {y+2} 48 {y-2} 66 {y}", r.uniform(.03, .12), r.uniform(.8, 2))
    elif name == "mesh":
        for y in range(0, 64, 16):
            for x in range(0, 64, 16):
                o = 8 if (y // 16) % 2 else 0
                mark(f"M{x+o+4} {y+8} L{x+o+4.1} {y+8}", .45, 8)
    elif name == "wicker":
        for y in range(0, 64, 16):
            for x in range(-16, 64, 32):
                o = 16 if (y // 16) % 2 else 0
                mark(f"M{x+o+3} {y+11} Q{x+o+16} {y+1} {x+o+29} {y+11}", .28, 3)
                mark(f"M{x+o+6} {y+6} Q{x+o+16} {y+1} {x+o+26} {y+6}", .25, 3, True)
    return s.makeImageSnapshot()


# ---------------------------------------------------------------- the pen

class Pen:
    """Draws on a Skia canvas already scaled to 100 units a side."""

    def __init__(self, canvas, rng):
        self.c, self.rng = canvas, rng

    # -- state
    @contextlib.contextmanager
    def inside(self, p):
        self.c.save()
        self.c.clipPath(p, skia.ClipOp.kIntersect, True)
        yield self
        self.c.restore()

    @contextlib.contextmanager
    def turn(self, deg=0, cx=50, cy=50, sx=1, sy=1, dx=0, dy=0):
        self.c.save()
        self.c.translate(dx, dy)
        self.c.translate(cx, cy)
        self.c.rotate(deg)
        self.c.scale(sx, sy)
        self.c.translate(-cx, -cy)
        yield self
        self.c.restore()

    # -- plain marks
    def fill(self, p, c, alpha=1.0, blur=0, mode=None):
        paint = skia.Paint(AntiAlias=True, Color=ink(c, alpha))
        if blur:
            paint.setMaskFilter(skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, blur))
        if mode:
            paint.setBlendMode(mode)
        self.c.drawPath(p, paint)

    def line(self, p, c, width=1.0, alpha=1.0, blur=0, dash=None, butt=False):
        if isinstance(p, str):
            p = path(p)
        paint = skia.Paint(AntiAlias=True, Color=ink(c, alpha), StrokeWidth=width,
                           Style=skia.Paint.kStroke_Style,
                           StrokeCap=skia.Paint.kButt_Cap if butt else skia.Paint.kRound_Cap,
                           StrokeJoin=skia.Paint.kRound_Join)
        if blur:
            paint.setMaskFilter(skia.MaskFilter.MakeBlur(skia.kNormal_BlurStyle, blur))
        if dash:
            paint.setPathEffect(skia.DashPathEffect.Make(list(dash), 0))
        self.c.drawPath(p, paint)

    def ramp(self, p, stops, x0, y0, x1, y1, alpha=1.0):
        """Fill with a linear gradient; stops are colours or (at, colour[, alpha])."""
        full = [s if isinstance(s[0], float) and not hasattr(s[1], "real") else (k / max(1, len(stops) - 1), s)
                for k, s in enumerate(stops)]
        shader = skia.GradientShader.MakeLinear(
            [(x0, y0), (x1, y1)], [ink(s[1], (s[2] if len(s) > 2 else 1) * alpha) for s in full],
            [s[0] for s in full])
        self.c.drawPath(p, skia.Paint(AntiAlias=True, Shader=shader))

    def glow(self, p, cx, cy, r, inner, outer, alpha=1.0, edge=1.0):
        shader = skia.GradientShader.MakeRadial(
            (cx, cy), r, [ink(inner, alpha), ink(outer, alpha * edge)], [0.0, 1.0])
        self.c.drawPath(p, skia.Paint(AntiAlias=True, Shader=shader))

    # -- shaded bodies
    def rim(self, p, c, depth=0.35, blur=2.4, dx=-1.2, dy=-1.6):
        """Soft shadow along the lower right inside edge, light on the other."""
        with self.inside(p):
            self.line(moved(p, dx, dy), dark(c, .8), 3.2, depth, blur)
            self.line(moved(p, -dx * .55, -dy * .55), WHITE, 1.6, depth * .55, blur * .5)

    def body(self, p, c, depth=1.0, texture=None, size=3.0, turn=0):
        """Matt body lit from the upper left."""
        b = p.getBounds()
        self.ramp(p, [light(c, .10 * depth), c, dark(c, .16 * depth)],
                  b.left(), b.top(), b.left() + b.width() * .55, b.bottom())
        if texture:
            self.texture(p, texture, size, turn=turn)
        self.rim(p, c, .34 * depth)

    def tube(self, p, c, x0=None, x1=None, gloss=0.3, depth=1.0):
        """Upright cylinder: dark edges, a broad light left of the middle."""
        b = p.getBounds()
        x0, x1 = b.left() if x0 is None else x0, b.right() if x1 is None else x1
        self.ramp(p, [(0.0, dark(c, .22 * depth)), (.10, dark(c, .05)), (.30, light(c, gloss)),
                      (.48, c), (.80, dark(c, .16 * depth)), (1.0, dark(c, .34 * depth))], x0, 0, x1, 0)

    def metal(self, p, c=STEEL, x0=None, x1=None):
        b = p.getBounds()
        x0, x1 = b.left() if x0 is None else x0, b.right() if x1 is None else x1
        self.ramp(p, [(0.0, dark(c, .45)), (.12, light(c, .25)), (.24, light(c, .75)), (.36, c),
                      (.62, dark(c, .22)), (.80, dark(c, .42)), (.90, light(c, .30)), (1.0, dark(c, .3))], x0, 0, x1, 0)

    def ball(self, p, c, cx, cy, r, gloss=.35):
        shader = skia.GradientShader.MakeTwoPointConical(
            (cx - r * .35, cy - r * .4), 0, (cx, cy), r * 1.08,
            [ink(light(c, gloss)), ink(c), ink(dark(c, .22)), ink(dark(c, .42))], [0.0, .45, .82, 1.0])
        self.c.drawPath(p, skia.Paint(AntiAlias=True, Shader=shader))

    def glint(self, p, alpha=.5, blur=.5):
        self.fill(p, WHITE, alpha, blur)

    # -- shadows
    def shadow(self, cx, cy, rx, ry=None, alpha=.34):
        """Contact shadow on the ground: a wide soft one and a tight dark one."""
        ry = rx * .16 if ry is None else ry
        tint = (40, 30, 44)
        self.fill(oval(cx + rx * .10, cy, rx * 1.15, ry * 1.15), tint, alpha * .62, 2.6)
        self.fill(oval(cx, cy - ry * .2, rx * .96, ry * .62), tint, alpha, 1.0)

    def drop(self, p, far=1.0, alpha=.30):
        """Shadow of something lying flat."""
        tint = (46, 34, 48)
        self.fill(moved(p, 1.5 * far, 2.2 * far), tint, alpha * .75, 2.2 * far)
        self.fill(moved(p, .4 * far, .7 * far), tint, alpha * .8, .7)

    def fold(self, clip, text, c, width=2.4, alpha=.30, blur=1.2, lit=True):
        """Fabric folds: dark valleys with a light beside them."""
        with self.inside(clip):
            p = path(text) if isinstance(text, str) else text
            self.line(p, dark(c, .85), width, alpha, blur)
            if lit:
                self.line(moved(p, -width * .7, -width * .25), WHITE, width * .7, alpha * .55, blur)

    def texture(self, p, name, size=3.0, alpha=1.0, turn=0):
        m = skia.Matrix().setScale(size / TILE, size / TILE)
        if turn:
            m.postRotate(turn, 50, 50)
        shader = _tile(name).makeShader(skia.TileMode.kRepeat, skia.TileMode.kRepeat,
                                        skia.SamplingOptions(skia.FilterMode.kLinear, skia.MipmapMode.kLinear), m)
        self.c.drawPath(p, skia.Paint(AntiAlias=True, Shader=shader, Alphaf=alpha))

    # -- fabric patterns
    def pattern(self, p, name, c, accent, size=1.0, turn=0):
        if name in ("plain", "solid", "", None):
            return
        rng = self.rng
        b = p.getBounds()
        cx, cy, r = b.centerX(), b.centerY(), max(b.width(), b.height()) * .75
        with self.inside(p), self.turn(turn, cx, cy):
            if name == "striped":
                step = rng.choice((6.5, 8, 10)) * size
                thick, y = step * rng.choice((.35, .5)), cy - r
                while y < cy + r:
                    self.fill(box(cx - r, y, 2 * r, thick), accent, .95)
                    y += step
            elif name == "checked":
                step, k = rng.choice((7, 9, 11)) * size, 0
                while k * step < 2 * r:
                    q = k * step - r
                    self.fill(box(cx + q, cy - r, step * .5, 2 * r), accent, .50)
                    self.fill(box(cx - r, cy + q, 2 * r, step * .5), accent, .50)
                    self.fill(box(cx + q + step * .74, cy - r, step * .05, 2 * r), light(accent, .6), .55)
                    self.fill(box(cx - r, cy + q + step * .74, 2 * r, step * .05), light(accent, .6), .55)
                    k += 1
            elif name == "dotted":
                step = rng.choice((5.5, 7, 8.5)) * size
                rad, row, y = step * rng.uniform(.18, .26), 0, cy - r
                dots = skia.Path()
                while y < cy + r:
                    x = cx - r + (row % 2) * step / 2
                    while x < cx + r:
                        dots.addCircle(x, y, rad)
                        x += step
                    y += step * .86
                    row += 1
                self.fill(dots, accent)
            elif name == "floral":
                step, row, y = 10 * size, 0, cy - r
                leaves, petals, hearts = skia.Path(), skia.Path(), skia.Path()
                heart = (250, 214, 110) if luma(accent) > .35 else (244, 226, 190)
                while y < cy + r:
                    x = cx - r + (row % 2) * step / 2
                    while x < cx + r:
                        fx, fy = x + rng.uniform(-1, 1) * size, y + rng.uniform(-1, 1) * size
                        rad, spin = rng.uniform(1.3, 2.0) * size, rng.uniform(0, 6.28)
                        if abs(fx - cx) > b.width() * .8 and not turn or abs(fy - cy) > r:
                            x += step
                            continue
                        leaves.addPath(turned(oval(fx + rad * 2.2, fy + rad * 1.4, rad * .9, rad * .42), math.degrees(spin), fx, fy))
                        for n in range(5):
                            t = spin + n * 1.2566
                            petals.addCircle(fx + math.cos(t) * rad * .82, fy + math.sin(t) * rad * .82, rad * .62)
                        hearts.addCircle(fx, fy, rad * .5)
                        x += step
                    y += step * .8
                    row += 1
                self.fill(leaves, (112, 146, 98), .9)
                self.fill(petals, accent)
                self.fill(hearts, heart)
            elif name == "colour-block":
                y = cy + b.height() * rng.uniform(-.12, .10)
                self.fill(box(cx - r, y, 2 * r, 2 * r), accent)
                if rng.random() < .5:
                    self.fill(box(cx - r, y - 3 * size, 2 * r, 3 * size), light(mix(c, accent, .5), .55))
            elif name == "zigzag":
                step, y = 9 * size, cy - r
                while y < cy + r:
                    pts = [(cx - r + k * 3.2 * size, y + (3.2 * size if k % 2 else 0)) for k in range(int(2 * r / 3.2 / size) + 2)]
                    self.line(path("M" + " L".join(f"{u} {v}" for u, v in pts)), accent, 1.7 * size)
                    y += step
            elif name == "fair-isle":
                y, row, marks = cy - r, 0, skia.Path()
                while y < cy + r:
                    x = cx - r
                    while x < cx + r:
                        if row % 3 == 0:
                            marks.addPoly([skia.Point(x + 2, y - 2), skia.Point(x + 4, y), skia.Point(x + 2, y + 2), skia.Point(x, y)], True)
                        else:
                            marks.addRect(skia.Rect.MakeXYWH(x + (1.2 if row % 3 == 1 else 3), y - .5, 1.3, 1.3))
                        x += 4.4 * size
                    y += 4.2 * size
                    row += 1
                self.fill(marks, accent)
            elif name == "cable":
                step = 12 * size
                x = cx - step * 2.5
                while x < cx + step * 3:
                    if x < b.left() - step or x > b.right() + step:
                        x += step
                        continue
                    for s in (1, -1):
                        ropes, y = skia.Path(), b.top() - 6
                        while y < b.bottom() + 6:
                            ropes.moveTo(x - s * 2.1, y)
                            ropes.cubicTo(x - s * 2.1, y + 2.6, x + s * 2.1, y + 2.4, x + s * 2.1, y + 5)
                            y += 5
                        self.line(ropes, dark(c, .62), 2.9, .55)
                        self.line(ropes, light(c, .05), 2.0)
                        self.line(moved(ropes, -.45, 0), light(c, .34), .7, .8)
                    for s in (-4.6, 4.6):
                        self.line(f"M{x+s} {cy-r} V{cy+r}", dark(c, .7), .7, .4)
                        self.line(f"M{x+s-.7} {cy-r} V{cy+r}", light(c, .4), .5, .5)
                    x += step
