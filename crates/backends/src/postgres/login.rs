//! A login for an app: one that can do no more than what its owners may.

use std::fmt;

use postgres_protocol::password;
use stillroom_core::{BackendError, Result};
use tokio_postgres::types::Type;
use uuid::Uuid;

use super::connection::Connection;
use super::url::Target;
use crate::remote::Failure;

/// Roles that mean something already.
const TAKEN: [&str; 8] = [
    "anon",
    "authenticated",
    "authenticator",
    "postgres",
    "public",
    "service_role",
    "stillroom_app",
    "stillroom_keeper",
];
/// How many bytes of a role's name a server keeps.
const NAME_LEN: usize = 63;

/// How a login comes to its rights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LoginShape {
    /// It is in `stillroom_app`, whose rights are its own.
    #[default]
    App,
    /// It has no rights, and becomes `authenticated` for each transaction.
    Authenticated,
}

impl LoginShape {
    /// The role that it is put into.
    pub const fn role(self) -> &'static str {
        match self {
            Self::App => "stillroom_app",
            Self::Authenticated => "authenticated",
        }
    }
}

/// What became of a login.
#[derive(Debug, PartialEq, Eq)]
pub enum Login {
    /// It was made.
    Made(LoginUrl),
    /// It was there before, and keeps its password.
    Present {
        /// Whether it is in the role that the shape asks for.
        is_member: bool,
    },
}

/// What a login connects with, its password included: nobody else has seen that, not even the server.
#[derive(PartialEq, Eq)]
pub struct LoginUrl(String);

impl LoginUrl {
    /// The URL, to be kept as the secret that it is.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for LoginUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LoginUrl(***)")
    }
}

/// Makes the login `name` in the database at `url`, with a random password; one that is there is left alone.
///
/// # Errors
/// `Invalid` for a name that can't be a login's; `Denied` when the asker may not make logins.
pub fn make_login(url: &str, name: &str, shape: LoginShape) -> Result<Login> {
    const FIND: &str = "select coalesce((
        select pg_catalog.pg_has_role(r.oid, g.oid, 'member') from pg_catalog.pg_roles g where g.rolname = $2), false)
        from pg_catalog.pg_roles r where r.rolname = $1";
    check_name(name)?;
    let target = Target::parse(url)?;
    let connection = Connection::open(&target)?;
    let told = |failure| told(failure, name, shape, &target.location);
    let role = shape.role();
    let found = connection.query(FIND, &[(&name, Type::TEXT), (&role, Type::TEXT)]).map_err(told)?;
    if let Some(row) = found.first() {
        return Ok(Login::Present { is_member: row.get(0) });
    }
    // 244 random bits, without a letter that a URL or a shell would read as something else.
    let password = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
    let (ident, inherit) = (identifier(name), if shape == LoginShape::App { "" } else { " noinherit" });
    // What the server gets, and may write into its log, is a proof and not the password.
    let proof = password::scram_sha_256(password.as_bytes());
    let make = format!(
        "begin; create role {ident} login{inherit} nosuperuser nocreatedb nocreaterole password '{proof}'; \
         grant {role} to {ident}; commit"
    );
    connection.run(&make).map_err(told)?;
    Ok(Login::Made(LoginUrl(with_login(url, target.config.get_user().unwrap_or_default(), name, &password))))
}

/// `name` as SQL has it.
pub(super) fn identifier(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn check_name(name: &str) -> Result<()> {
    let is_name = !name.is_empty() && name.len() <= NAME_LEN && !name.contains(char::is_control);
    let message = if !is_name {
        format!("a login's name has 1 to {NAME_LEN} bytes and no control characters: `{name}`")
    } else if name.starts_with("pg_") || TAKEN.contains(&name) {
        format!("this name is another role's; choose one for the app, such as `stillroom_login`: `{name}`")
    } else {
        return Ok(());
    };
    Err(BackendError::Invalid { message })
}

fn told(failure: Failure, name: &str, shape: LoginShape, location: &str) -> BackendError {
    let Failure::Refused(refusal) = failure else { return failure.at(location) };
    let (name, role) = (identifier(name), shape.role());
    match refusal.code.as_str() {
        "42501" => BackendError::Denied {
            message: format!(
                "this login may not make others that are in {role}; an administrator runs \
                 `create role {name} login password '…'; grant {role} to {name};` at `{location}`"
            ),
            source: Some(refusal.into()),
        },
        "42704" => BackendError::Invalid {
            message: format!("there is no role {role}; run `stillroom migrate` first: `{location}`"),
        },
        _ => Failure::Refused(refusal).at(location),
    }
}

/// `url` with another login. Supabase's pooler finds the project by what follows the dot in a user's name.
fn with_login(url: &str, user: &str, name: &str, password: &str) -> String {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let place = rest.split_once('@').map_or(rest, |(_, place)| place);
    let (place, query) = place.split_once('?').unwrap_or((place, ""));
    let is_pooler = place.split(['/', ':']).next().is_some_and(|host| host.ends_with(".pooler.supabase.com"));
    let project = user
        .split_once('.')
        .filter(|_| is_pooler)
        .map_or(String::new(), |(_, project)| format!(".{project}"));
    let is_ours = |parameter: &&str| !["user=", "password="].iter().any(|known| parameter.starts_with(known));
    let query: Vec<_> = query.split('&').filter(|parameter| !parameter.is_empty()).filter(is_ours).collect();
    let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
    format!("postgresql://{}{project}:{password}@{place}{query}", encode_percent(name))
}

fn encode_percent(text: &str) -> String {
    let encode = |byte: u8| match byte {
        b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => char::from(byte).to_string(),
        byte => format!("%{byte:02x}"),
    };
    text.bytes().map(encode).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_connects_where_who_made_it_did() {
        let cases = [
            (
                "postgresql://postgres:old@h:6543/db?sslmode=disable",
                "postgresql://app:new@h:6543/db?sslmode=disable",
            ),
            (
                "postgres://h/db?user=postgres&password=old&sslrootcert=/ca",
                "postgresql://app:new@h/db?sslrootcert=/ca",
            ),
            (
                "postgresql://postgres.abc:old@aws-0-eu.pooler.supabase.com:6543/postgres",
                "postgresql://app.abc:new@aws-0-eu.pooler.supabase.com:6543/postgres",
            ),
            ("postgresql://post.gres@h/db", "postgresql://app:new@h/db"),
        ];

        for (url, made) in cases {
            let user = Target::parse(url).unwrap().config.get_user().unwrap().to_owned();
            assert_eq!(with_login(url, &user, "app", "new"), made);
        }
        assert_eq!(with_login("postgresql://u@h/db", "u", "an app", "p"), "postgresql://an%20app:p@h/db");
    }

    #[test]
    fn a_name_that_means_something_else_is_no_login() {
        for name in
            ["", "pg_monitor", "postgres", "service_role", "stillroom_keeper", "two\nlines", &"x".repeat(64)]
        {
            assert!(check_name(name).is_err(), "{name:?}");
        }
        assert!(check_name("stillroom_login").is_ok());
    }

    #[test]
    fn a_url_with_a_password_never_shows() {
        assert_eq!(format!("{:?}", Login::Made(LoginUrl("hunter2".to_owned()))), "Made(LoginUrl(***))");
    }
}
