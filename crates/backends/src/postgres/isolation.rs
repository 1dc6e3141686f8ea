//! Tries, as one owner, everything that must not reach another's results, and takes all of it back.
//!
//! A trial is one transaction that is never committed: what it makes is gone when it ends, however it ends, and
//! even what should not have been possible did not happen. It goes through the login, the role and the pooler that
//! the app uses. That an app can claim to be anybody is no finding: its login is trusted to say who asks.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use stillroom_core::{Backend, BackendError, Owner, Principal, Result};
use tokio_postgres::types::Type;

use super::connection::{CLAIM, Connection};
use super::login::identifier;
use super::pool::{claims, prologue, role};
use super::url::Target;
use crate::remote::{self, Call, Carrier, Failure, Refusal};
use crate::{Check, Verdict};

/// A transaction that ends with nothing changed.
pub struct Trial {
    connection: Mutex<Connection>,
    location: String,
}

impl Trial {
    /// Begins one in the database at `url`.
    ///
    /// # Errors
    /// As a store is opened.
    pub fn begin(url: &str) -> Result<Self> {
        let target = Target::parse(url)?;
        let connection = Connection::open(&target)?;
        let role = role(&connection, &target.location)?;
        // Nobody waits for a trial, and it waits for nobody for long.
        let begin = format!("{}; set local lock_timeout = '2s'", prologue(false, role));
        connection.run(&begin).map_err(|failure| failure.at(&target.location))?;
        Ok(Self { connection: Mutex::new(connection), location: target.location })
    }

    /// A store whose calls are all part of the trial.
    pub fn backend(self: &Arc<Self>) -> Backend {
        remote::backend(Part(Arc::clone(self)), self.location.clone(), None)
    }

    /// Whether an owner must have an account.
    ///
    /// # Errors
    /// As a query fails.
    pub fn needs_accounts(&self) -> Result<bool> {
        const ASK: &str = "select exists (
            select from pg_catalog.pg_constraint f join pg_catalog.pg_class o on o.oid = f.conrelid
            join pg_catalog.pg_class u on u.oid = f.confrelid join pg_catalog.pg_namespace n on n.oid = u.relnamespace
            where f.contype = 'f' and o.relname = 'app_result_owners' and n.nspname = 'auth' and u.relname = 'users')";
        let rows = self.lock().query(ASK, &[]).map_err(|failure| failure.at(&self.location))?;
        Ok(rows.first().is_some_and(|row| row.get(0)))
    }

    /// What SQL of `asker`'s own comes to, where `other` has results in this trial.
    ///
    /// # Errors
    /// As a query fails that only asks what there is to try.
    pub fn attempts(&self, asker: Owner, other: Owner) -> Result<Vec<Check>> {
        let found = self.find().map_err(|failure| failure.at(&self.location))?;
        let on_tables =
            |sql: &dyn Fn(&str) -> String| found.tables.iter().map(|table| sql(table)).collect::<Vec<_>>();
        let nobody = String::new();
        let asker_claims = claims(&Principal::local(asker));
        let each = |name, sqls: Vec<String>, allowed| self.tried(name, &asker_claims, &sqls, allowed);
        Ok(vec![
            each("isolation-sql-select", on_tables(&|t| format!("select count(*) from {t} where user_id <> '{asker}'")), Allowed::Nothing),
            each("isolation-sql-insert", on_tables(&|t| format!("insert into {t} (user_id) values ('{other}')")), Allowed::Refusal),
            each("isolation-sql-forge", on_tables(&|t| forged(t, asker)), Allowed::Refusal),
            each("isolation-sql-update", on_tables(&|t| changed(&format!("update {t} set user_id = '{asker}' where user_id = '{other}'"))), Allowed::Nothing),
            each("isolation-sql-delete", on_tables(&|t| changed(&format!("delete from {t} where user_id = '{other}'"))), Allowed::Nothing),
            each("isolation-sql-truncate", on_tables(&|t| format!("truncate {t} cascade")), Allowed::Refusal),
            each("isolation-sql-unfiltered", on_tables(&|t| format!("set local row_security = off; select count(*) from {t}")), Allowed::Refusal),
            each("isolation-sql-functions", found.functions, Allowed::Refusal),
            each("isolation-sql-roles", found.roles.iter().flat_map(|role| {
                let role = identifier(role);
                [format!("set local role {role}"), format!("set local session authorization {role}")]
            }).collect(), Allowed::Refusal),
            each("isolation-sql-definitions", on_tables(&|t| format!("alter table {t} disable row level security"))
                .into_iter()
                .chain(on_tables(&|t| format!("create policy stillroom_trial on {t} using (true)")))
                .chain(["create function stillroom.trial() returns int language sql as 'select 1'".to_owned(),
                    "create or replace function auth.uid() returns uuid language sql stable as 'select null::uuid'".to_owned()])
                .collect(), Allowed::Refusal),
            self.tried("isolation-sql-nobody", &nobody, &on_tables(&|t| format!("select count(*) from {t}")), Allowed::Nothing),
        ])
    }

    /// What there is to try.
    fn find(&self) -> Result<Found, Failure> {
        const TABLES: &str = "select pg_catalog.format('%I.%I', n.nspname, c.relname)
            from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
            join pg_catalog.pg_attribute a on a.attrelid = c.oid and a.attname = 'user_id'
            where c.relkind in ('r', 'p')
                and (n.nspname = 'stillroom' or (n.nspname = 'public' and c.relname ~ '^app_result'))
            order by 1";
        // Called with nulls: whether it may be run at all is asked first.
        const FUNCTIONS: &str = r"select pg_catalog.format('select stillroom.%I(%s)', p.proname, (
                select pg_catalog.string_agg(pg_catalog.format('null::%s', pg_catalog.format_type(t, null)), ', ' order by n)
                from pg_catalog.unnest(p.proargtypes::oid[]) with ordinality as a(t, n)))
            from pg_catalog.pg_proc p join pg_catalog.pg_namespace n on n.oid = p.pronamespace
            where n.nspname = 'stillroom' and p.prorettype <> 'pg_catalog.trigger'::pg_catalog.regtype
                -- Asked by triggers, as whoever writes.
                and p.proname <> 'is_ours'
                and not exists (
                    select from pg_catalog.pg_proc o join pg_catalog.pg_namespace s on s.oid = o.pronamespace
                    where s.nspname = 'public' and o.proname = 'stillroom_' || p.proname)
            order by 1";
        const ROLES: &str = "select rolname::text from pg_catalog.pg_roles r
            where r.rolsuper or r.rolbypassrls or r.rolname in ('stillroom_keeper', 'service_role', 'postgres')
                or r.oid in (select relowner from pg_catalog.pg_class where relname = 'app_result_owners')
            order by 1";
        let connection = self.lock();
        let all = |sql| -> Result<Vec<String>, Failure> {
            Ok(connection.query(sql, &[])?.iter().map(|row| row.get(0)).collect())
        };
        Ok(Found { tables: all(TABLES)?, functions: all(FUNCTIONS)?, roles: all(ROLES)? })
    }

    fn tried(&self, name: &'static str, claims: &str, sqls: &[String], allowed: Allowed) -> Check {
        let mut reached = Vec::new();
        for sql in sqls {
            match self.attempt(claims, sql) {
                Ok(0) if allowed == Allowed::Nothing => {}
                Ok(_) => reached.push(format!("`{sql}` went through")),
                Err(failure) if failure.is("42501") => {}
                // A role that was dropped meanwhile is nobody.
                Err(Failure::Refused(refusal)) if is_gone(&refusal) => {}
                // Stopped by something else than a right, it was let in.
                Err(Failure::Refused(refusal)) if !is_passing(&refusal.code) => {
                    reached.push(format!("`{sql}` was stopped by no right, but: {refusal}"));
                }
                Err(failure) => return Check::new(name, Verdict::Failed(failure.at(&self.location))),
            }
        }
        let verdict = if reached.is_empty() {
            let what = if allowed == Allowed::Nothing { "reached nothing" } else { "refused" };
            Verdict::Good(format!("{what}: {} tried", sqls.len()))
        } else {
            let message = format!("one owner reached another's: {}: `{}`", reached.join("; "), self.location);
            Verdict::Failed(BackendError::Denied { message, source: None })
        };
        Check::new(name, verdict)
    }

    /// Runs statements and takes them back; how many rows the last of them spoke of, where it says so.
    fn attempt(&self, claims: &str, sql: &str) -> Result<i64, Failure> {
        let connection = self.lock();
        connection.run("savepoint stillroom_attempt")?;
        let done = (|| {
            connection.query(CLAIM, &[(&claims, Type::TEXT)])?;
            let (before, last) = sql.rsplit_once("; ").unwrap_or(("", sql));
            connection.run(before)?;
            let rows = connection.query(last, &[])?;
            // A count is one row; whatever answers otherwise was not refused.
            Ok(rows.first().map_or(1, |row| row.try_get(0).unwrap_or(1)))
        })();
        connection.run("rollback to savepoint stillroom_attempt; release savepoint stillroom_attempt")?;
        done
    }

    fn lock(&self) -> MutexGuard<'_, Connection> {
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Trial {
    fn drop(&mut self) {
        // A connection that is gone has taken everything back already.
        let _ = self.lock().run("rollback");
    }
}

/// What may come of an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Allowed {
    /// It is refused.
    Refusal,
    /// It is refused, or finds nothing.
    Nothing,
}

struct Found {
    tables: Vec<String>,
    functions: Vec<String>,
    roles: Vec<String>,
}

/// A row of one's own that no function made. What the recipe wrote anybody may write; not what the store counts.
fn forged(table: &str, asker: Owner) -> String {
    match table {
        "public.app_results" => format!("insert into {table} (user_id, version) values ('{asker}', 9)"),
        _ => format!("insert into {table} (user_id) values ('{asker}')"),
    }
}

/// How many rows a statement changes.
fn changed(sql: &str) -> String {
    format!("with changed as ({sql} returning 1) select count(*) from changed")
}

fn is_gone(refusal: &Refusal) -> bool {
    refusal.code == "22023" && refusal.message.ends_with("does not exist")
}

/// Whether another try may end otherwise: a time limit, a lock, a server that stops.
fn is_passing(code: &str) -> bool {
    ["08", "53", "55", "57", "58", "XX"].iter().any(|class| code.starts_with(class))
}

/// A trial as what carries a store's calls.
struct Part(Arc<Trial>);

impl Carrier for Part {
    fn call(&self, who: &Principal, call: Call<'_>) -> Result<Vec<u8>, Failure> {
        let connection = self.0.lock();
        connection.run("savepoint stillroom_call")?;
        let answer = connection.call_within(&claims(who), call);
        connection.run(match answer {
            Ok(_) => "release savepoint stillroom_call",
            Err(_) => "rollback to savepoint stillroom_call; release savepoint stillroom_call",
        })?;
        answer
    }
}
