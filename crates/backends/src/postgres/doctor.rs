//! Looks at a database through the very login that an app uses, and changes nothing there.

use std::time::Duration;

use stillroom_core::{BackendError, Clock, Result, Timestamp};
use tokio_postgres::Row;
use tokio_postgres::types::{ToSql, Type};
use uuid::Uuid;

use super::connection::{Connection, STATEMENT_TIME};
use super::rules::{COMMON, Gravity, RULES, Rule};
use super::url::{Target, Tls};
use super::{made, migrate, pool};
use crate::remote::Failure;
use crate::{Check, Verdict};

/// The oldest server that is supported.
const OLDEST: i32 = 150_000;
/// How far the server's clock may be from ours before anybody should know.
const CLOCK_TIME: Duration = Duration::from_secs(60);
/// How many things that break a rule are told in full.
const TOLD: usize = 3;
/// Names come out in full.
const NO_PATH: &str = "; set local search_path = pg_catalog, pg_temp";

/// Looks at the database at `url`; the first is where that is.
///
/// # Errors
/// `Invalid` for a URL that is none; as a connection fails. What is wrong beyond that is told by the checks.
pub(crate) fn examine(url: &str, clock: &dyn Clock) -> Result<(String, Vec<Check>)> {
    let target = Target::parse(url)?;
    let connection = Connection::open(&target)?;
    let patient = Patient { connection: &connection, location: &target.location };
    let mut checks = vec![patient.server(&target)];
    let role = pool::role(&connection, &target.location).unwrap_or_default();
    let prologue = pool::prologue(false, role);
    match migrate::check(&connection, &prologue, &target.location) {
        Ok(count) => {
            checks.push(Check::new("schema", Verdict::Good(format!("all {count} migrations are there"))))
        }
        Err(error) => {
            // Nothing else can be told of a database that is another release's, or nobody's; but who may not even
            // look may be told why.
            if matches!(error, BackendError::Denied { .. }) {
                checks.extend(RULES.iter().take(1).map(|rule| patient.rule(rule)));
            }
            checks.push(Check::new("schema", Verdict::Failed(error)));
            return Ok((target.location, checks));
        }
    }
    checks.extend(RULES.iter().map(|rule| patient.rule(rule)));
    checks.push(patient.made(
        "functions",
        "each is what stillroom made it",
        made::FUNCTIONS,
        &made::functions(),
    ));
    checks.push(patient.made("triggers", "each is there and at work", made::TRIGGERS, &made::triggers()));
    checks.push(patient.identity());
    checks.push(patient.writable());
    checks.push(patient.time_limit());
    checks.push(patient.pooler(&target));
    checks.push(patient.clock(clock));
    Ok((target.location, checks))
}

struct Patient<'a> {
    connection: &'a Connection,
    location: &'a str,
}

impl Patient<'_> {
    fn ask(&self, claims: &str, sql: &str) -> Result<Vec<Row>, Failure> {
        self.ask_with(claims, sql, &[])
    }

    fn ask_with(
        &self,
        claims: &str,
        sql: &str,
        parameters: &[(&(dyn ToSql + Sync), Type)],
    ) -> Result<Vec<Row>, Failure> {
        self.connection.ask(&format!("{}{NO_PATH}", pool::prologue(false, None)), claims, sql, parameters)
    }

    /// A check that is its verdict, or the reason why there is none.
    fn check(&self, name: &'static str, verdict: Result<Verdict, Failure>) -> Check {
        Check::new(name, verdict.unwrap_or_else(|failure| Verdict::Failed(failure.at(self.location))))
    }

    fn server(&self, target: &Target) -> Check {
        const ASK: &str =
            "select current_setting('server_version'), current_setting('server_version_num')::int";
        let looked = || {
            let rows = self.ask("", ASK)?;
            let (version, number) = rows.first().map_or((String::new(), 0), |row| (row.get(0), row.get(1)));
            // Behind it stands who built it.
            let version = version.split(' ').next().unwrap_or_default();
            Ok(if number < OLDEST {
                let message =
                    format!("stillroom needs PostgreSQL 15 or newer; this is {version}: `{}`", self.location);
                Verdict::Failed(BackendError::Invalid { message })
            } else {
                match (&target.tls, target.is_local) {
                    (Tls::Verified(_), _) => {
                        Verdict::Good(format!("PostgreSQL {version}, its certificate verified"))
                    }
                    (Tls::Off, true) => Verdict::Good(format!("PostgreSQL {version}, on this computer")),
                    (Tls::Off, false) => Verdict::Warning(format!(
                        "PostgreSQL {version}, in the clear: what travels can be read on the way; take \
                         sslmode=disable out of the URL"
                    )),
                }
            })
        };
        self.check("server", looked())
    }

    fn rule(&self, rule: &Rule) -> Check {
        let found = self.ask("", &format!("{COMMON} {}", rule.sql));
        self.found(rule.name, rule.gravity, rule.good, found)
    }

    /// Whether what migrations made is as they made it: `expected`, as JSON.
    fn made(&self, name: &'static str, good: &str, sql: &str, expected: &str) -> Check {
        let found = self.ask_with("", &format!("{COMMON} {sql}"), &[(&expected, Type::TEXT)]);
        self.found(name, Gravity::Setup, good, found)
    }

    /// What breaks a rule, and what puts that right.
    fn found(
        &self,
        name: &'static str,
        gravity: Gravity,
        good: &str,
        found: Result<Vec<Row>, Failure>,
    ) -> Check {
        let found = match found {
            Ok(rows) => rows,
            Err(failure) => return self.check(name, Err(failure)),
        };
        if found.is_empty() {
            return Check::new(name, Verdict::Good(good.to_owned()));
        }
        let mut told: Vec<String> = found.iter().take(TOLD).map(|row| row.get(0)).collect();
        if found.len() > TOLD {
            told.push(format!("and {} more", found.len() - TOLD));
        }
        let what = told.join("; ");
        let message = format!("{what}: `{}`", self.location);
        let verdict = match gravity {
            Gravity::Rights => Verdict::Failed(BackendError::Denied { message, source: None }),
            Gravity::Setup => Verdict::Failed(BackendError::Invalid { message }),
            Gravity::Care => Verdict::Warning(what),
        };
        let fixes =
            found.iter().filter_map(|row| row.get::<_, Option<String>>(1)).map(|fix| fix + ";").collect();
        Check { name, verdict, fixes }
    }

    /// Whether the database's own word for the asker is the claim that was made.
    fn identity(&self) -> Check {
        let asker = Uuid::new_v4().to_string();
        let verdict = self
            .asker_as(&format!(r#"{{"sub":"{asker}"}}"#))
            .and_then(|named| Ok((named, self.asker_as("")?)));
        let verdict = verdict.map(|(named, nobody)| match (named, nobody) {
            (Told::Unknown, _) | (_, Told::Unknown) => Verdict::Skipped(
                "the login may neither call auth.uid() nor make a temporary table to see it by".to_owned(),
            ),
            (Told::As(Some(named)), Told::As(None)) if named == asker => {
                Verdict::Good("auth.uid() is whoever a transaction is for".to_owned())
            }
            _ => Verdict::Failed(BackendError::Invalid {
                message: format!(
                    "auth.uid() is not whoever a transaction is for, so one owner may see another's \
                     results; put the function back as your migrations or Supabase made it: `{}`",
                    self.location
                ),
            }),
        });
        self.check("identity", verdict)
    }

    /// Who the database takes the asker for.
    fn asker_as(&self, claims: &str) -> Result<Told, Failure> {
        const MAY_CALL: &str = "select coalesce((
            select has_schema_privilege(n.oid, 'usage') and has_function_privilege(p.oid, 'execute')
            from pg_proc p join pg_namespace n on n.oid = p.pronamespace
            where n.nspname = 'auth' and p.proname = 'uid' and p.pronargs = 0), false)";
        // Where the schema is closed to the login, as on Supabase, the policies call the function all the same,
        // and so does a column's default, which a temporary table takes over. It goes with the transaction.
        const BY_DEFAULT: &str = "create temporary table stillroom_doctor
            (like public.app_results including defaults) on commit drop";
        const ROW: &str =
            "insert into stillroom_doctor (page_key, result_key, result_data, version, kind, bytes)
            values ('', '', '{}', 1, '', 0) returning user_id::text";
        if self.ask("", MAY_CALL)?.first().is_some_and(|row| row.get(0)) {
            let rows = self.ask(claims, "select auth.uid()::text")?;
            return Ok(Told::As(rows.first().and_then(|row| row.get(0))));
        }
        let begin = pool::prologue(false, pool::role(self.connection, self.location)?);
        let told = (|| {
            self.connection.run(&format!("{begin}; {BY_DEFAULT}"))?;
            self.connection.query(super::connection::CLAIM, &[(&claims, Type::TEXT)])?;
            let rows = self.connection.query(ROW, &[])?;
            Ok(Told::As(rows.first().and_then(|row| row.get(0))))
        })();
        self.connection.run("rollback")?;
        match told {
            // The default gave none, which the column refuses.
            Err(failure) if Failure::is(&failure, "23502") => Ok(Told::As(None)),
            Err(failure) if failure.is("42501") || failure.is("25006") => Ok(Told::Unknown),
            told => told,
        }
    }

    fn writable(&self) -> Check {
        let asked = self.ask("", "select current_setting('transaction_read_only') = 'on'");
        let verdict = asked.map(|rows| match rows.first().is_some_and(|row| row.get(0)) {
            false => Verdict::Good("the database takes writes".to_owned()),
            true => Verdict::Failed(BackendError::Denied {
                message: format!(
                    "the database takes no writes now: a standby, or a project over its plan's size: `{}`",
                    self.location
                ),
                source: None,
            }),
        });
        self.check("writable", verdict)
    }

    fn time_limit(&self) -> Check {
        let asked = self.connection.query("select current_setting('statement_timeout')", &[]);
        let verdict = asked.map(|rows| {
            let limit: String = rows.first().map_or_else(String::new, |row| row.get(0));
            let limit = if limit == "0" { "none".to_owned() } else { limit };
            let ours = STATEMENT_TIME.as_secs();
            Verdict::Good(format!(
                "{ours} s for each call, set by stillroom; the server's own for this login: {limit}"
            ))
        });
        self.check("time-limit", verdict)
    }

    /// Two connections that are open at once are the same process of the server's only where a pooler lends them.
    fn pooler(&self, target: &Target) -> Check {
        const PROCESS: &str = "select pg_catalog.pg_backend_pid()";
        let process = |connection: &Connection| -> Result<i32, Failure> {
            Ok(connection.query(PROCESS, &[])?.first().map_or(0, |row| row.get(0)))
        };
        let looked = || {
            let before = process(self.connection)?;
            let other = Connection::open(target)?;
            other.run("begin")?;
            let second = process(&other)?;
            let after = process(self.connection)?;
            other.run("commit")?;
            Ok(Verdict::Good(
                if before != after || second == before {
                    "connections are lent by the transaction, which stillroom is made for"
                } else {
                    "a connection is one session of the server's: there is no pooler, or it lends them whole"
                }
                .to_owned(),
            ))
        };
        self.check("pooler", looked())
    }

    fn clock(&self, clock: &dyn Clock) -> Check {
        const ASK: &str = "select (extract(epoch from clock_timestamp()) * 1000000)::bigint";
        let verdict = self.ask("", ASK).map(|rows| {
            let theirs = Timestamp(rows.first().map_or(0, |row| row.get(0)));
            let apart = Duration::from_micros(theirs.0.abs_diff(clock.now().0));
            let seconds = apart.as_secs();
            if apart > CLOCK_TIME {
                let message = format!(
                    "the server's clock and this computer's are {seconds} s apart; times of results are the \
                     server's, and tokens are judged by this computer's"
                );
                Verdict::Warning(message)
            } else {
                Verdict::Good("the server's is this computer's, to the minute".to_owned())
            }
        });
        self.check("clock", verdict)
    }
}

/// Who an asker is to the database.
enum Told {
    /// This owner; none for nobody.
    As(Option<String>),
    /// There is no way to see.
    Unknown,
}
