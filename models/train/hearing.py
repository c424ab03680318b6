"""The measures of the sound tower on the dev parts and the held-out voices, for the file as shipped."""
import numpy as np

from material import clips, noise
from words import DRINKS, SOUNDS


def nearest(vectors, table):
    return (vectors @ table.T).argmax(1)


def everyday(paths, enc, say):
    rows = [(r["label"], w) for r, w in clips(paths, "audio-esc10") if r["fold"] == 4]
    names, got = list(SOUNDS), np.stack([enc.audio(w) for _, w in rows])
    want = np.array([names.index(l) for l, _ in rows])
    say("ESC-10 fold 4, nearest English / Chinese label", [float((nearest(got, enc.text([SOUNDS[n][k] for n in names])) == want).mean()) for k in (0, 1)], [0.1])


def rendered(enc, say, per_kind=3):
    import drawn
    test = drawn.test_sounds(per_kind)
    kinds = list(dict.fromkeys(k for k, *_ in test))
    names = [next((e, z) for k, e, z, _ in test if k == kind) for kind in kinds]
    v, want = np.stack([enc.audio(w) for *_, w in test]), np.array([kinds.index(k) for k, *_ in test])
    say(f"rendered product sounds, {len(kinds)} names, English / Chinese", [float((nearest(v, enc.text([n[k] for n in names])) == want).mean()) for k in (0, 1)], [1 / len(kinds)])


def voices(paths, enc, say, most=380):
    """Single words by voices and a synthesiser never heard, clean and with noise at about 10 dB; then phrases."""
    z, rng = np.load(paths.work / "speech_held.npz"), np.random.default_rng(9)
    data, ends, what = z["wave"], z["ends"], z["what"]
    wave = lambda i: data[ends[i - 1] if i else 0: ends[i]].astype(np.float32) / 32767
    for part, lang, title in (("synth", "en", "spoken English, unseen synthesiser (festival HTS)"), ("flite", "en", "spoken English, unseen flite voice"),
                              ("voice", "en", "spoken English, unseen espeak-ng variants"), ("voice", "zh", "spoken Mandarin, unseen espeak-ng variants")):
        index = np.flatnonzero((what[:, 3] == part) & (what[:, 1] == lang) & (what[:, 4] == "word"))
        index = index if part != "voice" else rng.permutation(index)[:most]
        words = sorted({str(x[0]) for x in what if x[1] == lang and x[4] == "word"})
        some = sorted(rng.permutation(words)[:228].tolist())
        table = enc.text(words)
        truth = np.array([words.index(what[i][0]) for i in index])
        few, cut = np.isin(truth, [words.index(w) for w in some]), np.array([words.index(w) for w in some])
        for noisy in (False, True):
            heard = [wave(i) for i in index]
            if noisy:
                heard = [w + noise(len(w), rng) * np.float32(np.sqrt((w ** 2).mean()) / 0.3 * 10 ** (-10 / 20)) for w in heard]
            v = np.stack([enc.audio(w) for w in heard])
            say(title + (", noisy" if noisy else "") + f", {len(words)} / 228 words",
                [float((nearest(v, table) == truth).mean()), float((cut[nearest(v[few], table[cut])] == truth[few]).mean())], [1 / len(words), 1 / 228])
    index = np.flatnonzero((what[:, 3] == "synth") & (what[:, 4] == "phrase"))
    v, table = np.stack([enc.audio(wave(i)) for i in index]), enc.text([str(what[i][0]) for i in index])
    say(f"spoken phrases, unseen synthesiser, {len(index)} phrases", [float((nearest(v, table) == np.arange(len(index))).mean())], [1 / len(index)])


def people(paths, enc, say):
    rows = [(r["zh"], w) for r, w in clips(paths, "audio-mandarin") if r["split"] == "dev"]
    v = np.stack([enc.audio(w) for _, w in rows])
    say("human Mandarin, 79 words never heard, one speaker", [float((nearest(v, enc.text([z for z, _ in rows])) == np.arange(len(rows))).mean())], [1 / len(rows)])
    rows = [(r["slots"]["coffeeDrink"], w) for r, w in clips(paths, "audio-speech") if r["split"] == "dev"]
    drinks = list(DRINKS)
    got = [drinks[k] for k in nearest(np.stack([enc.audio(w) for _, w in rows]), enc.text(drinks))]
    say(f"human English orders, drink named, 10-way / 6 groups ({len(rows)})", [float(np.mean([g == d for g, (d, _) in zip(got, rows)])),
                                                                                float(np.mean([DRINKS[g] == DRINKS[d] for g, (d, _) in zip(got, rows)]))], [0.1, 1 / 6])


def evaluate(paths, enc, say):
    everyday(paths, enc, say)
    rendered(enc, say)
    if (paths.work / "speech_held.npz").exists():
        voices(paths, enc, say)
    people(paths, enc, say)
