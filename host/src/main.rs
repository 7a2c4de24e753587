//! The acetate command: parse, run, print the error, exit. Nothing else.

use std::process::ExitCode;

fn main() -> ExitCode {
    ExitCode::from(acetate::commands::main(std::env::args_os().collect()))
}
