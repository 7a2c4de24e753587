//! What a CI system is told: annotations, the job summary, values for the steps that follow.

use acetate::local::Outcome;
use insta::assert_snapshot;

use crate::deploy::{CONFIG, Practice, deployed, steady, world};
use crate::support::{Ran, World};

/// As a step of GitHub Actions.
fn github(practice: Practice) -> Practice {
    let place = as_step(practice.place);
    Practice { place, ..practice }
}

fn as_step(place: World) -> World {
    let path = |name: &str| place.path().join(name).display().to_string();
    let (summary, values, folder) = (path("summary.md"), path("values"), path(""));
    place
        .variable("GITHUB_ACTIONS", "true")
        .variable("GITHUB_STEP_SUMMARY", &summary)
        .variable("GITHUB_OUTPUT", &values)
        .variable("GITHUB_WORKSPACE", &folder)
}

fn annotations(ran: &Ran) -> Vec<&str> {
    ran.stderr
        .lines()
        .filter(|line| line.starts_with("::"))
        .collect()
}

/// The values, as GitHub reads them.
fn values(place: &World) -> Vec<(String, String)> {
    let text = place.read("values");
    let mut lines = text.lines();
    let mut found = Vec::new();
    while let Some(line) = lines.next() {
        let (name, mark) = line.split_once("<<").expect("each value has a mark");
        let value: Vec<&str> = lines.by_ref().take_while(|line| *line != mark).collect();
        found.push((name.to_owned(), value.join("\n")));
    }
    found
}

fn value(place: &World, name: &str) -> Option<String> {
    values(place)
        .into_iter()
        .find(|(n, _)| n == name)
        .map(|(_, value)| value)
}

#[test]
fn a_good_deploy_is_summed_up() {
    let practice = github(deployed(|_| {}, &[Outcome::Ok]));
    let ran = practice.deploy("app:2", &[]).expect(0);
    assert_eq!(annotations(&ran), [""; 0]);
    let summary = practice.place.read("summary.md");
    let (head, rest) = summary.split_once(" of 2 | ").expect("a row");
    assert_snapshot!(head, @r"
    ### acetate deploy: succeeded

    | service | result | revision | before | tasks | time |
    | --- | --- | --- | --- | --- | --- |
    | web | runs | <code>web&#58;2</code> | <code>web&#58;1</code> | 2
    ");
    let (_, difference) = rest.split_once('\n').expect("the difference");
    assert_snapshot!(difference, @r#"

    <details><summary>web: 1 place differs from what ran</summary>

    ```diff
    --- arn:aws:ecs:us-east-1:123456789012:task-definition/web:1
    +++ web from arn:aws:ecs:us-east-1:123456789012:task-definition/web-template:1
    by you
    ~ /containerDefinitions/app/image  "app:1" → "app:2"
    ```

    </details>

    "#);
    let named = |name: &str| value(&practice.place, name).unwrap_or_default();
    assert_eq!(named("result"), "succeeded");
    assert_eq!(named("exit-code"), "0");
    let arn = "arn:aws:ecs:us-east-1:123456789012:task-definition/web";
    assert_eq!(named("task-definition"), format!("{arn}:2"));
    assert_eq!(named("before"), format!("{arn}:1"));
    assert!(
        named("deployment").contains(":service-deployment/prod/web/"),
        "{}",
        named("deployment")
    );
    assert_eq!(named("updated"), "true");
    assert_eq!(named("differences"), "1");
}

#[test]
fn a_failed_deploy_says_why_in_each_place() {
    let practice = github(deployed(|_| {}, &[Outcome::RolledBack]));
    let ran = practice.deploy("app:2", &[]).expect(6);
    let said = annotations(&ran).join("\n");
    assert_snapshot!(steady(&said), @"::error title=acetate deploy::the deployment of `web:2` to `web` failed, and the service is back on `web:1` (Service deployment rolled back because the circuit breaker threshold was exceeded.)");
    let summary = practice.place.read("summary.md");
    assert!(summary.contains("acetate deploy: rolled back"), "{summary}");
    assert!(
        summary.contains("container `app` exited with 1"),
        "{summary}"
    );
    assert!(summary.contains("Exit code 6."), "{summary}");
    assert_eq!(
        value(&practice.place, "result").as_deref(),
        Some("rolled-back")
    );
    assert_eq!(value(&practice.place, "exit-code").as_deref(), Some("6"));
}

#[test]
fn a_fault_of_the_configuration_is_annotated_at_its_line() {
    let place = as_step(World::new())
        .file("acetate.toml", CONFIG)
        .file("below/acetate.toml", "famly = \"x\"\n");
    let ran = place.run(&["validate"]).expect(1);
    assert_snapshot!(annotations(&ran).join("\n"), @r"
    ::error file=acetate.toml,line=8,col=9,title=acetate validate::input `image` has no value (key `containers.app.image`)%0Ahint: give it with `--set image=…`
    ::error title=acetate validate::the configuration has 1 fault
    ");
    assert_eq!(value(&place, "result").as_deref(), Some("bad-input"));
    // From a folder below the repository's.
    let mut command = place.command(&["validate"]);
    let output = command
        .current_dir(place.path().join("below"))
        .output()
        .expect("it runs");
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        told.contains("::error file=below/acetate.toml,line=1,col=1,"),
        "{told}"
    );
}

#[test]
fn foreign_text_is_no_command_and_no_value() {
    let evil = "no\\n::set-output name=result::succeeded\\n##[add-mask]x\\nresult=succeeded\\nresult<<EOF\\nsucceeded\\nEOF";
    let config = CONFIG.replace("\"web\"\ntemplate", &format!("\"{evil}\"\ntemplate"));
    let practice = github(Practice::new(world(&[]), &config));
    let ran = practice.deploy("app:2", &[]).expect(1);
    assert_eq!(annotations(&ran).len(), 1, "{ran}");
    for line in ran.stderr.lines().chain(ran.stdout.lines()) {
        let obeyed = line.trim_start().starts_with("::") && !line.starts_with("::error title=");
        assert!(!obeyed && !line.contains("##["), "{ran}");
    }
    let results: Vec<_> = values(&practice.place);
    let results: Vec<_> = results
        .iter()
        .filter(|(name, _)| name == "result")
        .collect();
    assert_eq!(results.len(), 1);
    assert_eq!(results[0].1, "bad-input");
}

#[test]
fn it_can_be_turned_off_and_on() {
    let practice = github(deployed(|_| {}, &[Outcome::Ok]));
    practice.deploy("app:2", &["--ci", "off"]).expect(0);
    assert!(!practice.place.path().join("summary.md").exists());
    assert!(!practice.place.path().join("values").exists());
    let place = World::new();
    let ran = place.run(&["validate", "--ci", "github"]).expect(1);
    assert_eq!(annotations(&ran).len(), 1, "{ran}");
}

#[test]
fn values_are_written_for_any_other_system() {
    let practice = deployed(|_| {}, &[Outcome::Ok]);
    practice
        .deploy("app:2", &["--outputs", "deploy.env"])
        .expect(0);
    let text = practice.place.read("deploy.env");
    let arn = "arn:aws:ecs:us-east-1:123456789012:task-definition/web:2";
    for line in [
        "ACETATE_RESULT=succeeded",
        "ACETATE_EXIT_CODE=0",
        &format!("ACETATE_TASK_DEFINITION={arn}"),
    ] {
        assert!(text.lines().any(|l| l == line), "{text}");
    }
    assert!(text.lines().all(|l| l.starts_with("ACETATE_")), "{text}");
}

#[test]
fn a_file_of_outputs_that_cannot_be_written_is_told_before_anything_is_done() {
    let practice = deployed(|_| {}, &[Outcome::Ok]);
    let ran = practice.deploy("app:2", &["--outputs", "no/folder/deploy.env"]);
    let ran = ran.expect(1);
    assert!(
        ran.stderr
            .contains("could not write `no/folder/deploy.env`"),
        "{ran}"
    );
    assert_eq!(practice.operations(), Vec::<String>::new());
    // The check leaves nothing behind, and nothing is taken from a file that is there.
    let place = World::new().file("kept.env", "A=1\n");
    for file in ["new.env", "kept.env"] {
        place
            .run(&["completions", "bash", "--outputs", file])
            .expect(0);
    }
    assert!(!place.path().join("new.env").exists());
    assert_eq!(place.read("kept.env"), "A=1\n");
}

#[test]
fn githubs_own_file_that_cannot_be_written_is_a_warning() {
    let Practice { endpoint, place } = deployed(|_| {}, &[Outcome::Ok]);
    let place = place
        .variable("GITHUB_ACTIONS", "true")
        .variable("GITHUB_OUTPUT", "no/folder/values");
    let practice = Practice { endpoint, place };
    let ran = practice.deploy("app:2", &[]).expect(0);
    assert!(
        ran.stderr.contains("could not write `no/folder/values`"),
        "{ran}"
    );
}

#[test]
fn every_output_and_every_result_is_in_the_list() {
    let readme = include_str!("../../README.md");
    let list = readme.split("- **outputs**:").nth(1).expect("the list");
    let list = list.split("\n\n").next().expect("its end");
    let source = include_str!("../../host/src/output/ci/values.rs");
    let code = source.split("#[cfg(test)]").next().expect("the code");
    let words = code.split('"').skip(1).step_by(2);
    let is_word = |text: &&str| {
        text.contains(|c: char| c.is_ascii_lowercase())
            && text.chars().all(|c| c.is_ascii_lowercase() || c == '-')
    };
    let mut many = 0;
    for word in words.filter(is_word) {
        assert!(list.contains(&format!("`{word}`")), "{word}");
        many += 1;
    }
    assert!(many > 20, "{many}");
}

#[test]
fn a_plan_is_summed_up_with_its_difference() {
    let practice = github(deployed(|_| {}, &[]));
    practice
        .place
        .run(&["plan", "--set", "image=app:2"])
        .expect(0);
    let summary = practice.place.read("summary.md");
    assert!(
        summary.contains("~ /containerDefinitions/app/image"),
        "{summary}"
    );
    assert!(
        summary.contains("register a new revision of web"),
        "{summary}"
    );
    assert_eq!(value(&practice.place, "updated").as_deref(), Some("false"));
    assert_eq!(value(&practice.place, "differences").as_deref(), Some("1"));
}

#[test]
fn a_key_of_a_container_that_is_none_is_annotated_at_its_line() {
    let practice = github(deployed(|_| {}, &[Outcome::Ok]));
    let text = CONFIG.replace("[containers.app]", "[containers.app]\nimgae = \"x\"");
    let line = text.lines().position(|line| line.starts_with("imgae"));
    let line = line.expect("it is there") + 1;
    std::fs::write(practice.place.path().join("acetate.toml"), &text).expect("writable");
    let ran = practice.deploy("app:2", &[]).expect(1);
    let expected = format!(
        "::error file=acetate.toml,line={line},col=1,title=acetate deploy::unknown key `imgae` (key `containers.app.imgae`)%0Ahint: did you mean `image`?"
    );
    assert_eq!(annotations(&ran)[0], expected);
}
