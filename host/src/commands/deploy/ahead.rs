//! Waves and jobs (`--shard`). Jobs do not speak with one another, but what a service runs is seen
//! in ECS: a job begins nothing before the services that earlier waves name run what they should,
//! whichever job deploys them.

use std::collections::BTreeMap;

use super::planned::planned;
use super::{DeployArgs, queue};
use crate::commands::fleet::{Known, each, told};
use crate::commands::interrupt::Underway;
use crate::commands::prepare::Need;
use crate::error::{Error, ErrorKind};
use crate::output::Output;
use crate::plan::Action;
use crate::plan::fleet::{Wave, waves};

/// Looks at the services of other jobs that a wave before one of this job's names; with
/// `--queue`, a deployment of them in progress is waited for.
///
/// # Errors
/// [`ErrorKind::Refused`] where one of them does not run yet what this run would give it; a plan
/// that is only shown goes on.
pub async fn check(
    args: &DeployArgs,
    ours: &[Known],
    others: Vec<Known>,
    underway: &Underway,
    out: &mut Output,
) -> Result<(), Error> {
    let last = last_wave(args, ours);
    let is_ahead = |one: &Known| named_in(args, one).is_some_and(|wave| wave < last);
    let ahead: Vec<Known> = others.into_iter().filter(is_ahead).collect();
    let number = ahead.len();
    // It is only looked at: what it runs is compared, whatever is to be done to ours.
    let asked = DeployArgs {
        force: false,
        replace: false,
        ..args.clone()
    };
    let runs = async |(mut member, settings): Known, out: &mut Output| {
        let underway = member.underway(underway);
        loop {
            let planned = planned(&asked, member, Need::Service, &underway, out).await?;
            match planned.plan().action {
                Action::Nothing => return Ok(()),
                Action::Follow if args.queue => (),
                _ => return Err(not_yet(&settings.name)),
            }
            let (project, name) = (&planned.member.project, planned.member.name.as_deref());
            queue(args, project, name, &planned.prepared, &underway, out).await?;
            member = planned.member;
        }
    };
    let (_, failed) = each(ahead, out, runs).await;
    // What is kept is done later without another look.
    if args.dry_run && args.out.is_none() {
        failed.iter().for_each(|(_, e)| out.warn(&e.to_string()));
        return Ok(());
    }
    told(failed, number, "passed by", out)
}

fn not_yet(name: &str) -> Error {
    let message =
        format!("`{name}` is of an earlier wave and of another job, and does not run this yet");
    Error::new(ErrorKind::Refused, message).hint(format!(
        "deploy what the first waves name in a job of its own, `acetate deploy {name}`, and let the jobs of `--shard` come after it"
    ))
}

/// The waves that a service is counted in: those of the run, or of its configuration.
fn asked(args: &DeployArgs, (member, _): &Known) -> Vec<Wave> {
    match args.waves.is_empty() {
        true => member.project.config().waves(),
        false => args.waves.clone(),
    }
}

/// The last wave that this job has services in; what is in no wave comes after all of them.
fn last_wave(args: &DeployArgs, ours: &[Known]) -> usize {
    let mut groups: BTreeMap<Option<&str>, Vec<&Known>> = BTreeMap::new();
    for one in ours {
        let of = one.0.of.as_deref().filter(|_| args.waves.is_empty());
        groups.entry(of).or_default().push(one);
    }
    let last = groups.values().flat_map(|group| {
        let asked = asked(args, group[0]);
        let names: Vec<&str> = group.iter().map(|one| one.1.name.as_str()).collect();
        let rest = |wave: usize| {
            if wave == asked.len() {
                usize::MAX
            } else {
                wave
            }
        };
        waves(&names, &asked).into_iter().map(rest).max()
    });
    last.max().unwrap_or(0)
}

/// The first wave that names the service; `None` where none does, and it may come at any time.
fn named_in(args: &DeployArgs, one: &Known) -> Option<usize> {
    let names = |wave: &Wave| matches!(wave, Wave::Names(names) if names.contains(&one.1.name));
    asked(args, one).iter().position(names)
}
