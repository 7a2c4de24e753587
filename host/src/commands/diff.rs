//! `diff`: rendered against what runs, by meaning, each line with its layer.

use clap::Args;

use serde::Serialize;

use super::difference::difference;
use super::fleet::{OfArgs, each, told};
use super::prepare::{KeepArgs, Need, prepare};
use crate::cli::Global;
use crate::diff::Difference;
use crate::error::{Error, ErrorKind};
use crate::output::Output;

/// Shows what a deploy would change, by meaning, and who changes it
#[derive(Debug, Args)]
pub struct DiffArgs {
    #[command(flatten)]
    of: OfArgs,
    /// Exit with 3 where there are differences
    #[arg(long, conflicts_with = "detailed_exitcode")]
    exit_code: bool,
    /// Exit as `terraform plan` does: 0 no difference, 1 error, 2 differences
    #[arg(long)]
    detailed_exitcode: bool,
    #[command(flatten)]
    keep: KeepArgs,
}

/// One of several differences.
#[derive(Serialize)]
struct Shown {
    /// Configuration file, where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    config: Option<String>,
    #[serde(flatten)]
    difference: Difference,
}

impl DiffArgs {
    /// Whether it is about as many configurations as are named; a recording is of one.
    pub(super) const fn takes_several(&self) -> bool {
        !self.keep.is_given()
    }
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
    let looked = args.of.looked(global, &args.keep, false, out)?;
    let number = looked.all.len();
    let (found, failed) = each(looked.all, out, async |(member, _), out| {
        let (project, name) = (&member.project, member.name.as_deref());
        let prepared = prepare(project, name, Need::Service, out).await?;
        out.diagnostics(&prepared.diagnostics);
        difference(&prepared, project).await
    })
    .await;
    let lines = found.iter().map(|(_, found)| found.split.lines.len()).sum();
    let shown = found.into_iter();
    let mut shown = shown.map(|(config, difference)| Shown { config, difference });
    match (out.is_json(), looked.is_list) {
        (true, true) => out.json(&shown.collect::<Vec<Shown>>()),
        (true, false) => shown
            .next()
            .iter()
            .for_each(|one| out.json(&one.difference)),
        (false, _) => shown.for_each(|one| {
            let mut out = out.beside(one.config.as_deref());
            out.difference(&one.difference);
        }),
    }
    told(failed, number, "compared", out)?;
    verdict(args, lines)
}

fn verdict(args: &DiffArgs, lines: usize) -> Result<(), Error> {
    let plural = if lines == 1 {
        "difference"
    } else {
        "differences"
    };
    match (lines == 0, args.exit_code, args.detailed_exitcode) {
        (false, true, _) => Err(Error::new(ErrorKind::Differs, format!("{lines} {plural}"))),
        (false, _, true) => Err(Error::new(
            ErrorKind::DiffersAsTerraform,
            format!("{lines} {plural}"),
        )),
        _ => Ok(()),
    }
}
