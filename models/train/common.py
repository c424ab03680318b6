"""What every step shares: folders, seeds, and the preprocessing contract of the bundle.

The functions `pixels_of`, `sound_windows` and `log_mel` are the reference for the app's own
code: whatever the encoders see, in training or in use, has gone through exactly these steps.
"""
import json
import os
import random
import time
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

DIM = 256
SIZE = 128
MEAN, SCALE = 127.0, 0.0078431377
RATE, WINDOW, HOP_WINDOW, MAX_WINDOWS = 16000, 64000, 32000, 5
FRAME, HOP, FFT, MELS, MEL_LOW, MEL_HIGH, LOG_OFFSET, PEAK = 400, 160, 512, 64, 125.0, 7500.0, 0.001, 0.9
MAX_TOKENS, PAD_ID, UNK_ID = 64, 0, 1
UNLICENSED = {"fashion44k", "electronics", "taobao_titles_zh", "shop_queries_zh"}


class Paths:
    """Where the data is read, where intermediate files go, and which sets may be used."""

    def __init__(self, data=None, work=None, licensed_only=False):
        data = data or os.environ.get("VITRINE_DATA")
        if not data:
            raise SystemExit("name the data folder with --data or VITRINE_DATA")
        self.data = Path(data)
        self.work = Path(work or "work")
        self.work.mkdir(parents=True, exist_ok=True)
        self.licensed_only = licensed_only

    def allowed(self, name):
        return not (self.licensed_only and name in UNLICENSED)

    def log(self, *words):
        line = " ".join(str(w) for w in words)
        print(line, flush=True)
        with open(self.work / "train.log", "a", encoding="utf8") as f:
            f.write(line + "\n")


def seed_all(seed=7):
    import torch

    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    torch.set_num_threads(1)


class Clock:
    """How far a training is: by its own CPU time, or by the wall where `latest` minutes are set."""

    def __init__(self, minutes, latest=None):
        self.minutes, self.latest, self.cpu, self.wall = minutes, latest, time.process_time(), time.time()

    def spent(self):
        """CPU minutes so far."""
        return (time.process_time() - self.cpu) / 60

    def done(self):
        share = self.spent() / self.minutes
        return max(share, (time.time() - self.wall) / (self.latest * 60)) if self.latest else share


def jsonl(path):
    with open(path, encoding="utf8") as f:
        return [json.loads(line) for line in f if line.strip()]


# ---- pictures ------------------------------------------------------------------------------

def flatten(image):
    """Upright by EXIF, transparency laid over white, RGB."""
    image = ImageOps.exif_transpose(image)
    if image.mode in ("RGBA", "LA", "PA") or "transparency" in image.info:
        image = image.convert("RGBA")
        white = Image.new("RGBA", image.size, (255, 255, 255, 255))
        image = Image.alpha_composite(white, image)
    return image.convert("RGB")


def fit(image, size=SIZE):
    """Longest side to `size` (triangle filter), centred on a white square."""
    w, h = image.size
    scaled = lambda short, long: max(1, int(short * size / long + 0.5))
    w2, h2 = (size, scaled(h, w)) if w >= h else (scaled(w, h), size)
    image = image.resize((w2, h2), Image.BILINEAR)
    square = Image.new("RGB", (size, size), (255, 255, 255))
    square.paste(image, ((size - w2) // 2, (size - h2) // 2))
    return np.asarray(square)


def pixels_of(u8):
    """u8 [n, h, w, 3] -> f32 [n, 3, h, w] as the graph wants it."""
    return np.ascontiguousarray((u8.astype(np.float32) - MEAN).transpose(0, 3, 1, 2) * np.float32(SCALE))


# ---- sounds --------------------------------------------------------------------------------

def mel_matrix():
    """HTK mel triangles without area normalisation, [257, 64], as in YAMNet."""
    hz_to_mel = lambda f: 1127.0 * np.log(1.0 + f / 700.0)
    bins = hz_to_mel(np.arange(1, FFT // 2 + 1) * RATE / FFT)[:, None]
    edges = np.linspace(hz_to_mel(MEL_LOW), hz_to_mel(MEL_HIGH), MELS + 2)
    low, mid, high = edges[None, :-2], edges[None, 1:-1], edges[None, 2:]
    weights = np.maximum(0.0, np.minimum((bins - low) / (mid - low), (high - bins) / (high - mid)))
    return np.vstack([np.zeros((1, MELS)), weights]).astype(np.float32)  # the DC bin counts for nothing


_MEL = mel_matrix()
_HANN = (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(FRAME) / FRAME)).astype(np.float32)


def trim(wave):
    """Cut silent edges: 20 ms frames below 1 % of the loudest frame's RMS, keeping 100 ms."""
    n = 320
    frames = (len(wave) + n - 1) // n
    if frames == 0:
        return wave
    padded = np.zeros(frames * n, np.float32)
    padded[: len(wave)] = wave
    rms = np.sqrt((padded.reshape(frames, n).astype(np.float64) ** 2).mean(1))
    loud = np.flatnonzero(rms >= 0.01 * rms.max())
    if rms.max() <= 0 or len(loud) == 0:
        return wave
    margin = RATE // 10
    return wave[max(0, loud[0] * n - margin): min(len(wave), (loud[-1] + 1) * n + margin)]


def level(wave):
    """Peak to 0.9."""
    top = np.abs(wave).max() if len(wave) else 0.0
    return (wave * np.float32(PEAK / top)).astype(np.float32) if top > 0 else wave.astype(np.float32)


def sound_windows(wave):
    """Any mono 16 kHz clip -> f32 [n, 64000], 1 <= n <= 5."""
    wave = level(trim(np.asarray(wave, np.float32)))
    starts = [0]
    if len(wave) > WINDOW:
        starts = list(range(0, len(wave), HOP_WINDOW))[:MAX_WINDOWS]  # every 2 s while 1 s of sound is left
        starts = [s for s in starts if s == 0 or len(wave) - s >= RATE]
    out = np.zeros((len(starts), WINDOW), np.float32)
    for i, s in enumerate(starts):
        part = wave[s: s + WINDOW]
        out[i, : len(part)] = part
    return out


def log_mel(windows):
    """f32 [n, samples] -> f32 [n, frames, 64]; 398 frames for 4 s."""
    n = windows.shape[1]
    count = 1 + (n - FRAME) // HOP
    frames = np.lib.stride_tricks.sliding_window_view(windows, FRAME, axis=1)[:, : (count - 1) * HOP + 1: HOP]
    spectrum = np.abs(np.fft.rfft(frames * _HANN, FFT, axis=2)).astype(np.float32)
    return np.log(spectrum @ _MEL + np.float32(LOG_OFFSET)).astype(np.float32)
