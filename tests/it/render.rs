//! `acetate render`: the document, and nothing else, on stdout.

use insta::assert_snapshot;

use crate::support::project::{CONFIGURATION, TEMPLATE, small};
use crate::support::{World, root};

#[test]
fn prints_the_document_and_nothing_else() {
    let ran = small()
        .run(&["render", "--compact", "--set", "image=app:1"])
        .expect(0);
    assert_eq!(ran.stderr, "");
    let mut document = ran.json();
    let tags = document
        .as_object_mut()
        .expect("an object")
        .remove("tags")
        .expect("stamps");
    let keys: Vec<_> = tags
        .as_array()
        .expect("a list")
        .iter()
        .map(|tag| tag["key"].as_str().expect("text"))
        .collect();
    assert_eq!(
        keys,
        [
            "acetate:template-digest",
            "acetate:render-digest",
            "acetate:inputs",
            "acetate:version"
        ]
    );
    assert_snapshot!(document, @r#"{"family":"web","futureMember":{"b":1.0,"a":1e+3},"networkMode":"awsvpc","requiresCompatibilities":["FARGATE"],"cpu":"256","memory":"512","containerDefinitions":[{"name":"app","image":"app:1","essential":true,"environment":[{"name":"KEPT","value":""},{"name":"EMPTY","value":""},{"name":"LOG_LEVEL","value":"info"}]}]}"#);
}

#[test]
fn is_the_same_twice_and_elsewhere() {
    let arguments = ["render", "--set", "image=app:1"];
    let one = small().run(&arguments).expect(0);
    let other = small()
        .variable("TZ", "Asia/Tokyo")
        .variable("LC_ALL", "C")
        .run(&arguments)
        .expect(0);
    assert_eq!(one, other);
}

#[test]
fn an_input_without_value_is_told_with_its_place() {
    assert_snapshot!(small().run(&["render"]), @r"
    ------- stderr -------
    error: acetate.toml:7:9: input `image` has no value (key `containers.app.image`) [configuration]
      hint: give it with `--set image=…`
    error: the configuration has 1 fault
    [exit code 1]
    ");
}

#[test]
fn every_fault_of_the_configuration_is_told_at_once() {
    let world = World::new().file(
        "acetate.toml",
        "clutser = \"prod\"\ntemplate = \"ecs:\"\nfamily = \"web!\"\n",
    );
    assert_snapshot!(world.run(&["render"]), @r"
    ------- stderr -------
    error: acetate.toml:1:1: unknown key `clutser` [configuration]
      hint: did you mean `cluster`?
    error: acetate.toml:2:12: expected `ecs:FAMILY`, `ssm:NAME`, `s3://BUCKET/KEY`, `file:PATH` or `-`, found `ecs:` (key `template`) [configuration]
    error: acetate.toml:3:10: expected a family of letters, digits, `_` and `-`, found `web!` (key `family`) [configuration]
    error: the configuration has 3 faults
    [exit code 1]
    ");
}

#[test]
fn a_missing_configuration_names_the_way_out() {
    assert_snapshot!(World::new().run(&["render"]), @r"
    ------- stderr -------
    error: could not read `acetate.toml`
      caused by: No such file or directory (os error 2)
    hint: `acetate init` writes one; `-c FILE` names another
    [exit code 1]
    ");
}

#[test]
fn a_bad_template_says_what_and_where() {
    let text = TEMPLATE.replace(
        "\"image\": \"app:0\",",
        "\"image\": \"app:0\", \"image\": \"app:2\",",
    );
    assert_snapshot!(small().file("template.json", &text).run(&["render", "--set", "image=a"]), @r"
    ------- stderr -------
    error: template `file:template.json` is no task definition: line 9: the member `image` stands there twice (`/containerDefinitions/app/image`)
    hint: keep one: JSON readers differ in which one they take
    [exit code 1]
    ");
}

#[test]
fn the_templates_own_family_is_refused_before_any_call() {
    let text = CONFIGURATION.replace("file:template.json", "ecs:web");
    // Port 1 answers nobody: a call would end differently.
    let world = small()
        .file("acetate.toml", &text)
        .variable("AWS_ENDPOINT_URL", "http://127.0.0.1:1");
    assert_snapshot!(world.run(&["render", "--set", "image=a"]), @r#"
    ------- stderr -------
    error: `web` is the template's own family, which acetate never writes to
    hint: give acetate a family of its own, `family = "…"`; infrastructure code keeps the template's
    [exit code 4]
    "#);
}

#[test]
fn an_unknown_container_is_told_with_those_there_are() {
    let text = CONFIGURATION.replace("containers.app", "containers.ap");
    assert_snapshot!(small().file("acetate.toml", &text).run(&["render", "--set", "image=a"]), @r"
    ------- stderr -------
    error: acetate.toml:6:13: no container `ap`; the containers are `app` (key `containers.ap`) [unknown-container]
    error: the configuration has 1 fault
    [exit code 1]
    ");
}

/// A key that the built-in plugin's schema does not have, one more of a layer above, and a
/// setting that is none: each where it was written.
#[test]
fn what_the_built_in_plugin_does_not_take_is_told_at_its_place() {
    let more = "[environments.prod.containers.app]\nimgae = \"x\"\n[sidecars.log]\npreset = \"firelense\"\n";
    let text = format!("{CONFIGURATION}\n{more}");
    let run = |text: &str, with: &[&str]| {
        let arguments = [&["render", "--set", "image=a"], with].concat();
        small().file("acetate.toml", text).run(&arguments)
    };
    assert_snapshot!(run(&text, &["-e", "prod"]), @r"
    ------- stderr -------
    error: acetate.toml:12:1: unknown key `imgae` (key `environments.prod.containers.app.imgae`) [configuration]
      hint: did you mean `image`?
    error: acetate.toml:14:10: `firelense` is none of `firelens`, `adot`, `datadog`, `cloudwatch-agent` (key `sidecars.log.preset`) [configuration]
      hint: did you mean `firelens`?
    error: the configuration has 2 faults
    [exit code 1]
    ");
    // With something else that is wrong, all at once.
    let both = text.replace("[sidecars.log]", "[sidecars.log]\ncomand = []");
    let both = format!("famly = \"x\"\n{both}");
    assert_snapshot!(run(&both, &["-e", "prod"]), @r"
    ------- stderr -------
    error: acetate.toml:1:1: unknown key `famly` [configuration]
      hint: did you mean `family`?
    error: acetate.toml:13:1: unknown key `imgae` (key `environments.prod.containers.app.imgae`) [configuration]
      hint: did you mean `image`?
    error: acetate.toml:15:1: unknown key `comand` (key `sidecars.log.comand`) [configuration]
      hint: did you mean `command`?
    error: the configuration has 3 faults
    [exit code 1]
    ");
    let reported = text
        .replace("imgae = \"x\"", "dotenv = [\"absent.env\"]")
        .replace("firelense", "firelens");
    assert_snapshot!(run(&reported, &["-e", "prod"]), @r"
    ------- stderr -------
    error: acetate.toml:12:1: there is no `absent.env` in the project; paths are relative to the folder of acetate.toml (key `environments.prod.containers.app.dotenv`) [not-found]
    error: the configuration has 1 fault
    [exit code 1]
    ");
}

#[test]
fn the_template_may_come_from_standard_input() {
    let world = small().file(
        "acetate.toml",
        &CONFIGURATION.replace("file:template.json", "-"),
    );
    let mut command = world.command(&["render", "--compact", "--set", "image=app:1"]);
    let file =
        std::fs::File::open(world.path().join("template.json")).expect("the template is there");
    let output = command.stdin(file).output().expect("the binary starts");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let from_file = small()
        .run(&["render", "--compact", "--set", "image=app:1"])
        .json();
    let piped: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(
        piped["containerDefinitions"],
        from_file["containerDefinitions"]
    );
}

/// An overlay that sets nothing leaves every template of the corpus as it came, but for the
/// family and the stamps.
#[test]
fn an_empty_overlay_is_the_identity_on_the_corpus() {
    let corpus = root().join("../shared/corpus");
    let Ok(files) = std::fs::read_dir(&corpus) else {
        return crate::support::skip("render on the corpus: it is not there", true);
    };
    let world = World::new().file(
        "acetate.toml",
        "template = \"file:t.json\"\nfamily = \"acetate-copy\"\n[deploy]\nstamp = \"none\"\n",
    );
    let mut seen = 0;
    for file in files {
        let text = std::fs::read_to_string(file.expect("readable").path()).expect("readable");
        std::fs::write(world.path().join("t.json"), &text).expect("writable");
        let ran = world.run(&["render", "--compact"]).expect(0);
        let mut expected: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        expected["family"] = "acetate-copy".into();
        assert_eq!(ran.stdout.trim_end(), expected.to_string());
        seen += 1;
    }
    assert_eq!(seen, 47);
}

#[test]
fn a_run_that_needs_no_aws_asks_no_metadata_service() {
    let service = std::net::TcpListener::bind("127.0.0.1:0").expect("a free port");
    service.set_nonblocking(true).expect("it can be asked");
    let address = service.local_addr().expect("it has an address");
    let world = small().variable(
        "AWS_EC2_METADATA_SERVICE_ENDPOINT",
        &format!("http://{address}"),
    );
    let ended = world
        .command(&["render", "--set", "image=app:1"])
        .env_remove("AWS_REGION")
        .env_remove("AWS_EC2_METADATA_DISABLED")
        .output()
        .expect("the binary starts");
    assert!(ended.status.success(), "{ended:?}");
    let asked = service.accept().map(|_| ()).map_err(|e| e.kind());
    assert_eq!(asked, Err(std::io::ErrorKind::WouldBlock));
}
