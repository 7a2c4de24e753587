//! Many services: in waves and, by `after-services`, in rounds; those of one round together. The
//! worst end counts.

use std::sync::Arc;

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::react::react;
use super::report::{How, Report};
use super::request::warn_of_after;
use super::{Begun, DeployArgs, Ready, finish, start};
use crate::aws::rates::Pace;
use crate::commands::fleet::Failed;
use crate::commands::follow::{Follower, Track, follower, judged};
use crate::commands::interrupt::Underway;
use crate::error::{Error, ErrorKind};
use crate::event::Outcome;
use crate::event::fleet::End;
use crate::output::Output;
use crate::plan::fleet::{Wave, waves};
use crate::plan::rounds;

/// Services that are registered and updated at the same time at most: the last of them still gets
/// its turn at AWS before its signature is too old.
const STARTING: u32 = 64;
/// The same where the buckets are small.
const STARTING_AT_LEAST: u32 = 4;

/// Deploys all that is ready. What could not be planned counts as failed.
///
/// # Errors
/// The only error, or the worst of them.
pub async fn deploy(
    ready: Vec<Ready>,
    unplanned: Failed,
    args: &DeployArgs,
    underway: &Underway,
    out: &mut Output,
) -> Result<(), Error> {
    let waves = in_waves(&ready, args, out)?;
    let mut report = Report::new(&ready, &waves, unplanned);
    for (number, wave) in waves.iter().enumerate() {
        if report.has_failed() && !args.keep_going {
            break;
        }
        for round in rounds_of(&ready, wave)? {
            report.wave(number, out);
            let members: Vec<usize> = round
                .into_iter()
                .filter(|index| !report.comes_after_failed(&ready, *index, out))
                .collect();
            together(&ready, &members, args, underway, &mut report, out).await;
        }
    }
    report.end(out)
}

/// The waves of the run, as indices of services; each has some.
fn in_waves(
    ready: &[Ready],
    args: &DeployArgs,
    out: &mut Output,
) -> Result<Vec<Vec<usize>>, Error> {
    let mut of = vec![0; ready.len()];
    let mut last = 0;
    for (members, asked) in asked_for(ready, args) {
        let names: Vec<&str> = members.iter().map(|i| called(&ready[*i])).collect();
        known(&asked, ready, args, out)?;
        for (index, wave) in members.iter().zip(waves(&names, &asked)) {
            of[*index] = if wave == asked.len() {
                usize::MAX
            } else {
                wave
            };
        }
        last = last.max(asked.len());
    }
    let mut found: Vec<Vec<usize>> = vec![Vec::new(); last + 1];
    for (index, wave) in of.iter().enumerate() {
        found[(*wave).min(last)].push(index);
    }
    found.retain(|wave| !wave.is_empty());
    in_order(ready, &found)?;
    Ok(found)
}

/// The services that waves are counted among, and the waves: those of the run over all of them, or
/// those of each configuration over its own.
fn asked_for(ready: &[Ready], args: &DeployArgs) -> Vec<(Vec<usize>, Vec<Wave>)> {
    if !args.waves.is_empty() {
        return vec![((0..ready.len()).collect(), args.waves.clone())];
    }
    let mut all: Vec<(Vec<usize>, Vec<Wave>)> = Vec::new();
    let mut of: Vec<&Option<String>> = Vec::new();
    for (index, one) in ready.iter().enumerate() {
        match of.iter().position(|known| **known == one.member.of) {
            Some(at) => all[at].0.push(index),
            None => {
                of.push(&one.member.of);
                all.push((vec![index], one.member.project.config().waves()));
            }
        }
    }
    all
}

/// A wave names services of this run, or of another job's part, or of what was not asked for.
fn known(
    asked: &[Wave],
    ready: &[Ready],
    args: &DeployArgs,
    out: &mut Output,
) -> Result<(), Error> {
    let named = asked.iter().filter_map(|wave| match wave {
        Wave::Names(names) => Some(names),
        Wave::Count(_) | Wave::Percent(_) => None,
    });
    for name in named.flatten() {
        let is_it = |one: &Ready| {
            called(one) == name || one.member.project.config().services().contains(name)
        };
        if ready.iter().any(is_it) {
            continue;
        }
        let message = format!("a wave names the service `{name}`, which there is not");
        if args.shard.is_none() {
            return Err(Error::new(ErrorKind::Input, message)
                .hint("mend `waves` of the configuration, or `--wave`"));
        }
        out.note(&message);
    }
    Ok(())
}

/// What comes before a service is not in a later wave.
fn in_order(ready: &[Ready], waves: &[Vec<usize>]) -> Result<(), Error> {
    let wave_of = |index: usize| waves.iter().position(|wave| wave.contains(&index));
    for (index, one) in ready.iter().enumerate() {
        for before in &one.prepared.settings.after_services {
            let is_it = |other: &Ready| other.member.of == one.member.of && called(other) == before;
            let at = ready.iter().position(is_it);
            if at.is_some_and(|at| wave_of(at) > wave_of(index)) {
                let message = format!(
                    "`{}` comes after `{before}`, which is in a later wave",
                    called(one)
                );
                return Err(Error::new(ErrorKind::Input, message)
                    .hint("put both into one wave, or `after-services` right"));
            }
        }
    }
    Ok(())
}

pub(super) fn called(one: &Ready) -> &str {
    &one.prepared.settings.name
}

/// The rounds of a wave: in each, all whose forerunners are in a round before.
fn rounds_of(ready: &[Ready], wave: &[usize]) -> Result<Vec<Vec<usize>>, Error> {
    // Services of several configurations may have the same name.
    let label = |of: &Option<String>, name: &str| format!("{of:?} {name}");
    let mine = |index: &usize| label(&ready[*index].member.of, called(&ready[*index]));
    let order: Vec<(String, Vec<String>)> = wave
        .iter()
        .map(|index| {
            let (of, settings) = (&ready[*index].member.of, &ready[*index].prepared.settings);
            let after = settings.after_services.iter().map(|n| label(of, n));
            (mine(index), after.collect())
        })
        .collect();
    let rounds = rounds(&order).ok_or_else(|| {
        Error::new(ErrorKind::Input, "`after-services` goes in a circle")
            .hint("take one of the services out of it")
    })?;
    let indices = |round: Vec<String>| {
        let of_round = wave.iter().filter(|index| round.contains(&mine(index)));
        of_round.copied().collect()
    };
    Ok(rounds.into_iter().map(indices).collect())
}

/// Deploys services at the same time, each from its first call to its end.
async fn together(
    ready: &[Ready],
    members: &[usize],
    args: &DeployArgs,
    underway: &Underway,
    report: &mut Report,
    out: &mut Output,
) {
    let (follower, poller) = follower();
    let pace = ready
        .first()
        .map_or_else(Pace::default, |one| one.global().pace);
    let starting = Arc::new(Semaphore::new(places(pace)));
    let work = async {
        let mut waiting = members.iter();
        let mut next = waiting.next();
        let mut running = FuturesUnordered::new();
        loop {
            tokio::select! {
                biased;
                Some((index, how)) = running.next() => report.ended(index, how, out),
                Ok(place) = Arc::clone(&starting).acquire_owned(), if next.is_some() => {
                    if let Some(index) = next {
                        report.begun(*index, out);
                        let one = &ready[*index];
                        let (out, underway) = (one.member.out(out), one.member.underway(underway));
                        running.push(one_of_them(*index, one, place, &follower, args, underway, out));
                    }
                    next = waiting.next();
                }
                else => break,
            }
        }
        drop(running);
        drop(follower);
    };
    tokio::join!(work, poller.run());
}

/// How many may be begun at the same time.
fn places(pace: Pace) -> usize {
    let places = u64::from(STARTING) * u64::from(pace.permille.min(1000));
    let places = places / 1000 / u64::from(pace.jobs.max(1));
    places.max(u64::from(STARTING_AT_LEAST)) as usize
}

async fn one_of_them(
    index: usize,
    one: &Ready,
    place: OwnedSemaphorePermit,
    follower: &Follower,
    args: &DeployArgs,
    underway: Underway,
    mut out: Output,
) -> (usize, How) {
    let begun = start(one, args, &underway, &mut out).await;
    drop(place);
    let changes = one.plan().changes();
    let (ended, arn) = match begun {
        Ok(Begun::Follow(track)) => {
            let arn = track.goal.task_definition.clone();
            let end = to_its_end(one, *track, follower, args, &underway, &mut out).await;
            (end, arn)
        }
        Ok(Begun::Accepted) => (Ok(End::Accepted), None),
        Ok(Begun::Nothing(arn)) => (Ok(End::NothingToDo), Some(arn)),
        Err(error) => {
            underway.clear(&one.plan().service);
            return (index, How::new(Err(error), None, false));
        }
    };
    (index, How::new(ended, arn, changes))
}

/// Follows a deployment, and does what comes after.
async fn to_its_end(
    one: &Ready,
    track: Track,
    follower: &Follower,
    args: &DeployArgs,
    underway: &Underway,
    out: &mut Output,
) -> Result<End, Error> {
    let ours = track.goal.deployment.clone();
    let verdict = follower.add(track, underway, out).await;
    let verdict = verdict.map_err(|gone| Error::new(ErrorKind::Bug, gone))?;
    match judged(&verdict) {
        Ok(()) if verdict.outcome == Outcome::Reached => {
            warn_of_after(args, &one.prepared.settings, out);
            Ok(End::Accepted)
        }
        Ok(()) => {
            let finished = finish(one, ours.as_deref(), &verdict, args, underway, out).await;
            finished.map(|()| End::Done)
        }
        Err(error) => Err(react(one, args, &verdict, error, underway, out).await),
    }
}
