//! Where redirects may lead.

use std::mem::discriminant;
use std::sync::Arc;

use crate::tests::world::{AMPLE, Server, World, answer, answering, get, redirect};
use crate::{Limits, Refused};

/// A world in which `start.test` answers with this.
async fn starting(answer: String) -> (Arc<World>, Server) {
    let server = answering(answer).await;
    let world = Arc::new(World::default());
    world.name("start.test", &[&["1.1.1.1"]]);
    world.lead("1.1.1.1:80", server.address);
    (world, server)
}

#[tokio::test]
async fn every_kind_of_redirect_is_followed() {
    for status in [301, 302, 303, 307, 308] {
        let (world, _first) = starting(redirect(status, "http://end.test:8080/b?c#d")).await;
        let last = answering(answer("200 OK", "", "here")).await;
        world.name("end.test", &[&["2.2.2.2"]]);
        world.lead("2.2.2.2:8080", last.address);
        let fetched = get(&world, "http://start.test/", AMPLE).await.unwrap();
        assert_eq!(fetched.bytes, "here", "{status}");
        let head = last.heads.lock().unwrap()[0].clone();
        assert!(head.starts_with("GET /b?c HTTP/1.1\r\nhost: end.test:8080\r\n"), "{head}");
    }
}

#[tokio::test]
async fn a_location_may_be_relative() {
    let (world, server) = starting(redirect(302, "../x y")).await;
    let limits = Limits { redirects: 1, ..AMPLE };
    let refused = get(&world, "http://start.test/a/b/c", limits).await.unwrap_err();
    assert!(matches!(refused, Refused::Redirects), "{refused:?}");
    assert!(server.heads.lock().unwrap()[1].starts_with("GET /a/x%20y HTTP/1.1\r\n"));
}

#[tokio::test]
async fn no_redirect_leads_to_a_private_address() {
    for location in [
        "http://127.0.0.1/",
        "http://0x7f.1:8080/",
        "http://[::1]/",
        "http://[::ffff:10.0.0.1]/",
        "http://169.254.169.254/latest/meta-data/",
        "http://inside.test/",
        "https://inside.test/",
        "//inside.test/",
    ] {
        let (world, _server) = starting(redirect(302, location)).await;
        world.name("inside.test", &[&["10.0.0.1", "fd00::1"]]);
        let refused = get(&world, "http://start.test/", AMPLE).await.unwrap_err();
        assert!(matches!(refused, Refused::Address), "{location}: {refused:?}");
        assert_eq!(world.connected(), ["1.1.1.1:80"], "{location}");
    }
}

#[tokio::test]
async fn a_name_that_turns_private_between_two_hops_is_refused() {
    let (world, _server) = starting(redirect(307, "http://start.test/again")).await;
    world.name("start.test", &[&["1.1.1.1"], &["192.168.0.1"]]);
    let refused = get(&world, "http://start.test/", AMPLE).await.unwrap_err();
    assert!(matches!(refused, Refused::Address), "{refused:?}");
    assert_eq!(world.connected(), ["1.1.1.1:80"]);
}

#[tokio::test]
async fn a_redirect_is_held_to_the_rules_for_urls() {
    for (location, expected) in [
        ("file:///etc/passwd", Refused::Scheme),
        ("http://mira:secret@start.test/", Refused::Credentials),
        ("http://start.test:25/", Refused::Port),
        ("http://", Refused::Url),
        ("\u{e4}", Refused::Redirects),
    ] {
        let (world, _server) = starting(redirect(301, location)).await;
        let refused = get(&world, "http://start.test/", AMPLE).await.unwrap_err();
        assert_eq!(discriminant(&refused), discriminant(&expected), "{location}: {refused:?}");
    }
    let (world, _server) = starting(answer("302 Found", "", "")).await;
    let refused = get(&world, "http://start.test/", AMPLE).await.unwrap_err();
    assert!(matches!(refused, Refused::Status(302)), "{refused:?}");
}

#[tokio::test]
async fn redirects_are_counted() {
    for redirects in [0, 1, 3] {
        let (world, server) = starting(redirect(302, "/")).await;
        let refused = get(&world, "http://start.test/", Limits { redirects, ..AMPLE })
            .await
            .unwrap_err();
        assert!(matches!(refused, Refused::Redirects), "{refused:?}");
        assert_eq!(server.heads.lock().unwrap().len(), usize::from(redirects) + 1);
    }
    let (world, _first) = starting(redirect(302, "http://end.test/")).await;
    let last = answering(answer("200 OK", "", "here")).await;
    world.name("end.test", &[&["2.2.2.2"]]);
    world.lead("2.2.2.2:80", last.address);
    let fetched = get(&world, "http://start.test/", Limits { redirects: 1, ..AMPLE })
        .await
        .unwrap();
    assert_eq!(fetched.bytes, "here");
}
