use super::*;
use crate::pair::tests::pair;

fn report() -> Report {
    let quiet = (0.1, 0.1);
    let of = |engine, scenario, pairs| Comparison { engine, scenario, pairs, wanted: 3 };
    Report {
        facts: vec![("Kernel".to_owned(), "Linux 6.18".to_owned())],
        comparisons: vec![
            of(
                Engine::Sqlite,
                Scenario::Get,
                vec![
                    pair((100_000.0, 60_000.0), quiet),
                    pair((100_000.0, 10_000.0), (0.0, 1.0)),
                    pair((100_000.0, 50_000.0), quiet),
                    pair((100_000.0, 55_000.0), quiet),
                ],
            ),
            of(Engine::Sqlite, Scenario::Put, vec![pair((100_000.0, 10_000.0), (0.0, 1.0))]),
            of(Engine::Sqlite, Scenario::PutName, vec![pair((100_000.0, 10.0), quiet); 3]),
        ],
        notes: vec!["A note.".to_owned()],
    }
}

#[test]
fn ratios_stand_beside_what_is_required() {
    let text = render(&report());
    assert!(
        text.contains(
            "| SQLite GET user | bare | **0.55** | 0.60 · 0.50 · 0.55 | ≥ 0.45 | met | 5.0 → 5.0 |"
        ),
        "{text}"
    );
    assert!(
        text.contains("| SQLite PUT user | bare | **0.10** (noisy) | 0.10 | ≥ 0.20 | **BELOW** |"),
        "{text}"
    );
    assert!(
        text.contains("| SQLite PUT user with name | bare | **0.00** | 0.00 · 0.00 · 0.00 | – | – |"),
        "{text}"
    );
}

#[test]
fn every_pair_is_shown_with_its_noise() {
    let text = render(&report());
    assert!(
        text.contains(
            "| SQLite GET user / bare 2 | baseline | 100000 | 10000 | 0.100 | 0.00 / 1.00 | no: noise |"
        ),
        "{text}"
    );
    assert!(
        text.contains(
            "| SQLite PUT user / bare 1 | baseline | 100000 | 10000 | 0.100 | 0.00 / 1.00 | yes, **noisy** |"
        ),
        "{text}"
    );
    assert!(
        text.contains("- **Noisy**: SQLite PUT user against bare has fewer than 3 quiet pairs"),
        "{text}"
    );
    assert!(text.contains("- Kernel: Linux 6.18") && text.ends_with("- A note."), "{text}");
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
fn only_what_has_a_minimum_can_miss_it() {
    assert_eq!(report().missed(), ["SQLite PUT user is 0.100 of bare"]);
    let empty = Comparison {
        engine: Engine::Sqlite,
        scenario: Scenario::Get,
        pairs: Vec::new(),
        wanted: 3,
    };
    assert!(empty.misses());
}

#[test]
fn memory_and_latency_are_in_the_figures() {
    let text = render(&report());
    assert!(
        text.contains("| Rollcall SQLite GET user | 55000 | 0.40 | 1.20 | 3.00 | 9.0 | 5.0 | 20.0 |"),
        "{text}"
    );
}

#[test]
fn the_rest_of_the_page_is_kept() {
    let page = format!("# Title\n\nWords.\n\n{BEGIN}\nold\n{END}\n\nMore words.\n");
    let new = between_markers(&page, "new");
    assert_eq!(new, format!("# Title\n\nWords.\n\n{BEGIN}\n\nnew\n\n{END}\n\nMore words.\n"));
    assert_eq!(between_markers(&new, "new"), new);
    assert_eq!(between_markers("# Title\n", "new"), format!("# Title\n\n{BEGIN}\n\nnew\n\n{END}\n"));
    assert_eq!(between_markers("", "new"), format!("{BEGIN}\n\nnew\n\n{END}\n"));
}
