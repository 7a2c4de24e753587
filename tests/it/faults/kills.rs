//! The process is killed before and after each call, and the same command is run again: it comes to
//! the same end, one revision of the content, one deployment, no task twice.

use std::collections::BTreeMap;
use std::process::Stdio;

use acetate::local::{Fault, FaultKind};

use super::scene::{SCENES, Scene, Truth};
use super::{Call, at_once, calls, on};
use crate::deploy::trouble::wait_for;

/// A run that is killed at this call.
struct Kill {
    scene: &'static Scene,
    call: Call,
    /// After the work was done, and before its answer.
    after: bool,
}

/// What became of it: what the killed run left, how the next one ended, what is wrong.
struct Ended {
    left: Truth,
    code: Option<i32>,
    wrong: Vec<String>,
}

/// Verbs that change something, and whose own words say the same thing when they are run again. A
/// `run` does that by its token only.
fn killed() -> impl Iterator<Item = &'static Scene> {
    let names = [
        "deploy",
        "rollback",
        "run",
        "continue",
        "abort",
        "history prune",
        "register",
    ];
    SCENES.iter().filter(move |s| names.contains(&s.name))
}

fn arguments(scene: &Scene) -> Vec<&'static str> {
    if scene.name != "run" {
        return scene.arguments.to_vec();
    }
    let at = scene.arguments.len() - 2;
    let (options, command) = scene.arguments.split_at(at);
    [options, &["--client-token", "nightly-report"], command].concat()
}

fn kill(one: &Kill) -> Ended {
    let practice = one.scene.set();
    let before = Truth::of(&practice);
    let arguments = arguments(one.scene);
    let hold = Fault {
        done: one.after,
        ..Fault::once("", FaultKind::Hold)
    };
    practice.endpoint.fault(on(&one.call, hold, 1));
    let mut child = practice
        .place
        .command(&arguments)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("it starts");
    wait_for(|| {
        let journal = practice.endpoint.journal();
        let mut held = journal.entries.iter().filter(|e| e.fault == Some("hold"));
        held.any(|entry| entry.status.is_some() == one.after)
    });
    child.kill().expect("it can be killed");
    child.wait().expect("it ends");
    let left = one.scene.truth(&practice, &before);
    let ran = practice.place.run(&arguments);
    // What was decided already is not decided again: a rollback would go further back, and nothing
    // waits or is in progress any more. `wait` tells how it ended.
    let decided = left.steered || (one.scene.name == "rollback" && left.deployments == 1);
    let (picked_up, end) = match ran.code {
        Some(4) if decided => (practice.place.run(&["wait", "--timeout", "15s"]).code, true),
        code => (code, false),
    };
    let back = i32::from(one.scene.name == "abort" && end) * 6;
    let truth = one.scene.truth(&practice, &before);
    let (deployments, tasks) = one.scene.starts;
    let mut wrong = Vec::new();
    let mut must = |holds: bool, what: &str| {
        if !holds {
            wrong.push(format!("{what}: {truth:?}\n{ran}"));
        }
    };
    must(truth.on == one.scene.on, "not the same end");
    must(truth.revisions <= 1, "a second revision of the content");
    must(truth.deployments <= deployments, "a second deployment");
    must(
        truth.tasks == tasks,
        "a task is missing or was started twice",
    );
    must(picked_up == Some(back), "not well");
    must(
        truth.published.as_deref() == one.scene.publishes,
        "not published",
    );
    must(truth.gone == one.scene.gone, "not deregistered");
    must(
        one.scene.name != "register" || truth.revisions == 1,
        "not registered",
    );
    Ended {
        left,
        code: ran.code,
        wrong,
    }
}

#[test]
fn killed_at_any_call_the_next_run_comes_to_the_same_end() {
    let all = at_once(killed().collect(), |scene| (*scene, calls(scene)));
    let mut kills = Vec::new();
    for (scene, calls) in all {
        for call in calls {
            kills.extend([false, true].map(|after| Kill {
                scene,
                call: call.clone(),
                after,
            }));
        }
    }
    let ended = at_once(kills, |one| {
        let when = if one.after { "after" } else { "before" };
        (one.scene.name, when, one.call.clone(), kill(one))
    });
    let mut bad = 0;
    for (scene, when, call, ended) in &ended {
        let left = &ended.left;
        println!(
            "{scene:13} {when:6} {:32} left {} revisions, {} deployments, {} tasks, {} gone; again: exit {}",
            format!("{} {}", call.operation, call.nth + 1),
            left.revisions,
            left.deployments,
            left.tasks,
            left.gone,
            ended.code.unwrap_or(-1)
        );
        for wrong in &ended.wrong {
            bad += 1;
            println!("  WRONG: {wrong}");
        }
    }
    let sums = ended
        .iter()
        .fold(BTreeMap::new(), |mut sums, (scene, _, _, ended)| {
            *sums.entry((scene, ended.code)).or_insert(0) += 1;
            sums
        });
    println!("{} kills: {sums:?}", ended.len());
    assert_eq!(bad, 0, "kills that leave a mess");
}
