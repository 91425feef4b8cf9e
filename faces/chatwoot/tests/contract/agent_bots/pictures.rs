//! Pictures that come as files.

use http::{Request, StatusCode};
use rollcall_testkit::Engine;
use rollcall_testkit::Traces;
use serde_json::{Value, json};

use super::shop::{BOTS, GIF, JPEG, Multipart, PNG, Shop};

rollcall_testkit::on_both_engines! {
    a_picture_is_kept_and_shown,
    a_picture_that_is_known_is_not_sent_again,
    a_picture_is_what_it_begins_with,
    fifteen_mebibytes_and_no_more,
    what_is_no_picture_part_is_none,
    a_refused_picture_leaves_nothing,
    a_broken_form_is_refused_whole,
}

async fn a_picture_is_kept_and_shown(engine: Engine) {
    let shop = Shop::open(engine).await;
    let form = Multipart::new()
        .field("name", "Helferin 🤖")
        .field("description", "")
        .avatar("image/png", PNG);
    let made = shop.upload("POST", BOTS, form).await;
    let (id, token) = (made.json()["id"].clone(), made.json()["access_token"].clone());
    let expected = json!({"id": id, "name": "Helferin 🤖", "description": "", "outgoing_url": null, "account_id": null,
        "access_token": token});
    assert_eq!((made.status, made.json()), (StatusCode::OK, expected.clone()));
    let bot = format!("{BOTS}/{id}");
    let shown = shop.avatar(&bot).await;
    assert_eq!((shown.status, shown.bytes.as_slice()), (StatusCode::OK, PNG));
    for (name, value) in [
        ("content-type", "image/png"),
        ("x-content-type-options", "nosniff"),
        ("content-security-policy", "default-src 'none'; sandbox"),
        ("content-disposition", "inline"),
        ("cache-control", "private, no-cache"),
    ] {
        assert_eq!(shown.header(name), value, "{name}");
    }
    for (method, kind, picture) in [("PATCH", "image/jpeg", JPEG), ("PUT", "image/gif", GIF)] {
        let changed = shop.upload(method, &bot, Multipart::new().avatar(kind, picture)).await;
        assert_eq!(changed.json(), expected, "the rest stays");
        let shown = shop.avatar(&bot).await;
        assert_eq!((shown.bytes.as_slice(), shown.header("content-type")), (picture, kind));
    }
    let head = shop.ask("HEAD", &format!("{bot}/avatar")).await;
    assert_eq!((head.status, head.bytes.len()), (StatusCode::OK, 0));
    let removed = shop.ask("DELETE", &format!("{bot}/avatar")).await;
    assert_eq!((removed.status, removed.json()), (StatusCode::OK, expected));
    assert_eq!(shop.avatar(&bot).await.status, 404);
}

async fn a_picture_that_is_known_is_not_sent_again(engine: Engine) {
    let shop = Shop::open(engine).await;
    let bot = shop.bot(json!({})).await;
    shop.upload("PATCH", &bot, Multipart::new().avatar("image/png", PNG)).await;
    let tag = shop.avatar(&bot).await.header("etag").to_owned();
    assert_eq!(tag.len(), 66, "{tag}");
    let again = async |tag: &str| {
        let request = Request::get(format!("{bot}/avatar"))
            .header("api_access_token", &shop.token)
            .header("if-none-match", tag);
        shop.raw(request.body(axum::body::Body::empty()).unwrap()).await
    };
    let known = again(&tag).await;
    assert_eq!(
        (known.status, known.bytes.len(), known.header("etag")),
        (StatusCode::NOT_MODIFIED, 0, tag.as_str())
    );
    assert_eq!(again("\"other\"").await.bytes, PNG);
    shop.upload("PATCH", &bot, Multipart::new().avatar("image/gif", GIF)).await;
    assert_eq!(again(&tag).await.bytes, GIF);
}

async fn a_picture_is_what_it_begins_with(engine: Engine) {
    let shop = Shop::open(engine).await;
    let bot = shop.bot(json!({})).await;
    shop.upload("PATCH", &bot, Multipart::new().avatar("text/html", PNG)).await;
    assert_eq!(shop.avatar(&bot).await.header("content-type"), "image/png");
    // One that is a picture to us and a page to whoever does not listen.
    let both = b"GIF89a/*<html><script>alert(1)</script>*/".as_slice();
    shop.upload("PATCH", &bot, Multipart::new().avatar("text/html", both)).await;
    let shown = shop.avatar(&bot).await;
    assert_eq!(
        (shown.header("content-type"), shown.header("x-content-type-options")),
        ("image/gif", "nosniff")
    );
    for lie in [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>".as_slice(),
        b"<!doctype html><script>",
        b"RIFF\x10\0\0\0WEBPVP8 ",
        b"BM\x10\0\0\0",
        b"\x89PNG",
        b" GIF89a",
        b"",
    ] {
        for kind in ["image/png", "image/gif", "image/jpeg"] {
            let refused = shop.upload("PATCH", &bot, Multipart::new().avatar(kind, lie)).await;
            refused.assert_refused("Avatar filetype not supported");
        }
    }
    assert_eq!(shop.avatar(&bot).await.bytes, both);
}

/// Megabytes as Rails counts them: 15 of 1024 times 1024 bytes.
async fn fifteen_mebibytes_and_no_more(engine: Engine) {
    let shop = Shop::open(engine).await;
    let bot = shop.bot(json!({"name": "Helper"})).await;
    let of_size = |size: usize| {
        let mut picture = PNG.to_vec();
        picture.resize(size, 7);
        picture
    };
    let most = of_size(15 * 1024 * 1024);
    let taken = shop.upload("PATCH", &bot, Multipart::new().avatar("image/png", &most)).await;
    assert_eq!(taken.status, StatusCode::OK, "{:?}", taken.json());
    assert!(shop.avatar(&bot).await.bytes == most);
    for over in [1, 64 * 1024, 2 << 20] {
        let form = Multipart::new()
            .field("name", "x")
            .avatar("image/png", &of_size(most.len() + over));
        shop.upload("PATCH", &bot, form).await.assert_refused("Avatar is too big");
    }
    assert_eq!(shop.ask("GET", &bot).await.json()["name"], "Helper");
    assert!(shop.avatar(&bot).await.bytes == most);
    // Too much of something else is not the picture's fault.
    let form = Multipart::new().field("name", &"n".repeat(300 * 1024)).avatar("image/png", PNG);
    let refused = shop.upload("PATCH", &bot, form).await;
    assert_eq!((refused.status.as_u16(), &refused.json()["status"]), (413, &json!(413)));
}

async fn what_is_no_picture_part_is_none(engine: Engine) {
    let shop = Shop::open(engine).await;
    let bot = shop.bot(json!({})).await;
    shop.upload("PATCH", &bot, Multipart::new().avatar("image/png", PNG)).await;
    for form in [
        // No file was chosen.
        Multipart::new().part("\"avatar\"; filename=\"\"", "application/octet-stream", b""),
        // A text of that name.
        Multipart::new().field("avatar", "GIF89a"),
        // A file of another name.
        Multipart::new().part("\"picture\"; filename=\"a.gif\"", "image/gif", GIF),
        Multipart::new().part("\"name\"; filename=\"a.gif\"", "image/gif", GIF),
        Multipart::new(),
    ] {
        let answer = shop.upload("PATCH", &bot, form).await;
        assert_eq!((answer.status, &answer.json()["name"]), (StatusCode::OK, &Value::Null));
        assert_eq!(shop.avatar(&bot).await.bytes, PNG);
    }
    let name = "\"avatar\"; filename=\"../../etc/passwd\"; filename*=utf-8''x";
    let answer = shop.upload("PATCH", &bot, Multipart::new().part(name, "image/gif", GIF)).await;
    assert_eq!(answer.status, StatusCode::OK);
    assert_eq!(shop.avatar(&bot).await.bytes, GIF, "a name is nothing to us");
}

async fn a_refused_picture_leaves_nothing(engine: Engine) {
    let shop = Shop::open(engine).await;
    let bot = shop.bot(json!({"name": "Helper"})).await;
    let before = Traces::read(shop.directory.store(), "shop").await;
    for (method, path) in [("POST", BOTS), ("PATCH", &bot)] {
        let form = Multipart::new().field("name", "x").avatar("image/png", b"no");
        shop.upload(method, path, form)
            .await
            .assert_refused("Avatar filetype not supported");
        let form = Multipart::new().field("name", &"n".repeat(256)).avatar("image/png", b"no");
        let message = "Name is too long (maximum is 255 characters), Avatar filetype not supported";
        let expected = json!({"message": message, "attributes": ["name", "avatar"]});
        assert_eq!(shop.upload(method, path, form).await.json(), expected);
        // The picture is good, the account is not there.
        let form = Multipart::new().field("account_id", "9").avatar("image/png", PNG);
        assert_eq!(shop.upload(method, path, form).await.status, 422);
    }
    assert_eq!(Traces::read(shop.directory.store(), "shop").await, before);
    assert_eq!(shop.ask("GET", &bot).await.json()["name"], "Helper");
}

async fn a_broken_form_is_refused_whole(engine: Engine) {
    let shop = Shop::open(engine).await;
    let before = Traces::read(shop.directory.store(), "shop").await;
    let head = "--edge\r\nContent-Disposition: form-data; name=\"avatar\"; filename=\"a\"\r\n";
    let send = async |kind: &str, body: Vec<u8>| {
        let request = Request::post(BOTS)
            .header("api_access_token", &shop.token)
            .header("content-type", kind);
        shop.raw(request.body(body.into()).unwrap()).await
    };
    let form = "multipart/form-data; boundary=edge";
    for (kind, body) in [
        (form, format!("{head}\r\nGIF89a").into_bytes()),
        (form, head.as_bytes().to_vec()),
        (form, b"--edge\r\n\r\n".to_vec()),
        (form, b"GIF89a".to_vec()),
        (form, [head.as_bytes(), b"X: \xff\0\r\n\r\nGIF89a\r\n--edge--"].concat()),
        ("multipart/form-data", format!("{head}\r\nGIF89a\r\n--edge--\r\n").into_bytes()),
        ("multipart/form-data; boundary=", format!("{head}\r\nGIF89a\r\n--edge--\r\n").into_bytes()),
        (
            form,
            Multipart::new()
                .field("name", "x")
                .part("\"name\"", "text/plain", b"\xff\xfe")
                .bytes(),
        ),
    ] {
        let refused = send(kind, body.clone()).await;
        assert_eq!(
            (refused.status.as_u16(), refused.json()),
            (400, json!({"status": 400, "error": "Bad Request"})),
            "{kind}: {}",
            String::from_utf8_lossy(&body)
        );
    }
    assert_eq!(Traces::read(shop.directory.store(), "shop").await, before);
}
