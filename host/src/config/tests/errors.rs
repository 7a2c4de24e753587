//! Every error, with its words.

use proptest::prelude::*;

use super::*;

/// A text after the two lines of [`BASE`], and what is wrong with it.
const WRONG: &[(&str, &str)] = &[
    (
        "famly = 'x'",
        "3:1: unknown key `famly` | did you mean `family`?",
    ),
    (
        "timeout = '1m'",
        "3:1: unknown key `timeout` | `timeout` belongs in `[deploy]`",
    ),
    (
        "[environments.prod]\nacount = '1'",
        "4:1: unknown key `acount` (key `environments.prod.acount`) | did you mean `account`?",
    ),
    (
        "[environments.prod.inputs]",
        "3:20: unknown key `inputs` (key `environments.prod.inputs`) | `inputs` belongs at the top level",
    ),
    (
        "[deploy]\ncolour = 1",
        "4:1: unknown key `colour` (key `deploy.colour`) | the keys here are `timeout`, `on-failure`, `on-timeout`, `fail-after`, `wait-until`, `require-running`, `skip-checks`, `publish`, `stamp`, `template-tags`",
    ),
    (
        "[inputs]\na = { defualt = 'x' }",
        "4:7: unknown key `defualt` (key `inputs.a.defualt`) | did you mean `default`?",
    ),
    (
        "deploy.family = 'x'",
        "3:8: unknown key `family` (key `deploy.family`) | `family` belongs at the top level, in a service or in an environment",
    ),
    (
        "[policies.p]\nplugin = 'path:x'\nallow = []",
        "5:1: unknown key `allow` (key `policies.p.allow`) | the keys here are `plugin`, `order`, `grant`, `inputs`, `limits`, `config`",
    ),
    (
        "[plugins]\ncompiler = 'craneflit'",
        "4:12: expected one of `any`, `cranelift`, found `craneflit` (key `plugins.compiler`) | did you mean `cranelift`?",
    ),
    (
        "compiler = 'cranelift'",
        "3:1: unknown key `compiler` | `compiler` belongs in `[plugins]`",
    ),
    (
        "[plugins]\ncompilr = 'cranelift'",
        "4:1: unknown key `compilr` (key `plugins.compilr`) | did you mean `compiler`?",
    ),
    (
        "[limits]\nmemory = '3GiB'",
        "4:10: limit `memory` cannot be more than `2GiB`, found `3GiB` (key `limits.memory`)",
    ),
    (
        "[overlays.o]\nplugin = 'path:x'\nlimits.edits = 100001",
        "5:16: limit `edits` cannot be more than `100000`, found `100001` (key `overlays.o.limits.edits`)",
    ),
    (
        "[limits]\nedits = 1.5",
        "4:9: expected an integer from 0, found a float (key `limits.edits`)",
    ),
    (
        "edits = 1",
        "3:1: unknown key `edits` | `edits` belongs in `[limits]`, or in `limits` of an overlay or a policy",
    ),
    (
        "cluster = 1",
        "3:11: expected a string, found `1` (key `cluster`) | write it in quotes",
    ),
    (
        "cluster = 1979-05-27",
        "3:11: expected a string, found a date (key `cluster`) | write it in quotes",
    ),
    (
        "cluster = ['a']",
        "3:11: expected a string, found an array (key `cluster`)",
    ),
    ("cluster = ''", "3:11: value is empty (key `cluster`)"),
    (
        "account = 222222222222",
        "3:11: expected an account of 12 digits, found `222222222222` (key `account`) | write it in quotes",
    ),
    (
        "account = '2222'",
        "3:11: expected an account of 12 digits, found `2222` (key `account`)",
    ),
    (
        "confirm = 'yes'",
        "3:11: expected `true` or `false`, found a string (key `confirm`)",
    ),
    (
        "containers = true",
        "3:14: expected a table, found a boolean (key `containers`)",
    ),
    (
        "containers.app = 'x'",
        "3:18: expected a table, found a string (key `containers.app`)",
    ),
    (
        "containers.app.env.DAY = 1979-05-27",
        "3:26: expected a plain value, found a date (key `containers.app.env.DAY`) | write it in quotes",
    ),
    (
        "containers.app.cpu = nan",
        "3:22: expected a finite number (key `containers.app.cpu`)",
    ),
    (
        "containers.app.cpu = 99999999999999999999",
        "3:22: integer is too large (key `containers.app.cpu`)",
    ),
    (
        "after-services = 'web'",
        "3:18: expected an array of strings, found a string (key `after-services`) | write it in brackets",
    ),
    (
        "after-services = [1]",
        "3:19: expected an array of strings, found an integer in it (key `after-services`) | write it in quotes",
    ),
    (
        "deploy.timeout = '15'",
        "3:18: expected a time such as `15m`, `90s` or `1h30m`, found `15` (key `deploy.timeout`)",
    ),
    (
        "deploy.fail-after = -1",
        "3:21: expected an integer from 0, found `-1` (key `deploy.fail-after`)",
    ),
    (
        "deploy.on-failure = 'rolback'",
        "3:21: expected one of `rollback`, `leave`, found `rolback` (key `deploy.on-failure`) | did you mean `rollback`?",
    ),
    (
        "deploy.publish = '/a'",
        "3:18: expected `ssm:` and the name of a parameter, found `/a` (key `deploy.publish`)",
    ),
    (
        "[overlays.o]\nplugin = 'otel'",
        "4:10: expected `builtin:NAME`, `path:FILE` or `oci:REFERENCE`, found `otel` (key `overlays.o.plugin`)",
    ),
    (
        "[overlays.o]\nplugin = 'path:x'\norder = 'first'",
        "5:9: expected an integer, found a string (key `overlays.o.order`)",
    ),
    (
        "[overlays.o]\nplugin = 'path:x'\ngrant.parameter = true",
        "5:7: unknown key `parameter` (key `overlays.o.grant.parameter`) | did you mean `parameters`?",
    ),
    (
        "[overlays.o]\nplugin = 'path:x'\ngrant.images = 'x'",
        "5:16: expected an array of strings, `true` or `false`, found a string (key `overlays.o.grant.images`) | write it in brackets",
    ),
    (
        "[overlays.o]\nplugin = 'path:x'\ngrant.images = ['nginx']",
        "5:17: expected a pattern of registry and repository, such as `ghcr.io/acme/*`, found `nginx` (key `overlays.o.grant.images`) | Docker's own are `docker.io/library/nginx`",
    ),
    (
        "[policies.p]\nplugin = 'path:x'\ngrant.files = ['a', '../b']",
        "5:21: expected a pattern of paths in the project, such as `config/*`, found `../b` (key `policies.p.grant.files`) | paths are relative to the folder of acetate.toml, without `.` and `..`",
    ),
    (
        "[overlays.o]\nplugin = 'path:x'\ngrant.parameters = ['ssm:/web/*']",
        "5:21: expected a pattern of parameter names, such as `/web/*`, found `ssm:/web/*` (key `overlays.o.grant.parameters`) | write the name alone: `/web/*`",
    ),
    (
        "[overlays.o]\nplugin = 'path:x'\ngrant.secret-keys = { db = true }",
        "5:21: expected an array of strings, `true` or `false`, found a table (key `overlays.o.grant.secret-keys`)",
    ),
    (
        "[overlays.o]\nplugin = 'path:x'\ngrant.secret-names = ['']",
        "5:23: value is empty (key `overlays.o.grant.secret-names`)",
    ),
    (
        "[overlays.'a b']\nplugin = 'path:x'",
        "3:11: expected a name of letters, digits, `.`, `_` and `-`, found `a b` (key `overlays.\"a b\"`)",
    ),
    (
        "[overlays.o]\norder = 1",
        "3:11: `o` has no plugin (key `overlays.o`) | say which, as `plugin = \"oci:REFERENCE\"` in `[overlays.o]`",
    ),
    (
        "[overlays.standard]\nplugin = 'path:x'",
        "3:11: overlay cannot be named `standard` (key `overlays.standard`) | it is the entry of `[containers]`, `[sidecars]` and `[tags]`; choose another name",
    ),
    (
        "[overlays.o]\nplugin = 'path:x'\ninputs = ['relase']\n[inputs]\nrelease = { default = 'x' }",
        "5:11: unknown input `relase` (key `overlays.o.inputs`) | did you mean `release`?",
    ),
    (
        "[overlays.o]\nplugin = 'path:x'\ninputs = ['release']",
        "5:11: unknown input `release` (key `overlays.o.inputs`) | declare it in `[inputs]`, as `release = {}`",
    ),
    (
        "[before.migrate]\ncommand = ['x']",
        "3:9: `migrate` has no container (key `before.migrate`) | say whose command it replaces, as `container = \"app\"`",
    ),
    (
        "tags.a = '${HOME}'",
        "3:10: unknown variable `${HOME}` (key `tags.a`) | known are `${env}`, `${service}` and `${inputs.NAME}`; write `$${HOME}` for a literal `${HOME}`",
    ),
    (
        "tags.a = '${env'",
        "3:10: `${` has no `}` in `${env` (key `tags.a`) | write `$${` for a literal `${`",
    ),
    (
        "tags.a = '${env}'",
        "3:10: `${env}` has no value (key `tags.a`) | name the environment with `--environment`",
    ),
    (
        "tags.a = '${service}'",
        "3:10: `${service}` has no value (key `tags.a`) | name the service with `service = \"…\"`",
    ),
    (
        "service = '${service}'",
        "3:11: `service` is made from itself",
    ),
    (
        "[inputs.a]\ndefault = '${inputs.b}'\n[inputs.b]\ndefault = '${inputs.a}'\n[tags]\nx = '${inputs.a}'",
        "6:11: input `a` is made from itself (key `inputs.b.default`)",
    ),
    (
        "[inputs.image]\ndefault = 'running:app'\n[deploy]\npublish = 'ssm:/${inputs.image}'",
        "6:11: input `image` is what runs now, and that is not known yet here (key `deploy.publish`) | give it with `--set image=…`, or use another input here",
    ),
    (
        "[inputs]\nimage = { default = 'running:app' }\nb = { default = 'x${inputs.image}' }\n[tags]\nx = '${inputs.b}'",
        "5:17: input `image` is what runs now, and that is not known yet here (key `inputs.b.default`)",
    ),
    (
        "[services.web]\nafter-services = ['wbe']",
        "4:19: unknown service `wbe` (key `services.web.after-services`) | did you mean `web`?",
    ),
    (
        "[environments.prod]\nservices.web.confirm = true",
        "4:10: unknown service `web` (key `environments.prod.services.web`) | declare it as `[services.web]`",
    ),
    ("a = 1\na = 2", "4:1: duplicate key"),
];

#[test]
fn what_is_wrong_with_the_text() {
    let wrong = |(text, expected): &(&str, &str)| {
        let found = problems(settings_of(
            &format!("{BASE}{text}\n"),
            None,
            None,
            &[],
            &[],
        ));
        (found != [format!("acetate.toml:{expected}")]).then_some(found)
    };
    let wrong: Vec<_> = WRONG.iter().filter_map(wrong).collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_is_missing() {
    let found = problems(settings_of("cluster = 'c'\n", None, None, &[], &[]));
    let expected = [
        "acetate.toml: `template` is missing | say where the template is, as `template = \"ecs:FAMILY\"`",
        "acetate.toml: `family` is missing | name the family to register into, as `family = \"NAME\"`; it must not be the template's",
    ];
    assert_eq!(found, expected);
}

#[test]
fn all_inputs_without_a_value_at_once() {
    let text = format!(
        "{BASE}containers.app.image = '${{inputs.image}}'\ntags.r = '${{inputs.release}}'\n[inputs]\nrelease = {{ env = 'SHA' }}\n"
    );
    let expected = [
        "acetate.toml:3:24: input `image` has no value (key `containers.app.image`) | give it with `--set image=…`",
        "acetate.toml:4:10: input `release` has no value (key `tags.r`) | give it with `--set release=…` or the environment variable `SHA`",
    ];
    assert_eq!(problems(settings_of(&text, None, None, &[], &[])), expected);
}

#[test]
fn all_problems_at_once_in_the_order_of_lines() {
    let text = "cluster = 1\nfamly = 'x'\n[deploy]\ntimeout = 'x'\n";
    let found = Config::parse(text, "acetate.toml").expect_err("wrong three times");
    assert_eq!(
        found.iter().map(|problem| problem.line).collect::<Vec<_>>(),
        [Some(1), Some(2), Some(4)]
    );
}

#[test]
fn values_that_are_wrong_once_they_are_filled() {
    let text = "template = 'ecs:${inputs.t}'\nfamily = '${inputs.f}'\naccount = '${inputs.a}'\n";
    let found = problems(settings_of(
        text,
        None,
        None,
        &[("t", "a b"), ("f", "x/y"), ("a", "1")],
        &[],
    ));
    let expected = [
        "acetate.toml:1:12: expected `ecs:FAMILY`, `ssm:NAME`, `s3://BUCKET/KEY`, `file:PATH` or `-`, found `ecs:a b` (key `template`)",
        "acetate.toml:2:10: expected a family of letters, digits, `_` and `-`, found `x/y` (key `family`)",
        "acetate.toml:3:11: expected an account of 12 digits, found `1` (key `account`)",
    ];
    assert_eq!(found, expected);
}

#[test]
fn depth_is_no_danger() {
    let deep = [
        format!("{}x = 1\n", "a.".repeat(100_000)),
        format!("{}x = 1\n", "a.".repeat(900)),
        format!("x = {}{}\n", "[".repeat(100_000), "]".repeat(100_000)),
        format!("x = {}1{}\n", "{a=".repeat(100_000), "}".repeat(100_000)),
        format!("x = {{{}x = 1}}\n", "a . ".repeat(100_000)),
        format!("x = {{{}x = 1}}\n", "\"a\".".repeat(100_000)),
        "[a]\n".repeat(3) + &"[".repeat(5000),
    ];
    for text in deep {
        let problems = Config::parse(&text, "f").unwrap_err();
        let placed = problems.iter().filter(|problem| problem.line.is_some());
        assert!(placed.count() == problems.len() && !problems.is_empty());
    }
}

proptest! {
    #[test]
    fn parsing_never_panics(text in "\\PC*") {
        let _ = Config::parse(&text, "f");
    }

    #[test]
    fn parsing_what_looks_like_it_never_panics(lines in proptest::collection::vec("(\\[)?(a|services|deploy|inputs|environments|overlays|containers|template|family|é|\"x\")(\\.(a|b|env|services|plugin))?(\\])?( = ('\\$\\{(env|inputs\\.a|service)\\}'|1|\\[1\\]|\\{ a = 'b' \\}|true|\"\"))?", 0..8)) {
        let text = lines.join("\n");
        let Ok(config) = Config::parse(&text, "f") else { return Ok(()) };
        let selection = Selection { service: None, environment: Some("a"), set: &[], env: &|_| None };
        let _ = config.settings(&selection).map(|settings| settings.with_running(&BTreeMap::new()));
    }
}
