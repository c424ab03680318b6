"""Plain towers to set the shipped ones against: a small CNN for pictures, a GRU over the subwords for text.

Each starts from nothing and learns a few CPU minutes against the standing vectors of the other, shipped
tower, with the losses that trained what ships; then the same measures. Not shipped.
"""
import time

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

import textual
from common import DIM, pixels_of, seed_all
from features import augment, tuned
from joint import contrast, keep_order
from together import Lessons, Splitter
from towers import ImageHead, unit


class SmallCNN(nn.Module):
    """Five convolutions at 64 px and a mean."""

    def __init__(self):
        super().__init__()
        layers, i = [], 3
        for o, stride in ((32, 2), (64, 2), (128, 1), (128, 2), (256, 2)):
            layers += [nn.Conv2d(i, o, 3, stride, 1, bias=False), nn.BatchNorm2d(o), nn.ReLU()]
            i = o
        self.net, self.out = nn.Sequential(*layers), nn.Linear(i, DIM)

    def forward(self, pixels):
        return unit(self.out(self.net(F.avg_pool2d(pixels, 2)).mean((2, 3))))


class SmallRNN(nn.Module):
    """One GRU of 192 over vectors of 96 a subword; the mean of its states."""

    def __init__(self, vocabulary):
        super().__init__()
        self.table, self.gru, self.out = nn.Embedding(vocabulary, 96, padding_idx=0), nn.GRU(96, 192, batch_first=True), nn.Linear(192, DIM)

    def forward(self, ids, mask):
        states, _ = self.gru(self.table(ids))
        m = mask.unsqueeze(-1).float()
        return unit(self.out((states * m).sum(1) / m.sum(1)))


def clock(opt, minutes, top):
    """Steps until the CPU minutes are spent, the rate falling along a cosine."""
    begin = time.process_time()
    while (done := (time.process_time() - begin) / (60 * minutes)) < 1:
        for g in opt.param_groups:
            g["lr"] = top * (0.5 + 0.5 * np.cos(np.pi * done)) + 1e-6
        yield


def lessons(paths, seed):
    plain, _ = tuned(paths)
    return Lessons(paths, plain.any(1), seed), plain


def cnn(paths, minutes=5, batch=128, extra=384):
    seed_all(81)
    m, _ = lessons(paths, 81)
    reader = Splitter(paths, m.rng, 0.0)
    text, net = textual.trained(paths, reader), SmallCNN().train().to(memory_format=torch.channels_last)
    opt, steps = torch.optim.AdamW(net.parameters(), 2e-3, weight_decay=0.02), 0
    for _ in clock(opt, minutes, 2e-3):
        index, other = m.pick(batch), m.pick(extra)
        u8 = np.asarray(m.images[index])
        loud = m.np.random(batch) < 0.3
        u8[loud] = augment(u8[loud], m.np)
        vec = net(torch.from_numpy(pixels_of(u8)))
        texts, kinds = m.captions(np.concatenate([index, other]))
        with torch.no_grad():
            words = text(*reader(texts))
        every = m.keys[np.concatenate([index, other])]
        same = torch.from_numpy(m.keys[index][:, kinds] == every[np.arange(len(every)), kinds][None])
        same[torch.arange(batch), torch.arange(batch)] = False
        loss = F.cross_entropy((30 * vec @ words.T).masked_fill(same, -1e4), torch.arange(batch))
        opt.zero_grad(), loss.backward(), opt.step()
        steps += 1
    paths.log(f"reference CNN: {steps} steps of {batch}, {sum(p.numel() for p in net.parameters())} weights, last loss {loss.item():.3f}")
    return net.eval()


def rnn(paths, minutes=5, batch=384, pairs=384, teach=256):
    seed_all(82)
    m, plain = lessons(paths, 82)
    reader, head = Splitter(paths, m.rng), ImageHead()
    head.load_state_dict(torch.load(paths.work / "image_again.pt")["head"])
    head.eval()
    net = SmallRNN(reader.size).train()
    opt, steps = torch.optim.AdamW(net.parameters(), 3e-3, weight_decay=0.0), 0
    for _ in clock(opt, minutes, 3e-3):
        index = m.batch(batch)
        with torch.no_grad():
            vec = head(torch.tensor(plain[index].astype(np.float32)))
        texts, kinds = m.captions(index)
        left, right, keys = m.pair_batch(pairs)
        names, which = m.taught(teach)
        words, both = net(*reader(texts, 24)), net(*reader(left + right + names, 16))
        k = m.keys[index]
        told = contrast(words, vec, 30.0, k[:, kinds].T == k[np.arange(len(index)), kinds][:, None])
        n = len(left)
        pair = contrast(both[:n], both[n: 2 * n], 20.0, keys[:, None] == keys[None])
        order = keep_order(both[2 * n:], torch.tensor(m.teacher[which].astype(np.float32)))
        loss = told + pair + 0.5 * order
        opt.zero_grad(), loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 5.0)
        opt.step()
        steps += 1
    paths.log(f"reference RNN: {steps} steps, {sum(p.numel() for p in net.parameters())} weights, last caption {told.item():.3f} pair {pair.item():.3f}")
    return net.eval()


class Mixed:
    """A bundle with one tower put in place of its own."""

    def __init__(self, bundle, image=None, text=None, reader=None):
        self.bundle, self.net, self.words, self.reader = bundle, image, text, reader

    @torch.no_grad()
    def image(self, u8):
        if self.net is None:
            return self.bundle.image(u8)
        return np.concatenate([self.net(torch.from_numpy(pixels_of(u8[a: a + 64]))).numpy() for a in range(0, len(u8), 64)])

    @torch.no_grad()
    def text(self, lines):
        if self.words is None:
            return self.bundle.text(lines)
        return np.concatenate([self.words(*self.reader(lines[a: a + 64])).numpy() for a in range(0, len(lines), 64)])


def main():
    import argparse
    import evaluate
    from common import Paths
    from export import Bundle
    from joint import Reader

    p = argparse.ArgumentParser(description=__doc__)
    p.add_argument("--data"), p.add_argument("--work", default="work"), p.add_argument("--bundle", default="../compact")
    p.add_argument("--minutes", type=float, default=5, help="CPU minutes for each of the two")
    a = p.parse_args()
    paths = Paths(a.data, a.work)
    bundle, say = Bundle(a.bundle), evaluate.speaker(paths)
    for name, enc in (("CNN", lambda: Mixed(bundle, image=cnn(paths, a.minutes))), ("RNN", lambda: Mixed(bundle, text=rnn(paths, a.minutes), reader=Reader(paths)))):
        made = enc()
        paths.log(f"-- reference {name}")
        evaluate.fashion(paths, made, say)
        if name == "RNN":
            evaluate.words(paths, made, say)


if __name__ == "__main__":
    main()
