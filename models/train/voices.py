"""Makes the spoken material: words, phrases, wishes and drink orders by several synthesisers.

espeak-ng through its library, flite, festival and pico through their programs. What is said and what it
must mean differ: "can I get a large latte please" means "latte". Held out whole, for the test: the
flite voice `slt`, festival's HTS voice, and the espeak-ng variants HELD_VARIANTS.
"""
import ctypes
import random
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import soundfile
from scipy.signal import resample_poly

from common import RATE
from sayings import DRINKS, order, phrase, wish, words_of
from words import COLOURS, CONCEPTS

VARIANTS = ["", "+m1", "+m2", "+m3", "+m4", "+m5", "+m6", "+m7", "+f1", "+f2", "+f3", "+f4", "+f5", "+klatt", "+klatt2", "+klatt4", "+Annie", "+Alex", "+belinda", "+benjamin",
            "+david", "+ed", "+john", "+linda", "+max", "+michael", "+paul", "+rob", "+steph", "+travis", "+victor", "+Andy", "+anika", "+norbert", "+shelby", "+Tweaky", "+whisper"]
HELD_VARIANTS = ["+Lee", "+Alicia", "+quincy", "+adam"]
EN_VOICES = ["en-us", "en-us", "en-gb", "en-gb-x-rp", "en-gb-scotland", "en-us"]
FLITE = ["kal16", "awb", "rms"]
FESTIVAL = ["kal_diphone", "ked_diphone"]
PICO = ["en-US", "en-GB"]


def vocabulary(lang):
    """The words of the test: first names of all concepts, and of the plain colours."""
    k = 0 if lang == "en" else 1
    out = [c[k][0] for c in CONCEPTS] + [c[k][0] for c in COLOURS[:24]]
    return list(dict.fromkeys(w for w in out if not any(ch.isascii() and ch.isupper() for ch in w) or lang == "en"))


class Espeak:
    """espeak-ng in this process: 22,050 Hz samples of a word, handed back at 16 kHz."""

    def __init__(self):
        self.lib = ctypes.CDLL("libespeak-ng.so.1")
        self.rate = self.lib.espeak_Initialize(2, 0, None, 0)  # 2: synchronous, no sound device
        kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)
        self.parts = []

        def hear(wav, n, _):
            if wav and n > 0:
                self.parts.append(np.ctypeslib.as_array(wav, (n,)).copy())
            return 0

        self.callback = kind(hear)
        self.lib.espeak_SetSynthCallback(self.callback)

    def say(self, text, voice, speed=160, pitch=50, spread=50):
        if self.lib.espeak_SetVoiceByName(voice.encode()) != 0:
            return None
        for parameter, value in ((1, speed), (3, pitch), (4, spread)):
            self.lib.espeak_SetParameter(parameter, int(value), 0)
        self.parts = []
        data = text.encode()
        self.lib.espeak_Synth(data, len(data) + 1, 0, 1, 0, 1, None, None)
        if not self.parts:
            return None
        wave = np.concatenate(self.parts).astype(np.float32) / 32768
        return resample_poly(wave, 320, 441).astype(np.float32)


def _read(file):
    if not Path(file).exists():
        return None
    wave, rate = soundfile.read(str(file), dtype="float32")
    return wave if rate == RATE else resample_poly(wave, RATE, rate).astype(np.float32)


def flite(text, voice, stretch=1.0):
    with tempfile.TemporaryDirectory() as d:
        out = f"{d}/said.wav"
        subprocess.run(["flite", "-voice", voice, "--setf", f"duration_stretch={stretch:.2f}", "-t", text, "-o", out],
                       check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return _read(out)


def pico(text, voice, speed=100, pitch=100):
    with tempfile.TemporaryDirectory() as d:
        out = f"{d}/said.wav"
        subprocess.run(["pico2wave", "-l", voice, "-w", out, f'<speed level="{speed}"><pitch level="{pitch}">{text}</pitch></speed>'],
                       check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return _read(out)


def festival(words, voice="cmu_us_slt_arctic_hts", manner=None):
    """All words by one festival voice (by default the held-out one), in one run of the program; `manner` has a (stretch, pitch) for each."""
    with tempfile.TemporaryDirectory() as d:
        script = f"(voice_{voice})\n"
        for i, w in enumerate(words):
            if manner:
                script += f"(Parameter.set 'Duration_Stretch {manner[i][0]:.2f})\n"
                script += f"(set! int_lr_params '((target_f0_mean {manner[i][1]:.0f}) (target_f0_std 14) (model_f0_mean 170) (model_f0_std 34)))\n"
            script += f'(utt.save.wave (utt.synth (Utterance Text "{w}")) "{d}/{i}.wav")\n'
        Path(d, "say.scm").write_text(script)
        subprocess.run(["festival", "-b", f"{d}/say.scm"], check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        return [_read(Path(d, f"{i}.wav")) for i in range(len(words))]


def faster(wave, factor):
    """Played faster: pitch and vocal tract move together, which makes other speakers of one voice."""
    return np.interp(np.arange(0, len(wave) - 1, factor), np.arange(len(wave)), wave).astype(np.float32)


class Pile:
    """Clips end to end as int16, with (meaning, language, voice, part, manner) for each."""

    def __init__(self):
        self.waves, self.what = [], []

    def add(self, wave, *what):
        if wave is None or len(wave) < 1600 or np.abs(wave).max() < 0.01:
            return
        loud = np.flatnonzero(np.abs(wave) > 0.01 * np.abs(wave).max())
        wave = wave[max(0, loud[0] - 800): loud[-1] + 800][: 10 * RATE]
        self.waves.append((wave / np.abs(wave).max() * 30000).astype(np.int16)), self.what.append(what)

    def save(self, paths, name):
        ends = np.cumsum([len(w) for w in self.waves])
        np.savez(paths.work / name, wave=np.concatenate(self.waves), ends=ends, what=np.array(self.what))
        paths.log(name, "clips:", len(self.waves), "hours %.2f" % (ends[-1] / RATE / 3600))


def sayings(rng, lang, per_word, per_other, phrases, wishes, orders):
    """(what is said, what it means, manner): the plan of one synthesiser."""
    main = vocabulary(lang) + (DRINKS if lang == "en" else [])
    out = [(w, w, "word") for w in dict.fromkeys(main) for _ in range(per_word)]
    out += [(w, w, "word") for w in words_of(lang) if w not in set(main) for _ in range(per_other)]
    out += [(p, p, "phrase") for p in (phrase(rng, lang) for _ in range(phrases))]
    out += [(*wish(rng, lang), "wish") for _ in range(wishes)]
    return out + [(*order(rng), "order") for _ in range(orders)]


def by_espeak(paths, seed=11):
    if (paths.work / "speech_espeak.npz").exists():
        return
    rng, esp, pile = random.Random(seed), Espeak(), Pile()
    for lang, plan in (("en", sayings(rng, "en", 12, 4, 2500, 1800, 900)), ("zh", sayings(rng, "zh", 9, 3, 1800, 1000, 0))):
        for said, means, manner in plan:
            voice = (rng.choice(EN_VOICES) if lang == "en" else "cmn") + rng.choice(VARIANTS)
            wave = esp.say(said, voice, rng.randint(115, 215), rng.randint(25, 75), rng.randint(20, 80))
            pile.add(wave if wave is None else faster(wave, rng.uniform(0.9, 1.15)), means, lang, voice, "train", manner)
    pile.save(paths, "speech_espeak.npz")


def by_others(paths, seed=12):
    if (paths.work / "speech_others.npz").exists():
        return
    rng, pile = random.Random(seed), Pile()
    for voice in FLITE:
        for said, means, manner in sayings(rng, "en", 6, 2, 900, 700, 350):
            f = rng.uniform(0.88, 1.4)
            wave = flite(said, voice, f * rng.uniform(0.75, 1.25))
            pile.add(wave if wave is None else faster(wave, f), means, "en", "flite-" + voice, "train", manner)
    for voice in FESTIVAL:
        plan = sayings(rng, "en", 4, 1, 600, 450, 250)
        f = [rng.uniform(0.88, 1.4) for _ in plan]
        for (said, means, manner), k, wave in zip(plan, f, festival([p[0] for p in plan], voice, [(k * rng.uniform(0.75, 1.25), rng.uniform(85, 150)) for k in f])):
            pile.add(wave if wave is None else faster(wave, k), means, "en", "festival-" + voice, "train", manner)
    pile.save(paths, "speech_others.npz")


def by_pico(paths, seed=14):
    """Two women, by a statistical synthesiser; the recorded voices above are all men."""
    if (paths.work / "speech_pico.npz").exists():
        return
    rng, pile = random.Random(seed), Pile()
    for voice in PICO:
        for said, means, manner in sayings(rng, "en", 12, 3, 2400, 900, 300):
            f = rng.uniform(0.82, 1.18)
            wave = pico(said, voice, round(100 / f * rng.uniform(0.75, 1.25)), rng.randint(80, 125))
            pile.add(wave if wave is None else faster(wave, f), means, "en", "pico-" + voice, "train", manner)
    pile.save(paths, "speech_pico.npz")


def held_out(paths, seed=13):
    """The voices of the test: nothing here is trained on."""
    if (paths.work / "speech_held.npz").exists():
        return
    rng, esp, pile = random.Random(seed), Espeak(), Pile()
    for lang in ("en", "zh"):
        for word in vocabulary(lang):
            for v in HELD_VARIANTS[:2]:
                voice = ("en-us" if lang == "en" else "cmn") + v
                pile.add(esp.say(word, voice, 155), word, lang, voice, "voice", "word")
    for w in vocabulary("en"):
        pile.add(flite(w, "slt"), w, "en", "flite-slt", "flite", "word")
    said = vocabulary("en") + sorted({phrase(rng, "en") for _ in range(200)})[::3][:60]
    for k, (w, wave) in enumerate(zip(said, festival(said))):
        pile.add(wave, w, "en", "festival-hts", "synth", "word" if k < len(vocabulary("en")) else "phrase")
    pile.save(paths, "speech_held.npz")


def make(paths):
    for step in (held_out, by_espeak, by_others, by_pico):
        step(paths)
