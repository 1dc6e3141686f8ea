//! From a project's URL to where its API answers.

use stillroom_core::{BackendError, Result};

use crate::web::{is_loopback, secure};

/// What a project with a domain of its own is named by.
const CUSTOM: &str = "supabase+";
/// The hosts of projects without.
const HOSTS: &str = ".supabase.co";

/// A project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Project {
    /// Scheme, host and port; nothing follows.
    pub(crate) origin: String,
}

impl Project {
    /// The project at `https://<ref>.supabase.co`, at `supabase+https://` and a domain of its own, or, with
    /// `http://`, on this computer.
    ///
    /// # Errors
    /// `Invalid`, with the fix; it never repeats what could be a key.
    pub(crate) fn parse(url: &str) -> Result<Self> {
        let (plain, is_custom) = match url.strip_prefix(CUSTOM) {
            Some(plain) => (plain, true),
            None => (url, false),
        };
        if plain.contains('#') {
            return Err(invalid(NOTHING_FOLLOWS));
        }
        let uri = secure(plain, "the project's URL")?;
        let host = uri.host().unwrap_or_default().to_ascii_lowercase();
        if matches!(host.as_str(), "supabase.com" | "www.supabase.com" | "app.supabase.com") {
            return Err(invalid(
                "this is the dashboard's address; the project's URL is `https://<ref>.supabase.co`, under \
                 *Project Settings*, *Data API*",
            ));
        }
        if uri.query().is_some() || !matches!(uri.path(), "" | "/") {
            return Err(invalid(NOTHING_FOLLOWS));
        }
        let is_project = host.strip_suffix(HOSTS).is_some_and(|name| !name.is_empty() && !name.contains('.'));
        if !is_custom && !is_project && !is_loopback(&host) {
            return Err(invalid(if host.ends_with(HOSTS) {
                "a project's URL is `https://<ref>.supabase.co`, with nothing before its ref"
            } else {
                "a store at `https://` is a Supabase project, `https://<ref>.supabase.co`; for one with a domain of \
                 its own, write `supabase+https://…`"
            }));
        }
        let scheme = uri.scheme_str().unwrap_or("https");
        let port = uri.port_u16().map_or(String::new(), |port| format!(":{port}"));
        Ok(Self { origin: format!("{scheme}://{host}{port}") })
    }
}

const NOTHING_FOLLOWS: &str = "a project's URL ends after its host; leave out what follows, the key included";

fn invalid(why: &str) -> BackendError {
    BackendError::Invalid { message: why.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_is_where_its_url_says() {
        let cases = [
            ("https://abcdefghijklmnopqrst.supabase.co", "https://abcdefghijklmnopqrst.supabase.co"),
            ("https://abcdefghijklmnopqrst.supabase.co/", "https://abcdefghijklmnopqrst.supabase.co"),
            ("https://ABCdefghijklmnopqrst.Supabase.co", "https://abcdefghijklmnopqrst.supabase.co"),
            ("supabase+https://api.example.org", "https://api.example.org"),
            ("supabase+https://api.example.org:8443", "https://api.example.org:8443"),
            ("http://127.0.0.1:54321", "http://127.0.0.1:54321"),
            ("http://localhost:54321/", "http://localhost:54321"),
            ("supabase+http://[::1]:54321", "http://[::1]:54321"),
        ];

        for (url, origin) in cases {
            assert_eq!(Project::parse(url).unwrap().origin, origin, "{url}");
        }
    }

    #[test]
    fn what_is_no_project_is_refused_with_the_fix() {
        let cases = [
            ("https://api.example.org", "supabase+https://"),
            ("https://db.abcdefghijklmnopqrst.supabase.co", "nothing before its ref"),
            ("https://.supabase.co", "nothing before its ref"),
            ("https://abcdefghijklmnopqrst.supabase.co/rest/v1", "ends after its host"),
            ("https://abcdefghijklmnopqrst.supabase.co?apikey=hunter2", "ends after its host"),
            ("https://abcdefghijklmnopqrst.supabase.co/#hunter2", "ends after its host"),
            ("https://hunter2@abcdefghijklmnopqrst.supabase.co", "no user or password"),
            ("https://supabase.com/dashboard/project/abcdefghijklmnopqrst", "dashboard"),
            ("http://abcdefghijklmnopqrst.supabase.co", "use `https://`"),
            ("supabase+http://api.example.org", "use `https://`"),
            ("supabase+ftp://api.example.org", "begins with `https://`"),
            ("https://supabase.co.example.org", "supabase+https://"),
        ];

        for (url, fix) in cases {
            let message = Project::parse(url).unwrap_err().to_string();
            assert!(message.contains(fix) && !message.contains("hunter2"), "{url}: {message}");
        }
    }
}
