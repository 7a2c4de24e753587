//! `verify`: whether the things exist that the task definition refers to, and fit. Also the step
//! of `plan` and `deploy` before anything is changed.

mod asks;
mod checks;
mod images;
mod jobs;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use clap::Args;
use clap::builder::PossibleValuesParser;
use serde::Serialize;

use super::coredump::CoredumpArgs;
use super::fleet::{OfArgs, each, told, worse};
use super::prepare::{KeepArgs, Need, Prepared, prepare};
use crate::aws::{Aws, Connection};
use crate::cli::Global;
use crate::error::{Error, ErrorKind};
use crate::event::{Diagnostic, Severity};
use crate::output::{Output, escape};
use crate::registry::Registry;
use crate::verify::{Check, Checked, NAMES};
pub use asks::Asks;
pub use images::image;

/// Checks that what the task definition refers to exists and fits, before anything is changed
#[derive(Debug, Args)]
#[command(after_help = "\
Checks: service, images, secrets, secret-keys, parameters, roles, role-access, log-groups,
env-files. They are made at the same time. `deploy` and `plan` make them too, and `run` all but
`service`; `register` makes none. What cannot
work is a fault, and faults exit with 5. What cannot be known from here, be it that a permission
is missing, is a warning, and warnings never fail. `deploy.skip-checks` in acetate.toml leaves
checks out for good, `--skip-check` for one run.

`secret-keys` reads the values of secrets of which a JSON key is named, since AWS has no other way
to tell the keys; no value is printed or kept. Whoever deploys needs `secretsmanager:GetSecretValue`
for that; where it is not given, leave the check out.

`role-access` simulates the policies of the execution role. Policies of resources are not seen,
so it only warns.")]
pub struct VerifyArgs {
    #[command(flatten)]
    of: OfArgs,
    #[command(flatten)]
    checks: CheckArgs,
    #[command(flatten)]
    coredump: CoredumpArgs,
}

/// Which checks are made.
#[derive(Debug, Clone, Default, Args)]
pub struct CheckArgs {
    /// Leave out a check of `verify` (can be repeated), or `all` of them
    #[arg(long, value_name = "CHECK", value_parser = PossibleValuesParser::new(NAMES), hide_possible_values = true)]
    skip_check: Vec<String>,
    /// How long one check of `verify` may take [default: 10s]
    #[arg(long, value_name = "TIME", value_parser = crate::config::duration)]
    check_timeout: Option<Duration>,
}

/// What is checked, and the launch type in place of its service's.
type Of<'a> = (&'a Prepared, Option<&'a str>);

impl CheckArgs {
    /// The options that pick a run up again with the same checks.
    pub(super) fn words(&self) -> Vec<String> {
        let skipped = self.skip_check.iter();
        skipped
            .flat_map(|name| ["--skip-check".to_owned(), name.clone()])
            .collect()
    }
}

/// Time for one check, where nothing else is said.
const LIMIT: Duration = Duration::from_secs(10);

/// What was checked of one service.
#[derive(Serialize)]
struct Shown<'a> {
    /// Configuration file, where there are several.
    #[serde(skip_serializing_if = "Option::is_none")]
    config: Option<&'a str>,
    family: &'a str,
    checks: Vec<One<'a>>,
}

#[derive(Serialize)]
struct One<'a> {
    check: &'static str,
    subject: &'a str,
    outcome: &'static str,
    seconds: f64,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    findings: Vec<Diagnostic>,
}

/// Prints what was checked.
///
/// # Errors
/// [`ErrorKind::Faults`] where there is one, or whatever keeps it from being rendered.
pub async fn run(args: VerifyArgs, global: &Global, out: &mut Output) -> Result<(), Error> {
    if global.offline {
        let message = "nothing can be verified with `--offline`";
        return Err(Error::new(ErrorKind::Usage, message).hint("`acetate validate` asks nobody"));
    }
    let keep = KeepArgs::only(args.coredump);
    let looked = args.of.looked(global, &keep, false, out)?;
    let number = looked.all.len();
    let (all, failed) = each(looked.all, out, async |(member, settings), out| {
        let need = settings.service.map_or(Need::Template, |_| Need::Service);
        let prepared = prepare(&member.project, member.name.as_deref(), need, out).await?;
        out.diagnostics(&prepared.diagnostics);
        Ok(prepared)
    })
    .await;
    let (of, all): (Vec<Option<String>>, Vec<Prepared>) = all.into_iter().unzip();
    let found = Before::of(all.iter().map(|one| (one, None)).collect(), &args.checks).await;
    print(&of, &found, out);
    let failed = told(failed, number, "rendered", out);
    worse(failed, found.judged(), out)?;
    let count: usize = found.checked.iter().map(Vec::len).sum();
    out.note(&format!("{}, no fault", plural(count, "check")));
    Ok(())
}

/// Checks what is to be deployed, before anything is changed.
pub async fn before<'a>(all: impl Iterator<Item = &'a Prepared>, args: &CheckArgs) -> Before<'a> {
    Before::of(all.map(|prepared| (prepared, None)).collect(), args).await
}

/// The same before a one-off task: where it runs may have been typed, and no load balancer knows
/// of it.
///
/// # Errors
/// [`ErrorKind::Faults`] where there is one.
pub async fn before_a_task(
    prepared: &Prepared,
    launch_type: Option<&str>,
    args: &CheckArgs,
    out: &mut Output,
) -> Result<(), Error> {
    let mut args = args.clone();
    args.skip_check.push(Check::Service.name().to_owned());
    let found = Before::of(vec![(prepared, launch_type)], &args).await;
    found.told(out)
}

/// What was checked of some, and what was found.
pub struct Before<'a> {
    all: Vec<Of<'a>>,
    checked: Vec<Vec<Checked>>,
}

impl<'a> Before<'a> {
    async fn of(all: Vec<Of<'a>>, args: &CheckArgs) -> Self {
        let checked = check(&all, args).await;
        Self { all, checked }
    }

    /// Whether something cannot work.
    #[must_use]
    pub fn has_faults(&self) -> bool {
        self.judged().is_err()
    }

    fn judged(&self) -> Result<(), Error> {
        judged(&self.all, &self.checked)
    }

    /// Nothing is said of what is well, unless more is asked for.
    ///
    /// # Errors
    /// [`ErrorKind::Faults`] where there is one.
    pub fn told(&self, out: &mut Output) -> Result<(), Error> {
        for one in self.checked.iter().flatten() {
            let loud = |d: &Diagnostic| d.severity > Severity::Info || out.verbosity() > 0;
            let told: Vec<Diagnostic> = one.diagnostics().into_iter().filter(loud).collect();
            out.diagnostics(&told);
            if out.verbosity() > 0 {
                out.note(&format!("verified {}", line(one)));
            }
        }
        self.judged().map_err(|error| {
            error.hint("`--skip-check CHECK` does without a check; `acetate verify` tells more")
        })
    }
}

/// All checks of these, each in the account and region of its own; those of one connection have
/// one memory, and so have all for images of registries that are not AWS's.
async fn check(all: &[Of<'_>], args: &CheckArgs) -> Vec<Vec<Checked>> {
    let limit = args.check_timeout.unwrap_or(LIMIT);
    let images = Arc::default();
    let of = |aws: &Arc<Aws>| Asks::new(Arc::clone(aws), Registry::public()).knowing(&images);
    let mut asks: BTreeMap<&Connection, Arc<Asks>> = BTreeMap::new();
    for (prepared, _) in all {
        let asks = asks.entry(prepared.aws.connection());
        let asks = asks.or_insert_with(|| Arc::new(of(&prepared.aws)));
        asks.learn(&prepared.learned);
    }
    let mut counts = Vec::new();
    let jobs = all.iter().flat_map(|(prepared, launch_type)| {
        let asks = &asks[prepared.aws.connection()];
        let skipped = [&args.skip_check[..], &prepared.settings.deploy.skip_checks].concat();
        let of_one = checks::of(prepared, *launch_type, asks, &skipped);
        counts.push(of_one.len());
        of_one
    });
    let mut done = jobs::all(jobs, limit).await.into_iter();
    counts
        .iter()
        .map(|count| done.by_ref().take(*count).collect())
        .collect()
}

fn judged(all: &[Of<'_>], checked: &[Vec<Checked>]) -> Result<(), Error> {
    let is_fault = |one: &&Checked| one.worst() == Some(Severity::Error);
    let count = |checked: &[Checked]| checked.iter().filter(is_fault).count();
    let with = all
        .iter()
        .zip(checked)
        .filter(|(_, checked)| count(checked) > 0);
    let families: Vec<String> = with
        .map(|((prepared, _), _)| format!("`{}`", prepared.settings.family))
        .collect();
    if families.is_empty() {
        return Ok(());
    }
    let count: usize = checked.iter().map(|checked| count(checked)).sum();
    let message = format!(
        "`verify` found {} in {}",
        plural(count, "fault"),
        families.join(", ")
    );
    Err(Error::new(ErrorKind::Faults, message))
}

/// `1 fault`, `2 faults`.
pub(super) fn plural(count: usize, what: &str) -> String {
    let end = if count == 1 { "" } else { "s" };
    format!("{count} {what}{end}")
}

fn print(of: &[Option<String>], found: &Before<'_>, out: &mut Output) {
    let families = found.all.iter();
    let families = families.map(|(prepared, _)| prepared.settings.family.as_str());
    let named = of.iter().map(Option::as_deref).zip(families);
    let named = named.zip(&found.checked);
    if out.is_json() {
        let shown: Vec<Shown<'_>> = named.map(shown).collect();
        return out.json(&shown);
    }
    for ((of, family), checked) in named {
        if found.all.len() > 1 {
            let of = of.map_or_else(String::new, |of| format!("{of}: "));
            out.data(&format!("{}\n", escape::line(&format!("{of}{family}"))));
        }
        for one in checked {
            out.data(&format!("{:<8} {}\n", outcome(one), line(one)));
        }
    }
    for one in found.checked.iter().flatten() {
        out.diagnostics(&one.diagnostics());
    }
}

/// Configuration and family, and what was checked.
type Named<'a> = ((Option<&'a str>, &'a str), &'a Vec<Checked>);

fn shown<'a>(((config, family), checked): Named<'a>) -> Shown<'a> {
    let one = |one: &'a Checked| One {
        check: one.check.name(),
        subject: &one.subject,
        outcome: outcome(one),
        seconds: one.seconds,
        findings: one.diagnostics(),
    };
    Shown {
        config,
        family,
        checks: checked.iter().map(one).collect(),
    }
}

fn outcome(one: &Checked) -> &'static str {
    match one.worst() {
        Some(Severity::Error) => "fault",
        Some(Severity::Warning) => "warning",
        Some(Severity::Info) => "skipped",
        None => "ok",
    }
}

fn line(one: &Checked) -> String {
    let subject = escape::line(&one.subject);
    format!("{:<12} {subject}  {:.2} s", one.check.name(), one.seconds)
}
