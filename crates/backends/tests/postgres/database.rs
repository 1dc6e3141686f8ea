//! A database of its own for a test, with a clock that the test sets.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};

use postgres::{Client, NoTls};
use stillroom_backends::{ConnectOptions, connect, connect_operator, postgres::migrate};
use stillroom_core::conformance::Subject;
use stillroom_core::{Backend, Clock, ManualClock, Result, layers};

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
}

impl Database {
    /// One that is reached over connections of its own.
    pub(crate) fn direct(major: u16) -> Self {
        let server = Server::of(major);
        Self::new(server, server.port)
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

    fn new(server: &'static Server, port: u16) -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let name = format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let template = template(server);
        admin(server, "postgres")
            .batch_execute(&format!("create database {name} template {template}"))
            .unwrap();
        let clock = Arc::<ManualClock>::default();
        let tick = tick(server, &name, Arc::clone(&clock));
        let mut database = Self { server, name, clock, tick, backend: None, port };
        database.backend = Some(database.open());
        database
    }

    /// The URL of a login.
    pub(crate) fn url(&self, login: &str) -> String {
        self.url_by(login, self.port)
    }

    /// The same by way of another port.
    pub(crate) fn url_by(&self, login: &str, port: u16) -> String {
        format!("postgresql://{login}:{}@127.0.0.1:{port}/{}", PASSWORD.replace(' ', "%20"), self.name)
    }

    /// A connection as the superuser.
    pub(crate) fn admin(&self) -> Client {
        admin(self.server, &self.name)
    }

    /// The store as a login reaches it, without the clock that the test sets.
    pub(crate) fn connect(&self, login: &str) -> Backend {
        connect_to(&self.url(login)).unwrap()
    }

    fn open(&self) -> Backend {
        let backend = self.connect("stillroom_test");
        let keeper = format!("postgresql://postgres@127.0.0.1:{}/{}", self.server.port, self.name);
        let backend =
            Backend { operator: Some(connect_operator(Some(&keeper), options()).unwrap().0), ..backend };
        layers::before(backend, Arc::clone(&self.tick))
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
    Ok(connect(Some(url), options())?.backend)
}

fn options() -> ConnectOptions {
    ConnectOptions {
        create: true,
        read_only: false,
        verify_always: false,
        durable: None,
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
