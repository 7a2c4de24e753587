//! The calls of a plan as text for people.

use crate::event::short;
use crate::output::escape;
use crate::plan::{Action, Plan, Revision};

/// A plan in a sentence, and each call that it means.
pub fn planned_calls(plan: &Plan) -> String {
    let mut text = super::planned(plan);
    if plan.calls.is_empty() {
        return text + "\ncalls: none that changes anything";
    }
    text += "\ncalls";
    let tasks = plan.before.iter().map(|name| ("before", name));
    let mut tasks = tasks.chain(plan.after.iter().map(|name| ("after", name)));
    for call in &plan.calls {
        let what = match *call {
            "ecs:RegisterTaskDefinition" => format!("a new revision of {}", plan.family),
            "ecs:RunTask" => tasks.next().map_or_else(String::new, |(when, name)| {
                format!("the {when} task {name}, followed to its end")
            }),
            "ecs:DescribeServices" => format!("is {} as it was", plan.service),
            "ecs:UpdateService" => update(plan),
            _ => format!(
                "what runs then, in {}",
                plan.publish.as_deref().unwrap_or_default()
            ),
        };
        text += &format!("\n  {call:<26}  {}", escape::line(&what));
    }
    text
}

fn update(plan: &Plan) -> String {
    let to = match &plan.revision {
        Revision::Register => "the new revision",
        Revision::Reuse { arn, .. } => short(arn),
    };
    let anew = match plan.action {
        Action::Update { force: true } => ", with forceNewDeployment",
        _ => "",
    };
    format!("{} to {to}{anew}", plan.service)
}
