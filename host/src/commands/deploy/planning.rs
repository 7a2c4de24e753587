//! Planning all services of a run, several at the same time. Nothing is changed.

use std::sync::Arc;

use futures_util::stream;
use futures_util::{StreamExt, TryStreamExt};

use super::planned::planned;
use super::{DeployArgs, Ready, ahead, kept};
use crate::commands::fleet::{self, AT_ONCE, Failed, Known, Member, Which, members, part};
use crate::commands::interrupt::Underway;
use crate::commands::prepare::{Need, Project, look_together};
use crate::config::Settings;
use crate::error::Error;
use crate::output::Output;
use crate::plan::Action;
use crate::plan::kept::{KeptPlan, KeptService};

/// Services that cannot be planned after which no more is tried: they have one cause as a rule.
const ENOUGH: usize = 20;

/// Services of which each is kept with all that it was rendered from; of more, it would be much.
const MANY: usize = 20;

/// Plans all services of the run. With `--keep-going`, those that cannot be planned come out
/// beside the others.
///
/// # Errors
/// Without `--keep-going`, where one of them cannot be planned: then nothing is deployed.
pub async fn plan_all(
    args: &DeployArgs,
    projects: &[Arc<Project>],
    underway: &Underway,
    out: &mut Output,
) -> Result<(Vec<Ready>, Failed), Error> {
    let all = members(projects, &args.services, args.refresh, out)?;
    let (all, others) = part(all, args.shard);
    ahead::check(args, &all, others, underway, out).await?;
    let together: Vec<_> = all.iter().map(|(m, s)| (&*m.project, s)).collect();
    look_together(&together).await;
    let number = all.len();
    // What is shown before it is done is shown whole.
    let is_shown = args.dry_run || all.iter().any(|(_, settings)| settings.confirm);
    let slim = number > MANY && !is_shown;
    let mut plans = stream::iter(all)
        .map(|known| one(args, known, slim, underway, out))
        .buffered(AT_ONCE);
    let (mut ready, mut unplanned) = (Vec::new(), Failed::new());
    while let Some((which, planned)) = plans.next().await {
        match planned {
            Ok(one) => ready.push(one),
            Err(error) => unplanned.push((which, error)),
        }
        if unplanned.len() >= ENOUGH && !args.keep_going {
            break;
        }
    }
    drop(plans);
    if unplanned.is_empty() || (args.keep_going && !ready.is_empty()) {
        return Ok((ready, unplanned));
    }
    told(unplanned, number, out).map(|()| (ready, Failed::new()))
}

/// Plans what a kept plan is of, as it is now, and compares.
///
/// # Errors
/// The first that cannot be planned, or is not as it was when the plan was made.
pub async fn plan_kept(
    args: &DeployArgs,
    plan: &KeptPlan,
    projects: &[Arc<Project>],
    underway: &Underway,
    out: &mut Output,
) -> Result<Vec<Ready>, Error> {
    let mut all = Vec::new();
    for service in &plan.services {
        let project = kept::of(service, projects)?;
        let settings = kept::project(service, &project)?.settings(service.name.as_deref(), out)?;
        all.push((project, settings));
    }
    let together: Vec<_> = all.iter().map(|(p, s)| (&**p, s)).collect();
    look_together(&together).await;
    let slim = all.len() > MANY && all.iter().all(|(_, settings)| !settings.confirm);
    let one = async |(service, (project, _)): (&KeptService, (Arc<Project>, Settings))| {
        let member = |project| Member {
            project,
            name: service.name.clone(),
            of: service.config.clone(),
        };
        let as_kept = member(Arc::new(kept::project(service, &project)?));
        let (mut out, underway) = (as_kept.out(out), as_kept.underway(underway));
        let now = planned(args, as_kept, Need::Service, &underway, &mut out).await?;
        kept::check(service, &now, &mut out).await?;
        let member = member(project);
        Ok(lighter(Ready { member, ..now }, slim))
    };
    let plans = stream::iter(plan.services.iter().zip(all)).map(one);
    plans.buffered(AT_ONCE).try_collect().await
}

/// The same without what is read no more, where there are many.
fn lighter(mut ready: Ready, slim: bool) -> Ready {
    if !slim {
        return ready;
    }
    ready.slim = true;
    ready.prepared.slim();
    if let (Action::Update { .. }, Some(view)) = (ready.planned.action, &mut ready.prepared.service)
    {
        // It is looked at again just before the update.
        view.events = Vec::new();
    }
    ready
}

async fn one(
    args: &DeployArgs,
    (member, settings): Known,
    slim: bool,
    underway: &Underway,
    out: &Output,
) -> (Which, Result<Ready, Error>) {
    let (mut out, underway) = (member.out(out), member.underway(underway));
    let which = Which {
        of: member.of.clone(),
        name: settings.name,
    };
    let need = if slim {
        Need::ServiceAlone
    } else {
        Need::Service
    };
    let planned = planned(args, member, need, &underway, &mut out).await;
    (which, planned.map(|ready| lighter(ready, slim)))
}

/// Tells what cannot be planned, of `all` services.
///
/// # Errors
/// The only one, or that there are several.
pub fn told(unplanned: Failed, all: usize, out: &mut Output) -> Result<(), Error> {
    let (failed, several) = (unplanned.len(), unplanned.len() > 1);
    let told = fleet::told(unplanned, all, "planned", out);
    told.map_err(|error| match several {
        true if failed == all => error.hint("nothing was changed"),
        true => error.hint("nothing was changed; `--keep-going` deploys the others"),
        false => error,
    })
}
