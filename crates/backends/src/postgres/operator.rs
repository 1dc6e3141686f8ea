//! The whole store: what the role may do that migrated it.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use serde_json::json;
use stillroom_core::{Operator, Owner, Principal, Result, Sweep, Swept};
use tokio_postgres::Row;
use tokio_postgres::types::{ToSql, Type};
use uuid::Uuid;

use super::connection::{Connection, STATEMENT_TIME};
use super::pool::claims;
use super::url::Target;
use crate::remote::{self, Failure};

struct Keeper {
    connection: Mutex<Connection>,
    location: String,
}

/// Connects as whoever migrated the database at `url`; the second is where that is.
///
/// # Errors
/// As a connection fails.
pub(crate) fn operator(url: &str) -> Result<(Arc<dyn Operator>, String)> {
    let target = Target::parse(url)?;
    let connection = Mutex::new(Connection::open(&target)?);
    let location = target.location;
    Ok((Arc::new(Keeper { connection, location: location.clone() }), location))
}

impl Keeper {
    fn ask(
        &self,
        role: &str,
        claims: &str,
        sql: &str,
        parameters: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<Vec<Row>, Failure> {
        let prologue = format!("begin; set local statement_timeout = {}{role}", STATEMENT_TIME.as_millis());
        let connection = self.connection.lock().unwrap_or_else(PoisonError::into_inner);
        connection.ask(&prologue, claims, sql, parameters)
    }

    fn owners_where(&self, condition: &str) -> Result<Vec<Owner>, Failure> {
        let sql = format!(
            "select user_id::pg_catalog.text from public.app_result_owners where {condition} order by user_id"
        );
        let rows = self.ask("", "", &sql, &[])?;
        let owner = |row: &Row| Uuid::parse_str(row.get(0)).ok().map(Owner::new);
        Ok(rows.iter().filter_map(owner).collect())
    }
}

#[async_trait]
impl Operator for Keeper {
    async fn owners(&self) -> Result<Vec<Owner>> {
        self.owners_where("versions > 0").map_err(|failure| failure.at(&self.location))
    }

    async fn set_quota(&self, owner: Owner, quota: Option<u64>) -> Result<()> {
        const SET: &str = "insert into public.app_result_owners (user_id, quota, seen_at) \
            values ($1::pg_catalog.uuid, $2, '-infinity') on conflict (user_id) do update set quota = excluded.quota";
        let quota = quota.map(|quota| i64::try_from(quota).unwrap_or(i64::MAX));
        let owner = owner.to_string();
        let set = self.ask("", "", SET, &[(&owner, Type::TEXT), (&quota, Type::INT8)]);
        set.map(drop).map_err(|failure| failure.at(&self.location))
    }

    async fn sweep_all(&self, sweep: Sweep) -> Result<Swept> {
        let asked = remote::sweep_asked(sweep).to_string();
        let sweep_of = |owner: Owner| {
            let claims = claims(&Principal::local(owner));
            let sql = "select stillroom.sweep($1::pg_catalog.jsonb)::pg_catalog.text";
            let rows =
                self.ask("; set local role stillroom_keeper", &claims, sql, &[(&asked, Type::TEXT)])?;
            let answer = rows.first().map_or_else(|| json!({}).to_string(), |row| row.get(0));
            remote::swept(answer.as_bytes())
        };
        let sweep_owners =
            || self.owners_where("true")?.into_iter().map(sweep_of).sum::<Result<Swept, Failure>>();
        sweep_owners().map_err(|failure| failure.at(&self.location))
    }
}
