//! OpenLDAP's slapd: a directory in C, over LDAP. The users' entries hold the same texts as Rollcall's users.

use std::fmt::Write as _;
use std::path::Path;

use super::ber;
use super::caller::Question;
use super::peer::Questions;
use crate::records;

const ADMIN: &str = "cn=admin,dc=bench";
const PASSWORD: &str = "bench-password";

/// Writes what the start script loads before the server starts.
pub(crate) fn write_seed(dir: &Path, users: u32) -> anyhow::Result<()> {
    let mut text = String::from(
        "dn: dc=bench\nobjectClass: dcObject\nobjectClass: organization\no: bench\ndc: bench\n\n\
         dn: ou=users,dc=bench\nobjectClass: organizationalUnit\nou: users\n\n",
    );
    for index in 0..users {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "{}", entry().replace(records::FIRST_UID, &records::uid(index)));
    }
    Ok(std::fs::write(dir.join("seed.ldif"), text)?)
}

/// The two requests; every connection binds with name and password first.
pub(crate) fn questions() -> Questions {
    let question = |request, writes: bool| Question {
        greeting: Some(ber::bind(ADMIN, PASSWORD)),
        request,
        answered: ber::answered,
        success: 0,
        names_user: !writes,
        writes,
    };
    let status = format!("{}{}", records::STATUS_PREFIX, records::REVISION);
    let values = [("title", status.as_str()), ("description", records::METADATA)];
    Questions {
        get: question(ber::search(&name()), false),
        update: question(ber::modify(&name(), &values), true),
    }
}

fn name() -> String {
    format!("uid={},ou=users,dc=bench", records::FIRST_UID)
}

fn entry() -> String {
    let (uid, name) = (records::FIRST_UID, self::name());
    format!(
        "dn: {name}\nobjectClass: inetOrgPerson\nuid: {uid}\ncn: {full}\nsn: North\ndisplayName: {full}\n\
         mail: {uid}@example.com\nlabeledURI: {link}\nlabeledURI: {avatar}\ntitle: {status}{revision}\n\
         description: {metadata}\n",
        full = records::NAME,
        link = records::LINK,
        avatar = records::AVATAR,
        status = records::STATUS_PREFIX,
        revision = records::REVISION,
        metadata = records::METADATA,
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_user_is_an_entry_of_its_own() {
        let dir = tempfile::tempdir().unwrap();
        write_seed(dir.path(), 3).unwrap();
        let text = std::fs::read_to_string(dir.path().join("seed.ldif")).unwrap();
        assert_eq!(text.matches("\n\ndn: uid=bench-1000000").count(), 3);
        assert!(text.contains("\nmail: bench-10000002@example.com\n"), "{text}");
        // A line that starts with a blank would go on from the line before, a colon or `<` would mean base64 or a file.
        let value = |line: &str| line.split_once(": ").map(|(_, value)| value.to_owned());
        for line in text.lines().filter(|line| !line.is_empty()) {
            assert!(value(line).is_some_and(|value| !value.starts_with([' ', ':', '<'])), "{line}");
        }
    }
}
