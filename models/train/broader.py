"""The text tower once more, with the words of a large dictionary (CC-CEDICT) and what English names mean (WordNet's glosses),
against the shipped picture vectors.

`gather` puts all that is learnt from into five files, small enough to carry to another machine (broader.json.gz, broader.npz,
text_before.pt, tokenizer.json, tokenizer_wide.json); `train` needs nothing but them, on a processor or a GPU; `put` writes the result into a bundle. Pictures and sounds stay as they are: the picture
vectors are the shipped tower's, and what the sound tower was taught to say (`still`) keeps its place.
The tokenizer is kept and gets further pieces, Chinese ones and whole English words; every old text keeps its meaning at the start.

`broader.py gather DATA WORK BUNDLE --cedict FILE --wordnet FOLDER`, `broader.py train WORK [pairs=1024 ...]`,
`broader.py put WORK BUNDLE VERSION [RUN.pt ...]`
"""
import argparse
import gzip
import hashlib
import json
import random
import re
import time
from collections import Counter
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import torch
import torch.nn.functional as F
from tokenizers import Tokenizer

import captions
import cedict
from joint import SHARE, Keys, Reader
from together import EVEN, thinned
from towers import Average, TextTower

WORD_SCORE, CHARACTER_SCORE = -12.5, -14.9      # of further pieces: a word rather than its characters, a character rather than nothing
CEDICT_WEIGHT, PROPER_WEIGHT = 0.5, 0.1
ALONE = {"": 0.4, "electronics": 0.3, "fashion44k": 0.2, "grocery": 0.1}     # batches of one set, as in `together.py`
LONG, SHORT = 40, 16                            # tokens of a caption, of a name
WORD = re.compile("[a-z]{3,}")
CODE = 0.011                                    # step of the coarse codes that vectors of unit length are carried in

PROVENANCE = {"text_again": "models/train/broader.py, with CC-CEDICT (CC BY-SA 4.0; every word held out is held out of it too) and the English teacher's reading of WordNet 3.0's glosses"}


# ---- tokenizer ------------------------------------------------------------------------------

def further_pieces(known, forms, least=(4, 3)):
    """Chinese words that other words contain at least so often, and characters that occur so often: (words, characters)."""
    inside, single, heads = Counter(), Counter(), set(forms)
    for z in forms:
        single.update(set(z))
        inside.update({z[i: i + n] for n in (2, 3, 4) for i in range(len(z) - n + 1)})
    words = [w for w, n in inside.items() if n >= least[0] and w in heads and w not in known and all(map(cedict.HAN.match, w))]
    chars = [c for c, n in single.items() if n >= least[1] and c not in known and cedict.HAN.match(c)]
    return sorted(words), sorted(chars)


def further_words(names, others, least=3):
    """English words to be read whole: those of `names`, and those that occur so often in `others`. Of a plural the ending stays a part."""
    count = Counter(w for n in set(others) for w in WORD.findall(n.lower()))
    words = {w for n in names for w in WORD.findall(n.lower())} | {w for w, n in count.items() if n >= least}
    return sorted(w for w in words if not (w[-1] == "s" and w[-2] != "s" and w[:-1] in words))


def widened(file, forms, names, others):
    """The tokenizer's JSON with further pieces at the end, so that all ids stay. A word is made a little likelier than its parts."""
    t = json.loads(Path(file).read_text(encoding="utf8"))
    score = dict(map(tuple, t["model"]["vocab"]))
    words, chars = further_pieces(score, forms)
    score |= {w: WORD_SCORE for w in words} | {c: CHARACTER_SCORE for c in chars}
    words = further_words(names, others)
    while True:
        t["model"]["vocab"] = list(score.items())
        read = Tokenizer.from_str(json.dumps(t)).encode_batch(words)
        parts = {w: e.tokens for w, e in zip(words, read) if len(e.tokens) > 1 and all(p in score for p in e.tokens)}
        if not parts:
            return t
        score |= {"\u2581" + w: round(sum(score[p] for p in tokens) + 1, 2) for w, tokens in parts.items()}


def characters(tok, plain):
    """As `textual.characters`, a traditional character counted as its simplified one."""
    number, parts = {}, torch.zeros(tok.get_vocab_size(), 4, dtype=torch.long)
    for piece, i in sorted(tok.get_vocab().items(), key=lambda x: x[1]):
        c = piece.replace("\u2581", "")
        if 1 <= len(c) <= 4 and all(map(cedict.HAN.match, c)):
            parts[i, : len(c)] = torch.tensor([number.setdefault(plain.get(x, x), len(number) + 1) for x in c])
    return parts, len(number) + 1


def small(net):
    """A text tower small enough to carry: the baked table as int8 rows with a scale, the rest as f16."""
    with torch.no_grad():
        table = net.vectors(torch.arange(net.table.num_embeddings))
    scale = table.abs().amax(1, keepdim=True).clamp_min(1e-8) / 127
    return {"codes": torch.round(table / scale).to(torch.int8), "rows": torch.cat([scale, net.weigh.weight.detach()], 1)} | {k: v.half() for k, v in net.state_dict().items() if k.startswith(("up.", "down.", "out.", "look."))}


def stands(state):
    """The tower that `small` kept."""
    net = TextTower(len(state["codes"]), hidden=len(state["up.bias"]), around=len(state.get("look.0.bias", ())))
    with torch.no_grad():
        net.table.weight.copy_(state["codes"].float() * state["rows"][:, :1]), net.weigh.weight.copy_(state["rows"][:, 1:])
    net.load_state_dict({k: v.float() for k, v in state.items() if "." in k}, strict=False)
    return net.eval()


@torch.no_grad()
def begun(old, reader, tok, plain, hidden, around, afresh=False):
    """A tower that says what the old one says, in more pieces: a further piece begins as what it was read as before."""
    from unpack import parted

    parts, count = characters(tok, plain)
    new = TextTower(tok.get_vocab_size(), parts, count, hidden=hidden, around=around)
    if afresh:
        new.table.weight[parts[:, 1] > 0] *= 0.1
        return new.apply(lambda x: torch.nn.init.normal_(x.weight[1:], std=0.3) if x is new.chars else None)
    n, pieces, unknown = reader.size, {i: p for p, i in tok.get_vocab().items()}, []
    whole, weigh, used = torch.zeros(len(parts), 256), torch.zeros(len(parts), 1), parts[:, 0] > 0
    whole[:n], weigh[:n] = old.vectors(torch.arange(n)), old.weigh.weight
    for i in range(n, len(parts)):
        word = pieces[i].replace("\u2581", "")
        ids = [x for x in reader.tok.encode(word).ids if word.isascii() or x != reader.tok.token_to_id("\u2581")]
        if 1 in ids:
            unknown.append(i)
        w = weigh[ids].clamp(-6, 6).exp()
        whole[i], weigh[i] = (whole[ids] * w).sum(0) / w.sum(), weigh[:n][used[:n]].mean() if 1 in ids else w.sum().log()
    own, chars = parted(whole[:n], parts[:n], count, firm=2.0)
    own = torch.cat([own, whole[n:] - F.embedding_bag(parts[n:], chars, mode="mean", padding_idx=0)])
    own[unknown] = 0
    new.table.weight.copy_(own), new.chars.weight.copy_(chars), new.weigh.weight.copy_(weigh)
    h = old.up.out_features
    new.up.weight[:h], new.up.bias[:h], new.down.weight[:, :h] = old.up.weight, old.up.bias, old.down.weight
    new.down.weight[:, h:] = 0
    new.down.bias.copy_(old.down.bias), new.out.load_state_dict(old.out.state_dict())
    return new


# ---- what is learnt from --------------------------------------------------------------------

def spoken():
    """What the sound tower was taught to say: it must stay where it is."""
    import sayings
    from words import singular, ARTICLES

    out = sayings.words_of("en") + sayings.words_of("zh")
    for k in (0, 1):
        join = " " if k == 0 else ""
        out += [c[k][0] + join + t for c in sayings.PLAIN for e in sayings.THINGS for t in e[k][:2]]
        out += [a + join + t for a in (sayings.ADJECTIVES, sayings.ADJECTIVES_ZH)[k] for e in sayings.THINGS for t in e[k][:2]]
    out += [s for e, z in captions.CONCEPTS for s in e + z]
    return list(dict.fromkeys(out))


def gather(paths, bundle, file, wordnet, most=16000, titles=30000, seed=61):
    """broader.json.gz and broader.npz in the work folder: texts, picture vectors and teacher vectors, coarsely coded."""
    import data
    from export import session
    from common import pixels_of

    bundle, rng = Path(bundle), random.Random(seed)
    rows, images = data.load(paths)
    of = {}
    for i, r in enumerate(rows):
        if r["split"] == "train":
            of.setdefault(r["set"], []).append(i)
    chosen = sorted(i for name, some in of.items() for i in (rng.sample(some, most) if len(some) > most else some))
    run = session(bundle / "image.onnx")
    vectors = np.concatenate([run.run(None, {"pixels": pixels_of(np.asarray(images[chosen[a: a + 64]]))})[0] for a in range(0, len(chosen), 64)])
    taught = json.loads((paths.work / "minilm.json").read_text(encoding="utf8"))
    save(paths, bundle, file, wordnet, [rows[i] for i in chosen], vectors, taught, np.load(paths.work / "minilm.npy"), [r["title"] for r in rows if r["split"] == "train"], titles, seed)


def strict(row):
    """A picture's row without held-out words."""
    ok = lambda z: not captions.held_out_word(z)
    if row["set"] == "emoji":
        row = dict(row, zh=row["zh"] if ok(row["zh"]) else "", zh_keywords=[z for z in row["zh_keywords"] if ok(z)])
    return row


def save(paths, bundle, file, wordnet, rows, vectors, taught, teacher, titles, most_titles, seed, minilm=None):
    import glosses
    from unpack import text_tower

    rng = random.Random(seed)
    found = cedict.entries(file)
    pairs = [(en, zh, EVEN[w], k) for k, (en, zh, w) in enumerate(captions.pairs(paths))]
    pairs += [(en, zh, PROPER_WEIGHT if proper else CEDICT_WEIGHT, -1) for en, zh, proper in found]
    forms = list(dict.fromkeys(z for _, zh, _, _ in pairs for z in zh))
    plain = {a: b for _, zh, _ in found if len(zh) == 2 and len(zh[0]) == len(zh[1]) for a, b in zip(zh[1], zh[0]) if a != b}
    sure = captions.dictionary_english(paths)
    meanings = glosses.of_names(paths, wordnet, dict.fromkeys(sure + [e for p in pairs for e in p[0]] + taught))
    others = [e for en, _, proper in found if not proper for e in en]
    (paths.work / "tokenizer.json").write_bytes((bundle / "tokenizer.json").read_bytes())
    (paths.work / "tokenizer_wide.json").write_text(json.dumps(widened(bundle / "tokenizer.json", forms, sure, others), ensure_ascii=False, separators=(",", ":")), encoding="utf8")
    torch.save(small(text_tower(bundle / "text.onnx", Reader(SimpleNamespace(work=bundle)))), paths.work / "text_before.pt")
    middle, turn = turned(teacher.astype(np.float32))
    about = {"rows": [strict({k: v for k, v in r.items() if k not in ("id", "tar", "offset", "length", "split")}) for r in rows], "pairs": pairs,
             "shop": [(l, w) for l, w in captions.shop_lines(paths) if not captions.held_out_word(w)],
             "titles": rng.sample(titles, min(most_titles, len(titles))), "taught": taught, "defined": list(meanings), "plain": plain, "test": captions.dictionary_test(paths)}
    with gzip.open(paths.work / "broader.json.gz", "wt", encoding="utf8") as f:
        json.dump(about, f, ensure_ascii=False, separators=(",", ":"))
    coarse = lambda v: np.clip(np.round(v / CODE), -127, 127).astype(np.int8)
    np.savez_compressed(paths.work / "broader.npz", pictures=coarse(vectors), teacher=coarse((teacher - middle) @ turn),
                        defined=coarse(glosses.vectors(paths, meanings, minilm)))
    paths.log("broader: %d pictures, %d pairs, %d of them from CC-CEDICT, %d taught names, %d with a gloss" % (len(rows), len(pairs), len(found), len(taught), len(meanings)))


def turned(teacher, keep=128):
    """The teacher's vectors in their own main directions: (middle, [384, keep])."""
    middle = teacher.mean(0)
    some = teacher[np.random.default_rng(0).permutation(len(teacher))[:20000]] - middle
    _, v = np.linalg.eigh(some.T @ some)
    return middle, v[:, ::-1][:, :keep].astype(np.float32)


class Bank:
    """Texts as rows of token ids on the device, each once."""

    def __init__(self, tok, device, most):
        self.tok, self.device, self.most, self.number = tok, device, most, {}

    def __call__(self, text):
        return self.number.setdefault(text, len(self.number))

    def close(self, change=None):
        texts = list(self.number)
        rows = [e.ids[: self.most] or [1] for a in range(0, len(texts), 4096) for e in self.tok.encode_batch(texts[a: a + 4096])]
        rows = [r if change is None else change(r)[: self.most] for r in rows]
        grid = np.zeros((len(rows), max(map(len, rows))), np.int32)
        for i, r in enumerate(rows):
            grid[i, : len(r)] = r
        return torch.from_numpy(grid).to(self.device)


def apart(tok, rng):
    """A function that takes some Chinese pieces of a row of ids apart into their characters' pieces."""
    vocab, of = tok.get_vocab(), {}
    for piece, i in vocab.items():
        c = piece.replace("\u2581", "")
        if 2 <= len(c) <= 4 and all(map(cedict.HAN.match, c)) and all(x in vocab for x in c):
            of[i] = ([vocab["\u2581"]] if piece[0] == "\u2581" else []) + [vocab[x] for x in c]
    return lambda row: [x for i in row for x in (of[i] if i in of and rng.random() < 0.5 else [i])]


def second(zh):
    """Another part of the dictionary words, left out only where recipes are compared."""
    return 8 <= int(hashlib.sha1(zh.encode()).hexdigest()[:2], 16) < 16 and zh not in captions.OWN_ZH


class Lessons:
    """Everything as tensors on the device; what is drawn in a step is drawn there."""

    def __init__(self, work, tok, device, seed, draws=16, compare=False, say=print):
        with gzip.open(Path(work) / "broader.json.gz", "rt", encoding="utf8") as f:
            about = json.load(f)
        kept, rng = np.load(Path(work) / "broader.npz"), random.Random(seed)
        on = lambda a, t=torch.long: torch.as_tensor(np.asarray(a)).to(device=device, dtype=t)
        self.device, self.test, self.plain = device, about["test"], about["plain"]
        number = {t: i for i, t in enumerate(about["taught"])}
        self.teacher = F.normalize(on(kept["teacher"], torch.float32), dim=1)
        self.glosses, gloss = F.normalize(on(kept["defined"], torch.float32), dim=1), {t: i for i, t in enumerate(about["defined"])}
        self.check = [(z, e) for e, zs, _, _ in [(p[0][0], p[1], 0, 0) for p in about["pairs"] if 0.9 < p[2] < 1.6 and p[3] >= 0] for z in zs[:1] if second(z)]
        seen = set()
        self.check = [(z, e) for z, e in self.check if not (e.lower() in seen or z in seen or seen.update((e.lower(), z)))]
        # pictures and their captions, drawn ahead
        self.pictures = F.normalize(on(kept["pictures"], torch.float32), dim=1) if len(about["rows"]) else None
        rows, facts, key = about["rows"], [captions.facts(r) for r in about["rows"]], Keys()
        long = Bank(tok, device, LONG)
        told, kinds = [], []
        for r, f in zip(rows, facts):
            for _ in range(draws):
                t, k = captions.caption(r, f, rng)
                if k == 0 and r["set"] == "electronics" and rng.random() < 0.5:
                    t = thinned(t, rng)
                t = captions.mistyped(t, rng) if rng.random() < 0.12 else t
                told.append(long(t or r["title"] or r["label"])), kinds.append(k)
        self.told, self.kinds = on(told).view(len(rows), -1), on(kinds).view(len(rows), -1)
        self.keys = on([[key("t", r["title"].lower()), key("lc", r["label"] or r["title"], r["colour"]), key("l", r["label"] or r["title"])] for r in rows])
        names = list(dict.fromkeys(r["set"] for r in rows))
        count = Counter(r["set"] for r in rows)
        w = np.array([SHARE[r["set"]] / count[r["set"]] for r in rows])
        self.draw = {"": on(w / w.sum(), torch.float32)} | {n: on([r["set"] == n for r in rows], torch.float32) for n in names}
        self.alone = [(n, c) for n, c in ALONE.items() if n in self.draw]
        # captions and more titles, which keep their places
        self.kept = on(sorted({*told, *(long(t) for t in about["titles"] if t)}))
        # pairs, their names in one row each
        short = Bank(tok, device, SHORT)
        en, zh, weight, teach, means, at = [], [], [], [], [], []
        for e, z, w, k in about["pairs"]:
            z = [x for x in z if not (compare and second(x))]
            if not z:
                continue
            at.append((len(en), len(e[:5]), len(zh), len(z[:6])))
            weight.append(w)
            for x in e[:5]:
                en.append((short(x), short(captions.mistyped(x, rng)))), teach.append(number.get(x, -1)), means.append(gloss.get(x, -1))
            zh += [short(x) for x in z[:6]]
        self.en, self.zh, self.at, self.taught, self.means = on(en), on(zh), on(at), on(teach), on(means)
        self.pair_weight = on(np.array(weight) / sum(weight), torch.float32)
        # colours with things in both languages, and tagged titles with their product word
        own = list(captions.CONCEPTS) + [([captions.singular(k), k.lower()], captions.article_zh(k)) for k in captions.ARTICLES] * 2
        self.phrases = []
        for _ in range(40000):
            (e, z), (ce, cz) = rng.choice(own), rng.choice(captions.COLOURS[:32] if rng.random() < 0.8 else captions.COLOURS)
            plainly = rng.random() < 0.5
            self.phrases.append((short(f"{ce[0]} {e[0]}" if plainly else rng.choice(captions.EN_SHAPES).format(c=rng.choice(ce), a=rng.choice(e))),
                                 short(rng.choice(captions.ZH_SHAPES).format(c=rng.choice(cz), a=rng.choice(z)))))
        self.phrases = on(self.phrases)
        self.shop = on([(long(l), short(w)) for l, w in about["shop"] if not (compare and second(w))])
        self.named = on([(short(t), i) for t, i in number.items() if len(t) <= 48])
        spoke = spoken()
        stays = set(spoke)
        self.defined = on([(short(t), i) for t, i in gloss.items()])
        self.drawn = on([t not in stays for t in gloss], torch.bool)
        self.still = on([short(t) for t in spoke])
        self.still_texts, self.long_texts = spoke, list(long.number)
        self.short_texts = list(short.number)
        self.long, self.short = long.close(), short.close()
        split = apart(tok, rng)
        self.split = [Bank.close(short, split), Bank.close(short, split)]
        say("lessons: %d captions, %d names, %d pairs, %d phrases, %d kept captions, %d still" % (*map(len, (long.number, short.number, self.at, self.phrases, self.kept, self.still)),))

    def some(self, weight, n):
        return torch.multinomial(weight, n, replacement=True)

    def picture_batch(self, n, rng):
        names, chance = zip(*self.alone)
        index = self.some(self.draw[rng.choices(names, chance)[0]], n)
        pick = torch.randint(self.told.shape[1], (n, 1), device=self.device)
        return index, self.told[index].gather(1, pick).squeeze(1), self.kinds[index].gather(1, pick).squeeze(1)

    def pair_batch(self, n):
        """(English texts, Chinese texts, which pair, teacher rows or -1, gloss rows or -1, English texts without slips)."""
        p = self.some(self.pair_weight, n)
        a, an, b, bn = self.at[p].unbind(1)
        r = torch.rand(2, n, device=self.device)
        e, z = a + (r[0] * an).long(), b + (r[1] * bn).long()
        slip = (torch.rand(n, device=self.device) < 0.06).long()
        return self.en[e].gather(1, slip.unsqueeze(1)).squeeze(1), self.zh[z], p, self.taught[e], self.means[e], self.en[e][:, 0]


# ---- training -------------------------------------------------------------------------------

def contest(a, b, scale, same):
    """Symmetric InfoNCE; `same` true off the diagonal is left out of the contest."""
    same = same.clone()
    same.fill_diagonal_(False)
    logits = (scale * a @ b.T).masked_fill(same, -1e4)
    t = torch.arange(len(a), device=a.device)
    return 0.5 * (F.cross_entropy(logits, t) + F.cross_entropy(logits.T, t))


def order(student, teacher, warm=0.1):
    """`joint.keep_order` on any device."""
    eye = torch.eye(len(student), dtype=torch.bool, device=student.device)
    t = torch.softmax((teacher @ teacher.T / warm).masked_fill(eye, -1e4), 1)
    s = torch.log_softmax((student @ student.T / warm).masked_fill(eye, -1e4), 1)
    return (t * (torch.log(t + 1e-9) - s).masked_fill(eye, 0)).sum(1).mean()


def meant(net, m, batch=1024, rounds=6, lr=2e-3, scale=22.0):
    """Where the tower should put each name that has a gloss, [names, 256]: halfway between where it puts the name now and where a
    small network, taught from glosses to Chinese names, puts its gloss. A name that was never in a pair takes its place by that."""
    drop, count = torch.nn.Dropout, len(m.glosses[0])
    straight, bent = torch.nn.Linear(count, 256), torch.nn.Sequential(drop(0.1), torch.nn.Linear(count, 1024), torch.nn.ReLU(), drop(0.3), torch.nn.Linear(1024, 256))
    both = torch.nn.ModuleList([straight, bent]).to(m.device)
    pair = torch.repeat_interleave(torch.arange(len(m.at), device=m.device), m.at[:, 1])
    gloss, pair = m.means[m.means >= 0], pair[m.means >= 0]
    with torch.no_grad():
        ask = lambda ids: torch.cat([read(net, m.short[part]) for part in ids.split(4096)])
        chinese, now = ask(m.zh[m.at[pair, 2]]), torch.zeros(len(m.glosses), 256, device=m.device)
        now[m.defined[:, 1]] = ask(m.defined[:, 0])
    weight = m.pair_weight[pair] / m.pair_weight[pair].mean()
    opt, steps = torch.optim.AdamW(both.parameters(), lr, weight_decay=0.01), rounds * len(gloss) // batch
    for step in range(steps):
        opt.param_groups[0]["lr"] = lr * (1 - step / steps)
        i = m.some(weight.clamp(max=4), batch)
        x, same = m.glosses[gloss[i]], (gloss[i][:, None] == gloss[i]) | (pair[i][:, None] == pair[i])
        guess = F.normalize(straight(x) + bent(x), dim=1)
        loss = contest(guess, chinese[i], scale, same) + 2 * (1 - (guess * chinese[i]).sum(1)).mean()
        opt.zero_grad(), loss.backward(), opt.step()
    both.eval()
    with torch.no_grad():
        return F.normalize(now + F.normalize(straight(m.glosses) + bent(m.glosses), dim=1), dim=1)


def read(net, ids):
    ids = ids[:, : int((ids > 0).sum(1).max())].long()
    return net(ids, (ids > 0).long())


def recalled(net, tok, test, device):
    """Recall at 1 and 10 of the English names of Chinese words, as `evaluate.py` asks."""
    rows = lambda texts: torch.nn.utils.rnn.pad_sequence([torch.tensor(e.ids[:64] or [1]) for e in tok.encode_batch(texts)], batch_first=True).to(device)
    with torch.no_grad():
        z, e = read(net, rows([t[0] for t in test])), read(net, rows([t[1] for t in test]))
    s = z @ e.T
    r = (s > s.diag()[:, None]).sum(1)
    return "%.3f / %.3f" % tuple((r < k).float().mean().item() for k in (1, 10))


RECIPE = dict(pictures=1024, pairs=3072, names=1024, hidden=2048, around=0, forget=0.5, shrink=0.003, split=0.5, lr=1.2e-3, scale=22.0,
              told=0.2, pair=1.5, order=0.5, near=1.0, one=2.0, means=1.0, meant=6.0, still=12.0, keep=8.0)
ONE = dict(lr=3e-4, forget=0.0, split=0.1, one=8.0, told=0.4, pair=1.0)      # a last short time: the same phrase of both languages in one place
PROCESSOR = dict(pictures=256, pairs=1024, names=512)                        # batches for a machine without a GPU


def train(work, minutes=8, device="cuda", seed=91, compare=False, name="text_broader.pt", start=(), out=None, say=None, every=200, **change):
    """`compare`: a second part of the words is left out and asked for. `start`: go on from the mean of these runs, whose characters
    are in their table already, so that `forget` and `shrink` do nothing. Returns the averaged tower and its last figure."""
    torch.manual_seed(seed), np.random.seed(seed)
    how, rng, out, work = {**RECIPE, **change}, random.Random(seed), Path(out or work), Path(work)
    say = say or (lambda *w: print(*w, flush=True))
    tok = Tokenizer.from_file(str(work / "tokenizer_wide.json"))
    m = Lessons(work, tok, device, seed, compare=compare, say=say)
    reader = Reader(SimpleNamespace(work=work))
    old = stands(torch.load(work / "text_before.pt"))
    text = (trained(work, *start) if start else begun(old, reader, tok, m.plain, how["hidden"], how["around"], afresh=compare)).to(device)
    old.to(device)
    with torch.no_grad():
        asks = lambda texts, most: torch.cat([old(i.to(device), a.to(device)) for i, a in (reader(texts[k: k + 2048], most) for k in range(0, len(texts), 2048))])
        stood, kept = asks(m.still_texts, SHORT), asks([m.long_texts[i] for i in m.kept.tolist()], LONG)
        drift = (read(text.eval(), m.short[m.still]) * stood).sum(1)
    if compare:   # an untrained tower has no place for a name yet
        how |= {"means": 0, "meant": 0}
    meanings, drawn = meant(text, m), m.defined[m.drawn]
    say("begun: cosine to the old tower %.4f, least %.3f; held out %s, second part (%d) %s" % (drift.mean(), drift.min(), recalled(text, tok, m.test, device), len(m.check), recalled(text, tok, m.check, device)))
    like = torch.nn.Linear(256, m.teacher.shape[1]).to(device)
    opt = torch.optim.AdamW([{"params": text.parameters()}, {"params": like.parameters()}], lr=how["lr"], betas=(0.9, 0.98), weight_decay=0.0)
    composed = (text.parts[:, 1] > 0).float().unsqueeze(1)
    seen = torch.zeros(len(text.parts), dtype=torch.bool, device=device)
    for grid in (m.short, m.long, *m.split):
        seen[grid.unique().long()] = True
    idle = ~seen & (text.parts[:, 0] > 0)
    text.train()
    text.forget = how["forget"]
    mean, begin, step, names = Average(text), time.time(), 0, ("told", "pair", "order", "near", "one", "means", "meant", "still", "keep")
    while (done := (time.time() - begin) / (60 * minutes)) < 1:
        for group, top in zip(opt.param_groups, (how["lr"], 3e-3)):
            group["lr"] = top * min(1, (step + 1) / 60) * (0.5 + 0.5 * np.cos(np.pi * done)) + 1e-6
        e, z, p, t, g, whole = m.pair_batch(how["pairs"])
        ph = m.phrases[torch.randint(len(m.phrases), (how["pairs"] // 4,), device=device)]
        sh = m.shop[torch.randint(len(m.shop), (how["pairs"] // 12,), device=device)]
        nm = m.named[torch.randint(len(m.named), (how["names"],), device=device)]
        df = drawn[torch.randint(len(drawn), (how["names"],), device=device)]
        st = torch.randint(len(m.still), (how["names"],), device=device)
        bank = [m.short, *m.split][rng.choice([1, 2]) if rng.random() < how["split"] else 0]
        zs, es = read(text, bank[torch.cat([z, ph[:, 1], sh[:, 1]])]), read(text, m.short[torch.cat([e, ph[:, 0], nm[:, 0], df[:, 0], m.still[st]])])
        n, k = len(e), len(ph)
        a, b = torch.cat([es[: n + k], read(text, m.long[sh[:, 0]])]), zs
        which = torch.cat([p, 10_000_000 + ph[:, 0], 20_000_000 + sh[:, 1]])
        left, right = torch.cat([whole, ph[:, 0], -1 - sh[:, 0]]), torch.cat([z, ph[:, 1], sh[:, 1]])
        alike = lambda v: v[:, None] == v[None]
        loss = {"pair": contest(a, b, how["scale"], alike(which) | alike(left) | alike(right))}
        known, taught = t >= 0, m.teacher[nm[:, 1]]
        c = es[n + k: n + k + len(nm)]
        loss["order"] = order(c, taught)
        loss["near"] = (1 - F.cosine_similarity(like(c), taught)).mean() + (1 - F.cosine_similarity(like(b[:n][known]), m.teacher[t[known]])).mean()
        loss["one"] = (1 - (es[n: n + k].detach() * b[n: n + k]).sum(1)).mean()
        has = g >= 0
        loss["means"] = contest(b[:n][has], meanings[g[has]], how["scale"], alike(p[has]) | alike(g[has]) | alike(z[has]))
        loss["meant"] = (1 - (es[n + k + len(nm): n + k + 2 * len(nm)] * meanings[df[:, 1]]).sum(1)).mean()
        loss["still"] = (1 - (es[n + k + 2 * len(nm):] * stood[st]).sum(1)).mean()
        if how["told"]:
            index, said, kind = m.picture_batch(how["pictures"], rng)
            kp = torch.randint(len(m.kept), (how["pictures"],), device=device)
            words = read(text, m.long[torch.cat([said, m.kept[kp]])])
            same = m.keys[index][:, kind].T == m.keys[index].gather(1, kind[:, None])
            loss["told"] = contest(words[: len(index)], m.pictures[index], 31.3, same)
            loss["keep"] = (1 - (words[len(index):] * kept[kp]).sum(1)).mean()
        total = sum(how[x] * v for x, v in loss.items())
        opt.zero_grad(set_to_none=True), total.backward()
        torch.nn.utils.clip_grad_norm_(text.parameters(), 5.0)
        opt.step()
        with torch.no_grad():
            text.table.weight.mul_(1 - how["shrink"] * composed * opt.param_groups[0]["lr"] / how["lr"])
            text.table.weight[idle] = 0
            text.chars.weight[0] = 0
            text.last.weight[0] = 0
        mean(text, step)
        step += 1
        if step % every == 0:
            with torch.no_grad():
                drift = (read(mean.module, m.short[m.still]) * stood).sum(1)
            say("broader %d %.0f%% " % (step, 100 * done) + " ".join("%s %.3f" % (x, loss[x].item()) for x in names if x in loss),
                "held out", recalled(mean.module, tok, m.test, device), "second", recalled(mean.module, tok, m.check, device), "still %.4f, least %.3f" % (drift.mean(), drift.min()))
    last = recalled(mean.module, tok, m.check, device)
    say("broader: %d steps; held out %s, second %s" % (step, recalled(mean.module, tok, m.test, device), last))
    torch.save(small(mean.module.cpu()), out / name)
    return mean.module, last


def trained(work, *names):
    """The tower that a run left, or the mean of several runs from one start."""
    nets = [stands(torch.load(Path(work) / n)) for n in names or ["text_broader.pt"]]
    with torch.no_grad():
        for same in zip(*(n.parameters() for n in nets)):
            same[0].copy_(sum(same) / len(same))
    return nets[0]


def main():
    from common import Paths
    from export import write_part

    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("step", choices=["gather", "train", "put"])
    p.add_argument("what", nargs="+")
    p.add_argument("--cedict", help="cedict_1_0_ts_utf-8_mdbg.txt.gz, as CC-CEDICT publishes it")
    p.add_argument("--wordnet", help="the folder of WordNet 3.0 with data.noun and index.noun")
    p.add_argument("--minutes", type=float, default=8), p.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    p.add_argument("--provenance", help="what the manifest is to say anew of how it was made, as JSON")
    a = p.parse_args()
    if a.step == "gather":
        gather(Paths(*a.what[:2]), a.what[2], a.cedict, a.wordnet)
    elif a.step == "train":
        kinds = {"seed": int, "name": str, "start": lambda v: v.split(",")} | {k: type(v) for k, v in RECIPE.items()}
        train(a.what[0], a.minutes, a.device, **{k: kinds[k](v) for k, v in (x.split("=") for x in a.what[1:])})
    else:
        write_part(a.what[1], "text", a.what[2], json.loads(a.provenance) if a.provenance else PROVENANCE, text=trained(a.what[0], *a.what[3:]), tokenizer=Path(a.what[0]) / "tokenizer_wide.json")


if __name__ == "__main__":
    main()
