"""Makes the spoken words: espeak-ng through its library, flite and festival through their programs.

espeak-ng (many voice variants) and three flite voices train; the flite voice `slt` and the whole
festival synthesiser (HTS voice) are kept for the test.
"""
import ctypes
import random
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import soundfile
from scipy.signal import resample_poly

from common import RATE
from words import COLOURS, CONCEPTS

VARIANTS = ["", "+m1", "+m2", "+m3", "+m4", "+m5", "+m6", "+m7", "+f1", "+f2", "+f3", "+f4", "+f5", "+klatt", "+klatt2", "+klatt4", "+Annie", "+Alex", "+belinda", "+benjamin",
            "+david", "+ed", "+john", "+linda", "+max", "+michael", "+paul", "+rob", "+steph", "+travis", "+victor", "+Andy", "+anika", "+norbert", "+shelby", "+Tweaky", "+whisper"]
HELD_VARIANTS = ["+Lee", "+Alicia", "+quincy", "+adam"]
EN_VOICES = ["en-us", "en-us", "en-gb", "en-gb-x-rp", "en-gb-scotland", "en-us"]
FLITE = ["kal16", "awb", "rms"]


def vocabulary(lang):
    """The words to be spoken: first names of all concepts, and of the plain colours."""
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


def _file(command, out):
    subprocess.run(command, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if not Path(out).exists():
        return None
    wave, rate = soundfile.read(out, dtype="float32")
    Path(out).unlink()
    return wave if rate == RATE else resample_poly(wave, RATE, rate).astype(np.float32)


def flite(text, voice, stretch=1.0):
    out = tempfile.mktemp(suffix=".wav")
    return _file(["flite", "-voice", voice, "--setf", f"duration_stretch={stretch:.2f}", "-t", text, "-o", out], out)


def festival(words):
    """All words by the held-out synthesiser, in one run of the program."""
    with tempfile.TemporaryDirectory() as d:
        script = "(voice_cmu_us_slt_arctic_hts)\n" + "\n".join(f'(utt.save.wave (utt.synth (Utterance Text "{w}")) "{d}/{i}.wav")' for i, w in enumerate(words))
        Path(d, "say.scm").write_text(script)
        subprocess.run(["festival", "-b", f"{d}/say.scm"], check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        out = []
        for i in range(len(words)):
            f = Path(d, f"{i}.wav")
            if f.exists():
                wave, rate = soundfile.read(str(f), dtype="float32")
                out.append(wave if rate == RATE else resample_poly(wave, RATE, rate).astype(np.float32))
            else:
                out.append(None)
    return out


def make(paths, per_en=14, per_zh=13, per_flite=2, seed=11):
    """Write speech.npz: all clips end to end as int16, with (word, language, voice, part) for each."""
    if (paths.work / "speech.npz").exists():
        return
    rng, esp = random.Random(seed), Espeak()
    waves, what = [], []

    def keep(wave, word, lang, voice, part):
        if wave is not None and len(wave) > 1600 and np.abs(wave).max() > 0.01:
            loud = np.flatnonzero(np.abs(wave) > 0.01 * np.abs(wave).max())
            wave = wave[max(0, loud[0] - 800): loud[-1] + 800][: 3 * RATE]
            waves.append((wave / np.abs(wave).max() * 30000).astype(np.int16))
            what.append((word, lang, voice, part))

    for lang, per in (("en", per_en), ("zh", per_zh)):
        for word in vocabulary(lang):
            for _ in range(per):
                voice = (rng.choice(EN_VOICES) if lang == "en" else "cmn") + rng.choice(VARIANTS)
                keep(esp.say(word, voice, rng.randint(115, 215), rng.randint(25, 75), rng.randint(20, 80)), word, lang, voice, "train")
            for v in HELD_VARIANTS[:2]:
                voice = ("en-us" if lang == "en" else "cmn") + v
                keep(esp.say(word, voice, 155), word, lang, voice, "voice")
    paths.log("espeak clips", len(waves))
    jobs = [(w, v, rng.uniform(0.8, 1.35)) for w in vocabulary("en") for v in FLITE for _ in range(per_flite)]
    jobs += [(w, "slt", 1.0) for w in vocabulary("en")]
    with ThreadPoolExecutor(1) as pool:
        for (w, v, _), wave in zip(jobs, pool.map(lambda j: flite(*j), jobs)):
            keep(wave, w, "en", "flite-" + v, "flite" if v == "slt" else "train")
    for w, wave in zip(vocabulary("en"), festival(vocabulary("en"))):
        keep(wave, w, "en", "festival-hts", "synth")
    ends = np.cumsum([len(w) for w in waves])
    np.savez(paths.work / "speech.npz", wave=np.concatenate(waves), ends=ends, what=np.array(what))
    paths.log("speech clips:", len(waves), "hours %.2f" % (ends[-1] / RATE / 3600))


if __name__ == "__main__":
    import sys
    from common import Paths

    make(Paths(*sys.argv[1:3]))
