"""Trains the speech branch of the sound tower: words, phrases, wishes and orders to their text vectors.

Whole clips are pulled to the text vector of what they mean, against all other meanings; frames learn
the speech teacher's rows at the same time. A run that starts from an earlier bundle's file holds the
normalisation still: it is already folded into the weights. What is kept is the moving average.
"""
import numpy as np
import onnx
import torch
import torch.nn as nn
import torch.nn.functional as F
from onnx import numpy_helper

from adversary import Adversary
from common import LOG_OFFSET, WINDOW, Clock, seed_all
from material import MIDDLE, SHORT, Material
from sayings import DRINKS
from towers import Average, SpeechTower, unit

CYCLE = "wpwswpwo"      # words, phrases, wishes, orders
HALF = torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported()      # elsewhere bf16 is the slower one


def shipped(tower, path):
    """Reads the weights of an exported tower's speech branch back; new temporal layers begin as doing nothing."""
    graph = onnx.load(str(path)).graph
    value = {t.name: torch.from_numpy(numpy_helper.to_array(t).astype(np.float32)) for t in graph.initializer}
    for n in graph.node:
        if n.op_type == "Cast" and n.input[0] in value:
            value[n.output[0]] = value[n.input[0]]
    found = [[value[i] for i in n.input[1:3]] for n in graph.node if n.op_type in ("Conv", "Gemm") and not n.input[1].startswith(("sound.", "gate."))]
    layers = [m for part in (tower.trunk, tower.fold, tower.time) for m in part.modules() if isinstance(m, (nn.Conv2d, nn.Conv1d))]
    norms = [m for part in (tower.trunk, tower.fold, tower.time) for m in part.modules() if isinstance(m, (nn.BatchNorm2d, nn.BatchNorm1d))]
    ends = [tower.look, tower.out[0], tower.out[2]]
    with torch.no_grad():
        for norm in norms:
            norm.running_mean.zero_(), norm.running_var.fill_(1 - norm.eps), norm.weight.fill_(1), norm.bias.zero_()
        for block in list(tower.time)[(len(found) - 3 - len([m for p in (tower.trunk, tower.fold) for m in p.modules() if isinstance(m, (nn.Conv2d, nn.Conv1d))])) // 2:]:
            block.net[4].weight.zero_()
        for layer, norm, (w, b) in zip(layers, norms, found[:-3]):
            layer.weight.copy_(w), norm.bias.copy_(b)
        for layer, (w, b) in zip(ends, found[-3:]):
            layer.weight.copy_(w.reshape(layer.weight.shape)), layer.bias.copy_(b)
    return tower


def train(paths, text, minutes=50, seed=5, start=None, lr=1.2e-3, name="speech.pt", latest=None, state=None, batch=64, adversary=0.0, near=3.0, fixed=2, part=(0, 1), cycle=CYCLE):
    """`text` gives vectors for a list of texts; `state` goes on from an earlier result; `near` weighs the plain distance to
    the target; `fixed` first steps of the trunk are left as they are; `adversary` is the weight of the modality
    discriminator; `part` of the rate's course is this run's. Stops by CPU minutes, or `latest` minutes on the wall."""
    seed_all(seed)
    m = Material(paths, seed)
    tower, teacher_head = SpeechTower(), nn.Conv1d(256, 96, 9)
    if start:
        shipped(tower, start)
    if state:
        s = torch.load(state)
        tower.load_state_dict(s["tower"]), teacher_head.load_state_dict(s["teacher"])
    still = bool(start or state)
    tower.still = fixed if still else 0
    tower.trunk.to(memory_format=torch.channels_last)
    table = torch.from_numpy(text([w for _, w in m.meanings]))
    lang = np.array([l for l, _ in m.meanings])
    alike = torch.stack([v @ table.T > torch.where(torch.from_numpy(lang != l), 0.6, 0.92) for v, l in zip(table, lang)]).fill_diagonal_(False)
    mean, spread = torch.from_numpy(m.teacher_mean), torch.from_numpy(m.teacher_spread)
    params = list(tower.parameters()) + list(teacher_head.parameters())
    opt = torch.optim.AdamW(params, lr, weight_decay=0.02)
    against = Adversary(adversary) if adversary else None
    slow, slow_head = Average(tower), Average(teacher_head)

    def frames(mel):
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=HALF):
            return tower.frames(torch.from_numpy(mel)).float()

    def silent(x):
        """Rows of silence behind a shorter clip, as in the 4 s window of the app."""
        row = frames(np.full((1, 64, 64), np.log(LOG_OFFSET), np.float32))[:, :, 4:5]
        return torch.cat([x, row.expand(len(x), -1, 50 - x.shape[2])], 2)

    def taught(x, rows):
        have = torch.from_numpy(~np.isnan(rows[:, :, 0]))
        got = teacher_head(x).transpose(1, 2)[:, : rows.shape[1]]
        have, want = have[:, : got.shape[1]], (torch.from_numpy(np.nan_to_num(rows[:, : got.shape[1]])) - mean) / spread
        return ((got - want) ** 2).mean(2)[have].mean() if have.any() else got.sum() * 0

    def contest(v, target, many):
        close = v @ table[:many].T * 24
        loss = F.cross_entropy(close.masked_fill(alike[target][:, :many], -24.0), torch.from_numpy(target))
        return loss + near * (1 - (v * table[target]).sum(1).mean()), (close.detach().argmax(1).numpy() == target).mean()

    clock, step, sums = Clock(minutes, latest), 0, {k: [] for k in "wpsot"}
    while (done := clock.done()) < 1:
        for g in opt.param_groups:
            g["lr"] = lr * min(1, (step + 1) / 100) * (0.5 + 0.5 * np.cos(np.pi * (part[0] + (part[1] - part[0]) * done))) + 1e-5
        tower.train(not still)
        kind = cycle[step % len(cycle)]
        if kind == "o":
            mel, whose, target, rows = m.orders_heard(8)
            x = frames(mel)
            v = tower.join(x)
            v = unit(torch.zeros(len(target), v.shape[1]).index_add(0, torch.from_numpy(whose), v))
            loss, _ = contest(v, target, m.single)
            few = v @ table[: len(DRINKS)].T * 24
            loss = 0.5 * loss + F.cross_entropy(few, torch.from_numpy(target))
            right = (few.detach().argmax(1).numpy() == target).mean()
        else:
            if kind == "w":
                mel, target, rows = m.said(batch, m.words, m.word_taught, SHORT, people=0.12)
            elif kind == "p":
                mel, target, rows = m.said(batch * 3 // 4, m.phrases, m.phrase_taught, MIDDLE)
            else:
                mel, target, rows = m.said(batch // 2, m.wishes, m.wish_taught, WINDOW)
            x = frames(mel)
            v = tower.join(silent(x) if kind != "s" and step % 8 else x)
            loss, right = contest(v, target, m.single if kind == "w" else len(m.meanings))
        if against:
            loss = loss + against(v, table[target])
        teach = taught(x if state or step > 150 else x.detach(), rows)       # a new teacher head learns alone first
        opt.zero_grad(), (loss + teach).backward()
        nn.utils.clip_grad_norm_(params, 5.0)
        opt.step()
        slow(tower, step), slow_head(teacher_head, step)
        sums[kind].append((loss.item(), right)), sums["t"].append((teach.item(), 0))
        step += 1
        if step % 100 == 0:
            said = {k: np.nanmean(v, 0) for k, v in sums.items()}
            paths.log("speech", step, "%.0f%%" % (100 * done), "%.1f CPU minutes" % clock.spent(),
                      *["%s %.2f/%.3f" % (t, *said[k]) for k, t in (("w", "word"), ("p", "phrase"), ("s", "wish"), ("o", "order"))], "teacher %.3f" % said["t"][0], "judge right %.3f" % np.mean(against.seen[-100:]) if against else "")
            sums = {k: [] for k in "wpsot"}
            torch.save({"tower": slow.module.state_dict(), "teacher": slow_head.module.state_dict(), "live": tower.state_dict()}, paths.work / name)
    torch.save({"tower": slow.module.state_dict(), "teacher": slow_head.module.state_dict(), "live": tower.state_dict()}, paths.work / name)
    paths.log("speech: %d steps, %.1f CPU minutes" % (step, clock.spent()))
