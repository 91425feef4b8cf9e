use super::*;
use crate::load::Latency;
use crate::pair::tests::pair;
use crate::scenario::{COUNTS, Part, SCENARIOS, SEARCHES};

const QUIET: (f64, f64) = (0.1, 0.1);

fn scenario(engine: Engine, size: Size, op: Op, baseline: Baseline) -> Scenario {
    let mut found = SCENARIOS
        .iter()
        .filter(|of| (of.engine, of.size, of.op, of.baseline) == (engine, size, op, baseline));
    *found.next().unwrap()
}

fn done(op: Op, cpu_us: f64) -> Done {
    let half = Half {
        rps: 5000.0,
        latency: Latency { p50: 0.5, p99: 2.0, p999: 3.0, max: 9.0 },
        cpu_us,
        other_cores: 0.1,
        rss_anon_kb: Some(204_800),
    };
    let work = Work {
        engine: Engine::Sqlite,
        size: Size::Large,
        op,
        crowd: crate::scenario::FEW,
        part: Part::Large,
    };
    Done { work, halves: vec![half; 3], wanted: 3 }
}

fn report() -> Report {
    let of = |engine, size, op, baseline, pairs| Comparison {
        scenario: scenario(engine, size, op, baseline),
        pairs,
        wanted: 3,
    };
    let pairs = vec![
        pair((100_000.0, 70_000.0), QUIET),
        pair((100_000.0, 10_000.0), (0.0, 1.0)),
        pair((100_000.0, 90_000.0), QUIET),
        pair((100_000.0, 75_000.0), QUIET),
    ];
    Report {
        facts: vec![("Kernel".to_owned(), "Linux 6.18".to_owned())],
        sizes: Sizes { small: 10_000, large: 1_000_000, huge: None },
        connections: 64,
        comparisons: vec![
            of(Engine::Sqlite, Size::Small, Op::Get, Baseline::Bare, pairs),
            of(
                Engine::Sqlite,
                Size::Small,
                Op::Put,
                Baseline::Bare,
                vec![pair((100_000.0, 10_000.0), (0.0, 1.0))],
            ),
            of(
                Engine::Sqlite,
                Size::Large,
                Op::ListPage,
                Baseline::FirstPage,
                vec![pair((100.0, 10.0), QUIET); 3],
            ),
        ],
        works: SEARCHES
            .into_iter()
            .chain(COUNTS)
            .map(|op| done(op, if op == Op::SearchFew { 2500.0 } else { 40.0 }))
            .collect(),
        starts: vec![0.3, 0.1, 0.2],
        notes: vec!["A note.".to_owned()],
    }
}

#[test]
fn what_is_stands_beside_what_must_be() {
    let text = render(&report());
    for line in [
        "| GET user, small, of bare | **0.75** | ≥ 0.70 | ≥ 0.90 | met | 0.70 · 0.90 · 0.75 |",
        "| PUT user, small, of bare | **0.10** (noisy) | ≥ 0.26 | ≥ 0.38 | **MISSED** | 0.10 |",
        "| PUT user, small, CPU | **5.0 µs** (noisy) | ≤ 28 µs | ≤ 18 µs | met, and the aim | 5.0 |",
        "| list of 100, large: CPU of a random page, of the first | **1.00×** | ≤ 1.5× | ≤ 1.1× | met, and the aim | 1.00 · 1.00 · 1.00 |",
        "| `searchKey`, large, CPU of the dearest key | **2.500 ms** | ≤ 2 ms | ≤ 0.2 ms | **MISSED** | `searchKey` of a uid, finds 1,000 |",
        "| count and `total`, large, CPU of the dearer | **0.040 ms** | ≤ 2 ms | ≤ 0.05 ms | met, and the aim |",
        "| count and `total`, huge, CPU of the dearer | – | ≤ 2 ms | ≤ 0.05 ms | not measured |",
        "| RssAnon after the load, small | **20 MB** | ≤ 60 MB | ≤ 40 MB | met, and the aim |",
        "| RssAnon after the load, large | **200 MB** | ≤ 300 MB | ≤ 200 MB | met, and the aim |",
        "| start to ready, large | **0.20 s** | ≤ 2 s | ≤ 0.2 s | met, and the aim | 0.300 · 0.100 · 0.200 |",
        "| PUT user, large, of bare | – | ≥ 0.16 | ≥ 0.26 | not measured |",
    ] {
        assert!(text.contains(line), "{line} is missing in {text}");
    }
}

#[test]
fn a_row_that_stands_for_several_wants_all_of_them() {
    let mut report = report();
    report.works.retain(|of| of.work.op != Op::Total);
    assert!(render(&report).contains("| count and `total`, large, CPU of the dearer | – |"));
}

#[test]
fn only_what_was_measured_can_miss() {
    let missed = report().missed();
    assert_eq!(
        missed,
        [
            "PUT user, small, of bare is 0.10, must be ≥ 0.26",
            "`searchKey`, large, CPU of the dearest key is 2.500 ms, must be ≤ 2 ms",
        ]
    );
    assert!(Report::default().missed().is_empty());
    let empty = Report {
        comparisons: vec![Comparison {
            scenario: scenario(Engine::Sqlite, Size::Small, Op::Get, Baseline::Bare),
            pairs: Vec::new(),
            wanted: 3,
        }],
        ..Report::default()
    };
    assert_eq!(empty.missed().len(), 1);
}

#[test]
fn other_numbers_of_connections_are_not_what_is_required() {
    let of = SCENARIOS
        .iter()
        .find(|of| of.op == Op::Get && of.crowd == Crowd::Of(256))
        .unwrap();
    let pairs = vec![pair((100.0, 99.0), QUIET); 3];
    let report = Report {
        comparisons: vec![Comparison { scenario: *of, pairs, wanted: 3 }],
        ..Report::default()
    };
    assert!(
        report
            .comparison(Engine::Sqlite, Size::Small, Op::Get, Baseline::Bare)
            .is_none()
    );
    assert!(render(&report).contains("256 connections | bare | **0.99**"));
}

#[test]
fn every_pair_is_shown_with_its_noise() {
    let text = render(&report());
    for line in [
        "| SQLite GET user, 10,000 users, 64 connections / bare 2 | baseline | 100000 | 10000 | 0.100 | 0.00 / 1.00 | no: noise |",
        "| SQLite PUT user, 10,000 users, 64 connections / bare 1 | baseline | 100000 | 10000 | 0.100 | 0.00 / 1.00 | yes, **noisy** |",
        "- Noise: 1 of 35 measurements thrown away (3 %)",
        "**1 rows had too few quiet ones",
        "- Kernel: Linux 6.18",
    ] {
        assert!(text.contains(line), "{line} is missing in {text}");
    }
    assert!(text.ends_with("- A note."), "{text}");
}

#[test]
fn tables_have_as_many_cells_in_each_row() {
    let mut width = 0;
    for line in render(&report()).lines() {
        let cells = line.matches('|').count();
        if cells > 0 && width > 0 {
            assert_eq!(cells, width, "{line}");
        }
        width = cells;
    }
}

#[test]
fn memory_and_latency_are_in_the_figures() {
    let text = render(&report());
    for line in [
        "| Rollcall SQLite GET user, 10,000 users, 64 connections | 75000 | 0.40 | 1.20 | 3.00 | 9.0 | 5.0 | 20.0 |",
        "| SQLite `count=true`, 1,000,000 users, 4 connections | **40.0** | 5000 | 0.50 | 2.00 |",
    ] {
        assert!(text.contains(line), "{line} is missing in {text}");
    }
}

#[test]
fn work_alone_counts_only_while_others_are_idle() {
    let mut of = done(Op::Count, 40.0);
    of.halves
        .insert(0, Half { cpu_us: 900.0, other_cores: 0.8, ..of.halves[0].clone() });
    assert!(!of.selection().noisy);
    assert_eq!(of.median(|half| half.cpu_us), 40.0);
    of.halves.truncate(2);
    assert!(of.selection().noisy);
    assert_eq!(of.median(|half| half.cpu_us), 470.0);
}
