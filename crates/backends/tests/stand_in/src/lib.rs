//! A stand-in for a Supabase project, for tests: the HTTP that stillroom and supabase-py speak with one, over a
//! real PostgreSQL database with its real roles and policies.
//!
//! It is no Supabase. What it answers was recorded from PostgREST or read in the source of Supabase's account
//! server (README.md says which); what it does not know it refuses with 501, so that no test passes by luck.

#![forbid(unsafe_code)]
#![expect(
    clippy::unwrap_used,
    reason = "a stand-in that is broken says so by panicking, in the test that uses it"
)]

mod auth;
mod database;
mod fault;
mod gateway;
mod http;
mod jwt;
mod query;
mod rest;
mod serve;

use std::collections::HashMap;
use std::net::{Ipv4Addr, Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::{Value as Json, json};

pub use crate::fault::{Fault, Seen};
pub use crate::jwt::Signing;

use crate::auth::Accounts;
use crate::database::Database;
use crate::fault::Faults;
use crate::gateway::ProjectKeys;
use crate::jwt::Keys;

/// How a project is set up.
#[derive(Debug, Clone)]
pub struct Settings {
    /// By what access tokens are signed.
    pub signing: Signing,
    /// What HS256 signs with; drawn if there is none.
    pub secret: Option<String>,
    /// Whether who signs up has to prove an address first, by a code.
    pub confirms_email: bool,
    /// Whether anybody may sign up.
    pub allows_signup: bool,
    /// Whether one may sign in without saying who one is.
    pub allows_anonymous: bool,
    /// For how many seconds an access token is valid.
    pub token_seconds: i64,
    /// For how many seconds a refresh token that was used may be used again.
    pub reuse_seconds: i64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            signing: Signing::Es256,
            secret: None,
            confirms_email: false,
            allows_signup: true,
            allows_anonymous: true,
            token_seconds: 3600,
            reuse_seconds: 10,
        }
    }
}

/// A stand-in that answers on a free port of this machine, until it is dropped.
#[derive(Debug)]
pub struct StandIn {
    state: Arc<State>,
    thread: Option<JoinHandle<()>>,
}

/// What every connection shares.
#[derive(Debug)]
struct State {
    port: u16,
    settings: Settings,
    database: Database,
    project: ProjectKeys,
    keys: Mutex<Keys>,
    accounts: Mutex<Accounts>,
    faults: Mutex<Faults>,
    clock_offset: AtomicI64,
    is_over: AtomicBool,
    open: Mutex<HashMap<u64, TcpStream>>,
}

impl StandIn {
    /// Answers for the database that this connection string opens as its superuser; it has to have the roles and the
    /// `auth` of tools/postgres_prelude.sql.
    ///
    /// # Panics
    /// If the connection string is none.
    #[must_use]
    pub fn start(database: &str, settings: Settings) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let keys = Keys::new(settings.secret.as_deref());
        let state = Arc::new(State {
            port: listener.local_addr().unwrap().port(),
            database: Database::new(database),
            project: ProjectKeys::new(&keys),
            keys: Mutex::new(keys),
            accounts: Mutex::default(),
            faults: Mutex::default(),
            clock_offset: AtomicI64::new(0),
            is_over: AtomicBool::new(false),
            open: Mutex::default(),
            settings,
        });
        let shared = Arc::clone(&state);
        let thread = thread::spawn(move || serve::accept(&listener, &shared));
        Self { state, thread: Some(thread) }
    }

    /// The project's URL.
    #[must_use]
    pub fn url(&self) -> String {
        self.state.url()
    }

    /// The key of today's projects that may be published: whoever has it alone is `anon`.
    #[must_use]
    pub fn publishable_key(&self) -> &str {
        &self.state.project.publishable
    }

    /// The key of today's projects that may not: whoever has it is `service_role`.
    #[must_use]
    pub fn secret_key(&self) -> &str {
        &self.state.project.secret
    }

    /// The older keys, which are tokens: `anon` and `service_role`.
    #[must_use]
    pub fn legacy_keys(&self) -> (&str, &str) {
        (&self.state.project.anon, &self.state.project.service)
    }

    /// What HS256 signs with.
    #[must_use]
    pub fn jwt_secret(&self) -> String {
        self.state.keys().secret().to_owned()
    }

    /// A token that says this, signed as the project signs.
    #[must_use]
    pub fn sign(&self, claims: &Json) -> String {
        self.state.sign(claims)
    }

    /// A token of a user that is valid for an hour, without a session.
    #[must_use]
    pub fn token_of(&self, user: &str) -> String {
        let now = self.state.now();
        self.sign(&json!({
            "iss": format!("{}/auth/v1", self.url()),
            "sub": user,
            "aud": "authenticated",
            "role": "authenticated",
            "iat": now,
            "exp": now + 3600,
        }))
    }

    /// Signs by a new key from now on, which is published beside the older ones.
    pub fn rotate_key(&self) {
        self.state.keys().rotate();
    }

    /// No longer publishes, nor believes, any key but the newest.
    pub fn revoke_older_keys(&self) {
        self.state.keys().revoke_older();
    }

    /// Makes an account that is confirmed; its id.
    #[must_use]
    pub fn create_user(&self, email: &str, password: &str) -> String {
        auth::users::create_confirmed(&self.state, email, password)
    }

    /// Deletes an account, with its sessions and with what references it.
    pub fn delete_user(&self, id: &str) {
        auth::users::delete(&self.state, id);
    }

    /// The newest code that was sent to this address and is not used.
    #[must_use]
    pub fn code_of(&self, email: &str) -> Option<String> {
        self.state.accounts().code_of(email)
    }

    /// How many seconds the project's clock is ahead of this machine's.
    pub fn set_clock_offset(&self, seconds: i64) {
        self.state.clock_offset.store(seconds, Ordering::Relaxed);
    }

    /// Misbehaves in the requests whose method and path have this in them (`POST /rest/v1/rpc/…`): `skip` of them are
    /// answered well, the next `times` are not. Of several that fit, the first that was said counts.
    pub fn misbehave(&self, path: &str, skip: usize, times: usize, fault: Fault) {
        self.state.faults().plan(path, skip, times, fault);
    }

    /// Behaves from now on.
    pub fn behave(&self) {
        self.state.faults().forget_plans();
    }

    /// The requests since the start, or since they were last forgotten.
    #[must_use]
    pub fn seen(&self) -> Vec<Seen> {
        self.state.faults().seen().to_vec()
    }

    /// Forgets the requests that were seen.
    pub fn forget_seen(&self) {
        self.state.faults().forget_seen();
    }
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.state.is_over.store(true, Ordering::SeqCst);
        // The one that waits for a connection gets one.
        let _ = TcpStream::connect((Ipv4Addr::LOCALHOST, self.state.port));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        for stream in locked(&self.state.open).values() {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

impl State {
    fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The project's time, in seconds since 1970.
    fn now(&self) -> i64 {
        let seconds = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
        i64::try_from(seconds).unwrap() + self.clock_offset.load(Ordering::Relaxed)
    }

    fn sign(&self, claims: &Json) -> String {
        self.keys().sign(self.settings.signing, claims)
    }

    fn keys(&self) -> MutexGuard<'_, Keys> {
        locked(&self.keys)
    }

    fn accounts(&self) -> MutexGuard<'_, Accounts> {
        locked(&self.accounts)
    }

    fn faults(&self) -> MutexGuard<'_, Faults> {
        locked(&self.faults)
    }
}

/// What is behind a lock, even if a thread panicked with it: that panic is the test's answer.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
