"""First training of text and picture together, on cached raw features: minutes, not hours.

Four losses: picture against caption, English against Chinese, the English teacher's similarities,
and the raw picture features' own similarities (so that unseen kinds of picture keep their places).
"""
import json
import random

import numpy as np
import torch
import torch.nn.functional as F
from tokenizers import Tokenizer

import captions
from common import DIM, MAX_TOKENS, PAD_ID, UNK_ID, seed_all
from data import load
from towers import ImageHead, TextTower

SHARE = {"fashion44k": 0.52, "electronics": 0.23, "grocery": 0.09, "clothing": 0.06, "emoji": 0.10, "drawn": 0.25}


class Reader:
    """Texts to padded id tensors."""

    def __init__(self, paths):
        self.tok = Tokenizer.from_file(str(paths.work / "tokenizer.json"))
        self.size = self.tok.get_vocab_size()

    def __call__(self, texts, max_tokens=MAX_TOKENS):
        ids = [e.ids[:max_tokens] or [UNK_ID] for e in self.tok.encode_batch(texts)]
        grid = torch.full((len(ids), max(map(len, ids))), PAD_ID, dtype=torch.long)
        for i, row in enumerate(ids):
            grid[i, : len(row)] = torch.tensor(row)
        return grid, (grid != PAD_ID).long()


class Keys:
    """Numbers for texts, so that two items that share a text are not held apart."""

    def __init__(self):
        self.seen = {}

    def __call__(self, *what):
        return self.seen.setdefault(what, len(self.seen))


class Material:
    """Rows, captions, pairs and teacher texts, sampled by weight."""

    def __init__(self, paths, seed=1):
        self.rows, self.images = load(paths)
        self.rng = random.Random(seed)
        self.np = np.random.default_rng(seed)
        self.facts = [captions.facts(r) for r in self.rows]
        keys = Keys()
        self.keys = np.array([[keys("t", r["title"].lower()), keys("lc", r["label"] or r["title"], r["colour"]), keys("l", r["label"] or r["title"])] for r in self.rows])
        self.train = np.array([i for i, r in enumerate(self.rows) if r["split"] == "train"])
        count = {}
        for i in self.train:
            count[self.rows[i]["set"]] = count.get(self.rows[i]["set"], 0) + 1
        w = np.array([SHARE[self.rows[i]["set"]] / count[self.rows[i]["set"]] for i in self.train])
        self.weight = w / w.sum()
        self.pairs = captions.pairs(paths)
        pw = np.array([p[2] for p in self.pairs])
        self.pair_weight = pw / pw.sum()
        self.shop = captions.shop_lines(paths)
        self.teacher_texts = json.loads((paths.work / "minilm.json").read_text(encoding="utf8"))
        self.teacher = np.load(paths.work / "minilm.npy")

    def pick(self, n):
        return self.train[self.np.choice(len(self.train), n, p=self.weight)]

    def caption_batch(self, index):
        drawn = [captions.caption(self.rows[i], self.facts[i], self.rng) for i in index]
        return [t for t, _ in drawn], np.array([k for _, k in drawn])

    def pair_batch(self, n):
        """n English and Chinese texts that mean the same, half of the own concepts with a colour."""
        left, right, keys = [], [], []
        for p in self.np.choice(len(self.pairs), n, p=self.pair_weight):
            en, zh, _ = self.pairs[p]
            e, z, key = self.rng.choice(en), self.rng.choice(zh), p
            if self.rng.random() < 0.35 and p < len(captions.CONCEPTS):
                c = self.rng.randrange(len(captions.COLOURS))
                ce, cz = captions.COLOURS[c]
                e = self.rng.choice(captions.EN_SHAPES).format(c=self.rng.choice(ce), a=e)
                z = self.rng.choice(captions.ZH_SHAPES).format(c=self.rng.choice(cz), a=z)
                key = 1_000_000 + p * 100 + c
            left.append(e), right.append(z), keys.append(key)
        for line, word in self.rng.sample(self.shop, min(n // 12, len(self.shop))):
            left.append(line), right.append(word), keys.append(hash(word) % (1 << 40) + (1 << 41))
        return left, right, np.array(keys)


def contrast(a, b, scale, same):
    """Symmetric InfoNCE; `same[i, j]` true off the diagonal is left out of the contest."""
    logits = scale * a @ b.T
    logits = logits.masked_fill(torch.as_tensor(same & ~np.eye(len(same), dtype=bool)), -1e4)
    t = torch.arange(len(a))
    return 0.5 * (F.cross_entropy(logits, t) + F.cross_entropy(logits.T, t))


def keep_order(student, teacher, warm=0.1, student_warm=0.1):
    """KL between the rows of two similarity tables, the diagonal left out."""
    eye = torch.eye(len(student), dtype=torch.bool)
    t = torch.softmax((teacher @ teacher.T / warm).masked_fill(eye, -1e4), 1)
    s = torch.log_softmax((student @ student.T / student_warm).masked_fill(eye, -1e4), 1)
    return (t * (torch.log(t + 1e-9) - s).masked_fill(eye, 0)).sum(1).mean()


def text_losses(material, text, reader, n_pairs, n_teacher):
    """The two losses that need no picture: English-Chinese, and the English teacher's order."""
    left, right, keys = material.pair_batch(n_pairs)
    both = text(*reader(left + right, 40))
    pair = contrast(both[: len(left)], both[len(left):], 20.0, keys[:, None] == keys[None])
    which = material.np.choice(len(material.teacher_texts), n_teacher)
    taught = text(*reader([material.teacher_texts[i] for i in which], 40))
    teach = keep_order(taught, torch.tensor(material.teacher[which].astype(np.float32)), 0.1, 0.1)
    return pair, teach


def caption_loss(material, index, image_vec, text, reader, scale):
    texts, kinds = material.caption_batch(index)
    k = material.keys[index]
    vec = text(*reader(texts))
    same = k[:, kinds].T == k[np.arange(len(index)), kinds][:, None]      # [caption, picture]
    return contrast(vec, image_vec, scale, same)


def train(paths, steps=1100, batch=768, seed=7, start=None, lr=2e-3):
    seed_all(seed)
    m, reader = Material(paths, seed), Reader(paths)
    _, feats = load(paths, "features")
    text, head = TextTower(reader.size), ImageHead()
    sample = np.asarray(feats[np.sort(m.pick(4000))], np.float32)
    head.mean.copy_(torch.tensor(sample.mean(0)))
    head.gain.copy_(torch.tensor(1 / (sample.std(0) + 0.1)))
    logit = torch.nn.Parameter(torch.tensor(np.log(14.0), dtype=torch.float32))
    if start:
        state = torch.load(start)
        text.load_state_dict(state["text"]), head.load_state_dict(state["head"]), logit.data.copy_(state["logit"])
    opt = torch.optim.AdamW([{"params": text.parameters(), "weight_decay": 0.0}, {"params": head.parameters(), "weight_decay": 0.05}, {"params": [logit], "weight_decay": 0.0}], lr=lr, betas=(0.9, 0.98))
    sched = torch.optim.lr_scheduler.OneCycleLR(opt, lr, total_steps=steps, pct_start=0.1)
    text.train(), head.train()
    means = np.zeros(4)
    for step in range(steps):
        index = m.pick(batch)
        raw = torch.tensor(feats[index].astype(np.float32))
        vec = head(raw)
        a = caption_loss(m, index, vec, text, reader, logit.exp())
        b, c = text_losses(m, text, reader, 512, 384)
        norm = F.normalize((raw - head.mean) * head.gain, dim=1)
        d = keep_order(vec[:512], norm[:512])
        loss = a + 0.6 * b + 0.5 * c + 0.4 * d
        opt.zero_grad(), loss.backward()
        torch.nn.utils.clip_grad_norm_(list(text.parameters()) + list(head.parameters()), 5.0)
        opt.step(), sched.step()
        logit.data.clamp_(max=np.log(60.0))
        means += [x.item() for x in (a, b, c, d)]
        if step % 100 == 99:
            paths.log("joint", step + 1, "caption %.3f pair %.3f teacher %.3f kept %.3f" % tuple(means / 100), "scale %.1f" % logit.exp().item())
            means[:] = 0
    text.eval(), head.eval()
    torch.save({"text": text.state_dict(), "head": head.state_dict(), "logit": logit.data}, paths.work / "joint.pt")
    return text, head
