//! Tests of [`super`].

use cap_std::ambient_authority;

use super::*;
use crate::aws::{Connection, connect};

#[test]
fn the_templates_family_is_never_the_target() {
    let theirs: TemplateRef = "ecs:web-template:3".parse().unwrap();
    assert!(check_family(&theirs, "web").is_ok());
    assert_eq!(
        check_family(&theirs, "web-template").unwrap_err().kind,
        ErrorKind::Refused
    );
    // Of other sources, the family inside is nobody's template.
    let parameter: TemplateRef = "ssm:/web".parse().unwrap();
    assert!(check_family(&parameter, "web").is_ok());
}

async fn read_file(path: &str) -> Result<Template, Error> {
    let folder = tempfile::tempdir().unwrap();
    let dir = Dir::open_ambient_dir(folder.path(), ambient_authority()).unwrap();
    dir.create_dir("sub").unwrap();
    dir.write("sub/good.json", r#"{"containerDefinitions":[{"name":"app"}],"tags":[{"key":"acetate:version","value":"1"}]}"#).unwrap();
    dir.write("twice.json", "{\n\"family\": \"a\",\n\"family\": \"b\"}")
        .unwrap();
    let aws = connect(&Connection::default()).unwrap();
    read(&TemplateRef::File(path.to_owned()), &aws, &dir).await
}

#[tokio::test]
async fn a_file_is_read_without_any_call() {
    let template = read_file("sub/good.json").await.unwrap();
    assert_eq!(
        template.definition.to_bytes(),
        br#"{"containerDefinitions":[{"name":"app"}]}"#
    );
    assert_eq!(
        (template.reference.as_str(), template.pinned()),
        ("file:sub/good.json", None)
    );
    assert_eq!(template.digest, content_digest(&template.definition));
}

#[tokio::test]
async fn a_bad_file_says_where_and_what_to_do() {
    let twice = read_file("twice.json").await.unwrap_err();
    assert_eq!(
        twice.to_string(),
        "template `file:twice.json` is no task definition: line 3: the member `family` stands there twice (`/family`)"
    );
    assert_eq!(
        twice.hints,
        ["keep one: JSON readers differ in which one they take"]
    );
    let absent = read_file("none.json").await.unwrap_err();
    assert_eq!(
        absent.to_string(),
        "template `file:none.json` does not exist"
    );
    let outside = read_file("../../etc/passwd").await.unwrap_err();
    assert_eq!(
        outside.to_string(),
        "template `file:../../etc/passwd` cannot be read"
    );
    assert!(
        [twice, absent, outside]
            .iter()
            .all(|e| e.kind == ErrorKind::Input && !e.hints.is_empty())
    );
}
