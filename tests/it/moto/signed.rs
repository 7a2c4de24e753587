//! Signatures and permissions, on a server of each test's own that really checks them.

use std::io::{Read, Write};
use std::net::TcpStream;

use serde_json::{Value, json};

use crate::support::World;
use crate::support::boto::{Moto, REGION, call};

/// Access key and secret of a user who may do these actions, and nothing else.
fn user(moto: &Moto, actions: &[&str]) -> (String, String) {
    let policy = json!({
        "Version": "2012-10-17",
        "Statement": [{ "Effect": "Allow", "Action": actions, "Resource": "*" }],
    });
    let told = moto.calls(&[
        call("iam", "create_user", json!({ "UserName": "ci" })),
        call(
            "iam",
            "put_user_policy",
            json!({ "UserName": "ci", "PolicyName": "ci", "PolicyDocument": policy.to_string() }),
        ),
        call("iam", "create_access_key", json!({ "UserName": "ci" })),
    ]);
    let key = &told[2].ok()["AccessKey"];
    let text = |name: &str| key[name].as_str().expect("text").to_owned();
    (text("AccessKeyId"), text("SecretAccessKey"))
}

fn template(moto: &Moto) {
    let template = json!({
        "family": "web-template",
        "containerDefinitions": [{ "name": "app", "image": "placeholder", "memory": 64 }],
    });
    moto.ok("ecs", "register_task_definition", template);
}

/// From now on the server checks every signature and every permission.
pub fn check_from_now_on(moto: &Moto) {
    let address = moto.url().strip_prefix("http://").expect("a plain URL");
    let mut stream = TcpStream::connect(address).expect("moto listens");
    write!(
        stream,
        "POST /moto-api/reset-auth HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\
         content-type: application/octet-stream\r\ncontent-length: 1\r\n\r\n0"
    )
    .expect("the request is sent");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer comes");
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
}

fn configured(moto: &Moto, key: &str, secret: &str) -> World {
    World::new()
        .variable("AWS_ENDPOINT_URL", moto.url())
        .variable("AWS_REGION", REGION)
        .variable("AWS_ACCESS_KEY_ID", key)
        .variable("AWS_SECRET_ACCESS_KEY", secret)
        .file(
            "acetate.toml",
            "template = \"ecs:web-template\"\nfamily = \"web\"\n",
        )
}

fn registered(moto: &Moto) -> usize {
    let record = moto.recorded();
    let register = |name: &&String| *name == "RegisterTaskDefinition";
    record.iter().filter(register).count()
}

/// One server, three users' views of it: starting one takes longer than the test.
#[test]
fn signatures_and_permissions_are_checked() {
    let Some(moto) = Moto::own() else { return };
    template(&moto);
    let may_read = ["ecs:Describe*", "ecs:List*"];
    let (key, secret) = user(&moto, &may_read);
    check_from_now_on(&moto);

    // A signature that is right passes: the template is read, the raw body included.
    let reader = configured(&moto, &key, &secret);
    let rendered = reader.run(&["render"]).expect(0);
    assert_eq!(rendered.json()["family"], Value::from("web"));

    let wrong = configured(&moto, &key, "not/the/secret+of+this+key0000000000000000");
    let ran = wrong.run(&["register"]).expect(10);
    println!("{ran}");
    for word in [
        "SignatureDoesNotMatch",
        "ecs:DescribeTaskDefinition",
        "nothing was changed",
        "hint: the secret access key",
    ] {
        assert!(ran.stderr.contains(word), "no `{word}`:\n{ran}");
    }

    let unknown = configured(&moto, "AKIAUNKNOWNUNKNOWN00", &secret);
    let ran = unknown.run(&["register"]).expect(10);
    assert!(ran.stderr.contains("InvalidClientTokenId"), "{ran}");

    let ran = reader.run(&["register"]).expect(10);
    println!("{ran}");
    for word in [
        "ecs:RegisterTaskDefinition",
        "denied",
        "nothing was changed",
        "hint: allow `ecs:RegisterTaskDefinition`",
    ] {
        assert!(ran.stderr.contains(word), "no `{word}`:\n{ran}");
    }
    // One of the test's own, one that was denied.
    assert_eq!(registered(&moto), 2);
}

/// The bytes that replace the SDK's own are what is signed: else nothing could be registered.
#[test]
fn a_body_of_our_own_is_signed() {
    let Some(moto) = Moto::own() else { return };
    template(&moto);
    let (key, secret) = user(&moto, &["ecs:*"]);
    check_from_now_on(&moto);
    let world = configured(&moto, &key, &secret);
    let ran = world.run(&["register"]).expect(0);
    assert!(
        ran.stdout.trim().ends_with("task-definition/web:1"),
        "{ran}"
    );
}
