//! The end in words: what came out, and what to do about it.

use super::goal::primary;
use super::identity::Identity;
use super::rollout::is_of_template;
use super::{Followed, Reading};
use crate::event::{Outcome, Verdict, seconds, short};

/// The verdict that follows from a reading, or from time that ran out.
pub(super) fn of(f: &Followed, reading: &Reading, elapsed: f64) -> Option<Verdict> {
    let out_of_time = elapsed >= f.goal.timeout;
    let (outcome, proven, message) = match reading {
        Reading::Succeeded(true) => (Outcome::Succeeded, true, None),
        Reading::Succeeded(false) if f.goal.require_running => {
            (Outcome::LostSight, false, Some(unproven(f)))
        }
        Reading::Succeeded(false) => (Outcome::Succeeded, false, Some(unproven(f))),
        Reading::Back(why) => (Outcome::RolledBack, false, Some(rolled_back(f, why))),
        Reading::Failed(why) => (Outcome::Failed, false, Some(failed(f, why))),
        Reading::Superseded(why) => (Outcome::Superseded, false, Some(superseded(f, why))),
        Reading::Lost(why) => (Outcome::LostSight, false, Some(lost(f, why))),
        Reading::Reached(stage) => (Outcome::Reached, false, Some(reached(f, stage))),
        Reading::Waits(stage) => (Outcome::LostSight, false, Some(waits(f, stage))),
        Reading::GoingBack if out_of_time => (
            Outcome::Failed,
            false,
            Some(failed(
                f,
                "it was still being rolled back when time ran out",
            )),
        ),
        Reading::Going if out_of_time => (Outcome::LostSight, false, Some(timed_out(f))),
        Reading::Going | Reading::GoingBack => return None,
    };
    let hints = hints(f, reading, outcome);
    Some(Verdict {
        hints,
        ..verdict(f, outcome, proven, message, elapsed)
    })
}

fn verdict(
    f: &Followed,
    outcome: Outcome,
    proven: bool,
    message: Option<String>,
    elapsed: f64,
) -> Verdict {
    let view = f.view.as_ref();
    let shown = view.and_then(primary);
    let counts = shown
        .map(|p| (p.desired, p.running))
        .or_else(|| view.map(|v| (v.desired, v.running)))
        .unwrap_or_default();
    let now = shown
        .map(|p| p.task_definition.clone())
        .or_else(|| view.map(|v| v.task_definition.clone()));
    Verdict {
        service: f.goal.service.clone(),
        outcome,
        task_definition: f
            .goal
            .task_definition
            .clone()
            .or_else(|| now.clone())
            .unwrap_or_default(),
        now,
        deployment: match &f.identity {
            Identity::Known(arn) => Some(arn.clone()),
            Identity::Sought(_) | Identity::FellBack => f.goal.deployment.clone(),
        },
        desired: counts.0,
        running: counts.1,
        nothing_to_do: false,
        proven,
        elapsed,
        message,
        hints: Vec::new(),
    }
}

fn hints(f: &Followed, reading: &Reading, outcome: Outcome) -> Vec<String> {
    match outcome {
        Outcome::Succeeded | Outcome::RolledBack | Outcome::Superseded => Vec::new(),
        Outcome::Reached if is_paused(f) => vec![decide_hint(f)],
        Outcome::Reached => vec![resume_hint(&f.goal.resume)],
        Outcome::LostSight if matches!(reading, Reading::Waits(_)) => {
            vec![decide_hint(f)]
        }
        // Nothing goes on that could be followed.
        Outcome::LostSight if *reading == Reading::Succeeded(false) => {
            vec![
                "raise the desired count, then see with `acetate wait --require-running`"
                    .to_owned(),
            ]
        }
        Outcome::LostSight => vec![resume_hint(&f.goal.resume)],
        Outcome::Failed if goes_on_trying(f) => vec![format!(
            "ECS goes on trying; `{}` rolls it back",
            f.goal.proceed.1
        )],
        Outcome::Failed => {
            let placeholder = f
                .goal
                .before
                .as_deref()
                .is_some_and(|b| is_of_template(f, b));
            let way = if placeholder {
                "there is no earlier version of the application to go back to; mend it and deploy again"
            } else {
                "mend it and deploy again, or deploy the version that ran before"
            };
            vec![way.to_owned()]
        }
    }
}

/// Whether it waits in a PAUSE hook.
fn is_paused(f: &Followed) -> bool {
    f.current.as_ref().is_some_and(|d| d.pause.is_some())
}

fn decide_hint(f: &Followed) -> String {
    let (proceed, abort) = &f.goal.proceed;
    format!("`{proceed}` lets it go on, `{abort}` rolls it back")
}

/// Whether what was judged failed is still on its way in ECS.
fn goes_on_trying(f: &Followed) -> bool {
    let is_back = |status: &str| status.starts_with("ROLLBACK") || status == "STOPPED";
    let current = f.current.as_ref();
    let ours = f.view.as_ref().and_then(|v| super::absorb::ours(f, v));
    let moves = ours.is_some_and(|d| {
        d.status == "PRIMARY" && d.rollout_state.as_deref() == Some("IN_PROGRESS")
    });
    moves && !current.is_some_and(|d| is_back(&d.status)) && f.misses == 0
}

/// How to pick the following up again.
#[must_use]
pub fn resume_hint(command: &str) -> String {
    format!("the deployment goes on in AWS; follow it with `{command}`")
}

fn name(f: &Followed) -> String {
    let wanted = f.goal.task_definition.as_deref();
    wanted.map_or_else(
        || format!("the deployment of `{}`", f.goal.service),
        |t| format!("the deployment of `{}` to `{}`", short(t), f.goal.service),
    )
}

fn on(f: &Followed) -> String {
    let shown = f.view.as_ref().and_then(primary);
    shown.map_or_else(String::new, |p| format!("`{}`", short(&p.task_definition)))
}

fn because(why: &str) -> String {
    if why.is_empty() {
        String::new()
    } else {
        format!(" ({why})")
    }
}

fn unproven(f: &Followed) -> String {
    format!(
        "`{}` wants no tasks (desired count 0), so nothing proves the new revision",
        f.goal.service
    )
}

fn rolled_back(f: &Followed, why: &str) -> String {
    format!(
        "{} failed, and the service is back on {}{}",
        name(f),
        on(f),
        because(why)
    )
}

fn failed(f: &Followed, why: &str) -> String {
    format!("{} failed: {why}", name(f))
}

fn superseded(f: &Followed, why: &str) -> String {
    format!("{} was overtaken: {why}", name(f))
}

fn lost(f: &Followed, why: &str) -> String {
    format!("{} cannot be followed any more: {why}", name(f))
}

fn reached(f: &Followed, stage: &str) -> String {
    let then = match is_paused(f) {
        true => "waits there for someone to continue it",
        false => "goes on",
    };
    format!("{} has come to `{stage}`, and {then}", name(f))
}

fn waits(f: &Followed, stage: &str) -> String {
    format!(
        "{} waits in `{stage}` for someone to continue it, before the stage that was waited for",
        name(f)
    )
}

fn timed_out(f: &Followed) -> String {
    let picture = f.view.as_ref().map_or_else(String::new, |v| {
        let ours = super::absorb::ours(f, v);
        match ours {
            Some(d) => format!(
                " ({} of {} tasks run, {} failed)",
                d.running, d.desired, d.failed
            ),
            None => format!(" (the service is on {})", on(f)),
        }
    });
    format!(
        "{} is not done within {}{picture}",
        name(f),
        seconds(f.goal.timeout)
    )
}
