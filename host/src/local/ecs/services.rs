//! Create, update, describe and list services.

use std::collections::VecDeque;

use serde_json::{Value, json};

use super::super::answer::{Answer, Refusal, count, flag, list, page, text, texts, with_token};
use super::super::state::{Service, State};
use super::super::world::Outcome;
use super::super::{deployment, task};
use super::{missing, shown, with_tags};

/// Members of CreateService and UpdateService that are not members of a service.
const ASKED: [&str; 14] = [
    "cluster",
    "service",
    "serviceName",
    "taskDefinition",
    "desiredCount",
    "clientToken",
    "role",
    "forceNewDeployment",
    "serviceConnectConfiguration",
    "volumeConfigurations",
    "vpcLatticeConfigurations",
    "gatewayConnectors",
    "monitoring",
    "tags",
];

/// Members of UpdateService that start a deployment.
const MOVES: [&str; 6] = [
    "capacityProviderStrategy",
    "networkConfiguration",
    "platformVersion",
    "loadBalancers",
    "serviceRegistries",
    "serviceConnectConfiguration",
];

pub(crate) fn create(state: &mut State, request: &Value) -> Answer {
    let cluster = state.cluster(request)?;
    let name = text(request, "serviceName").filter(|n| !n.is_empty());
    let name = name
        .ok_or_else(|| Refusal::invalid("Service name cannot be empty."))?
        .to_owned();
    if let Some(made) = text(request, "clientToken").and_then(|t| state.tokens.get(t)?.first()) {
        let known = state
            .service(&cluster, made)
            .ok_or_else(|| Refusal::invalid("Unknown client token."))?;
        return Ok(json!({"service": shown::service(state, known, false)}));
    }
    if state.service(&cluster, &name).is_some() {
        return Err(Refusal::invalid("Creation of service was not idempotent."));
    }
    let index = add(state, request, cluster, name)?;
    if let Some(token) = text(request, "clientToken") {
        state
            .tokens
            .insert(token.to_owned(), vec![state.services[index].name.clone()]);
    }
    let definition = state.services[index].definition.clone();
    deployment::begin(state, index, &definition, Outcome::Ok);
    Ok(json!({"service": shown::service(state, index, true)}))
}

/// Adds a service without any deployment; its index.
pub(crate) fn add(
    state: &mut State,
    request: &Value,
    cluster: String,
    name: String,
) -> Result<usize, Refusal> {
    let definition = state
        .usable(text(request, "taskDefinition").unwrap_or_default())?
        .arn
        .clone();
    let arn = state.arn("ecs", &format!("service/{cluster}/{name}"));
    let mut members = json!({
        "launchType": "EC2", "loadBalancers": [], "serviceRegistries": [], "placementConstraints": [],
        "placementStrategy": [], "schedulingStrategy": "REPLICA", "deploymentController": {"type": "ECS"},
        "enableECSManagedTags": false, "propagateTags": "NONE", "enableExecuteCommand": false,
        "availabilityZoneRebalancing": "DISABLED"
    });
    take(&mut members, request);
    let mut configuration = json!({
        "deploymentCircuitBreaker": {"enable": false, "rollback": false},
        "maximumPercent": 200, "minimumHealthyPercent": 100, "strategy": "ROLLING", "bakeTimeInMinutes": 0
    });
    merge(&mut configuration, request.get("deploymentConfiguration"));
    members["deploymentConfiguration"] = configuration;
    if !list(request, "tags").is_empty() {
        state
            .tags
            .insert(arn.clone(), list(request, "tags").to_vec());
    }
    state.services.push(Service {
        name,
        cluster,
        arn,
        definition,
        desired: count(request, "desiredCount").unwrap_or(1),
        created: state.now(),
        members,
        deployments: Vec::new(),
        events: VecDeque::new(),
        outcomes: VecDeque::new(),
        pause_at: Vec::new(),
        log: Vec::new(),
        current: None,
    });
    Ok(state.services.len() - 1)
}

/// Takes over the members of a request that a service has.
fn take(members: &mut Value, request: &Value) {
    for (name, value) in request.as_object().into_iter().flatten() {
        if !ASKED.contains(&name.as_str()) && name != "deploymentConfiguration" && !value.is_null()
        {
            members[name] = value.clone();
        }
    }
}

/// Puts the members of one object over those of another.
fn merge(under: &mut Value, over: Option<&Value>) {
    for (name, value) in over.and_then(Value::as_object).into_iter().flatten() {
        under[name] = value.clone();
    }
}

pub(super) fn update(state: &mut State, request: &Value) -> Answer {
    let cluster = state.cluster(request)?;
    let named = text(request, "service").unwrap_or_default();
    let gone = || Refusal::new("ServiceNotFoundException", "Service not found.");
    let index = state.service(&cluster, named).ok_or_else(gone)?;
    let wanted = match text(request, "taskDefinition") {
        Some(reference) => Some(state.usable(reference)?.arn.clone()),
        None => None,
    };
    controlled(&state.services[index], wanted.is_some())?;
    let on = &mut state.services[index];
    let moved = MOVES
        .iter()
        .any(|m| request.get(m).is_some_and(|v| on.members.get(m) != Some(v)));
    take(&mut on.members, request);
    merge(
        &mut on.members["deploymentConfiguration"],
        request.get("deploymentConfiguration"),
    );
    if let Some(desired) = count(request, "desiredCount") {
        scale(state, index, desired);
    }
    let on = &state.services[index];
    let definition = wanted.unwrap_or_else(|| on.definition.clone());
    if moved || definition != on.definition || flag(request, "forceNewDeployment") {
        begin(state, index, &definition);
    }
    Ok(json!({"service": shown::service(state, index, true)}))
}

/// Begins the next deployment as the service's script says.
fn begin(state: &mut State, index: usize, definition: &str) {
    match state.services[index]
        .outcomes
        .pop_front()
        .unwrap_or_default()
    {
        Outcome::PrimaryOther => definition.clone_into(&mut state.services[index].definition),
        outcome => deployment::begin(state, index, definition, outcome),
    }
}

/// Refuses a task definition where something else than ECS deploys.
fn controlled(service: &Service, definition: bool) -> Result<(), Refusal> {
    let controller = service
        .members
        .get("deploymentController")
        .and_then(|c| text(c, "type"))
        .unwrap_or("ECS");
    match controller {
        "CODE_DEPLOY" if definition => Err(Refusal::invalid(
            "Unable to update task definition on services with a CODE_DEPLOY deployment controller. Use AWS \
             CodeDeploy to trigger a new deployment.",
        )),
        "EXTERNAL" if definition => Err(Refusal::invalid(
            "Unable to update task definition on services with an EXTERNAL deployment controller.",
        )),
        _ => Ok(()),
    }
}

/// Changes the number of tasks in place: no deployment begins.
fn scale(state: &mut State, index: usize, desired: i64) {
    let on = &mut state.services[index];
    on.desired = desired;
    let Some(primary) = on.deployments.first_mut() else {
        return;
    };
    primary.desired = desired;
    let (id, done) = (primary.id.clone(), primary.rollout == "COMPLETED");
    let live = state.counted(&id, "RUNNING") + state.counted(&id, "PENDING");
    if live > desired {
        let reason = format!("Scaling activity initiated by (deployment {id})");
        task::stop_some(
            state,
            |t| t.started_by.as_deref() == Some(&id),
            live - desired,
            &reason,
        );
    } else if done {
        task::start_for(state, index, &id, desired - live);
        task::run(state, &id, i64::MAX);
    }
}

pub(super) fn describe(state: &State, request: &Value) -> Answer {
    let cluster = state.cluster(request)?;
    let named = texts(request, "services");
    if named.is_empty() || named.len() > 10 {
        return Err(Refusal::invalid(if named.is_empty() {
            "Services cannot be empty."
        } else {
            "Too many services."
        }));
    }
    let (mut services, mut failures) = (Vec::new(), Vec::new());
    for named in named {
        match state.service(&cluster, &named) {
            Some(index) => services.push(shown::service(state, index, with_tags(request))),
            None if named.starts_with("arn:") => failures.push(missing(named)),
            None => failures.push(missing(
                state.arn("ecs", &format!("service/{cluster}/{named}")),
            )),
        }
    }
    Ok(json!({"services": services, "failures": failures}))
}

pub(super) fn list_services(state: &State, request: &Value) -> Answer {
    let cluster = state.cluster(request)?;
    let arns = state
        .services
        .iter()
        .filter(|s| s.cluster == cluster)
        .map(|s| s.arn.clone())
        .collect();
    let (arns, token) = match count(request, "maxResults") {
        Some(_) => page(arns, request, ("maxResults", 100), "nextToken"),
        None => page(arns, request, ("", 10), "nextToken"),
    };
    Ok(with_token(json!({"serviceArns": arns}), "nextToken", token))
}
