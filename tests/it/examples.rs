//! Every folder of `examples/`: the commands of its README print what it shows, against the
//! world that lies beside it, and what is rendered is `expected.json`. The README of the project
//! is run in the same way. `BLESS=1` writes down what is printed instead.

use std::path::Path;

use acetate::local::{self, Running};
use serde_json::Value;

use crate::support::{World, console, root};

fn run(folder: &Path, page: &str) {
    let running = endpoint(&folder.join("world.toml"));
    let mut place = World::new();
    for (name, value) in running.environment() {
        place = place.variable(name, &value);
    }
    let place = place.copy(
        &folder
            .strip_prefix(root())
            .expect("below the root")
            .display()
            .to_string(),
    );
    let path = folder.join(page);
    let text = std::fs::read_to_string(&path).expect("the page is there");
    let mut shown = console::blocks(&text);
    assert!(!shown.is_empty(), "{} shows no command", path.display());
    for shown in &mut shown {
        let printed = console::run(&place, &shown.command);
        if shown.command.starts_with("acetate render") {
            compare(&folder.join("expected.json"), &printed);
        } else if blessing() && !shown.output.iter().any(|line| line == "...") {
            shown.output = printed.lines().map(str::to_owned).collect();
        } else {
            console::check(&path.display().to_string(), shown, &printed);
        }
    }
    if blessing() {
        std::fs::write(&path, console::rewritten(&text, &shown)).expect("the page can be written");
    }
}

fn blessing() -> bool {
    std::env::var_os("BLESS").is_some()
}

fn endpoint(world: &Path) -> Running {
    let world = local::World::read(world).expect("the world is read");
    local::start(world, ([127, 0, 0, 1], 0).into()).expect("the endpoint starts")
}

fn compare(path: &Path, printed: &str) {
    if blessing() {
        std::fs::write(path, printed).expect("expected.json can be written");
    }
    let parse =
        |text: &str| serde_json::from_str::<Value>(text).unwrap_or_else(|e| panic!("{e}\n{text}"));
    let expected = std::fs::read_to_string(path).expect("expected.json is there");
    assert!(
        parse(&expected) == parse(printed),
        "{} differs from\n{printed}",
        path.display()
    );
}

macro_rules! examples {
    ($($name:ident: $folder:literal,)*) => {
        $(#[test]
        fn $name() {
            run(&root().join("examples").join($folder), "README.md");
        })*

        #[test]
        fn no_example_is_forgotten() {
            let known = [$($folder),*];
            for entry in std::fs::read_dir(root().join("examples")).expect("examples/ is there") {
                let name = entry.expect("the folder can be read").file_name().into_string().expect("UTF-8");
                assert!(known.contains(&name.as_str()), "examples/{name} is run by no test");
            }
        }
    };
}

examples! {
    quick_start: "quick-start",
    two_services: "two-services",
    firelens: "firelens",
    shared_plugin: "shared-plugin",
    ssm_template: "ssm-template",
    cdk_template: "cdk-template",
    terraform_template: "terraform-template",
}
