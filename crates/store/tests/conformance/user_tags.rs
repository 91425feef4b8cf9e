//! Tags: kept in the record and as rows, always the same.

use rollcall_model::{Patch, UserPatch};
use rollcall_store::Sql;
use rollcall_testkit::Engine;

use crate::house::{House, NOW, club, everyone, plain, shop, texts, uids};

rollcall_testkit::on_both_engines! {
    tags_keep_their_order,
    replaced_tags_are_replaced_in_both_places,
    an_update_of_something_else_leaves_tags_alone,
    tags_of_any_text_are_found,
    a_user_of_several_wanted_tags_is_listed_once,
}

static ROWS: Sql = Sql::new("tag rows", "select tag from user_tags where app = $1 order by tag");

async fn rows(house: &House) -> Vec<String> {
    house
        .look(|tx| tx.query(&ROWS, &[shop().as_str().into()], |row| row.text(0).map(str::to_owned)))
        .await
}

async fn set(house: &House, tags: Patch<Vec<String>>) -> Vec<String> {
    let patch = UserPatch { tags, ..UserPatch::default() };
    house.update(&shop(), "mira", patch, NOW).await.unwrap().tags
}

async fn tagged(house: &House, tags: &[&str]) -> Vec<String> {
    let mut query = everyone();
    query.tags = texts(tags);
    let listed = house.list(&shop(), query).await;
    uids(&listed.items).into_iter().map(str::to_owned).collect()
}

async fn tags_keep_their_order(engine: Engine) {
    let house = House::new(engine).await;
    let given = texts(&["z", "a", "Z", "10", "9", "é"]);
    let mut new = plain("mira");
    new.tags = given.clone();
    assert_eq!(house.insert(&shop(), new).await.tags, given);
    assert_eq!(house.find(&shop(), "mira").await.unwrap().tags, given);
    assert_eq!(
        rows(&house).await,
        texts(&["10", "9", "Z", "a", "z", "é"]),
        "by code point on both engines"
    );
}

async fn replaced_tags_are_replaced_in_both_places(engine: Engine) {
    let house = House::new(engine).await;
    let mut new = plain("mira");
    new.tags = texts(&["a", "b"]);
    house.insert(&shop(), new).await;
    assert_eq!(set(&house, Patch::Set(texts(&["c", "b"]))).await, ["c", "b"]);
    assert_eq!(rows(&house).await, ["b", "c"]);
    assert_eq!((tagged(&house, &["a"]).await.len(), tagged(&house, &["c"]).await.len()), (0, 1));
    assert!(set(&house, Patch::Clear).await.is_empty());
    assert!(rows(&house).await.is_empty());
    assert_eq!(set(&house, Patch::Set(texts(&["b"]))).await, ["b"]);
    assert!(set(&house, Patch::Set(Vec::new())).await.is_empty());
    assert!(rows(&house).await.is_empty());
}

async fn an_update_of_something_else_leaves_tags_alone(engine: Engine) {
    let house = House::new(engine).await;
    let mut new = plain("mira");
    new.tags = texts(&["a", "b"]);
    house.insert(&shop(), new).await;
    assert_eq!(set(&house, Patch::Keep).await, ["a", "b"]);
    assert_eq!(rows(&house).await, ["a", "b"]);
}

async fn tags_of_any_text_are_found(engine: Engine) {
    let house = House::new(engine).await;
    let long = "ß🏷".repeat(50);
    let odd = [
        "\"quoted\"",
        "back\\slash",
        "[]",
        ",",
        " ",
        "",
        "%",
        "_",
        "null",
        "🏷️",
        "new\nline",
        &long,
    ];
    let mut new = plain("mira");
    new.tags = texts(&odd);
    house.insert(&shop(), new).await;
    house.insert(&shop(), plain("tom")).await;
    assert_eq!(house.find(&shop(), "mira").await.unwrap().tags, texts(&odd));
    for tag in odd {
        assert_eq!(tagged(&house, &[tag]).await, ["mira"], "{tag:?}");
    }
    for tag in ["x", "Null", "  ", "\\", "ß🏷"] {
        assert!(tagged(&house, &[tag]).await.is_empty(), "{tag:?}");
    }
}

async fn a_user_of_several_wanted_tags_is_listed_once(engine: Engine) {
    let house = House::new(engine).await;
    for (id, tags) in [("ab", &["a", "b"] as &[_]), ("b", &["b"]), ("c", &["c"]), ("none", &[])] {
        let mut new = plain(id);
        new.tags = texts(tags);
        house.insert(&shop(), new.clone()).await;
        house.insert(&club(), new).await;
    }
    assert_eq!(tagged(&house, &["a", "b"]).await, ["b", "ab"]);
    assert_eq!(tagged(&house, &["b", "a", "b", "c"]).await, ["c", "b", "ab"]);
    // As many as a filter may have, of which one fits; and all of them different from each other.
    let many: Vec<_> = (0..99).map(|n| format!("t{n}")).collect();
    let mut hundred: Vec<_> = many.iter().map(String::as_str).collect();
    assert!(tagged(&house, &hundred).await.is_empty());
    hundred.push("a");
    assert_eq!(hundred.len(), rollcall_model::MAX_CHOICES);
    assert_eq!(tagged(&house, &hundred).await, ["ab"]);
}
