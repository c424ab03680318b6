//! Measures against what other tools give, runs over a collection, and the gate in the shell.

use std::{
    collections::BTreeMap,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use serde::Deserialize;
use serde_json::Value;
use vitrine::{
    audit::{
        Preset,
        compare::{Alike, compare},
        generate,
        judgements::Judgements,
        metrics::{Metric, Values},
        queries::{AuditQuery, QuerySet},
        run::{self, Run},
    },
    catalog::{Product, feed},
    encode::Modality,
    engine::sample_catalog,
    error::Error,
    language::Language,
    progress::Progress,
    search::{Arrangement, Weights},
};

use crate::fixture;

#[derive(Deserialize)]
struct Expected {
    tool_of: BTreeMap<String, String>,
    values: BTreeMap<String, BTreeMap<String, f64>>,
    compare: BTreeMap<String, f64>,
    alike: BTreeMap<String, Alikeness>,
}

#[derive(Deserialize)]
struct Alikeness {
    rbo50: f64,
    rbo90: f64,
}

fn metrics() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vitrine/metrics")
}

fn expected() -> Expected {
    serde_json::from_str(&fs::read_to_string(metrics().join("expected.json")).unwrap()).unwrap()
}

fn near(what: &str, value: f64, expected: f64) {
    assert!((value - expected).abs() < 1e-4, "{what}: {value} is not {expected}");
}

#[test]
fn measures_agree_with_trec_eval_gdeval_cwl_eval_and_ranx() {
    let (expected, folder) = (expected(), metrics());
    let judgements = Judgements::read(&folder.join("qrels.txt"), None).unwrap();
    let run = Run::read(&folder.join("run.txt")).unwrap();
    assert!(expected.values.len() > 25);
    for (name, by_query) in &expected.values {
        let values = Values::of(Metric::parse(name).unwrap(), &run, &judgements);
        assert_eq!((values.missing, values.unjudged), (1, 1), "{name}");
        assert_eq!(values.by_query.len(), by_query.len(), "{name}");
        for (query, value) in by_query {
            near(&format!("{} {name} {query}", expected.tool_of[name]), values.by_query[query], *value);
        }
    }
}

#[test]
fn tests_and_overlaps_agree_with_scipy() {
    let (expected, folder) = (expected(), metrics());
    let judgements = Judgements::read(&folder.join("qrels.txt"), None).unwrap();
    let (run, other) = (Run::read(&folder.join("run.txt")).unwrap(), Run::read(&folder.join("other.txt")).unwrap());
    let comparison = compare(Metric::NDCG_10, &run, std::slice::from_ref(&other), &judgements).remove(0);
    let t = comparison.paired_t.unwrap();
    for (name, value) in [
        ("mean_difference", comparison.difference),
        ("t", t.t),
        ("t_p", t.p),
        ("low", t.interval.low),
        ("high", t.interval.high),
        ("fisher_p", comparison.p),
    ] {
        near(name, value, expected.compare[name]);
    }
    for (query, alike) in &expected.alike {
        let ours = Alike::of(&run.ids(query), &other.ids(query));
        near(query, ours.rbo50, alike.rbo50);
        near(query, ours.rbo90, alike.rbo90);
    }
}

fn query(id: &str, text: &str) -> AuditQuery {
    AuditQuery { id: id.into(), text: text.into(), ..AuditQuery::default() }
}

#[test]
fn a_set_is_run_and_what_fails_is_named() {
    let (engine, shop) = fixture::open_shop();
    let picture = |name: &str| vec![shop.path().join(name)];
    let set = QuerySet {
        queries: vec![
            query("red", "red sweater"),
            query("empty", " "),
            AuditQuery { images: picture("mug-green.png"), ..query("picture", "") },
            AuditQuery { images: picture("gone.png"), ..query("gone", "mug") },
            query("mug", "blue mug"),
        ],
    };
    let (collection, encoders) = (engine.collection().unwrap(), engine.encoders().unwrap());
    let mut pictures_only = Preset { name: "pictures".into(), ..Preset::default() };
    pictures_only.weights.set_part(Modality::Text, 0.0);
    let presets = [Preset { name: "even".into(), ..Preset::default() }, pictures_only];
    let before = engine.counters().encoder_runs;
    let outcomes = run::run_all(&collection, encoders, &set, &presets, None, 2, &Progress::new()).unwrap();
    assert_eq!(engine.counters().encoder_runs - before, 3, "each query is encoded once for both presets");
    let failed = |at: usize| {
        outcomes[at].failed.iter().map(|(query, error)| (query.as_str(), error.clone())).collect::<Vec<_>>()
    };
    assert_eq!(failed(0).iter().map(|(query, _)| *query).collect::<Vec<_>>(), ["empty", "gone"]);
    assert_eq!(failed(0)[0].1, Error::EmptyQuery);
    assert!(failed(0)[1].1.to_string().contains("gone.png"));
    assert_eq!(failed(1).len(), 4, "without text two more have no part with a weight");
    assert_eq!(outcomes[0].run.ids("red")[0], "sweater-red");
    assert_eq!(outcomes[0].run.ids("mug")[0], "mug-blue");
    assert!(outcomes[0].run.rankings.values().all(|ranking| ranking.len() == 2));
    assert_eq!(outcomes[1].run.rankings.keys().collect::<Vec<_>>(), ["picture"]);

    // As the shelf has it, arrangement included.
    let arranged = Preset { arrangement: Arrangement { diversity: 1.0, collapse: false }, ..Preset::default() };
    let ranked = run::run(&collection, encoders, &set, &arranged, None, 6, &Progress::new()).unwrap();
    assert_ne!(
        ranked.run.ids("red"),
        run::run(&collection, encoders, &set, &presets[0], None, 6, &Progress::new()).unwrap().run.ids("red")
    );

    let cancelled = Progress::new();
    cancelled.cancel();
    let stopped = run::run(&collection, encoders, &set, &presets[0], None, 2, &cancelled);
    assert_eq!(stopped.err(), Some(Error::Cancelled));
}

fn sample_products() -> impl Iterator<Item = Product> {
    feed::open(&sample_catalog()).unwrap().filter_map(|row| row.product.ok())
}

#[test]
fn the_sample_queries_follow_the_rule_of_the_generator() {
    let catalog = sample_catalog();
    let reading = QuerySet::read(&catalog.join("queries.jsonl")).unwrap();
    assert!(reading.faults.is_empty());
    let judgements = Judgements::read(&catalog.join("qrels.txt"), None).unwrap();
    let queries = &reading.set.queries;
    assert!(queries.iter().all(|query| query.open().is_ok() && !judgements.grades(&query.id).is_empty()));
    assert_eq!(judgements.queries().count(), queries.len());
    let generated = generate::colour_kind(sample_products(), usize::MAX, Language::English, 1);
    let made: Vec<_> = queries.iter().filter(|query| generated.queries.get(&query.id).is_some()).collect();
    assert_eq!(made.len(), 16);
    for query in made {
        assert_eq!(judgements.of(&query.id), generated.judgements.of(&query.id), "{}", query.id);
    }
}

fn vitrine(home: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_vitrine"));
    command.args(arguments).env("VITRINE_HOME", home).env("LANG", "C").env_remove("LC_ALL").output().unwrap()
}

fn told(output: &Output) -> (Option<i32>, String) {
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[test]
fn runs_are_compared_and_a_drop_does_not_pass() {
    let home = tempfile::tempdir().unwrap();
    let place = |name: &str| home.path().join(name).display().to_string();
    let (mut qrels, mut good, mut bad) = (String::new(), String::new(), String::new());
    for query in 0..8 {
        writeln!(qrels, "{query} 0 a 1").unwrap();
        write!(good, "{query} Q0 a 1 2.0 x\n{query} Q0 b 2 1.0 x\n").unwrap();
        write!(bad, "{query} Q0 a 1 1.0 x\n{query} Q0 b 2 2.0 x\n").unwrap();
    }
    for (name, content) in [("q.txt", &qrels), ("good.run", &good), ("bad.run", &bad)] {
        fs::write(place(name), content).unwrap();
    }
    let check = |baseline: &str, candidate: &str, more: &[&str], code: i32| {
        let arguments =
            ["compare", "--qrels", &place("q.txt"), "--baseline", &place(baseline), "--candidate", &place(candidate)];
        let output = vitrine(home.path(), &[&arguments[..], more].concat());
        assert_eq!(output.status.code(), Some(code), "{baseline} {candidate}: {}", told(&output).1);
        String::from_utf8(output.stdout).unwrap()
    };
    let said = check("good.run", "bad.run", &["--metric", "mrr@10"], 3);
    assert!(said.contains("significantly worse") && said.contains("lost 8"), "{said}");
    check("bad.run", "good.run", &[], 0);
    check("good.run", "good.run", &[], 0);
    check("good.run", "bad.run", &["--alpha", "0.001"], 0);
    let json: Value = serde_json::from_str(&check("good.run", "bad.run", &["--format", "json"], 3)).unwrap();
    assert_eq!((&json["drop"], &json["comparisons"][0]["losers"]), (&Value::from(true), &Value::from(8)));
    let output = vitrine(
        home.path(),
        &["compare", "--qrels", &place("q.txt"), "--baseline", "default", "--candidate", &place("bad.run")],
    );
    let (code, said) = told(&output);
    assert!(code == Some(1) && said.contains("--sample"), "{said}");
}

#[test]
fn judgements_are_converted_in_the_shell() {
    let home = tempfile::tempdir().unwrap();
    let place = |name: &str| home.path().join(name).display().to_string();
    fs::write(place("a.csv"), "query,docid,rating\nred mug,7,3\nred mug,x y,0\n").unwrap();
    fs::write(place("b.csv"), "query,docid,rating\nred mug,7,3\nred mug,x y,2\n").unwrap();
    fs::write(place("q.csv"), "query_id,query\nq7,Red mug\n").unwrap();
    let arguments = [
        "judge",
        "--import",
        &place("a.csv"),
        "--import",
        &place("b.csv"),
        "--queries",
        &place("q.csv"),
        "--export",
        &place("out.qrels"),
        "--format",
        "json",
    ];
    let output = vitrine(home.path(), &arguments);
    assert!(output.status.success(), "{}", told(&output).1);
    assert_eq!(fs::read_to_string(place("out.qrels")).unwrap(), "q7 0 7 3\nq7 0 x␠y 0\n");
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!((&json["judgements"], &json["agreement"][0]["same"]), (&Value::from(2), &Value::from(1)));

    fs::write(place("bad.csv"), "query,docid,rating\nred mug,7,3\nred mug,8,fine\n").unwrap();
    let output = vitrine(
        home.path(),
        &["judge", "--import", &place("bad.csv"), "--export", &place("o.json"), "--language", "zh"],
    );
    let (code, said) = told(&output);
    assert!(code == Some(1) && said.contains("第 3 行") && said.contains("评级不是数字"), "{said}");
    let output = vitrine(home.path(), &["judge", "--import", &place("a.csv"), "--export", &place("o.xyz")]);
    assert!(told(&output).1.contains("--to"), "{}", told(&output).1);
}

#[test]
fn the_sample_catalog_is_measured_and_compared() {
    let home = tempfile::tempdir().unwrap();
    let place = |name: &str| home.path().join(name).display().to_string();
    let arguments =
        ["eval", "--sample", "--by-class", "--run", &place("a.run"), "--report", &place("a.html"), "--format", "json"];
    let output = vitrine(home.path(), &arguments);
    assert!(output.status.success(), "{}", told(&output).1);
    let json: Value = serde_json::from_slice(&output.stdout).unwrap();
    let metric = &json["metrics"][0];
    eprintln!("{metric:#}");
    assert_eq!(
        (&json["queries"], &json["missing"], &metric["metric"]),
        (&Value::from(68), &Value::from(0), &Value::from("ndcg@10"))
    );
    let mean = metric["mean"].as_f64().unwrap();
    assert!(mean > 0.7 && metric["classes"].as_object().unwrap().len() == 5, "{metric}");

    // The run that was written gives the same figure again.
    let run = Run::read(Path::new(&place("a.run"))).unwrap();
    let judgements = Judgements::read(&sample_catalog().join("qrels.txt"), None).unwrap();
    near("from the file", Values::of(Metric::NDCG_10, &run, &judgements).mean(), mean);
    let page = fs::read_to_string(place("a.html")).unwrap();
    assert!(page.contains("data:image/jpeg;base64,") && page.contains("red sweater") && page.len() < 8_000_000);

    let blind = Preset {
        weights: {
            let mut weights = Weights::default();
            weights.set_facet(Modality::Text, 0.0);
            weights.set(vitrine::search::Slider::ALL[6], 0.0);
            weights
        },
        ..Preset::default()
    };
    blind.write(Path::new(&place("blind.toml"))).unwrap();
    let output = vitrine(
        home.path(),
        &[
            "compare",
            "--sample",
            "--baseline",
            "default",
            "--candidate",
            &place("blind.toml"),
            "--report",
            &place("c.html"),
        ],
    );
    let (code, said) = told(&output);
    assert_eq!(code, Some(3), "{said} {}", String::from_utf8_lossy(&output.stdout));
    assert!(fs::read_to_string(place("c.html")).unwrap().contains("blind against default"));
}
