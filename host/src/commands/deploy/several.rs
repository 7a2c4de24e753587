//! Several services: in rounds, those of one round together. The worst end counts.

use std::collections::BTreeSet;

use super::react::react;
use super::request::warn_of_after;
use super::{DeployArgs, Ready, Track, finish, start};
use crate::commands::follow::{follow, judged};
use crate::commands::interrupt::Underway;
use crate::commands::prepare::Project;
use crate::error::{Error, ErrorKind};
use crate::event::Outcome;
use crate::output::Output;
use crate::plan::rounds;

/// Deploys all that is ready.
pub async fn deploy(
    ready: Vec<Ready>,
    args: &DeployArgs,
    project: &Project,
    underway: &Underway,
    out: &mut Output,
) -> Result<(), Error> {
    let order: Vec<(String, Vec<String>)> = ready
        .iter()
        .map(|one| (called(one), one.prepared.settings.after_services.clone()))
        .collect();
    let rounds = rounds(&order).ok_or_else(|| {
        Error::new(ErrorKind::Input, "`after-services` goes in a circle")
            .hint("take one of the services out of it")
    })?;
    let mut failed = Failed::default();
    for round in rounds {
        let of_round: Vec<&Ready> = ready
            .iter()
            .filter(|one| round.contains(&called(one)))
            .collect();
        let tracks = start_round(&of_round, args, project, underway, &mut failed, out).await;
        let (begun, tracks): (Vec<_>, Vec<_>) = tracks
            .into_iter()
            .map(|(one, track)| ((one, track.goal.deployment.clone()), track))
            .unzip();
        for ((one, ours), verdict) in begun.into_iter().zip(follow(tracks, underway, out).await) {
            let ended = match judged(&verdict) {
                Ok(()) if verdict.outcome == Outcome::Reached => {
                    warn_of_after(args, &one.prepared.settings, out);
                    Ok(())
                }
                Ok(()) => {
                    let ours = ours.as_deref();
                    finish(one, ours, &verdict, args, project, underway, out).await
                }
                Err(error) => Err(react(one, args, project, &verdict, error, underway, out).await),
            };
            if let Err(error) = ended {
                failed.add(called(one), error);
            }
        }
    }
    failed.end(ready.len(), out)
}

fn called(one: &Ready) -> String {
    one.prepared.settings.name.clone()
}

async fn start_round<'a>(
    round: &[&'a Ready],
    args: &DeployArgs,
    project: &Project,
    underway: &Underway,
    failed: &mut Failed,
    out: &mut Output,
) -> Vec<(&'a Ready, Track)> {
    let mut tracks = Vec::new();
    for one in round {
        let name = called(one);
        let forerunners = &one.prepared.settings.after_services;
        if let Some(forerunner) = forerunners.iter().find(|n| failed.names.contains(*n)) {
            out.warn(&format!(
                "`{name}` is not deployed, because `{forerunner}` comes before it"
            ));
            failed.names.insert(name);
            continue;
        }
        match start(one, args, project, underway, out).await {
            Ok(track) => {
                failed.after_change |= one.plan.changes();
                tracks.extend(track.map(|track| (*one, track)));
            }
            Err(error) => {
                underway.clear(&one.plan.service);
                failed.add(name, error);
            }
        }
    }
    tracks
}

/// The services that did not end well.
#[derive(Default)]
struct Failed {
    names: BTreeSet<String>,
    errors: Vec<Error>,
    /// This run has changed another service, so that no refusal leaves all as it was.
    after_change: bool,
}

impl Failed {
    fn add(&mut self, name: String, error: Error) {
        self.names.insert(name);
        self.errors.push(error);
    }

    /// The error of the only service is the error of the run. Of several services, each error is
    /// told, and the worst counts.
    fn end(mut self, all: usize, out: &mut Output) -> Result<(), Error> {
        if all == 1 || self.errors.is_empty() {
            return self.errors.pop().map_or(Ok(()), Err);
        }
        let after_change = self.after_change;
        let kind = |error: &Error| match error.kind {
            ErrorKind::AwsRefused if after_change => ErrorKind::AwsRefusedAfterChange,
            kind => kind,
        };
        let worst = self.errors.iter().map(kind).max_by_key(|k| k.exit_code());
        self.errors.iter().for_each(|error| out.error(error));
        let names = self.names.iter().map(|name| format!("`{name}`"));
        let message = format!(
            "not all went well: {} of {all} services ({})",
            self.names.len(),
            names.collect::<Vec<_>>().join(", ")
        );
        Err(Error::new(worst.unwrap_or(ErrorKind::Bug), message))
    }
}
