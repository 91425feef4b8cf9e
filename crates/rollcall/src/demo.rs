//! `rollcall serve --demo`: an app with users to look at, and requests to paste.

use std::net::{IpAddr, SocketAddr};

use anyhow::{Context, Result};
use rollcall_directory::{Directory, apps, credentials, users};
use rollcall_model::{
    Activity, Actor, AppId, AppName, CredentialKind, Document, Email, Identity, NewUser, Page, Uid, UserQuery,
};

const APP: &str = "demo";

/// First names, family names and teams are drawn from these in a fixed order.
const FIRST: [&str; 12] = [
    "Mira", "Leo", "Ana", "Noa", "Ines", "Tomás", "Yuki", "Zoë", "Amara", "Søren", "Dilnoza", "Kwame",
];
const FAMILY: [&str; 10] = [
    "Kovač",
    "Okafor",
    "Duarte",
    "Lindqvist",
    "Tanaka",
    "Moreau",
    "Haddad",
    "Petrenko",
    "O’Neill",
    "Nguyễn",
];
const TEAMS: [&str; 4] = ["north", "south", "support", "beta"];
const STATUS: [&str; 3] = ["on leave until Monday", "in a meeting", "☕"];

/// Makes the demo app on an empty database, and answers what to print: its keys and requests to paste.
///
/// # Errors
/// When the database does not answer.
pub async fn prepare(directory: &Directory, address: SocketAddr) -> Result<String> {
    let app = AppId::stored(APP);
    let known = apps::list(directory).await.context("cannot look for apps")?;
    if known.is_empty() {
        let name = AppName::stored("Demo");
        apps::create(directory, &app, &name).await.context("cannot make the demo app")?;
        for number in 0..FIRST.len() * FAMILY.len() {
            make_user(directory, &app, number).await.context("cannot make the demo users")?;
        }
    } else if known.iter().all(|found| found.id != app) {
        return Ok("This database has apps of its own, so no demo app was made.".to_owned());
    }
    let operator = Actor::operator(app);
    let count = users::count(directory, &operator, everybody())
        .await
        .context("cannot count the demo users")?;
    let keys = credentials::list(directory, &operator)
        .await
        .context("cannot read the demo keys")?;
    let key = |kind| {
        keys.iter()
            .find(|key| key.credential.kind == kind)
            .map_or("(revoked)", |key| key.secret.as_str())
    };
    Ok(text(address, count, &key))
}

fn everybody() -> UserQuery {
    UserQuery {
        search: None,
        roles: Vec::new(),
        tags: Vec::new(),
        friends_of: None,
        activity: Activity::Active,
        presence: None,
        after: None,
        page: Page { number: 1, size: 1 },
    }
}

async fn make_user(directory: &Directory, app: &AppId, number: usize) -> Result<()> {
    let (first, family) = (FIRST[number % FIRST.len()], FAMILY[number / FIRST.len()]);
    let uid = Uid::parse(&format!("{}-{number}", ascii(first)))?;
    let private = format!(r#"{{"email":"{uid}@example.org"}}"#);
    let metadata = Document::parse(&format!(r#"{{"desk":{number},"@private":{private}}}"#))?;
    let new = NewUser {
        email: Some(Email::parse(&format!("{uid}@example.org"))?),
        name: Some(format!("{first} {family}")),
        avatar: Some(format!("https://example.org/avatars/{uid}.png")),
        link: number.is_multiple_of(3).then(|| format!("https://example.org/people/{uid}")),
        status_message: number.is_multiple_of(5).then(|| STATUS[number % STATUS.len()].to_owned()),
        metadata: Some(metadata),
        tags: vec![TEAMS[number % TEAMS.len()].to_owned()],
        ..NewUser::of(Identity::Uid(uid))
    };
    users::create(directory, &Actor::operator(app.clone()), new, false).await?;
    Ok(())
}

fn ascii(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii() { c } else { 'o' }).collect()
}

fn text<'a>(address: SocketAddr, count: i64, key: &dyn Fn(CredentialKind) -> &'a str) -> String {
    let host = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => format!("127.0.0.1:{}", address.port()),
        IpAddr::V6(ip) if ip.is_unspecified() => format!("[::1]:{}", address.port()),
        _ => address.to_string(),
    };
    let (root, rest) = (format!("http://{host}"), key(CredentialKind::FullAccess));
    let base = format!("{root}/v3");
    let (auth, platform, klaim) =
        (key(CredentialKind::AuthOnly), key(CredentialKind::Platform), key(CredentialKind::Klaim));
    format!(
        r#"
The app "demo" is ready, with {count} users.

  REST API key    {rest}   CometChat, full access
  Auth key        {auth}   CometChat, create and update users, log them in
  Platform token  {platform}                   Chatwoot
  Klaim key       {klaim}   Klaim

Paste these:

  # three users, newest first
  curl -s '{base}/users?perPage=3&withTags=true' -H 'apikey: {rest}'

  # find by the beginning of a name
  curl -s '{base}/users?searchKey=mira' -H 'apikey: {rest}'

  # make a user, with a token to log in
  curl -s -X POST '{base}/users' -H 'apikey: {rest}' -H 'content-type: application/json' \
       -d '{{"uid":"you","name":"You","withAuthToken":true}}'

  # change it
  curl -s -X PUT '{base}/users/you' -H 'apikey: {rest}' -H 'content-type: application/json' \
       -d '{{"statusMessage":"trying Rollcall","tags":["new"]}}'

  # look at it as another user does
  curl -s '{base}/users/you' -H 'apikey: {rest}' -H 'onBehalfOf: mira-0'

  # log in
  curl -s -X POST '{base}/users/you/auth_tokens' -H 'apikey: {auth}'

  # Klaim: give it an e-mail address
  curl -s -X PUT '{root}/klaim/users/you' -H 'authorization: Bearer {klaim}' -H 'content-type: application/json' \
       -d '{{"email":"you@example.org"}}'

  # Klaim: give it credits
  curl -s -X PUT '{root}/klaim/users/you/credits' -H 'authorization: Bearer {klaim}' -H 'content-type: application/json' \
       -d '{{"credit_delta":12.5,"description":"welcome"}}'

  # Chatwoot: find it by that address; the answer has its id
  curl -s -X POST '{root}/platform/api/v1/users' -H 'api_access_token: {platform}' -H 'content-type: application/json' \
       -d '{{"email":"you@example.org"}}'

Stop with Ctrl-C. The data stays."#
    )
}
