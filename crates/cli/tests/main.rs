//! What the command says, on a store made through the facade: by snapshot, each also with `--json`.

#![expect(clippy::unwrap_used, reason = "a test may panic, and its helpers are outside of #[test] functions")]

mod changes;
mod commands;
mod console;
mod copy;
mod demo;
mod doctor;
mod documents;
mod exit_codes;
mod forms;
mod forms_built;
mod fresh;
mod limits;
mod migrate;
mod ready;
mod redact;
mod secrets;
#[expect(dead_code, reason = "what the backend's own tests need of it besides")]
#[path = "../../backends/tests/postgres/server.rs"]
mod server;
mod support;
mod upkeep;
mod values;
mod values_built;
