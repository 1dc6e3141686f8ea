//! One request, one transaction, as whom its token names.

use postgres::Transaction;
use serde_json::{Map, Value as Json};

use super::refusal::Refusal;
use crate::State;
use crate::http::Request;

/// By how many seconds PostgREST lets clocks differ.
const SKEW: i64 = 30;

/// What a role has set for itself (`alter role … set`), which `set role` alone would leave out.
const SETTINGS: &str = "
    select split_part(s, '=', 1), substr(s, strpos(s, '=') + 1)
    from pg_db_role_setting d join pg_roles r on r.oid = d.setrole, unnest(d.setconfig) s
    where r.rolname = $1 and d.setdatabase = 0";

const BECOME: &str = "
    select set_config('search_path', 'public, extensions', true), set_config('role', $1, true),
        set_config('request.jwt.claims', $2, true), set_config('request.method', $3, true),
        set_config('request.path', $4, true)";

/// Who asks.
#[derive(Debug)]
pub(crate) struct Asker {
    pub(crate) role: String,
    claims: String,
}

impl Asker {
    /// Whom a token names: it has to be signed, and valid now. Whom it is meant for is not looked at.
    pub(crate) fn of(state: &State, token: &str) -> Result<Self, Refusal> {
        let mut claims = state.keys().verify(token).map_err(Refusal::of_token)?;
        let now = state.now();
        let refuse = |message: &str| Err(Refusal::Token("PGRST303", message.to_owned(), None));
        if time(&claims, "exp")?.is_some_and(|exp| now - SKEW >= exp) {
            return refuse("JWT expired");
        }
        if time(&claims, "nbf")?.is_some_and(|nbf| now + SKEW < nbf) {
            return refuse("JWT not yet valid");
        }
        if time(&claims, "iat")?.is_some_and(|iat| now + SKEW < iat) {
            return refuse("JWT issued at future");
        }
        let role = claims.get("role").and_then(Json::as_str).unwrap_or("anon").to_owned();
        claims.insert("role".to_owned(), role.clone().into());
        Ok(Self { role, claims: Json::Object(claims).to_string() })
    }

    /// Whether it is somebody, and not just anybody.
    pub(crate) fn is_known(&self) -> bool {
        self.role != "anon"
    }

    /// Does something in a transaction; it is taken back if that is refused.
    pub(crate) fn transact<T>(
        &self,
        state: &State,
        request: &Request,
        is_read_only: bool,
        act: impl FnOnce(&mut Transaction<'_>) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let settings: Vec<(String, String)> = state.database.as_admin(|client| {
            let rows = client.query(SETTINGS, &[&self.role])?;
            Ok(rows.iter().map(|row| (row.get(0), row.get(1))).collect())
        })?;
        state.database.as_authenticator(|client| {
            let mut transaction = client.build_transaction().read_only(is_read_only).start()?;
            transaction.query_one(BECOME, &[&self.role, &self.claims, &request.method, &request.path])?;
            for (name, value) in &settings {
                transaction.query_one("select set_config($1, $2, true)", &[name, value])?;
            }
            let done = act(&mut transaction)?;
            transaction.commit()?;
            Ok(done)
        })
    }
}

fn time(claims: &Map<String, Json>, name: &str) -> Result<Option<i64>, Refusal> {
    let Some(said) = claims.get(name) else { return Ok(None) };
    let number = said.as_i64().or_else(|| said.as_f64().map(|seconds| seconds.floor() as i64));
    let message = format!("The JWT '{name}' claim must be a number");
    number.map(Some).ok_or(Refusal::Token("PGRST303", message, None))
}
