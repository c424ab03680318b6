"""Trains the whole picture tower, every layer, at a low rate, after `joint.py` has placed the head.

Plain and augmented pictures; the text tower stands still and serves extra negatives; a queue of
recent pictures serves the other direction. A feature-preservation loss ties the backbone to what
it knew, so that kinds of picture that are not in the data keep their places.
"""
import time

import numpy as np
import torch
import torch.nn.functional as F

import textual
from common import pixels_of, seed_all
from data import load
from features import augment, tuned
from joint import Material, Reader, keep_order
from towers import ImageHead, ImageTower, imagenet_backbone


def masked(logits, same):
    return logits.masked_fill(torch.as_tensor(same), -1e4)


def standing(paths, head):
    """Where the tower to go on from puts the plain pictures (zero: not asked)."""
    plain, _ = tuned(paths)
    head.eval()
    with torch.no_grad():
        out = torch.cat([head(torch.tensor(plain[a: a + 4096].astype(np.float32))) for a in range(0, len(plain), 4096)])
    out[torch.from_numpy(~plain.any(1))] = 0
    head.train()
    return out


def train(paths, minutes=15, batch=64, extra=512, queue=768, seed=21, lr_backbone=6e-5, lr_head=3e-4, resume=None, name="image.pt", steady=0.99):
    """`resume`: a picture tower to go on from. What is kept is the running mean of the weights over about 100 steps."""
    seed_all(seed)
    m, reader = Material(paths, seed), Reader(paths)
    _, feats = load(paths, "features")
    state = torch.load(paths.work / "joint.pt")
    text, head = textual.trained(paths, reader), ImageHead()
    head.load_state_dict(state["head"])
    backbone = imagenet_backbone(paths.data / "weights/mobilenet_v2_imagenet.safetensors")
    if resume:
        s = torch.load(resume)
        backbone.load_state_dict(s["backbone"]), head.load_state_dict(s["head"])
    head.train(), backbone.train()
    net = ImageTower(backbone, head).to(memory_format=torch.channels_last)
    scale = state["logit"].exp()
    mean = {k: v.clone() for k, v in net.state_dict().items()}
    keep = lambda: torch.save({part: {k.split(".", 1)[1]: v for k, v in mean.items() if k.startswith(part)} for part in ("backbone", "head")}, paths.work / name)
    opt = torch.optim.AdamW([{"params": backbone.parameters(), "lr": lr_backbone, "weight_decay": 0.0, "top": lr_backbone},
                             {"params": head.parameters(), "lr": lr_head, "weight_decay": 0.05, "top": lr_head}], betas=(0.9, 0.98))
    stands = standing(paths, head) if resume else None
    kept_vec, kept_key = torch.zeros(0, 256), np.zeros((0, 3), int)
    begin, step, seen, sums = time.process_time(), 0, 0, np.zeros(3)
    while True:
        done = (time.process_time() - begin) / (60 * minutes)
        if done >= 1:
            break
        for g in opt.param_groups:
            g["lr"] = g["top"] * min(1, (step + 1) / 60) * (0.5 + 0.5 * np.cos(np.pi * done)) + 1e-6
        index = m.pick(batch)
        u8 = np.asarray(m.images[index])
        loud = m.np.random(batch) < 0.6
        u8[loud] = augment(u8[loud], m.np)
        x = torch.from_numpy(pixels_of(u8)).to(memory_format=torch.channels_last)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            f = backbone(x)
        f = f.float()
        vec = head(f)
        other = m.pick(extra)
        texts, kinds = m.caption_batch(np.concatenate([index, other]))
        keys, every = m.keys[index], m.keys[np.concatenate([index, other])]
        with torch.no_grad():
            words = text(*reader(texts))
        spoken = every[np.arange(len(every)), kinds]
        same = keys[:, kinds] == spoken[None]                                  # [picture, caption]
        same[np.arange(batch), np.arange(batch)] = False
        loss_p = F.cross_entropy(masked(scale * vec @ words.T, same), torch.arange(batch))
        pool, pool_key = torch.cat([vec, kept_vec]), np.concatenate([keys, kept_key])
        same = pool_key[:, kinds[:batch]].T == spoken[:batch, None]            # [caption, picture]
        same[np.arange(batch), np.arange(batch)] = False
        loss_c = F.cross_entropy(masked(scale * words[:batch] @ pool.T, same), torch.arange(batch))
        raw = torch.from_numpy(feats[index].astype(np.float32))
        stay = (1 - F.cosine_similarity((f - head.mean) * head.gain, (raw - head.mean) * head.gain, dim=1)).mean()
        order = keep_order(vec, F.normalize((raw - head.mean) * head.gain, dim=1))
        loss = 0.5 * (loss_p + loss_c) + 0.5 * stay + 0.4 * order
        if stands is not None:   # a part of a thing belongs with the whole of it, apart from other things
            placed = torch.from_numpy(np.flatnonzero(stands[index].abs().sum(1).numpy() > 0))
            crowd = torch.cat([stands[index], stands[other]])
            own = 20 * vec[placed] @ crowd.T
            twin = torch.from_numpy((np.concatenate([index, other])[None] == index[:, None]))[placed]
            twin[torch.arange(len(placed)), placed] = False
            loss = loss + 0.4 * F.cross_entropy(own.masked_fill(twin, -1e4), placed)
        opt.zero_grad(), loss.backward()
        torch.nn.utils.clip_grad_norm_(net.parameters(), 4.0)
        opt.step()
        with torch.no_grad():
            for k, v in net.state_dict().items():
                mean[k].lerp_(v, 1 - min(steady, step / (step + 10)))
        kept_vec, kept_key = torch.cat([vec.detach(), kept_vec])[:queue], np.concatenate([keys, kept_key])[:queue]
        sums += [loss_p.item() / 2 + loss_c.item() / 2, stay.item(), order.item()]
        step, seen = step + 1, seen + batch
        if step % 50 == 0:
            paths.log("finetune", step, "%.0f%%" % (100 * done), f"{seen} pictures", "caption %.3f stay %.3f order %.3f" % tuple(sums / 50))
            sums[:] = 0
            if step % 100 == 0:
                keep()
    keep()
