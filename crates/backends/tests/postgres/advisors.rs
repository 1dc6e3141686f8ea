//! Supabase's own security and performance advisors have nothing to say about a database that was made ready.

use std::path::{Path, PathBuf};
use std::process::Command;

use stillroom_backends::postgres::migrate;

use crate::database::admin;
use crate::server::Server;

/// A project from before October 2026: whatever `postgres` makes is everyone's.
const AUTO_EXPOSE: &str = "
    alter default privileges for role postgres in schema public grant all on tables to anon, authenticated, service_role;
    alter default privileges for role postgres in schema public grant all on sequences to anon, authenticated, service_role;
    alter default privileges for role postgres in schema public grant all on functions to anon, authenticated, service_role;
";

/// What they say of the database at `url`: the name of each finding, and of what.
fn findings(url: &str) -> Vec<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.venv-supabase");
    let command: PathBuf = folder.join("node_modules/.bin/supabase");
    assert!(command.exists(), "no Supabase command here: run tools/ensure-supabase-cli");
    let said = Command::new(command)
        .args(["db", "advisors", "--level", "info", "--output-format", "json", "--remote", url])
        .env("HOME", folder)
        .env("DO_NOT_TRACK", "1")
        .output()
        .unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let said: serde_json::Value = serde_json::from_slice(&said.stdout).unwrap();
    let results = said["results"].as_array().unwrap();
    results.iter().map(|found| format!("{}: {}", found["name"], found["detail"])).collect()
}

fn advised(major: u16, name: &str, before: &str) -> Vec<String> {
    let server = Server::of(major);
    let port = server.port;
    admin(server, "postgres").batch_execute(&format!("create database {name} owner postgres")).unwrap();
    let url = format!("postgresql://postgres@127.0.0.1:{port}/{name}?sslmode=disable");
    admin(server, name).batch_execute(before).unwrap();
    migrate(&url, false).unwrap();
    findings(&url)
}

#[test]
fn the_advisors_find_nothing_in_a_database_that_was_made_ready() {
    for (major, name, before) in [
        (15, "advised_15", ""),
        (15, "advised_exposed_15", AUTO_EXPOSE),
        (18, "advised_18", ""),
        (18, "advised_exposed_18", AUTO_EXPOSE),
    ] {
        let mut found = advised(major, name, before);

        // No index of a new database has been used.
        found.retain(|finding| !finding.starts_with("\"unused_index\""));
        assert!(found.is_empty(), "{name}: {found:#?}");
    }
}

#[test]
fn the_advisors_would_find_something() {
    let careless = "create table public.careless (id int); grant select on public.careless to anon";

    let found = advised(15, "advised_careless", careless);

    assert!(found.iter().any(|finding| finding.contains("rls_disabled_in_public")), "{found:#?}");
}
