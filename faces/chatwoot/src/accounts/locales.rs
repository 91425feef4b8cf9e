//! The languages that an account can have.

/// The default one.
pub(super) const DEFAULT: &str = "en";

const LOCALES: [&str; 40] = [
    "ar", "bg", "ca", "cs", "da", "de", "el", "en", "es", "et", "fa", "fi", "fr", "he", "hu", "id", "is",
    "it", "ja", "ko", "lt", "lv", "ml", "nl", "no", "pl", "pt", "pt_BR", "ro", "ru", "sk", "sr", "sv", "ta",
    "th", "tr", "uk", "vi", "zh_CN", "zh_TW",
];

/// The language of this code, if there is one.
pub(super) fn parse(code: &str) -> Option<String> {
    LOCALES.contains(&code).then(|| code.to_owned())
}
