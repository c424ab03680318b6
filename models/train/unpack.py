"""Reads a shipped bundle's text and picture towers back into the work folder, to train on from there.

The ONNX files keep the names of the weights. The text table holds each piece's own vector and its
characters' in one row; they are parted again by least squares, which leaves every row as it was.
"""
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper

from joint import Reader
from textual import tower
from towers import AudioTower, ImageHead, ImageTower, MobileNetV2, opened


def weights(file):
    """Name -> f32 array of every weight, whether kept as f32, f16 (`_h`) or int8 with a scale (`_q`, `_s`)."""
    kept = {t.name: numpy_helper.to_array(t) for t in onnx.load(str(file)).graph.initializer}
    out = {}
    for name, a in kept.items():
        if name.endswith("_h"):
            out[name[:-2]] = a.astype(np.float32)
        elif name.endswith("_q"):
            out[name[:-2]] = a.astype(np.float32) * kept[name[:-2] + "_s"].astype(np.float32)
        elif not name.endswith("_s"):
            out[name] = a
    return {k: torch.from_numpy(np.array(v)) for k, v in out.items()}


def parted(whole, parts, count, firm=0.3):
    """(own, characters) with own + mean of characters = whole."""
    used = parts[:, 0] > 0
    share = torch.zeros(int(used.sum()), count)
    p = parts[used]
    share.scatter_add_(1, p, (p > 0) / (p > 0).sum(1, keepdim=True))
    share[:, 0] = 0
    chars = torch.linalg.solve(share.T @ share + firm * torch.eye(count), share.T @ whole[used])
    chars[0] = 0
    own = whole.clone()
    own[used] -= share @ chars
    return own, chars


def text_tower(file, reader):
    w = weights(file)
    look = {k: v for k, v in w.items() if k.startswith("tower.look.")}
    net = tower(reader, hidden=len(w["tower.up.bias"]), around=len(look["tower.look.0.bias"]) if look else 0)
    if "fine" in w:
        whole = opened(w["codes"])
        whole[: len(w["fine"]) - 1] += opened(w["fine"][:-1]) / 16
    else:   # up to version 4
        whole = w["codes"].float()
    whole *= w["rows"][:, :1]
    own, chars = parted(whole, net.parts, len(net.chars.weight))
    with torch.no_grad():
        net.table.weight.copy_(own), net.chars.weight.copy_(chars), net.weigh.weight.copy_(w["rows"][:, 1:])
        net.load_state_dict({k.removeprefix("tower."): v for k, v in look.items()}, strict=False)
        for name in ("up", "down", "out"):
            getattr(net, name).weight.copy_(w[f"tower.{name}.weight"]), getattr(net, name).bias.copy_(w[f"tower.{name}.bias"])
    return net.eval()


def image_tower(file):
    net = ImageTower(MobileNetV2(), ImageHead())
    net.load_state_dict(weights(file))
    return net.eval()


def audio_tower(file, net):
    """The branch of everyday sounds and the gate, read into a tower; its speech branch is left as it is."""
    own = {k: v for k, v in weights(file).items() if k.startswith(("sound.", "gate."))}
    missing, unknown = net.load_state_dict(own, strict=False)
    assert not unknown and all(k.startswith(("speech.", "views.")) for k in missing)
    return net.eval()


def unpack(paths, bundle):
    """text_last.pt, image.pt and joint.pt, as the steps up to `polish` would have left them."""
    bundle = Path(bundle)
    (paths.work / "tokenizer.json").write_bytes((bundle / "tokenizer.json").read_bytes())
    text, image = text_tower(bundle / "text.onnx", Reader(paths)), image_tower(bundle / "image.onnx")
    head = image.head.state_dict()
    torch.save(text.state_dict(), paths.work / "text_last.pt")
    torch.save({"backbone": image.backbone.state_dict(), "head": head}, paths.work / "image.pt")
    torch.save({"text": text.state_dict(), "head": head, "logit": torch.tensor(np.log(31.3), dtype=torch.float32)}, paths.work / "joint.pt")
    agreement(paths, bundle, text, image)


def agreement(paths, bundle, text, image):
    from export import session

    reader = Reader(paths)
    ids, mask = reader(["red sweater", "红色毛衣", "Puma Men Black Running Shoes", "打印机 支架 2 个"])
    x = torch.randn(4, 3, 128, 128)
    with torch.no_grad():
        a = (text(ids, mask).numpy() * session(bundle / "text.onnx").run(None, {"input_ids": ids.numpy(), "attention_mask": mask.numpy()})[0]).sum(1)
        b = (image(x).numpy() * session(bundle / "image.onnx").run(None, {"pixels": x.numpy()})[0]).sum(1)
    paths.log("unpacked: least cosine to the ONNX files, text %.6f picture %.6f" % (a.min(), b.min()))
    assert a.min() > 0.9999 and b.min() > 0.9999


if __name__ == "__main__":
    import sys
    from common import Paths

    unpack(Paths(*sys.argv[1:3]), sys.argv[3])
