//! `completions`: completions for a shell, on stdout.

use clap::{Args, CommandFactory};
use clap_complete::{Shell, generate};

use crate::cli::{Cli, Global};
use crate::error::Error;
use crate::output::Output;

/// Prints completions for a shell
#[derive(Debug, Args)]
#[command(after_help = "Example: acetate completions bash > /etc/bash_completion.d/acetate")]
pub struct CompletionsArgs {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

/// Prints them.
pub fn run(args: &CompletionsArgs, _: &Global, out: &mut Output) -> Result<(), Error> {
    let mut text = Vec::new();
    generate(args.shell, &mut Cli::command(), "acetate", &mut text);
    out.data(&String::from_utf8_lossy(&text));
    Ok(())
}
