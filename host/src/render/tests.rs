//! Tests of [`super`].

use super::*;

fn definition(value: Value) -> TaskDefinition {
    TaskDefinition::new(value).unwrap()
}

fn stamps() -> Stamps {
    Stamps {
        template_ref: Some("arn:x".to_owned()),
        version: Some("0.1.0".to_owned()),
        ..Stamps::default()
    }
}

#[test]
fn the_family_stands_where_the_template_has_it() {
    let template =
        json!({ "cpu": "256", "family": "web-template", "containerDefinitions": [], "future": 1 });
    let rendered = render(definition(template), "web", &Stamps::default()).unwrap();
    let text = rendered.definition.value().to_string();
    assert_eq!(
        text,
        r#"{"cpu":"256","family":"web","containerDefinitions":[],"future":1}"#
    );
}

#[test]
fn stamps_replace_stamps_and_are_no_content() {
    let tags =
        json!([{ "key": "team", "value": "a" }, { "key": "acetate:source", "value": "old" }]);
    let template = definition(json!({ "containerDefinitions": [{ "name": "app" }], "tags": tags }));
    let plain = render(template.clone(), "web", &Stamps::default()).unwrap();
    let stamped = render(template.clone(), "web", &stamps()).unwrap();
    let keys: Vec<&str> = stamped.definition.value()["tags"]
        .as_array()
        .unwrap()
        .iter()
        .map(|t| t["key"].as_str().unwrap())
        .collect();
    assert_eq!(
        keys,
        [
            "team",
            "acetate:template-ref",
            "acetate:render-digest",
            "acetate:version"
        ]
    );
    let found = stamps_of(&stamped.definition);
    assert_eq!(found["template-ref"], "arn:x");
    assert_eq!(found["render-digest"], stamped.digest);
    assert!(stamps_of(&plain.definition).is_empty());
    assert_eq!(plain.digest, stamped.digest);
    assert!(
        same_content(&plain.definition, &stamped.definition)
            && same_content(&template, &plain.definition)
    );
    // Rendering what was rendered adds nothing.
    assert_eq!(
        render(stamped.definition.clone(), "web", &stamps()).unwrap(),
        stamped
    );
}

#[test]
fn content_is_what_is_meant() {
    let a = definition(
        json!({ "cpu": "1 vCPU", "containerDefinitions": [{ "name": "app", "environment": [
        { "name": "A", "value": "1" }, { "name": "B", "value": "" }] }] }),
    );
    let b = definition(
        json!({ "cpu": "1024", "family": "web", "containerDefinitions": [{ "essential": true, "cpu": 0, "name": "app",
        "environment": [{ "name": "B", "value": "" }, { "name": "A", "value": "1" }], "mountPoints": [] }] }),
    );
    let c = definition(
        json!({ "cpu": "1024", "containerDefinitions": [{ "name": "app", "environment": [
        { "name": "A", "value": "1" }, { "name": "B", "value": "2" }] }] }),
    );
    assert!(same_content(&a, &b) && content_digest(&a) == content_digest(&b));
    assert!(!same_content(&a, &c) && content_digest(&a) != content_digest(&c));
}

#[test]
fn tags_are_counted_with_the_stamps() {
    let with = |n: usize| {
        let tags: Vec<Value> = (0..n)
            .map(|i| json!({ "key": format!("k{i}"), "value": "v" }))
            .collect();
        definition(json!({ "containerDefinitions": [], "tags": tags }))
    };
    assert!(render(with(47), "web", &stamps()).is_ok());
    let found = render(with(48), "web", &stamps()).unwrap_err();
    assert_eq!(
        found[0].message,
        "51 tags, 3 of them acetate's stamps: a task definition has at most 50"
    );
    assert!(render(with(50), "web", &Stamps::default()).is_ok());
    let dropped = template_tags(with(48), TemplateTags::Drop);
    assert_eq!(dropped.value().get("tags"), None);
    assert_eq!(template_tags(with(2), TemplateTags::Copy), with(2));
    assert!(render(definition(json!({ "tags": {} })), "web", &stamps()).is_err());
}
