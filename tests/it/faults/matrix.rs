//! The matrix: each fault on each call. Each cell ends in success, or in a documented exit code
//! with a message that says whether anything was changed.

use std::collections::BTreeMap;
use std::time::Instant;

use acetate::local::{Fault, FaultKind};

use super::judge::judged;
use super::scene::{SCENES, Scene, Truth};
use super::{Call, at_once, calls, is_changing, on};
use crate::support::Ran;

/// A row of the matrix.
#[derive(Clone, Copy)]
struct Kind {
    name: &'static str,
    kind: FaultKind,
    /// Calls of the operation that it is played on.
    times: u32,
    /// The work is done all the same.
    done: bool,
    /// On every later call, too.
    spreads: bool,
    /// On calls that change something only.
    changing: bool,
    /// A run gets over it.
    passes: bool,
}

const fn once(name: &'static str, kind: FaultKind) -> Kind {
    Kind {
        name,
        kind,
        times: 1,
        done: false,
        spreads: false,
        changing: false,
        passes: true,
    }
}

const FOR_LONG: u32 = u32::MAX;

const KINDS: [Kind; 19] = [
    once("throttled once", FaultKind::Throttle),
    Kind {
        times: FOR_LONG,
        passes: false,
        ..once("throttled for long", FaultKind::Throttle)
    },
    once("500", FaultKind::Internal),
    once("503 in HTML", FaultKind::Html),
    once("reset before the work", FaultKind::Reset),
    once("reset after the work", FaultKind::Lost),
    once("slow", FaultKind::Delay),
    once("malformed", FaultKind::Malformed),
    Kind {
        times: FOR_LONG,
        passes: false,
        ..once("malformed for long", FaultKind::Malformed)
    },
    Kind {
        spreads: true,
        passes: false,
        ..once("expired", FaultKind::Expired)
    },
    Kind {
        times: FOR_LONG,
        passes: false,
        ..once("denied", FaultKind::Denied)
    },
    changing("500 after the work", FaultKind::Internal, 1, true),
    changing("503 in HTML after the work", FaultKind::Html, 1, true),
    changing("malformed after the work", FaultKind::Malformed, 1, true),
    changing("500 for long", FaultKind::Internal, FOR_LONG, false),
    changing("503 in HTML for long", FaultKind::Html, FOR_LONG, false),
    changing(
        "reset before the work for long",
        FaultKind::Reset,
        FOR_LONG,
        false,
    ),
    changing(
        "reset after the work for long",
        FaultKind::Lost,
        FOR_LONG,
        true,
    ),
    changing(
        "malformed after the work for long",
        FaultKind::Malformed,
        FOR_LONG,
        true,
    ),
];

const fn changing(name: &'static str, kind: FaultKind, times: u32, done: bool) -> Kind {
    Kind {
        times,
        // What is lost was done anyway.
        done: done && !matches!(kind, FaultKind::Lost),
        changing: true,
        passes: times == 1,
        ..once(name, kind)
    }
}

struct Cell {
    scene: &'static Scene,
    call: Call,
    kind: Kind,
}

struct Ended {
    ran: Ran,
    truth: Truth,
    wrong: Vec<String>,
}

fn play(cell: &Cell) -> Ended {
    let Cell { scene, call, kind } = cell;
    let practice = scene.set();
    let before = Truth::of(&practice);
    let fault = Fault {
        delay_ms: if kind.kind == FaultKind::Delay {
            700
        } else {
            0
        },
        done: kind.done,
        spreads: kind.spreads,
        ..Fault::once("", kind.kind)
    };
    practice.endpoint.fault(on(call, fault, kind.times));
    let ran = practice.place.run(scene.arguments);
    let truth = scene.truth(&practice, &before);
    let mut wrong = judged(scene, &ran, &truth);
    // A template that is cut off is no template, whoever cut it.
    if ran.code == Some(1) && !["GetObject", "GetParameter"].contains(&call.operation.as_str()) {
        wrong.push("AWS's fault is called one of the configuration".to_owned());
    }
    // What a body holds that S3 gives is not S3's to say.
    let is_object = call.operation == "GetObject" && kind.kind == FaultKind::Malformed;
    if kind.passes && ran.code != Some(scene.good) && !is_object {
        wrong.push("it passes, and the run does not get over it".to_owned());
    }
    Ended { ran, truth, wrong }
}

#[test]
fn each_fault_on_each_call_ends_in_success_or_says_what_was_changed() {
    let started = Instant::now();
    let all = at_once(SCENES.iter().collect(), |scene| (*scene, calls(scene)));
    let mut cells = Vec::new();
    for (scene, calls) in &all {
        for call in calls {
            let changes = is_changing(&call.operation);
            let kinds = KINDS.iter().filter(|kind| changes || !kind.changing);
            cells.extend(kinds.map(|kind| Cell {
                scene,
                call: call.clone(),
                kind: *kind,
            }));
        }
    }
    // What goes on for long takes long.
    cells.sort_by_key(|cell| cell.kind.times == 1);
    let ended = at_once(cells, |cell| {
        (
            cell.scene.name,
            cell.call.clone(),
            cell.kind.name,
            play(cell),
        )
    });
    let (mut counts, mut bad) = (
        BTreeMap::<(&str, Option<i32>), BTreeMap<&str, usize>>::new(),
        0,
    );
    for (scene, call, kind, ended) in &ended {
        *counts
            .entry((kind, ended.ran.code))
            .or_default()
            .entry(scene)
            .or_default() += 1;
        if !ended.wrong.is_empty() {
            bad += 1;
            println!(
                "== {scene}, {} {}, {kind}: {}\n{:?}\n{}",
                call.operation,
                call.nth,
                ended.wrong.join("; "),
                ended.truth,
                ended.ran
            );
        }
    }
    for ((kind, code), by_scene) in &counts {
        let sum: usize = by_scene.values().sum();
        println!(
            "{kind:36} exit {:3} {sum:4}  {by_scene:?}",
            code.unwrap_or(-1)
        );
    }
    let codes: BTreeMap<Option<i32>, usize> =
        ended.iter().fold(BTreeMap::new(), |mut sums, (.., ended)| {
            *sums.entry(ended.ran.code).or_default() += 1;
            sums
        });
    println!("by exit code: {codes:?}");
    println!(
        "{} cells in {:.1} s",
        ended.len(),
        started.elapsed().as_secs_f64()
    );
    assert_eq!(bad, 0, "cells that are wrong");
}
