//! A database of its own for a test.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use postgres::{Client, NoTls};
use stillroom::{OpenOptions, SigningKey, Store, TokenKeys, Uuid};

use crate::server::Server;

/// A database that is ready, and goes with its test.
pub(crate) struct Database {
    server: &'static Server,
    name: String,
    port: u16,
}

impl Database {
    /// One that is reached over connections of its own.
    pub(crate) fn direct(major: u16) -> Self {
        let server = Server::of(major);
        Self::new(server, server.port)
    }

    /// One that is reached through a pooler, which lends connections by the transaction.
    pub(crate) fn pooled(major: u16) -> Self {
        let server = Server::of(major);
        Self::new(server, server.pooler_port)
    }

    fn new(server: &'static Server, port: u16) -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let name = format!("copy_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let database = Self { server, name, port };
        let make = format!("create database {}", database.name);
        database.superuser("postgres").batch_execute(&make).unwrap();
        let grant = format!("grant all on database {} to postgres", database.name);
        database.superuser("postgres").batch_execute(&grant).unwrap();
        let keeper = format!("postgresql://postgres@127.0.0.1:{}/{}", server.port, database.name);
        {
            // Roles are of the whole server: two databases that first make them at once are in each other's way.
            static MIGRATING: Mutex<()> = Mutex::new(());
            let _alone = MIGRATING.lock().unwrap_or_else(PoisonError::into_inner);
            stillroom::postgres::migrate(Some(&keeper), false).unwrap();
        }
        let login = format!("create role {0} login password '{0}' in role stillroom_app", database.name);
        database.superuser("postgres").batch_execute(&login).unwrap();
        database
    }

    /// The store for an owner, who gets an account.
    pub(crate) fn store(&self, owner: u128, keys: &[&str]) -> Store {
        self.account(owner);
        Store::open(OpenOptions {
            owner: Some(Uuid::from_u128(owner)),
            signing_keys: Some(keys.iter().map(|line| SigningKey::parse(line).unwrap()).collect()),
            ..self.options()
        })
        .unwrap()
    }

    /// The store for whoever has a token that these keys verify.
    pub(crate) fn open(&self, tokens: TokenKeys) -> Store {
        Store::open(OpenOptions { tokens, ..self.options() }).unwrap()
    }

    /// Gives an owner an account.
    pub(crate) fn account(&self, owner: u128) {
        let account = format!(
            "insert into auth.users (id) values ('{}') on conflict do nothing",
            Uuid::from_u128(owner)
        );
        self.superuser(&self.name).batch_execute(&account).unwrap();
    }

    fn options(&self) -> OpenOptions {
        let Self { name, port, .. } = self;
        let url = format!("postgresql://{name}:{name}@127.0.0.1:{port}/{name}");
        OpenOptions { url: Some(url), ..OpenOptions::default() }
    }

    /// The URL of the superuser.
    #[cfg(feature = "supabase")]
    pub(crate) fn admin_url(&self) -> String {
        self.superuser_url(&self.name)
    }

    fn superuser(&self, database: &str) -> Client {
        Client::connect(&self.superuser_url(database), NoTls).unwrap()
    }

    fn superuser_url(&self, database: &str) -> String {
        format!("postgresql://supabase_admin@127.0.0.1:{}/{database}", self.server.port)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let name = &self.name;
        let mut superuser = self.superuser("postgres");
        // A test that failed says so itself.
        let _ = superuser.batch_execute(&format!("drop database if exists {name} with (force)"));
        let _ = superuser.batch_execute(&format!("drop role if exists {name}"));
    }
}
