//! The whole store: what the role may do that migrated it.

use std::sync::{Arc, Mutex, PoisonError};

use async_trait::async_trait;
use serde_json::json;
use stillroom_core::{BackendError, Operator, Owner, Principal, Result, Sweep, Swept};
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
/// As a connection fails; `Denied` for a login that sees its own results only; `Invalid` for a database that was
/// not made ready.
pub(crate) fn operator(url: &str) -> Result<(Arc<dyn Operator>, String)> {
    let (connection, location) = connect(url)?;
    Ok((Arc::new(Keeper { connection: Mutex::new(connection), location: location.clone() }), location))
}

/// A connection as whoever migrated the database at `url`, and where that is.
///
/// # Errors
/// As for [`operator`].
pub(super) fn connect(url: &str) -> Result<(Connection, String)> {
    // An app's login would find nobody's results but its own, and say that all is in order.
    const SEES_ALL: &str = "select c.oid is not null, coalesce(r.rolsuper or r.rolbypassrls
            or pg_catalog.pg_has_role(r.oid, c.relowner, 'usage'), false), r.rolname::text
        from pg_catalog.pg_roles r left join (
            pg_catalog.pg_class c join pg_catalog.pg_namespace n
            on n.oid = c.relnamespace and n.nspname = 'public' and c.relname = 'app_result_owners') on true
        where r.rolname = current_user";
    let target = Target::parse(url)?;
    let connection = Connection::open(&target)?;
    let location = target.location;
    let rows = connection.query(SEES_ALL, &[]).map_err(|failure| failure.at(&location))?;
    let (is_ready, sees_all) = rows.first().map_or((false, false), |row| (row.get(0), row.get(1)));
    if !is_ready {
        let message =
            format!("this database was not made ready for stillroom; run `stillroom migrate`: `{location}`");
        return Err(BackendError::Invalid { message });
    }
    if !sees_all {
        let login: String = rows.first().map_or_else(String::new, |row| row.get(2));
        let message = format!(
            "the login `{login}` sees one owner's results at a time; work on all owners is done by the one that \
             ran `stillroom migrate`: `{location}`"
        );
        return Err(BackendError::Denied { message, source: None });
    }
    Ok((connection, location))
}

/// The owners for whom this holds, in the order of their ids.
pub(super) fn owners(connection: &Connection, condition: &str) -> Result<Vec<Owner>, Failure> {
    let sql = format!(
        "select user_id::pg_catalog.text from public.app_result_owners where {condition} order by user_id"
    );
    let owner = |row: &Row| Uuid::parse_str(row.get(0)).ok().map(Owner::new);
    Ok(connection.query(&sql, &[])?.iter().filter_map(owner).collect())
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
        owners(&self.connection.lock().unwrap_or_else(PoisonError::into_inner), condition)
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
        let sweep_owners = || {
            let (mut swept, mut refused) = (Vec::new(), None);
            for owner in self.owners_where("true")? {
                match sweep_of(owner) {
                    Ok(one) => swept.push(one),
                    // One whose versions are counted wrongly is no reason to keep what the others deleted.
                    Err(failure @ Failure::Refused(_)) => refused = refused.or(Some(failure)),
                    Err(failure) => return Err(failure),
                }
            }
            refused.map_or_else(|| Ok(swept.into_iter().sum()), Err)
        };
        sweep_owners().map_err(|failure| failure.at(&self.location))
    }
}
