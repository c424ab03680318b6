"""Makes qrels.txt, run.txt, other.txt and expected.json: what trec_eval (through pytrec_eval), gdeval, cwl_eval and
ranx give on random judgements.

    pip install ir-measures==0.4.3 pytrec-eval-terrier==0.5.11 cwl-eval==1.0.12 ranx==0.3.21 scipy==1.17.1
    python expected.py

The fixture has what tools disagree about: equal scores, scores that are equal as 32-bit numbers only, products that
nobody judged, negative grades (not judged), a grade of 4, a query without anything relevant, a judged
query that the run lacks, and a query of the run that nobody judged.
"""

import importlib.metadata as metadata
import json
import random
from pathlib import Path

import ir_measures
import numpy as np
import ranx
import scipy.stats

HERE = Path(__file__).parent
ids = random.Random(11)
products = [f"p{number:03d}" for number in range(60)] + ["https://shop.example/p?id=7", "红色毛衣-1"]

qrels, run, other = {}, {}, {}
for number in range(12):
    query = f"q{number + 1}"
    judged = ids.sample(products, ids.randint(6, 30))
    grades = [0, 1, 2, 3] if number != 4 else [0]
    qrels[query] = {product: ids.choice(grades) for product in judged}
    for product in ids.sample(judged, 2):
        qrels[query][product] = -1
    if number == 6:
        qrels[query][judged[0]] = 4
    # Few distinct scores, so that many are equal.
    for ranking in (run, other):
        length = ids.choice([3, 8, 20, 40])
        ranking[query] = {product: ids.randint(0, 12) / 8 for product in ids.sample(products, length)}
del run["q9"]
run["q3"].update({"p001": 0.7500000001, "p002": 0.7500000002, "p003": 0.75})
run["run-only"] = {product: ids.random() for product in products[:5]}


def in_order(ranking):
    """The order of trec_eval: by 32-bit score, then by id, both from the highest."""
    return sorted(ranking, key=lambda product: (np.float32(ranking[product]), product.encode()), reverse=True)


def strict(run):
    """The same order with scores that differ, for tools that break ties in other ways."""
    return {query: {product: float(1000 - place) for place, product in enumerate(in_order(ranking))}
            for query, ranking in run.items()}


judged = {query: {product: grade for product, grade in grades.items() if grade >= 0} for query, grades in qrels.items()}


def numbered(by_query):
    """gdeval takes only numbers for queries."""
    return {query.removeprefix("q") if query != "run-only" else "999": rest for query, rest in by_query.items()}


def by_gdeval(measure, qrels, run):
    return {f"q{number}": value for number, value in by_query(measure, numbered(qrels), numbered(run)).items()}


def by_query(measure, qrels, run):
    values = {query: 0.0 for query in qrels}
    for metric in ir_measures.iter_calc([measure], qrels, run):
        values[metric.query_id] = metric.value
    return values


expected, tool_of = {}, {}
TREC = ["nDCG@10", "nDCG@5", "nDCG", "AP@100", "AP", "AP@5", "P@10", "P(rel=2)@10", "R@100", "R@5", "Success@10",
        "Success(rel=3)@1", "RR"]
for name in TREC:
    expected[name], tool_of[name] = by_query(ir_measures.parse_measure(name), qrels, run), "pytrec_eval"
for name in ["ERR@10", "ERR@20", "nDCG(dcg='exp-log2')@10"]:
    expected[name], tool_of[name] = by_gdeval(ir_measures.parse_measure(name), judged, strict(run)), "gdeval"
for name in ["RBP(p=0.8,rel=1)", "RBP(p=0.95,rel=2)", "Judged@10", "RR@10", "RR(rel=2)@3", "R(rel=2)@10"]:
    expected[name] = by_query(ir_measures.parse_measure(name), judged, strict(run))
    tool_of[name] = "ir_measures"

both = {query: strict(run).get(query, {"nothing": 1.0}) for query in judged}
for name in ["ndcg@10", "ndcg_burges@10", "mrr@10", "map@100", "precision@10", "recall@100", "hit_rate@10", "rbp.95"]:
    scores = ranx.evaluate(ranx.Qrels(judged), ranx.Run(both), [name], return_mean=False)
    expected[name], tool_of[name] = dict(zip(sorted(judged), map(float, scores))), "ranx"

# Two systems against each other, on nDCG@10.
measure = ir_measures.parse_measure("nDCG@10")
ours, theirs = by_query(measure, qrels, run), by_query(measure, qrels, other)
queries = sorted(qrels)
a, b = np.array([ours[query] for query in queries]), np.array([theirs[query] for query in queries])
t = scipy.stats.ttest_rel(b, a)
fisher = scipy.stats.permutation_test((b - a,), np.mean, permutation_type="samples", n_resamples=np.inf)
interval = t.confidence_interval(0.95)


def rbo(one, two, p):
    """Extrapolated rank-biased overlap, equation 32 of Webber, Moffat and Zobel (2010), straight from its sums."""
    short, long = sorted((one, two), key=len)
    s, l = len(short), len(long)
    overlap = [0] + [len(set(short[:d]) & set(long[:d])) for d in range(1, l + 1)]
    total = sum(overlap[d] / d * p**d for d in range(1, l + 1))
    total += sum(overlap[s] * (d - s) / (s * d) * p**d for d in range(s + 1, l + 1))
    return (1 - p) / p * total + ((overlap[l] - overlap[s]) / l + overlap[s] / s) * p**l


alike = {query: {"rbo50": rbo(in_order(run[query]), in_order(other[query]), 0.5),
                 "rbo90": rbo(in_order(run[query]), in_order(other[query]), 0.9)}
         for query in queries if query in run}


def lines(name, rows):
    (HERE / name).write_text("".join(f"{row}\n" for row in rows), encoding="utf-8")


def run_lines(run):
    for query, ranking in run.items():
        rows = list(ranking.items())
        ids.shuffle(rows)
        for rank, (product, score) in enumerate(rows, 1):
            yield f"{query} Q0 {product} {rank} {score} test"


lines("qrels.txt", (f"{query} 0 {product} {grade}" for query, grades in qrels.items() for product, grade in grades.items()))
lines("run.txt", run_lines(run))
lines("other.txt", run_lines(other))
packages = ["ir-measures", "pytrec-eval-terrier", "cwl-eval", "ranx", "scipy"]
rounded = {name: {query: round(value, 6) for query, value in sorted(values.items()) if query in qrels}
           for name, values in expected.items()}
document = {
    "versions": {package: metadata.version(package) for package in packages},
    "tool_of": tool_of,
    "values": rounded,
    "compare": {"mean_difference": float((b - a).mean()), "t": float(t.statistic), "t_p": float(t.pvalue),
                "low": float(interval.low), "high": float(interval.high), "fisher_p": float(fisher.pvalue)},
    "alike": {query: {name: round(value, 8) for name, value in values.items()} for query, values in alike.items()},
}
(HERE / "expected.json").write_text(json.dumps(document, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
