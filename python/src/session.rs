//! Sessions of Supabase projects: Python keeps them as plain values, and passes them as what `facts` made.

use pyo3::prelude::*;
use pyo3::types::PyDict;
use stillroom::{Accounts, Credentials, Owner, Secret, Session, Timestamp};

use crate::enter::enter;
use crate::errors::{Fault, Result};
use crate::facts;
use crate::store::parse_owner;

/// Whether `url`, or without one `$STILLROOM_URL`, names a Supabase project.
#[pyfunction]
pub(crate) fn is_project(url: Option<&str>) -> Result<bool> {
    Ok(stillroom::is_project(url)?)
}

/// A session of whoever signs in to a project, by either a password or a code.
#[pyfunction]
pub(crate) fn sign_in<'py>(
    py: Python<'py>,
    url: Option<&str>,
    key: Option<String>,
    email: String,
    password: Option<String>,
    code: Option<String>,
) -> Result<Bound<'py, PyDict>> {
    let credentials = match (password, code) {
        (Some(password), None) => Credentials::Password { email, password: Secret::new(password) },
        (None, Some(code)) => Credentials::Code { email, code: Secret::new(code) },
        _ => return Err(Fault::invalid("sign in with either a password or a code")),
    };
    let key = key.map(Secret::new);
    facts::session(py, &enter(py, None, |_| stillroom::sign_in(url, key, &credentials))?)
}

/// Has a code sent.
#[pyfunction]
pub(crate) fn send_code(
    py: Python<'_>,
    url: Option<&str>,
    key: Option<String>,
    email: &str,
    may_sign_up: bool,
) -> Result<()> {
    let key = key.map(Secret::new);
    enter(py, None, |_| Accounts::of(url, key)?.send_code(email, may_sign_up))
}

/// Ends a session.
#[pyfunction]
pub(crate) fn sign_out(py: Python<'_>, key: Option<String>, session: &Bound<'_, PyDict>) -> Result<()> {
    let (session, key) = (parse(session)?, key.map(Secret::new));
    enter(py, None, |_| Accounts::of(Some(&session.url), key)?.sign_out(&session))
}

/// A session that came from Python.
pub(crate) fn parse(dict: &Bound<'_, PyDict>) -> Result<Session> {
    let get = |name: &str| {
        dict.get_item(name)?.ok_or_else(|| Fault::invalid(format!("this is no session; it has no {name}")))
    };
    let text = |name: &str| Ok::<_, Fault>(get(name)?.extract::<String>()?);
    Ok(Session {
        url: text("url")?,
        owner: Owner::new(parse_owner(&text("owner")?)?),
        is_anonymous: get("is_anonymous")?.extract()?,
        access_token: Secret::new(text("access_token")?),
        refresh_token: Secret::new(text("refresh_token")?),
        expires_at: Timestamp(get("expires_at")?.extract()?),
    })
}
