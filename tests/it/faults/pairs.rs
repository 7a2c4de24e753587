//! Two faults and more in one run: what the first leaves in doubt is looked up under the second.
//! The end is a success that is one, or the documented exit code with what was changed.

use acetate::local::{Fault, FaultKind};

use super::judge::judged;
use super::scene::{SCENES, Scene, Truth};
use super::{Call, at_once, on};
use crate::support::Ran;

/// A fault, and the call that it is played on.
#[derive(Debug, Clone, Copy)]
struct Play {
    /// How it is played.
    how: How,
    operation: &'static str,
    /// Not before this operation was called; how often that is.
    since: Option<(&'static str, usize)>,
}

#[derive(Debug, Clone, Copy)]
enum How {
    Once(FaultKind),
    /// The work is done first.
    Done(FaultKind),
    Always(FaultKind),
    /// On this call, and from there on on every one.
    FromHere(FaultKind),
}

use FaultKind::{Denied, Expired, Html, Internal, Lost, Malformed, Reset, Throttle};
use How::{Always, Done, FromHere, Once};

/// The first call of an operation, or what is left of a fault before it in the list.
const fn at(operation: &'static str, how: How) -> Play {
    Play {
        how,
        operation,
        since: None,
    }
}

/// The first call of an operation once another one was called so often.
const fn after(times: usize, other: &'static str, operation: &'static str, how: How) -> Play {
    Play {
        how,
        operation,
        since: Some((other, times)),
    }
}

const REGISTER: &str = "RegisterTaskDefinition";
const UPDATE: &str = "UpdateService";
const STOP: &str = "StopServiceDeployment";
const CONTINUE: &str = "ContinueServiceDeployment";
const DEREGISTER: &str = "DeregisterTaskDefinition";
const SERVICES: &str = "DescribeServices";
const DEFINITION: &str = "DescribeTaskDefinition";
const DEPLOYMENTS: &str = "DescribeServiceDeployments";

/// The scene, the faults, the exit code.
type Pair = (&'static str, &'static [Play], i32);

const PAIRS: [Pair; 37] = [
    // The update is sent, and it is not known whether it was done.
    (
        "deploy",
        &[
            at(UPDATE, Once(Lost)),
            after(1, UPDATE, SERVICES, Once(Throttle)),
        ],
        0,
    ),
    (
        "deploy",
        &[
            at(UPDATE, Once(Lost)),
            after(1, UPDATE, SERVICES, FromHere(Expired)),
        ],
        11,
    ),
    (
        "deploy",
        &[
            at(UPDATE, Once(Lost)),
            after(1, UPDATE, SERVICES, Always(Malformed)),
        ],
        11,
    ),
    (
        "deploy",
        &[
            at(UPDATE, Once(Reset)),
            after(1, UPDATE, SERVICES, Once(Internal)),
        ],
        0,
    ),
    (
        "deploy",
        &[
            at(UPDATE, Once(Reset)),
            after(1, UPDATE, SERVICES, FromHere(Expired)),
        ],
        11,
    ),
    (
        "deploy",
        &[at(UPDATE, Once(Html)), at(UPDATE, Always(Denied))],
        11,
    ),
    (
        "deploy",
        &[at(UPDATE, Once(Reset)), at(UPDATE, Once(Lost))],
        11,
    ),
    (
        "deploy",
        &[
            at(UPDATE, Done(Malformed)),
            after(1, UPDATE, DEPLOYMENTS, Always(Denied)),
        ],
        0,
    ),
    (
        "deploy",
        &[
            after(1, REGISTER, SERVICES, Once(Internal)),
            at(UPDATE, Once(Lost)),
            after(1, UPDATE, SERVICES, Once(Reset)),
        ],
        0,
    ),
    // The revision is sent, and it is not known whether it is there.
    (
        "deploy",
        &[
            at(REGISTER, Once(Lost)),
            after(1, REGISTER, DEFINITION, Once(Throttle)),
        ],
        0,
    ),
    (
        "deploy",
        &[
            at(REGISTER, Once(Lost)),
            after(1, REGISTER, DEFINITION, FromHere(Expired)),
        ],
        11,
    ),
    (
        "deploy",
        &[
            at(REGISTER, Once(Reset)),
            after(1, REGISTER, DEFINITION, Once(Malformed)),
        ],
        0,
    ),
    (
        "deploy",
        &[at(REGISTER, Once(Internal)), at(REGISTER, Once(Lost))],
        0,
    ),
    (
        "deploy",
        &[at(REGISTER, Once(Html)), at(REGISTER, Always(Throttle))],
        11,
    ),
    (
        "deploy",
        &[
            at(REGISTER, Done(Malformed)),
            after(1, REGISTER, DEFINITION, Always(Denied)),
        ],
        11,
    ),
    (
        "register",
        &[
            at(REGISTER, Once(Lost)),
            after(1, REGISTER, DEFINITION, FromHere(Expired)),
        ],
        11,
    ),
    // A task is asked for.
    (
        "deploy",
        &[at("RunTask", Once(Lost)), at("RunTask", Always(Throttle))],
        11,
    ),
    (
        "deploy",
        &[at("RunTask", Once(Lost)), at("RunTask", FromHere(Expired))],
        11,
    ),
    (
        "deploy",
        &[
            at("RunTask", Once(Lost)),
            after(1, "RunTask", "DescribeTasks", FromHere(Expired)),
        ],
        11,
    ),
    (
        "deploy",
        &[
            after(1, UPDATE, "RunTask", Once(Lost)),
            after(1, UPDATE, "RunTask", Always(Denied)),
        ],
        11,
    ),
    (
        "deploy",
        &[
            after(1, UPDATE, "DescribeTasks", Once(Internal)),
            after(1, UPDATE, "DescribeTasks", FromHere(Expired)),
        ],
        11,
    ),
    (
        "run",
        &[at("RunTask", Once(Lost)), at("RunTask", Always(Throttle))],
        125,
    ),
    (
        "run",
        &[
            at("RunTask", Once(Internal)),
            at("RunTask", FromHere(Expired)),
        ],
        125,
    ),
    (
        "run",
        &[
            at("RunTask", Done(Malformed)),
            at("DescribeTasks", Always(Denied)),
        ],
        125,
    ),
    // It is done, and is to be published.
    (
        "deploy",
        &[
            at("PutParameter", Once(Lost)),
            at("PutParameter", Always(Denied)),
        ],
        11,
    ),
    (
        "deploy",
        &[
            after(1, UPDATE, "GetParameters", Always(Internal)),
            at("PutParameter", Once(Reset)),
        ],
        0,
    ),
    (
        "wait",
        &[
            at("PutParameter", Once(Lost)),
            at("PutParameter", FromHere(Expired)),
        ],
        11,
    ),
    // It is followed.
    (
        "deploy",
        &[
            after(1, UPDATE, DEPLOYMENTS, Once(Html)),
            after(1, UPDATE, SERVICES, Once(Reset)),
        ],
        0,
    ),
    (
        "deploy",
        &[
            after(1, UPDATE, DEPLOYMENTS, Once(Throttle)),
            after(1, UPDATE, SERVICES, FromHere(Expired)),
        ],
        8,
    ),
    // It is steered.
    (
        "deploy that fails",
        &[
            at(STOP, Once(Lost)),
            after(1, STOP, DEPLOYMENTS, Once(Throttle)),
        ],
        6,
    ),
    (
        "deploy that fails",
        &[
            at(STOP, Once(Lost)),
            after(1, STOP, DEPLOYMENTS, FromHere(Expired)),
        ],
        7,
    ),
    (
        "deploy that fails",
        &[at("GetLogEvents", Always(Throttle)), at(STOP, Once(Html))],
        6,
    ),
    (
        "abort",
        &[
            at(STOP, Done(Malformed)),
            after(1, STOP, DEPLOYMENTS, Once(Internal)),
        ],
        0,
    ),
    (
        "continue",
        &[
            at(CONTINUE, Once(Lost)),
            after(1, CONTINUE, DEPLOYMENTS, FromHere(Expired)),
        ],
        11,
    ),
    (
        "continue",
        &[
            at(CONTINUE, Once(Reset)),
            after(1, CONTINUE, DEPLOYMENTS, Once(Malformed)),
        ],
        0,
    ),
    (
        "rollback",
        &[at(UPDATE, Once(Internal)), at(UPDATE, Always(Throttle))],
        11,
    ),
    (
        "history prune",
        &[at(DEREGISTER, Once(Lost)), at(DEREGISTER, Always(Denied))],
        11,
    ),
];

fn scene(name: &str) -> &'static Scene {
    let found = SCENES.iter().find(|scene| scene.name == name);
    found.unwrap_or_else(|| panic!("no scene `{name}`"))
}

/// The operations of a run without a fault.
fn operations(scene: &Scene) -> Vec<String> {
    let practice = scene.set();
    let ran = practice.place.run(scene.arguments);
    assert_eq!(ran.code, Some(scene.good), "{}: {ran}", scene.name);
    practice.operations()
}

fn fault(play: Play, good: &[String]) -> Fault {
    let (kind, times) = match play.how {
        Once(kind) | Done(kind) | FromHere(kind) => (kind, 1),
        Always(kind) => (kind, u32::MAX),
    };
    let nth = play.since.map_or(0, |(other, times)| {
        let calls = good.iter().enumerate().filter(|(_, o)| *o == other);
        let (at, _) = calls.clone().nth(times - 1).expect("it is called so often");
        good[..at].iter().filter(|o| *o == play.operation).count()
    });
    let call = Call {
        operation: play.operation.to_owned(),
        nth: u32::try_from(nth).expect("few"),
    };
    let fault = Fault {
        done: matches!(play.how, Done(_)),
        spreads: matches!(play.how, FromHere(_)),
        ..Fault::once("", kind)
    };
    on(&call, fault, times)
}

fn play((name, plays, _): &Pair) -> (Ran, Truth, Vec<String>) {
    let scene = scene(name);
    let good = operations(scene);
    let practice = scene.set();
    let before = Truth::of(&practice);
    for play in *plays {
        practice.endpoint.fault(fault(*play, &good));
    }
    let ran = practice.place.run(scene.arguments);
    let truth = scene.truth(&practice, &before);
    let journal = practice.endpoint.journal();
    let played = journal.entries.iter().filter(|e| e.fault.is_some());
    let mut wrong = judged(scene, &ran, &truth);
    if played.count() < plays.len() {
        wrong.push("a fault was not played".to_owned());
    }
    (ran, truth, wrong)
}

#[test]
fn two_faults_in_one_run_end_as_documented_and_say_what_was_changed() {
    let ended = at_once(PAIRS.to_vec(), play);
    let mut bad = 0;
    for ((name, plays, code), (ran, truth, mut wrong)) in PAIRS.iter().zip(ended) {
        if ran.code != Some(*code) {
            wrong.push(format!("not {code}"));
        }
        let faults: Vec<String> = plays
            .iter()
            .map(|play| format!("{} {:?}", play.operation, play.how))
            .collect();
        let faults = faults.join(", ");
        println!("{name:17} exit {:3}  {faults}", ran.code.unwrap_or(-1));
        if !wrong.is_empty() {
            bad += 1;
            println!("== {}\n{truth:?}\n{ran}", wrong.join("; "));
        }
    }
    assert_eq!(bad, 0, "pairs that are wrong");
}
