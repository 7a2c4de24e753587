//! Configurations and the policies that they come to.

use std::collections::BTreeMap;

use serde_json::Value;

use super::*;
use crate::config::{Config, Selection};

fn settings(text: &str) -> Settings {
    let config = Config::parse(text, "acetate.toml").expect("a configuration");
    let selection = Selection {
        service: None,
        environment: None,
        set: &[],
        env: &|_| None,
    };
    config.settings(&selection).expect("settings")
}

fn place(region: &str) -> Place {
    Place {
        account: "222222222222".to_owned(),
        region: region.to_owned(),
    }
}

/// `Sid: actions on resources`, with the condition where there is one.
fn lines(statements: &[Statement]) -> Vec<String> {
    let joined = |value: &Value| {
        let all = value.as_array().expect("a list").iter();
        let texts: Vec<&str> = all.map(|text| text.as_str().expect("text")).collect();
        texts.join(" ")
    };
    let line = |statement: &Statement| {
        let json = statement.json();
        let condition = json.get("Condition").map(|c| format!(" if {c}"));
        format!(
            "{}: {} on {}{}",
            statement.sid,
            joined(&json["Action"]),
            joined(&json["Resource"]).replace("arn:aws:ecs:eu-west-1:222222222222:", "~"),
            condition.unwrap_or_default()
        )
    };
    statements.iter().map(line).collect()
}

fn of(text: &str, roles: Option<&[&str]>, purpose: Purpose) -> Vec<String> {
    with(text, roles, &Lookups::default(), purpose)
}

fn with(text: &str, roles: Option<&[&str]>, lookups: &Lookups, purpose: Purpose) -> Vec<String> {
    let (settings, place) = (settings(text), place("eu-west-1"));
    let roles: Option<Vec<String>> =
        roles.map(|roles| roles.iter().map(ToString::to_string).collect());
    let facts = Facts {
        settings: &settings,
        place: &place,
        roles: roles.as_deref(),
        lookups,
        logs: Some(&[]),
        referred: &Referred::default(),
    };
    lines(&statements(&[facts], purpose))
}

const WEB: &str =
    "cluster = 'prod'\nservice = 'web'\ntemplate = 'ecs:web-template'\nfamily = 'web'\n";

const LOOKS: [&str; 5] = [
    "ReadTaskDefinitions: ecs:DescribeTaskDefinition ecs:ListTaskDefinitions on *",
    "ReadServices: ecs:DescribeServices on ~service/prod/web",
    "ReadDeployments: ecs:DescribeServiceDeployments ecs:DescribeServiceRevisions ecs:ListServiceDeployments on ~service-deployment/prod/web/* ~service-revision/prod/web/* ~service/prod/web",
    "ReadTasks: ecs:DescribeTasks on ~task/prod/*",
    r#"ListTasks: ecs:ListTasks on * if {"ArnEquals":{"ecs:cluster":["arn:aws:ecs:eu-west-1:222222222222:cluster/prod"]}}"#,
];

#[test]
fn who_only_looks_changes_nothing() {
    assert_eq!(of(WEB, Some(&[]), Purpose::Plan), LOOKS);
}

#[test]
fn a_service_is_deployed_in_its_family_with_its_roles() {
    let changes = [
        "VerifyRoles: iam:GetRole iam:SimulatePrincipalPolicy on arn:aws:iam::222222222222:role/web-task arn:aws:iam::333333333333:role/path/ecs",
        "RegisterTaskDefinition: ecs:RegisterTaskDefinition on ~task-definition/web:*",
        r#"TagTaskDefinition: ecs:TagResource on ~task-definition/web:* if {"StringEquals":{"ecs:CreateAction":["RegisterTaskDefinition"]}}"#,
        r#"PassRoles: iam:PassRole on arn:aws:iam::222222222222:role/web-task arn:aws:iam::333333333333:role/path/ecs if {"StringEquals":{"iam:PassedToService":["ecs-tasks.amazonaws.com"]}}"#,
        "UpdateService: ecs:UpdateService on ~service/prod/web",
        "SteerDeployments: ecs:ContinueServiceDeployment ecs:StopServiceDeployment on ~service-deployment/prod/web/* ~service/prod/web",
    ];
    let roles = ["web-task", "arn:aws:iam::333333333333:role/path/ecs"];
    let all = of(WEB, Some(&roles), Purpose::Deploy);
    assert_eq!(all, [&LOOKS[..], &changes[..]].concat());
    // A cluster by its ARN is the same cluster.
    let by_arn = WEB.replace(
        "'prod'",
        "'arn:aws:ecs:eu-west-1:222222222222:cluster/prod'",
    );
    assert_eq!(of(&by_arn, Some(&roles), Purpose::Deploy), all);
}

/// What a change of the configuration adds to the policy and takes away.
fn difference(text: &str, roles: Option<&[&str]>) -> (Vec<String>, Vec<String>) {
    let before = of(WEB, Some(&[]), Purpose::Deploy);
    let after = of(text, roles, Purpose::Deploy);
    let not_in = |one: &[String], other: &[String]| {
        one.iter()
            .filter(|line| !other.contains(line))
            .cloned()
            .collect()
    };
    (not_in(&after, &before), not_in(&before, &after))
}

#[test]
fn each_key_adds_what_it_needs_and_nothing_more() {
    let cases: [(&str, &[&str], &[&str]); 7] = [
        (
            "[deploy]\npublish = 'ssm:/prod/web/td'",
            &[
                "Publish: ssm:GetParameters ssm:PutParameter on arn:aws:ssm:eu-west-1:222222222222:parameter/prod/web/td",
            ],
            &[],
        ),
        (
            "[before.migrate]\ncontainer = 'app'",
            &[
                r#"RunTask: ecs:RunTask on ~task-definition/web:* if {"ArnEquals":{"ecs:cluster":["arn:aws:ecs:eu-west-1:222222222222:cluster/prod"]}}"#,
                "StopTask: ecs:StopTask on ~task/prod/*",
            ],
            &[],
        ),
        (
            "[after.smoke]\ncontainer = 'app'",
            &[
                "MarkRevision: ecs:TagResource ecs:UntagResource on ~task-definition/web:*",
                r#"RunTask: ecs:RunTask on ~task-definition/web:* if {"ArnEquals":{"ecs:cluster":["arn:aws:ecs:eu-west-1:222222222222:cluster/prod"]}}"#,
                "StopTask: ecs:StopTask on ~task/prod/*",
            ],
            &[],
        ),
        ("[deploy]\nstamp = 'none'", &[], &[]),
        (
            "[deploy]\nstamp = 'none'\n[after.smoke]\ncontainer = 'app'",
            &[
                r#"RunTask: ecs:RunTask on ~task-definition/web:* if {"ArnEquals":{"ecs:cluster":["arn:aws:ecs:eu-west-1:222222222222:cluster/prod"]}}"#,
                "StopTask: ecs:StopTask on ~task/prod/*",
            ],
            &[],
        ),
        (
            "[deploy]\nstamp = 'none'\ntemplate-tags = 'drop'",
            &[],
            &[
                r#"TagTaskDefinition: ecs:TagResource on ~task-definition/web:* if {"StringEquals":{"ecs:CreateAction":["RegisterTaskDefinition"]}}"#,
            ],
        ),
        (
            "[deploy]\nstamp = 'none'\ntemplate-tags = 'drop'\n[tags]\nteam = 'a'",
            &[],
            &[],
        ),
    ];
    for (more, added, gone) in cases {
        let (a, g) = difference(&format!("{WEB}{more}\n"), Some(&[]));
        assert_eq!((a, g), (owned(added), owned(gone)), "{more}");
    }
    let (added, _) = difference(WEB, None);
    let any = "on arn:aws:iam::222222222222:role/* if";
    assert!(added.iter().any(|line| line.contains(any)), "{added:?}");
}

fn owned(lines: &[&str]) -> Vec<String> {
    lines.iter().map(ToString::to_string).collect()
}

#[test]
fn templates_are_read_where_they_are() {
    let cases = [
        (
            "ssm:/t/web:3",
            Some("ssm:GetParameter on arn:aws:ssm:eu-west-1:222222222222:parameter/t/web"),
        ),
        (
            "ssm:web",
            Some("ssm:GetParameter on arn:aws:ssm:eu-west-1:222222222222:parameter/web"),
        ),
        (
            "s3://b/k/t.json",
            Some("s3:GetObject on arn:aws:s3:::b/k/t.json"),
        ),
        (
            "s3://b/t.json?versionId=v1",
            Some("s3:GetObjectVersion on arn:aws:s3:::b/t.json"),
        ),
        ("file:t.json", None),
        ("-", None),
    ];
    for (template, expected) in cases {
        let text = WEB.replace("ecs:web-template", template);
        let found = of(&text, Some(&[]), Purpose::Plan);
        let line = found
            .iter()
            .find_map(|line| line.strip_prefix("ReadTemplate: "));
        assert_eq!(line, expected, "{template}");
    }
}

#[test]
fn a_task_without_service_is_registered_and_run() {
    let text = "template = 'file:t.json'\nfamily = 'nightly'\n";
    let found = of(text, Some(&[]), Purpose::Deploy);
    let sids: Vec<&str> = found
        .iter()
        .filter_map(|line| line.split(':').next())
        .collect();
    let expected = [
        "ReadTaskDefinitions",
        "RegisterTaskDefinition",
        "TagTaskDefinition",
        "RunTask",
        "ReadTasks",
        "ListTasks",
        "StopTask",
    ];
    assert_eq!(sids, expected);
    assert_eq!(
        found[0],
        "ReadTaskDefinitions: ecs:DescribeTaskDefinition on *"
    );
    assert_eq!(found[4], "ReadTasks: ecs:DescribeTasks on ~task/default/*");
    assert_eq!(of(text, Some(&[]), Purpose::Plan).len(), 1);
}

#[test]
fn lookups_are_allowed_by_name() {
    let set = |names: &[&str]| {
        names
            .iter()
            .map(ToString::to_string)
            .collect::<BTreeSet<_>>()
    };
    let lookups = Lookups {
        parameters: set(&["/prod/key", "arn:aws:ssm:eu-west-1:1:parameter/other/*"]),
        below: set(&["/prod/web/", "/"]),
        secrets: set(&["prod/db", "prod/*"]),
        opened: set(&["prod/db"]),
        lists_secrets: true,
    };
    let found = with(WEB, Some(&[]), &lookups, Purpose::Plan).join("\n");
    let found = found.replace(":eu-west-1:222222222222:", "::");
    for line in [
        "LookUpParameters: ssm:GetParameters on arn:aws:ssm:eu-west-1:1:parameter/other/* arn:aws:ssm::parameter/* arn:aws:ssm::parameter/prod/key arn:aws:ssm::parameter/prod/web/*",
        "ListParameters: ssm:GetParametersByPath on arn:aws:ssm::parameter/* arn:aws:ssm::parameter/prod/web arn:aws:ssm::parameter/prod/web/*",
        "LookUpSecrets: secretsmanager:DescribeSecret on arn:aws:secretsmanager::secret:prod/* arn:aws:secretsmanager::secret:prod/db-??????",
        "ListSecrets: secretsmanager:ListSecrets on *",
        "ReadSecretKeys: secretsmanager:GetSecretValue on arn:aws:secretsmanager::secret:prod/db-??????",
    ] {
        assert!(found.contains(line), "no `{line}` in\n{found}");
    }
}

#[test]
fn logs_are_read_of_the_groups_that_are_known() {
    let settings = settings(WEB);
    let (place, lookups) = (place("eu-west-1"), Lookups::default());
    let of = |logs: Option<&[(String, Option<String>)]>| {
        let facts = Facts {
            settings: &settings,
            place: &place,
            roles: Some(&[]),
            lookups: &lookups,
            referred: &Referred::default(),
            logs,
        };
        let lines = lines(&statements(&[facts], Purpose::Plan));
        let found = lines
            .into_iter()
            .find_map(|line| line.strip_prefix("ReadLogs: ").map(str::to_owned));
        found.map(|line| line.replace(":222222222222:", "::"))
    };
    assert_eq!(of(Some(&[])), None);
    assert_eq!(
        of(None).as_deref(),
        Some("logs:GetLogEvents on arn:aws:logs:*::log-group:*:log-stream:*")
    );
    let groups = [
        ("/web".to_owned(), None),
        ("/far".to_owned(), Some("us-east-2".to_owned())),
    ];
    assert_eq!(
        of(Some(&groups)).as_deref(),
        Some(
            "logs:GetLogEvents on arn:aws:logs:eu-west-1::log-group:/web:log-stream:* \
             arn:aws:logs:us-east-2::log-group:/far:log-stream:*"
        )
    );
}

#[test]
fn what_is_verified_is_named_and_what_is_not_checked_is_left_out() {
    let mut referred = Referred::default();
    let env = |name: &str, value: &str| serde_json::json!({ "name": name, "value": value });
    referred.add(&serde_json::json!({ "containerDefinitions": [{
        "image": "222222222222.dkr.ecr.eu-west-1.amazonaws.com/web:1",
        "environment": [env("ARN", "arn:aws:secretsmanager:eu-west-1:222222222222:secret:own-AbCdEf:key::")],
        "secrets": [{ "name": "A", "valueFrom": "arn:aws:secretsmanager:eu-west-1:222222222222:secret:db-AbCdEf:url::" }],
        "environmentFiles": [{ "type": "s3", "value": "arn:aws:s3:::b/a.env" }],
        "logConfiguration": { "logDriver": "awslogs", "options": { "awslogs-group": "/g" } },
    }] }));
    referred.add(&serde_json::json!({ "containers": { "app": {
        "image": "*", "secrets": { "B": "secretsmanager:named#key", "C": "ssm:/c" },
    } } }));
    let of = |more: &str| {
        let (settings, place) = (settings(&format!("{WEB}{more}")), place("eu-west-1"));
        let facts = Facts {
            settings: &settings,
            place: &place,
            roles: Some(&[]),
            lookups: &Lookups::default(),
            referred: &referred,
            logs: Some(&[]),
        };
        lines(&statements(&[facts], Purpose::Plan))[LOOKS.len()..].to_vec()
    };
    let ours = |line: String| line.replace(":eu-west-1:222222222222:", "::");
    assert_eq!(
        of("").into_iter().map(ours).collect::<Vec<_>>(),
        [
            "VerifyImages: ecr:BatchGetImage ecr:GetDownloadUrlForLayer on arn:aws:ecr::repository/* arn:aws:ecr::repository/web",
            "VerifyPullThrough: ecr:DescribePullThroughCacheRules on *",
            "LookUpSecrets: secretsmanager:DescribeSecret on arn:aws:secretsmanager::secret:db-AbCdEf",
            "VerifySecretKeys: secretsmanager:GetSecretValue on arn:aws:secretsmanager::secret:db-AbCdEf arn:aws:secretsmanager::secret:named-??????",
            "VerifyLogGroups: logs:DescribeLogGroups on arn:aws:logs::log-group:*",
            "VerifyEnvFiles: s3:GetObject on arn:aws:s3:::b/a.env",
        ]
    );
    let skipped = of("[deploy]\nskip-checks = ['secret-keys', 'images']\n");
    assert_eq!(skipped.len(), 3, "{skipped:?}");
    assert_eq!(of("[deploy]\nskip-checks = ['all']\n").len(), 0);
}

#[test]
fn an_arn_with_an_input_that_is_not_known_is_a_pattern() {
    let secret = "arn:aws:secretsmanager:*:222222222222:secret:db-AbCdEf";
    let mut referred = Referred::default();
    referred.add(&serde_json::json!({ "secrets": { "A": format!("{secret}:url::") } }));
    let (settings, place) = (settings(WEB), place("eu-west-1"));
    let facts = Facts {
        settings: &settings,
        place: &place,
        roles: Some(&[]),
        lookups: &Lookups::default(),
        referred: &referred,
        logs: Some(&[]),
    };
    let all = lines(&statements(&[facts], Purpose::Plan));
    for (sid, action) in [
        ("LookUpSecrets", "DescribeSecret"),
        ("VerifySecretKeys", "GetSecretValue"),
    ] {
        let line = format!("{sid}: secretsmanager:{action} on {secret}");
        assert!(all.contains(&line), "{line}: {all:#?}");
    }
}

#[test]
fn services_share_one_policy() {
    let (web, worker) = (settings(WEB), settings(&WEB.replace("web", "worker")));
    let (place, lookups) = (place("cn-north-1"), Lookups::default());
    let referred = Referred::default();
    let facts = [&web, &worker].map(|settings| Facts {
        settings,
        place: &place,
        roles: Some(&[]),
        lookups: &lookups,
        logs: Some(&[]),
        referred: &referred,
    });
    let statements = statements(&facts, Purpose::Deploy);
    let update = lines(&statements);
    let update = update.iter().find(|line| line.starts_with("UpdateService"));
    let arn = "arn:aws-cn:ecs:cn-north-1:222222222222:service/prod";
    let expected = format!("UpdateService: ecs:UpdateService on {arn}/web {arn}/worker");
    assert_eq!(update, Some(&expected));
    let mut seen = BTreeMap::new();
    for statement in &statements {
        *seen.entry(statement.sid).or_insert(0) += 1;
        assert!(statement.sid.bytes().all(|b| b.is_ascii_alphanumeric()));
    }
    assert!(seen.values().all(|count| *count == 1), "{seen:?}");
}
