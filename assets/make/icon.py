"""The application icon: a small shop window with an awning."""

import math
import random

import numpy as np
import skia
from PIL import Image

from pen import BRASS, WHITE, Pen, both, box, dark, light, moved, oval, path, sym


def draw(size):
    big = size * 4
    surface = skia.Surface(big, big)
    canvas = surface.getCanvas()
    canvas.clear(skia.ColorTRANSPARENT)
    canvas.scale(big / 100, big / 100)
    pen = Pen(canvas, random.Random(1))
    wall, glass, cloth = (34, 52, 74), (250, 226, 180), (214, 74, 66)
    tile = box(3, 3, 94, 94, 22)
    pen.ramp(tile, [light(wall, .22), wall, dark(wall, .35)], 10, 0, 80, 100)
    with pen.inside(tile):
        pen.ramp(box(0, 84, 100, 20), [(228, 214, 194), (190, 172, 150)], 0, 84, 0, 98)
        pen.fill(box(0, 83.4, 100, 1), dark(wall, .6), .6)
    frame = box(15, 26, 70, 59, 3)
    pen.fill(moved(frame, 0, 1.4), dark(wall, .8), .6, 1.6)
    pen.ramp(frame, [(250, 246, 238), (220, 212, 200)], 15, 26, 85, 85)
    pane = box(19, 30, 62, 48, 1.6)
    pen.glow(pane, 50, 58, 44, (255, 244, 214), (240, 186, 120))
    with pen.inside(pane):
        pen.ramp(box(19, 71, 62, 10), [(206, 150, 98), (168, 112, 70)], 0, 71, 0, 78)
        pen.shadow(36, 73.4, 9, 1.6)
        for tip, bend in (((27.6, 44), (35, 48)), ((36.6, 40.6), (36, 48)), ((45, 44.6), (38, 48))):
            pen.line(f"M36 57 Q{bend[0]} {bend[1]} {tip[0]} {tip[1]}", (84, 124, 78), 1.1)
            for k in range(5):
                pen.fill(oval(tip[0] + 2.3 * math.cos(k * 1.257), tip[1] + 2.3 * math.sin(k * 1.257), 1.8), (226, 92, 96))
            pen.fill(oval(*tip, 1.4), (250, 214, 110))
        vase = sym("M36 54 L38.6 54 C39 58 45 60.6 45 66 C45 70.4 42 73.4 40 74 L36 74", 36)
        pen.tube(vase, (44, 134, 140), gloss=.5)
        pen.glint(oval(32.4, 65, .9, 3), .6, .4)
        pen.shadow(62.6, 73.6, 11.6, 1.6)
        pen.line("M56.6 58 C56.6 47.6 68.6 47.6 68.6 58", (150, 52, 56), 2.2)
        bag = sym("M62.6 55.6 L72 55.6 L74.6 72.4 C74.6 74 73.8 74.6 72.4 74.6 L62.6 74.6", 62.6)
        pen.body(bag, (214, 84, 74))
        pen.fill(oval(62.6, 63.6, 2.2), BRASS)
        pen.ramp(path("M52 30 L66 30 L44 80 L30 80 Z"), [(0.0, WHITE, .05), (1.0, WHITE, .30)], 40, 78, 60, 34)
        pen.fill(box(19, 34, 62, 5), dark(wall, .4), .30, 2)
    pen.line(pane, (172, 150, 126), .7, .9)
    pen.line("M50 79 V82", (172, 150, 126), .8)
    edge = [10, 26, 42, 58, 74, 90]
    top = [16, 29.6, 43.2, 56.8, 70.4, 84]
    for k in range(5):
        x0, x1, u0, u1 = edge[k], edge[k + 1], top[k], top[k + 1]
        p = path(f"M{u0} 15 L{u1} 15 L{x1} 29 C{x1} 37 {x0} 37 {x0} 29 Z")
        pen.fill(moved(p, 0, 2), dark(wall, .8), .34, 1.6)
    for k in range(5):
        x0, x1, u0, u1 = edge[k], edge[k + 1], top[k], top[k + 1]
        p = path(f"M{u0} 15 L{u1} 15 L{x1} 29 C{x1} 37 {x0} 37 {x0} 29 Z")
        c = cloth if k % 2 == 0 else (252, 246, 236)
        pen.ramp(p, [light(c, .14), c, dark(c, .16)], 0, 15, 0, 36)
        pen.ramp(both(p, box(0, 28.6, 100, 10)), [(0.0, dark(c, .5), .25), (1.0, dark(c, .5), .05)], 0, 28.6, 0, 36)
    pen.ramp(box(14, 12.4, 72, 4, 2), [(250, 246, 238), (206, 196, 182)], 0, 12, 0, 16.4)
    pen.line(box(3.6, 3.6, 92.8, 92.8, 21.4), WHITE, .7, .16)
    pixels = surface.makeImageSnapshot().toarray(colorType=skia.kRGBA_8888_ColorType)
    return Image.fromarray(np.ascontiguousarray(pixels)).resize((size, size), Image.Resampling.LANCZOS)
