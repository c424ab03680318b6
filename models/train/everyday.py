"""Trains the sound branch and the gate: from YAMNet's weights, through all layers, to the labels' text vectors.

The start is the Apache-2.0 model of tensorflow/tflite-support (yamnet_audio_classifier_with_metadata.tflite),
its int8 weights brought back to numbers. It is run over whole windows of 4 s instead of 0.96 s patches.
"""
import json

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

from common import WINDOW, Clock, level, seed_all, trim
from material import Rough, clips, hide, quick_mel
from towers import SoundTower
from words import SOUNDS


def yamnet(path):
    """The tflite's weights in a SoundTower."""
    from ai_edge_litert.interpreter import Interpreter

    net = Interpreter(str(path), num_threads=1)
    tower, convs = SoundTower(), []
    for t in net.get_tensor_details():
        scale = t["quantization_parameters"]["scales"]
        if len(scale) < 2:
            continue
        value, along = net.get_tensor(t["index"]).astype(np.float32), int(t["quantization_parameters"]["quantized_dimension"])
        convs.append(value * scale.reshape([-1 if k == along else 1 for k in range(value.ndim)]))
    with torch.no_grad():
        for layer, w, b in zip(tower.trunk, convs[::2], convs[1::2]):
            w = w.transpose(3, 0, 1, 2) if layer.conv.groups > 1 else w.transpose(0, 3, 1, 2)
            layer.conv.weight.copy_(torch.from_numpy(np.ascontiguousarray(w))), layer.conv.bias.copy_(torch.from_numpy(b))
    return tower


def check(path, wave):
    """Cosine of the port's mean feature to the tflite's own, on one patch of 15,600 samples."""
    from ai_edge_litert.interpreter import Interpreter, OpResolverType
    from common import log_mel

    net = Interpreter(str(path), num_threads=1, experimental_preserve_all_tensors=True, experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES)
    net.allocate_tensors()
    net.set_tensor(net.get_input_details()[0]["index"], wave[:15600].reshape(net.get_input_details()[0]["shape"])), net.invoke()
    t = next(t for t in net.get_tensor_details() if t["name"].endswith("layer28/reduce_mean"))
    want = (net.get_tensor(t["index"]).reshape(-1).astype(np.float32) - t["quantization"][1]) * t["quantization"][0]
    with torch.no_grad():
        got = yamnet(path).trunk(torch.from_numpy(log_mel(wave[None, :15600]))[:, None]).mean((2, 3))[0].numpy()
    return float((want * got).sum() / np.linalg.norm(want) / np.linalg.norm(got))


class Sounds:
    """Recorded sounds of folds 1 to 3 and rendered product sounds, drawn evenly by label."""

    def __init__(self, paths, seed, per_kind=16):
        import drawn
        _, makers = drawn.makers()
        self.rng, self.rough = np.random.default_rng(seed), Rough(seed=8)
        self.waves = [level(trim(w)) for r, w in clips(paths, "audio-esc10") if r["fold"] <= 3]
        label = [r["label"] for r, _ in clips(paths, "audio-esc10") if r["fold"] <= 3]
        self.names = [SOUNDS[l] for l in SOUNDS]
        number = [list(SOUNDS).index(l) for l in label]
        for k, about in makers.KINDS.items():
            for i in range(per_kind):
                self.waves.append(drawn.sound(makers, k, drawn.TRAIN_SEED + i)), number.append(len(self.names))
            self.names.append((about["en"], about["zh"]))
        self.label = np.array(number)
        weight = np.where(self.label < len(SOUNDS), 2.5, 1.0) / np.bincount(self.label)[self.label]
        self.share = weight / weight.sum()

    def draw(self, n, mixed=0.3):
        """n windows of 4 s: mels, first and second labels, the first's share."""
        i = self.rng.choice(len(self.waves), n, p=self.share)
        j = self.rng.choice(len(self.waves), n, p=self.share)
        share = np.where(self.rng.random(n) < mixed, self.rng.uniform(0.55, 1, n), 1).astype(np.float32)
        x = np.stack([s * self.window(a) + ((1 - s) * self.window(b) if s < 1 else 0) for a, b, s in zip(i, j, share)])
        rough = self.rng.random() < 0.6
        return hide(quick_mel(self.rough(x, self.rng, 0.6) if rough else x), self.rng), self.label[i], self.label[j], share

    def window(self, i):
        w, f = self.waves[i], self.rng.uniform(0.85, 1.18)
        w = np.interp(np.arange(0, len(w) - 1, f), np.arange(len(w)), w).astype(np.float32)
        out = np.zeros(WINDOW, np.float32)
        if len(w) > WINDOW:
            at = self.rng.integers(0, len(w) - WINDOW + 1) if self.rng.random() < 0.7 else 0
            w = w[at: at + WINDOW]
        at = self.rng.integers(0, WINDOW - len(w) + 1) if self.rng.random() < 0.3 else 0
        out[at: at + len(w)] = w
        return level(out)


def train(paths, text, minutes=8, seed=5, lr=1e-4, batch=24, latest=None, name="sound.pt"):
    seed_all(seed)
    m, tower = Sounds(paths, seed), yamnet(paths.data / "weights" / "yamnet_classifier_meta.tflite")
    paths.log("port of YAMNet, cosine to the original: %.4f" % check(paths.data / "weights" / "yamnet_classifier_meta.tflite", max(m.waves, key=len)))
    tables = [torch.from_numpy(text([n[k] for n in m.names])) for k in (0, 1)]
    tower.trunk.to(memory_format=torch.channels_last)
    opt = torch.optim.AdamW([{"params": tower.out.parameters(), "lr": 1e-3, "top": 1e-3}, {"params": tower.trunk.parameters(), "lr": lr, "top": lr}], weight_decay=0.05)
    clock, step, sums = Clock(minutes, latest), 0, []
    while (done := clock.done()) < 1:
        for k, g in enumerate(opt.param_groups):
            g["lr"] = g["top"] * (0.5 + 0.5 * np.cos(np.pi * done)) * min(1, (step + 1) / (150 if k else 20))
        mel, first, second, share = m.draw(batch)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            x = tower.pooled(torch.from_numpy(mel)).float()
        v = F.normalize(tower.out(F.dropout(x, 0.3)), dim=1)
        share, first, second = torch.from_numpy(share), torch.from_numpy(first), torch.from_numpy(second)
        loss = sum((share * F.cross_entropy(v @ t.T * 16, first, reduction="none") + (1 - share) * F.cross_entropy(v @ t.T * 16, second, reduction="none")).mean() for t in tables) / 2
        opt.zero_grad(), loss.backward()
        nn.utils.clip_grad_norm_(tower.parameters(), 5.0)
        opt.step()
        sums.append((loss.item(), ((v.detach() @ tables[0].T).argmax(1) == first).float().mean().item()))
        step += 1
        if step % 40 == 0:
            paths.log("sound", step, "%.0f%%" % (100 * done), "%.1f CPU minutes" % clock.spent(), "label %.2f right %.3f" % tuple(np.mean(sums, 0)))
            sums = []
            torch.save(tower.state_dict(), paths.work / name)
    torch.save(tower.state_dict(), paths.work / name)
    paths.log("sound: %d steps, %.1f CPU minutes" % (step, clock.spent()))
