"""Third training of text and picture head, on features of the fine-tuned backbone, plain and augmented.

What it adds to `joint.py`: dictionaries at their own size instead of far below the shop words, pieces
split into characters at random so that unheard Chinese words compose, the English teacher's vectors
as targets for both languages, typing errors, and batches out of one set alone (near neighbours are
the harder negatives).
"""
import time

import numpy as np
import torch
import torch.nn.functional as F

import captions
import textual
from common import seed_all
from features import tuned
from joint import Material, Reader, contrast, keep_order
from towers import ImageHead

EVEN = {12.0: 3.0, 4.0: 1.5, 1.5: 1.5, 1.2: 1.5, 0.7: 1.0, 0.6: 0.5}       # pair weights, flatter
ALONE = [(None, 0.4), ("electronics", 0.3), ("fashion44k", 0.2), ("grocery", 0.1)]


def thinned(text, rng):
    """Some words of a long title left out."""
    words = text.split()
    kept = [w for w in words if rng.random() > 0.2]
    return " ".join(kept) if len(words) > 5 and kept else text


class Splitter(Reader):
    """A reader that sometimes takes a Chinese piece apart into the pieces of its characters."""

    def __init__(self, paths, rng, chance=0.2):
        super().__init__(paths)
        self.rng, self.chance, self.cache = rng, chance, {}
        vocab = self.tok.get_vocab()
        self.apart = {}
        for piece, i in vocab.items():
            c = piece.replace("\u2581", "")
            if 2 <= len(c) <= 4 and all("\u4e00" <= x <= "\u9fff" for x in c) and all(x in vocab for x in c):
                self.apart[i] = ([vocab["\u2581"]] if piece[0] == "\u2581" else []) + [vocab[x] for x in c]

    def __call__(self, texts, max_tokens=64):
        new = [t for t in dict.fromkeys(texts) if t not in self.cache]
        if len(self.cache) > 400000:
            self.cache.clear()
            new = list(dict.fromkeys(texts))
        self.cache.update(zip(new, (e.ids[:max_tokens] or [1] for e in self.tok.encode_batch(new))))
        rows = []
        for t in texts:
            ids = self.cache[t]
            if any(i in self.apart for i in ids) and self.rng.random() < 2 * self.chance:
                ids = [x for i in ids for x in (self.apart[i] if i in self.apart and self.rng.random() < 0.5 else [i])]
            rows.append(ids[:max_tokens])
        grid = np.zeros((len(rows), max(map(len, rows))), np.int64)
        for i, row in enumerate(rows):
            grid[i, : len(row)] = row
        grid = torch.from_numpy(grid)
        return grid, (grid != 0).long()


class Lessons(Material):
    """Batches for this training."""

    def __init__(self, paths, have, seed):
        super().__init__(paths, seed)
        ok = have[self.train]
        self.train, w = self.train[ok], self.weight[ok]
        self.weight = w / w.sum()
        self.of = {n: np.array([i for i in self.train if self.rows[i]["set"] == n]) for n in dict.fromkeys(r["set"] for r in self.rows)}
        w = np.array([EVEN[p[2]] for p in self.pairs])
        self.pair_weight = w / w.sum()
        self.number = {t: i for i, t in enumerate(self.teacher_texts)}
        names = set(captions.dictionary_english(paths))
        self.named = np.array([i for i, t in enumerate(self.teacher_texts) if t in names])

    def batch(self, n):
        names, chance = zip(*[a for a in ALONE if a[0] is None or len(self.of.get(a[0], []))])
        name = names[self.np.choice(len(names), p=np.array(chance) / sum(chance))]
        return self.pick(n) if name is None else self.np.choice(self.of[name], n, replace=len(self.of[name]) < n)

    def captions(self, index):
        texts, kinds = self.caption_batch(index)
        for j, i in enumerate(index):
            if kinds[j] == 0 and self.rows[i]["set"] == "electronics" and self.rng.random() < 0.5:
                texts[j] = thinned(texts[j], self.rng)
            if self.rng.random() < 0.12:
                texts[j] = captions.mistyped(texts[j], self.rng)
        return texts, kinds

    def taught(self, n):
        """Teacher texts, three in four from the dictionaries: (texts, numbers)."""
        which = np.concatenate([self.np.choice(self.named, 3 * n // 4), self.np.choice(len(self.teacher_texts), n - 3 * n // 4)])
        return [self.teacher_texts[i] for i in which], which


def own_again(text):
    """Parts the table anew, so that characters say as much as they can and a piece's own vector little."""
    from unpack import parted

    with torch.no_grad():
        text.eval()
        own, chars = parted(text.vectors(torch.arange(text.table.num_embeddings)), text.parts, len(text.chars.weight), firm=2.0)
        text.table.weight.copy_(own), text.chars.weight.copy_(chars), text.last.weight.zero_()


def train(paths, minutes=14, batch=512, pairs=1024, teach=448, seed=51, lr=1.5e-3, lr_head=6e-4, split=0.3, forget=0.5, shrink=0.004, start=None):
    """`split`, `forget`: how often Chinese pieces go by their characters; `shrink`: pull on their own vectors, a step."""

    seed_all(seed)
    plain, loud = tuned(paths)
    have, have_loud = plain.any(1), loud.any(1)
    m = Lessons(paths, have, seed)
    reader = Splitter(paths, m.rng, split)
    raw_table = np.load(paths.work / "features.npy", mmap_mode="r"), np.load(paths.work / "drawn_features.npy")
    raw_of = lambda index: np.stack([raw_table[0][i] if i < len(raw_table[0]) else raw_table[1][i - len(raw_table[0])] for i in index]).astype(np.float32)
    state, scale = torch.load(paths.work / "image.pt"), torch.load(paths.work / "joint.pt")["logit"].exp().item()
    text, head = textual.trained(paths, reader), ImageHead()
    head.load_state_dict(state["head"])
    head.drop.p = 0.3
    if start:
        now = torch.load(start)
        text.load_state_dict(now["text"]), head.load_state_dict(now["head"])
    own_again(text)
    count = textual.used_pieces(m, reader)
    idle = torch.tensor([count[i] == 0 for i in range(reader.size)])
    paths.log("together: %d pictures, %d pairs, pieces never trained %d" % (len(m.train), len(m.pairs), int(idle.sum())))
    like = torch.nn.Linear(256, 384)                                          # to the English teacher's space
    slow = [p for n, p in text.named_parameters() if "weight" in n or "bias" in n]
    opt = torch.optim.AdamW([{"params": slow, "weight_decay": 0.0}, {"params": head.parameters(), "weight_decay": 0.05}, {"params": like.parameters(), "weight_decay": 0.0}], lr=lr, betas=(0.9, 0.98))
    text.train(), head.train()
    text.forget = forget
    composed = (text.parts[:, 1] > 0).float().unsqueeze(1)
    sums, begin, step = np.zeros(5), time.process_time(), 0
    while (done := (time.process_time() - begin) / (60 * minutes)) < 1:
        for g, top in zip(opt.param_groups, (lr, lr_head, 3e-3)):
            g["lr"] = top * min(1, (step + 1) / 30) * (0.5 + 0.5 * np.cos(np.pi * done)) + 1e-6
        index = m.batch(batch)
        f = np.where((m.np.random(len(index)) < 0.4)[:, None] & have_loud[index][:, None], loud[index], plain[index])
        vec = head(torch.tensor(f.astype(np.float32)))
        texts, kinds = m.captions(index)
        left, right, keys = m.pair_batch(pairs)
        left = [captions.mistyped(t, m.rng) if m.rng.random() < 0.06 else t for t in left]
        known = np.array([m.number.get(t, -1) for t in left])
        names, which = m.taught(teach)
        words = text(*reader(texts))
        both = text(*reader(left + right + names, 40))
        a, b, c = both[: len(left)], both[len(left): 2 * len(left)], both[2 * len(left):]
        k = m.keys[index]
        same = k[:, kinds].T == k[np.arange(len(index)), kinds][:, None]
        told = contrast(words, vec, scale, same)
        pair = contrast(a, b, 20.0, keys[:, None] == keys[None])
        target = torch.tensor(m.teacher[which].astype(np.float32))
        order = keep_order(c, target)
        ok = torch.tensor(known >= 0)
        meant = torch.tensor(m.teacher[known[known >= 0]].astype(np.float32))
        near = (1 - F.cosine_similarity(like(c), target)).mean() + (1 - F.cosine_similarity(like(b[ok]), meant)).mean()
        raw = torch.from_numpy(raw_of(index[:256]))
        kept = keep_order(vec[:256], F.normalize((raw - head.mean) * head.gain, dim=1))
        loss = told + pair + 0.5 * order + 0.7 * near + 0.4 * kept
        opt.zero_grad(), loss.backward()
        torch.nn.utils.clip_grad_norm_(list(text.parameters()) + list(head.parameters()), 5.0)
        opt.step()
        with torch.no_grad():
            text.table.weight.mul_(1 - shrink * composed * opt.param_groups[0]["lr"] / lr)
            text.table.weight[idle] = 0
        sums += [x.item() for x in (told, pair, order, near, kept)]
        step += 1
        if step % 50 == 0:
            paths.log("together", step, "caption %.3f pair %.3f order %.3f teacher %.3f kept %.3f" % tuple(sums / 50), "%.0f%%" % (100 * done))
            sums[:] = 0
            torch.save({"text": text.state_dict(), "head": head.state_dict()}, paths.work / "together_now.pt")
    text.eval(), head.eval()
    torch.save(text.state_dict(), paths.work / "text_again.pt")
    torch.save({"backbone": state["backbone"], "head": head.state_dict()}, paths.work / "image_again.pt")
    return text, head


if __name__ == "__main__":
    import sys
    from common import Paths

    train(Paths(*sys.argv[1:3]), minutes=float(sys.argv[3]) if len(sys.argv) > 3 else 14)
