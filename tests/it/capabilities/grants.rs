//! Deny by default: each call, with grants that fit and such that do not.

use std::sync::Arc;

use acetate::plugin::Limits;
use serde_json::{Value, json};

use super::{Full, entry, guest_plugin, run};

/// Each call of each capability, a grant that fits exactly, and some that nearly do.
fn table() -> Vec<(&'static str, &'static str, &'static str, Value, Vec<Value>)> {
    let parameters = || {
        vec![
            json!(["/web"]),
            json!(["/web/"]),
            json!(["/WEB/a"]),
            json!(["web/a"]),
            json!(["/db/*"]),
            json!(["/web/a/*"]),
            json!([]),
            json!(false),
            json!("*"),
        ]
    };
    let secrets = || {
        vec![
            json!(["d"]),
            json!(["DB"]),
            json!(["b"]),
            json!(["db/*"]),
            json!(["arn:*"]),
            json!(false),
        ]
    };
    let files = || {
        vec![
            json!(["a"]),
            json!(["*.txt"]),
            json!(["config/a.en"]),
            json!(["CONFIG/*"]),
            json!(["config"]),
            json!(["other/*"]),
        ]
    };
    vec![
        (
            "parameters.arn",
            "/web/a",
            "parameters",
            json!(["/web/a"]),
            parameters(),
        ),
        (
            "parameters.kind",
            "/web/a",
            "parameters",
            json!(["/web/*"]),
            parameters(),
        ),
        (
            "parameters.names",
            "/web/",
            "parameters",
            json!(["/web/*"]),
            vec![
                json!(["/db/*"]),
                json!(["/webber"]),
                json!(["web/*"]),
                json!([]),
            ],
        ),
        (
            "parameter-values.get",
            "/web/a",
            "parameter-values",
            json!(["*"]),
            parameters(),
        ),
        (
            "secret-names.arn",
            "db",
            "secret-names",
            json!(["db"]),
            secrets(),
        ),
        (
            "secret-names.names",
            "d",
            "secret-names",
            json!(["db*"]),
            vec![json!(["web*"]), json!(["x"])],
        ),
        (
            "secret-keys.keys",
            "db",
            "secret-keys",
            json!(true),
            secrets(),
        ),
        (
            "images.digest",
            "ghcr.io/acme/app:1",
            "images",
            json!(["ghcr.io/acme/*"]),
            vec![
                json!(["*"]),
                json!(["ghcr.io/acme"]),
                json!(["ghcr.io/acme/app2"]),
                json!(["*/app"]),
                json!(["ghcr.io:444/*"]),
                json!(["io/*"]),
            ],
        ),
        (
            "files.read-text",
            "config/a.env",
            "files",
            json!(["config/*.env"]),
            files(),
        ),
        (
            "files.read",
            "config/a.env",
            "files",
            json!(["config/a.env"]),
            files(),
        ),
        (
            "files.entries",
            "config",
            "files",
            json!(["config/*"]),
            vec![json!(["other/*"]), json!(["config"]), json!(["conf"])],
        ),
    ]
}

#[test]
fn each_call_is_refused_until_it_is_granted() {
    let Some(plugin) = guest_plugin() else { return };
    let asked = |call: &str, of: &str, grant: Value| {
        let input = entry(grant, json!([{ "call": call, "of": of }]));
        let told = run(&plugin, &input, Arc::new(Full), &Limits::default()).unwrap();
        told.into_iter().next().expect("one call, one line")
    };
    for (call, of, capability, fits, others) in table() {
        let told = asked(call, of, json!({ capability: fits }));
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
        grants.extend(others.into_iter().map(|grant| json!({ capability: grant })));
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
