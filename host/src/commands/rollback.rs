//! `rollback`: back to what last ran well, or to a revision that the user names.

use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use super::back::{self, Of};
use super::execute::update_to;
use super::follow::{self, Track, follow, judged};
use super::interrupt::{Underway, interruptible};
use super::looking::{again, counts, found, goal, key, service_of, settings, template_family};
use super::prepare::read::{guard, revision};
use super::prepare::{Need, Project, Revision, connection, within_reach};
use super::publish::publish;
use super::status::{masked, words};
use crate::aws::connect;
use crate::cli::Global;
use crate::diff::diff;
use crate::error::Error;
use crate::event::{Event, short};
use crate::output::Output;
use crate::plan::Action;
use crate::wait::Goal;

/// Goes back to what last ran well, or to a revision of yours
#[derive(Debug, Args)]
#[command(after_help = "A second rollback goes further back, not forth. Exits as `deploy` does.")]
pub struct RollbackArgs {
    /// Service of the configuration; not needed where there is only one
    service: Option<String>,
    /// An active revision that acetate registered: 7, FAMILY:7 or an ARN
    #[arg(long, value_name = "REVISION")]
    to: Option<String>,
    /// Print the plan and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Take over from a deployment in progress
    #[arg(long)]
    replace: bool,
    /// How long to follow, such as 15m [default: `deploy.timeout`]
    #[arg(long, value_name = "TIME", value_parser = crate::config::duration)]
    timeout: Option<Duration>,
}

/// Goes back.
///
/// # Errors
/// Whatever stops it before anything was changed, AWS's refusals, and every verdict but success.
pub async fn run(args: RollbackArgs, global: &Global, out: &mut Output) -> Result<(), Error> {
    out.stream();
    let project = Project::open(global, out)?;
    let underway = Underway::default();
    interruptible(&underway, rollback(&args, &project, &underway, out)).await
}

async fn rollback(
    args: &RollbackArgs,
    project: &Project,
    underway: &Underway,
    out: &mut Output,
) -> Result<(), Error> {
    let (global, name) = (project.global(), args.service.as_deref());
    let settings = settings(project, name, out)?;
    within_reach(global, &settings, Need::Service)?;
    let (cluster, service) = service_of(&settings)?;
    let aws = Arc::new(connect(&connection(global, &settings))?);
    guard(project, &settings, &aws).await?;
    let view = found(&aws, cluster, service).await?;
    let template_family = template_family(&settings);
    let again = again(global, name);
    let of = Of {
        aws: &aws,
        cluster,
        service: &view,
        family: &settings.family,
        template_family: template_family.as_deref(),
        again: &again,
    };
    let (target, why) = match &args.to {
        Some(text) => (
            back::chosen(of, text, settings.deploy.stamp).await?,
            "it was asked for",
        ),
        None => (back::target(of, out).await?, "it last ran well"),
    };
    let plan = back::planned(of, &target.arn, why, args.replace).await?;
    if args.dry_run {
        out.plan(&plan);
    } else {
        out.event(&Event::Planned(plan.clone()));
    }
    changes(of, &target, out).await?;
    if args.dry_run {
        return Ok(());
    }
    let base = match plan.action {
        Action::Update { .. } => {
            update_to(of.aws, &plan, &target.arn, &again, underway, out).await?
        }
        Action::Follow => Goal::of_service(&view, Some(&target.arn)),
        Action::Nothing => Goal {
            service: view.name.clone(),
            ..Goal::default()
        },
    };
    let goal = goal(&settings, base, args.timeout, false, again.clone());
    if plan.action == Action::Nothing {
        let (desired, running) = counts(&view);
        let verdict = follow::nothing_to_do(&goal, &target.arn, desired, running);
        follow::tell(&verdict, out);
        judged(&verdict)?;
        return publish(&settings, &aws, &target.arn, out).await;
    }
    let key = key(global, &settings);
    let track = Track {
        goal,
        aws: Arc::clone(&aws),
        key,
    };
    let verdicts = follow(vec![track], underway, out).await;
    verdicts.iter().try_for_each(judged)?;
    publish(&settings, &aws, &target.arn, out).await
}

/// What the rollback changes in the task definition.
async fn changes(of: Of<'_>, target: &Revision, out: &mut Output) -> Result<(), Error> {
    let now = back::current(of.service);
    let Some(running) = revision(of.aws, now).await? else {
        return Ok(());
    };
    let changes = diff(&running.definition, &target.definition);
    if changes.is_empty() {
        out.note(&format!(
            "`{}` means the same as `{}`",
            short(&target.arn),
            short(now)
        ));
    }
    for change in changes {
        out.note(&words(&masked(change)));
    }
    Ok(())
}
