//! Holds what was written against the table of keys: unknown keys, wrong types, wrong forms.

use super::keys::{self, Groups, Key, Kind};
use super::nearest::{did_you_mean, listed};
use super::node::{Data, Field, Node, Table};
use super::problem::Findings;
use super::variables;

/// Whether strings still carry their variables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// As written: the form of a string with variables cannot be judged yet.
    Written,
    /// Variables have their values.
    Filled,
}

/// Checks a table against the keys that it may have.
pub fn table(table: &Table, groups: Groups, stage: Stage, findings: &mut Findings) {
    for field in &table.fields {
        match groups
            .iter()
            .copied()
            .flatten()
            .find(|key| key.name == field.name)
        {
            Some(key) => value(&field.value, &key.kind, stage, findings),
            None => unknown(field, groups, findings),
        }
    }
}

fn unknown(field: &Field, groups: Groups, findings: &mut Findings) {
    let known: Vec<&str> = groups
        .iter()
        .copied()
        .flatten()
        .map(|key: &Key| key.name)
        .collect();
    let elsewhere =
        || keys::home(&field.name).map(|home| format!("`{}` belongs {home}", field.name));
    let hint = did_you_mean(&field.name, known.iter().copied())
        .or_else(elsewhere)
        .unwrap_or_else(|| format!("the keys here are {}", listed(known.iter().copied())));
    findings.add(
        &field.place,
        format!("unknown key `{}`", field.name),
        Some(hint),
    );
}

fn value(node: &Node, kind: &Kind, stage: Stage, findings: &mut Findings) {
    match (kind, &node.data) {
        (Kind::Text(_), Data::Text(text)) if stage == Stage::Written && variables::any(text) => {}
        (Kind::Text(format), Data::Text(text)) => {
            if let Err((message, hint)) = format.check(text) {
                findings.add(&node.place, message, hint);
            }
        }
        (Kind::Limit(_), Data::Text(text)) if stage == Stage::Written && variables::any(text) => {}
        (Kind::Limit(limit), _) => match limit.read(node) {
            Some(Ok(_)) => {}
            Some(Err(why)) => findings.add(&node.place, why, None),
            None => mismatch(node, kind, findings),
        },
        (Kind::Count(most), Data::Integer(number)) if (0..=*most).contains(number) => {}
        (Kind::Integer, Data::Integer(_))
        | (Kind::Boolean | Kind::Granted(_), Data::Boolean(_)) => {}
        (Kind::Texts, Data::List(items)) => items.iter().for_each(|item| element(item, findings)),
        (Kind::Each(format) | Kind::Granted(format), Data::List(items)) => {
            for item in items {
                match item.text() {
                    Some(_) => value(item, &Kind::Text(*format), stage, findings),
                    None => element(item, findings),
                }
            }
        }
        (Kind::Table(groups), Data::Table(fields)) => table(fields, groups, stage, findings),
        (Kind::Named(name, item), Data::Table(fields)) => {
            for field in &fields.fields {
                if let Err((message, hint)) = name.check(&field.name) {
                    findings.add(&field.place, message, hint);
                }
                value(&field.value, item, stage, findings);
            }
        }
        (Kind::Open, Data::Table(fields)) => {
            fields
                .fields
                .iter()
                .for_each(|field| open(&field.value, findings));
        }
        _ => mismatch(node, kind, findings),
    }
}

fn element(node: &Node, findings: &mut Findings) {
    if node.text().is_none() {
        let message = format!(
            "expected an array of strings, found {} in it",
            node.data.noun()
        );
        findings.add(&node.place, message, in_quotes(node));
    }
}

/// A value that somebody else judges: only what JSON cannot say is refused.
fn open(node: &Node, findings: &mut Findings) {
    match &node.data {
        Data::Date => {
            findings.add(
                &node.place,
                "expected a plain value, found a date",
                in_quotes(node),
            );
        }
        Data::Float(number) if !number.is_finite() => {
            findings.add(&node.place, "expected a finite number", None);
        }
        Data::List(items) => items.iter().for_each(|item| open(item, findings)),
        Data::Table(fields) => fields
            .fields
            .iter()
            .for_each(|field| open(&field.value, findings)),
        _ => {}
    }
}

fn mismatch(node: &Node, kind: &Kind, findings: &mut Findings) {
    let expected = match kind {
        Kind::Text(format) => format.expected(),
        Kind::Count(_) => "an integer from 0",
        Kind::Limit(limit) => limit.expected(),
        Kind::Integer => "an integer",
        Kind::Boolean => "`true` or `false`",
        Kind::Texts | Kind::Each(_) => "an array of strings",
        Kind::Granted(_) => "an array of strings, `true` or `false`",
        Kind::Table(_) | Kind::Named(..) | Kind::Open => "a table",
    };
    let hint = match (kind, &node.data) {
        (Kind::Text(_), _) => in_quotes(node),
        (Kind::Texts | Kind::Each(_) | Kind::Granted(_), Data::Text(_)) => {
            Some("write it in brackets".to_owned())
        }
        _ => None,
    };
    let found = match node.data {
        Data::Integer(number) => format!("`{number}`"),
        _ => node.data.noun().to_owned(),
    };
    findings.add(
        &node.place,
        format!("expected {expected}, found {found}"),
        hint,
    );
}

fn in_quotes(node: &Node) -> Option<String> {
    let single = !matches!(node.data, Data::List(_) | Data::Table(_));
    single.then(|| "write it in quotes".to_owned())
}
