//! Rules: what is a fault, what is a warning, what is well.

mod image;

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::access::{Decision, grouped, refused, wanted};
use super::reference::{Reference, References};
use super::secret::{Described, Near};
use super::{Check, Finding, Home, NAMES, parameter, role, secret, service};
use crate::event::Severity;
use crate::task_definition::TaskDefinition;
use crate::task_definition::address::Address;
use crate::wait::observation::{ServiceView, Ties};

const SM: &str = "arn:aws:secretsmanager:eu-west-1:111111111111:secret";

fn definition(value: Value) -> TaskDefinition {
    TaskDefinition::new(value).expect("an object")
}

fn home() -> Home {
    let arn = "arn:aws:ecs:eu-west-1:111111111111:service/prod/web";
    Home::of_arn(arn).expect("an ARN")
}

fn at(pointer: &str) -> Vec<Address> {
    vec![pointer.parse().expect("an address")]
}

fn reference<T>(what: T) -> Reference<T> {
    Reference { what, at: at("/x") }
}

fn worst(findings: impl IntoIterator<Item = Finding>) -> Option<Severity> {
    findings.into_iter().map(|finding| finding.severity).max()
}

const FAULT: Option<Severity> = Some(Severity::Error);
const WARNING: Option<Severity> = Some(Severity::Warning);

#[test]
fn each_check_has_its_name() {
    let last = Check::EnvFiles as usize;
    assert_eq!(NAMES.len(), last + 2, "and `all`");
    for (check, name) in [
        (Check::Service, "service"),
        (Check::SecretKeys, "secret-keys"),
        (Check::RoleAccess, "role-access"),
        (Check::EnvFiles, "env-files"),
    ] {
        assert_eq!(check.name(), name);
        assert!(check.is_skipped(&[name.to_owned()]) && check.is_skipped(&["all".to_owned()]));
        assert!(!check.is_skipped(&["other".to_owned()]));
    }
}

#[test]
fn each_thing_is_found_once_with_all_its_places() {
    let secret = |name: &str, from: &str| json!({ "name": name, "valueFrom": from });
    let container = |name: &str| {
        json!({
            "name": name, "image": "app:1",
            "repositoryCredentials": { "credentialsParameter": "registry" },
            "secrets": [
                secret("A", &format!("{SM}:db-AbCdEf:url::")),
                secret("B", &format!("{SM}:db-AbCdEf::AWSPENDING:")),
                secret("C", "/prod/key"),
                secret("D", "arn:aws:ssm:eu-west-1:111111111111:parameter/prod/other"),
                secret("E", "arn:aws:appconfig:eu-west-1:111111111111:x"),
            ],
            "environmentFiles": [{ "type": "s3", "value": "arn:aws:s3:::b/k/a.env" }],
            "logConfiguration": {
                "logDriver": "awslogs",
                "options": { "awslogs-group": "/g", "awslogs-region": "eu-west-1" },
                "secretOptions": [secret("token", &format!("{SM}:log-AbCdEf"))],
            },
        })
    };
    let found = References::of(&definition(json!({
        "taskRoleArn": "task", "executionRoleArn": "",
        "containerDefinitions": [container("one"), container("two")],
        "volumes": [{ "name": "v", "fsxWindowsFileServerVolumeConfiguration": {
            "authorizationConfig": { "credentialsParameter": format!("{SM}:fsx-AbCdEf") },
        }}],
    })));
    let ids: Vec<&str> = found.secrets.iter().map(|s| s.id.as_str()).collect();
    let arn = |name: &str| format!("{SM}:{name}-AbCdEf");
    let expected = [arn("db"), arn("log"), "registry".to_owned(), arn("fsx")];
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
    assert!(
        expected.iter().all(|id| ids.contains(&id.as_str())),
        "{ids:?}"
    );
    assert_eq!(ids.len(), expected.len());
    let db = found
        .secrets
        .iter()
        .find(|s| s.id == arn("db"))
        .expect("it");
    assert_eq!(db.parts.len(), 4);
    assert_eq!(db.parts[0].key.as_deref(), Some("url"));
    assert_eq!(db.parts[1].stage.as_deref(), Some("AWSPENDING"));
    assert_eq!(
        db.parts[2].at.to_string(),
        "/containerDefinitions/two/secrets/A/valueFrom"
    );
    assert_eq!(found.parameters.len(), 2);
    assert_eq!(found.odd.len(), 1);
    assert_eq!(found.images.len(), 1);
    assert_eq!(found.images[0].at.len(), 2);
    assert_eq!(found.log_groups[0].at.len(), 2);
    let file = &found.env_files[0].what;
    assert_eq!((file.bucket.as_str(), file.key.as_str()), ("b", "k/a.env"));
    assert_eq!(found.task_role.map(|r| r.what).as_deref(), Some("task"));
    assert_eq!(found.execution_role, None, "empty is none");
}

#[test]
fn another_partition_is_a_fault_another_region_or_account_is_not() {
    let of = |arn: &str| {
        let reference = reference(arn.to_owned());
        worst(parameter::elsewhere(&reference, &home()))
    };
    assert_eq!(
        of("arn:aws-cn:ssm:eu-west-1:111111111111:parameter/a"),
        FAULT
    );
    assert_eq!(of("arn:aws:ssm:eu-west-2:111111111111:parameter/a"), None);
    assert_eq!(
        of("arn:aws:ssm:eu-west-1:222222222222:parameter/a"),
        WARNING
    );
    assert_eq!(of("arn:aws:ssm:eu-west-1:111111111111:parameter/a"), None);
    assert_eq!(of("/a"), None);
    let unknown = reference("arn:aws:ssm:eu-west-2:222222222222:parameter/a".to_owned());
    assert_eq!(parameter::elsewhere(&unknown, &Home::default()), None);
}

/// ECS reads a parameter or a secret in the region of its ARN.
#[test]
fn another_region_is_asked_and_said() {
    for (id, there) in [
        (
            "arn:aws:ssm:eu-west-2:111111111111:parameter/a",
            Some("eu-west-2"),
        ),
        (
            "arn:aws:secretsmanager:eu-west-2:111111111111:secret:a-AbCdEf",
            Some("eu-west-2"),
        ),
        ("arn:aws:ssm:eu-west-1:111111111111:parameter/a", None),
        ("/a", None),
    ] {
        assert_eq!(secret::region(id, &home()), there, "{id}");
        assert_eq!(secret::region(id, &Home::default()), None, "{id}");
        let said = secret::abroad(id, &at("/x"), &home());
        assert_eq!(said.is_some(), there.is_some(), "{id}");
        assert!(
            said.is_none_or(|f| f.severity == Severity::Warning && f.message.contains("eu-west-2"))
        );
    }
}

#[test]
fn an_arn_of_a_parameter_does_not_tell_two_names_apart() {
    let names = |arn: &str| parameter::names(arn);
    assert_eq!(names("/a/b"), ["/a/b"]);
    assert_eq!(
        names("arn:aws:ssm:eu-west-1:111111111111:parameter/a/b"),
        ["/a/b"]
    );
    assert_eq!(
        names("arn:aws:ssm:eu-west-1:111111111111:parameter/a"),
        ["/a", "a"]
    );
}

fn described(arn: &str) -> Described {
    Described {
        arn: arn.to_owned(),
        stages: Some(BTreeSet::from(["AWSCURRENT".to_owned()])),
        ..Described::default()
    }
}

fn a_secret(from: &str) -> super::reference::Secret {
    let container = json!({ "name": "app", "secrets": [{ "name": "A", "valueFrom": from }] });
    let document = definition(json!({ "containerDefinitions": [container] }));
    References::of(&document).secrets.remove(0)
}

#[test]
fn a_secret_is_whole_has_a_value_and_the_version_that_is_named() {
    let full = format!("{SM}:db-AbCdEf");
    let of = |from: &str, change: fn(&mut Described)| {
        let mut described = described(&full);
        change(&mut described);
        worst(secret::present(&a_secret(from), &described))
    };
    assert_eq!(of(&full, |_| {}), None);
    assert_eq!(of(&format!("{SM}:db"), |_| {}), WARNING);
    assert_eq!(of(&full, |s| s.is_deleted = true), FAULT);
    assert_eq!(of(&full, |s| s.stages = Some(BTreeSet::new())), FAULT);
    assert_eq!(of(&full, |s| s.stages = None), None);
    assert_eq!(of(&format!("{full}::AWSPREVIOUS:"), |_| {}), FAULT);
    // Old versions have no label, and are there all the same.
    assert_eq!(
        of(&format!("{full}:::v1"), |s| s.stages =
            Some(BTreeSet::new())),
        None
    );
}

#[test]
fn an_end_that_looks_random_is_told_from_one_that_is() {
    let like = |name: &str| secret::name_like_suffix(&format!("{SM}:{name}")).map(str::to_owned);
    assert_eq!(like("prod/db-secret").as_deref(), Some("prod/db-secret"));
    assert_eq!(like("prod/db-secre"), None);
    assert_eq!(like("prod/db_secret"), None);
    assert_eq!(secret::name_like_suffix("prod/db-secret"), None);
    let one = a_secret(&format!("{SM}:prod/db-secret"));
    for (near, words) in [
        (Near::None, "check name"),
        (
            Near::Whole("arn:w".to_owned()),
            "write the full ARN, `arn:w`",
        ),
        (
            Near::Anew("arn:n".to_owned()),
            "it was made anew; write `arn:n`",
        ),
    ] {
        let finding = secret::missing(&one, &near);
        assert_eq!(finding.severity, Severity::Error);
        assert!(finding.hint.expect("a way out").contains(words));
    }
}

#[test]
fn what_is_to_be_written_keeps_key_stage_and_version() {
    let arn = format!("{SM}:prod/web/db-ZxYPxG");
    for (suffix, full, short) in [
        ("", "", ""),
        (":url::", ":url::", "#url"),
        (":url:AWSPREVIOUS:", ":url:AWSPREVIOUS:", "#url:AWSPREVIOUS"),
        ("::AWSPREVIOUS:", "::AWSPREVIOUS:", "#:AWSPREVIOUS"),
        (":::0123", ":::0123", "#::0123"),
    ] {
        let one = a_secret(&format!("{SM}:prod/web/db-Eu0fVu{suffix}"));
        let found = secret::missing(&one, &Near::Anew(arn.clone()));
        let expected = format!(
            "it was made anew; write `{arn}{full}` (in its own region for short `secretsmanager:prod/web/db{short}`)"
        );
        assert_eq!(found.hint, Some(expected), "{suffix}");
    }
}

#[test]
fn keys_are_those_of_the_version_that_is_named() {
    let one = a_secret(&format!("{SM}:db-AbCdEf:url::"));
    let current = secret::Version::default();
    assert_eq!(secret::opened(&one), BTreeSet::from([current.clone()]));
    let has = |names: &[&str]| names.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(secret::keys(&one, &current, &has(&["a", "url"])), []);
    let found = secret::keys(&one, &current, &has(&["ur1"]));
    assert_eq!(found[0].hint.as_deref(), Some("did you mean `ur1`?"));
    let found = secret::keys(&one, &current, &[]);
    assert!(found[0].message.contains("is no JSON object"));
    let pending = (Some("AWSPENDING".to_owned()), None);
    assert_eq!(secret::keys(&one, &pending, &has(&["other"])), []);
}

#[test]
fn a_role_is_of_this_account_and_trusts_tasks() {
    let one = reference("arn:aws:iam::111111111111:role/a/web".to_owned());
    assert_eq!(role::name(&one.what), "web");
    assert_eq!(worst(role::elsewhere(&one, &home())), None);
    let other = reference("arn:aws:iam::222222222222:role/web".to_owned());
    assert_eq!(worst(role::elsewhere(&other, &home())), FAULT);
    let trust = |statement: Value| {
        worst(role::present(
            &one,
            &one.what,
            &json!({ "Statement": statement }),
        ))
    };
    let allow = |principal: Value, action: Value| json!({ "Effect": "Allow", "Principal": principal, "Action": action });
    let tasks = json!({ "Service": ["ec2.amazonaws.com", "ecs-tasks.amazonaws.com"] });
    for well in [
        allow(tasks.clone(), "sts:AssumeRole".into()),
        json!([allow(
            json!({ "Service": "ecs-tasks.amazonaws.com" }),
            json!(["sts:AssumeRole", "sts:TagSession"])
        )]),
        allow("*".into(), "sts:*".into()),
        // Statements that are not understood are not judged.
        json!({ "Effect": "Allow", "NotPrincipal": {}, "Action": "sts:AssumeRole" }),
    ] {
        assert_eq!(trust(well.clone()), None, "{well}");
    }
    for bad in [
        json!([]),
        allow(
            json!({ "Service": "lambda.amazonaws.com" }),
            "sts:AssumeRole".into(),
        ),
        allow(
            json!({ "AWS": "arn:aws:iam::1:root" }),
            "sts:AssumeRole".into(),
        ),
        allow(tasks.clone(), "sts:TagSession".into()),
        json!({ "Effect": "Deny", "Principal": tasks, "Action": "sts:AssumeRole" }),
    ] {
        assert_eq!(trust(bad.clone()), FAULT, "{bad}");
    }
    assert_eq!(worst(role::present(&one, &one.what, &Value::Null)), WARNING);
    let path = "arn:aws:iam::111111111111:role/b/web";
    assert_eq!(worst(role::present(&one, path, &json!({}))), FAULT);
}

#[test]
fn the_execution_role_is_asked_for_what_it_fetches() {
    let document = definition(json!({
        "executionRoleArn": "e",
        "containerDefinitions": [{
            "name": "app", "image": "111111111111.dkr.ecr.eu-west-1.amazonaws.com/app:1",
            "secrets": [{ "name": "A", "valueFrom": "/prod/key" }, { "name": "B", "valueFrom": format!("{SM}:db-AbCdEf:url::") }],
            "logConfiguration": { "logDriver": "awslogs", "options": { "awslogs-group": "/g", "awslogs-create-group": "true" } },
        }],
    }));
    let references = References::of(&document);
    let actions = |is_fargate| {
        let groups = grouped(wanted(&references, &home(), is_fargate));
        let lines = groups.into_iter().map(|(actions, all)| {
            let resources: Vec<&str> = all.iter().map(|a| a.resource.as_str()).collect();
            format!("{} on {}", actions.join(" "), resources.join(" "))
        });
        lines.collect::<Vec<_>>()
    };
    let both = [
        format!("secretsmanager:GetSecretValue on {SM}:db-AbCdEf"),
        "ssm:GetParameters on arn:aws:ssm:eu-west-1:111111111111:parameter/prod/key".to_owned(),
    ];
    assert_eq!(actions(false), both);
    let logs = "arn:aws:logs:eu-west-1:111111111111:log-group:/g";
    let fargate = [
        "ecr:BatchGetImage ecr:GetDownloadUrlForLayer on arn:aws:ecr:eu-west-1:111111111111:repository/app".to_owned(),
        "ecr:GetAuthorizationToken on *".to_owned(),
        format!("logs:CreateLogGroup on {logs}"),
        format!("logs:CreateLogStream logs:PutLogEvents on {logs}:log-stream:task"),
    ];
    assert_eq!(actions(true), [&both[..], &fargate].concat());
    let wanted = wanted(&references, &home(), false);
    let decision = |is_allowed| Decision {
        action: "ssm:GetParameters".to_owned(),
        resource: wanted[1].resource.clone(),
        is_allowed,
    };
    assert_eq!(refused("e", &wanted, &[decision(true)]), []);
    let found = refused("e", &wanted, &[decision(false)]);
    assert_eq!(worst(found.clone()), WARNING);
    assert!(found[0].at[0].to_string().ends_with("/secrets/A/valueFrom"));
}

#[test]
fn what_the_service_names_must_be_there() {
    let document = definition(json!({
        "containerDefinitions": [{ "name": "app", "portMappings": [
            { "containerPort": 80, "name": "http" }, { "containerPortRange": "90-99" },
        ] }],
        "volumes": [{ "name": "data", "configuredAtLaunch": true }, { "name": "plain" }],
    }));
    let of = |change: &dyn Fn(&mut ServiceView)| {
        let mut view = ServiceView {
            ties: Ties {
                volumes: vec!["data".to_owned()],
                ..Ties::default()
            },
            ..ServiceView::default()
        };
        change(&mut view);
        let found = service::check(&document, &view);
        found
            .into_iter()
            .map(|f| f.message)
            .collect::<Vec<_>>()
            .join("\n")
    };
    assert_eq!(of(&|_| {}), "");
    assert_eq!(
        of(&|view| view.load_balancers = vec![("app".to_owned(), 80), ("app".to_owned(), 95)]),
        ""
    );
    assert_eq!(
        of(&|view| view.ties.port_names = vec!["http".to_owned()]),
        ""
    );
    for (change, words) in [
        (
            &(|view: &mut ServiceView| view.load_balancers = vec![("web".to_owned(), 80)])
                as &dyn Fn(&mut ServiceView),
            "container `web` for a load balancer",
        ),
        (
            &|view| view.load_balancers = vec![("app".to_owned(), 100)],
            "port 100 of container `app`",
        ),
        (
            &|view| view.ties.registries = vec![("app".to_owned(), 81)],
            "for service discovery",
        ),
        (
            &|view| view.ties.port_names = vec!["grpc".to_owned()],
            "no port mapping has that name",
        ),
        (
            &|view| view.ties.volumes.push("plain".to_owned()),
            "configures volume `plain`",
        ),
        (
            &|view| view.ties.volumes.clear(),
            "the service configures none",
        ),
    ] {
        let found = of(change);
        assert!(found.contains(words), "{words}: {found}");
        assert!(!found.contains('\n'), "{found}");
    }
}
