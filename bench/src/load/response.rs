//! Reads one HTTP/1.1 answer at a time off a connection, without allocating.

use anyhow::{bail, ensure};
use tokio::io::AsyncReadExt as _;
use tokio::net::TcpStream;

/// What the head of an answer says.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Head {
    /// Status code.
    pub(crate) status: u16,
    /// Bytes of the head, with the empty line.
    pub(crate) length: usize,
    /// Bytes of the body.
    pub(crate) body: usize,
}

/// Parses a head; `None` when it is not complete yet.
pub(crate) fn parse(bytes: &[u8]) -> anyhow::Result<Option<Head>> {
    let mut rest = bytes;
    let mut status = None;
    let mut body = None;
    while let Some(end) = rest.iter().position(|byte| *byte == b'\n') {
        let (line, after) = rest.split_at(end + 1);
        rest = after;
        let line = line.trim_ascii();
        if status.is_none() {
            status = Some(status_of(line)?);
        } else if line.is_empty() {
            let (Some(status), Some(body)) = (status, body) else {
                bail!("the answer has no content-length")
            };
            return Ok(Some(Head { status, length: bytes.len() - rest.len(), body }));
        } else if let Some(value) = value_of(line, b"content-length:") {
            body = Some(number(value)?);
        } else if value_of(line, b"transfer-encoding:").is_some() {
            bail!("the answer has a transfer-encoding; the loader only reads content-length");
        }
    }
    ensure!(bytes.len() < 32 * 1024, "the head of the answer does not end");
    Ok(None)
}

fn status_of(line: &[u8]) -> anyhow::Result<u16> {
    match line {
        [b'H', b'T', b'T', b'P', b'/', b'1', b'.', b'1', b' ', code @ ..] if code.len() >= 3 => {
            Ok(u16::try_from(number(&code[..3])?)?)
        }
        _ => bail!("not an HTTP/1.1 answer: {:?}", String::from_utf8_lossy(line)),
    }
}

fn value_of<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let (start, value) = line.split_at_checked(name.len())?;
    start.eq_ignore_ascii_case(name).then(|| value.trim_ascii())
}

fn number(digits: &[u8]) -> anyhow::Result<usize> {
    ensure!(
        !digits.is_empty() && digits.len() < 10 && digits.iter().all(u8::is_ascii_digit),
        "not a number"
    );
    Ok(digits.iter().fold(0, |sum, digit| sum * 10 + usize::from(digit - b'0')))
}

/// One complete answer, in the reader's buffer.
#[derive(Debug)]
pub(crate) struct Answer<'a> {
    /// Status code.
    pub(crate) status: u16,
    /// The whole body.
    pub(crate) body: &'a [u8],
}

/// The buffer of one connection.
#[derive(Debug)]
pub(crate) struct Reader {
    buffer: Vec<u8>,
}

impl Reader {
    /// A reader with room for a usual answer.
    pub(crate) fn new() -> Self {
        Self { buffer: vec![0; 8 * 1024] }
    }

    /// Waits for the answer to the one request under way.
    pub(crate) async fn answer(&mut self, stream: &mut TcpStream) -> anyhow::Result<Answer<'_>> {
        let mut filled = 0;
        let mut head = None;
        let head = loop {
            if filled == self.buffer.len() {
                self.buffer.resize(filled * 2, 0);
            }
            let read = stream.read(&mut self.buffer[filled..]).await?;
            ensure!(read > 0, "the server closed the connection");
            filled += read;
            if head.is_none() {
                head = parse(&self.buffer[..filled])?;
            }
            match head.take() {
                Some(found) if filled >= found.length + found.body => break found,
                other => head = other,
            }
        };
        let total = head.length + head.body;
        ensure!(filled == total, "the server sent {} bytes more than it announced", filled - total);
        Ok(Answer { status: head.status, body: &self.buffer[head.length..total] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ANSWER: &[u8] =
        b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nContent-Length: 12\r\n\r\n{\"data\":{}}\n";

    #[test]
    fn reads_status_and_length() {
        let head = parse(ANSWER).ok().flatten();
        assert_eq!(head, Some(Head { status: 200, length: ANSWER.len() - 12, body: 12 }));
    }

    #[test]
    fn waits_for_every_byte_of_the_head() {
        for end in 0..ANSWER.len() - 12 {
            assert!(matches!(parse(&ANSWER[..end]), Ok(None)), "{end}");
        }
    }

    #[test]
    fn an_empty_body_is_a_body() {
        let head = parse(b"HTTP/1.1 503 Service Unavailable\r\ncontent-length:0\r\n\r\n")
            .ok()
            .flatten();
        assert_eq!(head.map(|head| (head.status, head.body)), Some((503, 0)));
    }

    #[test]
    fn refuses_what_it_cannot_measure() {
        for bad in [
            &b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"[..],
            b"HTTP/1.1 200 OK\r\n\r\n",
            b"HTTP/1.1 200 OK\r\ncontent-length: ten\r\n\r\n",
            b"HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999\r\n\r\n",
            b"SSH-2.0-OpenSSH\r\n",
            b"HTTP/1.1 2\r\n",
        ] {
            assert!(parse(bad).is_err(), "{}", String::from_utf8_lossy(bad));
        }
        assert!(parse(&vec![b'x'; 40_000]).is_err());
    }
}
