//! `history prune`: revisions of the family that nothing refers to any more are deregistered.

use clap::Args;
use serde::Serialize;

use super::interrupt::{Underway, interruptible};
use super::looking::{line, settings, template_family};
use super::prepare::read::{guard, revision};
use super::prepare::{Need, Project, connection, within_reach};
use crate::aws::{Aws, CallError, Class, Reference, connect};
use crate::cli::Global;
use crate::config::Settings;
use crate::error::{Error, ErrorKind};
use crate::event::short;
use crate::output::{Output, escape};
use crate::render::stamps_of;
use crate::rollback::prune::{Family, Kept, is_of, prune};
use crate::rollback::{self, targets};

/// Deregisters old revisions that acetate registered and nothing refers to
#[derive(Debug, Args)]
#[command(
    after_help = "Clusters, services, tasks, schedules and rules of the account and region are asked what they refer to; where one may not be asked, nothing is done. `acetate permissions --for prune` prints what it needs. A revision that is deregistered can be read and not deployed again."
)]
pub struct PruneArgs {
    /// Service of the configuration; not needed where there is only one
    service: Option<String>,
    /// How many of the newest revisions stay, and how many that a rollback goes to
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    keep: u32,
    /// Tell what would go, and change nothing
    #[arg(long)]
    dry_run: bool,
}

#[derive(Serialize)]
struct Shown<'a> {
    family: &'a str,
    dry_run: bool,
    deregistered: &'a [String],
    /// Revisions that stay, and why.
    kept: &'a Kept,
}

/// Prunes.
///
/// # Errors
/// [`ErrorKind::Refused`] where it may not look; AWS's refusals.
pub async fn run(args: PruneArgs, global: &Global, out: &mut Output) -> Result<(), Error> {
    let project = Project::open(global, out)?;
    let underway = Underway::default();
    interruptible(&underway, pruned(&args, &project, &underway, out)).await
}

async fn pruned(
    args: &PruneArgs,
    project: &Project,
    underway: &Underway,
    out: &mut Output,
) -> Result<(), Error> {
    let (global, name) = (project.global(), args.service.as_deref());
    let settings = settings(project, name, out)?;
    within_reach(global, &settings, Need::Service)?;
    if !settings.deploy.stamp {
        let message = "with `stamp = \"none\"` nothing tells which revisions acetate registered";
        return Err(Error::new(ErrorKind::Refused, message)
            .hint("take `stamp` out of `[deploy]`; only revisions that are stamped are pruned"));
    }
    let aws = connect(&connection(global, &settings))?;
    guard(project, &settings, &aws).await?;
    let keep = args.keep as usize;
    let stamped = stamped(&aws, &settings.family).await?;
    let mut family = Family {
        stamped,
        ..Family::default()
    };
    // Where there are no more than stay anyway, nobody needs to be asked.
    if family.stamped.len() > keep {
        look(&aws, &settings, &mut family).await.map_err(unseen)?;
    }
    let (gone, kept) = prune(&family, keep);
    if !args.dry_run {
        let more = ["--keep".to_owned(), args.keep.to_string()];
        let again = line(global, "history prune", name, &more);
        deregister(&aws, &settings.family, &gone, &again, underway).await?;
    }
    show(&settings.family, args.dry_run, &gone, &kept, out);
    Ok(())
}

/// ACTIVE revisions of the family with stamps, newest first.
async fn stamped(aws: &Aws, family: &str) -> Result<Vec<String>, Error> {
    let refused = |error: CallError| error.into_error(false);
    let mut arns = aws.all_revisions(family).await.map_err(refused)?;
    let number = |arn: &String| arn.rsplit(':').next().and_then(|n| n.parse::<u64>().ok());
    arns.sort_by_key(|arn| std::cmp::Reverse(number(arn)));
    let mut stamped = Vec::new();
    for arn in arns {
        let found = revision(aws, &arn).await?;
        if found.is_some_and(|found| !stamps_of(&found.definition).is_empty()) {
            stamped.push(arn);
        }
    }
    Ok(stamped)
}

/// Asks everybody who may refer to a task definition.
async fn look(aws: &Aws, settings: &Settings, family: &mut Family) -> Result<(), CallError> {
    let mut all: Vec<Reference> = Vec::new();
    for cluster in aws.clusters().await? {
        let services = aws.references_of_services(&cluster).await?;
        let of_family = |(_, r): &&(String, Reference)| is_of(&r.task_definition, &settings.family);
        let mut ours: Vec<&str> = services
            .iter()
            .filter(of_family)
            .map(|(arn, _)| arn.as_str())
            .collect();
        ours.dedup();
        for service in ours {
            let history = aws.service_history(&cluster, service).await?;
            let ran = rollback::line(&history, template_family(settings).as_deref());
            let on = services.iter().find(|(arn, _)| arn == service);
            let on = on.map_or("", |(_, r)| r.task_definition.as_str());
            family.targets.push(targets(&ran, on));
        }
        all.extend(services.into_iter().map(|(_, reference)| reference));
        all.extend(aws.references_of_tasks(&cluster).await?);
    }
    all.extend(aws.references_of_schedules().await?);
    all.extend(aws.references_of_rules().await?);
    let ours = all
        .into_iter()
        .filter(|r| is_of(&r.task_definition, &settings.family));
    family.referred = ours.map(|r| (r.task_definition, r.by)).collect();
    Ok(())
}

/// Who cannot be asked may refer to anything.
fn unseen(error: CallError) -> Error {
    let may_not = matches!(error.class, Class::Denied | Class::Unsupported);
    let message = format!("what refers to task definitions cannot be seen whole: {error}");
    let refused = error.into_error(false);
    let kind = if may_not {
        ErrorKind::Refused
    } else {
        refused.kind
    };
    let unseen = refused
        .hints
        .into_iter()
        .fold(Error::new(kind, message), Error::hint)
        .hint("nothing was deregistered");
    match may_not {
        true => unseen.hint("`acetate permissions --for prune` prints the policy that it needs"),
        false => unseen,
    }
}

async fn deregister(
    aws: &Aws,
    family: &str,
    gone: &[String],
    again: &str,
    underway: &Underway,
) -> Result<(), Error> {
    for (index, arn) in gone.iter().enumerate() {
        let told = format!(
            "{index} of {} old revisions of `{family}` are deregistered",
            gone.len()
        );
        underway.set(family, told.clone(), again);
        let done = aws.deregister(arn).await;
        done.map_err(|error| error.into_error(index > 0).hint(told))?;
    }
    underway.clear(family);
    Ok(())
}

fn show(family: &str, dry_run: bool, gone: &[String], kept: &Kept, out: &mut Output) {
    if out.is_json() {
        return out.json(&Shown {
            family,
            dry_run,
            deregistered: gone,
            kept,
        });
    }
    let verb = if dry_run { "would go" } else { "deregistered" };
    for arn in gone {
        out.data(&format!("{}  {verb}\n", escape::line(short(arn))));
    }
    for (arn, why) in kept {
        out.note(&format!("`{}` stays: {why}", short(arn)));
    }
    if gone.is_empty() {
        out.note(&format!("nothing of `{family}` is to be pruned"));
    }
}
