//! What a URL may look like.

use std::sync::Arc;

use crate::Refused;
use crate::tests::world::{AMPLE, World, answer, answering, get};

/// What comes of a URL in a world where every name is unknown.
async fn refused(url: &str) -> Refused {
    let world = Arc::new(World::default());
    let refused = get(&world, url, AMPLE).await.unwrap_err();
    assert_eq!(world.connected(), [""; 0], "{url}");
    refused
}

#[tokio::test]
async fn no_spelling_of_a_private_address_gets_through() {
    for host in [
        "127.0.0.1",
        "127.0.0.1.",
        "127.1",
        "127.0.1",
        "2130706433",
        "0x7f000001",
        "0x7f.0.0.1",
        "0X7F.1",
        "017700000001",
        "0177.0.0.01",
        "0",
        "0x0",
        "%31%32%37.0.0.1",
        "127。0。0。1",
        "①②⑦.0.0.1",
        "127.0.0.1", // full width
        "0xa9fea9fe",
        "2852039166",
        "169.254.43518",
        "10.1",
        "[::1]",
        "[0:0:0:0:0:0:0:1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[FE80::1]",
    ] {
        for url in [format!("http://{host}/"), format!("https://{host}:8443/x"), format!("http:\\\\{host}\\")]
        {
            let refused = refused(&url).await;
            assert!(matches!(refused, Refused::Address), "{url}: {refused:?}");
        }
    }
}

#[tokio::test]
async fn what_is_no_url_is_refused() {
    for url in [
        "",
        "avatar.png",
        "/avatar.png",
        "//files.test/avatar.png",
        "http://",
        "http://256.0.0.1/",
        "http://1.2.3.4.5/",
        "http://0x100000000/",
        "http://files.test:65536/",
        "http://[::1%25lo]/",
        "http://[::1/",
        "http://fi les.test/",
        "http://xn--/",
    ] {
        let refused = refused(url).await;
        assert!(matches!(refused, Refused::Url), "{url}: {refused:?}");
    }
}

#[tokio::test]
async fn only_http_and_https() {
    for url in [
        "file:///etc/passwd",
        "ftp://files.test/a",
        "ws://files.test/",
        "gopher://files.test/",
        "data:image/png;base64,AA==",
        "javascript:1",
        "unix:/run/x.sock",
        "localhost:80",
    ] {
        let refused = refused(url).await;
        assert!(matches!(refused, Refused::Scheme), "{url}: {refused:?}");
    }
}

#[tokio::test]
async fn no_credentials() {
    for url in ["http://mira@files.test/", "http://mira:secret@files.test/", "https://:secret@1.2.3.4/"] {
        let refused = refused(url).await;
        assert!(matches!(refused, Refused::Credentials), "{url}: {refused:?}");
    }
}

#[tokio::test]
async fn ports_of_other_services_are_refused() {
    for port in [0, 1, 22, 25, 79, 81, 442, 444, 587, 1023] {
        let refused = refused(&format!("http://1.2.3.4:{port}/")).await;
        assert!(matches!(refused, Refused::Port), "{port}: {refused:?}");
    }
    for port in [80, 443, 1024, 8080, 65535] {
        let world = Arc::new(World::default());
        let refused = get(&world, &format!("http://1.2.3.4:{port}/"), AMPLE).await.unwrap_err();
        assert!(matches!(refused, Refused::Unreachable(_)), "{port}: {refused:?}");
        assert_eq!(world.connected(), [format!("1.2.3.4:{port}")]);
    }
}

#[tokio::test]
async fn unusual_characters_are_encoded_and_cannot_break_out_of_the_request() {
    let server = answering(answer("200 OK", "", "")).await;
    let world = Arc::new(World::default());
    world.name("xn--bcher-kva.test", &[&["1.2.3.4"]]);
    world.lead("1.2.3.4:8080", server.address);
    let url = "http://Bücher.test:8080/a b\r\nhost: evil/ä?q=\"<ü>\n&{|}^`#fragment";
    get(&world, url, AMPLE).await.unwrap();
    let head = server.heads.lock().unwrap()[0].clone();
    let mut lines = head.split("\r\n");
    assert_eq!(lines.next(), Some("GET /a%20bhost:%20evil/%C3%A4?q=%22%3C%C3%BC%3E&{|}^` HTTP/1.1"));
    assert_eq!(lines.next(), Some("host: xn--bcher-kva.test:8080"));
    assert!(!head.contains("fragment"));
}
