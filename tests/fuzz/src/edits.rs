//! Any entries, with any lines of `allow`, calling anything in any order on any document.

use std::collections::{BTreeMap, BTreeSet};

use acetate::edit::{Edit, Failure};
use acetate::overlay::meaning::{Scene, powers};
use acetate::overlay::{Allow, Draft, HealthTimes, Level, Scope, Session, Sources, level, origin};
use acetate::task_definition::address::{self, Address};
use acetate::task_definition::{TaskDefinition, parse, position};
use arbitrary::{Result, Unstructured};
use serde_json::{Value, json};

/// Reads a document, entries and their calls from the bytes.
pub fn edits(bytes: &[u8]) {
    let _ = play(&mut Unstructured::new(bytes));
}

fn play(u: &mut Unstructured<'_>) -> Result<()> {
    let Some(template) = document(u)? else {
        return Ok(());
    };
    let mut session = Session::new(template, "web");
    for number in 0..u.int_in_range(1..=3)? {
        let before = session.overlaid().clone();
        let scope = scope(u, number)?;
        let mut draft = session.draft(scope.clone());
        for _ in 0..u.int_in_range(0..=16)? {
            one(u, &mut draft)?;
        }
        judge(&before.definition, &before.template, &draft, &scope);
        if u.ratio(3, 4)? {
            session.accept(draft, Vec::new());
        } else {
            assert_eq!(*session.overlaid(), before, "a draft is its own");
        }
    }
    replays(session.overlaid().template.value(), &session);
    Ok(())
}

/// One call: all of it or nothing.
fn one(u: &mut Unstructured<'_>, draft: &mut Draft) -> Result<()> {
    let (before, count) = (draft.document().clone(), draft.edits().len());
    let ended = call(u, draft)?;
    if let Err(failure) = &ended {
        assert!(
            !failure.message.is_empty() && !failure.code.is_empty(),
            "{failure:?}"
        );
        assert_eq!(draft.document(), &before, "{failure:?}");
        assert_eq!(draft.edits().len(), count, "{failure:?}");
    }
    let mut after = before;
    for edit in &draft.edits()[count..] {
        replay(&mut after, edit);
    }
    assert_eq!(after.to_string(), draft.document().to_string());
    Ok(())
}

fn replay(document: &mut Value, edit: &Edit) {
    let at = &edit.address;
    assert_eq!(address::get(document, at), Ok(edit.old.as_ref()), "{at}");
    match edit.new.clone() {
        Some(value) => address::set(document, at, value).expect("it was set"),
        None => address::remove(document, at).expect("it was removed"),
    };
}

/// The log leads from the template to the document, and each claim stands.
fn replays(template: &Value, session: &Session) {
    let overlaid = session.overlaid();
    let mut document = template.clone();
    for edit in &overlaid.edits {
        replay(&mut document, edit);
    }
    assert_eq!(
        document.to_string(),
        overlaid.definition.value().to_string()
    );
    for (at, claim) in overlaid.claims.iter() {
        let stands = address::get(&document, at).expect("it is a place");
        assert_eq!(stands.is_some(), claim.wants.is_some(), "{at}");
    }
    for (leaf, _) in address::leaves(&document, &Address::root()) {
        let _ = origin(overlaid, &leaf);
    }
}

/// Whatever was called, a place of level code changed only where a line of this entry is of that
/// level and names it.
fn judge(before: &TaskDefinition, template: &TaskDefinition, draft: &Draft, scope: &Scope) {
    let is = |name: &str| before.container(name).is_some() || template.container(name).is_some();
    let leaves = |document| {
        let leaves = address::leaves(document, &Address::root()).into_iter();
        leaves.collect::<BTreeMap<Address, &Value>>()
    };
    let (old, new) = (leaves(before.value()), leaves(draft.document()));
    let places: BTreeSet<&Address> = old.keys().chain(new.keys()).collect();
    for place in places {
        if scope.builtin || level::of(place) < Level::Code || old.get(place) == new.get(place) {
            continue;
        }
        // What was empty and is not, or the other way round, is judged by what is in it.
        let holds = |document, leaves: &BTreeMap<Address, &Value>| {
            !leaves.contains_key(place) && address::get(document, place).is_ok_and(|v| v.is_some())
        };
        if holds(before.value(), &old) || holds(draft.document(), &new) {
            continue;
        }
        let own = match place.tokens() {
            [list, container, ..] => list == "containerDefinitions" && !is(container),
            _ => false,
        };
        // What holds it may have come or gone with it, or have been left behind empty.
        let family = |rule: &&acetate::overlay::Rule| {
            let mut at = Some(place.clone());
            while let Some(here) = at {
                if rule.covers(&here, own) {
                    return true;
                }
                at = here.parent();
            }
            let mut below = draft.edits().iter().map(|edit| &edit.address);
            below.any(|edit| edit.is_within(place) && rule.covers(edit, own))
        };
        assert!(
            scope.allow.rules().any(|rule| family(&rule)),
            "{place}: {:?} became {:?} under {:?}",
            old.get(place),
            new.get(place),
            scope.allow
        );
    }
    told(draft, scope);
}

/// What is said of it never fails.
fn told(draft: &Draft, scope: &Scope) {
    let document = TaskDefinition::new(draft.document().clone());
    let scene = Scene {
        document: document.as_ref(),
        added: &[],
    };
    let _ = powers(
        &scope.entry,
        &scope.allow,
        &json!({ "parameters": ["/web/*"] }),
        scene,
    );
}

/// A template: some that are usual, and whatever else the bytes are.
fn document(u: &mut Unstructured<'_>) -> Result<Option<TaskDefinition>> {
    let text = match u.int_in_range(0..=3)? {
        0 => {
            let length = u.arbitrary_len::<u8>()?.min(2048);
            let text = u.bytes(length)?.to_vec();
            let place: &str = u.arbitrary()?;
            let _ = position::line_of(&text, place);
            text
        }
        1 => value(u, 0)?.to_string().into_bytes(),
        _ => usual(u)?.to_string().into_bytes(),
    };
    match parse::parse(&text) {
        Ok(parsed) => Ok(Some(parsed.definition)),
        Err(faults) => {
            assert!(!faults.is_empty(), "refused without a word");
            Ok(None)
        }
    }
}

fn usual(u: &mut Unstructured<'_>) -> Result<Value> {
    let names = ["app", "proxy", "0"];
    let mut containers = Vec::new();
    for name in &names[..u.int_in_range(0..=3)?] {
        let mut variables = Vec::new();
        for name in &WORDS[..u.int_in_range(0..=WORDS.len())?] {
            variables.push(json!({ "name": name, "value": "1" }));
        }
        let lists = [
            "environment",
            "secrets",
            "ulimits",
            "portMappings",
            "mountPoints",
        ];
        containers.push(json!({
            "name": name, "image": "acme/app:1", *u.choose(&lists)?: variables,
            "linuxParameters": { "devices": [{ "hostPath": "/dev/x" }] },
        }));
    }
    // Long lists are found in otherwise than short ones.
    let many = [0, 31, 40][u.int_in_range(0..=2)?];
    let named = |word: &&str| json!({ "key": word, "value": "b" });
    let tags: Vec<Value> = WORDS
        .iter()
        .filter(|word| !word.is_empty())
        .map(named)
        .collect();
    let more = (0..many).map(|n| json!({ "key": format!("t{n}"), "value": "a" }));
    let tags: Vec<Value> = tags.into_iter().take(many / 2).chain(more).collect();
    Ok(json!({
        "family": "infra",
        "containerDefinitions": containers,
        "volumes": [{ "name": "data", "host": { "sourcePath": "/x" } }],
        "tags": tags,
        *u.choose(&WORDS)?: value(u, 0)?,
    }))
}

fn scope(u: &mut Unstructured<'_>, number: u8) -> Result<Scope> {
    let mut rules = Vec::new();
    for _ in 0..u.int_in_range(0..=4)? {
        let rule = rule(u)?;
        if let Ok(allow) = Allow::parse([&rule]) {
            let read = allow.rules().map(ToString::to_string);
            assert_eq!(
                read.collect::<Vec<_>>(),
                [rule],
                "it is told as it is written"
            );
            rules.extend(allow.rules().cloned());
        }
    }
    let mut overrides = Vec::new();
    for _ in 0..u.int_in_range(0..=2)? {
        overrides.push(rule(u)?);
    }
    let grants = [
        json!({ "parameters": ["/web/*"], "secret-names": ["web/*"] }),
        json!({ "parameters": true }),
        json!({}),
    ];
    let target = [("account", "111111111111"), ("region", "eu-west-1")];
    let target = target.map(|(name, value)| (name.to_owned(), value.to_owned()));
    Ok(Scope {
        entry: format!("e{number}"),
        allow: rules.into_iter().collect(),
        sources: Sources::new(u.choose(&grants)?, &target.into()),
        overrides,
        builtin: u.ratio(1, 8)?,
    })
}

fn rule(u: &mut Unstructured<'_>) -> Result<String> {
    let forms = [
        "labels:C:N",
        "tags:N",
        "env:C:N",
        "secrets:C:N",
        "image:C",
        "health-check:C",
        "sidecar:C=acme/app",
        "sidecars",
        "json:/containerDefinitions/C/N",
        "json:/N",
        "json:/containerDefinitions/C/environment/N",
        "json:/*",
        "json:/containerDefinitions",
    ];
    if u.ratio(1, 8)? {
        return Ok(u.arbitrary::<&str>()?.to_owned());
    }
    let form = *u.choose(&forms)?;
    Ok(form
        .replace('C', "\0")
        .replace('N', &word(u)?)
        .replace('\0', &word(u)?))
}

const WORDS: [&str; 21] = [
    "app",
    "proxy",
    "new",
    "A",
    "PATH",
    "LD_PRELOAD",
    "*",
    "0",
    "a/b",
    "~",
    "",
    "environment",
    "secrets",
    "name",
    "value",
    "80/tcp",
    "080/tcp",
    "image",
    "OTEL_*",
    "acme/app:2",
    "/web/s",
];

fn word(u: &mut Unstructured<'_>) -> Result<String> {
    match u.ratio(1, 8)? {
        true => Ok(u.arbitrary::<&str>()?.chars().take(16).collect()),
        false => Ok((*u.choose(&WORDS)?).to_owned()),
    }
}

/// An address, of a place that means something more often than not.
fn place(u: &mut Unstructured<'_>) -> Result<String> {
    if u.ratio(1, 8)? {
        return Ok(u.arbitrary::<&str>()?.to_owned());
    }
    let heads = [
        vec![],
        vec!["containerDefinitions"],
        vec!["containerDefinitions", "app"],
        vec!["containerDefinitions", "new"],
        vec!["containerDefinitions", "app", "environment"],
        vec!["containerDefinitions", "app", "secrets"],
        vec!["containerDefinitions", "app", "linuxParameters", "devices"],
        vec!["volumes"],
        vec!["tags"],
    ];
    let head = u.choose(&heads)?.clone();
    let mut at = head
        .into_iter()
        .fold(Address::root(), |at, token| at.child(token));
    for _ in 0..u.int_in_range(0..=3)? {
        at = at.child(word(u)?);
    }
    let text = at.to_string();
    assert_eq!(text.parse::<Address>(), Ok(at), "{text}");
    Ok(text)
}

fn value(u: &mut Unstructured<'_>, depth: usize) -> Result<Value> {
    Ok(match u.int_in_range(0..=7)? {
        0 if depth > 0 => Value::Null,
        1 if depth > 0 => json!(u.arbitrary::<bool>()?),
        2 if depth > 0 => json!(u.arbitrary::<i32>()?),
        3 if depth > 0 => json!(word(u)?),
        4 if depth < 3 => {
            let count = u.int_in_range(0..=3)?;
            Value::Array(
                (0..count)
                    .map(|_| value(u, depth + 1))
                    .collect::<Result<_>>()?,
            )
        }
        5 | 6 if depth < 4 => {
            let mut members = serde_json::Map::new();
            for _ in 0..u.int_in_range(0..=4)? {
                members.insert(word(u)?, value(u, depth + 1)?);
            }
            Value::Object(members)
        }
        _ => json!("x"),
    })
}

fn call(u: &mut Unstructured<'_>, draft: &mut Draft) -> Result<std::result::Result<(), Failure>> {
    let (container, name, text) = (word(u)?, word(u)?, word(u)?);
    Ok(match u.int_in_range(0..=19)? {
        0 => draft.set_image(&container, &name),
        1 => draft.set_env(&container, &name, &text),
        2 => draft.unset_env(&container, &name),
        3 => draft.set_secret(&container, &name, &text),
        4 => draft.unset_secret(&container, &name),
        5 | 6 => draft.add_container(&container, &value(u, 0)?.to_string()),
        7 => draft.add_container(&container, &json!({ "image": name }).to_string()),
        8 => draft.remove_container(&container),
        9 => draft.set_dependency(&container, &name, &text),
        10 => draft.set_log_option(&container, &name, &text),
        11 => draft.set_log_secret(&container, &name, &text),
        12 => {
            let times = HealthTimes {
                interval: u.arbitrary()?,
                ..HealthTimes::default()
            };
            draft.set_health_check(&container, &[name, text], times)
        }
        13 => draft.add_volume(&name, &value(u, 0)?.to_string()),
        14 => draft.add_mount(&container, &name, &text, u.arbitrary()?),
        15 => draft.set_label(&container, &name, &text),
        16 => draft.set_tag(&name, &text),
        17 | 18 => {
            let at = place(u)?;
            let _ = (draft.json(&at), draft.template_json(&at), draft.origin(&at));
            draft.set_json(&at, &value(u, 1)?.to_string())
        }
        _ => draft.remove(&place(u)?),
    })
}
