//! The store as the program uses it: many processes, the key, and what is done meanwhile.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::json;

use super::{component, files, key, only};
use crate::support::{World, project};

/// A project with the component as a plugin of its own.
pub(super) fn world() -> World {
    let entry = "\n[overlays.other]\nplugin = \"path:other.wasm\"\norder = 1\n\
                 allow = [\"env:*:OTEL_*\"]\n";
    let world = project::small().file(
        "acetate.toml",
        &format!("{}{entry}", project::CONFIGURATION),
    );
    std::fs::write(world.path().join("other.wasm"), component())
        .expect("the folder can be read and written");
    world
}

const RENDER: [&str; 5] = ["render", "-v", "--offline", "--set", "image=app:1"];

#[test]
fn many_processes_at_once_make_one_valid_file() {
    let world = world();
    let started: Vec<_> = (0..20)
        .map(|_| {
            world
                .command(&RENDER)
                .stdout(std::process::Stdio::piped())
                .stderr(std::process::Stdio::piped())
                .spawn()
                .expect("the binary starts")
        })
        .collect();
    let mut printed: Vec<_> = started
        .into_iter()
        .map(|child| {
            let output = child.wait_with_output().expect("it ends");
            let told = String::from_utf8_lossy(&output.stderr).into_owned();
            assert!(output.status.success(), "{told}");
            assert!(!told.contains("compiled code"), "{told}");
            output.stdout
        })
        .collect();
    printed.dedup();
    assert_eq!(printed.len(), 1);
    let file = only(&world.path().join(".cache/acetate"));
    let before = std::fs::read(&file).unwrap();
    only(&world.path().join(".config/acetate"));
    // Nobody makes it again.
    let again = world.run(&RENDER).expect(0);
    assert!(!again.stderr.contains("compiled code"), "{again}");
    assert_eq!(std::fs::read(&file).unwrap(), before);
}

fn said(ran: &crate::support::Ran) -> String {
    let lines = ran.stderr.lines();
    lines
        .filter(|line| line.contains("compiled code"))
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn the_key_is_made_once_for_this_user_alone() {
    use std::os::unix::fs::PermissionsExt;
    let world = world();
    world.run(&RENDER).expect(0);
    let file = world.path().join(".config/acetate/store.key");
    let mode = file.metadata().unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let made = std::fs::read_to_string(&file).unwrap();
    assert_eq!(made.trim_end().len(), 64);
    world.run(&RENDER).expect(0);
    assert_eq!(std::fs::read_to_string(&file).unwrap(), made);
}

#[test]
fn a_key_that_others_may_know_is_not_used() {
    use std::os::unix::fs::PermissionsExt;
    let world = world();
    world.run(&RENDER).expect(0);
    let file = world.path().join(".config/acetate/store.key");
    let kept = world.path().join(".cache/acetate");
    std::fs::remove_file(only(&kept)).unwrap();
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o640)).unwrap();
    // A warning: also without -v.
    let ran = world
        .run(&["render", "--offline", "--set", "image=app:1"])
        .expect(0);
    insta::assert_snapshot!(said(&ran), @"warning: compiled code of plugins is not kept: `[FOLDER]/.config/acetate/store.key` may be read or written by others (mode 640)");
    let mut kept = files(&kept);
    kept.retain(|file| file.extension().is_none_or(|kind| kind != "seen"));
    assert_eq!(kept, Vec::<PathBuf>::new());

    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::write(&file, "short").unwrap();
    let ran = world.run(&RENDER).expect(0);
    insta::assert_snapshot!(said(&ran), @"warning: compiled code of plugins is not kept: `[FOLDER]/.config/acetate/store.key` is not 64 hexadecimal digits");
}

#[test]
fn without_a_home_nothing_is_kept_and_that_is_said_once() {
    let world = world().variable("HOME", "/dev/null/home");
    let ran = world.run(&RENDER).expect(0);
    insta::assert_snapshot!(said(&ran), @"note: compiled code of plugins is not kept: no key can be kept in `/dev/null/home/.config/acetate/store.key`: Not a directory (os error 20)");
    let quiet = world
        .run(&["render", "--offline", "--set", "image=app:1"])
        .expect(0);
    assert_eq!((said(&quiet), quiet.stdout), (String::new(), ran.stdout));
}

#[test]
fn a_key_from_the_environment_needs_no_file() {
    let named = world().variable("ACETATE_STORE_KEY", &key("c"));
    let store = named.path().join("kept").display().to_string();
    let named = named.variable("ACETATE_STORE", &store);
    let ran = named.run(&RENDER).expect(0);
    assert_eq!(said(&ran), "");
    only(&named.path().join("kept"));
    assert!(!named.path().join(".config").exists());
    assert!(!named.path().join(".cache").exists());

    let wrong = named.variable("ACETATE_STORE_KEY", "hunter2");
    let ran = wrong.run(&RENDER).expect(0);
    insta::assert_snapshot!(said(&ran), @"warning: compiled code of plugins is not kept: `ACETATE_STORE_KEY` is not 64 hexadecimal digits");
    assert!(!ran.stderr.contains("hunter2"), "{ran}");
}

/// Answers one request once this folder keeps code, and says what was asked.
fn answer_once_code_is_kept(listener: &TcpListener, store: &Path, body: &str) -> String {
    let (mut stream, _) = listener.accept().expect("it connects");
    let mut asked = Vec::new();
    let mut byte = [0];
    while !asked.ends_with(b"\r\n\r\n") {
        stream.read_exact(&mut byte).expect("it asks");
        asked.push(byte[0]);
    }
    let is_code = |file: &PathBuf| file.extension().is_some_and(|kind| kind == "code");
    let until = Instant::now() + Duration::from_secs(60);
    while !(store.exists() && files(store).iter().any(is_code)) {
        assert!(
            Instant::now() < until,
            "no plugin is compiled while AWS is silent"
        );
        std::thread::yield_now();
    }
    let head = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: application/x-amz-json-1.1";
    let length = body.len();
    write!(stream, "{head}\r\ncontent-length: {length}\r\n\r\n{body}").expect("it listens");
    String::from_utf8_lossy(&asked).into_owned()
}

/// AWS is silent until the plugin is compiled: a run that waited for it would never end.
#[test]
fn plugins_load_while_aws_is_asked() {
    let world = world();
    let configuration = std::fs::read_to_string(world.path().join("acetate.toml")).unwrap();
    let configuration = configuration.replace("file:template.json", "ecs:web-template");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let world = world
        .file("acetate.toml", &configuration)
        .variable("AWS_ENDPOINT_URL", &url)
        .variable("AWS_REGION", "eu-west-1")
        .variable("AWS_ACCESS_KEY_ID", "practice")
        .variable("AWS_SECRET_ACCESS_KEY", "practice");
    let mut template: serde_json::Value = serde_json::from_str(project::TEMPLATE).unwrap();
    template["taskDefinitionArn"] =
        json!("arn:aws:ecs:eu-west-1:111111111111:task-definition/web-template:1");
    template["revision"] = json!(1);
    template["status"] = json!("ACTIVE");
    let body = json!({ "taskDefinition": template }).to_string();
    let store = world.path().join(".cache/acetate");
    let asked = std::thread::scope(|threads| {
        let answered = threads.spawn(|| answer_once_code_is_kept(&listener, &store, &body));
        world.run(&["render", "--set", "image=app:1"]).expect(0);
        answered.join().expect("it answered")
    });
    assert!(asked.contains("DescribeTaskDefinition"), "{asked}");
}
