//! How much may come.

use std::sync::Arc;

use tokio::io::AsyncWriteExt;
use tokio::sync::mpsc;

use crate::tests::world::{AMPLE, World, answer, answering, get, head, listen};
use crate::{Limits, Refused};

const TEN: Limits = Limits { bytes: 10, ..AMPLE };

async fn fetch(answer: impl Into<Vec<u8>>, limits: Limits) -> Result<usize, Refused> {
    let server = answering(answer).await;
    let world = Arc::new(World::default());
    world.lead("1.2.3.4:80", server.address);
    Ok(get(&world, "http://1.2.3.4/", limits).await?.bytes.len())
}

#[tokio::test]
async fn a_body_may_be_as_long_as_the_limit_and_no_longer() {
    let chunked = |size| {
        let body = "x".repeat(size);
        format!(
            "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n1\r\nx\r\n{size:x}\r\n{body}\r\n0\r\n\r\n"
        )
    };
    let closed = |size| format!("HTTP/1.1 200 OK\r\n\r\n{}", "x".repeat(size));
    let announced = |size| answer("200 OK", "", &"x".repeat(size));
    for exact in [announced(10), chunked(9), closed(10)] {
        assert_eq!(fetch(exact, TEN).await.unwrap(), 10);
    }
    for longer in [announced(11), chunked(10), closed(11)] {
        let refused = fetch(longer.as_str(), TEN).await.unwrap_err();
        assert!(matches!(refused, Refused::TooLarge), "{longer}: {refused:?}");
    }
    assert_eq!(fetch(announced(0), Limits { bytes: 0, ..AMPLE }).await.unwrap(), 0);
}

#[tokio::test]
async fn an_announced_length_is_believed_before_anything_is_read() {
    let server = listen(|mut stream, _| async move {
        head(&mut stream).await;
        stream
            .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 11\r\n\r\n")
            .await
            .unwrap();
        // The body never comes: who waited for it would be late, not refused for its size.
        std::future::pending().await
    })
    .await;
    let world = Arc::new(World::default());
    world.lead("1.2.3.4:80", server.address);
    let refused = get(&world, "http://1.2.3.4/", TEN).await.unwrap_err();
    assert!(matches!(refused, Refused::TooLarge), "{refused:?}");
}

#[tokio::test]
async fn an_endless_body_is_cut_off_and_its_connection_closed() {
    let (closed, mut told) = mpsc::unbounded_channel();
    let server = listen(move |mut stream, _| {
        let closed = closed.clone();
        async move {
            head(&mut stream).await;
            stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
            while stream.write_all(&[0; 4096]).await.is_ok() {}
            closed.send(()).unwrap();
        }
    })
    .await;
    let world = Arc::new(World::default());
    world.lead("1.2.3.4:80", server.address);
    let refused = get(&world, "http://1.2.3.4/", Limits { bytes: 100_000, ..AMPLE })
        .await
        .unwrap_err();
    assert!(matches!(refused, Refused::TooLarge), "{refused:?}");
    assert_eq!(told.recv().await, Some(()));
}

#[tokio::test]
async fn a_head_is_limited_too() {
    let head = |size| format!("HTTP/1.1 200 OK\r\nx: {}\r\n\r\n", "x".repeat(size));
    assert_eq!(fetch(head(30_000), AMPLE).await.unwrap(), 0);
    let refused = fetch(head(100_000), AMPLE).await.unwrap_err();
    assert!(matches!(refused, Refused::Http(_)), "{refused:?}");
}
