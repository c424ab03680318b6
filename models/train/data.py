"""Reads the data pack: one table of pictures with their texts, decoded once into a u8 cache.

Only the `train` and `dev` parts that the manifests name are read; dev rows are never trained on.
"""
import io
import json

import numpy as np
from PIL import Image

from common import SIZE, fit, flatten, jsonl

PICTURE_SETS = ["fashion44k", "electronics", "grocery", "clothing", "emoji"]


def rows_of(paths, name):
    """Manifest rows of one picture set as plain dicts: set, split, texts, label, colour."""
    out = []
    for r in jsonl(paths.data / name / "manifest.jsonl"):
        row = {"set": name, "id": r["id"], "split": r["split"], "tar": r["tar"], "offset": r["offset"],
               "length": r["length"], "title": "", "label": "", "colour": "", "extra": []}
        if name == "fashion44k":
            row.update(title=r["title"], label=r["article_type"], colour=r["base_colour"] or "")
            row["extra"] = [r.get("usage") or "", r.get("subcategory") or "", r.get("category") or ""]
        elif name == "electronics":
            row.update(title=r["title"])
        elif name == "grocery":
            row.update(title=r["name"], label=r["coarse_class"], kind=r["kind"], cls=r["class"])
            row["extra"] = [(r.get("description") or "").split(". ")[0][:160]]
        elif name == "clothing":
            row.update(title=r["label"], label=r["label"])
        elif name == "emoji":
            row.update(title=r["en"], zh=r["zh"], en_keywords=r["en_keywords"], zh_keywords=r["zh_keywords"])
        out.append(row)
    return out


def prepare(paths):
    """Write images.npy (u8 [n, 128, 128, 3]) and rows.json in the same order, if not there yet."""
    target, table = paths.work / "images.npy", paths.work / "rows.json"
    if table.exists():
        return
    rows = [r for name in PICTURE_SETS if paths.allowed(name) for r in rows_of(paths, name)]
    cache = np.lib.format.open_memmap(target, "w+", np.uint8, (len(rows), SIZE, SIZE, 3))
    handles = {}
    for i, r in enumerate(rows):
        key = (r["set"], r["tar"])
        if key not in handles:
            handles[key] = open(paths.data / r["set"] / r["tar"], "rb")
        handles[key].seek(r["offset"])
        cache[i] = fit(flatten(Image.open(io.BytesIO(handles[key].read(r["length"])))))
    cache.flush()
    table.write_text(json.dumps(rows, ensure_ascii=False), encoding="utf8")
    paths.log("pictures:", len(rows))


class Stack:
    """Two arrays seen as one along the first axis."""

    def __init__(self, first, second):
        self.first, self.second, self.n = first, second, len(first)

    def __getitem__(self, index):
        index = np.arange(self.n + len(self.second))[index] if isinstance(index, slice) else np.asarray(index)
        out = np.empty((len(index), *self.first.shape[1:]), self.first.dtype)
        low = index < self.n
        out[low], out[~low] = self.first[index[low]], self.second[index[~low] - self.n]
        return out


def load(paths, what="images"):
    """(rows, images) or (rows, features), the drawn pictures last where they have been made."""
    rows = json.loads((paths.work / "rows.json").read_text(encoding="utf8"))
    table = np.load(paths.work / f"{what}.npy", mmap_mode="r")
    extra = paths.work / "drawn.json"
    if extra.exists() and (paths.work / "drawn_features.npy").exists():
        more = np.load(paths.work / ("drawn.npy" if what == "images" else "drawn_features.npy"))
        return rows + json.loads(extra.read_text(encoding="utf8")), Stack(table, more)
    return rows, table


if __name__ == "__main__":
    import sys
    from common import Paths

    prepare(Paths(*sys.argv[1:3]))
