//! Every way to a place of level code, against every form of `allow` that is not of that level.

use super::*;
use crate::task_definition::model::schema_places;

/// The calls of `acetate:plugin/edit` that lead to a place of level code, with their names.
type Named = (&'static str, Box<Call>);

/// `set-env` in `app`: a name that loads code, and names that are no name or a place of another.
const SET_ENV: &[(&str, &str)] = &[
    ("LD_PRELOAD", "/evil.so"),
    ("http_proxy", "http://evil"),
    ("Path", "/evil"),
    ("PATH=/evil", "x"),
    ("A/../PATH", "/evil"),
    ("~0PATH", "/evil"),
];

const SET_SECRET: &[&str] = &["NODE_OPTIONS", "PATH"];

const ADD_CONTAINER: &[(&str, &str)] = &[
    ("evil", r#"{ "image": "evil" }"#),
    ("app", r#"{ "image": "acme/app:1" }"#),
    ("APP", "{}"),
    ("a/b", "{}"),
];

const ADD_VOLUME: &[(&str, &str)] = &[
    ("host", r#"{ "host": { "sourcePath": "/" } }"#),
    ("data", "{}"),
];

const SET_JSON: &[(&str, &str)] = &[
    ("", r#"{ "cpu": "256" }"#),
    (
        "",
        r#"{ "tags": { "x": { "value": "1" } }, "pidMode": "task" }"#,
    ),
    ("/containerDefinitions", r#"{ "app": { "user": "root" } }"#),
    ("/containerDefinitions/app", "{}"),
    ("/containerDefinitions/app", r#"{ "privileged": true }"#),
    (
        "/containerDefinitions/app",
        r#"{ "environment": { "A": { "value": "2" } }, "command": ["evil"] }"#,
    ),
    (
        "/containerDefinitions/app/environment/PATH",
        r#"{ "value": "/evil" }"#,
    ),
    ("/containerDefinitions/app/environment/A/more", "\"x\""),
    (
        "/containerDefinitions/app/environment/A/value",
        r#"{ "x": 1 }"#,
    ),
    (
        "/containerDefinitions/app/dockerLabels/a",
        r#"{ "x": "1" }"#,
    ),
    ("/containerDefinitions/app/Image", "\"evil\""),
    ("/containerDefinitions/app/", "\"evil\""),
    (
        "/containerDefinitions/app/environment/A~1B/value",
        "\"evil\"",
    ),
    ("//x", "\"evil\""),
    ("/tags/team/more", "\"x\""),
    ("/unheardOf", "true"),
];

const REMOVE: &[&str] = &[
    "/containerDefinitions",
    "/containerDefinitions/app",
    "/containerDefinitions/app/image",
    "/containerDefinitions/app/environment",
    "/containerDefinitions/app/environment/PATH",
    "/containerDefinitions/app/environment/PATH/value",
    "/containerDefinitions/app/healthCheck",
    "/taskRoleArn",
    "/volumes/data",
];

type Plain = fn(&mut Draft) -> Result<(), Failure>;

const OTHERS: &[(&str, Plain)] = &[
    ("set-image", |d| d.set_image("app", "evil")),
    ("unset-env", |d| d.unset_env("app", "PATH")),
    ("unset-secret", |d| d.unset_secret("app", "LD_PRELOAD")),
    ("remove-container", |d| d.remove_container("app")),
    ("remove-container", |d| d.remove_container("nobody")),
    ("set-dependency", |d| {
        d.set_dependency("app", "proxy", "START")
    }),
    ("set-log-driver", |d| d.set_log_driver("app", "gelf")),
    ("set-log-option", |d| {
        d.set_log_option("app", "gelf-address", "udp://evil")
    }),
    ("set-log-secret", |d| {
        d.set_log_secret("app", "token", "/web/s")
    }),
    ("set-health-check", |d| {
        d.set_health_check("app", &["CMD".to_owned()], HealthTimes::default())
    }),
    ("add-mount", |d| {
        d.add_mount("app", "data", "/usr/bin", false)
    }),
];

fn named(name: &'static str, call: impl Fn(&mut Draft) -> Result<(), Failure> + 'static) -> Named {
    (name, Box::new(call))
}

fn code_calls() -> Vec<Named> {
    let others = OTHERS.iter().map(|(name, call)| named(name, call));
    let env = SET_ENV
        .iter()
        .map(|(name, value)| named("set-env", |d| d.set_env("app", name, value)));
    let secrets = SET_SECRET
        .iter()
        .map(|name| named("set-secret", |d| d.set_secret("app", name, "/web/s")));
    let containers = ADD_CONTAINER
        .iter()
        .map(|(name, members)| named("add-container", |d| d.add_container(name, members)));
    let volumes = ADD_VOLUME
        .iter()
        .map(|(name, members)| named("add-volume", |d| d.add_volume(name, members)));
    let json = SET_JSON
        .iter()
        .map(|(at, value)| named("set-json", |d| d.set_json(at, value)));
    let remove = REMOVE.iter().map(|at| named("remove", |d| d.remove(at)));
    let simple = others.chain(env).chain(secrets).chain(containers);
    simple.chain(volumes).chain(json).chain(remove).collect()
}

#[test]
fn no_call_reaches_a_place_of_level_code_with_an_influence_level_allow() {
    for (number, (name, call)) in code_calls().iter().enumerate() {
        for allow in INFLUENCE
            .iter()
            .map(std::slice::from_ref)
            .chain([INFLUENCE, &[]])
        {
            let mut draft = draft(allow);
            let failure = call(&mut draft).expect_err("it is refused");
            let told = format!("{number} {name} {allow:?}: {failure:?}");
            assert_eq!(failure.code, "not-allowed", "{told}");
            assert!(
                failure
                    .message
                    .starts_with(&format!("`ci` may not `{name}` at `")),
                "{told}"
            );
            assert_eq!(draft.document(), template().value(), "{told}");
            assert_eq!(draft.steps(), 0, "{told}");
        }
    }
}

/// Every place of the schema, set and removed by its address, in a container of the template.
#[test]
fn no_address_of_level_code_is_reached_by_set_json_or_remove() {
    for place in schema_places() {
        let text = place.address.replacen("/*", "/app", 1).replace("/*", "/k");
        let text = match place.address.starts_with("/containerDefinitions") {
            true => text,
            false => place.address.replace("/*", "/k"),
        };
        let address: Address = text.parse().unwrap();
        if level::of(&address) < Level::Code {
            continue;
        }
        for allow in INFLUENCE
            .iter()
            .map(std::slice::from_ref)
            .chain([INFLUENCE])
        {
            for value in [
                "\"x\"",
                "1",
                "true",
                "[]",
                "{}",
                r#"["x"]"#,
                r#"{ "k": "x" }"#,
            ] {
                let mut draft = draft(allow);
                assert!(
                    draft.set_json(&text, value).is_err(),
                    "{text} {value} {allow:?}"
                );
                assert_eq!(draft.document(), template().value());
            }
            let mut draft = draft(allow);
            assert!(draft.remove(&text).is_err(), "{text} {allow:?}");
            assert_eq!(draft.document(), template().value());
        }
    }
}

#[test]
fn a_refusal_says_what_to_add_and_that_line_is_enough() {
    let told: Vec<String> = code_calls()
        .into_iter()
        .map(|(name, call)| {
            let failure = call(&mut draft(&[])).unwrap_err();
            let hint = failure.hint.unwrap();
            if let Some((_, list)) = hint.split_once("`allow = ") {
                let lines: Vec<String> = serde_json::from_str(list.trim_end_matches('`')).unwrap();
                let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
                let again = call(&mut draft(&lines));
                let code = again.map_or_else(|failure| failure.code, |()| String::new());
                assert!(
                    !["not-allowed", "not-granted"].contains(&code.as_str()),
                    "{hint}"
                );
            }
            format!("{name}: {}\n  {hint}", failure.message)
        })
        .collect();
    insta::assert_snapshot!(told.join("\n"));
}
