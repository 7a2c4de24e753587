//! What a CI system is told of events.

use super::values::{for_dotenv, for_github};
use super::*;
use crate::event::Outcome;

fn verdict(service: &str, outcome: Outcome) -> Event {
    Event::Verdict(Verdict {
        service: service.to_owned(),
        outcome,
        task_definition: "arn:aws:ecs:eu-west-1:1:task-definition/web:8".into(),
        now: None,
        deployment: Some("ecs-svc/8".into()),
        desired: 2,
        running: 2,
        nothing_to_do: false,
        proven: true,
        elapsed: 94.4,
        message: Some("why | <b>not</b>".into()),
        hints: Vec::new(),
    })
}

fn heard(events: &[Event]) -> Ci {
    let mut ci = Ci::new(CiOptions {
        verb: "deploy".to_owned(),
        ..CiOptions::default()
    });
    for event in events {
        assert_eq!(ci.hear(event), None, "no annotations were asked for");
    }
    ci
}

#[test]
fn values_name_what_was_deployed() {
    let ci = heard(&[verdict("web", Outcome::Succeeded)]);
    let values = values::of(&ci, 0);
    let value = |name: &str| {
        values
            .iter()
            .find(|(n, _)| *n == name)
            .map(|(_, v)| v.as_str())
    };
    assert_eq!(value("result"), Some("succeeded"));
    assert_eq!(value("exit-code"), Some("0"));
    assert_eq!(value("deployment"), Some("ecs-svc/8"));
    assert!(value("task-definition").is_some_and(|arn| arn.ends_with("web:8")));
    assert_eq!(value("updated"), Some("false"));
}

#[test]
fn several_services_are_one_value() {
    let ci = heard(&[
        verdict("web", Outcome::Succeeded),
        verdict("worker", Outcome::Failed),
        verdict("worker", Outcome::RolledBack),
    ]);
    let values = values::of(&ci, 6);
    let (_, services) = values
        .iter()
        .find(|(n, _)| *n == "services")
        .expect("services");
    let services: serde_json::Value = serde_json::from_str(services).unwrap();
    assert_eq!(
        services[1]["outcome"], "rolled-back",
        "the last verdict counts"
    );
    assert!(values.iter().all(|(name, _)| *name != "task-definition"));
}

#[test]
fn a_value_cannot_end_itself() {
    let values = vec![("message", "a\nresult=succeeded\nx<<EOF\n::b".to_owned())];
    let (first, second) = (for_github(&values), for_github(&values));
    assert_ne!(first, second, "nobody can know the mark");
    let mark = first
        .lines()
        .next()
        .and_then(|l| l.split_once("<<"))
        .expect("a mark")
        .1;
    assert_eq!(first, format!("message<<{mark}\n{}\n{mark}\n", values[0].1));
    assert_eq!(
        for_dotenv(&values),
        "ACETATE_MESSAGE=aresult=succeededx<<EOF::b\n"
    );
}

#[test]
fn nothing_is_told_of_a_run_that_only_looked() {
    let ci = heard(&[Event::Note {
        message: "read".into(),
    }]);
    assert!(ci.is_silent(0));
    assert!(!heard(&[verdict("web", Outcome::Succeeded)]).is_silent(0));
}

#[test]
fn a_file_that_cannot_be_written_is_said() {
    let mut ci = heard(&[verdict("web", Outcome::Succeeded)]);
    ci.options.summary = Some(PathBuf::from("/nowhere/at/all"));
    let told = ci.end(0);
    assert_eq!(told.len(), 1);
    assert!(
        told[0].starts_with("could not write `/nowhere/at/all`: "),
        "{told:?}"
    );
}
