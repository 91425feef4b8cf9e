//! `multipart/form-data`: fields and files.

use std::collections::BTreeMap;
use std::convert::Infallible;

use bytes::Bytes;
use futures_util::{FutureExt, stream};
use http::{HeaderMap, header};
use multer::{Field, Multipart};

use super::nested::{MAX_FIELDS, Tree};
use super::{BadParams, File, FileTooLarge, Limits, Params, text};

/// The fields and files of a multipart body, which the head of its request describes.
pub(super) fn read(head: &HeaderMap, body: Bytes, limits: Limits) -> Result<Params, BadParams> {
    let label = head.get(header::CONTENT_TYPE).and_then(|label| label.to_str().ok());
    let boundary = multer::parse_boundary(label.unwrap_or_default()).map_err(|_| BadParams::Malformed)?;
    // The body is there whole, so there is nothing to wait for.
    take_apart(body, boundary, limits)
        .now_or_never()
        .unwrap_or(Err(BadParams::Malformed))
}

async fn take_apart(body: Bytes, boundary: String, limits: Limits) -> Result<Params, BadParams> {
    let mut parts = Multipart::new(stream::iter([Ok::<_, Infallible>(body)]), boundary);
    let (mut tree, mut files, mut count, mut room) = (Tree::default(), BTreeMap::new(), 0, limits.text);
    while let Some(mut part) = parts.next_field().await.map_err(|_| BadParams::Malformed)? {
        count += 1;
        if count > MAX_FIELDS {
            return Err(BadParams::Malformed);
        }
        let content = content(&mut part).await?;
        let Some(name) = part.name() else { continue };
        if is_file(part.headers()) {
            // A form in which no file was chosen sends one without name.
            if part.file_name() != Some("") {
                files.insert(name.to_owned(), file(&part, content, limits.file));
            }
        } else {
            let used = name.len() + content.len();
            room = room.checked_sub(used).ok_or(BadParams::TooLarge)?;
            tree.add(name, Some(text(&content)?.to_owned()))?;
        }
    }
    Ok(Params { fields: tree.into_fields()?, files })
}

/// The bytes of a part, not copied.
async fn content(part: &mut Field<'_>) -> Result<Bytes, BadParams> {
    let content = part.chunk().await.map_err(|_| BadParams::Malformed)?;
    // A body that is there whole gives each part in one piece.
    match part.chunk().await {
        Ok(None) => Ok(content.unwrap_or_default()),
        _ => Err(BadParams::Malformed),
    }
}

fn file(part: &Field<'_>, bytes: Bytes, limit: usize) -> Result<File, FileTooLarge> {
    if bytes.len() > limit {
        return Err(FileTooLarge);
    }
    let content_type = part.headers().get(header::CONTENT_TYPE);
    Ok(File {
        name: part.file_name().map(str::to_owned),
        content_type: content_type.and_then(|label| Some(label.to_str().ok()?.to_owned())),
        bytes,
    })
}

/// Whether a part has a file's name, even one that cannot be read: `filename*`, or one that is no UTF-8.
fn is_file(head: &HeaderMap) -> bool {
    let disposition = head.get(header::CONTENT_DISPOSITION);
    let mut parameters = disposition
        .into_iter()
        .flat_map(|value| value.as_bytes().split(|byte| *byte == b';'));
    parameters.any(|parameter| {
        let name = parameter.trim_ascii_start().get(.."filename".len());
        name.is_some_and(|name| name.eq_ignore_ascii_case(b"filename"))
    })
}
