//! `acetate verify`, and the same before a deploy: each check well, faulty, denied and late.

use acetate::local::{Fault, FaultKind, KnownRole, KnownSecret, Outcome, World};
use serde_json::{Value, json};

use crate::deploy::{CONFIG, Practice, world};
use crate::support::Ran;

/// What is asked, where, and how often.
mod asked;

const REGISTRY: &str = "123456789012.dkr.ecr.us-east-1.amazonaws.com";
const SM: &str = "arn:aws:secretsmanager:us-east-1:123456789012:secret";
const IMAGE: &str = "--set=image=123456789012.dkr.ecr.us-east-1.amazonaws.com/web:1";

/// The practice world with everything listed, and a service that refers to all kinds of things.
fn estate(change: impl FnOnce(&mut World, &mut Value)) -> Practice {
    let mut world = world(&[Outcome::Ok]);
    let role = |name: &str| (name.to_owned(), KnownRole::default());
    world.roles = Some([role("web-execution"), role("web-task")].into());
    world.log_groups = Some(vec!["/prod/web".to_owned(), "/prod/web-other".to_owned()]);
    let platforms = vec!["linux/amd64".to_owned(), "unknown/unknown".to_owned()];
    world.images = Some([("web:1".to_owned(), platforms)].into());
    world
        .objects
        .insert("config/web.env".to_owned(), "A=1".to_owned());
    let mut template = world.task_definitions[0]
        .definition
        .take()
        .expect("a document");
    let app = &mut template["containerDefinitions"][0];
    app["secrets"] = json!([{ "name": "KEY", "valueFrom": "/prod/web/api-key" }]);
    app["environmentFiles"] = json!([{ "type": "s3", "value": "arn:aws:s3:::config/web.env" }]);
    change(&mut world, &mut template);
    world.task_definitions[0].definition = Some(template);
    Practice::new(world, CONFIG)
}

fn verify(practice: &Practice, arguments: &[&str]) -> Ran {
    practice
        .place
        .run(&[&["verify", IMAGE], arguments].concat())
}

/// `check outcome` of each check.
fn outcomes(ran: &Ran) -> Vec<String> {
    let shown = ran.json();
    let checks = shown[0]["checks"].as_array().expect("checks").iter();
    let text = |check: &Value, member: &str| check[member].as_str().expect("text").to_owned();
    checks
        .map(|check| format!("{} {}", text(check, "check"), text(check, "outcome")))
        .collect()
}

const ALL_WELL: [&str; 11] = [
    "service ok",
    "images ok",
    "parameters ok",
    "roles ok",
    "roles ok",
    "role-access ok",
    "role-access ok",
    "role-access ok",
    "role-access ok",
    "role-access ok",
    "role-access ok",
];

#[test]
fn what_is_there_is_no_fault() {
    let practice = estate(|_, _| {});
    let ran = verify(&practice, &["--format", "json"]).expect(0);
    let found = outcomes(&ran);
    assert_eq!(found[..ALL_WELL.len()], ALL_WELL, "{ran}");
    assert_eq!(found[ALL_WELL.len()..], ["log-groups ok", "env-files ok"]);
    let told = verify(&practice, &[]).expect(0);
    assert!(
        told.stdout
            .contains("ok       images       123456789012.dkr.ecr"),
        "{told}"
    );
    assert!(told.stderr.contains("13 checks, no fault"), "{told}");
    practice.endpoint.clear_journal();
    let ran = practice.place.run(&["deploy", IMAGE]).expect(0);
    assert!(!ran.to_string().contains("verif"), "nothing is said: {ran}");
}

type Change = fn(&mut World, &mut Value);

/// A change, the code of the check, the place, and words of what is said.
type Case = (Change, &'static str, &'static str, &'static str);

const APP: &str = "/containerDefinitions/app";

const FAULTS: [Case; 15] = [
    (
        |world, _| world.images = Some([("web:2".to_owned(), vec![])].into()),
        "images",
        "/containerDefinitions/app/image",
        "there is no image `123456789012.dkr.ecr.us-east-1.amazonaws.com/web:1`",
    ),
    (
        |world, _| world.images = Some([("other:1".to_owned(), vec![])].into()),
        "images",
        "/containerDefinitions/app/image",
        "there is no repository `web`",
    ),
    (
        |world, _| {
            world.images = Some([("web:1".to_owned(), vec!["linux/arm64".to_owned()])].into())
        },
        "images",
        "/containerDefinitions/app/image",
        "is not made for `linux/amd64`, which the tasks run on, but for `linux/arm64`",
    ),
    (
        |_, template| template["runtimePlatform"] = json!({ "cpuArchitecture": "ARM64" }),
        "images",
        "/containerDefinitions/app/image",
        "is not made for `linux/arm64`",
    ),
    (
        |_, t| t["containerDefinitions"][0]["secrets"][0]["valueFrom"] = "/prod/none".into(),
        "parameters",
        "/containerDefinitions/app/secrets/KEY/valueFrom",
        "there is no parameter `/prod/none`",
    ),
    (
        |_, t| {
            t["containerDefinitions"][0]["secrets"][0]["valueFrom"] =
                format!("{SM}:none-AbCdEf").into()
        },
        "secrets",
        "/containerDefinitions/app/secrets/KEY/valueFrom",
        "there is no secret `",
    ),
    (
        |world, t| {
            let plain = KnownSecret::Plain("hush-hush".to_owned());
            world.secrets.insert("prod/db-secret".to_owned(), plain);
            t["containerDefinitions"][0]["secrets"][0]["valueFrom"] =
                format!("{SM}:prod/db-secret").into();
        },
        "secrets",
        "/containerDefinitions/app/secrets/KEY/valueFrom",
        "Secrets Manager takes its end for the random one",
    ),
    (
        |_, t| {
            t["containerDefinitions"][0]["secrets"][0]["valueFrom"] =
                format!("{SM}:prod/web/db-AbCdEf").into()
        },
        "secrets",
        "/containerDefinitions/app/secrets/KEY/valueFrom",
        "the one of that name has another ARN",
    ),
    (
        |_, t| {
            t["containerDefinitions"][0]["secrets"][0]["valueFrom"] =
                format!("{SM}:prod/web/db:ur1::").into()
        },
        "secret-keys",
        "/containerDefinitions/app/secrets/KEY/valueFrom",
        "has no key `ur1`",
    ),
    (
        |_, t| {
            t["containerDefinitions"][0]["secrets"][0]["valueFrom"] =
                format!("{SM}:prod/web/db::AWSPREVIOUS:").into()
        },
        "secrets",
        "/containerDefinitions/app/secrets/KEY/valueFrom",
        "has no version with the label `AWSPREVIOUS`",
    ),
    (
        |world, _| drop(world.roles.as_mut().expect("roles").remove("web-task")),
        "roles",
        "/taskRoleArn",
        "there is no role `arn:aws:iam::123456789012:role/web-task`",
    ),
    (
        |world, _| {
            let roles = world.roles.as_mut().expect("roles");
            let role = roles.get_mut("web-execution").expect("a role");
            role.trusts = vec!["ec2.amazonaws.com".to_owned()];
        },
        "roles",
        "/executionRoleArn",
        "does not trust `ecs-tasks.amazonaws.com`",
    ),
    (
        |world, _| world.log_groups = Some(vec!["/prod/web-other".to_owned()]),
        "log-groups",
        "/containerDefinitions/app/logConfiguration/options/awslogs-group",
        "there is no log group `/prod/web`",
    ),
    (
        |world, _| world.objects.clear(),
        "env-files",
        "/containerDefinitions/app/environmentFiles",
        "there is no object `web.env` in bucket `config`",
    ),
    (
        |world, _| {
            let target =
                json!([{ "targetGroupArn": "arn:a", "containerName": "app", "containerPort": 9 }]);
            world.services[0].members["loadBalancers"] = target;
        },
        "service",
        "/containerDefinitions/app/portMappings",
        "the service names port 9 of container `app` for a load balancer",
    ),
];

#[test]
fn each_fault_names_its_place_and_stops_a_deploy_before_anything_is_changed() {
    for (change, check, place, words) in FAULTS {
        let practice = estate(change);
        let ran = verify(&practice, &["--format", "json"]).expect(5);
        let shown = ran.json();
        let checks = shown[0]["checks"].as_array().expect("checks").iter();
        let faults: Vec<&Value> = checks.filter(|check| check["outcome"] == "fault").collect();
        assert_eq!(faults.len(), 1, "{words}: {ran}");
        assert_eq!(faults[0]["check"], check, "{ran}");
        let mut findings = faults[0]["findings"].as_array().expect("findings").iter();
        let is_error = |finding: &&Value| finding["severity"] == "error";
        let finding = findings.find(is_error).expect("a fault");
        let at = finding["address"].as_str().expect("an address");
        assert!(
            at.starts_with(place) && place.starts_with(APP) | place.ends_with("Arn"),
            "{at}"
        );
        assert!(
            finding["message"].as_str().expect("text").contains(words),
            "{words}: {ran}"
        );
        assert!(finding["hint"].is_string(), "no way out: {ran}");
        assert!(!ran.to_string().contains("hush-hush"), "{ran}");
        practice.endpoint.clear_journal();
        let deploy = practice.place.run(&["deploy", IMAGE]).expect(5);
        assert!(deploy.stderr.contains(words), "{words}: {deploy}");
        assert_eq!(practice.count("RegisterTaskDefinition"), 0);
        let name = format!("--skip-check={check}");
        practice.place.run(&["plan", IMAGE, &name]).expect(0);
    }
}

#[test]
fn all_faults_are_told_at_once() {
    let practice = estate(|world, template| {
        world.roles = Some(std::iter::empty().collect());
        world.log_groups = Some(Vec::new());
        template["containerDefinitions"][0]["secrets"][0]["valueFrom"] = "/none".into();
    });
    let ran = practice.place.run(&["plan", IMAGE]).expect(5);
    for words in [
        "no role",
        "no log group",
        "no parameter `/none`",
        "found 4 faults in `web`",
    ] {
        assert!(ran.stderr.contains(words), "{words}: {ran}");
    }
    let config = format!("{CONFIG}\n[deploy]\nskip-checks = [\"all\"]\n");
    let place = practice.place.file("acetate.toml", &config);
    place.run(&["plan", IMAGE]).expect(0);
    let ran = place.run(&["verify", IMAGE, "--format=json"]).expect(0);
    assert_eq!(ran.json()[0]["checks"], json!([]));
}

/// What keeps a check from being made: each is a warning, and names the permission where one lacks.
const CHECKED_BY: [(&str, &str); 8] = [
    ("BatchGetImage", "ecr:BatchGetImage"),
    ("DescribeSecret", "secretsmanager:DescribeSecret"),
    ("GetSecretValue", "secretsmanager:GetSecretValue"),
    ("GetParameters", "ssm:GetParameters"),
    ("GetRole", "iam:GetRole"),
    ("SimulatePrincipalPolicy", "iam:SimulatePrincipalPolicy"),
    ("DescribeLogGroups", "logs:DescribeLogGroups"),
    ("HeadObject", "s3:GetObject"),
];

fn with_a_secret(_: &mut World, template: &mut Value) {
    let secrets = template["containerDefinitions"][0]["secrets"]
        .as_array_mut()
        .expect("a list");
    secrets.push(json!({ "name": "DB", "valueFrom": format!("{SM}:prod/web/db:url::") }));
}

#[test]
fn a_check_that_is_denied_is_a_warning_that_names_the_permission() {
    for (operation, permission) in CHECKED_BY {
        let practice = estate(with_a_secret);
        practice.endpoint.fault(Fault {
            times: 9,
            ..Fault::once(operation, FaultKind::Denied)
        });
        let ran = verify(&practice, &[]).expect(0);
        assert!(ran.stderr.contains("is not checked"), "{operation}: {ran}");
        let hint = format!("allow `{permission}`");
        assert!(ran.stderr.contains(&hint), "{hint}: {ran}");
        practice.place.run(&["deploy", IMAGE]).expect(0);
    }
}

#[test]
fn a_check_that_takes_long_is_a_warning_and_holds_up_no_other() {
    let practice = estate(with_a_secret);
    for (operation, _) in CHECKED_BY {
        practice.endpoint.fault(Fault {
            times: 9,
            delay_ms: 60_000,
            ..Fault::once(operation, FaultKind::Delay)
        });
    }
    let ran = verify(&practice, &["--check-timeout=1s", "--format=json"]).expect(0);
    let late: Vec<String> = outcomes(&ran)
        .into_iter()
        .filter(|o| !o.ends_with("warning"))
        .collect();
    assert_eq!(late, ["service ok"], "{ran}");
    assert!(ran.stdout.contains("there was no answer in 1 s"), "{ran}");
    let times = ran.json()[0]["checks"].as_array().expect("checks").clone();
    assert!(
        times
            .iter()
            .all(|check| check["seconds"].as_f64() < Some(20.0)),
        "{ran}"
    );
}

#[test]
fn what_the_role_may_not_read_is_a_warning() {
    let practice = estate(|world, _| {
        let roles = world.roles.as_mut().expect("roles");
        let role = roles.get_mut("web-execution").expect("a role");
        role.denied = vec!["ssm:GetParameters".to_owned(), "s3:GetObject".to_owned()];
    });
    let ran = verify(&practice, &[]).expect(0);
    for words in [
        "do not allow `ssm:GetParameters` on `arn:aws:ssm:us-east-1:123456789012:parameter/prod/web/api-key`",
        "do not allow `s3:GetObject` on `arn:aws:s3:::config/web.env`; a policy of the resource, which is not seen here, may",
    ] {
        assert!(ran.stderr.contains(words), "{words}: {ran}");
    }
}

#[test]
fn what_is_elsewhere_or_may_still_come_is_no_fault() {
    let cases: [(Change, &str); 4] = [
        (
            |world, _| {
                world.images = Some([("other:1".to_owned(), vec![])].into());
                world.pull_through = vec!["web".to_owned(), "ROOT".to_owned()];
            },
            "the pull-through rule `ROOT` fetches it",
        ),
        (
            |_, t| {
                t["containerDefinitions"][0]["secrets"][0]["valueFrom"] =
                    "arn:aws:ssm:eu-west-1:123456789012:parameter/prod/web/api-key".into()
            },
            "is in region `eu-west-1`, and the task runs in `us-east-1`",
        ),
        (
            |_, t| {
                t["containerDefinitions"][0]["secrets"][0]["valueFrom"] =
                    SM.replace("1234", "9999").into()
            },
            "neither a secret",
        ),
        (
            |_, t| {
                t["containerDefinitions"][0]["secrets"][0]["valueFrom"] =
                    format!("{}:x-AbCdEf", SM.replace("1234", "9999")).into()
            },
            "is of account `999956789012`",
        ),
    ];
    for (change, words) in cases {
        let practice = estate(change);
        let ran = verify(&practice, &[]).expect(0);
        assert!(ran.stderr.contains(words), "{words}: {ran}");
    }
    let practice = estate(|world, _| world.images = Some([("other:1".to_owned(), vec![])].into()));
    practice.endpoint.fault(Fault::once(
        "DescribePullThroughCacheRules",
        FaultKind::Denied,
    ));
    let ran = verify(&practice, &[]).expect(0);
    assert!(
        ran.stderr
            .contains("allow `ecr:DescribePullThroughCacheRules`"),
        "{ran}"
    );
    let elsewhere = format!("--set=image={}/web:2", REGISTRY.replace("1234", "9999"));
    let ran = practice.place.run(&["verify", &elsewhere]).expect(0);
    assert!(
        ran.stderr
            .contains("the repository is of account `999956789012`"),
        "{ran}"
    );
}

#[test]
fn a_thing_is_asked_for_once_however_many_refer_to_it() {
    let practice = estate(|world, template| {
        with_a_secret(world, template);
        let mut other = template["containerDefinitions"][0].clone();
        other["name"] = "other".into();
        other["secrets"].as_array_mut().expect("a list").push(
            json!({ "name": "PASSWORD", "valueFrom": format!("{SM}:prod/web/db:password::") }),
        );
        template["containerDefinitions"]
            .as_array_mut()
            .expect("a list")
            .push(other);
    });
    verify(&practice, &[]).expect(0);
    for operation in [
        "DescribeSecret",
        "GetSecretValue",
        "GetParameters",
        "DescribeLogGroups",
        "HeadObject",
    ] {
        assert_eq!(practice.count(operation), 1, "{operation}");
    }
    let ran = practice
        .place
        .run(&["verify", IMAGE, "--offline"])
        .expect(2);
    assert!(ran.stderr.contains("nothing can be verified"), "{ran}");
}

#[test]
fn the_policy_for_plan_allows_all_that_is_asked() {
    let practice = estate(with_a_secret);
    let ran = practice
        .place
        .run(&["permissions", "--for=plan", "--region=us-east-1", IMAGE])
        .expect(0);
    let policy = ran.json();
    practice.endpoint.clear_journal();
    verify(&practice, &[]).expect(0);
    let used = crate::permissions::covered(&practice, &policy);
    for sid in [
        "VerifyImages",
        "VerifyRoles",
        "LookUpSecrets",
        "VerifySecretKeys",
        "LookUpParameters",
        "VerifyLogGroups",
        "VerifyEnvFiles",
    ] {
        assert!(used.contains(sid), "{sid}: {used:?}");
    }
    let config = format!("{CONFIG}\n[deploy]\nskip-checks = [\"all\"]\n");
    let place = practice.place.file("acetate.toml", &config);
    let ran = place
        .run(&["permissions", "--for=plan", "--region=us-east-1", IMAGE])
        .expect(0);
    assert!(!ran.stdout.contains("Verify"), "{ran}");
    assert!(!ran.stdout.contains("LookUp"), "{ran}");
}
