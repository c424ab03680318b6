"""Raw MobileNetV2 features of every picture, and the augmentation that the fine-tune uses.

The features are the cheap input for the first training of the image head, and later the memory of
what the backbone knew before the fine-tune (the feature-preservation loss looks at them).
"""
import numpy as np
import torch

from common import SIZE, pixels_of
from data import load
from export import session, to_onnx
from towers import MobileNetV2, imagenet_backbone


def augment(batch, rng):
    """u8 [n,128,128,3]: mirror, random crop and shift, another background, light, noise."""
    out = np.empty_like(batch)
    for i, p in enumerate(batch):
        p = p[:, ::-1] if rng.random() < 0.5 else p
        if rng.random() < 0.35:  # a near-white surround becomes some other plain or shaded ground
            light = p.min(2) > 238
            ground = rng.integers(90, 256, 3) * (1 - 0.25 * rng.random() * np.linspace(0, 1, SIZE)[:, None, None])
            p = np.where(light[..., None], np.broadcast_to(ground, p.shape), p)
        k = rng.uniform(0.5, 0.75) if rng.random() < 0.35 else rng.uniform(0.72, 1.18)   # the first: a region of a thing
        side = int(SIZE * k)
        y, x = rng.integers(min(0, SIZE - side), max(0, SIZE - side) + 1, 2)
        ys = np.clip(np.arange(SIZE) * side // SIZE + y, 0, SIZE - 1)
        xs = np.clip(np.arange(SIZE) * side // SIZE + x, 0, SIZE - 1)
        p = p[ys][:, xs].astype(np.float32)
        p = (p - 128) * rng.uniform(0.85, 1.15) + 128 + rng.uniform(-14, 14)
        out[i] = np.clip(p + rng.normal(0, rng.uniform(0, 5), p.shape), 0, 255)
    return out


def extract(paths, batch=64):
    rows, images = load(paths)
    if (paths.work / "features.npy").exists():
        return
    file = paths.work / "backbone.onnx"
    to_onnx(imagenet_backbone(paths.data / "weights/mobilenet_v2_imagenet.safetensors"), (torch.zeros(1, 3, SIZE, SIZE),), ["pixels"], file, {"pixels": {0: "batch"}})
    net = session(file)
    out = np.zeros((len(rows), 1280), np.float16)
    for at in range(0, len(rows), batch):
        out[at: at + batch] = net.run(None, {"pixels": pixels_of(np.asarray(images[at: at + batch]))})[0]
    np.save(paths.work / "features.npy", out)
    paths.log("features", out.shape)


def tuned(paths, most=16000, loud_most=5000, batch=64):
    """(plain, augmented) features of the fine-tuned backbone for train pictures, at most so many of each set; zeros elsewhere."""
    files = paths.work / "tuned.npy", paths.work / "tuned_loud.npy"
    if not files[1].exists():
        state = torch.load(paths.work / "image.pt")
        net = MobileNetV2()
        net.load_state_dict(state["backbone"])
        to_onnx(net, (torch.zeros(1, 3, SIZE, SIZE),), ["pixels"], paths.work / "tuned.onnx", {"pixels": {0: "batch"}})
        run = session(paths.work / "tuned.onnx")
        rows, images = load(paths)
        rng = np.random.default_rng(12)
        for file, limit, change in ((files[0], most, lambda u8: u8), (files[1], loud_most, lambda u8: augment(u8, rng))):
            out, order = np.zeros((len(rows), 1280), np.float16), np.random.default_rng(11)
            for name in dict.fromkeys(r["set"] for r in rows):
                some = np.array([i for i, r in enumerate(rows) if r["set"] == name and r["split"] == "train"])
                some = np.sort(order.permutation(some)[: limit if name == "fashion44k" else None])
                for a in range(0, len(some), batch):
                    part = some[a: a + batch]
                    out[part] = run.run(None, {"pixels": pixels_of(change(np.asarray(images[part])))})[0]
            np.save(file, out)
        paths.log("features of the tuned backbone:", out.shape)
    return np.load(files[0], mmap_mode="r"), np.load(files[1], mmap_mode="r")


if __name__ == "__main__":
    import sys
    from common import Paths, seed_all

    seed_all()
    extract(Paths(*sys.argv[1:3]))
