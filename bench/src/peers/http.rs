//! Requests to peers that speak HTTP, and where their answers end.

use std::net::SocketAddr;

use anyhow::{Context as _, ensure};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::load;

/// A request with a JSON body, or without one when it is empty.
pub(crate) fn request(address: SocketAddr, line: &str, authorization: &str, body: &str) -> Vec<u8> {
    let mut text = format!("{line} HTTP/1.1\r\nhost: {address}\r\naccept: application/json\r\n");
    if !authorization.is_empty() {
        text.push_str(&format!("authorization: {authorization}\r\n"));
    }
    if !body.is_empty() {
        text.push_str(&format!("content-type: application/json\r\ncontent-length: {}\r\n", body.len()));
    }
    format!("{text}\r\n{body}").into_bytes()
}

/// The status of an answer, once all of it is there.
pub(crate) fn answered(bytes: &[u8]) -> anyhow::Result<Option<u16>> {
    const END: &[u8] = b"\r\n\r\n";
    let Some(head) = bytes.windows(END.len()).position(|window| window == END) else {
        return Ok(None);
    };
    let (head, body) = bytes.split_at(head + END.len());
    if is_chunked(head) {
        // JSON has no bare line ends, so that a chunk cannot look like the last one.
        let ended = body == b"0\r\n\r\n" || body.ends_with(b"\r\n0\r\n\r\n");
        let status = head.get(9..12).and_then(|code| std::str::from_utf8(code).ok()?.parse().ok());
        let status = status.context("not an HTTP/1.1 answer")?;
        return Ok(ended.then_some(status));
    }
    let Some(load::Head { status, length, body }) = load::parse(bytes)? else {
        return Ok(None);
    };
    let total = length + body;
    ensure!(
        bytes.len() <= total,
        "the server sent {} bytes more than it announced",
        bytes.len() - total
    );
    Ok((bytes.len() == total).then_some(status))
}

/// Asks once, on a connection of its own, and gives the body as JSON.
pub(crate) async fn ask(address: SocketAddr, request: &[u8]) -> anyhow::Result<serde_json::Value> {
    let mut stream = TcpStream::connect(address).await?;
    stream.write_all(request).await?;
    let mut bytes = Vec::new();
    let status = loop {
        ensure!(stream.read_buf(&mut bytes).await? > 0, "the server closed the connection");
        if let Some(status) = answered(&bytes)? {
            break status;
        }
    };
    let text = String::from_utf8_lossy(&bytes);
    ensure!(status == 200, "answered {text}");
    let (_, body) = text.split_once("\r\n\r\n").context("no body")?;
    // A chunk's length precedes the body where there is one chunk; what follows it is no JSON either.
    let json = body.trim_start_matches(|character| character != '{');
    let mut values = serde_json::Deserializer::from_str(json).into_iter::<serde_json::Value>();
    values.next().context("no JSON")?.with_context(|| format!("answered {text}"))
}

fn is_chunked(head: &[u8]) -> bool {
    const NAME: &[u8] = b"transfer-encoding:";
    head.split(|byte| *byte == b'\n').any(|line| {
        let Some((name, value)) = line.split_at_checked(NAME.len()) else {
            return false;
        };
        name.eq_ignore_ascii_case(NAME) && value.trim_ascii().eq_ignore_ascii_case(b"chunked")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_body_is_announced_and_a_missing_one_is_not() {
        let address = ([127, 0, 0, 1], 80).into();
        let text = |body| String::from_utf8(request(address, "PUT /users/1", "Bearer t", body)).unwrap();
        let with = text("{\"a\":1}");
        assert!(with.starts_with("PUT /users/1 HTTP/1.1\r\nhost: 127.0.0.1:80\r\n"), "{with}");
        assert!(with.ends_with("content-length: 7\r\n\r\n{\"a\":1}"), "{with}");
        assert!(with.contains("\r\nauthorization: Bearer t\r\n"), "{with}");
        let without = text("");
        assert!(without.ends_with("\r\n\r\n") && !without.contains("content-"), "{without}");
    }

    #[test]
    fn an_answer_is_complete_with_its_last_byte() {
        for answer in [
            &b"HTTP/1.1 201 Created\r\nContent-Length: 4\r\n\r\n\r\n{}"[..],
            b"HTTP/1.1 201 Created\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
            b"HTTP/1.1 201 Created\r\ntransfer-encoding:  chunked\r\n\r\n0\r\n\r\n",
        ] {
            let shown = String::from_utf8_lossy(answer);
            for end in 0..answer.len() {
                assert!(matches!(answered(&answer[..end]), Ok(None)), "{end} of {shown}");
            }
            assert_eq!(answered(answer).unwrap(), Some(201), "{shown}");
        }
    }

    #[test]
    fn refuses_what_is_no_single_answer() {
        for bad in [
            &b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\n22"[..],
            b"HTTP/1.1 200 OK\r\n\r\n",
            b"SSH-2.0-OpenSSH\r\n\r\n",
            b"SSH-2.0-OpenSSH\r\ntransfer-encoding: chunked\r\n\r\n",
        ] {
            assert!(answered(bad).is_err(), "{}", String::from_utf8_lossy(bad));
        }
    }
}
