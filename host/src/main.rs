//! The acetate command: parse, run, print the error, exit. Nothing else.

use std::process::ExitCode;

#[expect(clippy::disallowed_methods, reason = "the arguments enter here")]
fn main() -> ExitCode {
    ExitCode::from(acetate::commands::main(std::env::args_os().collect()))
}
