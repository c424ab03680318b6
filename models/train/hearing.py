"""The sound tower: material, teachers, training and measures.

Stage 1 teaches the frames: the speech embedding's 96 numbers every 80 ms on spoken clips, YAMNet's
1,024 numbers every 0.48 s on sounds. Stage 2, at the same time, pulls whole clips to the text
tower's vector of the word or label. The teachers are not shipped and no weight of theirs is copied.

A second run starts from the first and holds the batch normalisation still: spoken and sound batches
have unlike statistics, and a tower that trained on each batch's own does badly on the running mean
of both.
"""
import io
import json
import random

import numpy as np
import soundfile
import torch
import torch.nn as nn
import torch.nn.functional as F

from common import _HANN, _MEL, FFT, FRAME, HOP, LOG_OFFSET, PEAK, RATE, WINDOW, jsonl, level, seed_all, trim
from export import session
from towers import AudioTower, unit

SPAN = 32000                      # spoken words are trained on 2 s
STEP = 1280                       # one feature row: 80 ms
ESC = {"Dog bark": ("dog barking", "狗叫声"), "Rain": ("rain", "下雨声"), "Sea waves": ("sea waves", "海浪声"), "Baby cry": ("baby crying", "婴儿哭声"),
       "Clock tick": ("clock ticking", "时钟滴答声"), "Person sneeze": ("person sneezing", "打喷嚏"), "Helicopter": ("helicopter", "直升机"),
       "Chainsaw": ("chainsaw", "电锯"), "Rooster": ("rooster crowing", "公鸡打鸣"), "Fire crackling": ("fire crackling", "火焰噼啪声")}


def clips(paths, name):
    for r in jsonl(paths.data / name / "manifest.jsonl"):
        with open(paths.data / name / r["tar"], "rb") as f:
            f.seek(r["offset"])
            wave, rate = soundfile.read(io.BytesIO(f.read(r["length"])), dtype="float32")
        yield r, wave


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

    def __init__(self, seed=3, rooms=150, noises=40):
        rng = np.random.default_rng(seed)
        self.tails = np.zeros((rooms, self.TAIL), np.float32)
        for t in self.tails:
            n = int(rng.uniform(0.05, 0.45) * RATE)
            t[:n] = rng.standard_normal(n) * np.exp(-np.arange(n) / (n * rng.uniform(0.1, 0.35)))
            t[0] = np.abs(t).max() * rng.uniform(2, 8)
        self.noises = np.stack([noise(2 * WINDOW, rng) for _ in range(noises)])
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
            out[k] += self.noises[rng.integers(len(self.noises)), at: at + n] * 10 ** (rng.uniform(-45, -9) / 20)
        return (out * (PEAK / (np.abs(out).max(1, keepdims=True) + 1e-9))).astype(np.float32)


def roughen(wave, rng, strength=1.0, _made=[]):
    """The same for one clip."""
    if not _made:
        _made.append(Rough())
    return _made[0](wave[None], rng, strength)[0]


def quick_mel(waves):
    """`common.log_mel` by torch, for training; the same numbers to 1e-3."""
    frames = torch.from_numpy(waves).unfold(1, FRAME, HOP) * torch.from_numpy(_HANN)
    return torch.log(torch.fft.rfft(frames, FFT).abs() @ torch.from_numpy(_MEL) + LOG_OFFSET).numpy()


# ---- teachers ------------------------------------------------------------------------------

class SpeechTeacher:
    """16 kHz -> 96 numbers every 80 ms; row k looks at samples k*1280 .. k*1280 + 12,400."""

    def __init__(self, folder):
        self.mel, self.net = session(folder / "speech_melspectrogram.onnx"), session(folder / "speech_embedding.onnx")

    def __call__(self, wave):
        x = np.concatenate([wave, np.zeros(400, np.float32)]) * 32767
        mel = self.mel.run(None, {self.mel.get_inputs()[0].name: x[None].astype(np.float32)})[0].squeeze() / 10 + 2
        parts = np.stack([mel[s: s + 76] for s in range(0, len(mel) - 75, 8)])[..., None].astype(np.float32)
        return self.net.run(None, {self.net.get_inputs()[0].name: parts})[0].reshape(-1, 96)


class Yamnet:
    """15,600 samples -> 1,024 numbers."""

    def __init__(self, folder):
        from ai_edge_litert.interpreter import Interpreter, OpResolverType

        self.net = Interpreter(str(folder / "yamnet_classifier_meta.tflite"), num_threads=1, experimental_preserve_all_tensors=True,
                               experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES)
        self.net.allocate_tensors()
        self.at = self.net.get_input_details()[0]["index"]
        pooled = next(t for t in self.net.get_tensor_details() if t["name"].endswith("layer28/reduce_mean"))
        self.out, (self.gain, self.zero) = pooled["index"], pooled["quantization"]

    def __call__(self, wave, step=7680):
        out = []
        for s in range(0, max(1, len(wave) - 15600 + 1), step):
            self.net.set_tensor(self.at, wave[s: s + 15600].reshape(self.net.get_input_details()[0]["shape"]))
            self.net.invoke()
            out.append((self.net.get_tensor(self.out).reshape(-1).astype(np.float32) - self.zero) * self.gain)
        return np.stack(out)


# ---- material ------------------------------------------------------------------------------

def prepare(paths, taught=5000, variants=8):
    """speech_taught.npz (clean 2 s clips with teacher rows) and sounds.npz (4 s clips with teacher rows)."""
    if not (paths.work / "sounds.npz").exists():
        rng = np.random.default_rng(2)
        yam = Yamnet(paths.data / "weights")
        waves, rows, label, fold = [], [], [], []
        source = [(r["label"], r["fold"], w) for r, w in clips(paths, "audio-esc10")]
        for name, part, wave in source:
            wave = level(trim(wave))
            for v in range(variants if part <= 3 else 1):
                w = wave
                if v:
                    k = rng.uniform(0.8, 1.2)
                    w = np.interp(np.arange(0, len(w) - 1, k), np.arange(len(w)), w).astype(np.float32)
                    start = rng.integers(0, max(1, len(w) - WINDOW + 1))
                    w = w[start: start + WINDOW]
                    if len(w) < WINDOW and rng.random() < 0.5:
                        w = np.concatenate([np.zeros(rng.integers(0, WINDOW - len(w) + 1), np.float32), w])
                    if rng.random() < 0.6:
                        w = roughen(w, rng, 0.8)
                w = level(w[:WINDOW])
                x = np.zeros(WINDOW, np.float32)
                x[: len(w)] = w
                waves.append((x * 32767).astype(np.int16)), rows.append(yam(x).astype(np.float16)), label.append(name), fold.append(part)
        np.savez(paths.work / "sounds.npz", wave=np.stack(waves), rows=np.stack(rows), label=np.array(label), fold=np.array(fold))
        paths.log("sounds:", len(waves), rows[0].shape)
    if not (paths.work / "speech_taught.npz").exists():
        rng = np.random.default_rng(4)
        teach = SpeechTeacher(paths.data / "weights")
        s = Speech(paths)
        pick = rng.permutation(s.of["train"])[:taught]
        waves, rows = [], []
        for i in pick:
            x = np.zeros(SPAN, np.float32)
            w = s.wave(i)[: SPAN]
            x[: len(w)] = w
            at = np.roll(x, rng.integers(0, max(1, SPAN - len(w) + 1)))
            waves.append((at * 32767).astype(np.int16)), rows.append(teach(at).astype(np.float16))
        np.savez(paths.work / "speech_taught.npz", wave=np.stack(waves), rows=np.stack(rows), index=pick)
        paths.log("speech taught:", len(waves), rows[0].shape)


class Speech:
    def __init__(self, paths):
        z = np.load(paths.work / "speech.npz")
        self.data, self.ends, self.what = z["wave"], z["ends"], z["what"]
        self.of = {p: np.flatnonzero(self.what[:, 3] == p) for p in ("train", "voice", "flite", "synth")}

    def wave(self, i):
        return level(self.data[self.ends[i - 1] if i else 0: self.ends[i]].astype(np.float32))


def text_vectors(text, reader, words):
    with torch.no_grad():
        return torch.cat([text(*reader(words[a: a + 256])) for a in range(0, len(words), 256)])


class Material:
    """Draws training batches of augmented log-mels with their targets."""

    def __init__(self, paths, seed, wide=False):
        self.wide = wide            # more of the recorded voices, vowels shifted, sounds mixed
        self.rng = np.random.default_rng(seed)
        self.rough = Rough()
        self.speech = Speech(paths)
        w = self.speech.what
        human = []
        for r, wave in clips(paths, "audio-mandarin"):
            if r["split"] == "train":
                human.append((r["zh"], level(trim(wave))[: SPAN]))
        self.human = human
        self.words = sorted({(x[1], x[0]) for x in w}) + [("zh", z) for z in sorted({z for z, _ in human} - {x[0] for x in w if x[1] == "zh"})]
        self.number = {x: i for i, x in enumerate(self.words)}
        self.train = self.speech.of["train"]
        self.target = np.array([self.number[(w[i][1], w[i][0])] for i in self.train])
        self.recorded = np.flatnonzero([w[i][2].startswith("flite") for i in self.train])
        t = np.load(paths.work / "speech_taught.npz")
        self.taught_wave, self.taught_rows = t["wave"], t["rows"]
        self.taught_target = np.array([self.number[(w[i][1], w[i][0])] for i in t["index"]])
        z = np.load(paths.work / "sounds.npz")
        keep = z["fold"] <= 3
        self.sound_wave, self.sound_rows, self.sound_label = z["wave"][keep], z["rows"][keep], z["label"][keep]
        extra = paths.work / "rendered.npz"
        if extra.exists():
            e = np.load(extra)
            self.sound_wave = np.concatenate([self.sound_wave, e["wave"]])
            self.sound_rows = np.concatenate([self.sound_rows, e["rows"]])
            self.sound_label = np.concatenate([self.sound_label, e["label"]])
        self.labels = list(ESC) + sorted(set(self.sound_label) - set(ESC))
        self.share = np.array([1.0 / np.sum(self.sound_label == l) for l in self.sound_label])
        self.share /= self.share.sum()

    def spoken(self, n, taught):
        """n clips of 2 s: mels, word numbers, teacher rows (NaN where the clip was not taught)."""
        waves, target, rows = np.zeros((n, SPAN), np.float32), np.zeros(n, np.int64), np.full((n, 16, 96), np.nan, np.float32)
        for k in range(n):
            r = self.rng.random()
            if k < taught:
                i = self.rng.integers(len(self.taught_wave))
                waves[k], target[k] = self.taught_wave[i].astype(np.float32) / 32767, self.taught_target[i]
                rows[k, : self.taught_rows.shape[1]] = self.taught_rows[i][:16]
                continue
            if r < 0.1:
                word, w = self.human[self.rng.integers(len(self.human))]
                target[k] = self.number[("zh", word)]
            else:
                i = self.rng.choice(self.recorded) if self.wide and r < 0.4 else self.rng.integers(len(self.train))
                w, target[k] = self.speech.wave(self.train[i]), self.target[i]
            if self.rng.random() < 0.6:
                f = self.rng.uniform(0.8, 1.25) if self.wide else self.rng.uniform(0.85, 1.18)
                w = np.interp(np.arange(0, len(w) - 1, f), np.arange(len(w)), w).astype(np.float32)
            w = w[: SPAN]
            at = self.rng.integers(0, min(SPAN - len(w), 16000) + 1)
            waves[k, at: at + len(w)] = w
        return self.rough(waves, self.rng), target, rows

    def sounds(self, n, mixed=0):
        """n clips of 4 s, the last `mixed` of them two sounds at once: label numbers of both, the first's share, teacher rows."""
        i = self.rng.choice(len(self.sound_wave), n, p=self.share)
        x = self.sound_wave[i].astype(np.float32) / 32767
        target = np.array([self.labels.index(l) for l in self.sound_label[i]])
        second, share = target.copy(), np.ones(n, np.float32)
        for k, j in zip(range(n - mixed, n), self.rng.choice(len(self.sound_wave), mixed, p=self.share)):
            share[k], second[k] = self.rng.uniform(0.5, 1), self.labels.index(self.sound_label[j])
            other = np.roll(self.sound_wave[j].astype(np.float32) / 32767, self.rng.integers(WINDOW))
            x[k] = share[k] * np.roll(x[k], self.rng.integers(WINDOW)) + (1 - share[k]) * other
            if self.rng.random() < 0.3:
                x[k, self.rng.integers(24000, WINDOW):] = 0
        return self.rough(x, self.rng, 0.5), target, second, share, self.sound_rows[i].astype(np.float32)


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
            for f in np.linspace(0.88, 1.12, 9)]


def shift(mel, rng):
    """Stretch the mel axis of half of the clips: other vocal tracts."""
    for m in mel:
        if rng.random() < 0.5:
            w = _STRETCH[rng.integers(len(_STRETCH))]
            low = m.min()
            m[:] = (m - low) @ w + low
    return mel


def names_of(labels, paths):
    """(English, Chinese) of a sound label; rendered sounds carry both in rendered.json."""
    extra = json.loads((paths.work / "rendered.json").read_text(encoding="utf8")) if (paths.work / "rendered.json").exists() else {}
    return [ESC.get(l) or tuple(extra[l]) for l in labels]


def steady(tower, m, rounds=8):
    """Batch statistics of spoken words and sounds together, from the start; afterwards they stand still."""
    norms = [x for x in tower.modules() if isinstance(x, (nn.BatchNorm1d, nn.BatchNorm2d))]
    for x in norms:
        x.reset_running_stats()
        x.momentum = None
    tower.train()
    with torch.no_grad():
        for _ in range(rounds):
            tower(torch.from_numpy(quick_mel(m.sounds(24)[0])))
            for _ in range(2):
                tower(torch.from_numpy(quick_mel(m.spoken(64, 0)[0])))
    tower.eval()


def train(paths, text, reader, minutes=15, batch=64, seed=5, start=None, lr=2e-3, name="audio.pt", latest=None):
    """Trains for a given CPU time (the schedule follows the clock of the process), or until `latest` minutes
    have passed on the wall. With `start` it goes on from an earlier run: normalisation held still, wider
    augmentation, English and Chinese labels as two tables, and no contest between a word and its translation."""
    import time

    seed_all(seed)
    more = start is not None
    m = Material(paths, seed, wide=more)
    tower, speech_head, sound_head = AudioTower(), nn.Conv1d(256, 96, 9, padding=0), nn.Linear(256, 1024)
    tower.trunk.to(memory_format=torch.channels_last)
    if more:
        s = torch.load(start)
        tower.load_state_dict(s["tower"]), speech_head.load_state_dict(s["speech"]), sound_head.load_state_dict(s["sound"])
        steady(tower, m)
    words = text_vectors(text, reader, [w for _, w in m.words])
    lang = np.array([l for l, _ in m.words])
    alike = (words @ words.T > 0.6) & torch.from_numpy(lang[:, None] != lang[None])
    names = names_of(m.labels, paths)
    tables = [text_vectors(text, reader, [n[k] for n in names]) for k in (0, 1)]
    if not more:
        tables = [F.normalize(tables[0] + tables[1], dim=1)]
    mean, spread = np.nanmean(m.taught_rows.astype(np.float32), (0, 1)), np.nanstd(m.taught_rows.astype(np.float32), (0, 1)) + 1e-3
    params = list(tower.parameters()) + list(speech_head.parameters()) + list(sound_head.parameters())
    opt = torch.optim.AdamW(params, lr, weight_decay=0.02)

    def frames(mel):
        x = torch.from_numpy(hide(mel, m.rng))
        with torch.autocast("cpu", dtype=torch.bfloat16):
            return tower.frames(x).float()

    def silent(x):
        """Rows of silence behind a 2 s clip, as in the 4 s window of the app."""
        with torch.autocast("cpu", dtype=torch.bfloat16):
            row = tower.frames(torch.full((1, 64, 64), float(np.log(LOG_OFFSET)))).float()[:, :, 4:5]
        return torch.cat([x, row.expand(len(x), -1, 25)], 2)

    mixed = 10 if more else 0
    begin, wall, budget, step, sums = time.process_time(), time.time(), minutes * 60, 0, np.zeros(6)
    while True:
        done = (time.process_time() - begin) / budget
        if latest:
            done = max(done, (time.time() - wall) / (latest * 60))
        if done >= 1:
            break
        for g in opt.param_groups:
            g["lr"] = lr * min(1, (step + 1) / 100) * (0.5 + 0.5 * np.cos(np.pi * done)) + 1e-5
        tower.train(not more)
        if step % 4 == 3:
            wave, target, second, share, rows = m.sounds(32 if more else 24, mixed)
            x = frames(quick_mel(wave))
            plain = len(x) - mixed
            got = F.avg_pool1d(x[:plain], 12, 6)[:, :, : rows.shape[1]].transpose(1, 2)
            want = F.normalize(torch.from_numpy(rows[:plain, : got.shape[1]]), dim=2)
            teach = (1 - (F.normalize(sound_head(got), dim=2) * want).sum(2)).mean() * 4
            v = unit(tower.out(tower.join(x)))
            share, hard, soft = torch.from_numpy(share), torch.from_numpy(target), torch.from_numpy(second)
            loss_word = sum((share * F.cross_entropy(v @ t.T * 16, hard, reduction="none") + (1 - share) * F.cross_entropy(v @ t.T * 16, soft, reduction="none")).mean()
                            for t in tables) / len(tables)
            where, right = 3, ((v @ tables[0].T).argmax(1).numpy() == target)[:plain]
        else:
            wave, target, rows = m.spoken(batch, int(batch * (0.15 if more else max(0.15, 0.6 * (1 - done * 1.5)))))
            mel = quick_mel(wave)
            x = frames(shift(mel, m.rng) if more and step % 4 else mel)
            have = torch.from_numpy(~np.isnan(rows[:, :, 0]))
            got = speech_head(x)[:, :, :16].transpose(1, 2)
            k = min(got.shape[1], 16)
            want = (torch.from_numpy(np.nan_to_num(rows[:, :k])) - torch.from_numpy(mean)) / torch.from_numpy(spread)
            teach = ((got[:, :k] - want) ** 2).mean(2)[have[:, :k]].mean()
            if more and step % 2:
                x = silent(x)
            v = unit(tower.out(tower.join(x)))
            close = v @ words.T * 24
            if more:
                close = close.masked_fill(alike[target], -24.0)
            loss_word = F.cross_entropy(close, torch.from_numpy(target), label_smoothing=0.0 if more else 0.05)
            where, right = 0, close.detach().argmax(1).numpy() == target
        loss = loss_word + teach
        opt.zero_grad(), loss.backward()
        nn.utils.clip_grad_norm_(params, 5.0)
        opt.step()
        sums[where: where + 3] += [loss_word.item(), teach.item(), right.mean()]
        step += 1
        if step % 100 == 0:
            a, b = sums[:3] / 75, sums[3:] / 25
            paths.log("audio", step, "%.0f%%" % (100 * done), "speech: word %.2f teacher %.3f right %.3f" % tuple(a), "sound: label %.2f teacher %.3f right %.3f" % tuple(b))
            sums[:] = 0
            if step % 400 == 0:
                torch.save({"tower": tower.state_dict(), "speech": speech_head.state_dict(), "sound": sound_head.state_dict()}, paths.work / name)
    tower.eval()
    torch.save({"tower": tower.state_dict(), "speech": speech_head.state_dict(), "sound": sound_head.state_dict()}, paths.work / name)
    paths.log("audio: %d steps, %.1f CPU minutes" % (step, (time.process_time() - begin) / 60))
    return tower


# ---- measures ------------------------------------------------------------------------------

DRINKS = ["americano", "cappuccino", "coffee", "drip coffee", "espresso", "house coffee", "iced coffee", "iced mocha", "latte", "mocha"]


def evaluate(paths, enc, say):
    rows = [(r, w) for r, w in clips(paths, "audio-esc10") if r["fold"] == 4]
    names = list(ESC)
    en, zh = enc.text([ESC[n][0] for n in names]), enc.text([ESC[n][1] for n in names])
    got = np.stack([enc.audio(w) for _, w in rows])
    want = np.array([names.index(r["label"]) for r, _ in rows])
    say("ESC-10 fold 4, nearest English / Chinese label", [float(((got @ t.T).argmax(1) == want).mean()) for t in (en, zh)], [0.1])
    try:
        import drawn
        test = drawn.test_sounds(3)
        kinds = list(dict.fromkeys(k for k, *_ in test))
        names = [next((e, z) for k, e, z, _ in test if k == kind) for kind in kinds]
        v, want = np.stack([enc.audio(w) for *_, w in test]), np.array([kinds.index(k) for k, *_ in test])
        say(f"rendered product sounds, {len(kinds)} names, English / Chinese", [float(((v @ enc.text([n[k] for n in names]).T).argmax(1) == want).mean()) for k in (0, 1)], [1 / len(kinds)])
    except ImportError as e:
        print("rendered sounds left out:", e)
    if (paths.work / "speech.npz").exists():
        s, rng = Speech(paths), np.random.default_rng(9)
        for part, lang, title in (("synth", "en", "spoken English, unseen synthesiser (festival HTS)"), ("flite", "en", "spoken English, unseen flite voice"),
                                  ("voice", "en", "spoken English, unseen espeak-ng variants"), ("voice", "zh", "spoken Mandarin, unseen espeak-ng variants")):
            index = [i for i in s.of[part] if s.what[i][1] == lang]
            index = index if part != "voice" else [int(i) for i in rng.permutation(index)[:380]]
            words = sorted({str(x[0]) for x in s.what if x[1] == lang})
            some = sorted(rng.permutation(words)[:228].tolist())
            table = enc.text(words)
            for noisy in (False, True):
                wave = [s.wave(i) for i in index]
                if noisy:
                    wave = [w + noise(len(w), rng) * np.float32(np.sqrt((w ** 2).mean()) / 0.3 * 10 ** (-10 / 20)) for w in wave]
                v = np.stack([enc.audio(w) for w in wave])
                truth = [str(s.what[i][0]) for i in index]
                top = [words[k] for k in (v @ table.T).argmax(1)]
                few = [k for k, t in enumerate(truth) if t in some]
                cut = [words.index(t) for t in some]
                top2 = [some[k] for k in (v[few] @ table[cut].T).argmax(1)]
                say(title + (", noisy" if noisy else "") + f", {len(words)} / 228 words", [float(np.mean([a == b for a, b in zip(top, truth)])), float(np.mean([a == truth[k] for a, k in zip(top2, few)]))], [1 / len(words), 1 / 228])
    rows = [(r["zh"], w) for r, w in clips(paths, "audio-mandarin") if r["split"] == "dev"]
    v, t = np.stack([enc.audio(w) for _, w in rows]), enc.text([z for z, _ in rows])
    say("human Mandarin, 79 words never heard, one speaker", [float(((v @ t.T).argmax(1) == np.arange(len(rows))).mean())], [1 / len(rows)])
    rows = [(r["slots"]["coffeeDrink"], w) for r, w in clips(paths, "audio-speech") if r["split"] == "dev"]
    v, t = np.stack([enc.audio(w) for _, w in rows]), enc.text(DRINKS)
    say("human English sentences, drink named, 10-way (33)", [float(np.mean([DRINKS[k] == d for k, (d, _) in zip((v @ t.T).argmax(1), rows)]))], [0.1])
