//! Task definitions made from the SDK's own schema, with values that no build knows yet, through
//! the library: they are of the right types and break ECS's rules, which `acetate register` would
//! refuse. (Members that no build knows yet are dropped by moto; they are shown elsewhere.)

use acetate::aws::{Aws, Connection, connect};
use acetate::render::{Stamps, render};
use acetate::task_definition::model::{Node, Structure, register};
use acetate::template::{TemplateRef, read};
use serde_json::{Map, Value, json};

use super::{FAMILY_AND_ARN, differences};
use crate::support::boto::{Moto, REGION};
use crate::support::skip;

const COUNT: usize = 200;

/// Text that is easily lost or changed on the way.
const TEXTS: &[&str] = &[
    "",
    " ",
    "plain",
    "0012",
    "1e3",
    "null",
    "ünï çødé 🚢 \u{2028}",
    "quote \" back \\ slash / <&>",
    "line\nbreak\ttab\r\n",
    "${inputs.image} $HOME %s {{x}}",
    "arn:aws:iam::123456789012:role/a/b",
];

/// Numbers from a seed: the same documents in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).expect("31 bits fit") % limit
    }

    fn one<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())]
    }
}

fn value(node: &Node, dice: &mut Dice) -> Value {
    match node {
        Node::Structure(structure) => Value::Object(members(structure, dice)),
        Node::List(inner) => list(inner, dice),
        Node::Map(inner) => (0..dice.below(4))
            .map(|at| {
                (
                    format!("{at} Some.Key/{}", dice.one(TEXTS)),
                    value(inner, dice),
                )
            })
            .collect(),
        Node::String([]) | Node::Other => json!(dice.one(TEXTS)),
        Node::String(known) if dice.below(5) > 0 => json!(dice.one(known)),
        Node::String(_) => json!("OF_A_LATER_YEAR"),
        Node::Integer => json!(dice.one(&[0, 1, -1, 4096, i64::from(i32::MAX)])),
        Node::Long => json!(dice.one(&[0, 1, -1, i64::MAX, (1 << 53) + 1])),
        Node::Double => json!(dice.one(&[0.0, 0.1, 1.5, -2.25, 1e21])),
        Node::Boolean => json!(dice.below(2) == 0),
    }
}

/// Up to three elements; a template may not have two of one name.
fn list(inner: &Node, dice: &mut Dice) -> Value {
    let mut made: Vec<Value> = Vec::new();
    for at in 0..dice.below(4) {
        let mut element = value(inner, dice);
        if let (Node::Structure(structure), Value::Object(members)) = (inner, &mut element) {
            for member in &structure.members {
                if let (Node::String([]), Some(Value::String(text))) =
                    (&member.node, members.get_mut(&member.name))
                {
                    *text = format!("{text}{at}");
                }
            }
        }
        let same = |one: &Value| {
            ["name", "type"]
                .iter()
                .any(|name| one.get(name) == element.get(name))
        };
        if !element.is_object() || !made.iter().any(same) {
            made.push(element);
        }
    }
    Value::from(made)
}

/// Half of the members.
fn members(structure: &Structure, dice: &mut Dice) -> Map<String, Value> {
    let mut made = Map::new();
    for member in &structure.members {
        if dice.below(2) == 0 {
            made.insert(member.name.clone(), value(&member.node, dice));
        }
    }
    made
}

/// What moto insists on, or ECS itself gives no meaning to.
fn document(family: &str, dice: &mut Dice) -> Value {
    let mut document = members(register(), dice);
    document.insert("family".to_owned(), json!(family));
    let containers: Vec<Value> = (0..=dice.below(3))
        .map(|at| {
            let Some(Node::List(element)) = register()
                .member("containerDefinitions")
                .map(|member| &member.node)
            else {
                panic!("containers are a list")
            };
            let mut container = value(element, dice);
            container["name"] = json!(format!("app-{at}"));
            container["image"] = json!("busybox");
            container["memory"] = json!(64);
            container
        })
        .collect();
    document.insert("containerDefinitions".to_owned(), Value::from(containers));
    let tags: Vec<Value> = (0..dice.below(4))
        .map(|at| json!({ "key": format!("key-{at}"), "value": dice.one(TEXTS) }))
        .collect();
    document.insert("tags".to_owned(), Value::from(tags));
    // Empty strings that Register refuses are taken off, as deploy.md lists: not our subject.
    for member in [
        "taskRoleArn",
        "executionRoleArn",
        "networkMode",
        "pidMode",
        "ipcMode",
        "cpu",
        "memory",
    ] {
        if document.get(member).is_some_and(|value| value == "") {
            document.insert(member.to_owned(), json!("some"));
        }
    }
    // moto knows this one rule of Fargate.
    if let Some(mode) = document.get_mut("pidMode") {
        *mode = json!("task");
    }
    Value::Object(document)
}

/// Reads as template, renders with no overlay and no stamps, registers.
async fn pass_on(aws: &Aws, family: &str) {
    let nowhere = tempfile::tempdir().expect("a temporary folder can be made");
    let nowhere = cap_std::fs::Dir::open_ambient_dir(nowhere.path(), cap_std::ambient_authority())
        .expect("the folder is there");
    let reference: TemplateRef = format!("ecs:{family}-template")
        .parse()
        .expect("a reference");
    let template = read(&reference, aws, &nowhere).await.expect(family);
    let rendered = render(template.definition, family, &Stamps::default()).expect(family);
    aws.register_task_definition(&rendered.definition)
        .await
        .unwrap_or_else(|error| panic!("{family}: {error}"));
}

fn raw(operation: &str, with: Value) -> Value {
    json!({ "raw": operation, "with": with })
}

#[tokio::test]
async fn documents_made_from_the_schema_come_through_field_by_field() {
    let Some(moto) = Moto::shared() else { return };
    if std::env::var_os("AWS_ACCESS_KEY_ID").is_none() {
        return skip(
            "generated documents: no practice credentials (tests/run sets them)",
            false,
        );
    }
    let mut dice = Dice(0x5eed);
    let families: Vec<String> = (0..COUNT).map(|at| format!("made-{at}")).collect();
    let register: Vec<Value> = families
        .iter()
        .map(|family| {
            raw(
                "RegisterTaskDefinition",
                document(&format!("{family}-template"), &mut dice),
            )
        })
        .collect();
    moto.calls(&register).iter().for_each(|told| {
        told.ok();
    });

    let aws = connect(&Connection {
        region: Some(REGION.to_owned()),
        endpoint_url: Some(moto.url().to_owned()),
        ..Connection::default()
    })
    .expect("the URL is one");
    for family in &families {
        pass_on(&aws, family).await;
    }

    let describe = |family: String| {
        let with = json!({ "taskDefinition": family, "include": ["TAGS"] });
        raw("DescribeTaskDefinition", with)
    };
    let both: Vec<Value> = families
        .iter()
        .flat_map(|family| {
            [
                describe(format!("{family}-template")),
                describe(family.clone()),
            ]
        })
        .collect();
    let (mut later, mut size) = (0, 0);
    for (pair, sent) in moto.calls(&both).chunks(2).zip(&register) {
        let (template, registered) = (pair[0].ok(), pair[1].ok());
        let differ = differences(&template["taskDefinition"], &registered["taskDefinition"]);
        assert_eq!(differ, FAMILY_AND_ARN, "{sent}");
        assert_eq!(template["tags"], registered["tags"], "{sent}");
        let text = registered.to_string();
        later += usize::from(text.contains("OF_A_LATER_YEAR"));
        size += text.len();
    }
    println!("{COUNT} documents, {size} bytes; {later} with values of a later year");
    assert!(later > COUNT / 4, "{later}");
}
