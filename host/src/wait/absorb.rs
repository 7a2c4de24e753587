//! Taking in an observation: what is remembered, and what is worth telling.

use super::goal::primary;
use super::identity::Identity;
use super::observation::{DeploymentView, ServiceDeploymentView, ServiceView};
use super::{Followed, Look, Observation, Reading, Trouble};
use crate::event::{Event, Paused, Progress, Said};

/// Whether sight is lost with this observation, and why.
pub(super) fn lost(seen: &Observation) -> Option<String> {
    match seen {
        Observation::Trouble(_, Trouble::Blind, why)
        | Observation::Trouble(Look::Service, Trouble::Unavailable, why) => Some(why.clone()),
        _ => None,
    }
}

pub(super) fn absorb(f: &mut Followed, seen: Observation, now: f64) -> Vec<Event> {
    if !matches!(seen, Observation::Trouble(..)) {
        f.troubles = 0;
    }
    match seen {
        Observation::Service(view) => service(f, *view, now),
        Observation::Missing(_) => {
            f.misses += 1;
            Vec::new()
        }
        Observation::Listed(listed) => {
            if f.identity.listed(&listed) {
                return fall_back(f, "none of the service's deployments is ours");
            }
            Vec::new()
        }
        Observation::Described(arn, found) => described(f, &arn, found),
        Observation::Revision(arn, task_definition) => {
            f.identity.revealed(&arn, &task_definition, &f.goal);
            if matches!(f.identity, Identity::Known(_)) {
                f.goal.task_definition.get_or_insert(task_definition);
            }
            Vec::new()
        }
        Observation::Stopped(stopped) => {
            let wanted = f.goal.task_definition.clone();
            f.failures.take(&f.goal.service, wanted.as_deref(), stopped)
        }
        Observation::Trouble(look, trouble, why) => troubled(f, &look, trouble, &why),
    }
}

fn service(f: &mut Followed, view: ServiceView, now: f64) -> Vec<Event> {
    f.misses = 0;
    f.view_step = f.steps;
    f.identity.named(&view);
    adopt(f, &view);
    let events = heard(f, &view);
    if let Some(ours) = ours(f, &view) {
        let failing = ours.rollout_state.as_deref() == Some("FAILED");
        let failed = ours.failed;
        f.failed_seen = f.failed_seen.max(failed);
        if failing {
            f.seen_failing.get_or_insert(now);
        }
    }
    f.view = Some(view);
    events
}

/// Where the answer to the update did not name our deployment, the first new one of our task
/// definition is it.
fn adopt(f: &mut Followed, view: &ServiceView) {
    let Some(wanted) = f.goal.task_definition.clone() else {
        return;
    };
    if f.ours.is_none()
        && let Some(found) = primary(view)
        && found.task_definition == wanted
        && !f.goal.known.contains(&found.id)
    {
        f.ours = Some(found.id.clone());
    }
}

/// What the service says for the first time. The same words of several tasks at once are one event.
fn heard(f: &mut Followed, view: &ServiceView) -> Vec<Event> {
    let mut told: Vec<Said> = Vec::new();
    for event in view.events.iter().rev() {
        if !f.heard.insert(event.id.clone()) {
            continue;
        }
        f.said.push(event.message.clone());
        match told.iter_mut().find(|s| s.message == event.message) {
            Some(same) => same.times += 1,
            None => told.push(Said {
                service: f.goal.service.clone(),
                at: event.at,
                message: event.message.clone(),
                times: 1,
            }),
        }
    }
    told.into_iter().map(Event::ServiceEvent).collect()
}

fn described(f: &mut Followed, arn: &str, found: Option<ServiceDeploymentView>) -> Vec<Event> {
    f.identity.described(arn, found.as_ref(), &f.goal);
    if let Some(found) = found
        && !matches!(f.identity, Identity::FellBack)
    {
        let told = paused(f, &found);
        f.current = Some(found);
        f.current_step = f.steps;
        return told.into_iter().collect();
    }
    Vec::new()
}

/// A PAUSE hook of our deployment that was not told yet.
fn paused(f: &mut Followed, found: &ServiceDeploymentView) -> Option<Event> {
    let pause = found.pause.as_ref()?;
    let ours = matches!(f.identity, Identity::Known(_));
    if !ours || !f.paused.insert(pause.hook.clone()) {
        return None;
    }
    Some(Event::Paused(Paused {
        service: f.goal.service.clone(),
        stage: found.stage.clone(),
        expires_at: pause.expires_at,
        timeout_action: pause.timeout_action.clone(),
        proceed: f.goal.proceed.0.clone(),
        abort: f.goal.proceed.1.clone(),
    }))
}

fn troubled(f: &mut Followed, look: &Look, trouble: Trouble, why: &str) -> Vec<Event> {
    f.troubles += 1;
    match look {
        Look::Stopped => {
            f.failures.unavailable = true;
            vec![note(f, &format!("why tasks stopped cannot be seen: {why}"))]
        }
        Look::List | Look::Describe(_) | Look::Revision(_) => {
            let searching = matches!(f.identity, Identity::Sought(_));
            let give_up = f.identity.troubled(trouble == Trouble::Unavailable);
            let lost = !searching && trouble == Trouble::Unavailable;
            if give_up || lost {
                return fall_back(f, why);
            }
            Vec::new()
        }
        Look::Service if f.troubles == 1 => {
            vec![note(
                f,
                &format!("no answer about the service, looking again: {why}"),
            )]
        }
        Look::Service => Vec::new(),
    }
}

fn fall_back(f: &mut Followed, why: &str) -> Vec<Event> {
    f.identity = Identity::FellBack;
    f.troubles = 0;
    f.current = None;
    f.current_step = 0;
    vec![note(
        f,
        &format!(
            "judged by the service's `deployments`, because service deployments cannot be seen: {why}"
        ),
    )]
}

fn note(f: &Followed, what: &str) -> Event {
    Event::Note {
        message: format!("{}: {what}", f.goal.service),
    }
}

/// Our deployment in the service's `deployments[]`.
pub(super) fn ours<'a>(f: &Followed, view: &'a ServiceView) -> Option<&'a DeploymentView> {
    let id = f.ours.as_ref()?;
    view.deployments.iter().find(|d| d.id == *id)
}

/// The picture after this step, where the step showed one.
pub(super) fn progress(f: &Followed, reading: &Reading, now: f64) -> Option<Event> {
    let view = f.view.as_ref()?;
    if f.view_step != f.steps && f.current_step != f.steps {
        return None;
    }
    let back = matches!(reading, Reading::GoingBack | Reading::Back(_));
    let shown = if back { primary(view) } else { ours(f, view) };
    let wanted = f.goal.task_definition.clone();
    let counts = shown.map_or((view.desired, 0, 0, 0), |d| {
        (d.desired, d.running, d.pending, d.failed)
    });
    Some(Event::Progress(Progress {
        service: f.goal.service.clone(),
        task_definition: shown
            .map(|d| d.task_definition.clone())
            .or(wanted)
            .unwrap_or_else(|| view.task_definition.clone()),
        desired: counts.0,
        running: counts.1,
        pending: counts.2,
        failed: counts.3,
        stage: stage(f, shown),
        elapsed: now - f.started,
    }))
}

fn stage(f: &Followed, shown: Option<&DeploymentView>) -> Option<String> {
    let rollout = shown.and_then(|d| d.rollout_state.clone());
    let known = matches!(f.identity, Identity::Known(_));
    let Some(current) = f.current.as_ref().filter(|_| known) else {
        return rollout;
    };
    Some(match &current.stage {
        Some(stage) => format!("{}, {stage}", current.status),
        None => current.status.clone(),
    })
}
