"""Product sounds, synthesised: ringing modes, plucked strings, motors, clicks.

`render("desk bell", 3)` gives a mono float32 waveform and its rate, 16000.
Every parameter (pitch, speed, size, room) follows from the seed.
"""

import random

import numpy as np

RATE = 16000
KINDS, _MAKE = {}, {}


def kind(name, en, zh):
    def keep(make):
        KINDS[name] = {"en": en, "zh": zh}
        _MAKE[name] = make
        return make
    return keep


def render(name, seed):
    """(waveform, rate); the same kind and seed always sound the same."""
    s = Studio(f"{name}/{seed}")
    wave = np.asarray(_MAKE[name](s), dtype=np.float64)
    wave = s.room(wave, s.at(.02, .10), s.at(.08, .3))
    wave = wave[:5 * RATE]
    if len(wave) < RATE:
        wave = np.pad(wave, (0, RATE - len(wave)))
    wave = s.shape(wave, 45, 7600)
    fade = min(800, len(wave) // 8)
    wave[:40] *= np.linspace(0, 1, 40)
    wave[-fade:] *= np.linspace(1, 0, fade)
    return (wave / (np.abs(wave).max() + 1e-9) * .7079).astype(np.float32), RATE


class Studio:
    """Seeded dice and the small synthesis kit shared by all sounds."""

    def __init__(self, seed):
        self.r = random.Random(seed)
        self.np = np.random.default_rng(self.r.getrandbits(32))

    def at(self, low, high):
        return self.r.uniform(low, high)

    def time(self, seconds):
        return np.arange(int(seconds * RATE)) / RATE

    def noise(self, seconds):
        return self.np.standard_normal(int(seconds * RATE))

    def shape(self, x, low, high, order=4):
        """Smooth band-pass, done on the spectrum."""
        n = len(x)
        f = np.fft.rfftfreq(n, 1 / RATE) + 1e-6
        gain = 1 / np.sqrt((1 + (low / f) ** order) * (1 + (f / high) ** order))
        return np.fft.irfft(np.fft.rfft(x) * gain, n)

    def drift(self, seconds, low, high):
        """Slow random movement of about unit size."""
        x = self.shape(self.noise(seconds), low, high)
        return x / (3 * x.std() + 1e-9)

    def peak(self, x, centre, width, amount):
        """Lift the spectrum around a resonance."""
        f = np.fft.rfftfreq(len(x), 1 / RATE)
        gain = 1 + amount * np.exp(-((f - centre) / width) ** 2)
        return np.fft.irfft(np.fft.rfft(x) * gain, len(x))

    def sweep(self, freq):
        """Phase of a varying frequency (array, Hz)."""
        return 2 * np.pi * np.cumsum(freq) / RATE

    def room(self, x, mix, seconds):
        ir = self.np.standard_normal(int(seconds * RATE)) * np.exp(-np.linspace(0, 6, int(seconds * RATE)))
        n = 1 << int(np.ceil(np.log2(len(x) + len(ir))))
        wet = np.fft.irfft(np.fft.rfft(x, n) * np.fft.rfft(ir, n), n)[:len(x) + len(ir)]
        wet *= np.abs(x).max() / (np.abs(wet).max() + 1e-9)
        return np.pad(x, (0, len(ir))) * (1 - mix) + wet * mix

    def modes(self, seconds, base, partials):
        """Sum of decaying sines: (ratio, level, decay seconds)."""
        t, out = self.time(seconds), 0
        for ratio, level, decay in partials:
            f = base * ratio
            if f < 7600:
                out = out + level * np.sin(2 * np.pi * f * t + self.at(0, 6.28)) * np.exp(-t / decay)
        return out

    def click(self, seconds=.03, low=800, high=6000, decay=.005):
        x = self.shape(self.noise(seconds), low, high)
        return x * np.exp(-self.time(seconds)[:len(x)] / decay)

    def string(self, freq, seconds, damp=.996, bright=.5, pick=.2):
        """Plucked string (Karplus-Strong), one period at a time."""
        n = max(4, int(RATE / freq))
        burst = self.np.uniform(-1, 1, n)
        for _ in range(int(6 * (1 - bright))):
            burst = (burst + np.roll(burst, 1)) / 2
        burst = burst - np.roll(burst, max(1, int(n * pick)))
        rows, row = [], burst
        for _ in range(int(seconds * RATE / n) + 1):
            rows.append(row)
            row = damp * (bright * row + (1 - bright) * np.roll(row, 1)) if bright > .5 else damp * .5 * (row + np.roll(row, 1))
        return np.concatenate(rows)[:int(seconds * RATE)]

    def place(self, total, events):
        """Mix (start seconds, waveform, level) on a silent track."""
        out = np.zeros(int(total * RATE))
        for start, wave, level in events:
            k = int(start * RATE)
            part = wave[:max(0, len(out) - k)]
            out[k:k + len(part)] += part * level
        return out


BELL = [(.5, .25, 1.6), (1, 1, 1.4), (1.19, .5, 1.1), (1.56, .35, .9), (2, .6, .8), (2.66, .35, .5), (3.01, .3, .4), (4.1, .2, .25), (5.4, .12, .15)]
THIN = [(1, 1, 1.2), (2.76, .6, .7), (5.4, .35, .35), (8.9, .2, .18)]


@kind("kettle", "whistling kettle", "水壶鸣笛")
def _(s):
    n = s.at(3, 4.5)
    t = s.time(n)
    rise = np.clip((t - s.at(.2, .6)) / s.at(.6, 1.2), 0, 1)
    f = s.at(1300, 1900) * (.72 + .28 * rise ** .5) * (1 + .006 * np.sin(2 * np.pi * s.at(5, 8) * t))
    tone = np.sin(s.sweep(f)) + .5 * np.sin(s.sweep(f * s.at(1.22, 1.28))) + .25 * np.sin(2 * s.sweep(f))
    steam = s.shape(s.noise(n), 2000, 7000)
    wobble = 1 + .25 * s.drift(n, 1, 14)
    rumble = s.shape(s.noise(n), 80, 500) * (1 + 2 * s.drift(n, 3, 12))
    return tone * rise ** 1.5 * wobble * .5 + steam * (.05 + .22 * rise) + rumble * .25


@kind("boiling water", "water coming to the boil", "烧开水")
def _(s):
    n = s.at(3, 4.5)
    hum = s.shape(s.noise(n), 120, 900) * np.linspace(.4, 1, int(n * RATE))
    ev = []
    t = 0
    while t < n - .1:
        t += s.r.expovariate(10 + 22 * t / n)
        d = s.at(.02, .07)
        f = np.linspace(s.at(250, 600), s.at(500, 1300), int(d * RATE))
        ev.append((t, np.sin(s.sweep(f)) * np.hanning(len(f)), s.at(.2, .8)))
    return hum * .5 + s.place(n, ev) + s.place(n, [(n - .25, s.click(.05, 500, 4000), .8)])


@kind("desk bell", "desk bell", "服务铃")
def _(s):
    f, ev, t = s.at(1700, 2600), [], .05
    for _ in range(s.r.choice((1, 1, 2, 3))):
        ring = s.modes(2.4, f, [(r, l * s.at(.7, 1.2), d * 1.0) for r, l, d in THIN] + [(1.003, .6, 1.3)])
        ev += [(t, ring, s.at(.7, 1)), (t, s.click(.02, 2500, 7000, .002), .8)]
        t += s.at(.25, .6)
    return s.place(t + 2.0, ev)


@kind("bicycle bell", "bicycle bell", "自行车铃")
def _(s):
    f, ev, t = s.at(1900, 3000), [], .05
    for _ in range(s.r.choice((2, 2, 3))):
        for k in range(s.r.choice((2, 7, 9))):
            ring = s.modes(1.2, f * s.at(.999, 1.001), [(1, 1, .5), (1.5, .4, .3), (2.3, .6, .22), (2.32, .4, .2)])
            ev.append((t + k * .036, ring, .8 * .93 ** k))
            ev.append((t + k * .036, s.click(.015, 3000, 7500, .002), .5))
        t += s.at(.45, .7)
    return s.place(t + .9, ev)


def _body(s, x):
    for c, w, a in ((s.at(95, 120), 25, 2), (s.at(190, 230), 40, 1.6), (s.at(380, 460), 80, .8)):
        x = s.peak(x, c, w, a)
    return x


@kind("guitar", "acoustic guitar", "木吉他")
def _(s):
    root = s.r.choice((82.4, 98, 110, 123.5, 130.8))
    chord = s.r.choice(((1, 1.5, 2, 2.52, 3, 4), (1, 1.5, 2, 2.38, 3, 4), (1, 1.335, 2, 2.67, 3.36, 4)))
    ev, t = [], .05
    if s.r.random() < .5:
        for _ in range(s.r.choice((1, 2))):
            gap = s.at(.012, .035)
            for k, q in enumerate(chord):
                ev.append((t + k * gap, s.string(root * q, 2.6, s.at(.994, .998), .5), s.at(.7, 1)))
            t += s.at(.7, 1.1)
    else:
        for k in range(s.r.choice((5, 6, 8))):
            ev.append((t, s.string(root * s.r.choice(chord), 2.2, .997, .5, s.at(.1, .3)), s.at(.7, 1)))
            t += s.r.choice((.22, .3, .3))
    return _body(s, s.place(t + 1.8, ev))


@kind("ukulele", "ukulele", "尤克里里")
def _(s):
    notes, ev, t = (392, 261.6, 329.6, 440), [], .05
    up = s.r.choice((1, 1.122, 1.335))
    for _ in range(s.r.choice((2, 3, 4))):
        for k, f in enumerate(notes):
            ev.append((t + k * s.at(.012, .025), s.string(f * up, 1.3, .990, .5, .12), s.at(.7, 1)))
        t += s.r.choice((.3, .42))
    return s.peak(s.place(t + 1.1, ev), 480, 120, 1.5)


@kind("piano", "piano note", "钢琴音")
def _(s):
    base, ev, t = s.r.choice((196, 220, 261.6, 293.7, 329.6)), [], .05
    tune = s.r.choice(((1,), (1, 1.26, 1.5), (1, 1.5, 2, 1.68), (2, 1.68, 1.5, 1.26, 1)))
    for q in tune:
        f = base * q
        part = []
        for k in range(1, 14):
            part.append((k * np.sqrt(1 + .0004 * k * k), .9 ** k / k ** .7, 1.6 / k ** .6))
        x = s.modes(2.4, f, part) + .7 * s.modes(2.4, f * 1.0009, part[:8])
        x[:160] *= np.linspace(0, 1, 160)
        thump = s.shape(s.noise(.08), 60, 600) * np.exp(-s.time(.08) / .015)
        ev += [(t, x, s.at(.7, 1)), (t, thump, .25)]
        t += s.at(.28, .45)
    return s.place(t + 1.9, ev)


@kind("keyboard", "keyboard typing", "键盘打字声")
def _(s):
    f, clicky, ev, t = s.at(900, 2200), s.r.random() < .5, [], .1
    while t < 3.2:
        wide = s.r.random() < .12
        g = f * s.at(.85, 1.15) * (.6 if wide else 1)
        down = s.modes(.05, g, [(1, .6, .006), (1.7, .4, .004), (3.1, .3, .003)]) + s.click(.05, 1200 if clicky else 500, 7000 if clicky else 3500, .004)
        thud = s.modes(.06, s.at(180, 260) * (.7 if wide else 1), [(1, .8, .012), (2.2, .3, .008)])
        ev += [(t, down, s.at(.5, 1)), (t + .004, thud, .5), (t + s.at(.05, .09), down * .5, .5)]
        t += s.r.choice((.09, .11, .13, .16, .3)) * s.at(.85, 1.2)
    return s.place(3.5, ev)


@kind("mouse", "mouse clicks", "鼠标点击声")
def _(s):
    ev, t = [], .15
    while t < 1.9:
        for k in range(s.r.choice((1, 2))):
            c = s.click(.02, 1800, 7000, .0025) + s.modes(.02, s.at(2200, 3200), [(1, .7, .003)])
            ev += [(t, c, s.at(.8, 1)), (t + s.at(.06, .09), c, .6)]
            t += .16
        t += s.at(.2, .5)
    return s.place(2.2, ev)


def _motor(s, n, f0, harmonics, noise_band, noise, wind=0.5, up=.5, down=.4):
    t = s.time(n)
    run = np.clip(t / up, 0, 1) * np.clip((n - t) / down, 0, 1)
    f = f0 * (.35 + .65 * run ** .6) * (1 + .004 * s.drift(n, .5, 6))
    ph = s.sweep(f)
    tone = sum(a * np.sin(k * ph + k) for k, a in harmonics)
    air = s.shape(s.noise(n), *noise_band)
    air /= np.abs(air).max()
    return (tone * (1 - wind) + air * noise * wind * 2) * run ** .8


@kind("vacuum", "vacuum cleaner", "吸尘器")
def _(s):
    x = _motor(s, s.at(3.2, 4.6), s.at(180, 260), [(1, .5), (2, .4), (3, .3), (5, .2), (8, .14), (13, .08)], (200, 4500), 1.6, .62, s.at(.5, 1), .5)
    return s.peak(x, s.at(600, 1100), 200, 1.5)


@kind("hairdryer", "hair dryer", "吹风机")
def _(s):
    x = _motor(s, s.at(2.8, 4), s.at(320, 480), [(1, .3), (2, .25), (4, .12), (7, .1)], (700, 6500), 1.8, .78, .35, .3)
    return s.place(len(x) / RATE + .1, [(0, s.click(.02, 900, 5000), 1.2), (.05, x, 1)])


@kind("blender", "blender", "搅拌机")
def _(s):
    n = s.at(2.8, 4.2)
    x = _motor(s, n, s.at(280, 420), [(1, .6), (2, .6), (3, .5), (4, .3), (6, .25), (9, .2), (12, .1)], (300, 5000), 1.2, .4, .25, .35)
    lumps = 1 + .6 * s.drift(n, 4, 25)
    return np.tanh(1.5 * x * lumps)


@kind("coffee grinder", "coffee grinder", "咖啡磨豆机")
def _(s):
    n = s.at(3, 4.2)
    x = _motor(s, n, s.at(110, 170), [(1, .5), (2, .5), (3, .4), (5, .3), (7, .2)], (300, 3500), 1.4, .45, .15, .3)
    ev, t = [], .1
    while t < n - .5:
        t += s.r.expovariate(70 * max(.15, 1 - t / n))
        ev.append((t, s.click(.02, 800, 5000, .004), s.at(.2, 1)))
    return x + s.place(n, ev) * .8


@kind("espresso machine", "espresso machine", "意式咖啡机")
def _(s):
    n = s.at(3.6, 4.8)
    pump = _motor(s, n, s.at(48, 62), [(1, .5), (2, .6), (3, .5), (4, .4), (6, .3), (9, .15)], (150, 1800), 1, .35, .2, .8)
    hiss = s.shape(s.noise(n), 2200, 7200)
    t = s.time(n)
    env = np.clip((t - n * .45) / .25, 0, 1) * np.clip((n - t) / .4, 0, 1) * (1 + .4 * s.drift(n, 3, 20))
    return pump * .8 + hiss * env * .35


@kind("alarm clock", "alarm clock", "闹钟")
def _(s):
    if s.r.random() < .5:
        f, ev, t = s.at(1500, 2400), [], .1
        while t < 3.2:
            for _ in range(4):
                x = s.time(.07)
                ev.append((t, np.tanh(3 * np.sin(2 * np.pi * f * x)) * np.clip(np.minimum(x, .07 - x) / .004, 0, 1), .8))
                t += .12
            t += .42
        return s.place(3.6, ev)
    f, ev, t = s.at(1400, 2200), [], .05
    while t < 2.6:
        hit = s.modes(.5, f * (1 if len(ev) % 2 else 1.07), [(1, 1, .22), (2.1, .6, .15), (3.3, .5, .1), (4.6, .3, .06)])
        ev.append((t, hit + np.pad(s.click(.01, 2000, 7000), (0, len(hit) - 160)), s.at(.7, 1)))
        t += s.at(.045, .055)
    return s.place(3.4, ev)


@kind("clock", "ticking clock", "时钟滴答声")
def _(s):
    f, gap, ev, t, k = s.at(1400, 3200), s.r.choice((.25, .5, .5, 1.0)), [], .1, 0
    while t < 3.8:
        g = f * (1 if k % 2 else .82)
        x = s.modes(.08, g, [(1, .7, .010), (1.9, .5, .006), (3.2, .3, .004)]) + s.click(.08, 1500, 7000, .003)
        ev += [(t, x, .9), (t + .012, x, .35)]
        t, k = t + gap, k + 1
    return s.place(4, ev)


@kind("wind chime", "wind chime", "风铃")
def _(s):
    scale, base, ev, t = (1, 1.125, 1.25, 1.5, 1.6875, 2), s.at(620, 900), [], .05
    while t < 3.0:
        x = s.modes(2.2, base * s.r.choice(scale), [(1, 1, 1.3), (2.76, .5, .6), (5.4, .2, .3)])
        ev.append((t, x, s.at(.3, 1)))
        t += s.r.expovariate(4)
    return s.place(4.9, ev)


@kind("drum", "drum beat", "鼓声")
def _(s):
    f, ev, step = s.at(75, 130), [], s.at(.16, .24)

    def boom(q):
        t = s.time(.7)
        return np.sin(s.sweep(f * q * (1 + .9 * np.exp(-t / .025)))) * np.exp(-t / .16) + np.pad(s.click(.03, 300, 3000, .006), (0, len(t) - 480)) * .5

    for k, hit in enumerate(s.r.choice(("x.o.x.oox.o.x.oo", "x..xo..xx..xo...", "xxo.xxo.xxo.xooo"))):
        if hit != ".":
            ev.append((.05 + k * step, boom(1 if hit == "x" else 1.7), 1 if hit == "x" else .6))
    return s.place(16 * step + .6, ev)


@kind("whistle", "whistle", "哨子声")
def _(s):
    f0, ev, t = s.at(2300, 3000), [], .05
    for d in s.r.choice(((.9,), (.25, .25, .8), (.4, .9))):
        x = s.time(d)
        f = f0 * (1 + .012 * np.sign(np.sin(2 * np.pi * s.at(28, 40) * x)))
        env = np.clip(np.minimum(x / .03, (d - x) / .05), 0, 1) * (1 + .35 * np.sin(2 * np.pi * 34 * x))
        ev.append((t, (np.sin(s.sweep(f)) + .3 * np.sin(2 * s.sweep(f)) + .3 * s.shape(s.noise(d), 1800, 5000)) * env, .8))
        t += d + .12
    return s.place(t + .2, ev)


@kind("camera", "camera shutter", "相机快门声")
def _(s):
    ev, t = [], .15
    for _ in range(s.r.choice((1, 2, 4))):
        slap = s.modes(.12, s.at(160, 260), [(1, .8, .02), (2.6, .5, .012)]) + s.click(.12, 900, 6500, .008)
        back = s.click(.08, 1500, 7000, .006) + s.modes(.08, s.at(700, 1200), [(1, .5, .01)])
        ev += [(t, slap, 1), (t + s.at(.05, .11), back, .8)]
        t += s.at(.3, .6)
    if s.r.random() < .5:
        for k in range(14):
            ev.append((t + k * .028, s.click(.015, 1500, 6000, .003), .3))
        t += .45
    return s.place(t + .5, ev)


@kind("zipper", "zipper", "拉链声")
def _(s):
    ev, t = [], .1
    for up in s.r.choice(((1,), (1, 0))):
        n, d = int(s.at(60, 110)), s.at(.5, .9)
        for k in range(n):
            u = k / n
            at = t + d * (u ** 1.2 if up else u ** .8)
            c = s.click(.012, 1500 + 2500 * (u if up else 1 - u), 7500, .0018)
            ev.append((at, c, s.at(.4, 1) * (.3 + u)))
        t += d + .35
    return s.place(t + .2, ev)


@kind("crisps", "crisps crunching", "薯片脆响")
def _(s):
    n, ev = s.at(2.4, 3.4), []
    t = 0.1
    while t < n - .5:
        burst = s.at(.15, .35)
        for _ in range(int(s.at(18, 45))):
            u = s.r.betavariate(1.2, 3) * burst
            ev.append((t + u, s.click(.03, s.at(700, 2600), 7500, s.at(.001, .006)), s.at(.1, 1) * (1 - u / burst * .6)))
        t += burst + s.at(.2, .4)
    rustle = s.shape(s.noise(n), 2500, 7500) * np.clip(s.drift(n, 5, 40), 0, None)
    return s.place(n, ev) + rustle * s.at(.2, .6)


@kind("can", "can opening and fizz", "开罐气泡声")
def _(s):
    n = s.at(2.4, 3.6)
    t = s.time(n)
    crack = s.click(.2, 900, 7000, .012) + s.modes(.2, s.at(900, 1500), [(1, .6, .03), (1.8, .4, .02), (2.9, .3, .02)])
    psst = s.shape(s.noise(n), 2500, 7600) * np.exp(-np.clip(t - .18, 0, None) / .18) * (t > .18)
    fizz = np.zeros(int(n * RATE))
    ev, u = [], .4
    while u < n:
        u += s.r.expovariate(260 * np.exp(-u / 1.6))
        ev.append((u, s.click(.006, 3000, 7800, .0008), s.at(.1, .6)))
    return s.place(n, [(.15, crack, 1), (.32, crack * .5, .6)]) + psst * .9 + fizz + s.place(n, ev) * .8 + s.shape(s.noise(n), 4000, 7800) * .05 * np.exp(-t / 1.4)


@kind("printer", "printer", "打印机声")
def _(s):
    n, ev, t = s.at(3.4, 4.6), [], .25
    while t < n - .6:
        d = s.at(.28, .4)
        x = s.time(d)
        f = s.at(420, 520) * (1 + .4 * np.sin(np.pi * x / d))
        ev.append((t, (np.tanh(2 * np.sin(s.sweep(f))) * .3 + s.shape(s.noise(d), 800, 5000) * .3) * np.sin(np.pi * x / d) ** .5, .8))
        ev.append((t + d, s.modes(.12, 240, [(1, .6, .02), (3, .3, .01)]) + s.click(.12, 600, 5000, .01), .8))
        y = s.time(.16)
        ev.append((t + d + .03, np.sign(np.sin(2 * np.pi * 160 * y)) * .15 + s.shape(s.noise(.16), 300, 2500) * .15, .8))
        t += d + .24
    return s.place(n, ev)


@kind("phone", "phone ringtone", "手机铃声")
def _(s):
    tune = s.r.choice(((1, 1.25, 1.5, 2), (2, 1.5, 1.68, 1.25), (1, 1, 1.5, 1, 1, 1.68), (1.5, 1.25, 1, 1.25, 1.5, 2)))
    base, ev, t = s.at(600, 880), [], .1
    for _ in range(2):
        for q in tune:
            ev.append((t, s.modes(.5, base * q, [(1, 1, .16), (2, .4, .1), (4, .25, .05), (6.1, .1, .03)]), .8))
            t += .14
        t += .35
    return s.place(t + .4, ev)


@kind("old telephone", "ringing telephone", "老式电话铃")
def _(s):
    f, ev, t = s.at(1100, 1500), [], .05
    for _ in range(2):
        for k in range(22):
            ev.append((t + k * .045, s.modes(.7, f * (1 if k % 2 else 1.19), [(1, 1, .3), (2.4, .5, .2), (4.1, .3, .1)]), .7))
        t += 1.7
    return s.place(t + .5, ev)


@kind("doorbell", "doorbell", "门铃")
def _(s):
    f = s.at(560, 720)
    part = [(1, 1, .9), (2, .4, .5), (2.98, .25, .3), (4.2, .15, .15)]
    drop = s.r.choice((.794, .749, .667))
    ev = [(.05, s.modes(2, f, part), 1), (.6, s.modes(2.4, f * drop, part), 1)]
    if s.r.random() < .4:
        ev += [(1.6, s.modes(2, f, part), .9), (2.15, s.modes(2, f * drop, part), .9)]
    return s.place(4.2 if len(ev) > 2 else 2.8, ev)


@kind("music box", "music box", "音乐盒")
def _(s):
    steps = (0, 2, 4, 5, 7, 9, 11, 12, 14, 16)
    base, ev, t, k = s.at(780, 1050), [], .1, s.r.randrange(3, 7)
    gap = s.at(.2, .3)
    while t < 3.6:
        f = base * 2 ** (steps[k] / 12)
        ev.append((t, s.modes(1.6, f, [(1, 1, .7), (2.0, .2, .3), (6.2, .35, .08), (3.0, .1, .2)]), .8))
        if s.r.random() < .3:
            ev.append((t, s.modes(1.6, f / 2, [(1, 1, .8), (6.2, .2, .08)]), .6))
        k = max(0, min(len(steps) - 1, k + s.r.choice((-2, -1, -1, 1, 1, 2))))
        t += gap * s.r.choice((1, 1, 1, 2))
    return s.place(4.9, ev)


@kind("pouring", "pouring a drink", "倒水声")
def _(s):
    n = s.at(2.6, 3.8)
    ev, t = [], .1
    while t < n - .3:
        u = t / n
        t += s.r.expovariate(65)
        d = s.at(.012, .045)
        f = np.linspace(1, s.at(1.1, 1.5), int(d * RATE)) * s.at(420, 700) * (1 + 1.2 * u) * s.at(.7, 1.6)
        ev.append((t, np.sin(s.sweep(f)) * np.exp(-np.arange(len(f)) / len(f) * 4), s.at(.2, .8)))
    splash = s.shape(s.noise(n), 700, 4500) * .12 * (1 + .5 * s.drift(n, 4, 20))
    return s.place(n, ev) + splash


@kind("sizzling pan", "sizzling pan", "煎锅滋滋声")
def _(s):
    n, ev, t = s.at(3, 4.2), [], .1
    while t < n:
        t += s.r.expovariate(90)
        ev.append((t, s.click(.015, s.at(1500, 3500), 7600, s.at(.0008, .003)), s.at(.1, 1) ** 2))
    env = np.clip(s.time(n) / .15, 0, 1)
    return (s.shape(s.noise(n), 3000, 7600) * .22 * (1 + .3 * s.drift(n, 2, 15)) + s.place(n, ev) * .8) * env


@kind("lamp switch", "lamp switch", "台灯开关声")
def _(s):
    x = s.click(.06, 700, 6000, .006) + s.modes(.06, s.at(900, 1700), [(1, .7, .008), (2.4, .4, .005)])
    return s.place(1.4, [(.15, x, 1), (.17, x, .4), (s.at(.7, .95), x, .9)])


@kind("singing bowl", "singing bowl", "颂钵")
def _(s):
    x = s.modes(4.8, s.at(190, 330), [(1, 1, 3), (1.004, .8, 3), (2.71, .7, 2), (2.715, .5, 2), (5.1, .35, 1.1), (8.0, .15, .5)])
    return x + np.pad(s.shape(s.noise(.05), 200, 2000) * np.exp(-s.time(.05) / .01), (0, len(x) - 800)) * .5


@kind("footsteps", "footsteps", "脚步声")
def _(s):
    ev, t, gap = [], .1, s.at(.42, .6)
    while t < 3:
        heel = s.modes(.1, s.at(120, 190), [(1, 1, .02), (2.3, .4, .01)]) + s.click(.1, 500, 3500, .008)
        ev += [(t, heel, s.at(.8, 1)), (t + s.at(.07, .1), s.click(.06, 400, 4000, .012), .4)]
        t += gap * s.at(.95, 1.05)
    return s.place(3.3, ev)
