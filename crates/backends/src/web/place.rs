//! URLs that are asked.

use std::net::IpAddr;

use stillroom_core::{BackendError, Result};
use ureq::http::Uri;

/// The URL, when nobody on the way could read or change what goes there: HTTPS, or this computer itself.
///
/// # Errors
/// `Invalid`, which repeats nothing that could be a secret; `what` says what the URL is of.
pub(crate) fn secure(url: &str, what: &str) -> Result<Uri> {
    let invalid = |why: &str| BackendError::Invalid { message: format!("{why}: {what}") };
    let uri: Uri = url.parse().map_err(|_| invalid("this can't be read as a URL, `https://…`"))?;
    let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else {
        return Err(invalid("a URL begins with `https://` and a host"));
    };
    if authority.as_str().contains('@') {
        return Err(invalid("a URL of this kind has no user or password"));
    }
    match scheme {
        "https" => Ok(uri),
        "http" if uri.host().is_some_and(is_loopback) => Ok(uri),
        "http" => Err(invalid("`http://` can be read and changed on the way; use `https://`")),
        _ => Err(invalid("a URL begins with `https://`")),
    }
}

/// Whether a host is this computer.
pub(crate) fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_others_could_read_is_not_asked() {
        let cases = [
            ("https://abc.example/jwks.json", None),
            ("http://127.0.0.1:8000/jwks.json", None),
            ("http://[::1]:8000/", None),
            ("http://localhost/", None),
            ("http://abc.example/hunter2", Some("use `https://`")),
            ("http://127.0.0.1.example/", Some("use `https://`")),
            ("https://u:hunter2@abc.example/", Some("no user")),
            ("ftp://abc.example/", Some("begins with `https://`")),
            ("abc.example", Some("begins with `https://`")),
            ("/jwks.json", Some("begins with `https://`")),
            ("https://a b/hunter2", Some("can't be read")),
        ];

        for (url, fix) in cases {
            match (secure(url, "the keys"), fix) {
                (Ok(_), None) => {}
                (Err(error), Some(fix)) => {
                    let message = error.to_string();
                    assert!(message.contains(fix) && !message.contains("hunter2"), "{url}: {message}");
                }
                (answer, _) => panic!("{url}: {answer:?}"),
            }
        }
    }
}
