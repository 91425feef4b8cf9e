//! Users as the vendor shows them (reference §5.2, §5.7).

use rollcall_directory::{Directory, access_tokens};
use rollcall_model::{AppId, Document, Email, MemberAccount, MemberRole, User, UserKey};
use serde::Serialize;
use serde_json::value::RawValue;

use super::email;

/// A user's record: the 17 keys that the vendor's server sends, then those of its published schema that do no harm.
#[derive(Debug, Serialize)]
pub(crate) struct View<'a> {
    access_token: String,
    account_id: Option<i64>,
    available_name: &'a str,
    avatar_url: &'a str,
    confirmed: bool,
    display_name: Option<&'a str>,
    message_signature: (),
    email: Option<String>,
    id: i64,
    name: &'a str,
    provider: &'static str,
    pubsub_token: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    custom_attributes: Option<&'a RawValue>,
    role: Option<&'static str>,
    ui_settings: Empty,
    uid: Option<String>,
    accounts: Vec<Account<'a>>,
    inviter_id: (),
    #[serde(rename = "type")]
    kind: (),
}

/// `{}`
#[derive(Debug, Serialize)]
struct Empty {}

/// An account of a user: the four keys that the vendor's server sends, then those of its published schema.
#[derive(Debug, Serialize)]
struct Account<'a> {
    id: i64,
    name: &'a str,
    active_at: (),
    role: Option<&'static str>,
    status: &'static str,
    permissions: Vec<&'static str>,
    availability: &'static str,
    availability_status: &'static str,
    auto_offline: bool,
    custom_role_id: (),
    custom_role: (),
}

/// The record of a user who is in these accounts.
pub(crate) fn view<'a>(
    directory: &Directory,
    app: &AppId,
    user: &'a User,
    accounts: &'a [MemberAccount],
) -> View<'a> {
    let User {
        key: UserKey(key),
        uid: _,
        user_id: _,
        klaim_id: _,
        name: _,
        email,
        avatar,
        link: _,
        status_message: _,
        role: _,
        metadata: _,
        tags: _,
        last_active_at: _,
        created_at: _,
        updated_at: _,
        deactivated_at: _,
        display_name,
        custom_attributes,
        confirmed_at,
        pubsub_generation: _,
        klaim_metadata: _,
        credit_balance: _,
        creator: _,
    } = user;
    // Nobody has been active anywhere, so that the first membership counts.
    let first = accounts.iter().min_by_key(|account| account.membership);
    let email = email.as_ref().map(email::shown);
    View {
        access_token: access_tokens::of_user(directory, app, user),
        account_id: first.map(|account| account.id.0),
        available_name: available_name(user),
        avatar_url: avatar.as_deref().unwrap_or_default(),
        confirmed: confirmed_at.is_some(),
        display_name: display_name.as_deref(),
        message_signature: (),
        email: email.clone(),
        id: *key,
        name: user.shown_name(),
        provider: "email",
        pubsub_token: access_tokens::pubsub_of_user(directory, app, user),
        custom_attributes: custom_attributes.as_ref().and_then(raw),
        role: first.and_then(|account| account.role).map(MemberRole::as_str),
        ui_settings: Empty {},
        uid: email,
        accounts: accounts.iter().map(account).collect(),
        inviter_id: (),
        kind: (),
    }
}

fn account(account: &MemberAccount) -> Account<'_> {
    let MemberAccount { membership: _, id, name, status, role } = account;
    let role = role.map(MemberRole::as_str);
    Account {
        id: id.0,
        name,
        active_at: (),
        role,
        status: status.as_str(),
        permissions: role.into_iter().collect(),
        availability: "online",
        availability_status: "offline",
        auto_offline: true,
        custom_role_id: (),
        custom_role: (),
    }
}

fn available_name(user: &User) -> &str {
    let display_name = user.display_name.as_deref().filter(|name| !name.trim().is_empty());
    display_name.unwrap_or(user.shown_name())
}

/// A document as it is kept; an empty one is left out.
fn raw(document: &Document) -> Option<&RawValue> {
    let kept = Some(document).filter(|document| !document.is_empty())?;
    serde_json::from_str(kept.as_str()).ok()
}

/// A user's access token.
#[derive(Debug, Serialize)]
pub(super) struct Token<'a> {
    access_token: String,
    expiry: (),
    user: Owner<'a>,
}

#[derive(Debug, Serialize)]
struct Owner<'a> {
    id: i64,
    name: &'a str,
    display_name: Option<&'a str>,
    email: Option<String>,
    pubsub_token: String,
}

/// The access token of a user.
pub(super) fn token<'a>(directory: &Directory, app: &AppId, user: &'a User) -> Token<'a> {
    Token {
        access_token: access_tokens::of_user(directory, app, user),
        expiry: (),
        user: Owner {
            id: user.key.0,
            name: user.shown_name(),
            display_name: user.display_name.as_deref(),
            email: user.email.as_ref().map(email::shown),
            pubsub_token: access_tokens::pubsub_of_user(directory, app, user),
        },
    }
}

/// Where a login link leads.
#[derive(Debug, Serialize)]
pub(super) struct Link {
    pub(super) url: String,
}

/// The address of a login link: everything but letters, digits and `-._~` is escaped.
pub(super) fn link(frontend_url: &str, address: &Email, token: &str) -> Link {
    const ESCAPED: &percent_encoding::AsciiSet = &percent_encoding::NON_ALPHANUMERIC
        .remove(b'-')
        .remove(b'.')
        .remove(b'_')
        .remove(b'~');
    let email = email::shown(address);
    let email = percent_encoding::utf8_percent_encode(&email, ESCAPED);
    Link {
        url: format!("{frontend_url}/app/login?email={email}&sso_auth_token={token}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_is_escaped() {
        let email = Email::parse("Ines+1.a_b-c~é&@Shop.test").unwrap();
        assert_eq!(
            link("https://x.test", &email, "0f").url,
            "https://x.test/app/login?email=ines%2B1.a_b-c~%C3%A9%26%40shop.test&sso_auth_token=0f"
        );
    }
}
