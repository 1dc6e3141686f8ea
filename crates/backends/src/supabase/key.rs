//! The key that an app names its project by. It is no secret, and still shown nowhere.

use stillroom_core::{BackendError, Result, Secret};

use crate::tokens::role;

/// A key that an app may have.
pub(super) struct Key(Secret);

impl Key {
    /// # Errors
    /// `Invalid` for a key that passes by all rights, and for what is no key.
    pub(super) fn parse(key: &Secret) -> Result<Self> {
        let text = key.expose().trim();
        let wrong = if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            "a project's key is one word, `sb_publishable_…`"
        } else if text.starts_with("sb_publishable_") {
            return Ok(Self(Secret::new(text)));
        } else if text.starts_with("sb_secret_") {
            SEES_ALL
        } else {
            match role(text).as_deref() {
                Some("anon") => return Ok(Self(Secret::new(text))),
                Some("service_role") => SEES_ALL,
                Some(_) => "this is somebody's token; the key is the project's, `sb_publishable_…`",
                None => "this is no key of a project; take the one that begins with `sb_publishable_`",
            }
        };
        Err(BackendError::Invalid { message: wrong.to_owned() })
    }

    pub(super) fn expose(&self) -> &str {
        self.0.expose()
    }
}

const SEES_ALL: &str = "this is the project's secret key, which sees everyone's results and must not be in an app; \
    take the publishable one, `sb_publishable_…`";

#[cfg(test)]
mod tests {
    use base64::Engine;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::*;

    /// A key of the kind that projects had before, signed by nobody.
    fn legacy(role: &str) -> String {
        let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let payload = format!(r#"{{"iss":"supabase","ref":"abc","role":"{role}","exp":2000000000}}"#);
        format!("{}.{}.{}", encode(r#"{"alg":"HS256","typ":"JWT"}"#), encode(&payload), encode("signature"))
    }

    #[test]
    fn an_app_takes_the_publishable_key_and_no_other() {
        let cases = [
            ("sb_publishable_hunter2_x".to_owned(), None),
            (" sb_publishable_hunter2_x\n".to_owned(), None),
            (legacy("anon"), None),
            (legacy("service_role"), Some("sees everyone's results")),
            ("sb_secret_hunter2_x".to_owned(), Some("sees everyone's results")),
            (legacy("authenticated"), Some("somebody's token")),
            ("hunter2".to_owned(), Some("no key of a project")),
            (String::new(), Some("one word")),
            ("sb_publishable_hunter2\r\nx: y".to_owned(), Some("one word")),
        ];

        for (key, wrong) in cases {
            match (Key::parse(&Secret::new(key.as_str())), wrong) {
                (Ok(parsed), None) => assert_eq!(parsed.expose(), key.trim()),
                (Err(error), Some(words)) => {
                    let message = error.to_string();
                    assert!(message.contains(words) && !message.contains("hunter2"), "{message}");
                }
                (answer, _) => panic!("{key}: {:?}", answer.map(drop)),
            }
        }
    }
}
