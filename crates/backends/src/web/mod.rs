//! Asking over HTTPS: one question, one answer, on the caller's thread.
//!
//! Nothing is followed, kept or tried again here: a redirect is an answer like any other, and who asks knows what
//! may be asked twice. Nothing that was sent or answered is in an error.

mod error;
mod place;
#[cfg(test)]
pub(crate) mod served;

use std::mem;
use std::process;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use stillroom_core::{BackendError, Result};
use ureq::http::{HeaderMap, HeaderValue, Request};
use ureq::tls::{Certificate, RootCerts, TlsConfig, TlsProvider};
use ureq::{Agent, AsSendBody};

pub(crate) use error::{Unanswered, Why};
pub(crate) use place::{is_loopback, secure};

/// How long connecting may take.
const CONNECT_TIME: Duration = Duration::from_secs(10);
/// How long the other end may be silent: a gateway gives up an answer after 60 seconds.
const SILENT_TIME: Duration = Duration::from_secs(65);
/// How long one question and its answer may take in all.
const WHOLE_TIME: Duration = Duration::from_secs(300);

/// Keeps connections, and asks over them.
pub(crate) struct Web {
    agent: Mutex<(u32, Agent)>,
    /// What vouches for whoever is asked; none in the clear, on this computer.
    roots: Option<RootCerts>,
}

/// What is asked.
pub(crate) struct Question<'a> {
    pub(crate) method: &'static str,
    pub(crate) url: &'a str,
    /// Values may be secrets.
    pub(crate) headers: &'a [(&'static str, &'a str)],
    pub(crate) body: &'a [u8],
    /// How many bytes an answer may have.
    pub(crate) limit: u64,
}

/// What was answered.
pub(crate) struct Answer {
    pub(crate) status: u16,
    headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Web {
    /// Asks nothing yet. Whom to believe is what the system's certificates say.
    ///
    /// # Errors
    /// `Invalid` where there are none, and `url` needs one.
    pub(crate) fn for_url(url: &str) -> Result<Self> {
        if url.starts_with("http:") {
            return Ok(Self { agent: Mutex::new((process::id(), agent(None))), roots: None });
        }
        let certificates = rustls_native_certs::load_native_certs().certs;
        if certificates.is_empty() {
            let message = "this system has no certificates that could vouch for a server; install \
                 `ca-certificates`, or name a file by `$SSL_CERT_FILE`"
                .to_owned();
            return Err(BackendError::Invalid { message });
        }
        let certificates = certificates.iter().map(|one| Certificate::from_der(one).to_owned());
        let roots = RootCerts::from(certificates);
        Ok(Self { agent: Mutex::new((process::id(), agent(Some(&roots)))), roots: Some(roots) })
    }

    /// # Errors
    /// When no answer came, or not the whole of one; any status is an answer.
    pub(crate) fn ask(&self, question: &Question<'_>) -> Result<Answer, Unanswered> {
        let mut request = Request::builder().method(question.method).uri(question.url);
        for (name, value) in question.headers {
            let mut value = HeaderValue::from_str(value).map_err(|_| Unanswered::UNSENDABLE)?;
            value.set_sensitive(true);
            request = request.header(*name, value);
        }
        let agent = self.agent();
        let answer = match question.method {
            "GET" => run(&agent, request.body(())),
            _ => run(&agent, request.body(question.body)),
        }?;
        let (head, body) = answer.into_parts();
        let body = body.into_with_config().limit(question.limit).read_to_vec()?;
        Ok(Answer { status: head.status.as_u16(), headers: head.headers, body })
    }

    /// The connections of a process's parent are its parent's: they are left alone, not closed.
    fn agent(&self) -> Agent {
        let mut kept = self.agent.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.0 != process::id() {
            mem::forget(mem::replace(&mut *kept, (process::id(), agent(self.roots.as_ref()))));
        }
        kept.1.clone()
    }
}

impl Answer {
    /// A header's text; none where there is none, or it is no text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Whether what came says that it is JSON.
    pub(crate) fn is_json(&self) -> bool {
        self.header("content-type").is_some_and(|kind| kind.to_ascii_lowercase().contains("json"))
    }
}

fn run<B: AsSendBody>(
    agent: &Agent,
    request: Result<Request<B>, ureq::http::Error>,
) -> Result<ureq::http::Response<ureq::Body>, Unanswered> {
    Ok(agent.run(request.map_err(ureq::Error::from)?)?)
}

fn agent(roots: Option<&RootCerts>) -> Agent {
    let asking = match roots {
        Some(roots) => {
            let tls = TlsConfig::builder()
                .provider(TlsProvider::Rustls)
                .unversioned_rustls_crypto_provider(Arc::new(rustls::crypto::ring::default_provider()))
                .root_certs(roots.clone())
                .build();
            Agent::config_builder().tls_config(tls).https_only(true)
        }
        // What is meant for this computer is shown to no proxy, which would read it.
        None => Agent::config_builder().proxy(None),
    };
    asking
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .user_agent(concat!("stillroom/", env!("CARGO_PKG_VERSION")))
        .timeout_connect(Some(CONNECT_TIME))
        .timeout_per_read(Some(SILENT_TIME))
        .timeout_per_write(Some(SILENT_TIME))
        .timeout_global(Some(WHOLE_TIME))
        .build()
        .new_agent()
}
