//! What the process that runs a plugin is told, and what it says.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::config::limits::{Limits, TABLE, Used, named};
use crate::edit::Failure;
use crate::event::Severity;
use crate::overlay::{Allow, Call, Claim, Draft, Overlaid};
use crate::plugin::entry::{EntryInput, Traced};
use crate::plugin::load::Kind;
use crate::plugin::lookups::{Question, Replied};
use crate::plugin::state::State;
use crate::task_definition::TaskDefinition;
use crate::task_definition::address::Address;

/// All that a run needs but for the component, which follows as it is.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Task {
    pub name: String,
    pub kind: Kind,
    pub coredumps: bool,
    entry: Entry,
    limits: BTreeMap<String, u64>,
    family: String,
    template: Value,
    definition: Value,
    claims: Vec<Claimed>,
}

/// An entry's input, its lines of `allow` as they are written.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    config: Value,
    inputs: BTreeMap<String, String>,
    target: BTreeMap<String, String>,
    allow: Vec<String>,
    grant: Value,
    overrides: Vec<String>,
    builtin: bool,
}

/// A claim with its place.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Claimed {
    at: Vec<String>,
    entry: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    wants: Option<Value>,
}

/// What the process says. The last two end the conversation.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Said {
    /// The plugin looks something up.
    Ask(Question),
    /// The compiler does not take the component, or it is no plugin.
    Refused(String),
    /// The run came to an end.
    Ended(Box<Ended>),
}

/// What it is replied.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Heard {
    /// What there is to reply.
    Replied(Replied),
    /// Time ran out.
    Late,
}

/// All that comes of a run.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ended {
    /// What keeps processes apart that this system does not have.
    pub lacks: Vec<String>,
    pub outcome: Outcome,
    /// The calls that its draft recorded.
    pub calls: Vec<Call>,
    pub reported: Vec<Reported>,
    pub traced: Vec<Traced>,
    used: BTreeMap<String, u64>,
}

/// How a run ended.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    Done,
    GaveUp(Failure),
    Limit { name: String, used: u64, told: Last },
    Trap { trap: String, told: Last },
}

/// What is told of a run that ended badly.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Last {
    pub last_edit: Option<(u64, String)>,
    pub last_call: Option<String>,
    pub backtrace: Vec<String>,
    /// In base64.
    pub coredump: Option<String>,
}

/// A message that the plugin reported, as it gave it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Reported {
    pub severity: String,
    pub code: String,
    pub message: String,
    pub address: Option<String>,
}

/// What a process said, read under the limits of its plugin.
///
/// # Errors
/// It is no such thing, or has more parts than any answer of a plugin that keeps its limits: each
/// takes many times its text in memory, and was not counted before.
pub fn read(message: &[u8], limits: &Limits) -> Result<Said, String> {
    // A call or a message has eight parts at most; a list of a call is counted by its bytes.
    let parts = (limits.edits + limits.messages) * 8 + limits.call_bytes / 8 + 4096;
    if commas(message) > parts {
        return Err(format!("it has more than {parts} parts"));
    }
    serde_json::from_slice(message).map_err(|why| why.to_string())
}

/// Commas between values, which are as many as there are values, near enough.
fn commas(json: &[u8]) -> usize {
    let (mut found, mut is_text, mut is_escaped) = (0, false, false);
    for byte in json {
        match byte {
            _ if is_escaped => is_escaped = false,
            b'\\' => is_escaped = true,
            b'"' => is_text = !is_text,
            b',' if !is_text => found += 1,
            _ => {}
        }
    }
    found
}

impl Task {
    /// The run that this state is there for.
    pub fn new(name: &str, kind: Kind, coredumps: bool, state: &State) -> Self {
        let (entry, overlaid) = (&state.entry, state.draft.overlaid());
        let claims = overlaid.claims.iter();
        Self {
            name: name.to_owned(),
            kind,
            coredumps,
            limits: amounts(|limit| limit.allowed(&state.meter.limits)),
            family: state.draft.family().to_owned(),
            template: overlaid.template.value().clone(),
            definition: overlaid.definition.value().clone(),
            claims: claims.map(Claimed::new).collect(),
            entry: Entry {
                id: entry.id.clone(),
                config: entry.config.clone(),
                inputs: entry.inputs.clone(),
                target: entry.target.clone(),
                allow: entry.allow.rules().map(ToString::to_string).collect(),
                grant: entry.grant.clone(),
                overrides: entry.overrides.clone(),
                builtin: entry.builtin,
            },
        }
    }

    /// How much the plugin may use.
    pub fn limits(&self) -> Limits {
        limits(&self.limits)
    }

    /// The entry and a draft as they were; `None` where this is no task of acetate's.
    pub fn begin(self) -> Option<(EntryInput, Draft)> {
        let Entry {
            id,
            config,
            inputs,
            target,
            allow,
            grant,
            overrides,
            builtin,
        } = self.entry;
        let entry = EntryInput {
            id,
            config,
            inputs,
            target,
            allow: Allow::parse(allow).ok()?,
            grant,
            overrides,
            builtin,
        };
        let definition = TaskDefinition::new(self.definition)?;
        let overlaid = Overlaid {
            template: TaskDefinition::new(self.template)?,
            definition: definition.clone(),
            // Nothing that a plugin is told depends on the rest.
            edits: Vec::new(),
            claims: self.claims.into_iter().map(Claimed::claim).collect(),
            overridden: Vec::new(),
            diagnostics: Vec::new(),
        };
        let draft = Draft::for_reading(overlaid, definition, &self.family, entry.scope());
        Some((entry, draft))
    }
}

impl Claimed {
    fn new((at, claim): (&Address, &Claim)) -> Self {
        Self {
            at: at.tokens().to_vec(),
            entry: claim.entry.clone(),
            wants: claim.wants.clone(),
        }
    }

    fn claim(self) -> (Address, Claim) {
        let below = |at: Address, token: String| at.child(token);
        let claim = Claim {
            entry: self.entry,
            wants: self.wants,
        };
        (self.at.into_iter().fold(Address::root(), below), claim)
    }
}

impl Ended {
    /// What came of the run.
    pub fn new(outcome: Outcome, state: State, used: &Used, lacks: Vec<String>) -> Self {
        let reported = state.reported.into_iter().map(|diagnostic| Reported {
            severity: match diagnostic.severity {
                Severity::Info => "info",
                Severity::Warning => "warning",
                Severity::Error => "error",
            }
            .to_owned(),
            code: diagnostic.code,
            message: diagnostic.message,
            address: diagnostic.address,
        });
        Self {
            lacks,
            outcome,
            calls: state.made,
            reported: reported.collect(),
            traced: state.traced,
            used: amounts(|limit| limit.used(used).unwrap_or(0)),
        }
    }

    /// What the plugin used.
    pub fn used(&self) -> Used {
        limits(&self.used).into()
    }
}

fn amounts(of: impl Fn(&crate::config::limits::Limit) -> u64) -> BTreeMap<String, u64> {
    let all = TABLE.iter();
    all.map(|limit| (limit.name.to_owned(), of(limit)))
        .collect()
}

fn limits(amounts: &BTreeMap<String, u64>) -> Limits {
    let known = amounts
        .iter()
        .filter_map(|(name, amount)| Some((named(name)?, *amount)));
    known.fold(Limits::default(), |limits, (limit, amount)| {
        limit.set(limits, amount)
    })
}
