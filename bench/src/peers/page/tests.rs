use super::*;
use crate::pair::tests::pair;

fn page() -> Page {
    let (quiet, loud) = ((0.1, 0.1), (0.0, 1.0));
    let mut pocketbase = Contest::new(Peer::Pocketbase, 2);
    pocketbase.version = "PocketBase 1.2.3".to_owned();
    pocketbase.users = 10_000;
    let cpu = |times: f64, other| {
        let mut pair = pair((1_000.0, 50_000.0), other);
        pair.baseline.cpu_us = pair.rollcall.cpu_us * times;
        pair
    };
    *pocketbase.pairs_mut(Work::Get) = vec![cpu(10.0, quiet), cpu(99.0, loud), cpu(20.0, quiet)];
    *pocketbase.pairs_mut(Work::Update) = vec![cpu(3.0, loud)];
    let mut slapd = Contest::new(Peer::Slapd, 2);
    slapd.failure = Some("installing: exit status: 1; it wrote:\n  no such package".to_owned());
    Page {
        facts: vec![("Kernel".to_owned(), "Linux 6.18".to_owned())],
        contests: vec![pocketbase, slapd],
    }
}

#[test]
fn a_peer_stands_beside_rollcall_with_its_quiet_pairs() {
    let text = render(&page());
    for line in [
        "| **Rollcall** | get | 5.0 | 1 | 50000 | 0.40 | 1.20 | 20 |",
        "| PocketBase | get | 75.0 | **15.0** (10.0 · 20.0) | 1000 | 0.40 | 1.20 | 20 |",
        "| PocketBase | update | 15.0 | **3.0** (3.0, noisy) | 1000 | 0.40 | 1.20 | 20 |",
        "| PocketBase get 2 | peer | 1000 / 50000 | 495.0 / 5.0 | 0.00 / 1.00 | no: noise |",
        "| PocketBase update 1 | peer | 1000 / 50000 | 15.0 / 5.0 | 0.00 / 1.00 | yes, **noisy** |",
        "- PocketBase: PocketBase 1.2.3, 10000 users",
        "- Kernel: Linux 6.18",
    ] {
        assert!(text.lines().any(|found| found == line), "{line} is missing in\n{text}");
    }
}

#[test]
fn a_peer_that_failed_is_in_the_tables_with_the_reason() {
    let text = render(&page());
    assert!(text.contains("| OpenLDAP slapd | not measured to the end, see below |"), "{text}");
    assert!(
        text.ends_with(
            "- **OpenLDAP slapd was not measured to the end**: installing: exit status: 1; it wrote: / no such package"
        ),
        "{text}"
    );
}

#[test]
fn nothing_measured_is_a_page_too() {
    let mut page = page();
    page.contests.remove(0);
    let text = render(&page);
    assert!(!text.contains("NaN") && !text.contains("**Rollcall** | get |"), "{text}");
}

#[test]
fn tables_have_as_many_cells_in_each_row() {
    let mut width = 0;
    for line in render(&page()).lines() {
        let cells = line.matches('|').count();
        if cells > 0 && width > 0 {
            assert_eq!(cells, width, "{line}");
        }
        width = cells;
    }
}
