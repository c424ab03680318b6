"""The encoder as generator against a modality discriminator, after adversarial cross-modal retrieval; off by default.

A small network guesses whether a vector came from sound or text, and the encoder learns to be taken for
text. `gap` measures what it is meant to close: on held-out words, how well a fresh discriminator tells
the two apart, and how far their means lie from each other.
"""
import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from common import DIM

SOUND, TEXT = 1.0, 0.0


def judge():
    return nn.Sequential(nn.Linear(DIM, 128), nn.ReLU(), nn.Linear(128, 1))


class Adversary:
    def __init__(self, weight, lr=1e-3):
        self.weight, self.judge = weight, judge()
        self.opt, self.seen = torch.optim.AdamW(self.judge.parameters(), lr), []

    def believed(self, vectors, what):
        guess = self.judge(vectors * DIM ** 0.5)[:, 0]
        return F.binary_cross_entropy_with_logits(guess, torch.full_like(guess, what)), ((guess > 0).float() == what).float().mean().item()

    def __call__(self, heard, read):
        """One step of the judge; then what the encoder loses for being told from text."""
        (a, right), (b, also) = self.believed(heard.detach(), SOUND), self.believed(read, TEXT)
        self.opt.zero_grad(), (a + b).backward(), self.opt.step()
        self.seen.append((right + also) / 2)
        self.judge.requires_grad_(False)
        loss = self.believed(heard, TEXT)[0]
        self.judge.requires_grad_(True)
        return self.weight * loss


def gap(heard, read, seed=1, steps=300):
    """(share of unseen pairs that a fresh judge tells apart, distance of the means) for two matched [n, 256]."""
    torch.manual_seed(seed)
    order = np.random.default_rng(seed).permutation(len(heard))
    a, b = torch.from_numpy(heard[order]), torch.from_numpy(read[order])
    half, fresh = len(a) // 2, Adversary(0.0)
    for _ in range(steps):
        fresh(a[:half], b[:half])
    right = (fresh.believed(a[half:], SOUND)[1] + fresh.believed(b[half:], TEXT)[1]) / 2
    return right, float((a.mean(0) - b.mean(0)).norm())
