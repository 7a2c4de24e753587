//! Where the log of a container goes, and whose log tells why a task failed.

use serde_json::Value;

use crate::event::ContainerEnd;

/// Where a container's log goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Destination {
    /// To a stream of CloudWatch Logs.
    Stream(Stream),
    /// To where it is not read from; the words say where.
    Elsewhere(String),
}

/// A stream of CloudWatch Logs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stream {
    /// Log group.
    pub group: String,
    /// Name of the stream in it.
    pub name: String,
    /// Its region, where the configuration names one.
    pub region: Option<String>,
}

/// Options of log drivers that say where a log goes. No other option is told: some are secrets.
const PLACES: [&str; 12] = [
    "Name",
    "Host",
    "Bucket",
    "bucket",
    "delivery_stream",
    "log_group_name",
    "stream",
    "splunk-url",
    "fluentd-address",
    "gelf-address",
    "syslog-address",
    "awslogs-group",
];

/// Where the log of a container goes, by the containers of its task definition and the ARN of its
/// task.
#[must_use]
pub fn destination(containers: &[Value], container: &str, task: &str) -> Destination {
    let configured = containers
        .iter()
        .find(|c| text(c, "name") == Some(container))
        .and_then(|c| c.get("logConfiguration"));
    let driver = configured.and_then(|c| text(c, "logDriver"));
    let option = |name: &str| configured.and_then(|c| text(c.get("options")?, name));
    let (Some(driver), places) = (driver, places(&option)) else {
        return Destination::Elsewhere("it has no log configuration".to_owned());
    };
    let group = option("awslogs-group");
    match (driver, group, option("awslogs-stream-prefix")) {
        ("awslogs", Some(group), Some(prefix)) => Destination::Stream(Stream {
            group: group.to_owned(),
            name: format!("{prefix}/{container}/{}", id(task)),
            region: option("awslogs-region").map(str::to_owned),
        }),
        ("awslogs", Some(group), None) => Destination::Elsewhere(format!(
            "it is in the group `{group}`, in a stream that only Docker knows: there is no `awslogs-stream-prefix`"
        )),
        ("awsfirelens", ..) => Destination::Elsewhere(format!("it goes through FireLens{places}")),
        ("json-file" | "journald" | "none", ..) => {
            Destination::Elsewhere(format!("its driver is `{driver}`, so it stays on its host"))
        }
        _ => Destination::Elsewhere(format!("its driver is `{driver}`{places}")),
    }
}

/// The options that say where a log goes, in words.
fn places<'a>(option: &impl Fn(&str) -> Option<&'a str>) -> String {
    let told = PLACES
        .iter()
        .filter_map(|name| Some(format!("`{name}` `{}`", option(name)?)));
    let told: Vec<String> = told.collect();
    if told.is_empty() {
        return String::new();
    }
    format!(" to {}", told.join(", "))
}

/// Groups of CloudWatch Logs that containers log to, with their region where it is named.
#[must_use]
pub fn groups(containers: &[Value]) -> Vec<(String, Option<String>)> {
    let group = |container: &Value| {
        let configured = container.get("logConfiguration")?;
        let options = configured.get("options")?;
        let is_read = text(configured, "logDriver") == Some("awslogs");
        let region = text(options, "awslogs-region").map(str::to_owned);
        let group = text(options, "awslogs-group").filter(|_| is_read)?;
        Some((group.to_owned(), region))
    };
    containers.iter().filter_map(group).collect()
}

/// The container whose log tells most: the one that ended badly by itself, rather than one that
/// was ended with its task. None where no container has run.
#[must_use]
pub fn failing(ends: &[ContainerEnd]) -> Option<&ContainerEnd> {
    const ENDED_FROM_OUTSIDE: [i32; 2] = [137, 143];
    let ran = |end: &&ContainerEnd| end.exit_code.is_some();
    let rank = |end: &&ContainerEnd| match (end.exit_code, &end.reason) {
        (Some(_), Some(_)) => 0,
        (Some(0), None) => 3,
        (Some(code), None) if ENDED_FROM_OUTSIDE.contains(&code) => 2,
        _ => 1,
    };
    ends.iter().filter(ran).min_by_key(rank)
}

/// The id at the end of a task's ARN.
fn id(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

fn text<'a>(value: &'a Value, member: &str) -> Option<&'a str> {
    value
        .get(member)?
        .as_str()
        .filter(|found| !found.is_empty())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(log: &Value) -> Destination {
        let containers = [json!({ "name": "app", "logConfiguration": log })];
        destination(&containers, "app", "arn:aws:ecs:r:1:task/prod/0123")
    }

    #[test]
    fn a_stream_is_named_by_prefix_container_and_task() {
        let options = json!({
            "awslogs-group": "/prod/web", "awslogs-stream-prefix": "web", "awslogs-region": "eu-west-1",
        });
        let found = of(&json!({ "logDriver": "awslogs", "options": options }));
        let stream = Stream {
            group: "/prod/web".into(),
            name: "web/app/0123".into(),
            region: Some("eu-west-1".into()),
        };
        assert_eq!(found, Destination::Stream(stream));
    }

    #[test]
    fn what_goes_elsewhere_is_told_without_secrets() {
        for (log, told) in [
            (json!(null), "it has no log configuration"),
            (
                json!({ "logDriver": "awslogs", "options": { "awslogs-group": "g" } }),
                "it is in the group `g`, in a stream that only Docker knows: there is no `awslogs-stream-prefix`",
            ),
            (
                json!({ "logDriver": "awsfirelens", "options": { "Name": "datadog", "Host": "h", "apikey": "hush" } }),
                "it goes through FireLens to `Name` `datadog`, `Host` `h`",
            ),
            (
                json!({ "logDriver": "splunk", "options": { "splunk-url": "https://s", "splunk-token": "hush" } }),
                "its driver is `splunk` to `splunk-url` `https://s`",
            ),
            (
                json!({ "logDriver": "json-file" }),
                "its driver is `json-file`, so it stays on its host",
            ),
        ] {
            assert_eq!(of(&log), Destination::Elsewhere(told.into()));
        }
    }

    #[test]
    fn only_groups_of_cloudwatch_logs_are_read() {
        let with = |driver: &str| {
            let options = json!({ "awslogs-group": "g", "awslogs-region": "r" });
            json!({ "name": driver, "logConfiguration": { "logDriver": driver, "options": options } })
        };
        let found = groups(&[with("awslogs"), with("awsfirelens"), json!({ "name": "x" })]);
        assert_eq!(found, [("g".to_owned(), Some("r".to_owned()))]);
    }

    #[test]
    fn the_container_that_failed_by_itself_is_asked_first() {
        let end = |name: &str, exit_code, reason: Option<&str>| ContainerEnd {
            name: name.into(),
            exit_code,
            reason: reason.map(str::to_owned),
        };
        let name = |ends: &[ContainerEnd]| failing(ends).map(|e| e.name.clone());
        let sidecar = end("log", Some(143), None);
        let finished = end("init", Some(0), None);
        for (failed, code, reason) in [
            ("app", Some(1), None),
            ("app", Some(137), Some("OutOfMemoryError")),
        ] {
            let ends = [finished.clone(), sidecar.clone(), end(failed, code, reason)];
            assert_eq!(name(&ends).as_deref(), Some("app"));
        }
        assert_eq!(name(&[finished, sidecar]).as_deref(), Some("log"));
        assert_eq!(name(&[end("app", None, Some("CannotPull"))]), None);
        assert_eq!(name(&[]), None);
    }
}
