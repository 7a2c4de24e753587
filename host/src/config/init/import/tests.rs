//! What other tools' configurations become.

use serde_json::json;

use super::*;
use crate::config::tests::settings_of;

const ECSPRESSO: &str = "region: ap-northeast-1
cluster: default
service: myservice
service_definition: ecs-service-def.json
task_definition: ./ecs-task-def.json
timeout: 10m0s
plugins:
  - name: tfstate
    config: {url: s3://my-bucket/terraform.tfstate}
";

#[test]
fn ecspresso() {
    let other = Other::parse(ECSPRESSO, "deploy").expect("it can be read");
    assert_eq!(
        other.definition_file().as_deref(),
        Some("deploy/ecs-task-def.json")
    );
    let definition = json!({ "family": "my-family", "containerDefinitions": [{ "name": "app", "image": "a:1" }] });
    let draft = other.draft(Some(&definition.to_string()));
    let expected = "# Written by `acetate init` from an ecspresso configuration.
cluster = \"default\"
service = \"myservice\"
region = \"ap-northeast-1\"
template = \"file:deploy/ecs-task-def.json\"
family = \"my-family\"

[inputs]
image = { description = \"image of `app`\", default = \"running:app\" }

[deploy]
timeout = \"10m0s\"

[containers.app]
image = \"${inputs.image}\"
";
    assert_eq!(draft.text, expected);
    settings_of(&draft.text, None, None, &[], &[]).expect("it can be read");
    let notes = [
        "the service stays as it is: `service_definition` belongs to infrastructure code",
        "`plugins` is not taken over",
    ];
    assert_eq!(draft.notes, notes);
}

#[test]
fn what_ecspresso_would_run_is_said() {
    let notes = |file: &str, text: Option<&str>| {
        let config = format!("service: s\ntask_definition: {file}\n");
        let draft = Other::parse(&config, "")
            .expect("it can be read")
            .draft(text);
        settings_of(&draft.text, None, None, &[], &[]).expect("it can be read");
        draft.notes[0].clone()
    };
    let templated = "{ \"family\": \"{{ must_env `FAMILY` }}\"";
    assert_eq!(
        notes("a.json", Some(templated)),
        "`a.json` has `{{ … }}` in it: write plain values there, and what varies as `${inputs.NAME}` in acetate.toml"
    );
    assert_eq!(
        notes("a.jsonnet", Some("{}")),
        "`a.jsonnet` is Jsonnet: keep what `ecspresso render taskdef` prints in a JSON file and name that as `template`"
    );
    assert_eq!(notes("a.json", None), "`a.json` could not be read");
    assert_eq!(
        notes("a.yaml", Some("family: a")),
        "`a.yaml` is no task definition in JSON: `acetate show` says why"
    );
}

const ECS_DEPLOY_CLI: &str = "accountId: 012345678901
region: us-east-1
taskFamily: myapp-dev-backend
serviceName: myapp-dev-backend
clusterName: \"myapp-dev\"
build: [{name: backend, repoName: myapp-backend, platform: linux/amd64}]
taskDefinition:
  - name: default
    template: arn:aws:ssm:::parameter/myapp-dev/backend/task-definition
    containerDefinitions:
      - name: backend
        image: backend
        environmentValues:
          - {name: PORT, value: 8080}
          - {name: PRICE, value: \"${5}\"}
          - {name: TOKEN_URL, valueFrom: \"env:TOKEN_URL\"}
          - {name: DEPLOY_TIMESTAMP, valueFrom: \"func:timestamp\"}
        secrets: {DB: \"arn:aws:ssm:::parameter/myapp-dev/db\", KEY: \"arn:aws:ssm:us-east-1:1:parameter/key\"}
      - name: proxy
        image: nginx:1
";

#[test]
fn ecs_deploy_cli() {
    let other = Other::parse(ECS_DEPLOY_CLI, "").expect("it can be read");
    assert_eq!(other.definition_file(), None);
    let draft = other.draft(None);
    let expected = "# Written by `acetate init` from an ecs-deploy-cli configuration.
cluster = \"myapp-dev\"
service = \"myapp-dev-backend\"
account = \"012345678901\"
region = \"us-east-1\"
template = \"ssm:/myapp-dev/backend/task-definition\"
family = \"myapp-dev-backend\"

[inputs]
image = { description = \"image to deploy\" }
TOKEN_URL = { env = \"TOKEN_URL\" }

[containers.backend]
image = \"${inputs.image}\"
secrets = { DB = \"ssm:/myapp-dev/db\", KEY = \"arn:aws:ssm:us-east-1:1:parameter/key\" }

[containers.backend.env]
PORT = \"8080\"
PRICE = \"$${5}\"
TOKEN_URL = \"${inputs.TOKEN_URL}\"

[containers.proxy]
image = \"nginx:1\"
";
    assert_eq!(draft.text, expected);
    let settings = settings_of(
        &draft.text,
        None,
        None,
        &[("image", "a:1")],
        &[("TOKEN_URL", "t")],
    )
    .expect("it can be read");
    assert_eq!(
        settings.overlays[0].config["containers"]["backend"]["env"],
        json!({ "PORT": "8080", "PRICE": "${5}", "TOKEN_URL": "t" })
    );
    let notes = [
        "`DEPLOY_TIMESTAMP` of `backend` comes from `func:timestamp`, which is not taken over; an input or a secret can give it",
        "images are not built or pushed here: give the one to deploy with `--set image=…`",
    ];
    assert_eq!(draft.notes, notes);
}

#[test]
fn what_is_of_no_such_tool() {
    let refused = |text: &str| Other::parse(text, "").expect_err(text);
    let neither = "neither ecspresso's (`service`, `task_definition`) nor ecs-deploy-cli's (`serviceName`, `taskDefinition`)";
    for text in ["", "[]", "a: 1", "service: web"] {
        assert_eq!(refused(text), neither);
    }
    assert!(
        refused("a: [\n").starts_with("line 2: "),
        "{}",
        refused("a: [\n")
    );
    assert_eq!(
        refused("a: &x 1\nb: *x\n"),
        "line 2: aliases cannot be read here"
    );
}

proptest::proptest! {
    #[test]
    fn reading_never_panics(text in "(service|taskDefinition|serviceName|task_definition|: |- |\\[|\\{|\\}|\\]|&a|\\*a|\n| |\"|'|x|!!int )*") {
        if let Ok(other) = Other::parse(&text, "") {
            let _ = other.draft(Some(&text));
        }
    }
}
