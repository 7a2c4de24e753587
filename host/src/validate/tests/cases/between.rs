//! References, volumes, health checks, network, amounts, logging.

use serde_json::json;

use super::{Case, add, app, drop, proxy};
use crate::event::Severity::{Error, Warning};

pub(super) const CASES: &[Case] = &[
    // references
    (
        "all unknown container",
        Error,
        "unknown-container",
        "app/dependsOn/db/containerName",
        |d| {
            add(
                &mut app(d)["dependsOn"],
                json!({ "containerName": "db", "condition": "START" }),
            );
        },
    ),
    (
        "waits for itself",
        Error,
        "refers-to-itself",
        "app/dependsOn/app/containerName",
        |d| {
            add(
                &mut app(d)["dependsOn"],
                json!({ "containerName": "app", "condition": "START" }),
            );
        },
    ),
    (
        "HEALTHY without a health check",
        Error,
        "healthy-without-health-check",
        "app/dependsOn/proxy/condition",
        |d| {
            drop(proxy(d), "healthCheck");
        },
    ),
    (
        "waits for the end of an essential one",
        Error,
        "waits-for-essential",
        "app/dependsOn/proxy/condition",
        |d| {
            proxy(d)["essential"] = json!(true);
            app(d)["dependsOn"][0]["condition"] = json!("SUCCESS");
        },
    ),
    (
        "dependency cycle",
        Error,
        "dependency-cycle",
        "app/dependsOn",
        |d| {
            proxy(d)["dependsOn"] = json!([{ "containerName": "app", "condition": "START" }]);
        },
    ),
    (
        "cycle over volumes",
        Error,
        "dependency-cycle",
        "app/dependsOn",
        |d| {
            proxy(d)["volumesFrom"] = json!([{ "sourceContainer": "app" }]);
        },
    ),
    (
        "volumes from nobody",
        Error,
        "unknown-container",
        "app/volumesFrom/db/sourceContainer",
        |d| {
            app(d)["volumesFrom"] = json!([{ "sourceContainer": "db" }]);
        },
    ),
    (
        "ec2 link to nobody",
        Error,
        "unknown-container",
        "app/links",
        |d| {
            app(d)["links"] = json!(["db:database"]);
        },
    ),
    (
        "ec2 links outside bridge",
        Error,
        "links",
        "app/links",
        |d| {
            d["networkMode"] = json!("host");
            app(d)["links"] = json!(["proxy"]);
        },
    ),
    (
        "proxy container",
        Error,
        "unknown-container",
        "/proxyConfiguration/containerName",
        |d| {
            d["proxyConfiguration"] = json!({ "containerName": "envoy" });
        },
    ),
    (
        "ec2 proxy network mode",
        Error,
        "proxy-network-mode",
        "/proxyConfiguration",
        |d| {
            d["proxyConfiguration"] = json!({ "containerName": "proxy" });
        },
    ),
    (
        "ec2 unknown accelerator",
        Error,
        "unknown-accelerator",
        "app/resourceRequirements/InferenceAccelerator/value",
        |d| {
            app(d)["resourceRequirements"] =
                json!([{ "type": "InferenceAccelerator", "value": "d" }]);
        },
    ),
    // volumes
    (
        "all unknown volume",
        Error,
        "unknown-volume",
        "app/mountPoints/~1x/sourceVolume",
        |d| {
            add(
                &mut app(d)["mountPoints"],
                json!({ "sourceVolume": "x", "containerPath": "/x" }),
            );
        },
    ),
    (
        "mount without volume",
        Error,
        "missing-member",
        "app/mountPoints/~1x/sourceVolume",
        |d| {
            add(&mut app(d)["mountPoints"], json!({ "containerPath": "/x" }));
        },
    ),
    (
        "mount without path",
        Error,
        "missing-member",
        "app/mountPoints/1/containerPath",
        |d| {
            add(
                &mut app(d)["mountPoints"],
                json!({ "sourceVolume": "data" }),
            );
        },
    ),
    (
        "two mounts on one path",
        Error,
        "duplicate-name",
        "app/mountPoints/~1data",
        |d| {
            add(
                &mut app(d)["mountPoints"],
                json!({ "sourceVolume": "data", "containerPath": "/data" }),
            );
        },
    ),
    (
        "two volumes of one name",
        Error,
        "duplicate-name",
        "/volumes/data",
        |d| {
            add(&mut d["volumes"], json!({ "name": "data" }));
        },
    ),
    (
        "volume without name",
        Error,
        "missing-member",
        "/volumes/1/name",
        |d| add(&mut d["volumes"], json!({})),
    ),
    (
        "volume alphabet",
        Error,
        "volume-name",
        "/volumes/a b/name",
        |d| {
            add(&mut d["volumes"], json!({ "name": "a b" }));
        },
    ),
    (
        "ec2 volume of two kinds",
        Error,
        "volume-kind",
        "/volumes/data",
        |d| {
            d["volumes"][0] = json!({ "name": "data", "host": { "sourcePath": "/x" }, "dockerVolumeConfiguration": {} });
        },
    ),
    // health checks
    (
        "empty health check",
        Error,
        "bad-health-check",
        "proxy/healthCheck/command",
        |d| {
            proxy(d)["healthCheck"]["command"] = json!([]);
        },
    ),
    (
        "health check without program",
        Error,
        "bad-health-check",
        "proxy/healthCheck/command",
        |d| {
            proxy(d)["healthCheck"]["command"] = json!(["CMD"]);
        },
    ),
    (
        "health check without CMD",
        Warning,
        "bad-health-check",
        "proxy/healthCheck/command",
        |d| {
            proxy(d)["healthCheck"]["command"] = json!(["curl", "localhost"]);
        },
    ),
    (
        "health check interval",
        Error,
        "out-of-range",
        "proxy/healthCheck/interval",
        |d| {
            proxy(d)["healthCheck"]["interval"] = json!(301);
        },
    ),
    // network
    (
        "all host port",
        Error,
        "host-port",
        "app/portMappings/8080~1tcp/hostPort",
        |d| {
            app(d)["portMappings"][0]["hostPort"] = json!(80);
        },
    ),
    (
        "no port at all",
        Error,
        "missing-member",
        "app/portMappings/0/containerPort",
        |d| {
            drop(&mut app(d)["portMappings"][0], "containerPort");
        },
    ),
    (
        "no such port",
        Error,
        "out-of-range",
        "app/portMappings/65536~1tcp/containerPort",
        |d| {
            app(d)["portMappings"][0]["containerPort"] = json!(65_536);
        },
    ),
    (
        "ec2 port and range",
        Error,
        "port-and-range",
        "app/portMappings/90-99~1tcp/hostPort",
        |d| {
            app(d)["portMappings"][0] = json!({ "containerPortRange": "90-99", "hostPort": 90 });
        },
    ),
    (
        "port twice in a container",
        Error,
        "duplicate-port",
        "app/portMappings/8080~1tcp",
        |d| {
            add(
                &mut app(d)["portMappings"],
                json!({ "containerPort": 8080, "protocol": "tcp" }),
            );
        },
    ),
    (
        "port of two containers",
        Error,
        "duplicate-port",
        "proxy/portMappings/8080~1tcp",
        |d| {
            proxy(d)["portMappings"] = json!([{ "containerPort": 8080 }]);
        },
    ),
    (
        "ec2 host port of two containers",
        Error,
        "duplicate-port",
        "proxy/portMappings/90~1tcp",
        |d| {
            app(d)["portMappings"] = json!([{ "containerPort": 80, "hostPort": 8000 }]);
            proxy(d)["portMappings"] = json!([{ "containerPort": 90, "hostPort": 8000 }]);
        },
    ),
    (
        "port name twice",
        Error,
        "duplicate-name",
        "proxy/portMappings/90~1tcp/name",
        |d| {
            proxy(d)["portMappings"] = json!([{ "containerPort": 90, "name": "http" }]);
        },
    ),
    (
        "ec2 ports without network",
        Error,
        "network-mode",
        "app/portMappings",
        |d| {
            d["networkMode"] = json!("none");
        },
    ),
    (
        "hostname in awsvpc",
        Error,
        "network-mode",
        "app/hostname",
        |d| {
            app(d)["hostname"] = json!("web");
        },
    ),
    // memory and cpu
    (
        "reservation above limit",
        Error,
        "memory-reservation",
        "app/memoryReservation",
        |d| {
            app(d)["memoryReservation"] = json!(600);
        },
    ),
    (
        "container above task",
        Error,
        "memory-above-task",
        "app/memory",
        |d| {
            app(d)["memory"] = json!(2048);
        },
    ),
    (
        "containers together above task",
        Error,
        "memory-above-task",
        "/containerDefinitions",
        |d| {
            drop(app(d), "memoryReservation");
            proxy(d)["memory"] = json!(768);
        },
    ),
    (
        "cpu of containers above task",
        Error,
        "cpu-above-task",
        "/containerDefinitions",
        |d| {
            proxy(d)["cpu"] = json!(512);
        },
    ),
    (
        "little memory",
        Warning,
        "little-memory",
        "proxy/memory",
        |d| {
            proxy(d)["memory"] = json!(4);
        },
    ),
    (
        "ec2 no memory at all",
        Error,
        "no-memory",
        "proxy/memory",
        |d| drop(d, "memory"),
    ),
    ("all no amount", Error, "bad-amount", "/memory", |d| {
        d["memory"] = json!("1 GiB")
    }),
    // logging
    (
        "log option",
        Error,
        "log-option",
        "app/logConfiguration/options/awslogs-group",
        |d| {
            drop(&mut app(d)["logConfiguration"]["options"], "awslogs-group");
        },
    ),
    (
        "no log router",
        Error,
        "no-log-router",
        "app/logConfiguration/logDriver",
        |d| {
            app(d)["logConfiguration"] = json!({ "logDriver": "awsfirelens" });
        },
    ),
    (
        "log router that nobody uses",
        Error,
        "unused-log-router",
        "proxy/firelensConfiguration",
        |d| {
            proxy(d)["firelensConfiguration"] = json!({ "type": "fluentbit" });
        },
    ),
    (
        "second log router",
        Error,
        "second-log-router",
        "proxy/firelensConfiguration",
        |d| {
            app(d)["logConfiguration"] = json!({ "logDriver": "awsfirelens" });
            app(d)["firelensConfiguration"] = json!({ "type": "fluentbit" });
            proxy(d)["firelensConfiguration"] = json!({ "type": "fluentbit" });
        },
    ),
];
