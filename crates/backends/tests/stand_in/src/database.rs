//! The project's database: as PostgREST logs in, and as its superuser for what a project knows beside.

use std::error::Error;
use std::sync::Mutex;

use bytes::BytesMut;
use postgres::types::{Format, IsNull, ToSql, Type};
use postgres::{Client, Config, NoTls};

use crate::locked;

/// Logins, of which each serves one request at a time and is kept for the next.
#[derive(Debug)]
pub(crate) struct Database {
    admin: Login,
    authenticator: Login,
}

struct Login {
    config: Config,
    idle: Mutex<Vec<Client>>,
}

impl Database {
    pub(crate) fn new(url: &str) -> Self {
        let admin: Config = url.parse().unwrap();
        let mut authenticator = admin.clone();
        authenticator.user("authenticator").password("authenticator").application_name("postgrest");
        Self { admin: Login::new(admin), authenticator: Login::new(authenticator) }
    }

    /// Does something as the superuser.
    pub(crate) fn as_admin<T>(
        &self,
        act: impl FnOnce(&mut Client) -> Result<T, postgres::Error>,
    ) -> Result<T, postgres::Error> {
        self.admin.with(act)
    }

    /// Does something as whom PostgREST logs in.
    pub(crate) fn as_authenticator<T, E: From<postgres::Error>>(
        &self,
        act: impl FnOnce(&mut Client) -> Result<T, E>,
    ) -> Result<T, E> {
        self.authenticator.with(act)
    }
}

impl Login {
    fn new(config: Config) -> Self {
        Self { config, idle: Mutex::default() }
    }

    fn with<T, E: From<postgres::Error>>(
        &self,
        act: impl FnOnce(&mut Client) -> Result<T, E>,
    ) -> Result<T, E> {
        let idle = locked(&self.idle).pop().filter(|client| !client.is_closed());
        let mut client = match idle {
            Some(client) => client,
            None => self.config.connect(NoTls)?,
        };
        let done = act(&mut client);
        if !client.is_closed() {
            locked(&self.idle).push(client);
        }
        done
    }
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Login").finish_non_exhaustive()
    }
}

/// A parameter: a text that the server reads as whatever type it takes there, which is how PostgREST gives them, or
/// bytes.
#[derive(Debug)]
pub(crate) enum Parameter {
    Text(Vec<u8>),
    Bytes(Vec<u8>),
}

impl ToSql for Parameter {
    fn to_sql(&self, _: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        let (Self::Text(bytes) | Self::Bytes(bytes)) = self;
        out.extend_from_slice(bytes);
        Ok(IsNull::No)
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn to_sql_checked(&self, of: &Type, out: &mut BytesMut) -> Result<IsNull, Box<dyn Error + Sync + Send>> {
        self.to_sql(of, out)
    }

    fn encode_format(&self, _: &Type) -> Format {
        match self {
            Self::Text(_) => Format::Text,
            Self::Bytes(_) => Format::Binary,
        }
    }
}
