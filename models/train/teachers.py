"""The speech teacher and its rows: what each 80 ms of a clip should tell the tower's frames.

The speech embedding only teaches: its outputs are learnt, its weights are neither copied nor shipped.
"""
import numpy as np

from common import RATE, level, trim
from export import session

STEP = 1280      # one feature row: 80 ms
BEFORE = 9       # rows that begin in the silence before a clip


class SpeechTeacher:
    """16 kHz -> 96 numbers every 80 ms; row k looks at samples k*1280 .. k*1280 + 12,400."""

    def __init__(self, folder):
        self.mel, self.net = session(folder / "speech_melspectrogram.onnx"), session(folder / "speech_embedding.onnx")

    def __call__(self, wave):
        x = np.concatenate([wave, np.zeros(400, np.float32)]) * 32767
        mel = self.mel.run(None, {self.mel.get_inputs()[0].name: x[None].astype(np.float32)})[0].squeeze() / 10 + 2
        parts = np.stack([mel[s: s + 76] for s in range(0, len(mel) - 75, 8)])[..., None].astype(np.float32)
        return self.net.run(None, {self.net.get_inputs()[0].name: parts})[0].reshape(-1, 96)

    def around(self, wave):
        """Rows of a clip with silence on both sides; the first begins BEFORE rows ahead of the clip."""
        return self(np.concatenate([np.zeros(BEFORE * STEP, np.float32), wave, np.zeros(12400, np.float32)])).astype(np.float16)


def teach(paths, taught=9000, seed=4):
    """taught.npz: rows of a share of the synthetic clips and of all human training clips."""
    from material import Speech, human

    if (paths.work / "taught.npz").exists():
        return
    teacher, speech, rng = SpeechTeacher(paths.data / "weights"), Speech(paths), np.random.default_rng(seed)
    pick = np.sort(rng.permutation(len(speech.ends))[:taught])
    rows = [teacher.around(speech.wave(i)[: 4 * RATE]) for i in pick]
    paths.log("taught synthetic clips:", len(rows))
    people = [teacher.around(level(trim(w))) for _, _, w in human(paths)]
    paths.log("taught human clips:", len(people))
    flat = rows + people
    np.savez(paths.work / "taught.npz", rows=np.concatenate(flat), ends=np.cumsum([len(r) for r in flat]), pick=pick)
