//! Whether a run under faults ended in a success that is one, or says what is true.

use super::scene::{Scene, Truth, says};
use crate::support::Ran;

/// What is wrong with an end.
pub fn judged(scene: &Scene, ran: &Ran, truth: &Truth) -> Vec<String> {
    let at_its_end = match ran.code == Some(scene.good) {
        true => false_success(scene, truth),
        false => untold(scene, ran, truth),
    };
    let all = [too_much(scene, ran, truth), at_its_end].concat();
    all.into_iter().map(str::to_owned).collect()
}

/// The words of those that do not hold.
fn broken(must: &[(bool, &'static str)]) -> Vec<&'static str> {
    let broken = must.iter().filter(|(holds, _)| !holds);
    broken.map(|(_, what)| *what).collect()
}

/// What is never to be, whatever the end.
fn too_much(scene: &Scene, ran: &Ran, truth: &Truth) -> Vec<&'static str> {
    let (deployments, tasks) = scene.starts;
    let extra = ["there may be one more revision", "one more revision"];
    broken(&[
        (
            truth.deployments <= deployments,
            "more than one deployment for one intent",
        ),
        (truth.tasks <= tasks, "a task was started twice"),
        (
            truth.revisions <= 1 || says(ran, &extra),
            "a second revision that was not reported",
        ),
        (truth.revisions <= 2, "a third revision"),
    ])
}

fn false_success(scene: &Scene, truth: &Truth) -> Vec<&'static str> {
    let (deployments, tasks) = scene.starts;
    broken(&[
        (
            truth.on == scene.on,
            "a false success: the service is elsewhere",
        ),
        (
            truth.deployments == deployments,
            "a false success: no deployment",
        ),
        (truth.tasks == tasks, "a false success: a task is missing"),
        (
            truth.gone == scene.gone,
            "a false success: a revision is still there",
        ),
        (
            scene.name != "register" || truth.revisions > 0,
            "a false success: nothing was registered",
        ),
        (
            truth.published.as_deref() == scene.publishes,
            "a false success: it is not published",
        ),
    ])
}

/// What a run that does not end well leaves unsaid.
fn untold(scene: &Scene, ran: &Ran, truth: &Truth) -> Vec<&'static str> {
    let registered = ["registered", "`ecs:RegisterTaskDefinition` was lost"];
    let moved = [": web:1 → web:2", ": web:2 → web:1", "AWS may have done it"];
    broken(&[
        (says(ran, &["error: "]), "no error is told"),
        (
            truth.revisions == 0 || says(ran, &registered),
            "what was registered is not told",
        ),
        (
            truth.deployments == 0 || says(ran, &moved),
            "a deployment that was started is not told",
        ),
        (
            is_true(scene, ran, truth),
            "the exit code and the message do not say what is true",
        ),
        (
            ran.code != Some(10) || says(ran, &["nothing was changed"]),
            "10 without its words",
        ),
    ])
}

/// Whether the exit code is that of what happened, and the message says so.
fn is_true(scene: &Scene, ran: &Ran, truth: &Truth) -> bool {
    let published = scene.publishes.is_some() && truth.published.as_deref() == scene.publishes;
    let changed = truth.revisions + truth.deployments + truth.tasks + truth.gone;
    let untouched = changed == 0 && !truth.steered && !published;
    let what_was_changed = [
        "was registered",
        "AWS may have done it",
        "AWS may have started it",
        "is not published",
        "are not all done",
        "of 2 old revisions of `web` are deregistered",
    ];
    match ran.code.unwrap_or(-1) {
        1 | 10 => untouched,
        4 => truth.deployments + truth.gone == 0 && !truth.steered,
        6 | 7 => truth.deployments > 0 || scene.starts.0 == 0,
        8 => says(ran, &["goes on in AWS"]),
        9 => truth.deployments > 0,
        11 => says(ran, &what_was_changed),
        12 => truth.deployments == 0 && says(ran, &["`web` is untouched"]),
        125 => {
            let none = ["nothing was started", "AWS may have done it"];
            scene.name == "run" && (may_pick_up(ran) || (truth.tasks == 0 && says(ran, &none)))
        }
        _ => false,
    }
}

/// A run names the command that starts no second task.
fn may_pick_up(ran: &Ran) -> bool {
    says(ran, &["may have started it", "goes on in AWS"]) && says(ran, &["run --client-token"])
}
