//! What this version does not do: it is refused or warned about, never passed over.

use crate::support::{Ran, World};

/// The quick start's world and configuration, with this added to it.
fn quick_start(more: &str) -> World {
    let world = World::new().copy("examples/quick-start");
    let text = world.read("acetate.toml");
    world.file("acetate.toml", &format!("{text}\n{more}"))
}

fn practise(world: &World, arguments: &[&str]) -> Ran {
    let mut all = vec!["local", "--world", "world.toml", "--"];
    all.extend(arguments);
    all.extend(["--set", "image=app:1"]);
    let ran = world.run(&all);
    let told = ran.stderr.lines().filter(|l| !l.contains("practising on"));
    Ran {
        stderr: told.map(|line| format!("{line}\n")).collect(),
        ..ran
    }
}

#[test]
fn offline_asks_nobody() {
    let world = quick_start("");
    for verb in ["render", "deploy", "register", "status", "wait", "diff"] {
        let ran = practise(&world, &[verb, "--offline"]).expect(2);
        assert!(ran.stderr.contains("with `--offline`"), "{ran}");
    }
    let text = world.read("acetate.toml");
    let text = text.replace("ecs:web-template", "file:template.json");
    let world = world.file("acetate.toml", &text);
    let ran = practise(&world, &["render", "--offline"]).expect(1);
    assert!(ran.stderr.contains("a full ARN needs no look"), "{ran}");
    let world = world.file("acetate.toml", &text.replace("secrets", "# secrets"));
    practise(&world, &["render", "--offline"]).expect(0);
}
