"""Vitrine's index beside hnswlib, usearch and faiss: the same vectors, one run, taking turns, medians of several rounds.

    python3 -m venv /tmp/peers && /tmp/peers/bin/pip install -r benches/requirements.txt
    cargo build --release --bench peer
    /tmp/peers/bin/python benches/peers.py --peer target/release/deps/peer-* --rows 100000

Figures are CPU seconds of one thread, so that a busy machine blurs them less, and ratios to a peer of the same round.
`--markdown` prints the tables of README.md.
"""

import os

# Before numpy and faiss are loaded: one thread each, or CPU time would count threads that wait.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "RAYON_NUM_THREADS"):
    os.environ[variable] = "1"

import argparse
import json
import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import faiss
import hnswlib
import numpy as np
from usearch.index import Index

FACETS = ("text", "image", "audio")
TARGETS = (0.95, 0.99)


def write_vectors(folder, rows, queries, dim, missing, noise, seed):
    """Unit vectors in rows / 50 clusters a facet; each facet lacks its own share of the rows."""
    for number, facet in enumerate(FACETS):
        rng = np.random.default_rng(seed + number)
        centres = unit(rng.standard_normal((max(rows // 50, 1), dim), dtype=np.float32))

        def draw(count):
            spread = noise / dim**0.5 * rng.standard_normal((count, dim), dtype=np.float32)
            return unit(centres[rng.integers(len(centres), size=count)] + spread)

        present = np.flatnonzero(rng.random(rows) >= missing).astype("<u4")
        present.tofile(folder / f"{facet}.rows")
        draw(len(present)).astype("<f4").tofile(folder / f"{facet}.f32")
        draw(queries).astype("<f4").tofile(folder / f"{facet}.queries.f32")
    about = {"dim": dim, "rows": rows, "queries": queries, "facets": FACETS, "missing": missing, "noise": noise, "seed": seed}
    (folder / "vectors.json").write_text(json.dumps(about))


def unit(vectors):
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


class Facet:
    def __init__(self, folder, name, dim):
        self.vectors = np.fromfile(folder / f"{name}.f32", "<f4").reshape(-1, dim)
        self.rows = np.fromfile(folder / f"{name}.rows", "<u4")
        self.queries = np.fromfile(folder / f"{name}.queries.f32", "<f4").reshape(-1, dim)

    def truth(self, count):
        blocks = [np.argsort(-(block @ self.vectors.T), axis=1)[:, :count] for block in np.array_split(self.queries, 20)]
        return self.rows[np.concatenate(blocks)]


class Vitrine:
    """The bench binary at the other end of a pipe. Its CPU time is read from its clock, to the nanosecond."""

    name = "Vitrine"
    efs = (10, 20, 40, 100, 200, 300)

    def __init__(self, command, folder, ef_construction):
        self.process = subprocess.Popen(
            [*command, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1
        )
        self.clock = (~self.process.pid << 3) | 2
        self.found = folder / "vitrine.found"
        self.ef_construction = ef_construction
        self.about = {}

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        answer = json.loads(answer) if answer else {"error": "it has ended"}
        if "error" in answer:
            raise SystemExit(f"{line}: {answer['error']}")
        return answer

    def seconds(self):
        return time.clock_gettime(self.clock)

    def build(self, _facet):
        self.about = self.ask(f"build {self.ef_construction}")

    def prepare(self, ef):
        self.ask(f"search {ef} 1 {self.found}")

    def search(self, _facet, ef, count):
        self.ask(f"search {ef} {count} {self.found}")

    def rows(self, _facet, count):
        return np.fromfile(self.found, "<u4").reshape(-1, count)


class Peer:
    """A library in this process."""

    def seconds(self):
        return time.process_time()

    def rows(self, facet, count):
        return facet.rows[np.asarray(self.labels)[:, :count]]


class Hnswlib(Peer):
    name = "hnswlib M=16"
    efs = (10, 20, 40, 80, 150, 250)

    def __init__(self, ef_construction):
        self.ef_construction = ef_construction

    def build(self, facet):
        self.index = hnswlib.Index("ip", facet.vectors.shape[1])
        self.index.init_index(len(facet.vectors), M=16, ef_construction=self.ef_construction)
        self.index.set_num_threads(1)
        self.index.add_items(facet.vectors, num_threads=1)

    def prepare(self, ef):
        self.index.set_ef(ef)

    def search(self, facet, _ef, count):
        self.labels = self.index.knn_query(facet.queries, count, num_threads=1)[0]


class Usearch(Peer):
    efs = (10, 20, 40, 80, 150, 250)

    def __init__(self, ef_construction, dtype):
        self.ef_construction, self.dtype, self.name = ef_construction, dtype, f"usearch {dtype}"

    def build(self, facet):
        self.index = Index(
            ndim=facet.vectors.shape[1], metric="cos", dtype=self.dtype, connectivity=16, expansion_add=self.ef_construction
        )
        self.index.add(np.arange(len(facet.vectors)), facet.vectors, threads=1)

    def prepare(self, ef):
        self.index.expansion_search = ef

    def search(self, facet, _ef, count):
        self.labels = self.index.search(facet.queries, count, threads=1).keys.astype(np.int64)


class FaissHnsw(Peer):
    name = "faiss HNSW32"
    efs = (10, 20, 40, 80, 150, 250)

    def __init__(self, ef_construction):
        self.ef_construction = ef_construction

    def build(self, facet):
        self.index = faiss.IndexHNSWFlat(facet.vectors.shape[1], 32, faiss.METRIC_INNER_PRODUCT)
        self.index.hnsw.efConstruction = self.ef_construction
        self.index.add(facet.vectors)

    def prepare(self, ef):
        self.index.hnsw.efSearch = ef

    def search(self, facet, _ef, count):
        self.labels = self.index.search(facet.queries, count)[1]


def timed(engine, work):
    before = engine.seconds()
    work()
    return engine.seconds() - before


def recall(found, truth):
    return float(np.mean([len(set(a) & set(b)) / len(b) for a, b in zip(found.tolist(), truth.tolist())]))


def graphs(engines, facet, count, rounds, builds):
    """Each engine's build seconds, and for each ef its recall and its queries a second."""
    truth = facet.truth(count)
    seconds = {engine.name: [] for engine in engines}
    for number in range(builds):
        for engine in engines:
            seconds[engine.name].append(timed(engine, lambda: engine.build(facet)))
            print(f"build {number + 1}: {engine.name} {seconds[engine.name][-1]:.2f} CPU s", flush=True)
    curves = {engine.name: [] for engine in engines}
    for step in range(max(len(engine.efs) for engine in engines)):
        turn = [(engine, engine.efs[step]) for engine in engines if step < len(engine.efs)]
        rates = {engine.name: [] for engine, _ in turn}
        for engine, ef in turn:
            engine.prepare(ef)
            engine.search(facet, ef, count)
        for _ in range(rounds):
            for engine, ef in turn:
                rates[engine.name].append(len(facet.queries) / timed(engine, lambda: engine.search(facet, ef, count)))
        for engine, ef in turn:
            found = recall(engine.rows(facet, count), truth)
            curves[engine.name].append((found, statistics.median(rates[engine.name])))
            print(f"{engine.name}: ef {ef}, recall {found:.4f}, {curves[engine.name][-1][1]:.0f} queries a CPU s", flush=True)
    return {name: statistics.median(values) for name, values in seconds.items()}, curves


def rate_at(curve, target):
    """Queries a second at a recall, between the two measured points around it (straight on a logarithmic scale)."""
    curve = sorted(curve)
    for (low, fast), (high, slow) in zip(curve, curve[1:]):
        if low <= target <= high:
            share = (target - low) / max(high - low, 1e-9)
            return float(np.exp((1 - share) * np.log(fast) + share * np.log(slow)))
    return None


def scans(vitrine, facets, count, rounds):
    """Three facets of ours against three exact searches of faiss, query by query: a user asks one thing at a time."""
    flat, codes = [], []
    for facet in facets:
        dim = facet.vectors.shape[1]
        flat.append(faiss.IndexFlatIP(dim))
        codes.append(faiss.IndexScalarQuantizer(dim, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT))
        codes[-1].train(facet.vectors)
        for index in (flat[-1], codes[-1]):
            index.add(facet.vectors)
    queries = len(facets[0].queries)

    def search(indexes):
        labels = np.empty((queries, len(facets), count), np.int64)
        for query in range(queries):
            for number, (facet, index) in enumerate(zip(facets, indexes)):
                labels[query, number] = index.search(facet.queries[query : query + 1], count)[1][0]
        return np.stack([facet.rows[labels[:, number]] for number, facet in enumerate(facets)], axis=1)

    peer, seconds, found = Peer(), {"Vitrine": [], "faiss Flat": [], "faiss SQ8": []}, {}
    for _ in range(rounds):
        seconds["Vitrine"].append(timed(vitrine, lambda: vitrine.ask(f"scan {count} {vitrine.found}")))
        for name, indexes in (("faiss Flat", flat), ("faiss SQ8", codes)):
            before = peer.seconds()
            found[name] = search(indexes)
            seconds[name].append(peer.seconds() - before)
    found["Vitrine"] = np.fromfile(vitrine.found, "<u4").reshape(queries, len(facets), count)
    truth = np.stack([facet.truth(count) for facet in facets], axis=1).reshape(-1, count)
    return {
        name: (recall(found[name].reshape(-1, count), truth), queries / statistics.median(values))
        for name, values in seconds.items()
    }


def machine():
    facts = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(":")[1].strip() for line in facts if line.startswith("model name")), "unknown")
    flags = next((line for line in facts if line.startswith("flags")), "")
    wide = [name for name in ("avx2", "avx512f", "avx_vnni", "avx512_vnni") if name in flags.split()]
    return f"{model}, {os.cpu_count()} cores, {' '.join(wide) or 'no AVX2'}"


def table(heads, lines):
    print("\n| " + " | ".join(heads) + " |\n|" + "---|" * len(heads))
    for line in lines:
        print("| " + " | ".join(line) + " |")
    print(flush=True)


def main():
    ask = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    ask.add_argument("--peer", required=True, help="the bench binary of benches/peer.rs")
    ask.add_argument("--only", choices=("graph", "scan"))
    ask.add_argument("--vectors", type=Path, help="where the vectors are kept; a temporary folder otherwise")
    ask.add_argument("--rows", type=int, default=100_000, help="products; of each facet 30%% are missing")
    ask.add_argument("--queries", type=int, default=1000)
    ask.add_argument("--dim", type=int, default=256)
    ask.add_argument("--missing", type=float, default=0.3)
    ask.add_argument("--noise", type=float, default=0.7, help="length of what is added to a cluster's centre")
    ask.add_argument("--count", type=int, default=10)
    ask.add_argument("--rounds", type=int, default=5)
    ask.add_argument("--builds", type=int, default=3)
    ask.add_argument("--ef-construction", type=int, default=100, help="of the peers")
    ask.add_argument("--own-ef-construction", type=int, default=60, help="of Vitrine")
    ask.add_argument("--seed", type=int, default=1)
    asked = ask.parse_args()
    faiss.omp_set_num_threads(1)

    with tempfile.TemporaryDirectory() as temporary:
        folder = asked.vectors or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        write_vectors(folder, asked.rows, asked.queries, asked.dim, asked.missing, asked.noise, asked.seed)
        facets = [Facet(folder, name, asked.dim) for name in FACETS]
        vitrine = Vitrine([asked.peer], folder, asked.own_ef_construction)
        print(f"{machine()}; {asked.rows} products, {len(facets[0].rows)} with {FACETS[0]}, {asked.dim} dimensions")
        if asked.only != "scan":
            ef = asked.ef_construction
            engines = [vitrine, Hnswlib(ef), Usearch(ef, "i8"), Usearch(ef, "f16"), FaissHnsw(ef)]
            seconds, curves = graphs(engines, facets[0], asked.count, asked.rounds, asked.builds)
            base, lines = Hnswlib.name, []
            for name, spent in seconds.items():
                line = [name, f"{spent:.1f}", f"{spent / seconds[base]:.2f}"]
                for target in TARGETS:
                    rate, other = rate_at(curves[name], target), rate_at(curves[base], target)
                    line += [f"{rate:,.0f}" if rate else "-", f"{rate / other:.2f}" if rate and other else "-"]
                lines.append(line)
            heads = ["", "build, CPU s", "ratio"]
            for target in TARGETS:
                heads += [f"queries a CPU s at recall@{asked.count} {target}", "ratio"]
            table(heads, lines)
            print(f"Vitrine's graph: {vitrine.about}")
        if asked.only != "graph":
            results = scans(vitrine, facets, asked.count, max(asked.rounds // 2, 1))
            base = results["faiss SQ8"][1]
            lines = [[name, f"{found:.4f}", f"{rate:,.0f}", f"{rate / base:.2f}"] for name, (found, rate) in results.items()]
            table(["three facets, exact", f"recall@{asked.count}", "queries a CPU s", "ratio"], lines)


if __name__ == "__main__":
    main()
