//! What `verify` checks: for each of its checks a good and a bad case, as far as moto shows them.

use acetate::verify::NAMES;
use serde_json::{Value, json};

use crate::support::boto::{Moto, call, call_in};
use crate::support::{Ran, World};

/// What is checked on moto: one check of one task definition.
struct Checked {
    ran: Ran,
    /// Outcome and first message of each check.
    told: Vec<(String, String)>,
}

impl Checked {
    fn outcomes(&self) -> Vec<&str> {
        self.told.iter().map(|(outcome, _)| &**outcome).collect()
    }

    /// That there is one check with this outcome, and this is said.
    fn is(&self, outcome: &str, words: &str) {
        assert_eq!(self.outcomes(), [outcome], "{words}: {}", self.ran);
        assert!(self.told[0].1.contains(words), "{words}: {}", self.ran);
    }

    fn is_ok(&self) {
        assert_eq!(self.outcomes(), ["ok"], "{}", self.ran);
    }
}

const CONFIG: &str = "account = \"123456789012\"\nfamily = \"verified\"\n";

fn place(moto: &Moto, app: Value, more: &Value) -> World {
    let mut container = json!({ "name": "app", "image": "app:1", "memory": 64 });
    container
        .as_object_mut()
        .expect("an object")
        .extend(app.as_object().expect("an object").clone());
    let mut template = json!({ "family": "t", "containerDefinitions": [container] });
    let members = more.as_object().expect("an object").clone();
    template.as_object_mut().expect("an object").extend(members);
    moto.world()
        .file("template.json", &template.to_string())
        .file(
            "acetate.toml",
            &format!("{CONFIG}template = \"file:template.json\"\n"),
        )
}

fn check(place: &World, only: &str) -> Checked {
    let others = NAMES
        .iter()
        .filter(|name| **name != only && **name != "all");
    let skipped: Vec<String> = others.map(|name| format!("--skip-check={name}")).collect();
    let mut arguments = vec!["verify", "--format=json", "--check-timeout=3s"];
    arguments.extend(skipped.iter().map(String::as_str));
    let ran = place.run(&arguments);
    let shown = ran.json();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let checks = shown[0]["checks"].as_array().expect("checks").iter();
    let told = checks.map(|c| (text(&c["outcome"]), text(&c["findings"][0]["message"])));
    let told: Vec<(String, String)> = told.collect();
    let faulty = told.iter().any(|(outcome, _)| outcome == "fault");
    assert_eq!(ran.code, Some(if faulty { 5 } else { 0 }), "{ran}");
    Checked { ran, told }
}

/// The check of one container that has these members.
fn of(moto: &Moto, app: Value, only: &str) -> Checked {
    check(&place(moto, app, &json!({})), only)
}

fn from(source: &str) -> Value {
    json!({ "secrets": [{ "name": "A", "valueFrom": source }] })
}

fn made(moto: &Moto, calls: &[Value]) -> Vec<Value> {
    moto.calls(calls)
        .iter()
        .map(|told| told.ok().clone())
        .collect()
}

/// moto has repositories and images; it does not serve the rules of pull-through caches, so that
/// an image that is missing is a warning there, for a rule may bring it.
#[test]
fn images_of_ecr_for_the_platform_of_the_task() {
    let Some(moto) = Moto::shared() else { return };
    let index = |architecture: &str| {
        let platform = json!({ "os": "linux", "architecture": architecture });
        let digest = format!("sha256:{}", "a".repeat(64));
        let image = json!({
            "mediaType": "application/vnd.oci.image.manifest.v1+json", "digest": digest, "size": 1,
            "platform": platform,
        });
        json!({
            "schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json",
            "manifests": [image],
        })
    };
    let put = |tag: &str, architecture: &str| {
        let manifest = index(architecture).to_string();
        let with =
            json!({ "repositoryName": "verify-web", "imageTag": tag, "imageManifest": manifest });
        call("ecr", "put_image", with)
    };
    let repository = json!({ "repositoryName": "verify-web" });
    made(
        &moto,
        &[
            call("ecr", "create_repository", repository),
            put("intel", "amd64"),
            put("arm", "arm64"),
        ],
    );
    let image = |name: &str, region: &str| {
        let name = format!("123456789012.dkr.ecr.{region}.amazonaws.com/{name}");
        let fargate = json!({ "requiresCompatibilities": ["FARGATE"] });
        check(&place(&moto, json!({ "image": name }), &fargate), "images")
    };
    image("verify-web:intel", "eu-west-1").is_ok();
    image("verify-web:arm", "eu-west-1").is("fault", "is not made for `linux/amd64`");
    // In the region of the registry, where nothing was pushed.
    for (name, region) in [
        ("verify-web:none", "eu-west-1"),
        ("verify-none:1", "eu-west-1"),
        ("verify-web:intel", "us-east-1"),
    ] {
        let missing = image(name, region);
        assert_eq!(missing.outcomes(), ["warning"], "{}", missing.ran);
    }
}

#[test]
fn secrets_that_are_there_whole_and_not_being_deleted() {
    let Some(moto) = Moto::shared() else { return };
    let secret = |name: &str| json!({ "Name": name, "SecretString": "hush-hush" });
    let arns: Vec<String> = made(
        &moto,
        &[
            call("secretsmanager", "create_secret", secret("verify/db")),
            call("secretsmanager", "create_secret", secret("verify/gone")),
            call_in(
                "us-east-1",
                "secretsmanager",
                "create_secret",
                secret("verify/there"),
            ),
            call(
                "secretsmanager",
                "delete_secret",
                json!({ "SecretId": "verify/gone" }),
            ),
        ],
    )
    .iter()
    .map(|told| told["ARN"].as_str().expect("an ARN").to_owned())
    .collect();
    let secret = |arn: &str| of(&moto, from(arn), "secrets");
    secret(&arns[0]).is_ok();
    secret(&arns[1]).is("fault", "is being deleted");
    secret(&arns[2]).is(
        "warning",
        "is in region `us-east-1`, and the task runs in `eu-west-1`",
    );
    // Its ARN names a region in which it is not.
    secret(&arns[0].replace("eu-west-1", "us-east-1")).is("fault", "there is no secret");
    secret("arn:aws:secretsmanager:eu-west-1:123456789012:secret:verify/none-AbCdEf")
        .is("fault", "there is no secret");
    secret(&arns[0].replace("123456789012", "999999999999"))
        .is("warning", "is of account `999999999999`");
    secret(&arns[0].replace("arn:aws:", "arn:aws-cn:")).is("fault", "is of partition `aws-cn`");
}

/// moto finds a secret by the beginning of its ARN, whatever that ends in; Secrets Manager takes
/// an end like `-secret` for the random one and finds nothing. That is shown on our own endpoint.
#[test]
fn a_partial_arn_is_a_warning_on_moto() {
    let Some(moto) = Moto::shared() else { return };
    let made = made(
        &moto,
        &[call(
            "secretsmanager",
            "create_secret",
            json!({ "Name": "verify/partial", "SecretString": "hush-hush" }),
        )],
    );
    let arn = made[0]["ARN"].as_str().expect("an ARN");
    let (partial, _) = arn.rsplit_once('-').expect("a random end");
    of(&moto, from(partial), "secrets").is("warning", "is no full ARN");
}

#[test]
fn keys_that_the_secret_has() {
    let Some(moto) = Moto::shared() else { return };
    let secret = json!({ "Name": "verify/keys", "SecretString": r#"{"url":"hush-hush"}"# });
    let made = made(&moto, &[call("secretsmanager", "create_secret", secret)]);
    let arn = made[0]["ARN"].as_str().expect("an ARN");
    of(&moto, from(&format!("{arn}:url::")), "secret-keys").is_ok();
    let missing = of(&moto, from(&format!("{arn}:ulr::")), "secret-keys");
    missing.is("fault", "has no key `ulr`");
    assert!(
        !missing.ran.to_string().contains("hush-hush"),
        "{}",
        missing.ran
    );
}

#[test]
fn parameters_in_the_region_that_is_named() {
    let Some(moto) = Moto::shared() else { return };
    let parameter =
        |name: &str| json!({ "Name": name, "Type": "SecureString", "Value": "hush-hush" });
    made(
        &moto,
        &[
            call("ssm", "put_parameter", parameter("/verify/key")),
            call_in(
                "us-east-1",
                "ssm",
                "put_parameter",
                parameter("/verify/there"),
            ),
        ],
    );
    let arn =
        |region: &str, name: &str| format!("arn:aws:ssm:{region}:123456789012:parameter{name}");
    let parameter = |source: &str| of(&moto, from(source), "parameters");
    parameter("/verify/key").is_ok();
    parameter(&arn("eu-west-1", "/verify/key")).is_ok();
    parameter("/verify/none").is("fault", "there is no parameter `/verify/none`");
    parameter(&arn("us-east-1", "/verify/there")).is("warning", "is in region `us-east-1`");
    parameter(&arn("us-east-1", "/verify/key")).is("fault", "there is no parameter");
    // By name, only the task's own region is meant.
    parameter("/verify/there").is("fault", "there is no parameter");
}

fn role(name: &str, trusts: &str) -> Value {
    let trust = json!({ "Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": { "Service": trusts }, "Action": "sts:AssumeRole",
    }] });
    let with = json!({ "RoleName": name, "AssumeRolePolicyDocument": trust.to_string() });
    call("iam", "create_role", with)
}

#[test]
fn roles_that_are_there_and_trust_tasks() {
    let Some(moto) = Moto::shared() else { return };
    made(
        &moto,
        &[
            role("verify-tasks", "ecs-tasks.amazonaws.com"),
            role("verify-lambda", "lambda.amazonaws.com"),
        ],
    );
    let role = |name: &str| {
        let arn = format!("arn:aws:iam::123456789012:role/{name}");
        check(
            &place(&moto, json!({}), &json!({ "taskRoleArn": arn })),
            "roles",
        )
    };
    role("verify-tasks").is_ok();
    role("verify-lambda").is("fault", "does not trust `ecs-tasks.amazonaws.com`");
    role("verify-none").is("fault", "there is no role");
    role("path/verify-tasks").is("fault", "the one of that name is");
}

/// moto simulates no policies: it answers with 500 and a page. What the simulation says is shown
/// on our own endpoint; here, that a check which gets no answer is a warning and fails nothing.
#[test]
fn access_of_the_execution_role_is_a_warning_on_moto() {
    let Some(moto) = Moto::shared() else { return };
    made(&moto, &[role("verify-access", "ecs-tasks.amazonaws.com")]);
    let arn = "arn:aws:iam::123456789012:role/verify-access";
    let place = place(
        &moto,
        from("/verify/any"),
        &json!({ "executionRoleArn": arn }),
    );
    check(&place, "role-access").is("warning", "is not checked");
}

#[test]
fn log_groups_in_the_region_of_their_option() {
    let Some(moto) = Moto::shared() else { return };
    let group = |name: &str| json!({ "logGroupName": name });
    made(
        &moto,
        &[
            call("logs", "create_log_group", group("/verify/web")),
            call_in(
                "us-east-1",
                "logs",
                "create_log_group",
                group("/verify/there"),
            ),
        ],
    );
    let group = |name: &str, region: &str| {
        let options = json!({ "awslogs-group": name, "awslogs-region": region });
        let log = json!({ "logDriver": "awslogs", "options": options });
        of(&moto, json!({ "logConfiguration": log }), "log-groups")
    };
    group("/verify/web", "eu-west-1").is_ok();
    group("/verify/there", "us-east-1").is_ok();
    group("/verify/there", "eu-west-1").is("fault", "there is no log group `/verify/there`");
    // Not one that only begins so.
    group("/verify/we", "eu-west-1").is("fault", "there is no log group `/verify/we`");
}

/// moto hands a bucket out in every region; that one in another region is asked there is shown in
/// the library's tests.
#[test]
fn files_of_variables_that_are_there() {
    let Some(moto) = Moto::shared() else { return };
    made(
        &moto,
        &[
            call(
                "s3",
                "create_bucket",
                json!({
                    "Bucket": "verify-files",
                    "CreateBucketConfiguration": { "LocationConstraint": "eu-west-1" },
                }),
            ),
            call(
                "s3",
                "put_object",
                json!({ "Bucket": "verify-files", "Key": "a/web.env", "Body": "A=1" }),
            ),
        ],
    );
    let file = |path: &str| {
        let file = json!({ "type": "s3", "value": format!("arn:aws:s3:::{path}") });
        of(&moto, json!({ "environmentFiles": [file] }), "env-files")
    };
    file("verify-files/a/web.env").is_ok();
    file("verify-files/none.env").is("fault", "there is no object `none.env`");
    file("verify-no-bucket/web.env").is("fault", "there is no object `web.env`");
}

/// moto keeps load balancers of a service, and nothing of Service Connect: that is shown on our
/// own endpoint.
#[test]
fn what_the_service_names_is_still_there() {
    let Some(moto) = Moto::shared() else { return };
    let definition = json!({ "family": "verify-service", "containerDefinitions": [{
        "name": "app", "image": "app:1", "memory": 64, "portMappings": [{ "containerPort": 80 }],
    }] });
    let target = json!({ "targetGroupArn": "arn:a", "containerName": "app", "containerPort": 80 });
    let service = json!({
        "cluster": "verify", "serviceName": "verify", "taskDefinition": "verify-service",
        "desiredCount": 1, "loadBalancers": [target],
    });
    made(
        &moto,
        &[
            call("ecs", "create_cluster", json!({ "clusterName": "verify" })),
            call("ecs", "register_task_definition", definition),
            call("ecs", "create_service", service),
        ],
    );
    let with = |ports: Value| {
        let place = place(&moto, json!({ "portMappings": ports }), &json!({}));
        let config = format!(
            "{CONFIG}template = \"file:template.json\"\ncluster = \"verify\"\nservice = \"verify\"\n"
        );
        check(&place.file("acetate.toml", &config), "service")
    };
    with(json!([{ "containerPort": 80 }])).is_ok();
    with(json!([{ "containerPort": 81 }])).is("fault", "names port 80 of container `app`");
}
