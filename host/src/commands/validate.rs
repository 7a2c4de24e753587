//! `validate`: the rendered task definition against the rules that need no AWS.

use clap::Args;

use super::prepare::{KeepArgs, Need, Project, prepare};
use crate::cli::Global;
use crate::error::{Error, ErrorKind};
use crate::event::Severity;
use crate::output::Output;
use crate::validate::validate;

/// Checks the rendered task definition against the rules that need no AWS
#[derive(Debug, Args)]
#[command(after_help = "Exits with 5 where there are faults; warnings alone are no fault.")]
pub struct ValidateArgs {
    /// Service of the configuration; not needed where there is only one
    service: Option<String>,
    #[command(flatten)]
    keep: KeepArgs,
}

/// Prints all findings at once.
///
/// # Errors
/// [`ErrorKind::Faults`] where there is one, or whatever keeps it from being rendered.
pub async fn run(args: ValidateArgs, global: &Global, out: &mut Output) -> Result<(), Error> {
    let project = Project::open(global, out)?.keeping(&args.keep)?;
    let prepared = prepare(&project, args.service.as_deref(), Need::Template, out).await?;
    project.kept().keep(&prepared, None)?;
    let mut found = prepared.diagnostics;
    found.extend(validate(&prepared.rendered.definition));
    match out.is_json() {
        true => out.json(&found),
        false => out.diagnostics(&found),
    }
    let errors = found
        .iter()
        .filter(|finding| finding.severity == Severity::Error)
        .count();
    match errors {
        0 => {
            out.note(&format!("`{}` is valid", prepared.settings.family));
            Ok(())
        }
        1 => Err(Error::new(
            ErrorKind::Faults,
            "the task definition has 1 fault",
        )),
        n => Err(Error::new(
            ErrorKind::Faults,
            format!("the task definition has {n} faults"),
        )),
    }
}
