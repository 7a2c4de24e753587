//! Faults of the wire, kills and races: every call of every verb that changes or follows something
//! is put under each of them. The calls are those of a run without a fault, so that a new one
//! cannot be forgotten.

/// Whether an end is a success that is one, or says what is true.
mod judge;
/// Killed at each call, and run again.
mod kills;
/// Faults × calls, and what is said at each end.
mod matrix;
/// Two faults in one run.
mod pairs;
/// The verbs, their worlds, and what is true at the end.
mod scene;
/// Two deploys of one service.
mod two;

use std::collections::BTreeMap;
use std::sync::{Condvar, Mutex};

use acetate::local::Fault;
use scene::Scene;

/// Runs at the same time, of all tests of this folder: they sleep most of the time.
const AT_ONCE: usize = 32;

/// How many more may be begun.
static PLACES: (Mutex<usize>, Condvar) = (Mutex::new(AT_ONCE), Condvar::new());

/// Whether an operation changes something; one that nobody thought of does.
fn is_changing(operation: &str) -> bool {
    let reading = ["BatchGet", "Describe", "Get", "Head", "List", "Simulate"];
    !reading.iter().any(|reads| operation.starts_with(reads))
}

/// One call of a good run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// Operation name.
    pub operation: String,
    /// How many calls of this operation come before it.
    pub nth: u32,
}

/// The calls of a run without a fault. Between two that change something, the third and later ones
/// of an operation are left out: they are looks that are made again.
fn calls(scene: &Scene) -> Vec<Call> {
    let practice = scene.set();
    let ran = practice.place.run(scene.arguments);
    assert_eq!(ran.code, Some(scene.good), "{}: {ran}", scene.name);
    let mut all: BTreeMap<String, u32> = BTreeMap::new();
    let mut here: BTreeMap<String, u32> = BTreeMap::new();
    let mut calls = Vec::new();
    for operation in practice.operations() {
        if is_changing(&operation) {
            here.clear();
        }
        let nth = all.entry(operation.clone()).or_default();
        let times = here.entry(operation.clone()).or_default();
        if *times < 2 && (scene.only.is_empty() || scene.only.contains(&operation.as_str())) {
            calls.push(Call {
                operation,
                nth: *nth,
            });
        }
        *nth += 1;
        *times += 1;
    }
    calls
}

/// This fault on this call, and on so many calls of its operation from there on.
fn on(call: &Call, fault: Fault, times: u32) -> Fault {
    Fault {
        operation: Some(call.operation.clone()),
        after: call.nth,
        times,
        ..fault
    }
}

/// Does this once there is a place for it.
fn in_a_place<R>(work: impl FnOnce() -> R) -> R {
    struct Place;
    impl Drop for Place {
        fn drop(&mut self) {
            *PLACES.0.lock().expect("nothing panics with it") += 1;
            PLACES.1.notify_one();
        }
    }
    let (places, free) = (&PLACES.0, &PLACES.1);
    let held = "nothing panics with it";
    let left = free.wait_while(places.lock().expect(held), |left| *left == 0);
    *left.expect(held) -= 1;
    let _place = Place;
    work()
}

/// Does all of this, many at once; results in the order given.
fn at_once<T: Sync, R: Send>(all: Vec<T>, each: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let results: Mutex<BTreeMap<usize, R>> = Mutex::default();
    let next = Mutex::new(all.iter().enumerate());
    let held = "no other thread panics while it holds it";
    let work = || loop {
        let Some((index, one)) = next.lock().expect(held).next() else {
            return;
        };
        let result = in_a_place(|| each(one));
        results.lock().expect(held).insert(index, result);
    };
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE.min(all.len()) {
            scope.spawn(work);
        }
    });
    let results = results.into_inner().expect(held);
    results.into_values().collect()
}
