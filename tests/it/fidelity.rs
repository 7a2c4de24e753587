//! Thousands of documents made from the SDK's model, with members, values and numbers that it
//! does not know: what is registered is what was read, member order and number formats included.

use acetate::config::TemplateTags;
use acetate::overlay::Session;
use acetate::render::{Stamps, render, template_tags};
use acetate::task_definition::model::{Node, Structure, register};
use acetate::task_definition::parse::parse;
use proptest::prelude::*;
use proptest::strategy::BoxedStrategy;
use proptest::test_runner::{Config, TestRunner};

/// A JSON text, so that formats are in our hands.
fn node(node: &Node, name: &str) -> BoxedStrategy<String> {
    match node {
        Node::Structure(structure) => object(structure),
        // Two elements of one key are refused, and keys are few where they are enums.
        Node::List(of) if matches!(**of, Node::Structure(_)) => {
            self::node(of, name).prop_map(|one| list(vec![one])).boxed()
        }
        Node::List(of) => proptest::collection::vec(self::node(of, name), 1..3)
            .prop_map(list)
            .boxed(),
        Node::Map(of) => {
            proptest::collection::btree_map("[a-z.-]{1,8}", self::node(of, name), 1..3)
                .prop_map(|map| {
                    braced(map.into_iter().map(|(k, v)| format!("{k:?}:{v}")).collect())
                })
                .boxed()
        }
        Node::String(known) => text(known, name),
        Node::Boolean => prop_oneof![Just("true".to_owned()), Just("false".to_owned())].boxed(),
        _ => number(),
    }
}

/// Numbers as people and programs write them; values that no double can hold are kept too.
fn number() -> BoxedStrategy<String> {
    const ODD: &[&str] = &[
        "0",
        "-0",
        "1.0",
        "1e3",
        "1E3",
        "2.50",
        "12345678901234567890123",
        "0.1000000000000000055511151231257827",
    ];
    prop_oneof![
        (0..70_000i64).prop_map(|n| n.to_string()),
        proptest::sample::select(ODD).prop_map(str::to_owned)
    ]
    .boxed()
}

/// An environment value may be empty; what ECS refuses when it is empty is not.
fn text(known: &'static [&'static str], name: &str) -> BoxedStrategy<String> {
    let free = if name == "value" {
        "[ -!#-Z^-~äß]{0,12}"
    } else {
        "[ -!#-Z^-~äß]{1,12}"
    };
    let quoted = free.prop_map(|text| format!("\"{text}\""));
    if known.is_empty() {
        return quoted.boxed();
    }
    prop_oneof![4 => proptest::sample::select(known).prop_map(|v| format!("\"{v}\"")), 1 => quoted]
        .boxed()
}

fn object(structure: &Structure) -> BoxedStrategy<String> {
    let members: Vec<BoxedStrategy<Option<String>>> = structure
        .members
        .iter()
        .map(|member| {
            let key = member.name.clone();
            let value = node(&member.node, &key).prop_map(move |value| format!("{key:?}:{value}"));
            // Few of the many members at a time, so that a document stays readable.
            proptest::option::weighted(0.2, value).boxed()
        })
        .collect();
    let future = proptest::option::weighted(
        0.2,
        number().prop_map(|n| format!("\"futureMember\":{{\"z\":[],\"a\":{n}}}")),
    );
    (members, future)
        .prop_map(|(members, future)| {
            members
                .into_iter()
                .flatten()
                .chain(future)
                .collect::<Vec<_>>()
        })
        .prop_shuffle()
        .prop_map(braced)
        .boxed()
}

fn list(items: Vec<String>) -> String {
    format!("[{}]", items.join(","))
}

fn braced(members: Vec<String>) -> String {
    format!("{{{}}}", members.join(","))
}

/// The document with names that differ, as two containers of one name are refused.
fn document() -> BoxedStrategy<String> {
    let container = register()
        .member("containerDefinitions")
        .expect("a member of the model");
    let Node::List(container) = &container.node else {
        panic!("a list in the model")
    };
    let Node::Structure(container) = &**container else {
        panic!("structures in the model")
    };
    let nameless = |structure: &Structure, without: &[&str]| Structure {
        name: structure.name.clone(),
        members: structure
            .members
            .iter()
            .filter(|m| !without.contains(&m.name.as_str()))
            .cloned()
            .collect(),
    };
    let containers = proptest::collection::vec(object(&nameless(container, &["name"])), 1..3)
        .prop_map(|all| {
            let named = all
                .iter()
                .enumerate()
                .map(|(at, text)| match text.as_str() {
                    "{}" => format!("{{\"name\":\"c{at}\"}}"),
                    text => format!("{{\"name\":\"c{at}\",{}", &text[1..]),
                });
            format!("\"containerDefinitions\":{}", list(named.collect()))
        });
    let rest = object(&nameless(
        register(),
        &["containerDefinitions", "family", "tags"],
    ));
    (containers, rest)
        .prop_map(|(containers, rest)| match rest.as_str() {
            "{}" => format!("{{\"family\":\"f\",{containers}}}"),
            rest => format!(
                "{{\"family\":\"f\",{},{containers}}}",
                &rest[1..rest.len() - 1]
            ),
        })
        .boxed()
}

#[test]
fn what_is_registered_is_what_was_read() {
    let config = Config {
        cases: 3000,
        failure_persistence: None,
        ..Config::default()
    };
    let ran = TestRunner::new(config).run(&document(), |text| {
        let read = parse(text.as_bytes())
            .map_err(|faults| TestCaseError::fail(format!("{faults:?}\n{text}")))?;
        let kept = template_tags(read.definition, TemplateTags::Copy);
        let overlaid = Session::new(kept, "copy").finish();
        let rendered = render(overlaid.definition, "copy", &Stamps::default())
            .expect("an empty overlay renders");
        let sent = String::from_utf8(rendered.definition.to_bytes()).expect("JSON is UTF-8");
        prop_assert_eq!(
            sent,
            text.replacen("\"family\":\"f\"", "\"family\":\"copy\"", 1)
        );
        Ok(())
    });
    ran.unwrap_or_else(|error| panic!("{error}"));
}
