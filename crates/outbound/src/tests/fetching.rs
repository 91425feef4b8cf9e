//! What comes back, from whom, and what the server is told.

use std::net::Ipv4Addr;
use std::sync::Arc;

use bytes::Bytes;

use crate::tests::world::{AMPLE, World, answer, answering, get};
use crate::{Fetched, Outbound, Policy, Refused};

async fn world_of(answer: impl Into<Vec<u8>>) -> (Arc<World>, crate::tests::world::Server) {
    let server = answering(answer).await;
    let world = Arc::new(World::default());
    world.name("files.test", &[&["1.2.3.4"]]);
    world.lead("1.2.3.4:80", server.address);
    (world, server)
}

#[tokio::test]
async fn body_and_content_type_come_back_as_they_are() {
    let (world, server) = world_of(answer("200 OK", "content-type: image/png\r\n", "\u{0}PNG")).await;
    let fetched = get(&world, "http://files.test/a.png?v=1", AMPLE).await.unwrap();
    let expected = Fetched {
        content_type: Some("image/png".to_owned()),
        bytes: Bytes::from_static(b"\0PNG"),
    };
    assert_eq!(fetched, expected);
    let head = format!(
        "GET /a.png?v=1 HTTP/1.1\r\nhost: files.test\r\nuser-agent: Rollcall/{}\r\naccept: */*\r\n\
         accept-encoding: identity\r\nconnection: close\r\n\r\n",
        env!("CARGO_PKG_VERSION")
    );
    assert_eq!(*server.heads.lock().unwrap(), [head]);
}

#[tokio::test]
async fn a_body_may_be_chunked_or_end_with_the_connection() {
    for answer in [
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\nabcde",
        "HTTP/1.0 200 OK\r\n\r\nabcde",
        "HTTP/1.1 200 OK\r\ncontent-encoding: Identity\r\n\r\nabcde",
    ] {
        let (world, _server) = world_of(answer).await;
        let fetched = get(&world, "http://files.test/", AMPLE).await.unwrap();
        assert_eq!(fetched.bytes, "abcde", "{answer}");
        assert_eq!(fetched.content_type, None);
    }
}

#[tokio::test]
async fn a_broken_answer_is_none() {
    for answer in [
        "",
        "abcde",
        "SSH-2.0-OpenSSH\r\n",
        "HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nabcde",
        "HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n",
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nzz\r\nabc\r\n",
    ] {
        let (world, _server) = world_of(answer).await;
        let refused = get(&world, "http://files.test/", AMPLE).await.unwrap_err();
        assert!(matches!(refused, Refused::Http(_)), "{answer}: {refused:?}");
    }
}

#[tokio::test]
async fn a_compressed_body_is_refused() {
    let (world, _server) = world_of(answer("200 OK", "content-encoding: gzip\r\n", "bomb")).await;
    let refused = get(&world, "http://files.test/", AMPLE).await.unwrap_err();
    assert!(matches!(refused, Refused::Encoded), "{refused:?}");
}

#[tokio::test]
async fn other_statuses_are_refused() {
    for status in [101, 201, 204, 206, 300, 304, 305, 400, 401, 404, 500] {
        let headers = "location: http://files.test/\r\nconnection: upgrade\r\nupgrade: x\r\n";
        let (world, _server) = world_of(answer(&format!("{status} X"), headers, "")).await;
        let refused = get(&world, "http://files.test/", AMPLE).await.unwrap_err();
        assert!(matches!(refused, Refused::Status(got) if got == status), "{status}: {refused:?}");
    }
}

#[tokio::test]
async fn a_name_is_resolved_once_and_the_checked_address_is_the_one_connected_to() {
    let (world, _server) = world_of(answer("200 OK", "", "here")).await;
    world.name("rebinding.test", &[&["1.2.3.4"], &["127.0.0.1"]]);
    let fetched = get(&world, "http://rebinding.test/", AMPLE).await.unwrap();
    assert_eq!(fetched.bytes, "here");
    let refused = get(&world, "http://rebinding.test/", AMPLE).await.unwrap_err();
    assert!(matches!(refused, Refused::Address), "{refused:?}");
    assert_eq!(world.connected(), ["1.2.3.4:80"]);
}

#[tokio::test]
async fn of_several_addresses_only_public_ones_are_tried_in_their_order() {
    let (world, _server) = world_of(answer("200 OK", "", "here")).await;
    world.name("many.test", &[&["10.0.0.1", "2606:4700::1", "::1", "1.2.3.4", "1.2.3.5"]]);
    let fetched = get(&world, "http://many.test/", AMPLE).await.unwrap();
    assert_eq!(fetched.bytes, "here");
    assert_eq!(world.connected(), ["[2606:4700::1]:80", "1.2.3.4:80"]);
}

#[tokio::test]
async fn of_very_many_addresses_six_are_tried() {
    let world = Arc::new(World::default());
    world.name(
        "many.test",
        &[&["8.0.0.1", "8.0.0.2", "8.0.0.3", "8.0.0.4", "8.0.0.5", "8.0.0.6", "8.0.0.7"]],
    );
    let refused = get(&world, "http://many.test/", AMPLE).await.unwrap_err();
    assert!(matches!(refused, Refused::Unreachable(_)), "{refused:?}");
    assert_eq!(world.connected().len(), 6);
}

#[tokio::test]
async fn a_name_without_addresses_is_refused() {
    let world = Arc::new(World::default());
    world.name("empty.test", &[&[]]);
    let refused = get(&world, "http://empty.test/", AMPLE).await.unwrap_err();
    assert!(matches!(refused, Refused::Address), "{refused:?}");
    let refused = get(&world, "http://unknown.test/", AMPLE).await.unwrap_err();
    assert!(matches!(refused, Refused::Unresolved(_)), "{refused:?}");
}

#[tokio::test]
async fn on_the_real_network_loopback_is_reached_only_where_the_policy_says_so() {
    let server = answering(answer("200 OK", "", "here")).await;
    let port = server.address.port();
    let closed = Outbound::new(Policy { allow_private: false }).unwrap();
    let open = Outbound::new(Policy { allow_private: true }).unwrap();
    for host in [Ipv4Addr::LOCALHOST.to_string(), "localhost".to_owned(), "0x7f.1".to_owned()] {
        let url = format!("http://{host}:{port}/");
        let refused = closed.get(&url, AMPLE).await.unwrap_err();
        assert!(matches!(refused, Refused::Address), "{host}: {refused:?}");
        assert_eq!(open.get(&url, AMPLE).await.unwrap().bytes, "here", "{host}");
    }
    for url in ["http://169.254.169.254/", "http://0.0.0.0/", "http://[::ffff:127.0.0.1]/"] {
        let refused = open.get(url, AMPLE).await.unwrap_err();
        assert!(matches!(refused, Refused::Address), "{url}: {refused:?}");
    }
    assert_eq!(server.heads.lock().unwrap().len(), 3);
}
