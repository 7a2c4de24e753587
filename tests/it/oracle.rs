//! `validate` beside others: cfn-lint's rules and botocore's model, on the same bad documents.
//!
//! The documents and what each of the three says of them are in `support/oracle.json`. Where they do not
//! agree whether a document is bad, its `why` explains it; a test keeps it so.

use std::collections::BTreeSet;
use std::io::Write;
use std::process::{Command, Stdio};

use acetate::event::Severity;
use acetate::task_definition::TaskDefinition;
use acetate::task_definition::model::{Node, schema_places};
use acetate::validate::validate;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::support::{root, skip};

#[derive(Deserialize)]
struct Cases {
    /// The good document that every case starts from.
    good: Value,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    /// Places (plain RFC 6901) set in the good document, in order.
    #[serde(default)]
    set: serde_json::Map<String, Value>,
    /// Places removed from it.
    #[serde(default)]
    remove: Vec<String>,
    /// Our findings, errors and `?` for warnings.
    acetate: Vec<String>,
    /// cfn-lint's rules.
    #[serde(rename = "cfn-lint")]
    cfn_lint: Vec<String>,
    /// Kinds of fault that botocore's model finds.
    botocore: Vec<String>,
    /// Why not all say the same.
    why: Option<String>,
}

fn cases() -> Cases {
    let text = std::fs::read_to_string(root().join("tests/it/support/oracle.json"))
        .expect("oracle.json is there");
    serde_json::from_str(&text).expect("oracle.json is as this test wants it")
}

fn document(good: &Value, case: &Case) -> Value {
    let mut document = good.clone();
    for (pointer, value) in &case.set {
        let (parent, name) = pointer
            .rsplit_once('/')
            .expect("a pointer begins with a slash");
        match document
            .pointer_mut(parent)
            .unwrap_or_else(|| panic!("{}: no {parent}", case.name))
        {
            Value::Array(list) if list.len().to_string() == name => list.push(value.clone()),
            Value::Array(list) => list[name.parse::<usize>().expect("an index")] = value.clone(),
            other => other[name] = value.clone(),
        }
    }
    for pointer in &case.remove {
        let (parent, name) = pointer
            .rsplit_once('/')
            .expect("a pointer begins with a slash");
        let parent = document.pointer_mut(parent).and_then(Value::as_object_mut);
        let removed = parent.and_then(|parent| parent.shift_remove(name));
        assert!(removed.is_some(), "{}: nothing at {pointer}", case.name);
    }
    document
}

/// The codes of what we find, warnings with a question mark.
fn ours(document: Value) -> Vec<String> {
    let found = validate(&TaskDefinition::new(document).expect("an object"));
    let codes: BTreeSet<String> = found
        .into_iter()
        .map(|d| {
            if d.severity == Severity::Error {
                d.code
            } else {
                format!("{}?", d.code)
            }
        })
        .collect();
    codes.into_iter().collect()
}

/// Asks the script; `None`, said aloud, where there is no Python with cfn-lint and botocore.
fn others(documents: &[Value]) -> Option<Value> {
    let Some(python) = std::env::var_os("ACETATE_TEST_PYTHON") else {
        skip(
            "comparing with cfn-lint and botocore needs ACETATE_TEST_PYTHON (tests/run sets it)",
            false,
        );
        return None;
    };
    let mut script = Command::new(python)
        .arg(root().join("tests/it/support/oracle.py"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("Python starts");
    let question = json!({ "documents": documents }).to_string();
    script
        .stdin
        .take()
        .expect("piped")
        .write_all(question.as_bytes())
        .expect("the script reads");
    let answer = script.wait_with_output().expect("the script ends");
    assert!(answer.status.success(), "oracle.py failed");
    Some(serde_json::from_slice(&answer.stdout).expect("the script writes JSON"))
}

#[test]
fn our_findings_are_those_written_down() {
    let Cases { good, cases } = cases();
    for case in &cases {
        assert_eq!(ours(document(&good, case)), case.acetate, "{}", case.name);
    }
}

/// botocore knows the model and none of ECS's rules, so it is held against our findings about the
/// model only.
#[test]
fn differences_from_the_others_are_explained() {
    const MODEL: &[&str] = &[
        "missing-member",
        "unknown-member?",
        "unknown-value?",
        "wrong-type",
        "null-member?",
    ];
    for case in cases().cases {
        let model = case
            .acetate
            .iter()
            .any(|code| MODEL.contains(&code.as_str()));
        let agree = case.acetate.is_empty() == case.cfn_lint.is_empty()
            && model != case.botocore.is_empty();
        assert_eq!(
            case.why.is_none(),
            agree,
            "{}: a difference needs a why, and only that",
            case.name
        );
    }
}

#[test]
fn cfn_lint_and_botocore_say_what_is_written_down() {
    let Cases { good, cases } = cases();
    let documents: Vec<Value> = cases.iter().map(|case| document(&good, case)).collect();
    let Some(answer) = others(&documents) else {
        return;
    };
    for (case, verdict) in cases
        .iter()
        .zip(answer["verdicts"].as_array().expect("a list"))
    {
        assert_eq!(verdict["cfn-lint"], json!(case.cfn_lint), "{}", case.name);
        assert_eq!(verdict["botocore"], json!(case.botocore), "{}", case.name);
    }
}

/// Members that are required for only one of the two. The first: botocore is newer than this
/// build's SDK, and AWS loosened it. The second: the SDK's builder takes a structure for optional
/// whatever the model says.
const REQUIRED_FOR_ONE_ONLY: &[&str] = &[
    "/containerDefinitions/*/resourceRequirements/*/value",
    "/volumes/*/fsxWindowsFileServerVolumeConfiguration/authorizationConfig",
];

/// The model explored from the SDK against the one that botocore publishes: where both know a
/// place they must agree. Places and values that only one of them knows are told, since AWS adds
/// them to its SDKs at different times.
#[test]
fn the_explored_model_is_botocores() {
    let Some(answer) = others(&[]) else { return };
    let theirs = answer["model"].as_array().expect("a list");
    let (mut shared, mut differ) = (0, Vec::new());
    for place in theirs {
        let address = place["address"].as_str().expect("text");
        let Some(own) = schema_places().find(|own| own.address == address) else {
            println!("only botocore knows {address}");
            continue;
        };
        shared += 1;
        if json!(own.required) != place["required"] {
            differ.push(address);
        }
        let (kind, values) = match own.node {
            Node::Structure(_) => ("structure", &[][..]),
            Node::List(_) => ("list", &[][..]),
            Node::Map(_) => ("map", &[][..]),
            Node::String(values) => ("string", *values),
            Node::Integer => ("integer", &[][..]),
            Node::Long => ("long", &[][..]),
            Node::Double => ("double", &[][..]),
            Node::Boolean => ("boolean", &[][..]),
            Node::Other => ("other", &[][..]),
        };
        assert_eq!(json!(kind), place["type"], "{address}");
        let known: BTreeSet<&str> = values.iter().copied().collect();
        let told: BTreeSet<&str> = place["enum"]
            .as_array()
            .expect("a list")
            .iter()
            .filter_map(Value::as_str)
            .collect();
        assert_eq!(
            known.is_empty(),
            told.is_empty(),
            "{address} is an enum for one of the two"
        );
        assert!(known.is_empty() || !known.is_disjoint(&told), "{address}");
        for value in known.symmetric_difference(&told) {
            println!("only one of the two knows `{value}` at {address}");
        }
    }
    assert_eq!(differ, REQUIRED_FOR_ONE_ONLY);
    assert!(shared > 120, "{shared} places are known to both");
    for own in schema_places() {
        if !theirs.iter().any(|place| place["address"] == own.address) {
            println!("only the SDK knows {}", own.address);
        }
    }
}
