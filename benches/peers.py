"""Vitrine's index beside hnswlib, usearch and faiss: the same vectors, one run, taking turns, medians of several rounds.

    python3 -m venv /tmp/peers && /tmp/peers/bin/pip install -r benches/requirements.txt
    cargo build --release --bench peer
    /tmp/peers/bin/python benches/peers.py --peer target/release/deps/peer-* --rows 100000

Graphs: CPU seconds of one thread, so that a busy machine blurs them less. Scans: the clock, query by query in turn, as a
user waits; on `--threads` of them faiss searches as many shards of an index side by side, for it scans with one thread a
query. Ratios are to a peer of the same round.
"""

import os
import sys

# Before numpy and faiss are loaded: one thread each, or CPU time would count threads that wait. Shards bring their own.
for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[variable] = "1"
THREADS = int(sys.argv[sys.argv.index("--threads") + 1]) if "--threads" in sys.argv else 1
os.environ["RAYON_NUM_THREADS"] = str(THREADS)

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
    """Unit vectors in rows / 50 clusters. A product is in the same cluster in all facets, whose centres are a little apart;
    each facet lacks its own share of the rows. A query asks for one cluster in every facet."""
    clusters = max(rows // 50, 1)
    rng = np.random.default_rng(seed)
    middles = unit(rng.standard_normal((clusters, dim), dtype=np.float32))
    cluster_of, asked = rng.integers(clusters, size=rows), rng.integers(clusters, size=queries)
    for number, facet in enumerate(FACETS):
        rng = np.random.default_rng((seed, number))
        centres = unit(middles + 0.5 * unit(rng.standard_normal((clusters, dim), dtype=np.float32)))

        def draw(members):
            return unit(centres[members] + noise / dim**0.5 * rng.standard_normal((len(members), dim), dtype=np.float32))

        present = np.flatnonzero(rng.random(rows) >= missing).astype("<u4")
        present.tofile(folder / f"{facet}.rows")
        with open(folder / f"{facet}.f32", "wb") as file:
            for members in np.array_split(cluster_of[present], max(len(present) // 50_000, 1)):
                draw(members).astype("<f4").tofile(file)
        draw(asked).astype("<f4").tofile(folder / f"{facet}.queries.f32")
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


def faiss_index(facet, codes):
    """An exact index of a facet, in as many shards as there are threads."""
    def shard(vectors):
        dim = vectors.shape[1]
        if not codes:
            index = faiss.IndexFlatIP(dim)
        else:
            index = faiss.IndexScalarQuantizer(dim, faiss.ScalarQuantizer.QT_8bit, faiss.METRIC_INNER_PRODUCT)
            index.train(vectors)
        index.add(vectors)
        return index

    shards = [shard(vectors) for vectors in np.array_split(facet.vectors, THREADS)]
    if THREADS == 1:
        return shards[0]
    whole = faiss.IndexShards(facet.vectors.shape[1], True, True)
    for part in shards:
        whole.add_shard(part)
    return whole


def fused(pairs, cosines, rows):
    """The scores of products: for each pair its weight times the calibrated cosine, 0 where there is none."""
    scores = np.zeros(rows, np.float32)
    for (part, facet, weight, mean, sd), (present, cosine) in zip(pairs, cosines):
        scores[present] += np.float32(weight / sd) * (cosine - np.float32(mean))
    return scores


def scans(vitrine, facets, asked):
    """Query by query: what Vitrine does for a new query, and what faiss takes to search the same facets. A user of faiss
    fuses the lists it finds; that is done too, but not timed."""
    rows, count, rounds = asked.rows, asked.count, asked.rounds
    queries = min(asked.queries, asked.scanned_queries)
    weights = vitrine.ask("collect")
    parts = {"near": [0], "words": [0], "all": [0, 1, 2]}
    truth = {}
    # For each kind and query the best rows: of each facet for "near", of the sum of all pairs for the others.
    near = [facet.vectors @ facet.queries[:queries].T for facet in facets]
    truth["near"] = [[facet.rows[np.argsort(-near[number][:, query])[:count]] for number, facet in enumerate(facets)] for query in range(queries)]
    own = {(number, number): near[number] for number in range(len(facets))}
    for kind in ("words", "all"):
        truth[kind] = []
        for part, facet, *_ in weights[kind]:
            if (part, facet) not in own:
                own[part, facet] = facets[facet].vectors @ facets[part].queries[:queries].T
        for query in range(queries):
            cosines = [(facets[facet].rows, own[part, facet][:, query]) for part, facet, *_ in weights[kind]]
            truth[kind].append(np.argsort(-fused(weights[kind], cosines, rows), kind="stable")[:count])
    del near, own
    indexes = {"faiss SQ8": [faiss_index(facet, True) for facet in facets], "faiss Flat": [faiss_index(facet, False) for facet in facets]}
    for facet in facets:
        del facet.vectors

    def search(name, kind, query):
        """One search a facet, for all parts that meet it together."""
        lists = []
        for number, (facet, index) in enumerate(zip(facets, indexes[name])):
            asking = [number] if kind == "near" else parts[kind]
            vectors = np.stack([facets[part].queries[query] for part in asking])
            before = time.perf_counter()
            lists.append((asking, *index.search(vectors, count)))
            lists[-1] += (time.perf_counter() - before,)
        return lists, sum(one[-1] for one in lists)

    def best(kind, lists):
        if kind == "near":
            return [facet.rows[labels[0]] for facet, (_, _, labels, _) in zip(facets, lists)]
        cosines = []
        for part, facet, *_ in weights[kind]:
            asking, scores, labels, _ = lists[facet]
            place = asking.index(part)
            cosines.append((facets[facet].rows[labels[place]], scores[place]))
        return np.argsort(-fused(weights[kind], cosines, rows), kind="stable")[:count]

    def share(found, truth):
        return recall(np.atleast_2d(found), np.atleast_2d(truth))

    results = {}
    for kind in parts:
        seconds = {name: [] for name in ("Vitrine", *indexes)}
        recalls = {name: [] for name in seconds}
        vitrine.ask(f"{kind} 0 {count} {vitrine.found}")
        for number in range(queries * rounds):
            query = number % queries
            before = time.perf_counter()
            vitrine.ask(f"{kind} {query} {count} {vitrine.found}")
            seconds["Vitrine"].append(time.perf_counter() - before)
            if number < queries:
                found = np.fromfile(vitrine.found, "<u4")
                recalls["Vitrine"].append(share(found.reshape(-1, count) if kind == "near" else found, truth[kind][query]))
            for name in indexes:
                lists, spent = search(name, kind, query)
                seconds[name].append(spent)
                if number < queries:
                    recalls[name].append(share(best(kind, lists), truth[kind][query]))
        results[kind] = {
            name: (statistics.mean(recalls[name]), statistics.median(seconds[name]), min(seconds[name])) for name in seconds
        }
    return results


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
    ask.add_argument("--vectors", type=Path, help="where the vectors are kept for the next run; a temporary folder otherwise")
    ask.add_argument("--rows", type=int, default=100_000, help="products; of each facet 30%% are missing")
    ask.add_argument("--queries", type=int, default=1000)
    ask.add_argument("--scanned-queries", type=int, default=20, help="of them, for the exact scans")
    ask.add_argument("--threads", type=int, default=1, help="of the exact scans")
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
        if not (folder / "vectors.json").exists():
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
            names = {
                "near": f"nearest {asked.count} of each facet",
                "words": f"new query of one part, three pairs, best {asked.count}",
                "all": f"new query of three parts, nine pairs, best {asked.count}",
            }
            lines = []
            for kind, engines in scans(vitrine, facets, asked).items():
                _, median, fastest = engines["Vitrine"]
                for name, (found, own_median, own_fastest) in engines.items():
                    ratio = f"{own_median / median:.2f} ({own_fastest / fastest:.2f})"
                    milliseconds = f"{own_median * 1e3:.2f} ({own_fastest * 1e3:.2f})"
                    lines.append([names[kind], name, f"{found:.4f}", milliseconds, ratio])
            heads = [f"{THREADS} thread(s)", "", f"recall@{asked.count}", "ms, median (fastest)", "times Vitrine's"]
            table(heads, lines)


if __name__ == "__main__":
    main()
