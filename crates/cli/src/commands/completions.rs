//! `stillroom completions`: a script for a shell to load.

use clap::CommandFactory;
use clap_complete::{Shell, generate};
use serde_json::json;

use crate::answer::Answer;
use crate::args::Args;

pub(crate) fn run(shell: Shell) -> Answer {
    let mut script = Vec::new();
    generate(shell, &mut Args::command(), "stillroom", &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    let json = json!({"shell": shell.to_string(), "script": script});
    Answer::new(script, json)
}
