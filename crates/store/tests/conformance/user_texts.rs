//! Texts of every alphabet and length go in and come out the same.

use rollcall_model::{Document, Patch, UserPatch};
use rollcall_testkit::Engine;

use crate::house::{House, NOW, plain, shop};

rollcall_testkit::on_both_engines! {
    every_character_survives,
    texts_of_all_fields_survive,
    long_texts_survive,
    composed_and_decomposed_stay_different,
    an_empty_text_is_not_null,
}

/// Quotes, control characters, blanks, right to left, marks, joined emoji, and the ends of the planes.
const ODD: &[&str] = &[
    "'; drop table users; --",
    "\"\\\"%_\\ $1 ?1 :a @b",
    "\u{1}\u{7f}\t\r\n",
    "  blanks around  ",
    "مرحبا بالعالم",
    "e\u{301}\u{323} ﬀ ẞ ŉ",
    "👩‍👩‍👧‍👦🏴󠁧󠁢󠁥󠁮󠁧󠁿",
    "\u{ffff}\u{10000}\u{10fffd}",
    "\u{feff}\u{200b}\u{2028}",
];

async fn named(house: &House, name: &str) -> String {
    let patch = UserPatch { name: Patch::Set(name.to_owned()), ..UserPatch::default() };
    let answered = house.update(&shop(), "mira", patch, NOW).await.unwrap();
    let found = house.find(&shop(), "mira").await.unwrap();
    assert_eq!(answered, found);
    found.name.unwrap()
}

async fn every_character_survives(engine: Engine) {
    let house = House::new(engine).await;
    house.insert(&shop(), plain("mira")).await;
    for text in ODD {
        assert_eq!(named(&house, text).await, *text);
    }
    // Each block of 256 characters of the first three planes, without NUL, which no face lets in.
    let all: Vec<char> = (1..0x3_0000_u32).filter_map(char::from_u32).collect();
    for block in all.chunks(0x4000) {
        let text: String = block.iter().collect();
        let patch = UserPatch {
            status_message: Patch::Set(text.clone()),
            ..UserPatch::default()
        };
        let user = house.update(&shop(), "mira", patch, NOW).await.unwrap();
        assert_eq!(user.status_message.as_deref(), Some(text.as_str()));
    }
}

async fn texts_of_all_fields_survive(engine: Engine) {
    let house = House::new(engine).await;
    for (n, text) in ODD.iter().enumerate() {
        let mut new = plain(&format!("user-{n}"));
        new.name = Some(format!("name {text}"));
        new.avatar = Some(format!("avatar {text}"));
        new.link = Some(format!("link {text}"));
        new.status_message = Some(format!("status {text}"));
        new.metadata = Some(Document::wrap("text", text).unwrap());
        new.tags = vec![format!("tag {text}")];
        let made = house.insert(&shop(), new.clone()).await;
        assert_eq!((made.name, made.avatar, made.link), (new.name, new.avatar, new.link));
        assert_eq!((made.status_message, made.metadata), (new.status_message, new.metadata));
        assert_eq!(made.tags, new.tags);
        assert_eq!(house.find(&shop(), &format!("user-{n}")).await.unwrap().tags, new.tags);
    }
}

async fn long_texts_survive(engine: Engine) {
    let house = House::new(engine).await;
    house.insert(&shop(), plain("mira")).await;
    // The longest that CometChat's face lets in, 4 bytes each, and for unindexed fields far more.
    let name = "𝒳".repeat(100);
    assert_eq!(named(&house, &name).await, name);
    let long = "x🧾ß".repeat(200_000);
    let patch = UserPatch {
        avatar: Patch::Set(long.clone()),
        link: Patch::Set(long.clone()),
        status_message: Patch::Set(long.clone()),
        metadata: Patch::Set(Document::wrap("long", &long).unwrap()),
        ..UserPatch::default()
    };
    house.update(&shop(), "mira", patch, NOW).await.unwrap();
    let found = house.find(&shop(), "mira").await.unwrap();
    assert!(found.avatar.as_deref() == Some(&long), "the avatar differs");
    assert!(found.link.as_deref() == Some(&long), "the link differs");
    assert!(found.status_message.as_deref() == Some(&long), "the status differs");
    assert!(found.metadata == Some(Document::wrap("long", &long).unwrap()), "the metadata differ");
    let longest = "u".repeat(100);
    let user = house.insert(&shop(), plain(&longest)).await;
    assert_eq!(house.find(&shop(), &longest).await, Some(user));
}

async fn composed_and_decomposed_stay_different(engine: Engine) {
    let house = House::new(engine).await;
    house.insert(&shop(), plain("mira")).await;
    for name in ["\u{c9}cole", "E\u{301}cole"] {
        assert_eq!(named(&house, name).await, name);
    }
}

async fn an_empty_text_is_not_null(engine: Engine) {
    let house = House::new(engine).await;
    let mut new = plain("mira");
    new.name = Some(String::new());
    new.status_message = Some(String::new());
    let made = house.insert(&shop(), new).await;
    assert_eq!((made.name.as_deref(), made.status_message.as_deref()), (Some(""), Some("")));
    assert_eq!(made.avatar, None);
    let patch = UserPatch { avatar: Patch::Set(String::new()), ..UserPatch::default() };
    let updated = house.update(&shop(), "mira", patch, NOW).await.unwrap();
    assert_eq!((updated.avatar.as_deref(), updated.link), (Some(""), None));
}
