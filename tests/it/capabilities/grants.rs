//! Deny by default: each call, with grants that fit and such that do not.

use std::sync::Arc;

use acetate::plugin::Limits;
use serde_json::{Value, json};

use super::{Full, entry, guest_plugin, run};

/// Grants that nearly fit, as JSON.
const PARAMETERS: &[&str] = &[
    r#"["/web"]"#,
    r#"["/web/"]"#,
    r#"["/WEB/a"]"#,
    r#"["web/a"]"#,
    r#"["/db/*"]"#,
    r#"["/web/a/*"]"#,
    "[]",
    "false",
    r#""*""#,
];

const SECRETS: &[&str] = &[
    r#"["d"]"#,
    r#"["DB"]"#,
    r#"["b"]"#,
    r#"["db/*"]"#,
    r#"["arn:*"]"#,
    "false",
];

const FILES: &[&str] = &[
    r#"["a"]"#,
    r#"["*.txt"]"#,
    r#"["config/a.en"]"#,
    r#"["CONFIG/*"]"#,
    r#"["config"]"#,
    r#"["other/*"]"#,
];

/// A call, what it asks for, the capability, a grant that fits exactly, and some that nearly do.
type Row = (
    &'static str,
    &'static str,
    &'static str,
    &'static str,
    &'static [&'static str],
);

/// Each call of each capability.
const TABLE: &[Row] = &[
    (
        "parameters.arn",
        "/web/a",
        "parameters",
        r#"["/web/a"]"#,
        PARAMETERS,
    ),
    (
        "parameters.kind",
        "/web/a",
        "parameters",
        r#"["/web/*"]"#,
        PARAMETERS,
    ),
    (
        "parameters.names",
        "/web/",
        "parameters",
        r#"["/web/*"]"#,
        &[r#"["/db/*"]"#, r#"["/webber"]"#, r#"["web/*"]"#, "[]"],
    ),
    (
        "parameter-values.get",
        "/web/a",
        "parameter-values",
        r#"["*"]"#,
        PARAMETERS,
    ),
    (
        "secret-names.arn",
        "db",
        "secret-names",
        r#"["db"]"#,
        SECRETS,
    ),
    (
        "secret-names.names",
        "d",
        "secret-names",
        r#"["db*"]"#,
        &[r#"["web*"]"#, r#"["x"]"#],
    ),
    ("secret-keys.keys", "db", "secret-keys", "true", SECRETS),
    (
        "images.digest",
        "ghcr.io/acme/app:1",
        "images",
        r#"["ghcr.io/acme/*"]"#,
        &[
            r#"["*"]"#,
            r#"["ghcr.io/acme"]"#,
            r#"["ghcr.io/acme/app2"]"#,
            r#"["*/app"]"#,
            r#"["ghcr.io:444/*"]"#,
            r#"["io/*"]"#,
        ],
    ),
    (
        "files.read-text",
        "config/a.env",
        "files",
        r#"["config/*.env"]"#,
        FILES,
    ),
    (
        "files.read",
        "config/a.env",
        "files",
        r#"["config/a.env"]"#,
        FILES,
    ),
    (
        "files.entries",
        "config",
        "files",
        r#"["config/*"]"#,
        &[r#"["other/*"]"#, r#"["config"]"#, r#"["conf"]"#],
    ),
];

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).expect("the table holds JSON")
}

#[test]
fn each_call_is_refused_until_it_is_granted() {
    let Some(plugin) = guest_plugin() else { return };
    let asked = |call: &str, of: &str, grant: Value| {
        let input = entry(grant, json!([{ "call": call, "of": of }]));
        let told = run(&plugin, &input, Arc::new(Full), &Limits::default()).unwrap();
        told.into_iter().next().expect("one call, one line")
    };
    for &(call, of, capability, fits, others) in TABLE {
        let told = asked(call, of, json!({ capability: parsed(fits) }));
        assert!(!told.contains("not-granted"), "{told}");
        // A grant of everything else is none of this.
        let all = [
            "parameters",
            "parameter-values",
            "secret-names",
            "secret-keys",
            "images",
            "files",
        ];
        let rest = all.into_iter().filter(|name| *name != capability);
        let rest: serde_json::Map<_, _> = rest.map(|name| (name.to_owned(), json!(true))).collect();
        let mut grants = vec![json!({}), Value::Null, Value::Object(rest)];
        grants.extend(
            others
                .iter()
                .map(|grant| json!({ capability: parsed(grant) })),
        );
        for grant in grants {
            let told = asked(call, of, grant.clone());
            assert!(
                told.contains("-> not-granted: `ci` was not granted"),
                "{grant}: {told}"
            );
            assert!(
                told.contains("| to grant it, give `ci` `grant = { "),
                "{told}"
            );
            assert!(told.contains(&format!("{capability} = [")), "{told}");
        }
    }
}

#[test]
fn what_is_not_granted_is_not_listed() {
    let Some(plugin) = guest_plugin() else { return };
    let grant = json!({ "parameters": ["/web/a", "/web/c/*", "/none/*"], "secret-names": ["db"], "files": ["a.env", "config/*.txt"] });
    let ask = json!([
        { "call": "parameters.names", "of": "" },
        { "call": "parameters.names", "of": "/web/", "limit": 1 },
        { "call": "parameters.names", "of": "/web/", "after": "/web/a" },
        { "call": "secret-names.names", "of": "" },
        { "call": "files.entries", "of": "" },
        { "call": "files.entries", "of": "config/" },
    ]);
    let told = run(
        &plugin,
        &entry(grant, ask),
        Arc::new(Full),
        &Limits::default(),
    )
    .unwrap();
    insta::assert_snapshot!(told.join("\n"), @r"
    parameters.names  -> /web/a /web/c/d
    parameters.names /web/ -> /web/a
    parameters.names /web/ -> /web/c/d
    secret-names.names  -> db
    files.entries  -> a.env
    files.entries config/ -> config/b.txt
    ");
}

/// Also of who was granted everything.
#[test]
fn a_name_that_is_none_is_refused_before_anybody_is_asked() {
    let Some(plugin) = guest_plugin() else { return };
    let all = json!({ "parameters": true, "parameter-values": true, "secret-names": true, "secret-keys": true, "images": true, "files": true });
    let others = "arn:aws:ssm:eu-west-1:222222222222:parameter/web/a";
    for (call, of, code) in [
        ("parameters.arn", "", "invalid"),
        ("parameters.arn", "/web/a:3", "invalid"),
        ("parameter-values.get", "/web/a:label", "invalid"),
        ("parameter-values.get", "/web/*", "invalid"),
        ("parameter-values.get", "/web/", "invalid"),
        ("parameters.names", "/web/*", "invalid"),
        ("parameters.arn", others, "not-granted"),
        ("parameter-values.get", others, "not-granted"),
        ("secret-keys.keys", "", "invalid"),
        ("secret-keys.keys", "db:url", "invalid"),
        (
            "secret-keys.keys",
            "arn:aws:secretsmanager:eu-west-1:222222222222:secret:db-AbCdEf",
            "not-granted",
        ),
        ("images.digest", "", "invalid"),
        ("images.digest", "https://ghcr.io/acme/app", "invalid"),
        ("images.digest", "ghcr.io/acme/../app", "invalid"),
        ("files.read", "", "invalid"),
        ("files.read", "../a", "invalid"),
        ("files.read", "/etc/passwd", "invalid"),
        ("files.read", "config/../secret.env", "invalid"),
        ("files.read", "config/a.env/", "invalid"),
        ("files.read", "config\\a.env", "invalid"),
        ("files.entries", "..", "invalid"),
        ("files.entries", "/", "invalid"),
        ("files.entries", "config//", "invalid"),
    ] {
        let input = entry(all.clone(), json!([{ "call": call, "of": of }]));
        let told = run(&plugin, &input, Arc::new(Full), &Limits::default()).unwrap();
        assert!(told[0].contains(&format!("-> {code}: ")), "{}", told[0]);
    }
}
