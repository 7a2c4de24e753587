//! Tests of [`super`]: shapes, faults, and that nothing is lost in passing.

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn bytes_of(text: &str) -> String {
    let parsed = parse(text.as_bytes()).unwrap_or_else(|faults| panic!("{faults:?}\n{text}"));
    String::from_utf8(parsed.definition.to_bytes()).unwrap()
}

#[test]
fn all_shapes_are_one() {
    let register = r#"{"family":"web","containerDefinitions":[{"name":"app"}],"tags":[{"key":"team","value":"a"}]}"#;
    assert_eq!(bytes_of(register), register);
    let bare = r#"{"taskDefinitionArn":"arn:x","family":"web","containerDefinitions":[{"name":"app"}],"revision":3,
        "tags":[{"key":"team","value":"a"}]}"#;
    assert_eq!(bytes_of(bare), register);
    let wrapped = r#"{"taskDefinition":{"taskDefinitionArn":"arn:x","family":"web","containerDefinitions":[{"name":"app"}],
        "status":"ACTIVE","registeredAt":1.7e9},"tags":[{"key":"team","value":"a"}],"ResponseMetadata":{}}"#;
    assert_eq!(bytes_of(wrapped), register);
    let described = from_described(serde_json::from_str(wrapped).unwrap()).unwrap();
    assert_eq!(described.definition.to_bytes(), register.as_bytes());
    assert_eq!(described.arn.as_deref(), Some("arn:x"));
    // What an ecs-deploy-cli parameter holds that Terraform's `jsonencode` wrote.
    let parameter = r#"{"containerDefinitions":[{"cpu":0,"environment":[{"name":"STAGE","value":""}],"healthCheck":null,
        "name":"app"}],"cpu":"256","executionRoleArn":null,"family":"web","pidMode":""}"#;
    let kept = r#"{"containerDefinitions":[{"cpu":0,"environment":[{"name":"STAGE","value":""}],"name":"app"}],"cpu":"256","family":"web"}"#;
    assert_eq!(bytes_of(parameter), kept);
}

/// Text; message, address and line of its first fault.
const FAULTS: &[(&str, &str, Option<&str>, Option<usize>)] = &[
    (
        "",
        "not JSON: EOF while parsing a value (column 0)",
        None,
        Some(1),
    ),
    (
        "family: web\n",
        "not JSON: expected ident (column 3)",
        None,
        Some(1),
    ),
    (
        "{\n\"a\": 1,\n}",
        "not JSON: trailing comma (column 1)",
        None,
        Some(3),
    ),
    (
        "[]",
        "a list where a task definition is due",
        Some(""),
        Some(1),
    ),
    (
        "\"{}\"",
        "a string where a task definition is due",
        Some(""),
        Some(1),
    ),
    (
        "7",
        "a value where a task definition is due",
        Some(""),
        Some(1),
    ),
    (
        "{\"ContainerDefinitions\":[]}",
        "no `containerDefinitions`",
        Some(""),
        Some(1),
    ),
    (
        "{\"containerDefinitions\":\"[]\"}",
        "`containerDefinitions` is a string, not a list",
        Some("/containerDefinitions"),
        Some(1),
    ),
    (
        "{\"containerDefinitions\":null}",
        "`containerDefinitions` is null",
        Some("/containerDefinitions"),
        Some(1),
    ),
    (
        "{\"containerDefinitions\":[{\"name\":\"a\"},\n7]}",
        "a container definition is an object",
        Some("/containerDefinitions/1"),
        Some(2),
    ),
    (
        "{\"containerDefinitions\":[\n{\"image\":\"a\"}]}",
        "a container definition without a name",
        Some("/containerDefinitions/0"),
        Some(2),
    ),
    (
        "{\"containerDefinitions\":[\n{\"name\":\"a\",\n\"cpu\":1,\n\"cpu\":1}]}",
        "the member `cpu` stands there twice",
        Some("/containerDefinitions/a/cpu"),
        Some(4),
    ),
];

#[test]
fn faults_say_what_and_where() {
    for (text, message, address, line) in FAULTS {
        let faults = parse(text.as_bytes()).unwrap_err();
        assert_eq!(faults[0].message, *message, "{text}");
        assert_eq!(faults[0].address.as_deref(), *address, "{text}");
        assert_eq!(faults[0].line, *line, "{text}");
    }
}

#[test]
fn two_of_one_name_are_refused() {
    let text = json!({ "containerDefinitions": [
        { "name": "app", "environment": [{ "name": "A", "value": "1" }, { "name": "A", "value": "2" }],
          "portMappings": [{ "containerPort": 80, "hostPort": 1 }, { "containerPort": 80, "hostPort": 2 }] },
        { "name": "app" },
    ] });
    let faults = parse(text.to_string().as_bytes()).unwrap_err();
    let messages: Vec<&str> = faults.iter().map(|f| f.message.as_str()).collect();
    assert_eq!(
        messages,
        [
            "`A` stands in `environment` twice",
            "two containers are named `app`"
        ]
    );
    // A revision that runs may have what ECS accepted.
    let variables = json!({ "taskDefinition": { "containerDefinitions": [
        { "name": "app", "environment": [{ "name": "A", "value": "1" }, { "name": "A", "value": "2" }] },
    ] } });
    let parsed = from_described(variables).unwrap();
    assert_eq!(ambiguous(&parsed.definition).len(), 1);
    assert!(from_described(json!({ "taskDefinition": text })).is_err());
    assert!(from_described(json!({ "failures": [] })).is_err());
}

/// JSON text without the white space between its tokens.
fn compact(text: &str) -> String {
    let (mut out, mut in_string, mut escaped) = (String::new(), false, false);
    for c in text.chars() {
        if in_string || !c.is_ascii_whitespace() {
            out.push(c);
        }
        let quote = c == '"' && !escaped;
        escaped = in_string && c == '\\' && !escaped;
        in_string ^= quote;
    }
    out
}

#[test]
fn real_task_definitions_pass_through_byte_for_byte() {
    let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/../../shared/corpus");
    #[expect(
        clippy::disallowed_methods,
        reason = "a test reads files that are no part of the project"
    )]
    let Ok(files) = std::fs::read_dir(corpus) else {
        println!("SKIPPED corpus: `{corpus}` is not there");
        return;
    };
    let mut read = 0;
    for file in files {
        let path = file.unwrap().path();
        #[expect(
            clippy::disallowed_methods,
            reason = "a test reads files that are no part of the project"
        )]
        let text = std::fs::read_to_string(&path).unwrap();
        assert_eq!(bytes_of(&text), compact(&text), "{}", path.display());
        read += 1;
    }
    assert!(read > 40, "{read} files");
}

/// Literals that lose their form where a number is read as a float or an integer.
const NUMBERS: &[&str] = &[
    "0",
    "-0",
    "1",
    "1.0",
    "1.50",
    "1e3",
    "1E3",
    "1e+3",
    "1E-3",
    "0.1",
    "12345678901234567890",
    "-1.10",
    "1e400",
    "0.30000000000000004",
];

/// JSON text of any value but null, compact.
fn any_value() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        proptest::sample::select(NUMBERS).prop_map(str::to_owned),
        any_text(),
        Just("true".to_owned()),
        Just("false".to_owned()),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4)
                .prop_map(|list| format!("[{}]", list.join(","))),
            proptest::collection::btree_map("[a-zA-Z]{1,8}", inner, 0..4)
                .prop_map(|members| object(members.into_iter())),
        ]
    })
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![Just(String::new()), "[ -~é\u{1F600}\\t\\n]{0,12}"]
        .prop_map(|text| serde_json::to_string(&text).unwrap())
}

fn object(members: impl Iterator<Item = (String, String)>) -> String {
    let members: Vec<String> = members
        .map(|(name, value)| format!("\"{name}\":{value}"))
        .collect();
    format!("{{{}}}", members.join(","))
}

/// A container in Register's shape, with members that no build knows and variables without value.
fn any_container() -> impl Strategy<Value = String> {
    let environment =
        proptest::collection::btree_map("[A-Z_]{1,6}", any_text(), 0..5).prop_map(|variables| {
            let entries = variables
                .into_iter()
                .map(|(name, value)| format!("{{\"name\":\"{name}\",\"value\":{value}}}"));
            format!("[{}]", entries.collect::<Vec<_>>().join(","))
        });
    let labels = proptest::collection::btree_map("[a-z.]{1,6}", any_text(), 0..3)
        .prop_map(|l| object(l.into_iter()));
    let unknown = proptest::collection::btree_map("future[A-Z]{1,4}", any_value(), 0..3);
    (environment, labels, unknown, any::<bool>()).prop_map(
        |(environment, labels, unknown, first)| {
            let mut members: Vec<(String, String)> = unknown.into_iter().collect();
            members.push(("environment".to_owned(), environment));
            members.push(("dockerLabels".to_owned(), labels));
            let at = if first { 0 } else { members.len() };
            members.insert(at, ("name".to_owned(), "\"NAME\"".to_owned()));
            object(members.into_iter())
        },
    )
}

/// A document, and the same with everything in it that is stripped.
fn any_document() -> impl Strategy<Value = (String, String)> {
    let containers = proptest::collection::vec(any_container(), 1..4).prop_map(|containers| {
        let named = containers
            .iter()
            .enumerate()
            .map(|(i, c)| c.replace("\"NAME\"", &format!("\"c{i}\"")));
        format!("[{}]", named.collect::<Vec<_>>().join(","))
    });
    let unknown = proptest::collection::btree_map("future[A-Z]{1,4}", any_value(), 0..4);
    let stripped = proptest::sample::subsequence(
        vec![
            ("revision", "7"),
            ("status", "\"ACTIVE\""),
            ("registeredAt", "1.7e9"),
            ("taskRoleArn", "\"\""),
            ("memory", "\"\""),
            ("proxyConfiguration", "null"),
            ("tags", "[]"),
        ],
        0..7,
    );
    (containers, unknown, stripped).prop_map(|(containers, unknown, stripped)| {
        let mut members = vec![
            ("family".to_owned(), "\"web\"".to_owned()),
            ("containerDefinitions".to_owned(), containers),
        ];
        members.extend(unknown);
        let clean = object(members.clone().into_iter());
        for (at, (name, value)) in stripped.into_iter().enumerate() {
            members.insert(at.min(members.len()), (name.to_owned(), value.to_owned()));
        }
        (clean, object(members.into_iter()))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn reading_is_the_identity_but_for_what_is_stripped((clean, full) in any_document()) {
        prop_assert_eq!(&bytes_of(&clean), &clean);
        prop_assert_eq!(&bytes_of(&full), &clean);
        let wrapped = format!("{{\"taskDefinition\":{full}}}");
        prop_assert_eq!(&bytes_of(&wrapped), &clean);
    }

    #[test]
    fn no_text_brings_the_reader_down(text in "[\\[\\]{}\",:a-c0-9 \\\\]{0,40}") {
        let _ = parse(text.as_bytes());
    }
}
