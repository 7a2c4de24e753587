//! Secrets: a place refers to what the entry was granted, by whichever call.

use super::*;

type Refer = dyn Fn(&mut Draft, &str) -> Result<(), Failure>;

/// Every call that makes a place refer to a secret.
const CALLS: &[(&str, &Refer)] = &[
    ("set-secret", &|d, from| d.set_secret("app", "DB", from)),
    ("set-log-secret", &|d, from| {
        d.set_log_secret("app", "token", from)
    }),
    ("set-json", &|d, from| {
        d.set_json(
            "/containerDefinitions/app/secrets/DB/valueFrom",
            &json!(from).to_string(),
        )
    }),
    ("set-json", &|d, from| {
        d.set_json(
            "/containerDefinitions/app/secrets",
            &json!({ "DB": { "valueFrom": from } }).to_string(),
        )
    }),
    ("set-json", &|d, from| {
        d.set_json(
            "/containerDefinitions/app/repositoryCredentials",
            &json!({ "credentialsParameter": from }).to_string(),
        )
    }),
    ("add-volume", &|d, from| {
        let share = json!({ "authorizationConfig": { "credentialsParameter": from } });
        d.add_volume(
            "x",
            &json!({ "fsxWindowsFileServerVolumeConfiguration": share }).to_string(),
        )
    }),
];

#[test]
fn a_secret_refers_to_what_was_granted_by_every_way() {
    let allow = &[
        "secrets:app:*",
        "json:/containerDefinitions/app/logConfiguration",
        "json:/containerDefinitions/app/repositoryCredentials",
        "json:/volumes",
        "json:/containerDefinitions/app/secrets",
    ];
    for (name, call) in CALLS {
        for from in [
            "/other/s",
            "/aws/reference/secretsmanager/other",
            "arn:aws:ssm:eu-west-1:222222222222:parameter/web/s",
            "arn:aws:secretsmanager:eu-west-1:111111111111:secret:web/db2-AbC123",
            "arn:aws:secretsmanager:us-east-1:111111111111:secret:web/db-AbC123",
            "",
        ] {
            let mut draft = draft(allow);
            let failure = call(&mut draft, from).unwrap_err();
            assert_eq!(failure.code, "not-granted", "{name} {from}");
            assert!(
                failure
                    .message
                    .starts_with(&format!("`ci` may not `{name}` to ")),
                "{failure:?}"
            );
            assert_eq!(draft.document(), template().value());
        }
        call(&mut draft(allow), "/web/s").unwrap();
        call(
            &mut draft(allow),
            "arn:aws:secretsmanager:eu-west-1:111111111111:secret:web/db-AbC123:k::",
        )
        .unwrap();
    }
    let failure = draft(allow).set_json(
        "/containerDefinitions/app/secrets/DB/valueFrom",
        "[\"/web/s\"]",
    );
    assert_eq!(failure.unwrap_err().code, "invalid");
}

#[test]
fn a_secret_over_a_plain_variable_needs_both_lines() {
    let mut one = draft(&["secrets:app:A"]);
    let failure = one.set_secret("app", "A", "/web/s").unwrap_err();
    assert_eq!(
        failure.hint.unwrap(),
        "to allow it, give `ci` `allow = [\"env:app:A\"]`"
    );
    draft(&["secrets:app:A", "env:app:A"])
        .set_secret("app", "A", "/web/s")
        .unwrap();
    // And the other way round it is refused, however much is allowed.
    let mut plain = draft(&["json:/*", "env:app:S", "secrets:app:S"]);
    assert_eq!(plain.set_env("app", "S", "x").unwrap_err().code, "exists");
}
