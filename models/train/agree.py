"""A last short training of the text tower: the same phrase in two languages belongs in one place.

"Red shirt" and its Chinese are drawn together for every colour and article, Chinese towards English;
the captions, the dictionaries and where every shop word stood hold the rest of the space still.
"""
import time

import numpy as np
import torch
import torch.nn.functional as F

import captions
import textual
from common import seed_all
from features import tuned
from joint import contrast
from together import Lessons, Splitter
from towers import ImageHead
from words import ARTICLES, COLOURS, CONCEPTS, article_zh, singular


def phrases(rng, n):
    things = [(en, zh) for en, zh in CONCEPTS] + [([singular(k), k.lower()], article_zh(k)) for k in ARTICLES] * 2
    left, right = [], []
    for _ in range(n):
        (en, zh), (ce, cz) = rng.choice(things), rng.choice(COLOURS[:32])
        left.append(f"{ce[0]} {en[0]}")
        right.append(rng.choice(captions.ZH_SHAPES).format(c=cz[0] if rng.random() < 0.6 else rng.choice(cz), a=zh[0] if rng.random() < 0.6 else rng.choice(zh)))
    return left, right


def train(paths, minutes=1.5, seed=71, lr=5e-4, clock=time.process_time):
    seed_all(seed)
    plain, _ = tuned(paths)
    m = Lessons(paths, plain.any(1), seed)
    reader, head = Splitter(paths, m.rng, 0.15), ImageHead()
    head.load_state_dict(torch.load(paths.work / "image_again.pt")["head"])
    head.eval()
    scale = torch.load(paths.work / "joint.pt")["logit"].exp().item()
    text = textual.trained(paths, reader)
    names = [n for es, zs in CONCEPTS + COLOURS for n in es + zs]
    with torch.no_grad():
        stood = text(*reader(names))
    text.train()
    text.forget = 0.3
    opt = torch.optim.AdamW(text.parameters(), lr, betas=(0.9, 0.98), weight_decay=0.0)
    begin, step = clock(), 0
    while (done := (clock() - begin) / (60 * minutes)) < 1:
        opt.param_groups[0]["lr"] = lr * min(1, (step + 1) / 10) * (0.5 + 0.5 * np.cos(np.pi * done)) + 1e-6
        index = m.batch(256)
        with torch.no_grad():
            vec = head(torch.tensor(plain[index].astype(np.float32)))
        texts, kinds = m.captions(index)
        left, right, keys = m.pair_batch(512)
        en, zh = phrases(m.rng, 384)
        words, both = text(*reader(texts)), text(*reader(left + right + en + zh + names, 40))
        k, n = m.keys[index], len(left)
        told = contrast(words, vec, scale, k[:, kinds].T == k[np.arange(len(index)), kinds][:, None])
        pair = contrast(both[:n], both[n: 2 * n], 20.0, keys[:, None] == keys[None])
        e, z = both[2 * n: 2 * n + 384], both[2 * n + 384: 2 * n + 768]
        one = (1 - (e.detach() * z).sum(1)).mean()
        still = (1 - (both[2 * n + 768:] * stood).sum(1)).mean()
        loss = told + pair + 4 * one + 4 * still
        opt.zero_grad(), loss.backward()
        torch.nn.utils.clip_grad_norm_(text.parameters(), 5.0)
        opt.step()
        step += 1
        if step % 20 == 0:
            paths.log("agree", step, "caption %.3f pair %.3f apart %.3f moved %.4f" % (told.item(), pair.item(), one.item(), still.item()))
    text.eval()
    torch.save(text.state_dict(), paths.work / "text_agreed.pt")
    return text
