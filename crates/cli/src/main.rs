//! The `stillroom` command, outside of the wheel.

use std::io;
use std::process::exit;

fn main() {
    let args = std::env::args_os().skip(1);
    exit(stillroom_cli::run(args, &mut io::stdout().lock(), &mut io::stderr().lock()));
}
