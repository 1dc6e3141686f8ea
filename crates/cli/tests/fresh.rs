//! An empty database, to be made ready by who is no superuser.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use postgres::{Client, NoTls};

use crate::server::Server;

/// Without what Supabase adds.
const PLAIN: [&str; 2] = ["--plain", "--pgbouncer"];

/// A database that goes with its test.
pub(crate) struct Fresh {
    server: &'static Server,
    name: String,
    /// Who makes it ready, with a password where one is asked for.
    keeper: &'static str,
}

impl Fresh {
    /// One like Supabase's, made ready by its `postgres`.
    pub(crate) fn like_supabase(major: u16) -> Self {
        Self::on(Server::of(major), "postgres")
    }

    /// One like nobody's, made ready by a role that may make databases and roles.
    pub(crate) fn plain(major: u16) -> Self {
        Self::on(plain(major), "keeper:keeper")
    }

    /// A plain one on a server of its own, whose roles a test may change without harm to others.
    pub(crate) fn alone(major: u16) -> Self {
        Self::on(Box::leak(Box::new(Server::start(major, &PLAIN))), "keeper:keeper")
    }

    /// Another one of the same server.
    pub(crate) fn beside(&self) -> Self {
        Self::on(self.server, self.keeper)
    }

    /// Another one of the same server that holds what this one does.
    pub(crate) fn copy(&self) -> Self {
        Self::made(self.server, self.keeper, &format!("template {}", self.name))
    }

    fn on(server: &'static Server, keeper: &'static str) -> Self {
        Self::made(server, keeper, "")
    }

    fn made(server: &'static Server, keeper: &'static str, how: &str) -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let name = format!("fresh_{}_{}", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed));
        let owner = keeper.split(':').next().unwrap();
        let make = format!("create database {name} owner {owner} {how}");
        client(server, "postgres").batch_execute(&make).unwrap();
        Self { server, name, keeper }
    }

    /// Its name, which no other database of these tests has.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }

    /// As whom it is made ready.
    pub(crate) fn keeper_url(&self) -> String {
        self.url(self.keeper)
    }

    /// The URL of a login, `name:password`.
    pub(crate) fn url(&self, login: &str) -> String {
        format!("postgresql://{login}@127.0.0.1:{}/{}", self.server.port, self.name)
    }

    /// The same URL by way of the pooler, which lends connections by the transaction.
    pub(crate) fn pooled(&self, url: &str) -> String {
        url.replace(&format!(":{}/", self.server.port), &format!(":{}/", self.server.pooler_port))
    }

    /// A connection as the superuser.
    pub(crate) fn admin(&self) -> Client {
        client(self.server, &self.name)
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        let gone = format!("drop database if exists {} with (force)", self.name);
        let url = format!("postgresql://supabase_admin@127.0.0.1:{}/postgres", self.server.port);
        // A test that failed says so itself.
        let _ = Client::connect(&url, NoTls).map(|mut admin| admin.batch_execute(&gone));
    }
}

fn client(server: &Server, database: &str) -> Client {
    Client::connect(&format!("postgresql://supabase_admin@127.0.0.1:{}/{database}", server.port), NoTls)
        .unwrap()
}

/// The plain server of this major version, 15 or 18, which tests share.
fn plain(major: u16) -> &'static Server {
    static FIFTEEN: OnceLock<Server> = OnceLock::new();
    static EIGHTEEN: OnceLock<Server> = OnceLock::new();

    let server = if major == 15 { &FIFTEEN } else { &EIGHTEEN };
    server.get_or_init(|| Server::start(major, &PLAIN))
}
