//! `acetate plan --out FILE` and `deploy --plan FILE`: what was shown is done, or nothing.

use acetate::local::Outcome;
use insta::assert_snapshot;
use serde_json::{Value, json};

use crate::deploy::{CONFIG, Practice, deployed, deployed_with, steady, world};
use crate::support::guests::guest;
use crate::support::{Ran, World, wire};

/// Plans an image into `plan.json`.
fn plan(practice: &Practice, image: &str, more: &[&str]) -> Ran {
    let image = format!("image={image}");
    let all = [&["plan", "--out", "plan.json", "--set", &image], more].concat();
    practice.place.run(&all).expect(0)
}

fn apply(practice: &Practice, more: &[&str]) -> Ran {
    practice
        .place
        .run(&[&["deploy", "--plan", "plan.json"], more].concat())
}

fn kept(practice: &Practice) -> Value {
    serde_json::from_str(&practice.place.read("plan.json")).expect("JSON")
}

#[test]
fn a_kept_plan_is_executed_without_being_told_the_inputs() {
    let practice = deployed(|_| {}, &[Outcome::Ok]);
    let ran = plan(&practice, "app:2", &[]);
    assert_snapshot!(steady(&ran.to_string()), @r#"
    --- arn:aws:ecs:us-east-1:123456789012:task-definition/web:1
    +++ web from arn:aws:ecs:us-east-1:123456789012:task-definition/web-template:1
    by you
      ~ /containerDefinitions/app/image  "app:1" → "app:2"
    plan for web: register a new revision of web; update web, which is on web:1
    calls
      ecs:RegisterTaskDefinition  a new revision of web
      ecs:DescribeServices        is web as it was
      ecs:UpdateService           web to the new revision
    ------- stderr -------
    note: kept in `plan.json`; `acetate deploy --plan plan.json` does it
    "#);
    for operation in ["RegisterTaskDefinition", "UpdateService"] {
        assert_eq!(practice.count(operation), 0, "{operation}");
    }
    let ran = apply(&practice, &[]).expect(0);
    assert!(ran.stdout.contains("web is running web:2"), "{ran}");
    // It cannot be done twice: the service has moved.
    let ran = apply(&practice, &[]).expect(4);
    assert!(
        ran.stderr
            .contains("the service was on `web:1` and is on `web:2` now"),
        "{ran}"
    );
}

#[test]
fn a_plan_has_a_schema() {
    let practice = deployed(|_| {}, &[]);
    plan(&practice, "app:2", &["--force"]);
    let schema = World::new().run(&["schema", "plan"]).expect(0).json();
    let validator = jsonschema::draft202012::new(&schema).expect("a schema");
    let kept = kept(&practice);
    let faults: Vec<String> = validator
        .iter_errors(&kept)
        .map(|e| e.to_string())
        .collect();
    assert!(faults.is_empty(), "{faults:?}");
    let mut bad = kept;
    bad["services"][0]["secret"] = json!("x");
    assert!(!validator.is_valid(&bad));
}

#[test]
fn it_refuses_where_the_service_moved() {
    let practice = deployed(|_| {}, &[Outcome::Ok]);
    plan(&practice, "app:3", &[]);
    practice.deploy("app:2", &[]).expect(0);
    let ran = apply(&practice, &[]).expect(4);
    assert_snapshot!(ran.stderr, @r#"
    warning: `web`: the service was on `web:1` and is on `web:2` now
    warning: `web`: what runs: /containerDefinitions/app/image: "app:1" → "app:2"
    error: `web` moved since the plan was made
    hint: plan again, and look at what is planned now
    "#);
    assert_eq!(practice.count("UpdateService"), 1);
}

#[test]
fn it_refuses_where_the_template_moved_and_shows_the_difference() {
    let practice = deployed(|_| {}, &[Outcome::Ok]);
    plan(&practice, "app:2", &[]);
    let container = json!({ "name": "app", "image": "x", "memory": 99 });
    let template = json!({ "family": "web-template", "containerDefinitions": [container] });
    wire::ecs(
        &practice.endpoint.url(),
        "RegisterTaskDefinition",
        &template,
    );
    let ran = apply(&practice, &[]).expect(4);
    assert!(
        ran.stderr
            .contains("the template was `web-template:1` and is `web-template:2` now"),
        "{ran}"
    );
    assert!(
        ran.stderr
            .contains("/containerDefinitions/app/memory: nothing → 99"),
        "{ran}"
    );
    assert_eq!(practice.count("UpdateService"), 0);
}

#[test]
fn a_plan_tells_infrastructures_part_from_yours() {
    let practice = deployed(|_| {}, &[Outcome::Ok]);
    let container = json!({ "name": "app", "image": "x", "memory": 99 });
    let template = json!({ "family": "web-template", "containerDefinitions": [container] });
    let url = practice.endpoint.url();
    wire::ecs(&url, "RegisterTaskDefinition", &template);
    let ran = plan(&practice, "app:2", &["--force"]);
    assert!(
        ran.stdout
            .contains("  + /containerDefinitions/app/memory  99\n"),
        "{ran}"
    );
    let update = "ecs:UpdateService           web to the new revision, with forceNewDeployment";
    assert!(ran.stdout.contains(update), "{ran}");
    let lines = kept(&practice)["services"][0]["difference"]["lines"].clone();
    let layers = lines.as_array().expect("lines").iter();
    let layers: Vec<&str> = layers.filter_map(|line| line["layer"].as_str()).collect();
    assert!(
        layers.contains(&"infrastructure") && layers.contains(&"you"),
        "{lines}"
    );
}

#[test]
fn where_nothing_is_to_be_done_no_call_is_planned() {
    let practice = deployed(|_| {}, &[]);
    let ran = plan(&practice, "app:1", &[]);
    assert_snapshot!(ran.to_string(), @r"
    plan for web: use web:1 again (what runs has the same content); nothing to do, web runs it already
    calls: none that changes anything
    ------- stderr -------
    note: no difference: `arn:aws:ecs:us-east-1:123456789012:task-definition/web:1` is what would be registered
    note: kept in `plan.json`; `acetate deploy --plan plan.json` does it
    ");
}

#[test]
fn it_refuses_where_another_deployment_started() {
    let practice = deployed(|_| {}, &[Outcome::Ok]);
    plan(&practice, "app:2", &[]);
    practice.deploy("app:1", &["--force"]).expect(0);
    let ran = apply(&practice, &[]).expect(4);
    let told = "another deployment of the service has started";
    assert!(ran.stderr.contains(told), "{ran}");
    assert_eq!(practice.count("UpdateService"), 1);
}

#[test]
fn it_refuses_where_a_plugin_is_another_one() {
    let Some(component) = guest("overlay") else {
        return;
    };
    let entry = "[overlays.guest]\nplugin = \"path:guest.wasm\"\nallow = [\"env:app:LEVEL\"]\n\
        config = { do = \"env\", name = \"LEVEL\", value = \"x\" }";
    let practice = Practice::new(world(&[Outcome::Ok]), &format!("{CONFIG}\n{entry}"));
    let put = |bytes: &[u8]| {
        std::fs::write(practice.place.path().join("guest.wasm"), bytes).expect("it can be written");
    };
    put(&component);
    let ran = plan(&practice, "app:1", &[]);
    assert!(ran.stdout.contains("guest, by env:app:LEVEL:"), "{ran}");
    // The same code with a custom section more: it does the same, and is another component.
    put(&[&component[..], &[0, 2, 1, b'x']].concat());
    let ran = apply(&practice, &[]).expect(4);
    assert!(
        ran.stderr.contains("`web`: the plugin `guest` was sha256 "),
        "{ran}"
    );
    assert_eq!(practice.count("RegisterTaskDefinition"), 0);
    put(&component);
    apply(&practice, &[]).expect(0);
}

#[test]
fn what_is_made_of_a_credential_is_hidden_wherever_it_is() {
    let secret = "ghp_0123456789abcdefghijABCDEFGHIJ012345";
    let config = format!("{CONFIG}command = [\"run\", \"--key=${{inputs.key}}\"]\n");
    let practice = Practice::new(world(&[Outcome::Ok]), &config);
    let key = format!("key={secret}");
    let ran = plan(&practice, "app:1", &["--set", &key]);
    let shown = "+ /containerDefinitions/app/command";
    assert!(ran.stdout.contains(shown), "{ran}");
    let text = practice.place.read("plan.json") + &ran.to_string();
    assert!(!text.contains(secret), "{text}");
    apply(&practice, &["--set", &key]).expect(0);
}

#[test]
fn a_template_that_is_a_secret_is_kept_in_no_plan() {
    let mut world = world(&[]);
    let text = r#"{"containerDefinitions":[{"name":"app","image":"x","memory":64}]}"#;
    let parameter = json!({ "type": "SecureString", "value": text });
    let parameter = serde_json::from_value(parameter).expect("a parameter");
    world.parameters.insert("/template".to_owned(), parameter);
    let config = CONFIG.replace("ecs:web-template", "ssm:/template");
    let practice = Practice::new(world, &config);
    let all = ["plan", "--out", "plan.json", "--set", "image=app:1"];
    let ran = practice.place.run(&all).expect(4);
    assert!(
        ran.stderr.contains("no value of one is written to a plan"),
        "{ran}"
    );
    assert!(!practice.place.path().join("plan.json").exists());
}

#[test]
fn it_refuses_where_the_configuration_moved() {
    let practice = deployed(|_| {}, &[Outcome::Ok]);
    plan(&practice, "app:2", &[]);
    let config = format!("{CONFIG}env = {{ NEW = \"1\" }}\n");
    let practice = Practice {
        place: practice.place.file("acetate.toml", &config),
        ..practice
    };
    let ran = apply(&practice, &[]).expect(4);
    assert!(ran.stderr.contains("environment/NEW"), "{ran}");
    let ran = apply(&practice, &["--set", "image=app:9"]).expect(4);
    assert!(
        ran.stderr.contains("another value of the input `image`"),
        "{ran}"
    );
    apply(&practice, &["web"]).expect(2);
}

#[test]
fn a_plan_holds_nothing_that_looks_like_a_credential() {
    let secret = "ghp_0123456789abcdefghijABCDEFGHIJ012345";
    let config = format!("{CONFIG}env = {{ API_TOKEN = \"${{inputs.api-token}}\" }}\n");
    let practice = Practice::new(world(&[Outcome::Ok]), &config);
    let token = format!("api-token={secret}");
    plan(&practice, "app:1", &["--set", &token]);
    let text = practice.place.read("plan.json");
    assert!(!text.contains(secret), "{text}");
    assert_eq!(
        kept(&practice)["services"][0]["withheld"],
        json!(["api-token"])
    );
    let ran = apply(&practice, &[]).expect(1);
    assert!(
        ran.stderr.contains("give it with `--set api-token=…`"),
        "{ran}"
    );
    // Another value is another plan, though nothing of it is shown.
    let ran = apply(
        &practice,
        &[
            "--set",
            "api-token=ghp_9999999999abcdefghijABCDEFGHIJ012345",
        ],
    )
    .expect(4);
    assert!(
        ran.stderr.contains("differs in a value that is not shown"),
        "{ran}"
    );
    apply(&practice, &["--set", &token]).expect(0);
}

#[test]
fn the_tasks_of_a_deployment_are_planned() {
    let tasks = "[before.migrate]\ncontainer = \"app\"\n[after.smoke]\ncontainer = \"app\"\n\
        [deploy]\npublish = \"ssm:/prod/web/task-definition\"";
    let practice = deployed_with(tasks, |_| {}, &[]);
    let ran = plan(&practice, "app:2", &[]);
    assert!(
        ran.stdout
            .contains("; before that migrate; after that smoke"),
        "{ran}"
    );
    assert_eq!(
        kept(&practice)["services"][0]["plan"]["before"],
        json!(["migrate"])
    );
    let calls = ran.stdout.find("calls\n").expect("calls");
    assert_snapshot!(&ran.stdout[calls..], @r"
    calls
      ecs:RegisterTaskDefinition  a new revision of web
      ecs:RunTask                 the before task migrate, followed to its end
      ecs:DescribeServices        is web as it was
      ecs:UpdateService           web to the new revision
      ecs:RunTask                 the after task smoke, followed to its end
      ssm:PutParameter            what runs then, in /prod/web/task-definition
    ");
}

#[test]
fn what_is_no_plan_is_said() {
    let practice = deployed(|_| {}, &[]);
    apply(&practice, &[]).expect(1);
    for text in [
        "",
        "{}",
        r#"{"format":"acetate-plan/9","made-by":"9","force":false,"replace":false,"skip-tasks":false,"services":[]}"#,
    ] {
        std::fs::write(practice.place.path().join("plan.json"), text).expect("it can be written");
        let ran = apply(&practice, &[]).expect(1);
        assert!(ran.stderr.contains("is no plan of this acetate"), "{ran}");
    }
}
