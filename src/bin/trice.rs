//! `trice`: parses the command line and hands over.

use std::process::ExitCode;

fn main() -> ExitCode {
    trice::cli::run()
}
