//! Fargate.

use serde_json::json;

use super::{Case, app, drop};
use crate::event::Severity::Error;

pub(super) const CASES: &[Case] = &[
    // Fargate
    (
        "network mode",
        Error,
        "fargate-network-mode",
        "/networkMode",
        |d| d["networkMode"] = json!("bridge"),
    ),
    (
        "no network mode",
        Error,
        "fargate-network-mode",
        "/networkMode",
        |d| drop(d, "networkMode"),
    ),
    ("size", Error, "fargate-size", "/memory", |d| {
        d["memory"] = json!("9 GB")
    }),
    ("no cpu", Error, "fargate-size", "/cpu", |d| drop(d, "cpu")),
    (
        "log driver",
        Error,
        "fargate-log-driver",
        "app/logConfiguration/logDriver",
        |d| {
            app(d)["logConfiguration"] = json!({ "logDriver": "syslog" });
        },
    ),
    ("privileged", Error, "fargate", "app/privileged", |d| {
        app(d)["privileged"] = json!(true)
    }),
    ("links on Fargate", Error, "fargate", "app/links", |d| {
        app(d)["links"] = json!(["proxy"])
    }),
    (
        "placement",
        Error,
        "fargate",
        "/placementConstraints",
        |d| {
            d["placementConstraints"] = json!([{ "type": "memberOf", "expression": "x" }]);
        },
    ),
    ("pid mode", Error, "fargate", "/pidMode", |d| {
        d["pidMode"] = json!("host")
    }),
    (
        "storage",
        Error,
        "fargate",
        "/ephemeralStorage/sizeInGiB",
        |d| d["ephemeralStorage"]["sizeInGiB"] = json!(20),
    ),
    (
        "GPU",
        Error,
        "fargate",
        "app/resourceRequirements/GPU",
        |d| {
            app(d)["resourceRequirements"] = json!([{ "type": "GPU", "value": "1" }]);
        },
    ),
    ("ulimit", Error, "fargate", "app/ulimits/core", |d| {
        app(d)["ulimits"] = json!([{ "name": "core", "softLimit": 0, "hardLimit": 0 }]);
    }),
    (
        "tmpfs",
        Error,
        "fargate",
        "app/linuxParameters/tmpfs",
        |d| {
            app(d)["linuxParameters"] = json!({ "tmpfs": [{ "containerPath": "/t", "size": 1 }] });
        },
    ),
    (
        "capability",
        Error,
        "fargate",
        "app/linuxParameters/capabilities/add",
        |d| {
            app(d)["linuxParameters"] =
                json!({ "capabilities": { "add": ["SYS_PTRACE", "SYS_ADMIN"] } });
        },
    ),
    ("timeout", Error, "fargate", "app/stopTimeout", |d| {
        app(d)["stopTimeout"] = json!(121)
    }),
    (
        "host volume",
        Error,
        "fargate",
        "/volumes/data/host/sourcePath",
        |d| {
            d["volumes"][0]["host"] = json!({ "sourcePath": "/x" });
        },
    ),
];
