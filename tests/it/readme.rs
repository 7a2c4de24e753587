//! README.md: its console blocks run in the quick start, its TOML parses, its tables say what the
//! program says, its links lead somewhere, and its plugin can be built and does what it says.

use std::process::Command;

use acetate::config::Config;
use acetate::local::{self, World as Played};

use crate::support::component::with_manifest;
use crate::support::guests::guest;
use crate::support::{World, console, root, skip};

fn readme() -> String {
    std::fs::read_to_string(root().join("README.md")).expect("README.md is there")
}

/// The blocks of one language, without their fences.
fn blocks(language: &str) -> Vec<String> {
    let (text, fence) = (readme(), format!("\n```{language}\n"));
    let parts = text.split(&fence).skip(1);
    parts
        .map(|part| part.split("\n```").next().expect("a first part").to_owned() + "\n")
        .collect()
}

/// The TOML block that begins with the name of this file.
fn toml(file: &str) -> String {
    let named = |block: &String| block.starts_with(&format!("# {file}\n"));
    blocks("toml").into_iter().find(named).expect("it is shown")
}

#[test]
fn its_commands_print_what_it_shows() {
    let world = Played::read(&root().join("examples/quick-start/world.toml")).expect("a world");
    let running = local::start(world, ([127, 0, 0, 1], 0).into()).expect("the endpoint starts");
    let mut place = World::new().copy("examples/quick-start");
    for (name, value) in running.environment() {
        place = place.variable(name, &value);
    }
    let shown = console::blocks(&readme());
    assert!(!shown.is_empty());
    for shown in shown {
        console::check("README.md", &shown, &console::run(&place, &shown.command));
    }
}

#[test]
fn its_toml_is_what_it_says_it_is() {
    for block in blocks("toml") {
        let first = block.lines().next().unwrap_or_default();
        let text = match first {
            "# world.toml" => {
                let world = Played::parse(&block, "world.toml");
                local::start(world.expect("a world"), ([127, 0, 0, 1], 0).into())
                    .expect("it plays");
                continue;
            }
            "# Cargo.toml" | "# plugin.toml" => {
                block.parse::<toml::Table>().expect("it is TOML");
                continue;
            }
            "# acetate.toml" => block,
            _ => format!("template = \"file:t.json\"\nfamily = \"f\"\n{block}"),
        };
        Config::parse(&text, "README.md").unwrap_or_else(|e| panic!("{e:#?}\n{text}"));
    }
}

#[test]
fn its_exit_codes_are_those_of_the_program() {
    let told = World::new().run(&["help", "exit-codes"]).stdout;
    let told = told.split("\n\n").nth(1).expect("the table").to_owned();
    let mut expected: Vec<String> = Vec::new();
    for line in told.lines() {
        match line.trim().split_once("  ") {
            Some((code, meaning)) => expected.push(format!("| {code} | {meaning} |")),
            None => {
                let last = expected.last_mut().expect("a code comes first");
                *last = format!("{} {} |", last.trim_end_matches(" |"), line.trim());
            }
        }
    }
    let readme = readme();
    let rows = readme
        .lines()
        .skip_while(|line| *line != "| code | meaning |");
    let rows: Vec<&str> = rows
        .skip(2)
        .take_while(|line| line.starts_with('|'))
        .collect();
    assert_eq!(rows, expected);
}

#[test]
fn its_links_lead_somewhere() {
    let pages = [
        "README.md",
        "CHANGELOG.md",
        "host/docs/threat-model.md",
        "host/docs/reference.md",
        "host/docs/sharing.md",
        "host/docs/verdicts.md",
    ];
    let pages = pages.map(|page| root().join(page));
    let examples = std::fs::read_dir(root().join("examples")).expect("examples/ is there");
    let examples = examples.map(|entry| entry.expect("it can be read").path().join("README.md"));
    for page in pages.into_iter().chain(examples) {
        let text = std::fs::read_to_string(&page).unwrap_or_else(|e| panic!("{page:?}: {e}"));
        let headings: Vec<String> = text.lines().filter_map(anchor).collect();
        for target in text
            .split("](")
            .skip(1)
            .filter_map(|rest| rest.split(')').next())
        {
            let there = match target.strip_prefix('#') {
                Some(anchor) => headings.iter().any(|heading| heading == anchor),
                None => {
                    let file = target.split('#').next().expect("a first part");
                    target.contains("://") || page.with_file_name(file).exists()
                }
            };
            assert!(there, "{}: `{target}` is not there", page.display());
        }
    }
}

/// A heading as links name it.
fn anchor(line: &str) -> Option<String> {
    let heading = line
        .strip_prefix('#')?
        .trim_start_matches('#')
        .strip_prefix(' ')?;
    let kept = heading.chars().filter(|c| c.is_alphanumeric() || *c == ' ');
    Some(kept.collect::<String>().to_lowercase().replace(' ', "-"))
}

#[test]
fn its_verbs_are_those_of_the_program() {
    let help = World::new().run(&["-h"]).stdout;
    let verbs = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let verbs = verbs.take_while(|line| !line.is_empty());
    let readme = readme();
    for verb in verbs.filter_map(|line| line.split_whitespace().next()) {
        let shown = |line: &str| line.starts_with('|') && line.contains(&format!("`{verb}"));
        assert!(
            verb == "help" || readme.lines().any(shown),
            "`{verb}` is not told"
        );
    }
}

#[test]
fn its_keys_are_those_of_the_built_in_plugin() {
    let manifest = std::fs::read_to_string(root().join("plugins/standard/plugin.toml"));
    let manifest: toml::Table = manifest.expect("it is there").parse().expect("it is TOML");
    let readme = readme();
    let section = readme
        .split("\n## ")
        .find(|s| s.starts_with("Containers, sidecars, tags"));
    let section = section.expect("the section is there");
    for definition in ["container", "sidecar"] {
        let keys = &manifest["config"]["$defs"][definition]["properties"];
        for key in keys.as_table().expect("a table").keys() {
            assert!(section.contains(&format!("`{key}`")), "`{key}` is not told");
        }
    }
    let presets = &manifest["config"]["$defs"]["sidecar"]["properties"]["preset"]["enum"];
    for preset in presets.as_array().expect("a list") {
        let name = preset.as_str().expect("a text");
        assert!(
            section.contains(&format!("| `{name}` |")),
            "`{name}` is not told"
        );
    }
}

#[test]
fn its_plugin_can_be_built_and_does_what_it_says() {
    let path = root().join("tests/guests/examples/readme.rs");
    let built = std::fs::read_to_string(path).expect("the guest is there");
    let shown = blocks("rust").remove(0).replace("\"wit\"", "\"../../wit\"");
    let code = built.split_once("#![cfg(target_family = \"wasm\")]\n\n");
    assert_eq!(
        code.expect("it opens so").1,
        shown,
        "the guest is not what README.md shows"
    );
    let Some(component) = guest("readme") else {
        return;
    };
    let lines = "[overlays.otel]\nplugin = \"path:otel.wasm\"\nallow = [\"env:*:OTEL_*\"]\n";
    let text = crate::support::project::CONFIGURATION;
    let world = crate::support::project::small()
        .file("acetate.toml", &format!("{text}\n{lines}"))
        .file("plugin.toml", &toml("plugin.toml"))
        .file("embed.py", &blocks("python").remove(0));
    std::fs::write(world.path().join("otel.wasm"), &component).expect("it can be written");
    let bare = render(&world);
    assert!(bare.contains("OTEL_SERVICE_NAME=web-app"), "{bare}");
    assert!(bare.contains("[no-manifest]"), "{bare}");

    let python = Command::new("python3")
        .args(["embed.py", "otel.wasm"])
        .current_dir(world.path())
        .status();
    if !python.is_ok_and(|ended| ended.success()) {
        return skip("embedding a manifest needs python3", false);
    }
    let embedded = std::fs::read(world.path().join("otel.wasm")).expect("it is there");
    assert_eq!(embedded, with_manifest(component, &toml("plugin.toml")));
    let whole = render(&world);
    assert!(
        whole.contains("OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318"),
        "{whole}"
    );
    assert!(!whole.contains("[no-manifest]"), "{whole}");
}

/// Environment variables of the rendered document, and what was said.
fn render(world: &World) -> String {
    let ran = world.run(&["render", "--set", "image=app:1"]).expect(0);
    let environment = &ran.json()["containerDefinitions"][0]["environment"];
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let pairs = environment.as_array().expect("a list").iter();
    let pairs = pairs.map(|e| format!("{}={}\n", text(&e["name"]), text(&e["value"])));
    pairs.collect::<String>() + &ran.stderr
}
