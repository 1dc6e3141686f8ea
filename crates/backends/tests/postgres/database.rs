//! A database of its own for a test, with a clock that the test sets.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use postgres::{Client, NoTls};
use stillroom_backends::{CacheOptions, ConnectOptions, connect, connect_operator, postgres::migrate};
use stillroom_core::conformance::Subject;
use stillroom_core::{Backend, BackendError, Clock, ManualClock, Owner, Result, layers};
use tempfile::TempDir;

use crate::server::Server;

/// The password of logins that tests make.
pub(crate) const PASSWORD: &str = "of a test";

/// What stands in the place of the server's clock: a row that the test writes. The clock of leases is the
/// machine's time since its start; a machine that starts again is one that is a thousand years later.
const CLOCK: &str = "
    create table stillroom.test_clock (now bigint not null, lease bigint not null);
    insert into stillroom.test_clock values (0, 0);
    grant select on stillroom.test_clock to public;
    create or replace function stillroom.clock() returns timestamptz language sql volatile set search_path = ''
        as 'select stillroom.at(now) from stillroom.test_clock';
    create or replace function stillroom.lease_clock() returns timestamptz language sql volatile set search_path = ''
        as 'select stillroom.at(lease) from stillroom.test_clock';
";
/// The owners of the suite are drawn as it goes: each gets its account when it first saves something.
const ACCOUNTS: &str = "
    create function stillroom.test_account() returns trigger language plpgsql security definer set search_path = ''
        as 'begin insert into auth.users (id) values (new.user_id) on conflict do nothing; return new; end';
    create trigger test_account before insert on public.app_result_owners
        for each row execute function stillroom.test_account();
";
const THOUSAND_YEARS: i64 = 365_000 * 86_400_000_000;

/// A database that goes with its test.
pub(crate) struct Database {
    server: &'static Server,
    name: String,
    clock: Arc<ManualClock>,
    tick: Arc<dyn Fn() + Send + Sync>,
    backend: Option<Backend>,
    port: u16,
    /// Where what is loaded is kept near; none for nowhere.
    cache: Option<TempDir>,
}

impl Database {
    /// One that is reached over connections of its own.
    pub(crate) fn direct(major: u16) -> Self {
        let server = Server::of(major);
        Self::new(server, server.port)
    }

    /// The same, and what is loaded is kept near.
    pub(crate) fn cached(major: u16) -> Self {
        let mut database = Self::direct(major);
        database.cache = Some(tempfile::tempdir().unwrap());
        database.backend = Some(database.open());
        database
    }

    /// One of a server of its own, which may be ended.
    pub(crate) fn alone(major: u16) -> Self {
        let server = Server::of_its_own(major);
        Self::new(server, server.port)
    }

    /// Its server.
    pub(crate) fn server(&self) -> &'static Server {
        self.server
    }

    /// One that is reached through a pooler, which lends connections by the transaction.
    pub(crate) fn pooled(major: u16) -> Self {
        let server = Server::of(major);
        Self::new(server, server.pooler_port)
    }

    /// One that had a life of its own, made by `before` as Supabase's `postgres`, when it was migrated.
    pub(crate) fn upgraded(major: u16, before: impl FnOnce(&mut Client)) -> Self {
        Self::try_upgraded(major, before).unwrap()
    }

    /// The same; how the migration was refused, where it was.
    pub(crate) fn try_upgraded(major: u16, before: impl FnOnce(&mut Client)) -> Result<Self, BackendError> {
        Self::made(Server::of(major), "template1", "postgres", before)
    }

    /// One of nobody's making, on the older server: no accounts, and kept by a role whom policies bind.
    pub(crate) fn upgraded_plain(before: impl FnOnce(&mut Client)) -> Self {
        let server = Server::of(15);
        let create = format!(
            "do $$ begin if to_regrole('plain_keeper') is null then
                create role plain_keeper login createrole password '{PASSWORD}'; end if; end $$"
        );
        template(server);
        admin(server, "postgres").batch_execute(&create).unwrap();
        Self::made(server, "template0", "plain_keeper", before).unwrap()
    }

    fn made(
        server: &'static Server,
        from: &str,
        keeper: &str,
        before: impl FnOnce(&mut Client),
    ) -> Result<Self, BackendError> {
        // The roles are made with it.
        template(server);
        let name = next_name();
        let create = format!("create database {name} owner {keeper} template {from}");
        admin(server, "postgres").batch_execute(&create).unwrap();
        let keeper = url(keeper, server.port, &name);
        before(&mut Client::connect(&keeper, NoTls).unwrap());
        migrate(&keeper, false)?;
        admin(server, &name).batch_execute(CLOCK).unwrap();
        Ok(Self::at(server, server.port, name))
    }

    fn new(server: &'static Server, port: u16) -> Self {
        let (name, template) = (next_name(), template(server));
        admin(server, "postgres")
            .batch_execute(&format!("create database {name} template {template}"))
            .unwrap();
        Self::at(server, port, name)
    }

    fn at(server: &'static Server, port: u16, name: String) -> Self {
        let clock = Arc::<ManualClock>::default();
        let tick = tick(server, &name, Arc::clone(&clock));
        let mut database = Self { server, name, clock, tick, backend: None, port, cache: None };
        database.backend = Some(database.open());
        database
    }

    /// The URL of a login.
    pub(crate) fn url(&self, login: &str) -> String {
        self.url_by(login, self.port)
    }

    /// The same by way of another port.
    pub(crate) fn url_by(&self, login: &str, port: u16) -> String {
        url(login, port, &self.name)
    }

    /// What it is called.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// A connection as the superuser.
    pub(crate) fn admin(&self) -> Client {
        Client::connect(&self.admin_url(), NoTls).unwrap()
    }

    /// The store as a login reaches it, without the clock that the test sets.
    pub(crate) fn connect(&self, login: &str) -> Backend {
        let cache = match &self.cache {
            Some(folder) => CacheOptions { folder: Some(folder.path().into()), ..CacheOptions::default() },
            None => no_cache(),
        };
        connect_cached(&self.url(login), cache).unwrap()
    }

    /// A connection as the API makes it for whoever is signed in.
    pub(crate) fn signed_in(&self, owner: Owner) -> Client {
        let mut client = self.admin();
        let claims = format!(r#"{{"sub":"{owner}","role":"authenticated"}}"#);
        client.batch_execute("set role authenticated").unwrap();
        client.execute("select set_config('request.jwt.claims', $1, false)", &[&claims]).unwrap();
        client
    }

    fn open(&self) -> Backend {
        let backend = self.connect("stillroom_test");
        let keeper = format!("postgresql://postgres@127.0.0.1:{}/{}", self.server.port, self.name);
        let backend =
            Backend { operator: Some(connect_operator(Some(&keeper), options()).unwrap().0), ..backend };
        self.by_the_clock(backend)
    }

    /// A backend of this database, which is told the test's time before each call.
    pub(crate) fn by_the_clock(&self, backend: Backend) -> Backend {
        layers::before(backend, Arc::clone(&self.tick))
    }

    /// The URL of the superuser.
    pub(crate) fn admin_url(&self) -> String {
        admin_url(self.server, &self.name)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        self.backend = None;
        let gone = format!("drop database if exists {} with (force)", self.name);
        // A test that failed says so itself.
        let _ = Client::connect(&admin_url(self.server, "postgres"), NoTls)
            .map(|mut admin| admin.batch_execute(&gone));
    }
}

impl Subject for Database {
    fn backend(&self) -> &Backend {
        self.backend.as_ref().unwrap()
    }

    fn reopened(&self) -> Backend {
        self.open()
    }

    fn clock(&self) -> &ManualClock {
        &self.clock
    }

    fn damage(&self, blob: &[u8]) {
        const FLIP: &str = "update public.app_result_blobs
            set data = set_byte(data, 0, get_byte(data, 0) # 1) where data = $1";
        self.admin().execute(FLIP, &[&blob]).unwrap();
    }
}

/// The store at a URL.
pub(crate) fn connect_to(url: &str) -> Result<Backend> {
    connect_cached(url, no_cache())
}

/// The same, where what is loaded is kept as the options say.
pub(crate) fn connect_cached(url: &str, cache: CacheOptions) -> Result<Backend> {
    Ok(connect(Some(url), ConnectOptions { cache, ..options() })?.backend)
}

fn no_cache() -> CacheOptions {
    CacheOptions { is_off: true, ..CacheOptions::default() }
}

fn url(login: &str, port: u16, database: &str) -> String {
    format!("postgresql://{login}:{}@127.0.0.1:{port}/{database}", PASSWORD.replace(' ', "%20"))
}

fn next_name() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed))
}

fn options() -> ConnectOptions {
    ConnectOptions {
        create: true,
        read_only: false,
        verify_always: false,
        durable: None,
        key: None,
        cache: no_cache(),
        // The database's own clock is what counts.
        clock: Arc::<ManualClock>::default(),
    }
}

/// Brings the clock's time to the database when it is another than before.
fn tick(server: &'static Server, name: &str, clock: Arc<ManualClock>) -> Arc<dyn Fn() + Send + Sync> {
    let told = Mutex::new((admin(server, name), (0, 0)));
    Arc::new(move || {
        let uptime = clock.uptime();
        let boots = i64::try_from(uptime.boot.as_u128()).unwrap() - 1;
        let lease = boots * THOUSAND_YEARS + i64::try_from(uptime.since.as_micros()).unwrap();
        let now = (clock.now().0, lease);
        let (admin, before) = &mut *told.lock().unwrap();
        if now != *before {
            *before = now;
            admin.execute("update stillroom.test_clock set now = $1, lease = $2", &[&now.0, &now.1]).unwrap();
        }
    })
}

/// The database of this server that those of tests are copied from.
fn template(server: &'static Server) -> &'static str {
    static MADE: LazyLock<Mutex<HashMap<u16, ()>>> = LazyLock::new(Mutex::default);
    let mut made = MADE.lock().unwrap();
    made.entry(server.port).or_insert_with(|| make_template(server));
    "stillroom_template"
}

fn make_template(server: &'static Server) {
    let mut superuser = admin(server, "postgres");
    superuser.batch_execute("create database stillroom_template").unwrap();
    superuser.batch_execute("grant all on database stillroom_template to postgres").unwrap();
    let keeper = format!("postgresql://postgres@127.0.0.1:{}/stillroom_template", server.port);
    migrate(&keeper, false).unwrap();
    let login = format!("create role stillroom_test login password '{PASSWORD}' in role stillroom_app");
    superuser.batch_execute(&login).unwrap();
    // The other shape of a login: it has no right but to become who is signed in.
    let other = format!(
        "create role stillroom_test_bare login noinherit password '{PASSWORD}'; \
         grant authenticated to stillroom_test_bare"
    );
    superuser.batch_execute(&other).unwrap();
    admin(server, "stillroom_template").batch_execute(&[CLOCK, ACCOUNTS].concat()).unwrap();
}

/// A connection to a database of a server, as the superuser.
pub(crate) fn admin(server: &Server, database: &str) -> Client {
    Client::connect(&admin_url(server, database), NoTls).unwrap()
}

fn admin_url(server: &Server, database: &str) -> String {
    format!("postgresql://supabase_admin@127.0.0.1:{}/{database}", server.port)
}
