//! `man`: the manual page, on stdout.

use clap::{Args, Command, CommandFactory};
use clap_mangen::Man;

use crate::cli::{Cli, Global};
use crate::error::{Error, ErrorKind};
use crate::output::Output;

/// Prints the manual page
#[derive(Debug, Args)]
#[command(after_help = "Example: acetate man | man -l -")]
pub struct ManArgs {
    /// The page of one verb instead of the main page
    verb: Option<String>,
}

/// Prints it.
pub fn run(args: &ManArgs, _: &Global, out: &mut Output) -> Result<(), Error> {
    let mut page = Vec::new();
    Man::new(command(args.verb.as_deref())?)
        .render(&mut page)
        .map_err(|error| Error::new(ErrorKind::Bug, error))?;
    out.data(&String::from_utf8_lossy(&page));
    Ok(())
}

fn command(verb: Option<&str>) -> Result<Command, Error> {
    let mut whole = Cli::command();
    whole.build();
    let Some(verb) = verb else { return Ok(whole) };
    whole.find_subcommand(verb).cloned().ok_or_else(|| {
        Error::new(ErrorKind::Usage, format!("there is no verb `{verb}`"))
            .hint("`acetate help` lists the verbs")
    })
}
