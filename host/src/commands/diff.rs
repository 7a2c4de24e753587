//! `diff`: rendered against what runs, by meaning, each line with its layer.

use clap::Args;
use serde::Serialize;

use super::prepare::{KeepArgs, Need, Prepared, Project, Revision, prepare, template_then};
use super::provenance;
use crate::cli::Global;
use crate::diff::{Layer, Line, Split, SplitDiff, split};
use crate::error::{Error, ErrorKind};
use crate::output::{Output, escape, mask};
use crate::task_definition::TaskDefinition;

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

#[derive(Serialize)]
struct Shown<'a> {
    running: Option<&'a str>,
    #[serde(flatten)]
    diff: &'a SplitDiff,
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
    let running = prepared.running.as_ref().or(prepared.latest.as_ref());
    let diff = match running {
        Some(revision) => against(&prepared, revision, &project).await?,
        None => {
            project.kept().keep(&prepared, None)?;
            against_nothing(&prepared)
        }
    };
    let arn = running.map(|revision| revision.arn.as_str());
    if out.is_json() {
        out.json(&Shown {
            running: arn,
            diff: &diff,
        });
    } else {
        print(&prepared, arn, &diff, out);
    }
    verdict(args, &diff)
}

async fn against(
    prepared: &Prepared,
    running: &Revision,
    project: &Project,
) -> Result<SplitDiff, Error> {
    let (settings, now, aws) = (&prepared.settings, &prepared.template, &prepared.aws);
    let then = match project.kept().replayed() {
        Some(recording) => template_then(recording),
        None => provenance::template_then(settings, now, aws, running, project).await,
    };
    project.kept().keep(prepared, Some(&then))?;
    Ok(split(&Split {
        running: &running.definition,
        rendered: &prepared.rendered.definition,
        template_now: &prepared.template.definition,
        template_then: then.as_ref().map_err(String::as_str),
        edits: &prepared.overlaid.edits,
        answers: &prepared.answers,
    }))
}

/// Nothing runs and nothing is registered: all is new.
fn against_nothing(prepared: &Prepared) -> SplitDiff {
    let empty = TaskDefinition::new(serde_json::json!({})).expect("an object is a document");
    split(&Split {
        running: &empty,
        rendered: &prepared.rendered.definition,
        template_now: &prepared.template.definition,
        template_then: Err("nothing is registered in this family yet"),
        edits: &prepared.overlaid.edits,
        answers: &prepared.answers,
    })
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

fn print(prepared: &Prepared, running: Option<&str>, diff: &SplitDiff, out: &mut Output) {
    let template = &prepared.template.reference;
    if diff.is_empty() {
        out.note(&format!(
            "no difference: `{}` is what would be registered",
            running.unwrap_or("nothing")
        ));
        return;
    }
    out.data(&format!(
        "--- {}\n+++ {} from {template}\n",
        running.unwrap_or("(nothing)"),
        prepared.settings.family
    ));
    let layers = [
        (Layer::Infrastructure, "by infrastructure"),
        (Layer::You, "by you"),
        (Layer::Plugin, "by plugin"),
        (Layer::Lookup, "by lookup"),
        (Layer::Unknown, "not told apart"),
    ];
    for (layer, title) in layers {
        let mut lines = diff.of(layer).peekable();
        if lines.peek().is_some() {
            out.data(&format!("{title}\n"));
        }
        lines.for_each(|line| out.data(&format!("  {}\n", told(line))));
    }
    if let Some(reason) = &diff.reason {
        out.note(&format!(
            "infrastructure's part is not told from the rest: {reason}"
        ));
    }
}

/// `+` for new, `-` for gone, `~` for changed.
fn told(line: &Line) -> String {
    let at = &line.change.address;
    let value = |value: &serde_json::Value| mask::at(at, value).to_string();
    let entry = line
        .entry
        .as_deref()
        .filter(|_| line.layer == Layer::Plugin);
    let entry = entry.map_or(String::new(), |entry| format!("  [{entry}]"));
    let note = line
        .note
        .as_deref()
        .map_or(String::new(), |note| format!("  ({note})"));
    let change = match (&line.change.old, &line.change.new) {
        (None, Some(new)) => format!("+ {at}  {}", value(new)),
        (Some(old), None) => format!("- {at}  {}", value(old)),
        (Some(old), Some(new)) => format!("~ {at}  {} → {}", value(old), value(new)),
        (None, None) => at.clone(),
    };
    escape::line(&format!("{change}{entry}{note}")).into_owned()
}
