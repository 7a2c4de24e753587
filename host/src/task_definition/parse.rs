//! Text into a task definition, in the shapes in which people keep one: as
//! `register-task-definition` takes it (ecs-deploy-cli's parameters are of that shape, too), and
//! as Describe returns it, with its wrapper or without.

use std::fmt;

use serde_json::{Map, Value};

use super::TaskDefinition;
use super::address;
use super::position::{line_of, read, written_twice};
use super::strip::strip;

/// A task definition as it was found, in the shape that Register takes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed {
    /// The document, without what Register refuses. Acetate's own stamps are still in its tags.
    pub definition: TaskDefinition,
    /// `taskDefinitionArn`, where the document came from Describe.
    pub arn: Option<String>,
}

/// Something that keeps a text from being a task definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// One lowercase fragment.
    pub message: String,
    /// Address of the place, where there is one.
    pub address: Option<String>,
    /// Line of the text, from 1; `None` where nobody wrote that text.
    pub line: Option<usize>,
    /// What to do about it.
    pub hint: Option<String>,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(line) = self.line {
            write!(f, "line {line}: ")?;
        }
        f.write_str(&self.message)?;
        match self.address.as_deref() {
            None | Some("") => Ok(()),
            Some(address) => write!(f, " (`{address}`)"),
        }
    }
}

/// Reads a task definition that somebody wrote.
///
/// # Errors
/// All faults that were found: no JSON, none of the shapes, members written twice, two elements
/// of one name.
pub fn parse(text: &[u8]) -> Result<Parsed, Vec<Fault>> {
    let document: Value = read(text).map_err(|e| vec![syntax(text, &e)])?;
    let twice = written_twice(text, &document);
    if !twice.is_empty() {
        return Err(twice
            .into_iter()
            .map(|t| member_twice(t.address, t.line))
            .collect());
    }
    let checked = unwrap(document)
        .map_err(|fault| vec![fault])
        .and_then(|parsed| {
            let mut faults = structure(&parsed.definition);
            faults.extend(named_twice(&parsed.definition, is_refused_twice));
            if faults.is_empty() {
                Ok(parsed)
            } else {
                Err(faults)
            }
        });
    checked.map_err(|faults| with_lines(text, faults))
}

/// Adds the lines, in a document with Describe's wrapper or without.
fn with_lines(text: &[u8], mut faults: Vec<Fault>) -> Vec<Fault> {
    for fault in &mut faults {
        fault.line = fault.address.as_ref().and_then(|address| {
            line_of(text, &format!("/taskDefinition{address}")).or_else(|| line_of(text, address))
        });
    }
    faults
}

/// Reads a raw answer of DescribeTaskDefinition, tags beside.
///
/// # Errors
/// The answer holds no task definition, or one with two containers of one name.
pub fn from_described(answer: Value) -> Result<Parsed, Vec<Fault>> {
    if !answer.get("taskDefinition").is_some_and(Value::is_object) {
        return Err(vec![fault(
            "an answer without `taskDefinition`",
            None,
            None,
        )]);
    }
    let parsed = unwrap(answer).map_err(|fault| vec![fault])?;
    let mut faults = structure(&parsed.definition);
    faults.extend(named_twice(&parsed.definition, |list| {
        list == "/containerDefinitions"
    }));
    if faults.is_empty() {
        Ok(parsed)
    } else {
        Err(faults)
    }
}

/// Elements of keyed lists that share their name with one before them, where that leaves open
/// which one is meant. ECS has accepted some of these: a template may not have them, a revision
/// that runs may.
#[must_use]
pub fn ambiguous(definition: &TaskDefinition) -> Vec<Fault> {
    named_twice(definition, is_refused_twice)
}

fn fault(message: impl Into<String>, address: Option<&str>, hint: Option<&str>) -> Fault {
    Fault {
        message: message.into(),
        address: address.map(str::to_owned),
        line: None,
        hint: hint.map(str::to_owned),
    }
}

fn syntax(text: &[u8], error: &serde_json::Error) -> Fault {
    let said = error.to_string();
    let message = said
        .rsplit_once(" at line ")
        .map_or(said.as_str(), |(message, _)| message);
    let start = text.iter().find(|byte| !byte.is_ascii_whitespace());
    let hint = match start {
        None => "the text is empty",
        Some(0xef) if text.starts_with(b"\xef\xbb\xbf") => {
            "save the file without a byte order mark"
        }
        Some(b'{') => {
            "a template is JSON without comments and without a comma after the last member"
        }
        _ => {
            "a template is a JSON object as `aws ecs register-task-definition --cli-input-json` takes it; write YAML as JSON"
        }
    };
    Fault {
        message: format!("not JSON: {message} (column {})", error.column()),
        address: None,
        line: Some(error.line()),
        hint: Some(hint.to_owned()),
    }
}

fn member_twice(address: String, line: usize) -> Fault {
    let name = address.rsplit('/').next().unwrap_or_default().to_owned();
    Fault {
        message: format!("the member `{name}` stands there twice"),
        address: Some(address),
        line: Some(line),
        hint: Some("keep one: JSON readers differ in which one they take".to_owned()),
    }
}

/// Takes the document out of Describe's wrapper and strips what Register refuses.
fn unwrap(document: Value) -> Result<Parsed, Fault> {
    let mut members = match document {
        Value::Object(members) => members,
        Value::Array(_) => {
            let hint = "this looks like the container definitions alone: put them into an object, as `containerDefinitions`";
            return Err(fault(
                "a list where a task definition is due",
                Some(""),
                Some(hint),
            ));
        }
        Value::String(_) => {
            let hint = "this looks like JSON inside a JSON string: encode it once only";
            return Err(fault(
                "a string where a task definition is due",
                Some(""),
                Some(hint),
            ));
        }
        _ => {
            return Err(fault(
                "a value where a task definition is due",
                Some(""),
                Some("write a JSON object"),
            ));
        }
    };
    if let Some(Value::Object(described)) = members.get_mut("taskDefinition") {
        let described = std::mem::take(described);
        let tags = members.get_mut("tags").map(Value::take);
        members = described;
        if let Some(tags) = tags.filter(|tags| tags.as_array().is_some_and(|list| !list.is_empty()))
        {
            members.insert("tags".to_owned(), tags);
        }
    }
    spelling(&members)?;
    let arn = members
        .get("taskDefinitionArn")
        .and_then(Value::as_str)
        .map(str::to_owned);
    strip(&mut members);
    let definition =
        TaskDefinition::new(Value::Object(members)).expect("an object is a task definition");
    Ok(Parsed { definition, arn })
}

/// Refuses documents of other tools, with the way out.
fn spelling(members: &Map<String, Value>) -> Result<(), Fault> {
    if members.contains_key("containerDefinitions") {
        return Ok(());
    }
    let hint = if members.contains_key("ContainerDefinitions") || members.contains_key("Resources")
    {
        "this is CloudFormation's spelling: deploy the stack and name the family, `template = \"ecs:FAMILY\"`"
    } else if members.contains_key("container_definitions") {
        "this is Terraform's spelling: apply it and name the family, `template = \"ecs:FAMILY\"`"
    } else {
        "write the task definition as `aws ecs register-task-definition --cli-input-json` takes it"
    };
    Err(fault("no `containerDefinitions`", Some(""), Some(hint)))
}

/// What every stage after this one relies on: containers are objects with a name.
fn structure(definition: &TaskDefinition) -> Vec<Fault> {
    const LIST: &str = "/containerDefinitions";
    let list = match definition.value().get("containerDefinitions") {
        Some(Value::Array(list)) => list,
        Some(Value::String(_)) => {
            let hint =
                "this looks like JSON inside a JSON string: leave out the inner `jsonencode`";
            return vec![fault(
                "`containerDefinitions` is a string, not a list",
                Some(LIST),
                Some(hint),
            )];
        }
        None => return vec![fault("`containerDefinitions` is null", Some(LIST), None)],
        Some(_) => {
            return vec![fault(
                "`containerDefinitions` is not a list",
                Some(LIST),
                None,
            )];
        }
    };
    let faulty = |(index, container): (usize, &Value)| {
        let place = format!("{LIST}/{index}");
        if !container.is_object() {
            return Some(fault(
                "a container definition is an object",
                Some(&place),
                None,
            ));
        }
        let named = container
            .get("name")
            .and_then(Value::as_str)
            .is_some_and(|name| !name.is_empty());
        (!named).then(|| {
            fault(
                "a container definition without a name",
                Some(&place),
                Some("give it a `name`"),
            )
        })
    };
    list.iter().enumerate().filter_map(faulty).collect()
}

/// Lists in which two elements of one name leave open which one is meant. Two mappings of one
/// container port, and two accelerators, are something else.
fn is_refused_twice(list: &str) -> bool {
    !(list.ends_with("/portMappings") || list.ends_with("/resourceRequirements"))
}

fn named_twice(definition: &TaskDefinition, refused: impl Fn(&str) -> bool) -> Vec<Fault> {
    let list_of = |place: &address::Address| {
        place
            .parent()
            .map(|list| list.to_string())
            .unwrap_or_default()
    };
    let twice = address::duplicates(definition.value());
    let twice = twice.into_iter().filter(|place| refused(&list_of(place)));
    twice.map(|place| element_twice(&place)).collect()
}

fn element_twice(place: &address::Address) -> Fault {
    let name = place.tokens().last().cloned().unwrap_or_default();
    let list = place
        .parent()
        .and_then(|list| list.tokens().last().cloned())
        .unwrap_or_default();
    let message = match list.as_str() {
        "containerDefinitions" => format!("two containers are named `{name}`"),
        _ => format!("`{name}` stands in `{list}` twice"),
    };
    fault(
        message,
        Some(&place.to_string()),
        Some("keep one of them, or give the other a name of its own"),
    )
}

#[cfg(test)]
#[path = "parse_tests.rs"]
mod tests;
