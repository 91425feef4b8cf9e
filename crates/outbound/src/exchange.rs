//! One request and its answer on a connection that is there.

use bytes::{Bytes, BytesMut};
use http::{HeaderMap, HeaderName, Request, Response, header};
use http_body_util::{BodyExt, Empty};
use hyper::body::{Body, Incoming};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinSet;

use crate::{Fetched, Refused};

/// The longest head of an answer, in bytes; also how much of a body is read ahead.
const HEAD: usize = 32 * 1024;

/// What a server can say.
#[derive(Debug)]
pub(crate) enum Answer {
    /// The body, whole.
    Here(Fetched),
    /// A redirect, as it stands in `Location`.
    Elsewhere(Vec<u8>),
}

/// Asks, and reads at most `most` bytes of body. The connection ends with it.
pub(crate) async fn exchange<S>(
    stream: S,
    request: Request<Empty<Bytes>>,
    most: usize,
) -> Result<Answer, Refused>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(HEAD)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|error| Refused::Http(error.into()))?;
    // A set ends its tasks when it is dropped: the connection does not outlive this call, whoever gives it up.
    let mut driver = JoinSet::new();
    driver.spawn(connection);
    let sent = sender.send_request(request).await;
    read(sent.map_err(|error| Refused::Http(error.into()))?, most).await
}

async fn read(response: Response<Incoming>, most: usize) -> Result<Answer, Refused> {
    let status = response.status().as_u16();
    if let (301 | 302 | 303 | 307 | 308, Some(location)) = (status, response.headers().get(header::LOCATION))
    {
        return Ok(Answer::Elsewhere(location.as_bytes().to_vec()));
    }
    if status != 200 {
        return Err(Refused::Status(status));
    }
    if text(response.headers(), header::CONTENT_ENCODING)
        .is_some_and(|encoding| !encoding.eq_ignore_ascii_case("identity"))
    {
        return Err(Refused::Encoded);
    }
    let content_type = text(response.headers(), header::CONTENT_TYPE);
    let bytes = collect(response.into_body(), most).await?;
    Ok(Answer::Here(Fetched { content_type, bytes }))
}

fn text(headers: &HeaderMap, name: HeaderName) -> Option<String> {
    Some(String::from_utf8_lossy(headers.get(name)?.as_bytes()).into_owned())
}

async fn collect(body: Incoming, most: usize) -> Result<Bytes, Refused> {
    let announced = body.size_hint().lower();
    if usize::try_from(announced).map_or(true, |announced| announced > most) {
        return Err(Refused::TooLarge);
    }
    // Copied together: kept apart, a body in pieces of one byte would cost many times its length.
    let (mut body, mut bytes) = (body, BytesMut::new());
    while let Some(frame) = body.frame().await {
        let Ok(part) = frame.map_err(|error| Refused::Http(error.into()))?.into_data() else {
            continue;
        };
        if part.len() > most - bytes.len() {
            return Err(Refused::TooLarge);
        }
        bytes.extend_from_slice(&part);
    }
    Ok(bytes.freeze())
}
