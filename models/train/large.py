"""Trains the speech branch from nothing on a GPU, in a size that a processor alone would not have the hours for.

The clips lie on the device, and a batch is cut, sped up, put into rooms and noises, and heard there. A whole clip goes to the
text vector of what it means, against all other meanings; its rows also spell the sounds of what was said (CTC),
so that a word is learnt by its sounds and not only as one shape of one voice.

`python large.py prepare DATA WORK BUNDLE` writes `large.npz` (meanings, their text vectors, their sounds) where espeak-ng is;
`python large.py train DATA WORK MINUTES [seed=91 ...]` needs that file and the clips in the work folder alone;
`python large.py put DATA WORK BUNDLE VERSION` writes the result into a bundle, whose other towers and branches stay.
"""
import math
import subprocess
import sys
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from common import _HANN, _MEL, FFT, FRAME, HOP, HOP_WINDOW, LOG_OFFSET, MELS, PEAK, RATE, WINDOW, Paths, log_mel, seed_all, sound_windows
from sayings import DRINKS
from towers import AudioTower, Average, SpeechTower, unit

CLIPS = ("espeak", "pico", "others", "people")
FAMILIES = {"espeak": 0.30, "pico": 0.27, "flite": 0.27, "festival": 0.16, "people": 0.60}
MANNERS = {("en", "word"): 0.36, ("en", "phrase"): 0.22, ("en", "wish"): 0.10, ("en", "order"): 0.06,
           ("zh", "word"): 0.14, ("zh", "phrase"): 0.08, ("zh", "wish"): 0.04}
SPELLED = ("word", "phrase")       # manners in which what is said is what is meant
FINE = 4                           # sounds a row of 80 ms may name


# ---- what is known before: meanings, vectors, sounds ---------------------------------------

def sounds_of(text, lang):
    """The sounds of a text as espeak-ng writes them, a character each; a tone is one too."""
    said = subprocess.run(["espeak-ng", "-q", "--ipa", "-v", "en-us" if lang == "en" else "cmn", text], capture_output=True, text=True).stdout
    return [c for c in said if not c.isspace() and c not in "ˈˌ-_͡"]


def prepare(paths, text):
    """`text` gives vectors for a list of texts."""
    from material import human
    from common import level, trim

    people = [(kind, what, level(trim(w))) for kind, what, w in human(paths)]
    np.savez(paths.work / "speech_people.npz", wave=np.concatenate([(w * 32767).astype(np.int16) for *_, w in people]), ends=np.cumsum([len(w) for *_, w in people]),
             what=np.array([(what, "zh" if kind == "zh" else "en", "people", "train", "word" if kind == "zh" else "order") for kind, what, _ in people]))
    what = np.concatenate([np.load(paths.work / f"speech_{n}.npz")["what"] for n in CLIPS])
    single = dict.fromkeys((l, m) for m, l, _, _, manner in what if manner in ("word", "order"))
    meanings = list(single) + [k for k in dict.fromkeys((l, m) for m, l, *_ in what) if k not in single]
    spelled = {(l, m) for m, l, _, _, manner in what if manner in SPELLED}
    sounds = [sounds_of(m, l) if (l, m) in spelled else [] for l, m in meanings]
    alphabet = sorted({c for s in sounds for c in s})
    longest = max(map(len, sounds))
    codes = np.zeros((len(sounds), longest), np.uint8)
    for row, s in zip(codes, sounds):
        row[: len(s)] = [alphabet.index(c) + 1 for c in s]
    np.savez_compressed(paths.work / "large.npz", meanings=np.array(meanings), single=len(single), table=text([m for _, m in meanings]).astype(np.float16),
                        codes=codes, alphabet=np.array(alphabet))
    paths.log("large: %d meanings, %d of them single, %d sounds" % (len(meanings), len(single), len(alphabet)))


# ---- clips and what is done to them, on the device ------------------------------------------

def family(voice):
    return "people" if voice == "people" else next((f for f in ("pico", "flite", "festival") if voice.startswith(f)), "espeak")


class Clips:
    """All training clips end to end on the device, and how often each is to be drawn."""

    def __init__(self, paths, known, device, manners):
        z = [np.load(file) for n in CLIPS if (file := paths.work / f"speech_{n}.npz").exists()]
        what = np.concatenate([x["what"] for x in z])
        length = np.concatenate([np.diff(x["ends"], prepend=0) for x in z])
        self.wave = torch.cat([torch.from_numpy(x["wave"]) for x in z]).to(device)
        self.begin, self.length = torch.from_numpy(np.cumsum(length) - length).to(device), torch.from_numpy(length).to(device)
        number = {(l, m): i for i, (l, m) in enumerate(known["meanings"])}
        self.target = torch.tensor([number[(l, m)] for m, l, *_ in what], device=device)
        group = [((l, manner), family(v)) for _, l, v, _, manner in what]
        many = {g: group.count(g) for g in set(group)}
        total = {m: sum(FAMILIES[f] for k, f in many if k == m) for m in manners}
        weight = np.array([manners[m] * FAMILIES[f] / total[m] / many[(m, f)] for m, f in group])
        manner = np.array([m[1] for m, _ in group])
        self.pools = {}
        for name, which in (("word", manner == "word"), ("phrase", manner == "phrase"), ("long", np.isin(manner, ("wish", "order")))):
            index = np.flatnonzero(which)
            self.pools[name] = torch.from_numpy(index).to(device), torch.from_numpy(weight[index]).to(device)
        self.share = {n: w.sum().item() for n, (_, w) in self.pools.items()}

    def draw(self, pool, n, span, g, low=0.82, high=1.22, most_late=16000):
        """n clips in `span` samples, most of them faster or slower: (waves [n, span] in -1..1, clip numbers, their ends)."""
        index, weight = self.pools[pool]
        clip = index[torch.multinomial(weight, n, replacement=True, generator=g)]
        dice = torch.rand(3, n, device=g.device, generator=g)
        speed = torch.where(dice[0] < 0.7, low + (high - low) * torch.rand(n, device=g.device, generator=g), 1.0)
        length = self.length[clip] / speed
        late = torch.where(dice[1] < 0.5, dice[2] * (span - length).clamp(0, most_late), 0).round()
        at = (torch.arange(span, device=g.device) - late[:, None]) * speed[:, None]
        whole = at.floor()
        inside = (at >= 0) & (whole + 1 < self.length[clip][:, None])
        place = (self.begin[clip][:, None] + whole.long()).clamp(0, len(self.wave) - 2)
        a, b = self.wave[place].float(), self.wave[place + 1].float()
        return torch.where(inside, a + (b - a) * (at - whole), 0) / 32768, clip, (late + length).clamp(max=span)


class Rough:
    """Rooms, equalisers, noises and other voices for a whole batch."""

    TAIL = 8000

    def __init__(self, device, g, rooms=600, noises=300):
        rand = lambda *s: torch.rand(*s, device=device, generator=g)
        t = torch.arange(self.TAIL, device=device)
        long = (0.03 + 0.45 * rand(rooms, 1)) * RATE
        tails = torch.randn(rooms, self.TAIL, device=device, generator=g) * torch.exp(-t / (long * (0.1 + 0.25 * rand(rooms, 1)))) * (t < long)
        tails[:, 0] = tails.abs().amax(1) * (1.5 + 7 * rand(rooms))
        self.rooms = torch.fft.rfft(tails, WINDOW + self.TAIL)
        f = torch.arange(3 * WINDOW // 2 + 1, device=device) + 1.0
        coloured = torch.fft.irfft(torch.fft.rfft(torch.randn(noises, 3 * WINDOW, device=device, generator=g)) / f ** (1.1 * rand(noises, 1)))
        hum = torch.tensor([50.0, 60, 100, 120, 1000], device=device)[torch.randint(5, (noises, 1), device=device, generator=g)]
        coloured = coloured / coloured.abs().amax(1, keepdim=True)
        hums = (rand(noises, 1) < 0.2) * (0.2 + 0.8 * rand(noises, 1)) * torch.sin(2 * math.pi * hum * torch.arange(3 * WINDOW, device=device) / RATE)
        self.noises = F.normalize(coloured + hums, dim=1) * math.sqrt(3 * WINDOW)        # RMS 1

    def __call__(self, waves, g):
        n, span = waves.shape
        rand = lambda *s: torch.rand(*s, device=waves.device, generator=g)
        s = torch.fft.rfft(waves, span + self.TAIL)
        knots = torch.where(rand(n, 1) < 0.6, 17 * rand(n, 9) - 10, 0)
        s = s * 10 ** (F.interpolate(knots[:, None], s.shape[1], mode="linear", align_corners=True)[:, 0] / 20)
        room = self.rooms[torch.randint(len(self.rooms), (n,), device=waves.device, generator=g)]
        s = torch.where(rand(n, 1) < 0.45, s * room, s)
        out = torch.fft.irfft(s, span + self.TAIL)[:, :span]
        power = (out ** 2).sum(1) / (out.abs() > 1e-3 * out.abs().amax(1, keepdim=True)).sum(1).clamp(min=1)
        at = torch.randint(self.noises.shape[1] - span, (n, 1), device=waves.device, generator=g) + torch.arange(span, device=waves.device)
        noise = self.noises[torch.randint(len(self.noises), (n, 1), device=waves.device, generator=g), at]
        babble = waves.roll(1, 0).flip(1) + waves.roll(7, 0) + waves.roll(11, 0).flip(1)
        babble = babble / (babble ** 2).mean(1, keepdim=True).sqrt().clamp(min=1e-4)
        noise = torch.where(rand(n, 1) < 0.2, babble, noise)
        below = torch.where(rand(n, 1) < 0.7, 10 ** (-(3 + 32 * rand(n, 1)) / 20), 0)
        out = out + noise * power.sqrt()[:, None] * below
        return out * (PEAK / out.abs().amax(1, keepdim=True).clamp(min=1e-6))


class Ear:
    """Waves to log-mels as the app makes them, and then other throats, other paces and holes."""

    def __init__(self, device):
        self.window, self.mel = torch.from_numpy(_HANN).to(device), torch.from_numpy(_MEL).to(device)
        rows = torch.arange(MELS, dtype=torch.float32)
        warp = lambda f: (1 - (rows[:, None] - rows * f).abs()).clamp_min(0) * (rows * f <= MELS - 1)
        self.warps = torch.stack([warp(f) for f in np.linspace(0.82, 1.2, 39)]).to(device)
        self.low = math.log(LOG_OFFSET)

    def plain(self, waves):
        return torch.log(torch.fft.rfft(waves.unfold(1, FRAME, HOP) * self.window, FFT).abs() @ self.mel + LOG_OFFSET)

    def __call__(self, waves, g):
        m = self.plain(waves) - self.low
        n, t, _ = m.shape
        rand = lambda *s: torch.rand(*s, device=m.device, generator=g)
        m = torch.where(rand(n, 1, 1) < 0.7, torch.bmm(m, self.warps[torch.randint(len(self.warps), (n,), device=m.device, generator=g)]), m)
        pace = torch.where(rand(n) < 0.4, 0.85 + 0.33 * rand(n), 1.0)
        at = (torch.arange(t, device=m.device) * pace[:, None]).clamp(max=t - 1)
        whole = at.floor().long().clamp(max=t - 2)
        part = (at - whole)[..., None]
        take = lambda k: m.gather(1, k[..., None].expand(-1, -1, MELS))
        m = take(whole) * (1 - part) + take(whole + 1) * part
        mean = m.mean((1, 2), keepdim=True)
        for size, dim, most, chance in ((MELS, 2, 10, 0.6), (MELS, 2, 6, 0.4), (120, 1, 16, 0.4), (120, 1, 16, 0.3)):
            begin, wide = rand(n, 1) * size, 1 + rand(n, 1) * most
            line = torch.arange(m.shape[dim], device=m.device)
            hole = (line >= begin) & (line < begin + wide) & (rand(n, 1) < chance)
            m = torch.where(hole[:, None, :] if dim == 2 else hole[:, :, None], mean, m)
        return m + self.low


# ---- training ---------------------------------------------------------------------------------

class Chosen:
    """381 words and 80 phrases by a voice that neither trains nor tests (`speech_joe.npz`): what a run is chosen by."""

    def __init__(self, paths, known, device, ear):
        self.mels, self.parts, file = [], [], paths.work / "speech_joe.npz"
        if not file.exists():       # a run can do without
            return
        z = np.load(file)
        waves = [w.astype(np.float32) / 32767 for w in np.split(z["wave"], z["ends"][:-1])]
        rng = np.random.default_rng(9)
        rough = [w + 10 ** -0.5 * np.sqrt((w ** 2).mean()) * rng.standard_normal(len(w)).astype(np.float32) for w in waves]
        self.mels = [torch.from_numpy(np.concatenate([log_mel(sound_windows(w)[:1]) for w in x])).to(device) for x in (waves, rough)]
        number = {m: i for i, (l, m) in enumerate(known["meanings"]) if l == "en"}
        table = torch.from_numpy(known["table"]).to(device)
        for manner in ("word", "phrase"):
            rows = [i for i, w in enumerate(z["what"]) if w[4] == manner and w[0] in number]
            self.parts.append((rows, table[[number[z["what"][i][0]] for i in rows]]))

    @torch.no_grad()
    def __call__(self, tower):
        out = []
        for m in self.mels:
            v = torch.cat([tower(m[a: a + 128]) for a in range(0, len(m), 128)])
            out += [((v[rows] @ t.T).argmax(1) == torch.arange(len(rows), device=v.device)).float().mean().item() for rows, t in self.parts]
        return "words %.3f phrases %.3f, noisy %.3f %.3f" % tuple(out) if out else ""


def keep(tower, file):
    torch.save({"tower": {k: v.cpu() for k, v in tower.state_dict().items()}}, file)


def train(paths, minutes, *, seed=91, lr=3e-3, batch=639, device="cuda", spell=0.25, near=3.0, name="speech_large.pt", say=90, start="", orders=1.0, warm=500):
    """Writes the mean of the weights over time. Stops by the clock on the wall. `start` goes on from an earlier result in the work
    folder, its normalisation and its rows as they are; `orders` draws people's and other orders that much more often."""
    seed_all(seed)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = True
    known = dict(np.load(paths.work / "large.npz"))
    known["table"] = F.normalize(torch.from_numpy(known["table"].astype(np.float32))).numpy()
    single, meanings = int(known["single"]), known["meanings"]
    g = torch.Generator(device).manual_seed(seed)
    clips, rough, ear = Clips(paths, known, device, MANNERS | {("en", "order"): orders * MANNERS["en", "order"]}), Rough(device, g), Ear(device)
    chosen = Chosen(paths, known, device, ear)
    tower = SpeechTower.large().to(device)
    if start:
        tower.load_state_dict(torch.load(paths.work / start)["tower"])
        for part in (tower.trunk, tower.fold):
            part.requires_grad_(False)
    tower.trunk.to(memory_format=torch.channels_last)
    letters = nn.Conv1d(tower.width, FINE * (len(known["alphabet"]) + 1), 3, padding=1).to(device)
    table = torch.from_numpy(known["table"]).to(device)
    codes = torch.from_numpy(known["codes"]).long().to(device)
    spelled = (codes > 0).sum(1)
    drinks = torch.tensor([i for i, (l, m) in enumerate(meanings) if l == "en" and m in DRINKS], device=device)
    chinese = torch.from_numpy(meanings[:, 0] == "zh").to(device)
    alike = table @ table.T > torch.where(chinese[:, None] != chinese[None], 0.6, 0.92)
    alike.fill_diagonal_(False)
    slow = Average(tower, 0.9995)
    params = [(n, p) for n, p in [*tower.named_parameters(), *([] if start else letters.named_parameters())] if p.requires_grad]
    opt = torch.optim.AdamW([{"params": [p for _, p in params if p.dim() > 1], "weight_decay": 0.03}, {"params": [p for _, p in params if p.dim() < 2], "weight_decay": 0.0}],
                            lr, betas=(0.9, 0.98), fused=device == "cuda")
    kinds, chance = zip(*clips.share.items())
    order = np.random.default_rng(seed)
    begin = last = time.time()
    step, sums = 0, {}
    while (done := (time.time() - begin) / (60 * minutes)) < 1:
        for group in opt.param_groups:
            group["lr"] = lr * min(1, (step + 1) / warm) * (0.5 + 0.5 * math.cos(math.pi * done)) + 1e-5
        kind = kinds[order.choice(len(kinds), p=np.array(chance) / sum(chance))]
        with torch.no_grad():
            if kind == "long":      # up to 8 s, in windows as the app cuts them
                n = batch // 3
                waves, clip, ends = clips.draw(kind, n, 2 * WINDOW, g, 0.85, 1.15, 8000)
                half = rough(waves.reshape(2 * n, WINDOW), g).reshape(n, 2 * WINDOW)
                starts = torch.arange(3, device=device) * HOP_WINDOW
                cut = half.unfold(1, WINDOW, HOP_WINDOW)
                counts = (starts == 0) | ((ends[:, None] - starts >= RATE) & (ends[:, None] > WINDOW))
                mel = ear(cut.flatten(0, 1), g)         # those that do not count too: each new shape costs cuDNN seconds
            else:
                waves, clip, _ = clips.draw(kind, batch, WINDOW, g)
                mel = ear(rough(waves, g), g)
            target = clips.target[clip]
        tower.train(not start)
        with torch.autocast(device, dtype=torch.bfloat16, enabled=device == "cuda"):
            rows = tower.rows(tower.frames(mel))
            v = tower.gathered(rows)
            spelling = letters(rows) if kind != "long" and not start else None
        v = unit(v.float())
        if kind == "long":
            v = unit((v.unflatten(0, (-1, 3)) * counts[..., None]).sum(1))
        many = single if kind == "word" else len(table)
        close = (v @ table[:many].T * 24).masked_fill(alike[target][:, :many], -24.0)
        loss = F.cross_entropy(close, target, label_smoothing=0.02) + near * (1 - (v * table[target]).sum(1).mean())
        total = loss
        ordered = torch.isin(target, drinks)
        if kind == "long" and ordered.any():     # a few drinks, told apart
            total = total + 0.5 * F.cross_entropy(v[ordered] @ table[drinks].T * 24, (target[ordered][:, None] == drinks).float().argmax(1))
        if spelling is not None:
            said = spelling.float().unflatten(1, (-1, FINE)).permute(3, 2, 0, 1).flatten(0, 1)      # t * fine, n, letters
            said = said.log_softmax(2)
            ok = spelled[target] > 0
            ctc = F.ctc_loss(said[:, ok], codes[target[ok]], torch.full((int(ok.sum()),), len(said), device=device), spelled[target[ok]], zero_infinity=True)
            total = total + spell * ctc
            sums.setdefault("spelling", []).append(ctc.detach())
        opt.zero_grad(set_to_none=True), total.backward()
        nn.utils.clip_grad_norm_([p for _, p in params], 5.0)
        opt.step()
        slow(tower, step)
        sums.setdefault(kind, []).append((close.detach().argmax(1) == target).float().mean())
        step += 1
        if time.time() - last > say:
            last = time.time()
            paths.log("large", step, "%.0f%%" % (100 * done), "%.1f minutes" % ((last - begin) / 60), *["%s %.3f" % (k, torch.stack(v).mean().item()) for k, v in sorted(sums.items())], "|", chosen(slow.module))
            sums = {}
            keep(slow.module, paths.work / name)
    keep(slow.module, paths.work / name)
    paths.log("large: %d steps, %.1f minutes;" % (step, (time.time() - begin) / 60), chosen(slow.module))


def put(paths, bundle, version):
    from export import write_part
    from unpack import audio_tower

    tower = audio_tower(f"{bundle}/audio.onnx", AudioTower())
    tower.speech.load_state_dict(torch.load(paths.work / "speech_large.pt")["tower"])
    write_part(bundle, "audio", version, {"speech": "models/train/large.py"}, audio=tower.eval())


def main():
    step, data, work, what, *more = sys.argv[1:]
    paths = Paths(data, work)
    if step == "prepare":
        from export import Bundle
        prepare(paths, Bundle(what).text)
    elif step == "train":
        train(paths, float(what), **{k: type(train.__kwdefaults__[k])(v) for k, v in (a.split("=") for a in more)})
    else:
        put(paths, what, *more)


if __name__ == "__main__":
    main()
