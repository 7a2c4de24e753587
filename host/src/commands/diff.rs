//! `diff`: rendered against what runs, by meaning, each line with its layer.

use clap::Args;

use super::difference::difference;
use super::prepare::{KeepArgs, Need, Project, prepare};
use crate::cli::Global;
use crate::diff::SplitDiff;
use crate::error::{Error, ErrorKind};
use crate::output::Output;

/// Shows what a deploy would change, by meaning, and who changes it
#[derive(Debug, Args)]
pub struct DiffArgs {
    /// Service of the configuration; not needed where there is only one
    service: Option<String>,
    /// Exit with 3 where there are differences
    #[arg(long, conflicts_with = "detailed_exitcode")]
    exit_code: bool,
    /// Exit as `terraform plan` does: 0 no difference, 1 error, 2 differences
    #[arg(long)]
    detailed_exitcode: bool,
    #[command(flatten)]
    keep: KeepArgs,
}

/// Prints the difference.
///
/// # Errors
/// [`ErrorKind::Differs`] where a code was asked for, or whatever keeps it from being rendered.
pub async fn run(args: DiffArgs, global: &Global, out: &mut Output) -> Result<(), Error> {
    let result = compare(&args, global, out).await;
    match args.detailed_exitcode {
        // Terraform knows one code for every error.
        true => result.map_err(|error| match error.kind {
            ErrorKind::DiffersAsTerraform => error,
            _ => Error {
                kind: ErrorKind::Input,
                ..error
            },
        }),
        false => result,
    }
}

async fn compare(args: &DiffArgs, global: &Global, out: &mut Output) -> Result<(), Error> {
    let project = Project::open(global, out)?.keeping(&args.keep)?;
    let prepared = prepare(&project, args.service.as_deref(), Need::Service, out).await?;
    out.diagnostics(&prepared.diagnostics);
    let difference = difference(&prepared, &project).await?;
    if out.is_json() {
        out.json(&difference);
    } else {
        out.difference(&difference);
    }
    verdict(args, &difference.split)
}

fn verdict(args: &DiffArgs, diff: &SplitDiff) -> Result<(), Error> {
    let lines = diff.lines.len();
    let plural = if lines == 1 {
        "difference"
    } else {
        "differences"
    };
    match (diff.is_empty(), args.exit_code, args.detailed_exitcode) {
        (false, true, _) => Err(Error::new(ErrorKind::Differs, format!("{lines} {plural}"))),
        (false, _, true) => Err(Error::new(
            ErrorKind::DiffersAsTerraform,
            format!("{lines} {plural}"),
        )),
        _ => Ok(()),
    }
}
