"""What English names mean, out of WordNet's glosses: a rare name says little by its letters, its gloss says what kind of thing it is.

The folder is WordNet 3.0's `dict` as its makers publish it (Debian's package wordnet-base has it under usr/share/wordnet;
WordNet licence). The English teacher reads the glosses; nothing of them ships.
"""
import json
import re
from pathlib import Path

import numpy as np

import captions
from common import jsonl

THINGS = {5, 6, 13, 17, 19, 20, 27}     # lexicographer files: animals, artefacts, food, objects, phenomena, plants, substances
THING_WEIGHT, MOST = 4.0, 2
EXAMPLE = re.compile(r';?\s*"[^"]*"?')


class WordNet:
    def __init__(self, folder):
        self.sets, self.index = {}, {}
        for line in (Path(folder) / "data.noun").read_text(encoding="utf8").splitlines():
            if not line.startswith(" "):
                head, gloss = line.split(" | ", 1)
                f = head.split(" ")
                end = 4 + 2 * int(f[3], 16)
                kinds = [f[end + 2 + 4 * i] for i in range(int(f[end])) if f[end + 1 + 4 * i] in ("@", "@i")]
                self.sets[f[0]] = int(f[1]), f[4].replace("_", " "), EXAMPLE.sub("", gloss).strip(" ;"), kinds
        for line in (Path(folder) / "index.noun").read_text(encoding="utf8").splitlines():
            if not line.startswith(" "):
                f = line.split()
                self.index[f[0].replace("_", " ")] = f[6 + int(f[3]):]

    def senses(self, name):
        """[(weight, text)] of the senses that a shop is likeliest to mean: the commoner the sense the heavier, things before thoughts."""
        low, out = name.lower(), []
        forms = [low] + [low[: -len(end)] + then for end, then in (("ies", "y"), ("es", ""), ("s", "")) if low.endswith(end)]
        for k, number in enumerate(next((self.index[f] for f in forms if f in self.index), [])):
            file, _, gloss, kinds = self.sets[number]
            kind = f" ({self.sets[kinds[0]][1]})" if kinds else ""
            out.append(((THING_WEIGHT if file in THINGS else 1.0) / (k + 1), f"{name}{kind}: {gloss}"))
        return sorted(out, key=lambda s: -s[0])[:MOST]


def of_names(paths, folder, names):
    """Name -> [(weight, text)], for the names that WordNet or the shop taxonomy tells more about."""
    net = WordNet(folder)
    shelf = {r["en"]: [(1.0, f"{r['en']}: {r['en_path']}")] for r in jsonl(paths.data / "text/taxonomy_en_zh.jsonl")}
    found = {n: net.senses(n) or shelf.get(n) for n in names}
    return {n: s for n, s in found.items() if s}


def vectors(paths, found, folder=None):
    """[names, 384] of unit length: the teacher's vectors of each name's glosses, weighed. A gloss that an earlier run left
    out is a KeyError: remove glosses.json then."""
    import minilm

    texts = list(dict.fromkeys(t for s in found.values() for _, t in s))
    minilm.embed(paths, texts, folder, name="glosses")
    kept = json.loads((paths.work / "glosses.json").read_text(encoding="utf8"))
    read, at = np.load(paths.work / "glosses.npy").astype(np.float32), {t: i for i, t in enumerate(kept)}
    mean = np.stack([sum(w * read[at[t]] for w, t in s) for s in found.values()])
    return mean / np.linalg.norm(mean, axis=1, keepdims=True)
