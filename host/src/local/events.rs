//! EventBridge and EventBridge Scheduler: who starts tasks at times and on events. Read only.

use serde_json::{Value, json};

use super::answer::{Answer, Refusal, page, text, with_token};
use super::state::State;

/// Answers one operation of EventBridge.
pub(crate) fn rules(state: &State, operation: &str, request: &Value) -> Answer {
    let bus = text(request, "EventBusName").unwrap_or("default");
    let token = "NextToken";
    Ok(match operation {
        "ListEventBuses" => {
            let mut names: Vec<&str> = state
                .rules
                .keys()
                .filter_map(|n| Some(n.split_once('/')?.0))
                .collect();
            names.push("default");
            names.sort_unstable();
            names.dedup();
            let buses = names
                .into_iter()
                .map(|name| json!({ "Name": name }))
                .collect();
            let (buses, next) = page(buses, request, ("Limit", 100), token);
            with_token(json!({ "EventBuses": buses }), token, next)
        }
        "ListRules" => {
            let of_bus = state
                .rules
                .keys()
                .filter_map(|n| n.split_once('/'))
                .filter(|(b, _)| *b == bus);
            let rules = of_bus.map(|(_, name)| json!({ "Name": name, "EventBusName": bus }));
            let (rules, next) = page(rules.collect::<Vec<_>>(), request, ("Limit", 100), token);
            with_token(json!({ "Rules": rules }), token, next)
        }
        "ListTargetsByRule" => {
            let name = format!("{bus}/{}", text(request, "Rule").unwrap_or_default());
            let targets = state.rules.get(&name).ok_or_else(|| {
                Refusal::new(
                    "ResourceNotFoundException",
                    format!("Rule {name} does not exist."),
                )
            })?;
            let (targets, next) = page(targets.clone(), request, ("Limit", 100), token);
            with_token(json!({ "Targets": targets }), token, next)
        }
        _ => return Err(Refusal::new("UnknownOperationException", "")),
    })
}

/// Answers one operation of EventBridge Scheduler.
pub(crate) fn schedules(state: &State, operation: &str, request: &Value) -> Answer {
    if operation == "GetSchedule" {
        let name = text(request, "Name").unwrap_or_default();
        let group = text(request, "GroupName").unwrap_or("default");
        let target = state
            .schedules
            .get(&format!("{group}/{name}"))
            .ok_or_else(|| {
                Refusal::new(
                    "ResourceNotFoundException",
                    format!("Schedule {name} does not exist."),
                )
            })?;
        return Ok(json!({ "Name": name, "GroupName": group, "Target": target }));
    }
    let each = state.schedules.iter().filter_map(|(name, target)| {
        let (group, name) = name.split_once('/')?;
        Some(json!({ "Name": name, "GroupName": group, "Target": { "Arn": target["Arn"] } }))
    });
    let (each, next) = page(
        each.collect::<Vec<_>>(),
        request,
        ("MaxResults", 100),
        "NextToken",
    );
    Ok(with_token(json!({ "Schedules": each }), "NextToken", next))
}
