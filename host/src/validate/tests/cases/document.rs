//! Shape, limits, environment.

use serde_json::json;

use super::{Case, add, app, drop, proxy};
use crate::event::Severity::{Error, Warning};

pub(super) const CASES: &[Case] = &[
    // shape
    (
        "required member missing",
        Error,
        "missing-member",
        "/family",
        |d| drop(d, "family"),
    ),
    (
        "required member null",
        Error,
        "missing-member",
        "proxy/healthCheck/command",
        |d| {
            drop(&mut proxy(d)["healthCheck"], "command");
        },
    ),
    (
        "all unknown member",
        Warning,
        "unknown-member",
        "app/futureField",
        |d| {
            app(d)["futureField"] = json!({ "a": [1] });
        },
    ),
    (
        "member of the wrong type",
        Error,
        "wrong-type",
        "app/stopTimeout",
        |d| {
            app(d)["stopTimeout"] = json!("60");
        },
    ),
    (
        "a fraction where a whole number is due",
        Error,
        "wrong-type",
        "app/stopTimeout",
        |d| {
            app(d)["stopTimeout"] = json!(1.5);
        },
    ),
    (
        "a number that does not fit",
        Error,
        "wrong-type",
        "app/stopTimeout",
        |d| {
            app(d)["stopTimeout"] = json!(-3_000_000_000_i64);
        },
    ),
    (
        "a boolean as text",
        Error,
        "wrong-type",
        "app/essential",
        |d| {
            app(d)["essential"] = json!("true");
        },
    ),
    (
        "a label that is a number",
        Error,
        "wrong-type",
        "app/dockerLabels/a~1b",
        |d| {
            app(d)["dockerLabels"] = json!({ "a/b": 1 });
        },
    ),
    (
        "null in a list",
        Error,
        "wrong-type",
        "app/command/1",
        |d| {
            app(d)["command"] = json!(["a", null]);
        },
    ),
    ("null member", Warning, "null-member", "app/user", |d| {
        app(d)["user"] = json!(null);
    }),
    (
        "all unknown value",
        Warning,
        "unknown-value",
        "/runtimePlatform/cpuArchitecture",
        |d| {
            d["runtimePlatform"] = json!({ "cpuArchitecture": "RISCV" });
        },
    ),
    // limits
    ("all too large", Error, "too-large", "", |d| {
        app(d)["dockerLabels"] = json!({ "a": "x".repeat(65_536) });
    }),
    ("nearly too large", Warning, "nearly-too-large", "", |d| {
        app(d)["dockerLabels"] = json!({ "a": "x".repeat(58_000) });
    }),
    (
        "too many containers",
        Error,
        "too-many-containers",
        "/containerDefinitions",
        |d| {
            for i in 0..9 {
                let container =
                    json!({ "name": format!("c{i}"), "image": "x", "essential": false });
                add(&mut d["containerDefinitions"], container);
            }
        },
    ),
    (
        "no container",
        Error,
        "no-container",
        "/containerDefinitions",
        |d| d["containerDefinitions"] = json!([]),
    ),
    (
        "none essential",
        Error,
        "no-essential-container",
        "/containerDefinitions",
        |d| {
            app(d)["essential"] = json!(false);
        },
    ),
    ("all family alphabet", Error, "family", "/family", |d| {
        d["family"] = json!("bad family!")
    }),
    ("family length", Error, "family", "/family", |d| {
        d["family"] = json!("x".repeat(256))
    }),
    (
        "container alphabet",
        Error,
        "container-name",
        "/containerDefinitions/a.b/name",
        |d| {
            add(
                &mut d["containerDefinitions"],
                json!({ "name": "a.b", "image": "x" }),
            );
        },
    ),
    (
        "container without name",
        Error,
        "missing-member",
        "/containerDefinitions/2/name",
        |d| {
            add(&mut d["containerDefinitions"], json!({ "image": "x" }));
        },
    ),
    (
        "container without image",
        Error,
        "missing-member",
        "app/image",
        |d| {
            drop(app(d), "image");
        },
    ),
    (
        "two containers of one name",
        Error,
        "duplicate-name",
        "proxy",
        |d| {
            add(
                &mut d["containerDefinitions"],
                json!({ "name": "proxy", "image": "x" }),
            );
        },
    ),
    ("too many tags", Error, "too-many-tags", "/tags", |d| {
        (0..50).for_each(|i| {
            add(
                &mut d["tags"],
                json!({ "key": format!("k{i}"), "value": "" }),
            )
        });
    }),
    ("tag of AWS", Error, "reserved-tag", "/tags/aws:x", |d| {
        add(&mut d["tags"], json!({ "key": "aws:x", "value": "" }));
    }),
    ("tag twice", Error, "duplicate-name", "/tags/team", |d| {
        add(&mut d["tags"], json!({ "key": "team", "value": "" }));
    }),
    ("tag key length", Error, "bad-tag", "/tags//key", |d| {
        add(&mut d["tags"], json!({ "key": "", "value": "" }))
    }),
    ("tag alphabet", Error, "bad-tag", "/tags/a/value", |d| {
        add(&mut d["tags"], json!({ "key": "a", "value": "{}" }));
    }),
    // environment
    (
        "all variable without value",
        Warning,
        "no-value",
        "app/environment/A/value",
        |d| {
            add(&mut app(d)["environment"], json!({ "name": "A" }));
        },
    ),
    (
        "variable without name",
        Error,
        "missing-member",
        "app/environment/2/name",
        |d| {
            add(&mut app(d)["environment"], json!({ "value": "x" }));
        },
    ),
    (
        "variable twice",
        Error,
        "duplicate-name",
        "app/environment/EMPTY",
        |d| {
            add(
                &mut app(d)["environment"],
                json!({ "name": "EMPTY", "value": "x" }),
            );
        },
    ),
    (
        "secret twice",
        Error,
        "duplicate-name",
        "app/secrets/DB",
        |d| {
            add(
                &mut app(d)["secrets"],
                json!({ "name": "DB", "valueFrom": "x" }),
            );
        },
    ),
    (
        "variable and secret",
        Error,
        "env-and-secret",
        "app/secrets/DB",
        |d| {
            add(
                &mut app(d)["environment"],
                json!({ "name": "DB", "value": "x" }),
            );
        },
    ),
    (
        "secret without reference",
        Error,
        "bad-secret",
        "app/secrets/A/valueFrom",
        |d| {
            add(
                &mut app(d)["secrets"],
                json!({ "name": "A", "valueFrom": "" }),
            );
        },
    ),
    (
        "secret by part of an ARN",
        Warning,
        "bad-secret",
        "app/secrets/A/valueFrom",
        |d| {
            add(
                &mut app(d)["secrets"],
                json!({ "name": "A", "valueFrom": "arn:aws:secretsmanager:eu-west-1:secret:a" }),
            );
        },
    ),
    (
        "ec2 secret without role",
        Error,
        "no-execution-role",
        "app/secrets/DB",
        |d| {
            drop(d, "executionRoleArn");
        },
    ),
    (
        "log secret without role",
        Error,
        "no-execution-role",
        "proxy/logConfiguration/secretOptions/t",
        |d| {
            drop(d, "executionRoleArn");
            drop(app(d), "secrets");
            drop(app(d), "logConfiguration");
            app(d)["image"] = json!("web:1");
            proxy(d)["logConfiguration"] = json!({ "logDriver": "splunk", "secretOptions": [{ "name": "t", "valueFrom": "t" }] });
        },
    ),
    (
        "ECR on Fargate without role",
        Error,
        "no-execution-role",
        "app/image",
        |d| {
            drop(d, "executionRoleArn");
            drop(app(d), "secrets");
            drop(app(d), "logConfiguration");
        },
    ),
    (
        "awslogs on Fargate without role",
        Error,
        "no-execution-role",
        "app/logConfiguration/logDriver",
        |d| {
            drop(d, "executionRoleArn");
            drop(app(d), "secrets");
            app(d)["image"] = json!("web:1");
        },
    ),
    ("empty role", Error, "empty-role", "/taskRoleArn", |d| {
        d["taskRoleArn"] = json!("")
    }),
    (
        "environment file",
        Error,
        "bad-environment-file",
        "app/environmentFiles/x.env/value",
        |d| {
            app(d)["environmentFiles"] = json!([{ "type": "s3", "value": "x.env" }]);
        },
    ),
];
