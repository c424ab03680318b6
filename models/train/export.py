"""Turns the trained towers into the bundle: ONNX files, tokenizer, bundle.toml, parity fixture.

Large weights are stored as f16 (text table: 4 bits with a scale a row, the first pieces finer; pictures and everyday sounds: int8 with
a scale an output channel) and cast inside the graph, which a runtime folds away when it loads the file. Files are written beside and moved into place,
bundle.toml last, so that a reader never sees half a bundle.
"""
import hashlib
import json
import os
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from common import *  # noqa: F403 - the contract's constants
from towers import PackedText

OPSET = 17
COARSE_FROM = 20000   # picture weights of fewer numbers stay f16: the early layers, small, and their errors go through all the rest


def pad_values(model):
    """What the exporter's little sub-graphs for paddings come to, by running them once."""
    import onnxruntime as ort

    names = [n.input[1] for n in model.graph.node if n.op_type == "Pad"]
    if not names:
        return {}
    probe = onnx.ModelProto.FromString(model.SerializeToString())
    for n in names:
        probe.graph.output.append(helper.make_tensor_value_info(n, TensorProto.INT64, [8]))
    net = ort.InferenceSession(probe.SerializeToString(), providers=["CPUExecutionProvider"])
    feed = {i.name: np.zeros([d if isinstance(d, int) else 1 for d in i.shape], np.float32) for i in net.get_inputs()}
    return dict(zip(names, net.run(names, feed)))


def fold_pads(model):
    """Zero padding before a convolution becomes the convolution's own (asymmetric) padding."""
    graph, consts, uses = model.graph, pad_values(model), {}
    for n in graph.node:
        for i in n.input:
            uses.setdefault(i, []).append(n)
    for pad in [n for n in graph.node if n.op_type == "Pad"]:
        users = uses.get(pad.output[0], [])
        pads = consts.get(pad.input[1])
        if len(users) != 1 or users[0].op_type != "Conv" or pads is None:
            continue
        conv = users[0]
        h0, w0, h1, w1 = int(pads[2]), int(pads[3]), int(pads[6]), int(pads[7])
        for a in list(conv.attribute):
            if a.name == "pads":
                conv.attribute.remove(a)
        conv.attribute.append(helper.make_attribute("pads", [h0, w0, h1, w1]))
        conv.input[0] = pad.input[0]
        graph.node.remove(pad)
    return model


def drop_unused(model):
    graph = model.graph
    while True:
        used = {i for n in graph.node for i in n.input} | {o.name for o in graph.output}
        dead = [n for n in graph.node if not any(o in used for o in n.output)]
        if not dead:
            break
        for n in dead:
            graph.node.remove(n)
    for t in [t for t in graph.initializer if t.name not in used]:
        graph.initializer.remove(t)
    return model


def halve(model):
    """Weights of more than 1,024 numbers become f16 with a Cast after them."""
    graph, casts = model.graph, []
    for t in list(graph.initializer):
        if t.data_type == TensorProto.FLOAT and np.prod(t.dims) > 1024 and not t.name.endswith("_s"):
            half = numpy_helper.from_array(numpy_helper.to_array(t).astype(np.float16), t.name + "_h")
            graph.initializer.remove(t)
            graph.initializer.append(half)
            casts.append(helper.make_node("Cast", [half.name], [t.name], to=TensorProto.FLOAT))
    for c in reversed(casts):
        graph.node.insert(0, c)
    return model


def quarter(model, part=""):
    """Weights of convolutions and matrices whose names begin with `part` become int8 codes with one scale an output
    channel (Cast, Mul)."""
    graph, made = model.graph, []
    for t in list(graph.initializer):
        if t.name.startswith(part) and t.data_type == TensorProto.FLOAT and len(t.dims) >= 2 and np.prod(t.dims) > COARSE_FROM:
            a = numpy_helper.to_array(t)
            scale = np.maximum(np.abs(a).reshape(len(a), -1).max(1), 1e-8).reshape(-1, *[1] * (a.ndim - 1)) / 127
            graph.initializer.remove(t)
            graph.initializer.append(numpy_helper.from_array(np.round(a / scale).astype(np.int8), t.name + "_q"))
            graph.initializer.append(numpy_helper.from_array(scale.astype(np.float32), t.name + "_s"))
            made += [helper.make_node("Cast", [t.name + "_q"], [t.name + "_f"], to=TensorProto.FLOAT),
                     helper.make_node("Mul", [t.name + "_f", t.name + "_s"], [t.name])]
    for n in reversed(made):
        graph.node.insert(0, n)
    return model


@torch.no_grad()
def settled(image, pixels):
    """A copy of the picture tower with its weights on the int8 grid of `quarter`, layer by layer, each bias moved so
    that every channel keeps its mean over the given pictures: rounding shifts means, and shifts add up with depth."""
    import copy

    whole, coarse = image.eval(), copy.deepcopy(image).eval()
    wanted, layers = {}, [n for n, m in whole.named_modules() if isinstance(m, (torch.nn.Conv2d, torch.nn.Linear))]
    mean = lambda y: y.mean((0, 2, 3)) if y.dim() == 4 else y.mean(0)
    hooks = [m.register_forward_hook(lambda _, __, y, n=n: wanted.__setitem__(n, mean(y))) for n, m in whole.named_modules() if n in layers]
    whole(pixels)
    for h in hooks:
        h.remove()
    parts = dict(coarse.named_modules())
    for n in layers:
        w = parts[n].weight
        if w.numel() > COARSE_FROM:
            scale = w.abs().reshape(len(w), -1).amax(1).clamp_min(1e-8).reshape(-1, *[1] * (w.dim() - 1)) / 127
            w.copy_(torch.round(w / scale) * scale)
    def correct(m, _, y):
        shift = wanted[m.place] - mean(y)
        m.bias += shift
        return y + (shift[:, None, None] if y.dim() == 4 else shift)
    for n in layers:
        parts[n].place = n
        parts[n].register_forward_hook(correct)
    coarse(pixels)
    for n in layers:
        parts[n]._forward_hooks.clear()
    return coarse


def to_onnx(module, args, names, path, dynamic, coded=None):
    """`coded`: the beginning of the names of the weights that become int8; none by default."""
    module.eval()
    with torch.no_grad():
        torch.onnx.export(module, args, str(path), input_names=names, output_names=["embedding"], opset_version=OPSET,
                          dynamic_axes={**dynamic, "embedding": {0: "batch"}}, dynamo=False)
    model = drop_unused(fold_pads(onnx.load(str(path))))
    model = halve(model if coded is None else quarter(model, coded))
    onnx.checker.check_model(model)
    onnx.save(model, str(path))


def sha(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def session(path):
    import onnxruntime as ort

    o = ort.SessionOptions()
    o.intra_op_num_threads = o.inter_op_num_threads = 1
    return ort.InferenceSession(str(path), o, providers=["CPUExecutionProvider"])


class Bundle:
    """The shipped files through ONNX Runtime: what the app does, in Python."""

    def __init__(self, folder):
        from tokenizers import Tokenizer

        folder = Path(folder)
        self.tokens = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.t, self.i, self.a = (session(folder / f"{n}.onnx") for n in ("text", "image", "audio"))

    def text(self, lines, batch=64):
        out = []
        for at in range(0, len(lines), batch):
            ids = [e.ids[:MAX_TOKENS] or [UNK_ID] for e in self.tokens.encode_batch(lines[at: at + batch])]
            grid = np.full((len(ids), max(map(len, ids))), PAD_ID, np.int64)
            mask = np.zeros_like(grid)
            for r, row in enumerate(ids):
                grid[r, : len(row)], mask[r, : len(row)] = row, 1
            out.append(self.t.run(None, {"input_ids": grid, "attention_mask": mask})[0])
        return np.concatenate(out)

    def image(self, u8, batch=32):
        return np.concatenate([self.i.run(None, {"pixels": pixels_of(np.asarray(u8[a: a + batch]))})[0]
                               for a in range(0, len(u8), batch)])

    def audio(self, wave):
        e = self.a.run(None, {"log_mel": log_mel(sound_windows(wave))})[0].mean(0)
        return e / np.linalg.norm(e)


SAMPLES = ["red sweater", "红色毛衣", "Puma Men Black Running Shoes", "blue ceramic mug", "蓝色马克杯", "水壶",
           "wireless headphones 5.0, 2-pack (20% off!)", "USB-C 数据线 1.5米", "apple", "吉他",
           "A warm knitted sweater of soft merino wool with a round neck and long sleeves, made for cold autumn evenings by "
           "the fire, machine washable at thirty degrees, available in red, navy, forest green and charcoal, sizes XS to XXL, "
           "please order one size up if you like a loose fit", "适合户外运动的防水双肩背包，黑色，大容量"]


def draw_samples(folder):
    """Four small pictures and three sounds made here, so that the fixture depends on nothing else."""
    import soundfile
    from PIL import Image, ImageDraw

    folder.mkdir(parents=True, exist_ok=True)
    a = Image.new("RGB", (120, 200), (240, 236, 228)); d = ImageDraw.Draw(a)
    d.polygon([(20, 50), (45, 35), (75, 35), (100, 50), (112, 110), (96, 116), (90, 80), (90, 170), (30, 170), (30, 80), (24, 116), (8, 110)], fill=(190, 30, 40))
    b = Image.new("RGB", (260, 140), (255, 255, 255)); d = ImageDraw.Draw(b)
    d.rounded_rectangle([60, 30, 160, 120], 14, fill=(40, 90, 190)); d.arc([140, 45, 200, 105], -90, 90, fill=(40, 90, 190), width=12)
    c = Image.new("RGBA", (97, 61), (0, 0, 0, 0)); d = ImageDraw.Draw(c)
    d.ellipse([10, 6, 60, 56], fill=(250, 150, 20, 255)); d.ellipse([40, 10, 90, 50], fill=(30, 160, 60, 120))
    e = Image.new("L", (64, 64), 200); d = ImageDraw.Draw(e); d.line([4, 60, 60, 4], fill=10, width=7)
    a.save(folder / "a.png"); b.save(folder / "b.png"); c.save(folder / "c.png"); e.save(folder / "d.png")
    rng = np.random.default_rng(5)
    wav = folder / "say.wav"
    subprocess.run(["espeak-ng", "-v", "en-us", "-s", "150", "-w", str(wav), "umbrella"], check=True)
    said, rate = soundfile.read(wav, dtype="float32"); wav.unlink()
    from scipy.signal import resample_poly
    said = resample_poly(said, RATE, rate).astype(np.float32)
    clip = np.zeros(int(1.2 * RATE), np.float32); n = min(len(said), len(clip) - 6400); clip[3200: 3200 + n] = 0.7 * said[:n]
    soundfile.write(folder / "a.wav", clip, RATE, subtype="PCM_16")
    t = np.arange(int(6.5 * RATE)) / RATE
    rise = (0.4 * np.sin(2 * np.pi * (200 * t + 90 * t * t)) * (0.6 + 0.4 * np.sin(2 * np.pi * 1.5 * t)) + 0.02 * rng.standard_normal(len(t))).astype(np.float32)
    soundfile.write(folder / "b.wav", rise, RATE, subtype="PCM_16")
    t = np.arange(int(2.3 * RATE)) / RATE
    pluck = sum(np.exp(-3 * np.maximum(t - s, 0)) * (t >= s) * np.sin(2 * np.pi * f * (t - s)) for s, f in ((0.1, 196), (0.7, 247), (1.3, 294)))
    soundfile.write(folder / "c.wav", (0.3 * pluck).astype(np.float32), RATE, subtype="PCM_16")


def reference(bundle, folder):
    """reference.json: what the shipped files give for fixed inputs."""
    import soundfile
    from PIL import Image

    numbers = lambda v: [round(float(x), 6) for x in v]
    pics, sounds = ["a.png", "b.png", "c.png", "d.png"], ["a.wav", "b.wav", "c.wav"]
    ref = folder / "reference"
    return {
        "text": [{"input": s, "embedding": numbers(v)} for s, v in zip(SAMPLES, np.concatenate([bundle.text([s]) for s in SAMPLES]))],
        "image": [{"file": f"reference/{p}", "embedding": numbers(bundle.image(fit(flatten(Image.open(ref / p)))[None])[0])} for p in pics],
        "audio": [{"file": f"reference/{p}", "embedding": numbers(bundle.audio(soundfile.read(ref / p, dtype="float32")[0]))} for p in sounds],
    }


MANIFEST = """name = "compact"
version = "{version}"
title = "Compact: English and Chinese, text, picture and sound"
licence = "{licence}"

[[spaces]]
name = "joint"
dim = 256

[text]
space = "joint"
file = "text.onnx"
sha256 = "{text}"
tokenizer = "tokenizer.json"
tokenizer_sha256 = "{tokenizer}"
max_tokens = 64
pad_id = 0

[image]
space = "joint"
file = "image.onnx"
sha256 = "{image}"
size = 128
fit = "pad_white"
mean = [127.0, 127.0, 127.0]
scale = [0.0078431377, 0.0078431377, 0.0078431377]

[audio]
space = "joint"
file = "audio.onnx"
sha256 = "{audio}"
rate_hz = 16000
window_secs = 4.0
hop_secs = 2.0
max_windows = 5
frame = 400
hop = 160
fft = 512
mels = 64
mel_low_hz = 125.0
mel_high_hz = 7500.0
log_offset = 0.001
peak = 0.9

[provenance]
{provenance}
"""
LICENCE = ("Weights trained by the Vitrine project; part of the training data carries no licence of its own, "
           "see models/README.md before redistributing.")
LICENCE_CLEAN = "Weights trained by the Vitrine project on licensed data only; see models/README.md for the credits."


def write_part(out, part, version, provenance=None, audio=None, text=None, tokenizer=None):
    """Replaces the text or the sound tower of a bundle that stands, and what depends on it; the others stay byte for byte."""
    import re

    out, names = Path(out), ["text.onnx", "image.onnx", "audio.onnx", "tokenizer.json"]
    new = [f"{part}.onnx"] + (["tokenizer.json"] if tokenizer else [])
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".compact-") as tmp:
        tmp = Path(tmp)
        for name in [n for n in names if n not in new] + ["reference"]:
            (tmp / name).symlink_to((out / name).resolve())
        if tokenizer:
            (tmp / "tokenizer.json").write_bytes(Path(tokenizer).read_bytes())
        with torch.no_grad():
            if part == "audio":
                to_onnx(audio, (torch.zeros(2, 398, MELS),), ["log_mel"], tmp / "audio.onnx", {"log_mel": {0: "batch"}}, coded="sound.")
                bundle, m = Bundle(tmp), torch.randn(3, 398, MELS)
                print("export cosine, audio:", (audio(m).numpy() * bundle.a.run(None, {"log_mel": m.numpy()})[0]).sum(1).min())
            else:
                ids, dynamic = torch.ones(2, 5, dtype=torch.long), {0: "batch", 1: "tokens"}
                to_onnx(PackedText(text.eval()), (ids, ids), ["input_ids", "attention_mask"], tmp / "text.onnx", {"input_ids": dynamic, "attention_mask": dynamic})
                bundle, i = Bundle(tmp), torch.randint(2, 900, (3, 7))
                print("export cosine, text:", (text(i, torch.ones_like(i)).numpy() * bundle.t.run(None, {"input_ids": i.numpy(), "attention_mask": np.ones((3, 7), np.int64)})[0]).sum(1).min())
        (tmp / "reference.json").write_text(json.dumps(reference(bundle, tmp)), encoding="utf8")
        manifest = (out / "bundle.toml").read_text(encoding="utf8")
        manifest = re.sub(rf'(\[{part}\][^\[]*?sha256 = )"[0-9a-f]+"', rf'\1"{sha(tmp / new[0])}"', manifest)
        if tokenizer:
            manifest = re.sub(r'tokenizer_sha256 = "[0-9a-f]+"', f'tokenizer_sha256 = "{sha(tmp / "tokenizer.json")}"', manifest)
        manifest = re.sub(r'^version = ".*"$', f'version = "{version}"', manifest, flags=re.M)
        for key, value in (provenance or {}).items():
            line = f"{key} = {json.dumps(value, ensure_ascii=False)}"
            manifest, known = re.subn(rf"^{key} = .*$", lambda _: line, manifest, flags=re.M)
            manifest = manifest if known else manifest.rstrip() + "\n" + line + "\n"
        (tmp / "bundle.toml").write_text(manifest, encoding="utf8")
        for name in new + ["reference.json", "bundle.toml"]:
            os.replace(tmp / name, out / name)


def write_bundle(out, text, image, audio, tokenizer_file, provenance, version="1", licensed_only=False, calibration=None):
    """Export everything into a fresh folder, check it, then move file by file into `out`."""
    out = Path(out); out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out.parent, prefix=".compact-") as tmp:
        tmp = Path(tmp)
        ids = torch.ones(2, 5, dtype=torch.long)
        bt = {0: "batch", 1: "tokens"}
        to_onnx(PackedText(text.eval()), (ids, ids), ["input_ids", "attention_mask"], tmp / "text.onnx", {"input_ids": bt, "attention_mask": bt})
        if calibration is not None:
            image = settled(image, calibration)
        to_onnx(image, (torch.zeros(2, 3, SIZE, SIZE),), ["pixels"], tmp / "image.onnx", {"pixels": {0: "batch"}}, coded="")
        to_onnx(audio, (torch.zeros(2, 398, MELS),), ["log_mel"], tmp / "audio.onnx", {"log_mel": {0: "batch"}}, coded="sound.")
        (tmp / "tokenizer.json").write_bytes(Path(tokenizer_file).read_bytes())
        kept = out / "reference"
        if not (kept / "c.wav").exists():
            draw_samples(kept)
        (tmp / "reference").symlink_to(kept.resolve())
        bundle = Bundle(tmp)
        with torch.no_grad():
            x = torch.randn(3, 3, SIZE, SIZE)
            a = image(x).numpy(); b = bundle.i.run(None, {"pixels": x.numpy()})[0]
            m = torch.randn(3, 398, MELS); c = audio(m).numpy(); d = bundle.a.run(None, {"log_mel": m.numpy()})[0]
            i = torch.randint(2, 900, (3, 7)); e = text(i, torch.ones_like(i)).numpy()
            f = bundle.t.run(None, {"input_ids": i.numpy(), "attention_mask": np.ones((3, 7), np.int64)})[0]
            print("export cosine, image audio text:", (a * b).sum(1).min(), (c * d).sum(1).min(), (e * f).sum(1).min())
        (tmp / "reference.json").write_text(json.dumps(reference(bundle, tmp)), encoding="utf8")
        (tmp / "reference").unlink()
        sums = {n: sha(tmp / (n + (".json" if n == "tokenizer" else ".onnx"))) for n in ("text", "image", "audio", "tokenizer")}
        (tmp / "bundle.toml").write_text(MANIFEST.format(version=version, licence=LICENCE_CLEAN if licensed_only else LICENCE,
                                                         provenance="\n".join(f"{k} = {json.dumps(v, ensure_ascii=False)}" for k, v in provenance.items()), **sums), encoding="utf8")
        for name in ("text.onnx", "image.onnx", "audio.onnx", "tokenizer.json", "reference.json", "bundle.toml"):
            os.replace(tmp / name, out / name)
