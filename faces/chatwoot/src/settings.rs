//! What the operator decides about this face.

use http::HeaderName;

/// Settings, from the configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Where login links lead, without a slash at the end.
    pub frontend_url: String,
    /// What an account's `support_email` is when it has none of its own.
    pub support_email: Option<String>,
    /// The features that accounts can have.
    pub features: Vec<String>,
    /// The features that a new account has.
    pub default_features: Vec<String>,
    /// The header in which a trusted proxy tells the client's address; without it the connection's own counts.
    pub client_address_header: Option<HeaderName>,
}

impl Default for Settings {
    fn default() -> Self {
        let names = |list: &[&str]| list.iter().map(|name| (*name).to_owned()).collect();
        Self {
            frontend_url: "http://127.0.0.1:8080".to_owned(),
            support_email: None,
            features: names(&FEATURES),
            default_features: names(&["agent_management", "help_center", "inbox_management", "labels"]),
            client_address_header: None,
        }
    }
}

const FEATURES: [&str; 26] = [
    "agent_bots",
    "agent_management",
    "audit_logs",
    "auto_resolve_conversations",
    "automations",
    "campaigns",
    "canned_responses",
    "channel_email",
    "channel_facebook",
    "channel_website",
    "crm",
    "custom_attributes",
    "custom_roles",
    "disable_branding",
    "email_continuity_on_api_channel",
    "help_center",
    "inbound_emails",
    "inbox_management",
    "integrations",
    "ip_lookup",
    "labels",
    "macros",
    "reports",
    "sla",
    "team_management",
    "voice_recorder",
];
