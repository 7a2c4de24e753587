//! The ECS operations.

mod definitions;
mod rollouts;
mod services;
mod shown;
mod tasks;

use serde_json::{Value, json};

use super::answer::{Answer, Refusal, list, page, text, texts, with_token};
use super::state::State;

pub(crate) use services::add as add_service;
pub(crate) use tasks::wants_network;

/// Operations that are a look at what moves.
pub(crate) const LOOKS: [&str; 4] = [
    "DescribeServices",
    "DescribeServiceDeployments",
    "ListServiceDeployments",
    "DescribeTasks",
];

/// Answers one ECS operation.
pub(crate) fn answer(state: &mut State, operation: &str, request: &Value) -> Answer {
    match operation {
        "CreateCluster" => Ok(create_cluster(state, request)),
        "ListClusters" => Ok(list_clusters(state, request)),
        "DescribeClusters" => Ok(describe_clusters(state, request)),
        "RegisterTaskDefinition" => definitions::register(state, request),
        "DescribeTaskDefinition" => definitions::describe(state, request),
        "ListTaskDefinitions" => Ok(definitions::list_revisions(state, request)),
        "DeregisterTaskDefinition" => definitions::deregister(state, request),
        "CreateService" => services::create(state, request),
        "UpdateService" => services::update(state, request),
        "DescribeServices" => services::describe(state, request),
        "ListDaemons" => Ok(list_daemons(state, request)),
        "ListServices" => services::list_services(state, request),
        "ListServiceDeployments" => rollouts::list_rollouts(state, request),
        "DescribeServiceDeployments" => Ok(rollouts::describe(state, request)),
        "DescribeServiceRevisions" => Ok(rollouts::describe_revisions(state, request)),
        "StopServiceDeployment" => rollouts::stop(state, request),
        "ContinueServiceDeployment" => rollouts::go_on(state, request),
        "RunTask" => tasks::run(state, request),
        "DescribeTasks" => tasks::describe(state, request),
        "ListTasks" => tasks::list_tasks(state, request),
        "StopTask" => tasks::stop(state, request),
        "TagResource" => tag(state, request),
        "UntagResource" => untag(state, request),
        "ListTagsForResource" => {
            Ok(json!({"tags": tags_of(state, text(request, "resourceArn").unwrap_or_default())}))
        }
        _ => Err(Refusal::new("UnknownOperationException", "")),
    }
}

fn create_cluster(state: &mut State, request: &Value) -> Value {
    let name = text(request, "clusterName").unwrap_or("default").to_owned();
    state.make_cluster(&name);
    json!({"cluster": state.clusters[&name]})
}

fn list_clusters(state: &State, request: &Value) -> Value {
    let arns = state.clusters.values().map(|c| c["clusterArn"].clone());
    let (arns, token) = page(arns.collect(), request, ("maxResults", 100), "nextToken");
    with_token(json!({"clusterArns": arns}), "nextToken", token)
}

fn describe_clusters(state: &State, request: &Value) -> Value {
    let mut named = texts(request, "clusters");
    if named.is_empty() {
        named.push("default".to_owned());
    }
    let (mut clusters, mut failures) = (Vec::new(), Vec::new());
    for named in named {
        let name = named.rsplit('/').next().unwrap_or(&named);
        match state.clusters.get(name) {
            Some(cluster) => clusters.push(cluster.clone()),
            None => failures.push(missing(state.arn("ecs", &format!("cluster/{name}")))),
        }
    }
    json!({"clusters": clusters, "failures": failures})
}

fn list_daemons(state: &State, request: &Value) -> Value {
    let cluster = text(request, "clusterArn").and_then(|arn| arn.rsplit('/').next());
    let of = |daemon: &&String| daemon.split('/').next() == cluster || cluster.is_none();
    let summary = |daemon: &String| json!({"daemonArn": state.arn("ecs", &format!("daemon/{daemon}")), "status": "ACTIVE"});
    let all = state.daemons.iter().filter(of).map(summary);
    let (all, token) = page(all.collect(), request, ("maxResults", 100), "nextToken");
    with_token(json!({"daemonSummariesList": all}), "nextToken", token)
}

/// A failure of a 200 answer.
fn missing(arn: String) -> Value {
    json!({"arn": arn, "reason": "MISSING"})
}

/// Tags of anything.
fn tags_of(state: &State, arn: &str) -> Vec<Value> {
    state.tags.get(arn).cloned().unwrap_or_default()
}

/// Whether a request asks for tags.
fn with_tags(request: &Value) -> bool {
    list(request, "include").iter().any(|i| i == "TAGS")
}

fn tag(state: &mut State, request: &Value) -> Answer {
    let arn = text(request, "resourceArn")
        .ok_or_else(|| Refusal::invalid("resourceArn must be given."))?;
    let tags = state.tags.entry(arn.to_owned()).or_default();
    for tag in list(request, "tags") {
        tags.retain(|t| t.get("key") != tag.get("key"));
        tags.push(tag.clone());
    }
    Ok(json!({}))
}

fn untag(state: &mut State, request: &Value) -> Answer {
    let arn = text(request, "resourceArn")
        .ok_or_else(|| Refusal::invalid("resourceArn must be given."))?;
    let keys = texts(request, "tagKeys");
    if let Some(tags) = state.tags.get_mut(arn) {
        tags.retain(|t| !text(t, "key").is_some_and(|k| keys.iter().any(|key| key == k)));
    }
    Ok(json!({}))
}

/// A service as DescribeServices shows it.
pub(crate) fn service(state: &State, index: usize) -> Value {
    shown::service(state, index, true)
}

/// The service deployments of a service as they are described, oldest first.
pub(crate) fn deployments(state: &State, service: Option<usize>) -> Vec<Value> {
    let rollouts = state.rollouts.iter();
    let ours = rollouts.filter(|r| Some(r.service) == service);
    ours.map(|r| shown::rollout(state, r)).collect()
}
