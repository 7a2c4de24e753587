//! Time of its own, named where it ends a run.

use std::sync::Arc;
use std::time::Duration;

use acetate::error::ErrorKind;
use acetate::plugin::{Late, Limits, Lookups, Question, Replied, Reply};
use serde_json::json;

use super::{entry, guest_plugin, run};

/// Takes all the time that it is given.
struct Hanging;

impl Lookups for Hanging {
    fn ask(&self, _: &Question, within: Duration) -> Result<Replied, Late> {
        std::thread::sleep(within);
        Err(Late)
    }
}

/// Takes this long.
struct Slow(Duration);

impl Lookups for Slow {
    fn ask(&self, _: &Question, _: Duration) -> Result<Replied, Late> {
        std::thread::sleep(self.0);
        Ok(Ok(Reply::Absent))
    }
}

#[test]
fn a_lookup_that_hangs_ends_the_run_and_is_named() {
    let Some(plugin) = guest_plugin() else { return };
    let asks = |n: usize| vec![json!({ "call": "parameters.arn", "of": "/a" }); n];
    let limits = |lookups, wall| Limits {
        lookups: Duration::from_millis(lookups),
        wall: Duration::from_millis(wall),
        ..Limits::default()
    };
    let grant = json!({ "parameters": true });
    let input = entry(grant.clone(), json!(asks(1)));
    let error = run(&plugin, &input, Arc::new(Hanging), &limits(100, 5000)).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Input);
    let told = error.to_string();
    assert!(
        told.contains("of 100 ms of lookups: limit `lookups`"),
        "{told}"
    );
    // Many that are each quick enough are too slow together.
    let input = entry(grant.clone(), json!(asks(8)));
    let slow = |ms| Arc::new(Slow(Duration::from_millis(ms)));
    let error = run(&plugin, &input, slow(60), &limits(200, 5000)).unwrap_err();
    assert!(error.to_string().contains("limit `lookups`"), "{error}");
    // Time in lookups is none of the plugin's own.
    let input = entry(grant, json!(asks(1)));
    run(&plugin, &input, slow(2500), &limits(60_000, 2000)).unwrap();
}
