//! Two deploys of one service at once: one wins, the other says so.

use std::process::{Child, Stdio};

use acetate::local::{ClockKind, Fault, FaultKind};
use serde_json::Value;

use super::scene::{SCENES, Scene, Truth};
use super::{Call, at_once, on};
use crate::deploy::trouble::wait_for;
use crate::deploy::{CONFIG, Practice};
use crate::support::Ran;

/// How the second deploy comes in between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Second {
    /// It is accepted while the first is held, and followed after that.
    Accepted,
    /// It is done while the first is held.
    Done,
    /// It takes over from whatever is there.
    Replaces,
    /// It is held at the same call, and both are let go together.
    Together,
}

struct Race {
    call: Call,
    after: bool,
    second: Second,
}

/// Seconds of a held registration after which the look beside it is too old for certain.
const OLD: f64 = 1.5;

impl Race {
    /// The first has read and not looked again, and the second is accepted in between. The look
    /// that was made while the first registered is taken where it is young.
    fn is_seen(&self, held: f64) -> bool {
        let operation = self.call.operation.as_str();
        let between = (operation == "RegisterTaskDefinition" && held > OLD)
            || (operation, self.call.nth, self.after) == ("DescribeServices", 1, false);
        between && self.second != Second::Together
    }
}

/// A service on `web:1`, and a configuration that takes the image.
fn practice() -> Practice {
    let scene = Scene {
        config: CONFIG,
        ..SCENES[1]
    };
    scene.set_with(|world| {
        world.services[0].outcome.clear();
        // Looks of two runs would make time pass twice as fast.
        world.clock = ClockKind::Real;
        world.speed = 60.0;
    })
}

fn start(practice: &Practice, image: &str, more: &[&str]) -> Child {
    let image = format!("image={image}");
    let all = [&["deploy", "--timeout", "40s", "--set", &image], more].concat();
    let mut command = practice.place.command(&all);
    let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().expect("it starts")
}

fn end(child: Child) -> Ran {
    let output = child.wait_with_output().expect("it ends");
    Ran {
        code: output.status.code(),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// What became of both. `first` is of `app:2`, `second` of `app:3`.
struct Ended {
    first: Ran,
    second: Ran,
    truth: Truth,
    /// What the service runs.
    image: String,
    /// A deployment was stopped by another.
    stopped: bool,
    /// Seconds that a call was held.
    held: f64,
}

impl Ended {
    fn of(first: Child, second: Child, practice: &Practice) -> Self {
        let (first, second) = (end(first), end(second));
        let all = practice.endpoint.deployments("prod", "web");
        Self {
            first,
            second,
            truth: Truth::of(practice),
            image: image(practice),
            stopped: all.iter().any(|d| d["status"] == "STOPPED"),
            held: held_for(practice),
        }
    }
}

/// The image that the service is on.
fn image(practice: &Practice) -> String {
    let (on, all) = (practice.runs(), practice.endpoint.revisions("web"));
    let is_on = |d: &&Value| {
        d["taskDefinitionArn"]
            .as_str()
            .is_some_and(|arn| arn.ends_with(&format!("/{on}")))
    };
    let found = all.iter().find(is_on).expect("a revision of acetate's");
    let image = &found["containerDefinitions"][0]["image"];
    image.as_str().expect("a text").to_owned()
}

/// Calls that are held at this moment, and that have done their work where that comes first.
fn held(practice: &Practice, after: bool) -> usize {
    let journal = practice.endpoint.journal();
    let held = journal.entries.iter().filter(|e| e.fault == Some("hold"));
    held.filter(|entry| entry.status.is_some() == after).count()
}

/// How long the call was held that was.
fn held_for(practice: &Practice) -> f64 {
    let journal = practice.endpoint.journal();
    let held = journal.entries.iter().find(|e| e.fault == Some("hold"));
    held.map_or(0.0, |entry| entry.end - entry.start)
}

fn accepted(practice: &Practice) -> usize {
    let journal = practice.endpoint.journal();
    journal
        .of("UpdateService")
        .iter()
        .filter(|e| e.done)
        .count()
}

fn race(race: &Race) -> Ended {
    let practice = practice();
    let hold = |times| {
        let hold = Fault {
            done: race.after,
            ..Fault::once("", FaultKind::Hold)
        };
        practice.endpoint.fault(on(&race.call, hold, times));
    };
    if race.second == Second::Together {
        // The calls before the barrier are made by both.
        let both = Call {
            nth: race.call.nth * 2,
            ..race.call.clone()
        };
        let hold = Fault {
            done: race.after,
            ..Fault::once("", FaultKind::Hold)
        };
        practice.endpoint.fault(on(&both, hold, 2));
        let (mut first, mut second) = (
            start(&practice, "app:2", &[]),
            start(&practice, "app:3", &[]),
        );
        // The second may never come there: it sees the first one's deployment.
        wait_for(|| {
            let gone = |child: &mut Child| child.try_wait().expect("it can be asked").is_some();
            held(&practice, race.after) == 2 || gone(&mut first) || gone(&mut second)
        });
        practice.endpoint.forget_faults();
        practice.endpoint.let_go();
        return Ended::of(first, second, &practice);
    }
    hold(1);
    let first = start(&practice, "app:2", &[]);
    wait_for(|| held(&practice, race.after) == 1);
    let more: &[&str] = match race.second {
        Second::Replaces => &["--replace"],
        _ => &[],
    };
    let before = accepted(&practice);
    let mut second = start(&practice, "app:3", more);
    match race.second {
        Second::Done => {
            second.wait().expect("it ends");
        }
        _ => wait_for(|| {
            let gone = second.try_wait().expect("it can be asked").is_some();
            accepted(&practice) > before || gone
        }),
    }
    practice.endpoint.let_go();
    Ended::of(first, second, &practice)
}

/// What is wrong with an end.
fn judged(race: &Race, ended: &Ended) -> Option<&'static str> {
    let (first, second) = (&ended.first, &ended.second);
    let told = |ran: &Ran| match ran.code {
        Some(4) => {
            ran.stderr.contains("moved since the plan") || ran.stderr.contains("is in progress")
        }
        Some(9) => ran.stderr.contains("was overtaken"),
        _ => false,
    };
    if race.is_seen(ended.held) && first.code != Some(4) {
        return Some("the first saw the second in its last look, and went on");
    }
    let winner = match (first.code, second.code) {
        // One after the other: neither took anything from the other.
        (Some(0), Some(0)) if ended.stopped => return Some("two winners"),
        (Some(0), Some(0)) => return None,
        (Some(0), _) if told(second) => "app:2",
        (_, Some(0)) if told(first) => "app:3",
        (Some(0), _) | (_, Some(0)) => return Some("the loser does not say so"),
        _ => return Some("no winner"),
    };
    if ended.truth.deployments > 3 {
        return Some("too many deployments");
    }
    (ended.image != winner).then_some("the service is not on what the winner asked for")
}

#[test]
fn of_two_deploys_at_once_one_wins_and_the_other_says_so() {
    let practice = practice();
    end(start(&practice, "app:2", &[]));
    let mut calls: Vec<Call> = Vec::new();
    for operation in practice.operations() {
        let nth = calls.iter().filter(|c| c.operation == operation).count();
        calls.push(Call {
            operation,
            nth: u32::try_from(nth).expect("few"),
        });
    }
    let mut races = Vec::new();
    for call in calls {
        for after in [false, true] {
            for second in [
                Second::Accepted,
                Second::Done,
                Second::Replaces,
                Second::Together,
            ] {
                let call = call.clone();
                races.push(Race {
                    call,
                    after,
                    second,
                });
            }
        }
    }
    let ended = at_once(races.iter().collect(), |one| race(one));
    let mut counts = std::collections::BTreeMap::new();
    let mut bad = 0;
    for (one, ended) in races.iter().zip(&ended) {
        let (first, second) = (&ended.first, &ended.second);
        *counts.entry((first.code, second.code)).or_insert(0) += 1;
        if let Some(wrong) = judged(one, ended) {
            bad += 1;
            println!(
                "== {:?} after {} {:?}: {wrong}\n{first}{second}{:?}",
                one.call, one.after, one.second, ended.truth
            );
        }
    }
    println!("{} races, by exit codes: {counts:?}", ended.len());
    assert_eq!(bad, 0, "races without one winner");
}
