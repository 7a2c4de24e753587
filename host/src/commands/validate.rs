//! `validate`: the rendered task definition against the rules that need no AWS.

use clap::Args;

use serde::Serialize;

use super::fleet::{Known, OfArgs, each, told, worse};
use super::prepare::{KeepArgs, Need, prepare};
use super::verify::plural;
use crate::cli::Global;
use crate::error::{Error, ErrorKind};
use crate::event::{Diagnostic, Severity};
use crate::output::Output;
use crate::validate::validate;

/// Checks the rendered task definition against the rules that need no AWS
#[derive(Debug, Args)]
#[command(after_help = "Exits with 5 where there are faults; warnings alone are no fault.")]
pub struct ValidateArgs {
    #[command(flatten)]
    of: OfArgs,
    #[command(flatten)]
    keep: KeepArgs,
}

/// What was found in one of several.
#[derive(Serialize)]
struct Shown {
    /// Configuration file, where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    config: Option<String>,
    family: String,
    findings: Vec<Diagnostic>,
}

impl ValidateArgs {
    /// Whether it is about as many configurations as are named; a recording is of one.
    pub(super) const fn takes_several(&self) -> bool {
        !self.keep.is_given()
    }
}

/// Prints all findings at once.
///
/// # Errors
/// [`ErrorKind::Faults`] where there is one, or whatever keeps it from being rendered.
pub async fn run(args: ValidateArgs, global: &Global, out: &mut Output) -> Result<(), Error> {
    let looked = args.of.looked(global, &args.keep, false, out)?;
    let number = looked.all.len();
    let (found, failed) = each(looked.all, out, async |known, out| found(known, out).await).await;
    let found: Vec<Shown> = found.into_iter().map(|(_, shown)| shown).collect();
    match (out.is_json(), looked.is_list) {
        (true, true) => out.json(&found),
        (true, false) => found.iter().for_each(|one| out.json(&one.findings)),
        (false, is_list) => found.iter().for_each(|one| print(one, is_list, out)),
    }
    let faulty: Vec<&Shown> = found.iter().filter(|one| one.faults() > 0).collect();
    let faults = faulty.iter().map(|one| one.faults()).sum();
    let faults = judged(faults, &faulty, looked.is_list);
    worse(told(failed, number, "rendered", out), faults, out)
}

async fn found((member, _): Known, out: &mut Output) -> Result<Shown, Error> {
    let (project, name) = (&member.project, member.name.as_deref());
    let prepared = prepare(project, name, Need::Template, out).await?;
    project.kept().keep(&prepared, None)?;
    let mut findings = prepared.diagnostics;
    findings.extend(validate(&prepared.rendered.definition));
    Ok(Shown {
        config: member.of,
        family: prepared.settings.family,
        findings,
    })
}

impl Shown {
    fn faults(&self) -> usize {
        let is_fault = |finding: &&Diagnostic| finding.severity == Severity::Error;
        self.findings.iter().filter(is_fault).count()
    }
}

/// Of several, each says which it is.
fn print(one: &Shown, is_list: bool, out: &mut Output) {
    let mut out = out.beside(one.config.as_deref());
    out.diagnostics(&one.findings);
    match one.faults() {
        0 => out.note(&format!("`{}` is valid", one.family)),
        n if is_list => out.note(&format!("`{}` has {}", one.family, plural(n, "fault"))),
        _ => (),
    }
}

fn judged(faults: usize, faulty: &[&Shown], is_list: bool) -> Result<(), Error> {
    let families = faulty.iter().map(|one| format!("`{}`", one.family));
    let message = match (faults, is_list) {
        (0, _) => return Ok(()),
        (n, false) => format!("the task definition has {}", plural(n, "fault")),
        (n, true) => format!(
            "there {} {} ({})",
            if n == 1 { "is" } else { "are" },
            plural(n, "fault"),
            families.collect::<Vec<_>>().join(", ")
        ),
    };
    Err(Error::new(ErrorKind::Faults, message))
}
