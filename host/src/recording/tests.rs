//! Tests of [`super`].

use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use cap_std::ambient_authority;
use cap_std::fs::{Dir, Permissions, PermissionsExt as _};
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::edit::Failure;
use crate::plugin::{Lookups, Question, Replied, Reply, Shape};

fn world() -> KeptWorld {
    KeptWorld {
        extent: Extent::Service,
        template: KeptTemplate {
            asked_for: "ecs:t".to_owned(),
            reference: "arn:t:1".to_owned(),
            text: r#"{"containerDefinitions":[],"n":1.0}"#.to_owned(),
        },
        family: "web".to_owned(),
        region: Some("eu-west-1".to_owned()),
        service: Some(ServiceView {
            name: "web".to_owned(),
            created_at: Some(1_700_000_000.125),
            load_balancers: vec![("app".to_owned(), 80)],
            ..ServiceView::default()
        }),
        running: Some(KeptRevision {
            arn: "arn:web:1".to_owned(),
            definition: serde_json::from_str(r#"{"z":1e3,"a":{"b":12345678901234567890}}"#)
                .unwrap(),
        }),
        latest: None,
        template_then: Some(KeptThen::Unknown("no stamp".to_owned())),
    }
}

fn recording(asked: Asked) -> Recording {
    Recording {
        world: world(),
        asked,
    }
}

fn question() -> impl Strategy<Value = Question> {
    let kinds: [fn(String) -> Question; 10] = [
        Question::ParameterNames,
        Question::ParameterArn,
        Question::ParameterKind,
        Question::ParameterValue,
        Question::SecretNames,
        Question::SecretArn,
        Question::SecretKeys,
        Question::ImageDigest,
        Question::FileEntries,
        Question::FileRead,
    ];
    (0..kinds.len(), any::<String>()).prop_map(move |(at, of)| kinds[at](of))
}

fn replied(shape: Shape) -> BoxedStrategy<Replied> {
    let reply = match shape {
        Shape::Text => {
            prop_oneof![Just(Reply::Absent), any::<String>().prop_map(Reply::Text)].boxed()
        }
        Shape::List => proptest::collection::vec(any::<String>(), 0..4)
            .prop_map(Reply::List)
            .boxed(),
        Shape::Bytes => prop_oneof![
            any::<Vec<u8>>().prop_map(Reply::Bytes),
            any::<String>().prop_map(|text| Reply::Bytes(text.into_bytes()))
        ]
        .boxed(),
    };
    let failure = any::<(String, String, Option<String>)>().prop_map(|(code, message, hint)| {
        let failure = Failure::new(&code, message);
        Err(match hint {
            Some(hint) => failure.hint(hint),
            None => failure,
        })
    });
    prop_oneof![reply.prop_map(Ok), failure].boxed()
}

fn asked() -> impl Strategy<Value = Asked> {
    let one = question().prop_flat_map(|question| {
        let replied = replied(question.shape());
        (Just(question), replied)
    });
    proptest::collection::vec(one, 0..6).prop_map(|pairs| pairs.into_iter().collect())
}

proptest! {
    #[test]
    fn what_was_recorded_is_replayed(asked in asked()) {
        let before = recording(asked);
        let after = Recording::parse(before.to_text().as_bytes()).unwrap();
        prop_assert_eq!(&after, &before);
        prop_assert_eq!(after.to_text(), before.to_text());
        for (question, replied) in &before.asked {
            prop_assert_eq!(after.ask(question, Duration::ZERO), Ok(replied.clone()));
        }
    }

    /// Whatever was changed, it is told and never replayed as if it were right.
    #[test]
    fn a_changed_byte_is_told(asked in asked(), at: prop::sample::Index, byte: u8) {
        let before = recording(asked);
        let mut text = before.to_text().into_bytes();
        let at = at.index(text.len());
        text[at] = byte;
        if let Ok(after) = Recording::parse(&text) {
            prop_assert_eq!(after, before);
        }
    }

    #[test]
    fn a_cut_recording_is_told(asked in asked(), at: prop::sample::Index) {
        let text = recording(asked).to_text();
        let cut = &text.as_bytes()[..at.index(text.len() - 1)];
        prop_assert!(matches!(Recording::parse(cut), Err(BadRecording::NotJson(_))));
    }

    #[test]
    fn any_bytes_are_read_without_a_crash(bytes: Vec<u8>) {
        prop_assert!(Recording::parse(&bytes).is_err());
    }
}

#[test]
fn what_was_not_recorded_is_unavailable() {
    let known = Question::ParameterArn("/a".to_owned());
    let recording = recording([(known.clone(), Ok(Reply::Absent))].into());
    assert_eq!(recording.ask(&known, Duration::ZERO), Ok(Ok(Reply::Absent)));
    let asked = recording.ask(&Question::ParameterKind("/a".to_owned()), Duration::ZERO);
    let failure = asked.unwrap().unwrap_err();
    assert_eq!(failure.code, "unavailable");
    assert_eq!(
        failure.message,
        "`parameters` of `/a` is not in the recording, and a replay asks nobody"
    );
}

#[test]
fn what_is_no_recording_says_what_it_is() {
    let sealed = |content: Value| {
        json!({ HEAD: VERSION, "sha256": sum(&content), "content": content }).to_string()
    };
    let answers = |answers: Value| {
        sealed(json!({ "world": serde_json::to_value(world()).unwrap(), "answers": answers }))
    };
    let arn = json!({ "question": "parameter-arn", "of": "/a", "answer": { "text": "x" } });
    let list = json!({ "question": "parameter-arn", "of": "/a", "answer": { "list": [] } });
    for (text, told) in [
        ("{}".to_owned(), "it is no recording of acetate"),
        ("[]".to_owned(), "it is no recording of acetate"),
        (
            json!({ HEAD: 2 }).to_string(),
            "it is of version 2, and this acetate reads 1",
        ),
        (
            json!({ HEAD: 1 }).to_string(),
            "it was changed since it was written: its `sha256` is of another content",
        ),
        (
            sealed(json!({})),
            "its content is none of a recording: missing field `world`",
        ),
        (
            answers(json!([arn, arn])),
            "its content is none of a recording: `parameters` of `/a` stands there twice",
        ),
        (
            answers(json!([list])),
            "its content is none of a recording: `parameters` of `/a` has an answer that is none to it",
        ),
    ] {
        let error = Recording::parse(text.as_bytes()).unwrap_err();
        assert_eq!(error.to_string(), told);
    }
}

#[test]
fn a_file_is_its_owners_and_whole() {
    let place = tempfile::tempdir().unwrap();
    let folder = Dir::open_ambient_dir(place.path(), ambient_authority()).unwrap();
    let path = place.path().join("run.json");
    folder.write("run.json", "before").unwrap();
    let all = Permissions::from_std(std::fs::Permissions::from_mode(0o644));
    folder.set_permissions("run.json", all).unwrap();
    let before = recording(Asked::new());
    write(&before, &path).unwrap();
    let mode = folder.metadata("run.json").unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    assert_eq!(read(&path).unwrap(), before);
    assert_eq!(folder.entries().unwrap().count(), 1);
    folder.symlink("run.json", "link").unwrap();
    for bad in ["link", "", "none/run.json"] {
        assert!(write(&before, &place.path().join(bad)).is_err(), "{bad}");
    }
    assert!(read(&place.path().join("none.json")).is_err());
}
