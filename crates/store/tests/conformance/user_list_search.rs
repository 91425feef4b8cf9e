//! Searches: the beginning of a uid or name, letter by letter, without regard to case.

use rollcall_model::UserSearch;
use rollcall_testkit::Engine;

use crate::house::{House, club, everyone, plain, shop};

rollcall_testkit::on_both_engines! {
    a_search_finds_beginnings_only,
    no_character_is_a_wildcard,
    case_and_composition_do_not_matter,
    a_search_looks_where_it_is_told,
    the_last_characters_of_unicode_are_found,
    an_empty_search_finds_whoever_has_the_field,
}

/// Names of the users; the uid is their position. Another app has the same.
async fn named(engine: Engine, names: &[&str]) -> House {
    let house = House::new(engine).await;
    for app in [shop(), club()] {
        for (n, name) in names.iter().enumerate() {
            let mut new = plain(&n.to_string());
            new.name = Some((*name).to_owned());
            house.insert(&app, new).await;
        }
    }
    house
}

/// What a search finds, in the order in which it was made.
async fn search(house: &House, key: &str, in_uid: bool, in_name: bool) -> Vec<String> {
    let mut query = everyone();
    query.search = Some(UserSearch { key: key.to_owned(), in_uid, in_name });
    let listed = house.list(&shop(), query).await.items;
    listed
        .into_iter()
        .rev()
        .map(|user| {
            if in_name {
                user.name.unwrap_or_default()
            } else {
                user.uid.to_string()
            }
        })
        .collect()
}

async fn a_search_finds_beginnings_only(engine: Engine) {
    let house = named(engine, &["mira", "miranda", "mir", "amira", "mirb", "mis"]).await;
    assert_eq!(search(&house, "mira", false, true).await, ["mira", "miranda"]);
    assert_eq!(search(&house, "mir", false, true).await, ["mira", "miranda", "mir", "mirb"]);
    assert!(search(&house, "mirandas", false, true).await.is_empty());
    assert!(search(&house, "ira", false, true).await.is_empty());
}

async fn no_character_is_a_wildcard(engine: Engine) {
    let names = ["%", "%a", "_", "_a", "\\", "\\%", "aa", "a%", "a_", "a\\", "*", "?", "[a]", "'", "\""];
    let house = named(engine, &names).await;
    for key in names {
        let expected: Vec<_> = names.iter().filter(|name| name.starts_with(key)).copied().collect();
        assert_eq!(search(&house, key, false, true).await, expected, "{key}");
    }
    let house = House::new(engine).await;
    for id in ["_", "_a", "a", "a_", "aa", "a-"] {
        house.insert(&shop(), plain(id)).await;
    }
    assert_eq!(search(&house, "_", true, false).await, ["_", "_a"]);
    assert_eq!(search(&house, "a_", true, false).await, ["a_"]);
    assert!(search(&house, "%", true, false).await.is_empty());
    assert!(search(&house, "a%", true, false).await.is_empty());
}

async fn case_and_composition_do_not_matter(engine: Engine) {
    let names = [
        "Straße",
        "STRASSE",
        "E\u{301}cole",
        "\u{e9}cole",
        "ΣΊΣΥΦΟΣ",
        "Σίσυφος",
        "𐐀DESERET",
        "İstanbul",
        "ﬁsh",
    ];
    let house = named(engine, &names).await;
    for key in ["straß", "STRASS", "strass", "StRaẞ"] {
        assert_eq!(search(&house, key, false, true).await, names[..2], "{key}");
    }
    for key in ["École", "e\u{301}", "E\u{301}COL", "\u{c9}"] {
        assert_eq!(search(&house, key, false, true).await, names[2..4], "{key}");
    }
    for key in ["σίσυφος", "ΣΊΣΥΦΟΣ", "ςίσυφοσ"] {
        assert_eq!(search(&house, key, false, true).await, names[4..6], "{key}");
    }
    assert_eq!(search(&house, "𐐨des", false, true).await, names[6..7]);
    assert_eq!(search(&house, "i\u{307}stan", false, true).await, names[7..8]);
    assert_eq!(search(&house, "FISH", false, true).await, names[8..9]);
    assert!(search(&house, "ecole", false, true).await.is_empty(), "an accent is a letter's own");
}

async fn a_search_looks_where_it_is_told(engine: Engine) {
    let house = House::new(engine).await;
    for (id, name) in [("mira", Some("Zoe")), ("zoe", Some("Mira")), ("tom", None), ("mi-mi", Some("Mi Mi"))]
    {
        let mut new = plain(id);
        new.name = name.map(str::to_owned);
        house.insert(&shop(), new).await;
    }
    assert_eq!(search(&house, "MI", true, false).await, ["mira", "mi-mi"]);
    assert_eq!(search(&house, "mi", false, true).await, ["Mira", "Mi Mi"]);
    // Both: whoever fits in either, once.
    assert_eq!(search(&house, "Mi", true, true).await, ["Zoe", "Mira", "Mi Mi"]);
    assert_eq!(search(&house, "tom", true, true).await, [""]);
    // Neither: as if nothing was searched.
    assert_eq!(search(&house, "mi", false, false).await, ["mira", "zoe", "tom", "mi-mi"]);
}

async fn the_last_characters_of_unicode_are_found(engine: Engine) {
    let names = ["a\u{ffff}", "a\u{e000}", "a\u{10fffd}b", "a😀", "b"];
    let house = named(engine, &names).await;
    assert_eq!(search(&house, "a", false, true).await, names[..4]);
    for name in &names[..4] {
        assert_eq!(search(&house, name, false, true).await, [*name]);
    }
    assert_eq!(search(&house, "a\u{10fffd}", false, true).await, names[2..3]);
}

async fn an_empty_search_finds_whoever_has_the_field(engine: Engine) {
    let house = House::new(engine).await;
    house.insert(&shop(), plain("nameless")).await;
    let mut new = plain("mira");
    new.name = Some("Mira".to_owned());
    house.insert(&shop(), new).await;
    assert_eq!(search(&house, "", true, false).await, ["nameless", "mira"]);
    assert_eq!(search(&house, "", false, true).await, ["Mira"]);
    assert_eq!(search(&house, "", true, true).await, ["", "Mira"]);
}
