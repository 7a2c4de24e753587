//! Several services in one call: their order, and what becomes of the others where one fails.

use acetate::local::{Fault, FaultKind, KnownService, Outcome, World};

use super::{Practice, world};

/// More services, each as the first one but for its name.
fn beside_web(mut world: World, names: &[&str]) -> World {
    let named = |name: &&str| KnownService {
        name: (*name).to_owned(),
        ..world.services[0].clone()
    };
    let more: Vec<KnownService> = names.iter().map(named).collect();
    world.services.extend(more);
    world
}

#[test]
fn several_services_go_in_rounds_and_are_followed_together() {
    let three = beside_web(world(&[Outcome::Ok]), &["api", "worker"]);
    let config = r#"
cluster  = "prod"
template = "ecs:web-template"
family   = "${service}"
[containers.app]
image = "app:1"
[services.web]
service = "web"
[services.api]
service = "api"
[services.worker]
service = "worker"
after-services = ["web"]
"#;
    let practice = Practice::new(three, config);
    let ran = practice.place.run(&["deploy"]).expect(0);
    assert_eq!(ran.stdout.lines().count(), 3, "{ran}");
    let journal = practice.endpoint.journal();
    let mut order: Vec<&str> = journal
        .of("UpdateService")
        .iter()
        .filter_map(|entry| entry.request["service"].as_str())
        .collect();
    // Those of one round are updated at the same time.
    order[..2].sort_unstable();
    assert_eq!(order, ["api", "web", "worker"]);
    let together = journal.of("DescribeServices").iter().any(|entry| {
        entry.request["services"]
            .as_array()
            .is_some_and(|s| s.len() == 2)
    });
    assert!(together, "web and api are looked at in one call");
}

#[test]
fn a_refusal_after_another_service_was_changed_is_11() {
    let two = beside_web(world(&[]), &["worker"]);
    let config = r#"
cluster  = "prod"
template = "ecs:web-template"
family   = "${service}"
[containers.app]
image = "${inputs.image}"
[services.web]
[services.worker]
"#;
    let practice = Practice::new(two, config);
    practice.endpoint.fault(Fault {
        after: 1,
        ..Fault::once("RegisterTaskDefinition", FaultKind::Denied)
    });
    let twice = ["web", "worker", "web"];
    let ran = practice.deploy("app:1", &twice).expect(11);
    assert_eq!(ran.stdout.matches(" is running ").count(), 1, "{ran}");
    assert!(!ran.stderr.contains("nothing was changed"), "{ran}");
    assert_eq!(practice.count("UpdateService"), 1);
}

#[test]
fn what_comes_after_a_failed_service_is_not_deployed() {
    let mut two = world(&[Outcome::Ok, Outcome::Failed]);
    two.services[0].rollback = false;
    let two = beside_web(two, &["worker"]);
    let config = r#"
cluster  = "prod"
template = "ecs:web-template"
family   = "${service}"
deploy.on-failure = "leave"
[containers.app]
image = "${inputs.image}"
[services.web]
service = "web"
[services.worker]
service = "worker"
after-services = ["web"]
"#;
    let practice = Practice::new(two, config);
    practice.deploy("app:1", &["web"]).expect(0);
    let ran = practice.deploy("app:2", &["--timeout", "60s"]).expect(7);
    assert!(ran.stderr.contains("`worker` is not deployed"), "{ran}");
    let last = "not all went well: 2 of 2 services (`web`, `worker`)";
    assert!(ran.stderr.contains(last), "{ran}");
    assert_eq!(practice.count("UpdateService"), 2, "both of `web`");
}
