//! `man`: the manual page, on stdout.

use clap::{Args, Command, CommandFactory};
use clap_mangen::Man;

use super::EXIT_CODES;
use crate::cli::{Cli, Global};
use crate::error::{Error, ErrorKind};
use crate::output::Output;

/// Prints the manual page
#[derive(Debug, Args)]
#[command(after_help = "Example: acetate man deploy | man -l -")]
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
    let exit_codes = match args.verb {
        None => exit_status(EXIT_CODES),
        Some(_) => String::new(),
    };
    out.data(&format!("{}{exit_codes}", String::from_utf8_lossy(&page)));
    Ok(())
}

/// The section of the exit codes. A line that begins with a dot or an apostrophe would be a request
/// to the formatter, and a backslash begins one anywhere.
fn exit_status(text: &str) -> String {
    let lines = text.lines().map(|line| {
        let line = line.replace('\\', "\\e").replace('-', "\\-");
        match line.starts_with(['.', '\'']) {
            true => format!("\\&{line}\n"),
            false => format!("{line}\n"),
        }
    });
    let lines: String = lines.collect();
    format!(".SH \"EXIT STATUS\"\n.nf\n{lines}.fi\n")
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
