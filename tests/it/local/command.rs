//! The verb: it serves until it is interrupted, or around one command.

use std::io::{BufRead, BufReader};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use crate::support::World;

#[test]
fn it_says_what_to_export_and_serves_until_it_is_interrupted() {
    let place = World::new();
    let mut serving = place
        .command(&["local", "-q"])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut line = String::new();
    BufReader::new(serving.stdout.take().expect("stdout is piped"))
        .read_line(&mut line)
        .expect("a line is printed");
    let url = line
        .strip_prefix("export AWS_ENDPOINT_URL=http://")
        .and_then(|rest| rest.split_once(' '));
    let (address, rest) = url.unwrap_or_else(|| panic!("{line}"));
    assert_eq!(
        rest.trim_end(),
        "AWS_REGION=us-east-1 AWS_ACCESS_KEY_ID=practice AWS_SECRET_ACCESS_KEY=practice"
    );
    TcpStream::connect(address).expect("it listens");
    let interrupt = Command::new("kill")
        .args(["-INT", &serving.id().to_string()])
        .status();
    assert!(interrupt.expect("kill starts").success());
    assert_eq!(serving.wait().expect("it ends").code(), Some(0));
}

#[test]
fn around_a_command_it_ends_as_the_command_does() {
    let place = World::new();
    let ran = place.run(&["local", "--", "completions", "bash"]).expect(0);
    assert!(ran.stdout.contains("_acetate"), "{ran}");
    assert!(ran.stderr.contains("this is not ECS"), "{ran}");
    place
        .run(&[
            "local", "-q", "--format", "json", "--", "man", "--format", "text",
        ])
        .expect(0);
    place
        .run(&["local", "--", "completions", "cobol"])
        .expect(2);
}

#[test]
fn a_bad_world_is_told_with_its_place() {
    let place = World::new().file("world.toml", "[[services]]\nnmae = \"web\"\n");
    let ran = place.run(&["local", "--world", "world.toml"]).expect(1);
    assert!(
        ran.stderr.contains("line 2") && ran.stderr.contains("nmae"),
        "{ran}"
    );
    place.run(&["local", "--world", "none.toml"]).expect(1);
}

#[test]
fn what_stands_before_the_command_is_meant_for_it_too() {
    let place = World::new().file("other.toml", "nonsense = 1\n");
    let ran = place
        .run(&["local", "-c", "other.toml", "--", "show"])
        .expect(1);
    assert!(
        ran.stderr.contains("other.toml") && ran.stderr.contains("nonsense"),
        "{ran}"
    );
}
