//! The built-in plugin in the real host: from a configuration to the document.

use std::sync::Arc;
use std::time::Duration;

use acetate::edit::Failure;
use acetate::overlay::Session;
use acetate::plugin::{
    self, EntryInput, Late, Limits, Lookups, PluginSource, Question, Replied, Reply, RunReport,
    Runtime,
};
use acetate::task_definition::parse;
use serde_json::{Value, json};

/// Two parameters, a secret and a file.
struct World;

const PARAMETERS: [&str; 2] = ["/prod/web/API_KEY", "/prod/web/SENTRY_DSN"];

impl Lookups for World {
    fn ask(&self, question: &Question, _: Duration) -> Result<Replied, Late> {
        let text = |is_there: bool, text: String| match is_there {
            true => Reply::Text(text),
            false => Reply::Absent,
        };
        Ok(Ok(match question {
            Question::ParameterNames(prefix) => {
                let names = PARAMETERS.iter().filter(|n| n.starts_with(prefix));
                Reply::List(names.map(|n| (*n).to_owned()).collect())
            }
            Question::ParameterArn(name) => {
                let arn = format!("arn:aws:ssm:eu-west-1:111111111111:parameter{name}");
                text(PARAMETERS.contains(&name.as_str()), arn)
            }
            Question::SecretArn(name) => {
                let arn =
                    format!("arn:aws:secretsmanager:eu-west-1:111111111111:secret:{name}-AbCdEf");
                text(name == "prod/web/db", arn)
            }
            Question::FileRead(path) if path == "config/prod.env" => Reply::Bytes(
                b"\xef\xbb\xbf# head\r\nexport FROM_FILE=\"a\\nb\"\r\nLOG_LEVEL=debug\r\n".to_vec(),
            ),
            Question::FileRead(path) => {
                let failure = Failure::new("not-found", format!("there is no `{path}`"));
                return Ok(Err(failure));
            }
            other => unreachable!("{other:?}"),
        }))
    }
}

fn template() -> Value {
    json!({
        "family": "web-template",
        "containerDefinitions": [
            {
                "name": "app",
                "image": "placeholder",
                "portMappings": [{ "containerPort": 8080 }],
                "environment": [
                    { "name": "KEEP", "value": "1" },
                    { "name": "LEGACY_FLAG", "value": "1" },
                    { "name": "API_KEY", "value": "plain" },
                ],
                "logConfiguration": {
                    "logDriver": "awslogs",
                    "options": { "awslogs-group": "/web", "awslogs-region": "eu-west-1" },
                },
            },
            { "name": "worker", "image": "placeholder" },
        ],
    })
}

fn run(config: &str) -> (Result<RunReport, acetate::error::Error>, Value, usize) {
    let config: toml::Table = config.parse().expect("the test's TOML parses");
    let entry = EntryInput {
        id: "standard".to_owned(),
        config: serde_json::to_value(config).expect("TOML is JSON"),
        builtin: true,
        ..EntryInput::default()
    };
    let runtime = Runtime::new().expect("wasmtime runs here");
    let limits = Limits::default();
    let source = PluginSource::Builtin("standard".to_owned());
    let plugin = plugin::load(&runtime, source, &limits).expect("it is built in");
    let parsed = parse::parse(template().to_string().as_bytes()).expect("the template parses");
    let mut session = Session::new(parsed.definition, "web");
    let report = plugin::run_overlay(&plugin, &mut session, &entry, Arc::new(World), &limits);
    let overlaid = session.finish();
    (
        report,
        overlaid.definition.value().clone(),
        overlaid.edits.len(),
    )
}

const WHOLE: &str = r#"
        [containers.app]
        image        = "web:8"
        env          = { LOG_LEVEL = "info" }
        dotenv       = ["config/prod.env"]
        secrets      = { DATABASE_URL = "secretsmanager:prod/web/db#url" }
        secrets-from = ["ssm:/prod/web/"]
        remove-env   = ["LEGACY_FLAG"]
        health-check = { command = "curl -f localhost", interval = 5 }
        ports        = ["8125/udp"]
        volumes      = { scratch = {} }
        mounts       = { "/scratch" = "scratch:ro" }
        ulimits      = { nofile = 1024 }
        [containers."app,worker"]
        stop-timeout = 30
        [containers.worker]
        log = { driver = "none" }
        [sidecars.fluent-bit]
        preset  = "firelens"
        options = { Name = "cloudwatch" }
        [tags]
        team = "shop"
    "#;

fn whole() -> Value {
    let arn = |name: &str| format!("arn:aws:ssm:eu-west-1:111111111111:parameter/prod/web/{name}");
    let wait = json!([{ "containerName": "fluent-bit", "condition": "START" }]);
    json!({
        "family": "web-template",
        "containerDefinitions": [
            {
                "name": "app",
                "image": "web:8",
                "portMappings": [
                    { "containerPort": 8080 },
                    { "containerPort": 8125, "protocol": "udp" },
                ],
                "environment": [
                    { "name": "KEEP", "value": "1" },
                    { "name": "FROM_FILE", "value": "a\nb" },
                    { "name": "LOG_LEVEL", "value": "info" },
                ],
                "logConfiguration": {
                    "logDriver": "awsfirelens",
                    "options": { "Name": "cloudwatch" },
                },
                "healthCheck": { "command": ["CMD-SHELL", "curl -f localhost"], "interval": 5 },
                "stopTimeout": 30,
                "ulimits": [{ "name": "nofile", "softLimit": 1024, "hardLimit": 1024 }],
                "mountPoints": [
                    { "containerPath": "/scratch", "sourceVolume": "scratch", "readOnly": true },
                ],
                "secrets": [
                    { "name": "API_KEY", "valueFrom": arn("API_KEY") },
                    {
                        "name": "DATABASE_URL",
                        "valueFrom": "arn:aws:secretsmanager:eu-west-1:111111111111:secret:\
                                      prod/web/db-AbCdEf:url::",
                    },
                    { "name": "SENTRY_DSN", "valueFrom": arn("SENTRY_DSN") },
                ],
                "dependsOn": wait,
            },
            {
                "name": "worker",
                "image": "placeholder",
                "stopTimeout": 30,
                "logConfiguration": { "logDriver": "none" },
                "dependsOn": wait,
            },
            {
                "name": "fluent-bit",
                "image": "public.ecr.aws/aws-observability/aws-for-fluent-bit:3",
                "essential": true,
                "memoryReservation": 50,
                "firelensConfiguration": { "type": "fluentbit" },
            },
        ],
        "volumes": [{ "name": "scratch" }],
        "tags": [{ "key": "team", "value": "shop" }],
    })
}

#[test]
fn a_whole_configuration_becomes_a_document() {
    let (report, document, _) = run(WHOLE);
    let report = report.unwrap();
    assert_eq!(report.diagnostics, []);
    let pretty = |value: &Value| serde_json::to_string_pretty(value).unwrap();
    assert_eq!(document, whole(), "{}", pretty(&document));
    let limits = Limits::default();
    assert!(report.used.fuel * 10 <= limits.fuel, "{:?}", report.used);
}

#[test]
fn all_faults_are_told_and_nothing_is_applied() {
    let (report, document, edits) = run(r#"
        [containers.app]
        image   = "web:8"
        dotenv  = ["config/missing.env"]
        env     = { A = "1" }
        secrets = { A = "ssm:/none", B = "secretsmanager:none" }
        [containers.wrker]
        image = "web:8"
    "#);
    let told = report.unwrap_err();
    let text = format!("{told:#?}");
    for part in [
        "config/missing.env",
        "`/none`",
        "`none`",
        "`wrker`",
        "both a plain variable",
    ] {
        assert!(text.contains(part), "{part}: {text}");
    }
    assert_eq!((document, edits), (template(), 0));
}
