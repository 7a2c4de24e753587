//! Planning all services of a run, several at the same time. Nothing is changed.

use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream;

use super::{DeployArgs, Ready, planned};
use crate::commands::fleet::{Known, members};
use crate::commands::interrupt::Underway;
use crate::commands::prepare::{Project, look_together};
use crate::error::{Error, ErrorKind};
use crate::output::Output;
use crate::plan::Action;

/// Services that are planned at the same time.
const AT_ONCE: usize = 12;
/// Services that cannot be planned after which no more is tried: they have one cause as a rule.
const ENOUGH: usize = 20;

/// Services of which each is kept with all that it was rendered from; of more, it would be much.
const MANY: usize = 20;

/// The services that cannot be planned, and why.
pub type Unplanned = Vec<(String, Error)>;

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
) -> Result<(Vec<Ready>, Unplanned), Error> {
    let all = members(projects, &args.services, args.shard, args.refresh, out)?;
    let together: Vec<_> = all.iter().map(|(m, s)| (&*m.project, s)).collect();
    look_together(&together).await;
    let number = all.len();
    let slim = number > MANY && !args.dry_run;
    let mut plans = stream::iter(all)
        .map(|known| one(args, known, slim, underway, out))
        .buffered(AT_ONCE);
    let (mut ready, mut unplanned) = (Vec::new(), Unplanned::new());
    while let Some((name, planned)) = plans.next().await {
        match planned {
            Ok(one) => ready.push(one),
            Err(error) => unplanned.push((name, error)),
        }
        if unplanned.len() >= ENOUGH && !args.keep_going {
            break;
        }
    }
    drop(plans);
    if unplanned.is_empty() || (args.keep_going && !ready.is_empty()) {
        return Ok((ready, unplanned));
    }
    told(unplanned, number, out).map(|()| (ready, Unplanned::new()))
}

async fn one(
    args: &DeployArgs,
    (member, settings): Known,
    slim: bool,
    underway: &Underway,
    out: &Output,
) -> (String, Result<Ready, Error>) {
    let (mut out, underway) = (member.out(out), member.underway(underway));
    let name = settings.name.clone();
    drop(settings);
    let planned = planned(args, member, &underway, &mut out).await;
    let lighter = |mut ready: Ready| {
        if !slim || ready.prepared.settings.confirm {
            return ready;
        }
        ready.slim = true;
        ready.prepared.slim();
        if let (Action::Update { .. }, Some(view)) =
            (ready.plan.action, &mut ready.prepared.service)
        {
            // It is looked at again just before the update.
            view.events = Vec::new();
        }
        ready
    };
    (name, planned.map(lighter))
}

/// Tells what cannot be planned, of `all` services.
///
/// # Errors
/// The only one, or that there are several.
pub fn told(mut unplanned: Unplanned, all: usize, out: &mut Output) -> Result<(), Error> {
    if unplanned.len() < 2 {
        return unplanned.pop().map_or(Ok(()), |(_, error)| Err(error));
    }
    let worst = unplanned.iter().map(|(_, error)| error.kind);
    let worst = worst.max_by_key(|kind| kind.weight());
    unplanned.iter().for_each(|(_, error)| out.error(error));
    let names: Vec<String> = unplanned.iter().map(|(n, _)| format!("`{n}`")).collect();
    let message = format!(
        "{} of {all} services cannot be planned ({}); nothing was changed",
        names.len(),
        names.join(", ")
    );
    Err(Error::new(worst.unwrap_or(ErrorKind::Bug), message)
        .hint("`--keep-going` deploys the others"))
}
