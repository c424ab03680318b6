"""Second training of the text tower alone, against standing picture vectors.

It adds the characters below the Chinese pieces (see `TextTower`) and spends most of its effort on
the English-Chinese pairs. The space does not move: the picture vectors hold it.
"""
import numpy as np
import torch
from collections import Counter

import captions
from common import seed_all
from data import load
from joint import Material, Reader, caption_loss, text_losses
from towers import ImageHead, TextTower


def characters(reader):
    """For every piece of two to four Han characters: their numbers. (parts [V, 4], how many)"""
    han = lambda c: "\u4e00" <= c <= "\u9fff"
    number, parts = {}, torch.zeros(reader.size, 4, dtype=torch.long)
    for piece, i in sorted(reader.tok.get_vocab().items(), key=lambda x: x[1]):
        c = piece.replace("\u2581", "")
        if 1 <= len(c) <= 4 and all(map(han, c)):
            parts[i, : len(c)] = torch.tensor([number.setdefault(x, len(number) + 1) for x in c])
    return parts, len(number) + 1


def tower(reader, state=None, **shape):
    parts, count = characters(reader)
    t = TextTower(reader.size, parts, count, **shape)
    if state is not None:
        fresh = len(state.get("chars.weight", ())) != count   # from `joint.py`, which knows no characters
        t.load_state_dict({k: v for k, v in state.items() if not (fresh and k in ("parts", "chars.weight"))}, strict=False)
    return t


def trained(paths, reader):
    """The text tower as it stands: after its last training where that has been."""
    last = next(f for f in (paths.work / n for n in ("text_agreed.pt", "text_again.pt", "text_last.pt", "text.pt")) if f.exists())
    return tower(reader, torch.load(last)).eval()


def used_pieces(m, reader):
    """How often each piece occurs in what is trained on."""
    texts = [r["title"] for i, r in enumerate(m.rows) if r["split"] == "train" and r["title"]]
    texts += [x for e, z, _ in m.pairs for x in e + z] + [x for pair in m.shop for x in pair] + list(m.teacher_texts)
    texts += [c + a for _, cz in captions.COLOURS for c in cz for _, az in captions.CONCEPTS for a in az[:1]]
    count = Counter()
    for e in reader.tok.encode_batch(texts):
        count.update(e.ids)
    return count


def picture_vectors(paths, most=3000):
    """Where the fine-tuned picture tower puts up to `most` train pictures of each set (zero: not asked)."""
    from common import SIZE, pixels_of
    from export import session, to_onnx
    from towers import ImageHead, ImageTower, MobileNetV2

    state = torch.load(paths.work / "image.pt")
    net = ImageTower(MobileNetV2(), ImageHead())
    net.backbone.load_state_dict(state["backbone"]), net.head.load_state_dict(state["head"])
    to_onnx(net, (torch.zeros(1, 3, SIZE, SIZE),), ["pixels"], paths.work / "image_now.onnx", {"pixels": {0: "batch"}})
    run = session(paths.work / "image_now.onnx")
    rows, images = load(paths)
    rng, out = np.random.default_rng(8), torch.zeros(len(rows), 256)
    for name in dict.fromkeys(r["set"] for r in rows):
        some = np.array([i for i, r in enumerate(rows) if r["set"] == name and r["split"] == "train"])
        some = rng.permutation(some)[:most]
        for a in range(0, len(some), 64):
            part = some[a: a + 64]
            out[part] = torch.from_numpy(run.run(None, {"pixels": pixels_of(np.asarray(images[part]))})[0])
    return out


def train(paths, steps=450, batch=512, seed=31, lr=1.5e-3, vectors=None, start=None, name="text.pt"):
    seed_all(seed)
    m, reader = Material(paths, seed), Reader(paths)
    state = torch.load(paths.work / "joint.pt")
    if vectors is None:  # pictures where the first training put them; drawn ones are not placed yet
        head = ImageHead()
        head.load_state_dict(state["head"])
        head.eval()
        _, feats = load(paths, "features")
        with torch.no_grad():
            vectors = torch.cat([head(torch.tensor(feats[a: a + 2048].astype(np.float32))) for a in range(0, len(m.rows), 2048)])
        have = np.array([m.rows[i]["set"] != "drawn" for i in m.train])
    else:
        have = np.array([bool(vectors[i].abs().sum() > 0) for i in m.train])
    m.train, m.weight = m.train[have], m.weight[have] / m.weight[have].sum()
    text = tower(reader, torch.load(start) if start else state["text"])
    if not start:
        count = used_pieces(m, reader)
        idle = torch.tensor([count[i] == 0 for i in range(reader.size)])
        with torch.no_grad():
            text.table.weight[idle] = 0
            text.weigh.weight[idle] = text.weigh.weight[~idle].mean()
        paths.log("pieces never trained:", int(idle.sum()))
    text.train()
    text.forget = 0.3
    scale = state["logit"].exp()
    opt = torch.optim.AdamW(text.parameters(), lr, betas=(0.9, 0.98), weight_decay=0.0)
    sched = torch.optim.lr_scheduler.OneCycleLR(opt, lr, total_steps=steps, pct_start=0.1)
    sums = np.zeros(3)
    for step in range(steps):
        index = m.pick(batch)
        a = caption_loss(m, index, vectors[index], text, reader, scale)
        b, c = text_losses(m, text, reader, 768, 320)
        loss = a + b + 0.4 * c
        opt.zero_grad(), loss.backward()
        torch.nn.utils.clip_grad_norm_(text.parameters(), 5.0)
        opt.step(), sched.step()
        sums += [a.item(), b.item(), c.item()]
        if step % 50 == 49:
            paths.log("text", step + 1, "caption %.3f pair %.3f teacher %.3f" % tuple(sums / 50))
            sums[:] = 0
    text.eval()
    torch.save(text.state_dict(), paths.work / name)
    return text
