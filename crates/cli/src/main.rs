//! The `stillroom` command, outside of the wheel.

use std::process::exit;

fn main() {
    let args = std::env::args_os().skip(1);
    exit(stillroom_cli::run_here(args));
}
