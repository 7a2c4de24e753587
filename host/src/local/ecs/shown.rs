//! How services, deployments, service revisions and tasks look in answers.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::super::answer::{flag, list, text, time};
use super::super::deployment::strategy;
use super::super::state::{Deployment, Rollout, State, Task};
use super::tags_of;

/// A service as DescribeServices shows it.
pub(crate) fn service(state: &State, index: usize, tags: bool) -> Value {
    let on = &state.services[index];
    let all = |status| {
        on.deployments
            .iter()
            .map(|d| state.counted(&d.id, status))
            .sum::<i64>()
    };
    let mut shown = json!({
        "serviceArn": on.arn, "serviceName": on.name, "clusterArn": state.clusters[&on.cluster]["clusterArn"],
        "status": "ACTIVE", "desiredCount": on.desired, "runningCount": all("RUNNING"),
        "pendingCount": all("PENDING"), "taskDefinition": on.definition, "createdAt": time(on.created),
        "createdBy": format!("arn:aws:iam::{}:user/practice", state.account)
    });
    for (name, value) in on.members.as_object().into_iter().flatten() {
        shown[name] = value.clone();
    }
    let controlled = on.members["deploymentController"]["type"] == "ECS";
    let each = on.deployments.iter().enumerate();
    shown["deployments"] = each
        .map(|(i, d)| deployment(state, d, i == 0, &on.members))
        .collect();
    shown["events"] = on.events.iter().cloned().collect();
    if controlled {
        if let Some(current) = &on.current {
            shown["currentServiceDeployment"] = current.clone().into();
        }
        let live = |d: &&Deployment| d.desired == 0 || state.counted(&d.id, "RUNNING") > 0;
        let newest = on.deployments.iter().filter(live);
        shown["currentServiceRevisions"] =
            newest.map(|d| revision_summary(state, d, None)).collect();
    }
    if tags {
        shown["tags"] = tags_of(state, &on.arn).into();
    }
    shown
}

/// One of `deployments[]`.
fn deployment(state: &State, d: &Deployment, primary: bool, members: &Value) -> Value {
    let (running, pending) = (
        state.counted(&d.id, "RUNNING"),
        state.counted(&d.id, "PENDING"),
    );
    let mut shown = json!({
        "id": d.id, "status": if primary { "PRIMARY" } else { "ACTIVE" }, "taskDefinition": d.definition,
        "desiredCount": if primary { d.desired } else { running }, "pendingCount": pending,
        "runningCount": running, "failedTasks": d.failed, "createdAt": time(d.created),
        "updatedAt": time(d.updated)
    });
    for member in [
        "launchType",
        "platformVersion",
        "networkConfiguration",
        "capacityProviderStrategy",
    ] {
        if let Some(value) = members.get(member) {
            shown[member] = value.clone();
        }
    }
    if strategy(members) == "ROLLING" {
        shown["rolloutState"] = d.rollout.into();
        shown["rolloutStateReason"] = d.reason.clone().into();
    }
    shown
}

/// A service revision with its counts.
fn revision_summary(state: &State, d: &Deployment, weight: Option<f64>) -> Value {
    let mut shown = json!({
        "arn": d.revision, "requestedTaskCount": d.desired,
        "runningTaskCount": state.counted(&d.id, "RUNNING"), "pendingTaskCount": state.counted(&d.id, "PENDING")
    });
    if let Some(weight) = weight {
        shown["requestedProductionTrafficWeight"] = json!(weight);
    }
    shown
}

/// The summary of a revision by ARN, whether it is still deployed or not.
fn summary(state: &State, rollout: &Rollout, arn: &str, weight: Option<f64>) -> Value {
    let deployed = state.services[rollout.service]
        .deployments
        .iter()
        .find(|d| d.revision == arn);
    match deployed {
        Some(deployed) => revision_summary(state, deployed, weight),
        None => {
            json!({"arn": arn, "requestedTaskCount": 0, "runningTaskCount": 0, "pendingTaskCount": 0})
        }
    }
}

/// A service deployment as DescribeServiceDeployments shows it.
pub(super) fn rollout(state: &State, r: &Rollout) -> Value {
    let on = &state.services[r.service];
    let weighted = strategy(&on.members) != "ROLLING";
    let weight = |share: f64| weighted.then_some(share);
    let sources = r
        .sources
        .iter()
        .map(|a| summary(state, r, a, weight(100.0 - r.weight)));
    let failures = on
        .deployments
        .iter()
        .find(|d| d.id == r.deployment)
        .map_or(0, |d| d.failed);
    let enabled = r
        .configuration
        .get("deploymentCircuitBreaker")
        .is_some_and(|b| flag(b, "enable"));
    let breaker = match (r.tripped, enabled, r.finished) {
        (true, ..) => "TRIGGERED",
        (_, false, _) => "DISABLED",
        (_, _, Some(_)) => "MONITORING_COMPLETE",
        (_, _, None) => "MONITORING",
    };
    let mut shown = brief(state, r);
    shown["updatedAt"] = time(r.updated);
    shown["sourceServiceRevisions"] = sources.collect();
    shown["targetServiceRevision"] = summary(state, r, &r.target, weight(r.weight));
    shown["deploymentConfiguration"] = r.configuration.clone();
    shown["deploymentCircuitBreaker"] = json!({
        "status": breaker, "failureCount": if r.tripped { r.threshold } else { failures }, "threshold": r.threshold
    });
    shown["alarms"] = json!({"status": "DISABLED", "alarmNames": [], "triggeredAlarmNames": []});
    if let Some(members) = shown.as_object_mut() {
        members.shift_remove("targetServiceRevisionArn");
    }
    if let Some(stage) = r.stage.filter(|_| weighted) {
        shown["lifecycleStage"] = stage.into();
    }
    if let Some(pause) = &r.pause {
        shown["lifecycleHookDetails"] = json!([pause]);
    }
    if let Some(rollback) = &r.rollback {
        shown["rollback"] = rollback.clone();
    }
    if let Some(at) = r.finished.filter(|_| r.status == "STOPPED") {
        shown["stoppedAt"] = time(at);
    }
    shown
}

/// A service deployment as ListServiceDeployments shows it.
pub(super) fn brief(state: &State, r: &Rollout) -> Value {
    let on = &state.services[r.service];
    let mut shown = json!({
        "serviceDeploymentArn": r.arn, "serviceArn": on.arn,
        "clusterArn": state.clusters[&on.cluster]["clusterArn"], "createdAt": time(r.created),
        "targetServiceRevisionArn": r.target, "status": r.status
    });
    if r.status != "PENDING" {
        shown["startedAt"] = time(r.created);
    }
    if let Some(at) = r.finished {
        shown["finishedAt"] = time(at);
    }
    if let Some(reason) = &r.reason {
        shown["statusReason"] = reason.clone().into();
    }
    shown
}

/// A service revision as DescribeServiceRevisions shows it.
pub(super) fn revision(state: &State, arn: &str) -> Option<Value> {
    let found = state.revisions.iter().find(|r| r.arn == arn)?;
    let on = &state.services[found.service];
    let document = state
        .definition(&found.definition)
        .map(|d| d.document.clone())
        .unwrap_or_default();
    let image = |c: &Value| {
        let image = text(c, "image").unwrap_or_default();
        json!({"containerName": text(c, "name"), "image": image, "imageDigest": image_digest(image)})
    };
    let mut shown = json!({
        "serviceRevisionArn": found.arn, "serviceArn": on.arn,
        "clusterArn": state.clusters[&on.cluster]["clusterArn"], "taskDefinition": found.definition,
        "containerImages": list(&document, "containerDefinitions").iter().map(image).collect::<Vec<_>>(),
        "guardDutyEnabled": false, "createdAt": time(found.created)
    });
    for member in [
        "launchType",
        "platformVersion",
        "networkConfiguration",
        "loadBalancers",
        "serviceRegistries",
    ] {
        if let Some(value) = on
            .members
            .get(member)
            .filter(|v| v.as_array().is_none_or(|v| !v.is_empty()))
        {
            shown[member] = value.clone();
        }
    }
    Some(shown)
}

/// The digest that an image reference has here: the one it names, else one made from its name.
fn image_digest(image: &str) -> String {
    match image.split_once('@') {
        Some((_, digest)) => digest.to_owned(),
        None => Sha256::digest(image)
            .iter()
            .fold("sha256:".to_owned(), |text, byte| {
                format!("{text}{byte:02x}")
            }),
    }
}

/// A task as DescribeTasks shows it.
pub(super) fn task(state: &State, t: &Task) -> Value {
    let container = |c: &super::super::state::TaskContainer| {
        let mut shown = json!({
            "containerArn": format!("{}/{}", t.arn.replacen(":task/", ":container/", 1), c.name),
            "taskArn": t.arn, "name": c.name, "image": c.image, "lastStatus": t.status,
            "networkInterfaces": [], "healthStatus": "UNKNOWN", "cpu": "0"
        });
        if t.started.is_some() {
            shown["imageDigest"] = image_digest(&c.image).into();
        }
        if let Some(exit) = c.exit {
            shown["exitCode"] = exit.into();
        }
        if let Some(reason) = &c.reason {
            shown["reason"] = reason.clone().into();
        }
        shown
    };
    let mut shown = json!({
        "taskArn": t.arn, "clusterArn": state.clusters[&t.cluster]["clusterArn"], "taskDefinitionArn": t.definition,
        "group": t.group, "launchType": t.launch_type, "lastStatus": t.status, "desiredStatus": t.desired,
        "healthStatus": "UNKNOWN", "createdAt": time(t.created), "overrides": t.overrides, "attachments": [],
        "attributes": [], "tags": tags_of(state, &t.arn), "version": 1,
        "availabilityZone": format!("{}a", state.region), "connectivity": "CONNECTED",
        "containers": t.containers.iter().map(container).collect::<Vec<_>>()
    });
    for (member, at) in [
        ("startedAt", t.started),
        ("stoppingAt", t.stopped),
        ("stoppedAt", t.stopped),
    ] {
        if let Some(at) = at {
            shown[member] = time(at);
        }
    }
    let words = [
        ("startedBy", t.started_by.as_deref()),
        ("stopCode", t.stop_code),
        ("stoppedReason", t.stop_reason.as_deref()),
    ];
    for (member, words) in words {
        if let Some(words) = words {
            shown[member] = words.into();
        }
    }
    shown
}
