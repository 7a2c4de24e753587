//! Whose a difference is: infrastructure code's, yours, a plugin's, or a lookup's.

use serde::Serialize;
use serde_json::Value;

use super::lookup::is_another_answer;
use super::{Change, changes, normalise};
use crate::edit::Edit;
use crate::task_definition::TaskDefinition;
use crate::task_definition::address::{Address, get};

/// The entry of acetate.toml itself: its `[containers]`, `[sidecars]` and `[tags]`.
const OWN_ENTRY: &str = "standard";

/// Who is behind one line of a difference.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Layer {
    /// The template changed since the running revision was made.
    Infrastructure,
    /// acetate.toml sets it, or no longer does.
    You,
    /// A plugin other than the built-in one sets it.
    Plugin,
    /// The same request, but AWS or a registry answers it differently now.
    Lookup,
    /// It cannot be told; [`SplitDiff::reason`] or [`Line::note`] says why.
    Unknown,
}

/// One line of a difference with its layer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Line {
    /// What differs.
    #[serde(flatten)]
    pub change: Change,
    /// Who is behind it.
    pub layer: Layer,
    /// The entry of acetate.toml that sets the place now.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub entry: Option<String>,
    /// What else there is to say of this line: one lowercase fragment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

/// A difference between what runs and what was rendered, line by line with its layer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SplitDiff {
    /// Lines by address; empty where the two mean the same.
    pub lines: Vec<Line>,
    /// Why infrastructure's part could not be told from the rest; `None` where it could.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

impl SplitDiff {
    /// Whether nothing differs.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// The lines of one layer.
    pub fn of(&self, layer: Layer) -> impl Iterator<Item = &Line> {
        self.lines.iter().filter(move |line| line.layer == layer)
    }
}

/// What [`split`] looks at.
#[derive(Debug, Clone, Copy)]
pub struct Split<'a> {
    /// What runs.
    pub running: &'a TaskDefinition,
    /// What would be registered.
    pub rendered: &'a TaskDefinition,
    /// The newest template.
    pub template_now: &'a TaskDefinition,
    /// The template that the running revision was made from, or why it is not at hand.
    pub template_then: Result<&'a TaskDefinition, &'a str>,
    /// What the overlay set or removed, in order.
    pub edits: &'a [Edit],
    /// What the host answered to plugins in this run: ARNs, image digests.
    pub answers: &'a [String],
}

/// The difference between `running` and `rendered`, each line with its layer.
///
/// What the overlay touches now is its entry's. The rest comes from the template: a line there is
/// infrastructure's if the running revision still had what its template had, and otherwise an
/// overlay set the place before and does so no longer. Without the template of then these two
/// cannot be told apart, and the reason given is passed on.
#[must_use]
pub fn split(given: &Split<'_>) -> SplitDiff {
    let (running, rendered) = (normalise(given.running), normalise(given.rendered));
    let template_now = normalise(given.template_now);
    let template_then = given.template_then.map(normalise);
    let lines = changes(&running, &rendered)
        .into_iter()
        .map(|(at, old, new)| {
            let entry = now(given.edits, &at);
            let (layer, note) = match (entry, &template_then) {
                (Some(entry), _) => (by_overlay(entry, &old, &new, given.answers), None),
                (None, Ok(then)) => by_template(&at, &old, then, &template_now, given.edits),
                (None, Err(_)) => (Layer::Unknown, None),
            };
            let change = Change {
                address: at.to_string(),
                old,
                new,
            };
            Line {
                change,
                layer,
                entry: entry.map(str::to_owned),
                note,
            }
        })
        .collect();
    let reason = given.template_then.err().map(str::to_owned);
    SplitDiff { lines, reason }
}

/// The last entry that set or removed this place, what holds it, or what is in it.
fn now<'a>(edits: &'a [Edit], at: &Address) -> Option<&'a str> {
    let touches = |edit: &&Edit| at.is_within(&edit.address) || edit.address.is_within(at);
    edits
        .iter()
        .rev()
        .find(touches)
        .map(|edit| edit.entry.as_str())
}

fn by_overlay(entry: &str, old: &Option<Value>, new: &Option<Value>, answers: &[String]) -> Layer {
    let text = |value: &Option<Value>| value.as_ref().and_then(Value::as_str).map(str::to_owned);
    let texts = text(old).zip(text(new));
    if texts.is_some_and(|(old, new)| is_another_answer(&old, &new, answers)) {
        Layer::Lookup
    } else if entry == OWN_ENTRY {
        Layer::You
    } else {
        Layer::Plugin
    }
}

fn by_template(
    at: &Address,
    old: &Option<Value>,
    then: &Value,
    now: &Value,
    edits: &[Edit],
) -> (Layer, Option<String>) {
    let (then, now) = (in_template(then, at), in_template(now, at));
    let as_template = old.as_ref() == then;
    if as_template && then != now {
        return (Layer::Infrastructure, None);
    }
    // Neither template nor overlay: a setting of acetate.toml, such as what becomes of tags.
    if as_template || at.tokens().first().is_some_and(|first| first == "tags") {
        return (Layer::You, None);
    }
    // An entry that was taken out of acetate.toml is your change; a plugin of another version
    // that sets less is not, and where plugins are in use it could be either.
    let only_own = edits.iter().all(|edit| edit.entry == OWN_ENTRY);
    let layer = if only_own { Layer::You } else { Layer::Unknown };
    (
        layer,
        Some("an overlay set it before, none does now".to_owned()),
    )
}

/// What a template in normal form has at an address; nothing where the address leads nowhere.
fn in_template<'a>(template: &'a Value, at: &Address) -> Option<&'a Value> {
    get(template, at).ok().flatten()
}
