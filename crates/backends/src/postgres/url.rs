//! From a `postgresql://` URL to what is connected to, and how.

use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use stillroom_core::{BackendError, Result};
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode};

/// How long connecting may take.
const CONNECT_TIME: Duration = Duration::from_secs(10);
/// How long a connection may be silent before it is asked whether it is still there.
const SILENT_TIME: Duration = Duration::from_secs(30);
/// How long it may owe an answer to the network itself.
const LOST_TIME: Duration = Duration::from_secs(30);

/// Where a database is.
pub(super) struct Target {
    pub(super) config: Config,
    pub(super) tls: Tls,
    /// Host, port and database, without secrets.
    pub(super) location: String,
    /// Whether the server is on this machine.
    pub(super) is_local: bool,
}

/// Whether what is sent can be read on the way, and who is believed at the other end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Tls {
    /// In the clear: to this machine, or because the URL says so.
    Off,
    /// The server's certificate is compared with its name; what vouches for it is this file, else the system.
    Verified(Option<PathBuf>),
}

impl Target {
    /// # Errors
    /// `Invalid`, which never repeats the URL: it may hold a password.
    pub(super) fn parse(url: &str) -> Result<Self> {
        let (plain, options) = Options::take(url)?;
        let mut config = Config::from_str(&plain).map_err(|error| {
            let why =
                std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
            invalid(format!("the database's URL can't be read: {why}"))
        })?;
        let is_local = config.get_hosts().iter().all(is_local);
        let tls = options.tls(is_local)?;
        config
            .ssl_mode(if tls == Tls::Off { SslMode::Disable } else { SslMode::Require })
            .connect_timeout(CONNECT_TIME)
            .keepalives_idle(SILENT_TIME)
            .tcp_user_timeout(LOST_TIME)
            .application_name("stillroom");
        let location = location(&config)?;
        Ok(Self { config, tls, location, is_local })
    }
}

/// What a URL says that the driver does not know, or knows otherwise.
#[derive(Default)]
struct Options {
    ssl_mode: Option<String>,
    root_certificate: Option<PathBuf>,
}

impl Options {
    /// The URL without them, and them.
    fn take(url: &str) -> Result<(String, Self)> {
        let Some((plain, query)) = url.split_once('?') else { return Ok((url.to_owned(), Self::default())) };
        let mut options = Self::default();
        let mut rest = Vec::new();
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            match parameter.split_once('=') {
                Some(("sslmode", mode)) => options.ssl_mode = Some(mode.to_owned()),
                Some(("sslrootcert", path)) => {
                    let path = crate::connect::decode_percent(path)
                        .ok_or_else(|| invalid("a `%` in `sslrootcert` is written `%25`".to_owned()))?;
                    options.root_certificate = (path != "system").then(|| path.into());
                }
                _ => rest.push(parameter),
            }
        }
        let plain = if rest.is_empty() { plain.to_owned() } else { format!("{plain}?{}", rest.join("&")) };
        Ok((plain, options))
    }

    fn tls(self, is_local: bool) -> Result<Tls> {
        match (self.ssl_mode.as_deref(), self.root_certificate) {
            (Some("disable"), Some(_)) => Err(invalid(
                "`sslmode=disable` has no use for `sslrootcert`; leave one of them out".to_owned(),
            )),
            (Some("disable"), None) => Ok(Tls::Off),
            (None | Some("allow" | "prefer"), None) if is_local => Ok(Tls::Off),
            (None | Some("allow" | "prefer" | "require" | "verify-ca" | "verify-full"), certificate) => {
                Ok(Tls::Verified(certificate))
            }
            (Some(_), _) => Err(invalid(
                "`sslmode` is `disable`, or `verify-full`, which is what every other word means here"
                    .to_owned(),
            )),
        }
    }
}

fn is_local(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            name == "localhost" || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    }
}

fn location(config: &Config) -> Result<String> {
    let Some(host) = config.get_hosts().first() else {
        return Err(invalid("the database's URL names no host".to_owned()));
    };
    let host = match host {
        // The rest of a password, whose `@` ended it too soon.
        Host::Tcp(name) if name.contains('@') => {
            return Err(invalid("a `@` in the password of the database's URL is written `%40`".to_owned()));
        }
        Host::Tcp(name) => name.clone(),
        #[cfg(unix)]
        Host::Unix(folder) => folder.display().to_string(),
    };
    let port = config.get_ports().first().copied().unwrap_or(5432);
    let Some(user) = config.get_user().filter(|user| !user.is_empty()) else {
        return Err(invalid("the database's URL names no user".to_owned()));
    };
    Ok(format!("postgresql://{host}:{port}/{}", config.get_dbname().unwrap_or(user)))
}

fn invalid(message: String) -> BackendError {
    BackendError::Invalid { message }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tls_is_verified_unless_the_server_is_here_or_the_url_says_otherwise() {
        let verified = Tls::Verified(None);
        let by_file = Tls::Verified(Some("/etc/ca.pem".into()));
        let cases = [
            ("postgresql://u:p@127.0.0.1/db", Tls::Off),
            ("postgres://u@[::1]/db", Tls::Off),
            ("postgresql://u@localhost/db?sslmode=prefer", Tls::Off),
            ("postgresql://u@localhost/db?sslmode=require", verified.clone()),
            ("postgresql://u@db.example.org/db", verified.clone()),
            ("postgresql://u@db.example.org/db?sslmode=prefer&connect_timeout=3", verified.clone()),
            ("postgresql://u@db.example.org/db?sslmode=verify-full&sslrootcert=/etc/ca.pem", by_file),
            ("postgresql://u@db.example.org/db?sslrootcert=system", verified),
            ("postgresql://u@db.example.org/db?sslmode=disable", Tls::Off),
        ];

        for (url, tls) in cases {
            assert_eq!(Target::parse(url).unwrap().tls, tls, "{url}");
        }
    }

    #[test]
    fn a_place_has_no_secrets() {
        let cases = [
            ("postgresql://u:hunter2@h:6543/db", "postgresql://h:6543/db"),
            ("postgresql://u:hunter2@h", "postgresql://h:5432/u"),
        ];

        for (url, location) in cases {
            assert_eq!(Target::parse(url).unwrap().location, location);
        }
    }

    #[test]
    fn what_is_no_url_is_refused_without_being_repeated() {
        let urls = [
            "postgresql://u:hunter2@h:port/db",
            "postgresql://u:hunter2@h/db?sslmode=maybe",
            "postgresql://u:hunter2@h/db?hunter2=hunter2",
            "postgresql://u:hunter2@h/db?sslmode=disable&sslrootcert=/etc/hunter2",
            "postgresql://:hunter2@h/db",
            "postgresql://u:p@hunter2@h/db",
            "postgresql:///hunter2",
        ];

        for url in urls {
            let message = Target::parse(url).map(drop).unwrap_err().to_string();
            assert!(!message.contains("hunter2@") && !message.contains("=hunter2"), "{url}: {message}");
        }
    }
}
