"""Training material for the speech branch: clips, augmentation, batches as the app would hear them."""
import io

import numpy as np
import scipy.fft
import soundfile
import torch
import torch.nn.functional as F

from common import _HANN, _MEL, FFT, FRAME, HOP, HOP_WINDOW, LOG_OFFSET, MAX_WINDOWS, PEAK, RATE, WINDOW, jsonl, level, trim
from sayings import DRINKS
from teachers import BEFORE, STEP

SHORT, MIDDLE = 32000, 38400       # single words are trained on 2 s, phrases on 2.4 s


def clips(paths, name):
    for r in jsonl(paths.data / name / "manifest.jsonl"):
        with open(paths.data / name / r["tar"], "rb") as f:
            f.seek(r["offset"])
            wave, rate = soundfile.read(io.BytesIO(f.read(r["length"])), dtype="float32")
        yield r, wave


def human(paths):
    """(kind, meaning, wave) of the people who may be trained on: Mandarin words, then orders of drinks."""
    out = [("zh", r["zh"], w) for r, w in clips(paths, "audio-mandarin") if r["split"] == "train"]
    return out + [("order", r["slots"]["coffeeDrink"], w) for r, w in clips(paths, "audio-speech") if r["split"] == "train"]


# ---- augmentation --------------------------------------------------------------------------

def noise(n, rng):
    """White to brown noise, or a hum, unit peak."""
    spectrum = np.fft.rfft(rng.standard_normal(n))
    f = np.arange(len(spectrum)) + 1.0
    wave = np.fft.irfft(spectrum / f ** rng.uniform(0, 1.1), n)
    if rng.random() < 0.2:
        wave = wave / np.abs(wave).max() + rng.uniform(0.2, 1) * np.sin(2 * np.pi * rng.choice([50, 60, 100, 120, 1000]) * np.arange(n) / RATE)
    return (wave / np.abs(wave).max()).astype(np.float32)


class Rough:
    """Rooms, equalisers and noises for a whole batch at once (one transform there and back)."""

    TAIL = 8000

    def __init__(self, seed=3, rooms=150, noises=40, loudness=(-45, -9)):
        self.loudness = loudness        # of the noise, dB below the clip's peak
        rng = np.random.default_rng(seed)
        self.tails = np.zeros((rooms, self.TAIL), np.float32)
        for t in self.tails:
            n = int(rng.uniform(0.05, 0.45) * RATE)
            t[:n] = rng.standard_normal(n) * np.exp(-np.arange(n) / (n * rng.uniform(0.1, 0.35)))
            t[0] = np.abs(t).max() * rng.uniform(2, 8)
        self.noises = np.stack([noise(3 * WINDOW, rng) for _ in range(noises)])
        self.spectra = {}

    def __call__(self, waves, rng, strength=1.0):
        count, n = waves.shape
        full = n + self.TAIL
        if full not in self.spectra:
            self.spectra[full] = torch.fft.rfft(torch.from_numpy(self.tails), full)
        s = torch.fft.rfft(torch.from_numpy(waves), full)
        knots = torch.from_numpy(np.where(rng.random((count, 1)) < 0.5 * strength, rng.uniform(-9, 6, (count, 7)), 0).astype(np.float32))
        s = s * 10 ** (F.interpolate(knots[:, None], s.shape[1], mode="linear", align_corners=True)[:, 0] / 20)
        wet = np.flatnonzero(rng.random(count) < 0.4 * strength)
        s[wet] = s[wet] * self.spectra[full][rng.integers(0, len(self.tails), len(wet))]
        out = torch.fft.irfft(s, full)[:, :n].numpy()
        out = out / (np.abs(out).max(1, keepdims=True) + 1e-9)
        for k in np.flatnonzero(rng.random(count) < 0.65 * strength):
            at = rng.integers(0, self.noises.shape[1] - n + 1)
            out[k] += self.noises[rng.integers(len(self.noises)), at: at + n] * 10 ** (rng.uniform(*self.loudness) / 20)
        return (out * (PEAK / (np.abs(out).max(1, keepdims=True) + 1e-9))).astype(np.float32)


def quick_mel(waves):
    """`common.log_mel` faster, for training; the same numbers to 1e-3."""
    frames = torch.from_numpy(waves).unfold(1, FRAME, HOP) * torch.from_numpy(_HANN)
    return torch.log(torch.from_numpy(scipy.fft.rfft(frames.numpy(), FFT)).abs() @ torch.from_numpy(_MEL) + LOG_OFFSET).numpy()


def hide(mel, rng):
    """Blank a band and a stretch of time in each."""
    for m in mel:
        if rng.random() < 0.5:
            f = rng.integers(0, 56)
            m[:, f: f + rng.integers(2, 9)] = m.mean()
        if rng.random() < 0.3:
            t = rng.integers(0, len(m) - 20)
            m[t: t + rng.integers(4, 20)] = m.mean()
    return mel


_STRETCH = [np.stack([np.interp(np.arange(64) * f, np.arange(64), row, left=0, right=0) for row in np.eye(64)]).astype(np.float32)
            for f in np.linspace(0.85, 1.18, 12)]


def shift(mel, rng):
    """Stretch the mel axis of half of the clips: other vocal tracts."""
    for m in mel:
        if rng.random() < 0.5:
            w = _STRETCH[rng.integers(len(_STRETCH))]
            low = m.min()
            m[:] = (m - low) @ w + low
    return mel


# ---- clips and batches -----------------------------------------------------------------------

class Speech:
    """All synthetic training clips: waves, and (meaning, language, voice, part, manner) of each."""

    def __init__(self, paths, names=("speech_espeak.npz", "speech_pico.npz", "speech_others.npz")):
        names = [n for n in names if (paths.work / n).exists()]
        z = [np.load(paths.work / n) for n in names]
        self.data, self.what = [self.mapped(paths.work / n, x) for n, x in zip(names, z)], np.concatenate([x["what"] for x in z])
        self.at = [(k, a, b) for k, x in enumerate(z) for a, b in zip(np.concatenate([[0], x["ends"][:-1]]), x["ends"])]
        self.ends = self.at

    def mapped(self, file, z):
        """The samples stay on disk: a gigabyte that training need not hold."""
        flat = file.with_suffix(".npy")
        if not flat.exists():
            np.save(flat, z["wave"])
        return np.load(flat, mmap_mode="r")

    def wave(self, i):
        k, a, b = self.at[i]
        return level(self.data[k][a:b].astype(np.float32))


class Material:
    """Draws batches: log-mels, numbers of the meanings, and teacher rows (NaN where there are none)."""

    def __init__(self, paths, seed):
        self.rng, self.rough, self.speech = np.random.default_rng(seed), Rough(loudness=(-34, -7)), Speech(paths)
        w = self.speech.what
        self.people = [(kind, what, level(trim(wave))) for kind, what, wave in human(paths)]
        keys = list(dict.fromkeys([("en", d) for d in DRINKS] + [(l, m) for m, l, _, _, manner in w if manner == "word"]
                                  + [("zh", what) for kind, what, _ in self.people if kind == "zh"]))
        self.single = len(keys)
        self.meanings = list(dict.fromkeys(keys + [(l, m) for m, l, _, _, _ in w]))
        number = {k: i for i, k in enumerate(self.meanings)}
        self.target = np.array([number[(l, m)] for m, l, *_ in w])
        self.people_target = np.array([number[("zh" if k == "zh" else "en", what)] for k, what, _ in self.people])
        manner, real = w[:, 4], ~(np.char.startswith(w[:, 2], "en-") | np.char.startswith(w[:, 2], "cmn"))       # all but espeak-ng
        pick = lambda *names: [np.flatnonzero(np.isin(manner, names) & (real == r)) for r in (False, True)]
        self.words, self.phrases, self.wishes, self.orders = (pick(n) for n in ("word", "phrase", "wish", "order"))
        self.mandarin = [i for i, p in enumerate(self.people) if p[0] == "zh"]
        self.ordered = [i for i, p in enumerate(self.people) if p[0] == "order"]
        self.taught, self.people_rows = {}, [None] * len(self.people)
        self.teacher_mean, self.teacher_spread = np.zeros(96, np.float32), np.ones(96, np.float32)
        if (paths.work / "taught.npz").exists():
            self.read_taught(paths.work / "taught.npz")
        mine = set(self.taught)
        self.word_taught = [i for i in np.concatenate(self.words) if i in mine]
        self.phrase_taught, self.wish_taught = ([i for i in np.concatenate(x) if i in mine] for x in (self.phrases, self.wishes))

    def read_taught(self, file):
        t = np.load(file)
        table, ends, pick = t["rows"], t["ends"], t["pick"]      # each reading of an npz field loads it anew
        lines = [table[a:b] for a, b in zip(np.concatenate([[0], ends[:-1]]), ends)]
        self.taught, self.people_rows = dict(zip(pick.tolist(), lines)), lines[len(pick):]
        self.teacher_mean, self.teacher_spread = table.astype(np.float32).mean(0), table.astype(np.float32).std(0) + 1e-3

    def place(self, out, wave, rows, into, at):
        out[at: at + len(wave)] = wave[: len(out) - at]
        if rows is not None:
            first = at // STEP - BEFORE
            for k in range(max(0, first), min(len(into), first + len(rows))):
                into[k] = rows[k - first]

    def quicker(self, w, rows, low=0.85, high=1.2):
        """Most clips change speed; then their teacher rows no longer hold."""
        if self.rng.random() < 0.6:
            f = self.rng.uniform(low, high)
            return np.interp(np.arange(0, len(w) - 1, f), np.arange(len(w)), w).astype(np.float32), None
        return w, rows

    def said(self, n, kinds, taught, span, people=0.0):
        """n clips of `span` samples: most of them by the recorded voices, a share by people."""
        waves, target, rows = np.zeros((n, span), np.float32), np.zeros(n, np.int64), np.full((n, span // STEP - 9, 96), np.nan, np.float32)
        for k in range(n):
            r = self.rng.random()
            if people and r < people:
                i = self.rng.choice(self.mandarin)
                w, line, target[k] = self.people[i][2], self.people_rows[i], self.people_target[i]
                w, line = self.quicker(w, line)
            elif taught and r > 0.9:
                i = taught[self.rng.integers(len(taught))]
                w, line, target[k] = self.speech.wave(i), self.taught[i], self.target[i]
            else:
                pool = kinds[int(self.rng.random() < 0.6)]
                i = pool[self.rng.integers(len(pool))]
                target[k] = self.target[i]
                w, line = self.quicker(self.speech.wave(i), self.taught.get(int(i)))
            w = w[:span]
            at = self.rng.integers(0, min(span - len(w), 16000) // STEP + 1) * STEP if self.rng.random() < 0.5 else 0
            if line is None:
                at = self.rng.integers(0, min(span - len(w), 16000) + 1)
            self.place(waves[k], w, line, rows[k], at)
        return self.mel(waves), target, rows

    def mel(self, waves):
        m = quick_mel(self.rough(waves, self.rng))
        return hide(shift(m, self.rng), self.rng)

    def orders_heard(self, n, people=0.6):
        """n whole orders cut into windows as the app does: mels, the clip of each window, drinks, teacher rows."""
        out, target, whose, rows = [], np.zeros(n, np.int64), [], []
        long = np.zeros((n, MAX_WINDOWS * HOP_WINDOW + HOP_WINDOW), np.float32)
        lines, length = [None] * n, np.zeros(n, int)
        for k in range(n):
            if self.rng.random() < people:
                i = self.rng.choice(self.ordered)
                w, line, target[k] = self.people[i][2], self.people_rows[i], self.people_target[i]
            else:
                pool = self.orders[int(self.rng.random() < 0.6)]
                i = pool[self.rng.integers(len(pool))]
                w, line, target[k] = self.speech.wave(i), self.taught.get(int(i)), self.target[i]
            w, line = self.quicker(w, line, 0.85, 1.15)
            at = self.rng.integers(0, 8) * STEP if self.rng.random() < 0.5 else 0
            w = w[: long.shape[1] - at]
            length[k] = at + len(w)
            into = np.full((long.shape[1] // STEP, 96), np.nan, np.float32)
            self.place(long[k], w, line, into, at)
            lines[k] = into
        long = self.rough(long, self.rng)
        for k in range(n):
            starts = [s for s in range(0, max(1, length[k]), HOP_WINDOW) if s == 0 or length[k] - s >= RATE][:MAX_WINDOWS]
            for s in starts if length[k] > WINDOW else [0]:
                part = np.zeros(WINDOW, np.float32)
                piece = long[k, s: min(s + WINDOW, length[k])]
                part[: len(piece)] = piece
                out.append(part), whose.append(k), rows.append(lines[k][s // STEP: s // STEP + 41])
        mel = hide(shift(quick_mel(np.stack(out)), self.rng), self.rng)
        return mel, np.array(whose), target, np.stack([np.pad(r, ((0, 41 - len(r)), (0, 0)), constant_values=np.nan) for r in rows])
