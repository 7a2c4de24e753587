//! Round trips of a deploy: what waits for what.

use acetate::local::{Journal, Running, World, start};

use crate::support;

/// Long beside anything that this program does between two calls, even unoptimised and on a busy
/// machine: requests that are sent together overlap.
const LATENCY_MS: u64 = 250;

/// Reads → register → look again → update.
const ROUND_TRIPS: usize = 4;

/// The quick start, with answers that take their time.
fn quick_start() -> (Running, support::World) {
    let file = support::root().join("examples/quick-start/world.toml");
    let mut world = World::read(&file).expect("the example's world can be read");
    world.latency_ms = LATENCY_MS;
    world.speed = 400.0;
    let endpoint = start(world, ([127, 0, 0, 1], 0).into()).expect("the endpoint starts");
    let place = support::World::new()
        .copy("examples/quick-start")
        .variable("AWS_ENDPOINT_URL", &endpoint.url());
    (endpoint, place)
}

/// Deploys an image; the journal up to the accepted update.
fn deploy(endpoint: &Running, place: &support::World, image: &str) -> Journal {
    endpoint.clear_journal();
    place
        .run(&["deploy", "--set", &format!("image={image}")])
        .expect(0);
    endpoint.journal().until("UpdateService")
}

/// One line a request: when it came, when it was answered, what it was.
fn timeline(journal: &Journal) -> String {
    let first = journal.entries.first().map_or(0.0, |entry| entry.start);
    let lines = journal.entries.iter().map(|entry| {
        let (from, to) = (entry.start - first, entry.end - first);
        format!("{from:7.3} to {to:7.3} s  {}\n", entry.operation)
    });
    lines.collect()
}

fn assert_quick(journal: &Journal) {
    assert!(
        journal.rounds() <= ROUND_TRIPS,
        "{} round trips, of {ROUND_TRIPS}:\n{}",
        journal.rounds(),
        timeline(journal)
    );
    assert_eq!(journal.of("UpdateService").len(), 1);
}

#[test]
fn a_deploy_makes_four_round_trips() {
    let (endpoint, place) = quick_start();
    // The service runs the template itself, and there is no revision of ours yet.
    assert_quick(&deploy(&endpoint, &place, "app:1"));
    // The service runs the latest revision of ours.
    let j = deploy(&endpoint, &place, "app:2");
    eprintln!("{}", timeline(&j));
    assert_quick(&j);
}
