//! Plans as data.

use serde_json::{Value, json};

use super::freshness::{Freshness, judge};
use super::{
    Action, Content, Expected, Facts, Plan, Refusal, Registered, Request, Revision, plan, rounds,
};
use crate::render::content_digest;
use crate::task_definition::TaskDefinition;
use crate::wait::observation::{DeploymentView, ServiceView};

fn arn(name: &str) -> String {
    format!("arn:aws:ecs:eu-west-1:123456789012:task-definition/{name}")
}

fn definition(image: &str, tags: Value) -> TaskDefinition {
    TaskDefinition::new(json!({
        "family": "web",
        "containerDefinitions": [{ "name": "app", "image": image }],
        "tags": tags,
    }))
    .unwrap()
}

fn stamped(image: &str) -> TaskDefinition {
    let digest = content_digest(&definition(image, json!([])));
    definition(
        image,
        json!([{ "key": "acetate:render-digest", "value": digest }, { "key": "acetate:template-digest", "value": "t1" }]),
    )
}

fn service(on: &str, state: &str, running: i32) -> ServiceView {
    ServiceView {
        name: "web".into(),
        status: "ACTIVE".into(),
        task_definition: arn(on),
        desired: 2,
        running,
        controller: "ECS".into(),
        current_deployment: Some("sd".into()),
        deployments: vec![DeploymentView {
            id: "ecs-svc/1".into(),
            status: "PRIMARY".into(),
            task_definition: arn(on),
            desired: 2,
            running,
            rollout_state: Some(state.into()),
            ..DeploymentView::default()
        }],
        ..ServiceView::default()
    }
}

const PLAIN: Request = Request {
    force: false,
    replace: false,
};
const FORCE: Request = Request {
    force: true,
    replace: false,
};
const REPLACE: Request = Request {
    force: false,
    replace: true,
};

/// The plan for the image `b`: the service is on `on`, of image `runs`.
fn planned(
    service: &ServiceView,
    runs: &str,
    latest: Option<(&str, &TaskDefinition)>,
    request: Request,
) -> Result<Plan, Refusal> {
    let running = stamped(runs);
    let latest_arn = latest.map(|(name, _)| arn(name));
    let rendered = stamped("b");
    let facts = Facts {
        cluster: "prod",
        service,
        content: Content {
            rendered: &rendered,
            family: "web",
            stamped: true,
            running: Some(Registered {
                arn: &service.task_definition,
                definition: &running,
            }),
            latest: latest_arn
                .as_deref()
                .zip(latest)
                .map(|(arn, (_, definition))| Registered { arn, definition }),
        },
        template_family: Some("web-template"),
    };
    plan(&facts, request)
}

fn reused(plan: &Plan) -> Option<&str> {
    match &plan.revision {
        Revision::Register => None,
        Revision::Reuse { arn, .. } => Some(crate::event::short(arn)),
    }
}

#[test]
fn what_is_new_is_registered() {
    let plan = planned(&service("web:7", "COMPLETED", 2), "a", None, PLAIN).unwrap();
    assert_eq!(reused(&plan), None);
    assert_eq!(plan.action, Action::Update { force: false });
    assert_eq!(
        plan.calls,
        [
            "ecs:RegisterTaskDefinition",
            "ecs:DescribeServices",
            "ecs:UpdateService"
        ]
    );
}

#[test]
fn verdict_17_what_runs_already_needs_nothing() {
    let steady = service("web:7", "COMPLETED", 2);
    let plan = planned(&steady, "b", None, PLAIN).unwrap();
    assert_eq!(
        (reused(&plan), plan.action),
        (Some("web:7"), Action::Nothing)
    );
    assert!(plan.calls.is_empty());
    let plan = planned(&steady, "b", None, FORCE).unwrap();
    assert_eq!(
        (reused(&plan), plan.action),
        (Some("web:7"), Action::Update { force: true })
    );
}

#[test]
fn what_is_on_its_way_already_is_followed() {
    for (state, running) in [("IN_PROGRESS", 0), ("IN_PROGRESS", 2), ("COMPLETED", 0)] {
        let plan = planned(&service("web:7", state, running), "b", None, PLAIN).unwrap();
        assert_eq!(plan.action, Action::Follow, "{state} {running}");
    }
    // ECS starts nothing for a revision that it is set to, unless forced.
    let plan = planned(&service("web:7", "FAILED", 0), "b", None, PLAIN).unwrap();
    assert_eq!(plan.action, Action::Update { force: true });
}

#[test]
fn what_the_service_names_but_does_not_deploy_is_not_what_runs() {
    // What moto shows: the service names the new one, the deployment stays the old one.
    let mut stuck = service("web:7", "COMPLETED", 2);
    stuck.task_definition = arn("web:8");
    let plan = planned(&stuck, "b", None, PLAIN).unwrap();
    assert_eq!(plan.action, Action::Update { force: false });
}

#[test]
fn an_equal_revision_of_the_family_is_used_again_if_it_is_ours() {
    let steady = service("web:7", "COMPLETED", 2);
    let (equal, unstamped, other) = (stamped("b"), definition("b", json!([])), stamped("c"));
    let of = |name, definition| planned(&steady, "a", Some((name, definition)), PLAIN).unwrap();
    assert_eq!(reused(&of("web:8", &equal)), Some("web:8"));
    assert_eq!(reused(&of("web:8", &unstamped)), None);
    assert_eq!(reused(&of("web:8", &other)), None);
    // An equal revision that infrastructure code owns is not ours to run.
    let template = service("web-template:3", "COMPLETED", 2);
    let plan = planned(&template, "b", None, PLAIN).unwrap();
    assert_eq!(reused(&plan), None);
}

#[test]
fn someone_elses_deployment_in_progress_is_left_alone() {
    let moving = service("web:9", "IN_PROGRESS", 0);
    let refusal = planned(&moving, "a", None, PLAIN).unwrap_err();
    assert_eq!(
        refusal.to_string(),
        "a deployment of `web:9` to `web` is in progress"
    );
    assert!(planned(&moving, "a", None, FORCE).is_err());
    let plan = planned(&moving, "a", None, REPLACE).unwrap();
    assert_eq!(plan.supersedes, Some(arn("web:9")));
}

#[test]
fn verdict_16_a_placeholder_of_the_template_is_always_superseded() {
    let placeholder = service("web-template:3", "IN_PROGRESS", 0);
    let plan = planned(&placeholder, "a", None, PLAIN).unwrap();
    assert_eq!(plan.action, Action::Update { force: false });
    assert_eq!(plan.supersedes, Some(arn("web-template:3")));
}

#[test]
fn services_of_other_kinds_are_refused() {
    let steady = service("web:7", "COMPLETED", 2);
    let of = |change: fn(&mut ServiceView)| {
        let mut view = steady.clone();
        change(&mut view);
        planned(&view, "a", None, PLAIN).unwrap_err().to_string()
    };
    assert!(of(|v| v.controller = "CODE_DEPLOY".into()).contains("CodeDeploy"));
    assert!(of(|v| v.controller = "EXTERNAL".into()).contains("task sets"));
    assert!(of(|v| v.express = true).contains("Express"));
    assert_eq!(of(|v| v.status = "DRAINING".into()), "`web` is `DRAINING`");
}

#[test]
fn a_world_that_moved_is_seen() {
    let planned = service("web:7", "COMPLETED", 2);
    let expected = Expected::of(&planned);
    let mut scaled = planned.clone();
    (scaled.desired, scaled.running) = (4, 3);
    assert_eq!(expected.moved(&scaled), None);
    assert!(
        expected
            .moved(&service("web:8", "COMPLETED", 2))
            .unwrap()
            .contains("is on `web:8` now")
    );
    let mut forced = planned.clone();
    forced.deployments[0].id = "ecs-svc/2".into();
    assert!(expected.moved(&forced).is_some());
    let mut started = planned;
    started.current_deployment = Some("sd-2".into());
    assert!(expected.moved(&started).is_some());
}

#[test]
fn services_are_deployed_in_rounds() {
    let of = |names: &[(&str, &[&str])]| {
        let names: Vec<_> = names
            .iter()
            .map(|(n, after)| {
                (
                    (*n).to_owned(),
                    after.iter().map(|a| (*a).to_owned()).collect(),
                )
            })
            .collect();
        rounds(&names)
    };
    let expected = Some(vec![
        vec!["web".to_owned(), "cron".to_owned()],
        vec!["worker".to_owned()],
    ]);
    assert_eq!(
        of(&[
            ("worker", &["web"]),
            ("web", &[]),
            ("cron", &["not-chosen"])
        ]),
        expected
    );
    assert_eq!(of(&[("a", &["b"]), ("b", &["a"])]), None);
    assert_eq!(of(&[]), Some(vec![]));
}

#[test]
fn freshness_goes_by_content() {
    let (ours, bare) = (stamped("a"), definition("a", json!([])));
    let mut drifted = stamped("a");
    drifted.value_mut()["containerDefinitions"][0]["image"] = json!("z");
    let web = arn("web:7");
    let template = arn("web-template:3");
    let of =
        |arn: &str, definition: &TaskDefinition, latest: Option<&TaskDefinition>, digest: &str| {
            let latest = latest.map(|definition| Registered {
                arn: &web,
                definition,
            });
            judge(
                Registered { arn, definition },
                latest,
                Some("web-template"),
                digest,
            )
        };
    assert_eq!(of(&web, &ours, None, "t1"), Freshness::Fresh);
    assert_eq!(of(&web, &ours, None, "t2"), Freshness::Stale);
    assert_eq!(of(&web, &bare, None, "t1"), Freshness::Foreign);
    assert_eq!(of(&web, &drifted, None, "t1"), Freshness::Drifted);
    assert_eq!(of(&template, &bare, Some(&ours), "t1"), Freshness::Reset);
    assert_eq!(of(&template, &bare, Some(&bare), "t1"), Freshness::Foreign);
    assert_eq!(of(&template, &bare, None, "t1"), Freshness::Foreign);
}
