//! Statements, and the document that they make.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// A condition: operator and key of IAM's.
type Key = (&'static str, &'static str);

/// `ecs:cluster`, for what has no ARN that names it.
pub(super) const IN_CLUSTER: Key = ("ArnEquals", "ecs:cluster");
/// What a tag is put on with.
pub(super) const CREATE_ACTION: Key = ("StringEquals", "ecs:CreateAction");
/// Who is given a role.
pub(super) const PASSED_TO: Key = ("StringEquals", "iam:PassedToService");

/// One statement of a policy: it allows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Its id.
    pub sid: &'static str,
    /// What it is for, and why it names nothing finer, in a sentence without its full stop.
    pub why: &'static str,
    actions: BTreeSet<&'static str>,
    resources: BTreeSet<String>,
    condition: Option<(Key, BTreeSet<String>)>,
}

impl Statement {
    pub(super) fn new(
        sid: &'static str,
        why: &'static str,
        actions: impl IntoIterator<Item = &'static str>,
        resources: impl IntoIterator<Item = String>,
    ) -> Self {
        Self {
            sid,
            why,
            actions: actions.into_iter().collect(),
            resources: resources.into_iter().collect(),
            condition: None,
        }
    }

    /// The same, only where `key` has this value.
    pub(super) fn only(self, key: Key, value: String) -> Self {
        let condition = Some((key, BTreeSet::from([value])));
        Self { condition, ..self }
    }

    /// Adds what another one of the same id allows.
    pub(super) fn join(&mut self, other: Self) {
        self.actions.extend(other.actions);
        self.resources.extend(other.resources);
        if let (Some((_, values)), Some((_, more))) = (&mut self.condition, other.condition) {
            values.extend(more);
        }
    }

    /// The statement as IAM reads it.
    #[must_use]
    pub fn json(&self) -> Value {
        let mut members = Map::new();
        members.insert("Sid".to_owned(), self.sid.into());
        members.insert("Effect".to_owned(), "Allow".into());
        members.insert("Action".to_owned(), json!(self.actions));
        members.insert("Resource".to_owned(), json!(self.resources));
        if let Some(((operator, key), values)) = &self.condition {
            members.insert(
                "Condition".to_owned(),
                json!({ *operator: { *key: values } }),
            );
        }
        Value::Object(members)
    }
}

/// The policy document.
#[must_use]
pub fn document(statements: &[Statement]) -> Value {
    let statements: Vec<Value> = statements.iter().map(Statement::json).collect();
    json!({ "Version": "2012-10-17", "Statement": statements })
}
