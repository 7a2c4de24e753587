//! Each limit, set small in acetate.toml, ends the run of a plugin that passes it; none can be set
//! above its bound.

use acetate::config::limits::{Limit, TABLE};

use crate::support::guests::guest;
use crate::support::project::{CONFIGURATION, small};
use crate::support::{Ran, World};

/// The small project with one guest and these lines about it.
fn world(lines: &str) -> Option<World> {
    let component = guest("overlay")?;
    let world = small().file("acetate.toml", &format!("{CONFIGURATION}\n{lines}"));
    std::fs::write(world.path().join("guest.wasm"), component).expect("it can be written");
    Some(world)
}

fn render(world: &World) -> Ran {
    world.run(&["render", "--set", "image=app:1"])
}

const ENTRY: &str = "[overlays.guest]\nplugin = \"path:guest.wasm\"\nallow = [\"env:app:*\"]\n";

/// What a guest does, and under which limits that is too much.
const BROKEN: [(&str, &str, &str); 13] = [
    ("fuel", "fuel = 1000000", "loop"),
    ("wall", "wall = \"1s\", fuel = 200000000000", "loop"),
    ("memory", "memory = \"8MiB\"", "memory"),
    ("table-elements", "table-elements = 1", "read"),
    ("edits", "edits = 10", "edits"),
    ("edit-bytes", "edit-bytes = \"1KiB\"", "edits"),
    ("calls", "calls = 100", "calls"),
    ("call-bytes", "call-bytes = \"1KiB\"", "text"),
    ("total-bytes", "total-bytes = \"1KiB\"", "calls"),
    ("messages", "messages = 10", "messages"),
    ("message-bytes", "message-bytes = \"100B\"", "messages"),
    ("component-bytes", "component-bytes = \"1KiB\"", "read"),
    ("compile-code", "compile-code = \"1KiB\"", "read"),
];

#[test]
fn each_limit_of_an_entry_ends_the_run_and_is_named() {
    for (limit, limits, deed) in BROKEN {
        let lines = format!("{ENTRY}limits = {{ {limits} }}\nconfig = {{ do = \"{deed}\" }}");
        let Some(world) = world(&lines) else { return };
        let ran = render(&world).expect(1);
        assert_eq!(ran.stdout, "", "{ran}");
        assert!(ran.stderr.contains(&format!("limit `{limit}`")), "{ran}");
        assert!(
            ran.stderr
                .contains(&format!("hint: `limits = {{ {limit} = ")),
            "{ran}"
        );
        assert!(
            ran.stderr
                .contains("for its entry in acetate.toml allows more"),
            "{ran}"
        );
    }
}

/// Lookups have a clock of their own: it is an endpoint that takes its time.
#[cfg(feature = "local")]
#[test]
fn time_in_lookups_is_limited_and_is_not_the_plugins_own() {
    let lines = "limits = { lookups = \"1s\", wall = \"1s\" }\nconfig = { do = \"look-up\" }\n\
        grant = { parameters = [\"/web/*\"], files = [\"a.env\"] }";
    let Some(world) = world(&format!("{ENTRY}{lines}")) else {
        return;
    };
    let practise = ["local", "--latency", "1500", "--"];
    let render = ["render", "--set", "image=app:1"];
    let ran = world.run(&[&practise[..], &render].concat()).expect(1);
    assert!(
        ran.stderr
            .contains("of 1000 ms of lookups: limit `lookups`"),
        "{ran}"
    );
}

#[test]
fn every_limit_is_broken_by_a_test() {
    for Limit { name, .. } in TABLE {
        let is_tested = BROKEN.iter().any(|(limit, ..)| limit == name);
        // The first by the test above, the others by components that are large: store/compile.rs.
        let elsewhere = ["lookups", "compile-cpu", "compile-memory", "compile-wall"].contains(name);
        assert!(is_tested || elsewhere, "`{name}` is broken by no test");
    }
}

#[test]
fn limits_of_all_plugins_hold_unless_the_entry_has_its_own() {
    let all = "[limits]\nedits = 1\ncalls = 100\n";
    let Some(wide) = world(&format!(
        "{all}{ENTRY}limits = {{ edits = 20, calls = 5001 }}\nconfig = {{ do = \"edits\" }}"
    )) else {
        return;
    };
    let ran = render(&wide).expect(1);
    assert!(
        ran.stderr.contains("used 21 of 20 places set or removed"),
        "{ran}"
    );
    let narrow = world(&format!("{all}{ENTRY}config = {{ do = \"edits\" }}"));
    let ran = render(&narrow.expect("it was built before")).expect(1);
    assert!(
        ran.stderr.contains("used 2 of 1 places set or removed"),
        "{ran}"
    );
    // The built-in one sets three places, and keeps the defaults.
    let standard = world(all).expect("it was built before");
    render(&standard).expect(0);
}

#[test]
fn a_value_above_the_bound_is_refused_with_its_line_key_and_bound() {
    for limit in TABLE {
        let above = match limit.unit {
            acetate::config::limits::Unit::Count => format!("{}", limit.most + 1),
            acetate::config::limits::Unit::Bytes => format!("\"{}B\"", limit.most + 1),
            acetate::config::limits::Unit::Time => format!("\"{}s\"", limit.most / 1000 + 1),
        };
        let name = limit.name;
        for (lines, key, line) in [
            (
                format!("[limits]\n{name} = {above}"),
                format!("limits.{name}"),
                12,
            ),
            (
                format!("{ENTRY}limits = {{ {name} = {above} }}"),
                format!("overlays.guest.limits.{name}"),
                14,
            ),
        ] {
            let world = small().file("acetate.toml", &format!("{CONFIGURATION}\n{lines}\n"));
            let ran = render(&world).expect(1);
            let most = limit.written(limit.most);
            let bound = format!("limit `{name}` cannot be more than `{most}`");
            assert!(ran.stderr.contains(&bound), "{ran}");
            assert!(
                ran.stderr.contains(&format!("acetate.toml:{line}:")),
                "{ran}"
            );
            assert!(ran.stderr.contains(&format!("(key `{key}`)")), "{ran}");
        }
    }
}

#[test]
fn what_is_no_limit_is_told_with_the_nearest_one() {
    let world = small().file(
        "acetate.toml",
        &format!(
            "{CONFIGURATION}\n[limits]\nmemry = \"1MiB\"\nwall = 5\nedits = \"many\"\nstack = 1\n"
        ),
    );
    insta::assert_snapshot!(render(&world), @r"
    ------- stderr -------
    error: acetate.toml:12:1: unknown key `memry` (key `limits.memry`) [configuration]
      hint: did you mean `memory`?
    error: acetate.toml:13:8: expected a time such as `15m`, found `5` (key `limits.wall`) [configuration]
    error: acetate.toml:14:9: expected an integer from 0, found a string (key `limits.edits`) [configuration]
    error: acetate.toml:15:1: unknown key `stack` (key `limits.stack`) [configuration]
      hint: the keys here are `fuel`, `wall`, `lookups`, `memory`, `table-elements`, `edits`, `edit-bytes`, `calls`, `call-bytes`, `total-bytes`, `messages`, `message-bytes`, `component-bytes`, `compile-memory`, `compile-cpu`, `compile-wall`, `compile-code`
    error: the configuration has 4 faults
    [exit code 1]
    ");
}
