"""English-Chinese names out of CC-CEDICT, for words that no smaller dictionary has.

The file is the dictionary as its makers publish it (`cedict_1_0_ts_utf-8_mdbg.txt.gz`, CC BY-SA 4.0). Only short
glosses that name something are taken. An entry of which any form is held out is left out whole, and so is every gloss
that quotes Chinese.
"""
import gzip
import re

import captions

LINE = re.compile(r"^(\S+) (\S+) \[([^\]]*)\] /(.+)/$")
DULL = re.compile(r"^(CL:|to |be |see |also |variant|old variant|erhua variant|surname|abbr\.? |abbreviation|\(of |used |"
                  r"Japanese variant|Taiwan pr|also written|also pr|classifier|\(onom|interjection|prefix|suffix|same as|equivalent to|euphemis)", re.I)
HAN = re.compile("[\u3400-\u9fff\U00020000-\U0003ffff]")


def names(glosses, most=5):
    """Short English names out of the glosses of an entry."""
    out = []
    for gloss in re.split(r"[/;]", glosses):
        gloss = re.sub(r"\([^)]*\)|\[[^\]]*\]", " ", gloss) if not HAN.search(gloss) else ""
        gloss = re.sub(r"\s+", " ", gloss).strip(" ,.'\"")
        gloss = re.sub(r"^(an?|the|any|some|kind of|type of|species of|a kind of|a type of) ", "", gloss)
        if gloss and not DULL.match(gloss) and len(gloss.split()) <= 5 and len(gloss) <= 40 and gloss.lower() not in (g.lower() for g in out):
            out.append(gloss)
    return out[:most]


def entries(file):
    """([English names], [Chinese forms], a proper name or not) of every entry that may be trained on."""
    out = []
    with gzip.open(file, "rt", encoding="utf8") as f:
        for line in f:
            m = LINE.match(line.strip())
            if not m or line.startswith("#"):
                continue
            old, new, sound, glosses = m.groups()
            if captions.held_out_word(new) or captions.held_out_word(old) or not all(map(HAN.match, new)) or len(new) > 7:
                continue
            en = names(glosses)
            if en:
                out.append((en, [new] if new == old else [new, old], sound[:1].isupper()))
    return out


def forms(file):
    """Chinese word -> all its forms, simplified and traditional, for a stricter look at what is held out."""
    out = {}
    with gzip.open(file, "rt", encoding="utf8") as f:
        for line in f:
            m = LINE.match(line.strip())
            if m and not line.startswith("#"):
                for form in m.groups()[:2]:
                    out.setdefault(form, set()).update(m.groups()[:2])
    return out
