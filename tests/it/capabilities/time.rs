//! Time of its own, named where it ends a run.

use std::sync::Arc;
use std::time::{Duration, Instant};

use acetate::error::ErrorKind;
use acetate::plugin::{Late, Limits, Lookups, Question, Replied, Reply};
use serde_json::json;

use super::{entry, guest_plugin, run};
use crate::support::World;
use crate::support::guests::guest;

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

/// The whole program against an endpoint that takes connections and never answers.
#[test]
fn an_endpoint_that_never_answers_ends_the_run_by_name() {
    let Some(component) = guest("lookups") else {
        return;
    };
    let silent = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let url = format!("http://{}", silent.local_addr().expect("it is bound"));
    let world = World::new()
        .file(
            "template.json",
            r#"{"containerDefinitions":[{"name":"app","image":"a:1"}]}"#,
        )
        .file(
            "acetate.toml",
            r#"
            template = "file:template.json"
            family = "web"
            [overlays.ci]
            plugin = "path:lookups.wasm"
            grant = { parameters = ["/web/*"] }
            limits = { lookups = "1s" }
            config = { ask = [{ call = "parameters.arn", of = "/web/a" }] }
            "#,
        )
        .variable("AWS_ENDPOINT_URL", &url);
    std::fs::write(world.path().join("lookups.wasm"), component).expect("it can be written");
    let began = Instant::now();
    let ran = world.run(&["render"]).expect(1);
    assert!(ran.stderr.contains("limit `lookups`"), "{ran}");
    assert!(
        began.elapsed() < Duration::from_secs(25),
        "{:?}",
        began.elapsed()
    );
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
