//! The built-in plugin: what is in the tree is what its source gives.

mod runs;

use std::path::Path;

use crate::support::component::{self, Part};
use crate::support::root;

/// Rebuilds the component and compares it with the committed one. `BLESS=1` writes it instead.
#[test]
fn committed_component_is_what_the_source_gives() {
    let folder = root().join("plugins/standard");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("plugins");
    let Some(built) = component::build(&folder, "acetate-standard", Part::Library, &target) else {
        return;
    };
    let manifest = std::fs::read_to_string(folder.join("plugin.toml")).unwrap();
    let built = component::with_manifest(built, &manifest);
    let committed = folder.join("standard.wasm");
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(&committed, &built).unwrap();
    }
    let same = std::fs::read(&committed).is_ok_and(|bytes| bytes == built);
    assert!(
        same,
        "standard.wasm is not what its source gives: run this test with BLESS=1"
    );
    assert!(
        built.len() <= 300 * 1024,
        "{} bytes are too many",
        built.len()
    );
}

fn schema() -> serde_json::Value {
    let manifest =
        std::fs::read_to_string(root().join("plugins/standard/plugin.toml")).expect("it is there");
    let manifest: toml::Table = manifest.parse().expect("it is TOML");
    serde_json::to_value(&manifest["config"]).expect("TOML is JSON")
}

#[test]
fn schema_takes_what_the_plugin_takes_and_nothing_else() {
    let schema = jsonschema::options()
        .with_draft(jsonschema::Draft::Draft202012)
        .build(&schema())
        .unwrap();
    let good = r##"
        [containers.app]
        image        = "web:8"
        command      = ["bin/web"]
        cpu          = "256"
        memory       = 512
        env          = { LOG_LEVEL = "info", PORT = 8080, TRACE = true }
        dotenv       = ["config/prod.env"]
        secrets      = { DATABASE_URL = "secretsmanager:prod/web/db#url", API_KEY = "ssm:/prod/key" }
        secrets-from = ["ssm:/prod/web/"]
        remove-env   = ["LEGACY_FLAG"]
        exclusive    = ["env"]
        restart      = true
        health-check = { command = "curl -f localhost", interval = 5 }
        log          = { driver = "awslogs", options = { awslogs-group = "g" } }
        depends-on   = { db = "HEALTHY" }
        ports        = [8080, "8125/udp", { port = 80, name = "web" }]
        volumes      = { scratch = {} }
        mounts       = { "/a" = "scratch:ro", "/b" = { volume = "scratch", read-only = true } }
        ulimits      = { nofile = 65536, core = { soft = 0, hard = 1 } }
        json         = { "linuxParameters/maxSwap" = 0 }
        [containers."web, worker"]
        log = false
        [sidecars]
        fluent-bit = { preset = "firelens", for = ["app"], options = { Name = "cloudwatch" } }
        [tags]
        team = "shop"
    "##;
    let good: toml::Table = good.parse().unwrap();
    let faults: Vec<_> = schema
        .iter_errors(&serde_json::to_value(good).unwrap())
        .map(|fault| format!("{}: {fault}", fault.instance_path()))
        .collect();
    assert_eq!(faults, [] as [String; 0]);
    for bad in [
        "containers.app.imgae = 'x'",
        "containers.app.cpu = 'much'",
        "containers.app.cpu = 1.5",
        "containers.app.exclusive = ['labels']",
        "containers.app.secrets.A = 'hunter2'",
        "containers.app.secrets-from = ['/prod/']",
        "containers.app.depends-on.db = 'READY'",
        "containers.app.health-check = true",
        "containers.app.ports = ['web']",
        "containers.app.preset = 'adot'",
        "sidecars.x.preset = 'fluentd'",
        "tags.team = ['a']",
        "volumes.x = {}",
    ] {
        let bad: toml::Table = bad.parse().unwrap();
        let bad = serde_json::to_value(bad).unwrap();
        assert!(!schema.is_valid(&bad), "{bad}");
    }
}
