//! How many requests an app may make.

/// An app's own rate limits, requests in a minute for each class of operation (CometChat, rate limits page). Where
/// there is none, the configuration's holds; zero means no limit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// For logging in, and for making and removing users.
    pub core: Option<u32>,
    /// For everything else, together.
    pub standard: Option<u32>,
}
