//! The connections of a store: opened when needed, lent for one call, kept for the next.

use std::mem;
use std::process;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use stillroom_core::{BackendError, Clock, Owner, Principal, Result};

use super::connection::{Connection, STATEMENT_TIME};
use super::migrate;
use super::url::Target;
use crate::remote::{Call, Carrier, Failure};
use crate::tokens;

/// How many connections a store has at most: a database has few for all of its clients.
const MAX_CONNECTIONS: usize = 8;

/// Lends connections.
pub(super) struct Pool {
    target: Target,
    /// What every transaction begins with.
    prologue: String,
    /// The same for one that a later one makes last: the log is written in order.
    preliminary: String,
    /// Tells whether a token is over.
    clock: Arc<dyn Clock>,
    state: Mutex<State>,
    returned: Condvar,
}

struct State {
    /// The last one used is the first one lent.
    idle: Vec<Connection>,
    /// How many there are, lent ones included.
    count: usize,
    /// The process that opened them: after a fork they are its parent's.
    process: u32,
}

impl Pool {
    /// Connects once, and looks at who that makes us.
    ///
    /// # Errors
    /// As [`Connection::open`]; `Denied` for a login that could see everyone's results; `Invalid` for a database
    /// that was not made ready; `Newer` for one made ready by a newer release.
    pub(super) fn open(target: Target, read_only: bool, clock: Arc<dyn Clock>) -> Result<Self> {
        let connection = Connection::open(&target)?;
        let role = role(&connection, &target.location)?;
        let prologue = prologue(read_only, role);
        migrate::check(&connection, &prologue, &target.location)?;
        let state = State { idle: vec![connection], count: 1, process: process::id() };
        let preliminary = format!("{prologue}; set local synchronous_commit = off");
        let (state, returned) = (Mutex::new(state), Condvar::new());
        Ok(Self { target, prologue, preliminary, clock, state, returned })
    }

    fn lend(&self) -> Result<Connection, Failure> {
        let mut state = self.lock();
        if state.process != process::id() {
            // Theirs are left alone, not closed: a goodbye would end the parent's sessions.
            mem::forget(mem::take(&mut state.idle));
            *state = State { idle: Vec::new(), count: 0, process: process::id() };
        }
        loop {
            if let Some(connection) = state.idle.pop() {
                if connection.is_open() {
                    return Ok(connection);
                }
                state.count -= 1;
            } else if state.count < MAX_CONNECTIONS {
                state.count += 1;
                drop(state);
                return Connection::try_open(&self.target).inspect_err(|_| self.forget());
            } else {
                state = self.returned.wait(state).unwrap_or_else(PoisonError::into_inner);
            }
        }
    }

    fn take_back(&self, connection: Connection) {
        let mut state = self.lock();
        if state.process == process::id() {
            state.idle.push(connection);
        } else {
            state.count = state.count.saturating_sub(1);
        }
        drop(state);
        self.returned.notify_one();
    }

    /// One there is no longer.
    fn forget(&self) {
        let mut state = self.lock();
        state.count = state.count.saturating_sub(1);
        drop(state);
        self.returned.notify_one();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Carrier for Pool {
    fn call(&self, who: &Principal, call: Call<'_>) -> Result<Vec<u8>, Failure> {
        if who.owner() == Owner::NOBODY {
            let location = &self.target.location;
            let message = format!(
                "many owners share this store, and none was named; name one by `owner`: `{location}`"
            );
            return Err(BackendError::Invalid { message }.into());
        }
        if who.bearer().is_some_and(|bearer| tokens::is_over(bearer, self.clock.now())) {
            return Err(tokens::over().into());
        }
        let connection = self.lend()?;
        let prologue = if call.is_preliminary { &self.preliminary } else { &self.prologue };
        let answer = connection.call(prologue, &claims(who), call);
        self.take_back(connection);
        answer
    }
}

/// What the database is told of the asker: what it is told of one who brings a token.
pub(super) fn claims(who: &Principal) -> String {
    format!(r#"{{"sub":"{}","role":"authenticated"}}"#, who.owner())
}

pub(super) fn prologue(read_only: bool, role: Option<&str>) -> String {
    let mode = if read_only { " read only" } else { "" };
    let role = role.map_or(String::new(), |role| format!("; set local role {role}"));
    let time = STATEMENT_TIME.as_millis();
    // Plans of many cheap rows look dear, and would be compiled; what is read here is written as hexadecimal.
    format!(
        "begin{mode}; set local statement_timeout = {time}; set local jit = off; set local bytea_output = hex{role}"
    )
}

/// Which role a transaction takes on; none when the login may do everything itself.
pub(super) fn role(connection: &Connection, location: &str) -> Result<Option<&'static str>> {
    // Whether a role is taken on by name, or its rights are the login's already.
    const ASK: &str = "select
        exists (select from pg_catalog.pg_roles r where (r.rolsuper or r.rolbypassrls)
            and pg_catalog.pg_has_role(current_user, r.oid, 'member')),
        coalesce((select pg_catalog.pg_has_role(current_user, oid, 'usage')
            from pg_catalog.pg_roles where rolname = 'stillroom_app'), false),
        coalesce((select pg_catalog.pg_has_role(current_user, oid, 'member')
            from pg_catalog.pg_roles where rolname = 'stillroom_app'), false),
        coalesce((select pg_catalog.pg_has_role(current_user, oid, 'member')
            from pg_catalog.pg_roles where rolname = 'authenticated'), false),
        exists (select from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace
            where n.nspname = 'stillroom' and c.relname = 'migrations'),
        current_user::pg_catalog.text";
    let rows = connection.query(ASK, &[]).map_err(|failure| failure.at(location))?;
    let row = rows.first().ok_or_else(|| BackendError::Invalid {
        message: format!("this is no PostgreSQL database: `{location}`"),
    })?;
    let [sees_all, is_app, can_be_app, can_be_user, is_ready]: [bool; 5] =
        std::array::from_fn(|column| row.get(column));
    let login: String = row.get(5);
    if sees_all {
        let message = format!(
            "the login `{login}` can pass by row-level security and see everyone's results; make one for the app \
             with `stillroom migrate --login-role NAME`: `{location}`"
        );
        return Err(BackendError::Denied { message, source: None });
    }
    if !is_ready {
        let message =
            format!("this database was not made ready for stillroom; run `stillroom migrate`: `{location}`");
        return Err(BackendError::Invalid { message });
    }
    if is_app {
        Ok(None)
    } else if can_be_app {
        Ok(Some("stillroom_app"))
    } else if can_be_user {
        Ok(Some("authenticated"))
    } else {
        let message = format!(
            "the login `{login}` may not use stillroom; make one with `stillroom migrate --login-role NAME`: \
             `{location}`"
        );
        Err(BackendError::Denied { message, source: None })
    }
}
