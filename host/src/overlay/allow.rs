//! What an entry may edit: deny by default, decided here and nowhere else.
//!
//! The built-in entry may edit everything, because its edits are the user's own lines. Another
//! entry needs a line of `allow` for each place, and, for what a secret refers to, a grant.

use serde_json::Value;

use crate::edit::{Failure, Step};
use crate::task_definition::address::{self, Address};

use super::level::{self, Level};
use super::rule::{self, Rule, RuleError};
use super::{Scope, loading, sources};

mod lines;

use lines::{is_reference, line};

/// The lines of one entry's `allow`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allow(Vec<Rule>);

impl Allow {
    /// Reads the lines.
    ///
    /// # Errors
    /// The first that is no line of `allow`.
    pub fn parse<T: AsRef<str>>(lines: impl IntoIterator<Item = T>) -> Result<Self, RuleError> {
        let rules = lines.into_iter().map(|line| line.as_ref().parse());
        rules.collect::<Result<_, _>>().map(Self)
    }

    /// The lines in the order written.
    pub fn rules(&self) -> impl Iterator<Item = &Rule> {
        self.0.iter()
    }

    /// The lines that are of a higher level than this.
    pub fn above(&self, most: Level) -> impl Iterator<Item = &Rule> {
        self.0.iter().filter(move |rule| rule.level() > most)
    }

    /// Whether a place may be set to a value, or removed for `None`. `own` is whether it lies in
    /// a container that this entry adds.
    fn permits(&self, address: &Address, new: Option<&Value>, own: bool) -> bool {
        if !self.0.iter().any(|rule| rule.covers(address, own)) {
            return false;
        }
        let [_, container, member] = address.tokens() else {
            return true;
        };
        // A repository that was named stands, whatever else is allowed.
        let mut pins = self.0.iter().filter(|rule| rule.pins(container)).peekable();
        let is_pinned = own && member == "image" && pins.peek().is_some();
        !is_pinned || new.is_none_or(|image| pins.any(|rule| rule.takes(image)))
    }
}

impl FromIterator<Rule> for Allow {
    fn from_iter<T: IntoIterator<Item = Rule>>(rules: T) -> Self {
        Self(rules.into_iter().collect())
    }
}

/// How many lines a hint lists. Nobody reads more, and each is compared with the others.
const MANY: usize = 20;

/// A call of an entry, to be judged.
pub(super) struct Asked<'a> {
    /// Who asks.
    pub scope: &'a Scope,
    /// The call, by its name in `acetate:plugin/edit`.
    pub call: &'a str,
    /// What it would do.
    pub steps: &'a [Step],
    /// The document before it.
    pub document: &'a Value,
    /// Whether a container of this name can only be the entry's own: neither the template nor an
    /// earlier entry has or had one.
    pub own: &'a dyn Fn(&str) -> bool,
}

/// Refuses a call that does more than its entry may.
///
/// # Errors
/// `not-allowed`, with the lines to add to `allow`; `not-granted` for a secret that refers to
/// what was not granted, with the line to add to `grant`.
pub(super) fn check(asked: &Asked<'_>) -> Result<(), Failure> {
    if asked.scope.builtin {
        return Ok(());
    }
    let refused: Vec<&Step> = asked.steps.iter().filter(|s| !asked.permits(s)).collect();
    if let Some(first) = refused.first() {
        return Err(asked.refusal(first, &refused));
    }
    let mut references = asked.steps.iter().filter(|s| is_reference(&s.address));
    references.try_for_each(|step| asked.refers(step))
}

impl Asked<'_> {
    fn permits(&self, step: &Step) -> bool {
        let at = &step.address;
        let own = self.is_own(at);
        let allow = &self.scope.allow;
        let may = |at: &Address| allow.permits(at, step.new.as_ref(), own);
        may(at) && (step.new.is_some() || self.loading_below(at).iter().all(may))
    }

    fn is_own(&self, at: &Address) -> bool {
        match at.tokens() {
            [list, container, ..] => list == "containerDefinitions" && (self.own)(container),
            _ => false,
        }
    }

    /// Whether a line lets a sidecar of this name be added, and that is somebody else's container.
    fn is_others(&self, at: &Address) -> bool {
        let pins = |name: &String| self.scope.allow.rules().any(|rule| rule.pins(name));
        !self.is_own(at) && at.tokens().get(1).is_some_and(pins)
    }

    /// Variables whose names load code, of a list of variables that would go as a whole.
    fn loading_below(&self, at: &Address) -> Vec<Address> {
        let [_, _, list] = at.tokens() else {
            return Vec::new();
        };
        if !matches!(list.as_str(), "environment" | "secrets") {
            return Vec::new();
        }
        let there = address::get(self.document, at).ok().flatten();
        let leaves = there.map_or_else(Vec::new, |list| address::leaves(list, at));
        let variables = leaves.into_iter().filter_map(|(leaf, _)| {
            let (_, name) = level::variable(leaf.tokens())?;
            loading::is(name).then(|| at.child(name))
        });
        variables.collect()
    }

    fn refusal(&self, first: &Step, refused: &[&Step]) -> Failure {
        let (entry, call) = (&self.scope.entry, self.call);
        let (at, level) = (&first.address, level::of(&first.address));
        let others = match self.is_others(at) {
            true => ": the container is not its own",
            false => "",
        };
        let message =
            format!("`{entry}` may not `{call}` at `{at}`, a place of level {level}{others}");
        let mut lines: Vec<String> = Vec::new();
        let covered = |lines: &[String], at: &Address| {
            let rules = lines.iter().filter_map(|line| line.parse::<Rule>().ok());
            rules.into_iter().any(|rule| rule.covers(at, false))
        };
        let mut places = refused.iter();
        while lines.len() < MANY
            && let Some(step) = places.next()
        {
            if covered(&lines, &step.address) {
                continue;
            }
            for line in self.lines(step) {
                if !lines.contains(&line) {
                    lines.push(line);
                }
            }
        }
        let failure = Failure::new("not-allowed", message).at(at);
        let names = |line: &String| !line.contains('*') && line.parse::<Rule>().is_ok();
        if !lines.iter().all(names) {
            return failure.hint("a name that is empty or has `*` in it cannot be allowed");
        }
        let list = Value::from(lines);
        let more = match places.len() {
            0 => String::new(),
            more => format!(", and lines for {more} more places"),
        };
        failure.hint(format!(
            "to allow it, give `{entry}` `allow = {list}`{more}"
        ))
    }

    /// The lines that would let this step pass.
    fn lines(&self, step: &Step) -> Vec<String> {
        let at = &step.address;
        let mut lines = self.loading_below(at).iter().map(line).collect::<Vec<_>>();
        if step.new.is_some() {
            lines.clear();
        }
        let container = match at.tokens() {
            [list, name] if list == "containerDefinitions" => Some(name),
            [list, name, member] if list == "containerDefinitions" && member == "image" => {
                Some(name)
            }
            _ => None,
        };
        let sidecar = container
            .filter(|name| (self.own)(name))
            .and_then(|name| self.sidecar(name));
        lines.insert(0, sidecar.unwrap_or_else(|| line(at)));
        lines
    }

    /// The line for a container that this call adds, with the repository of its image.
    fn sidecar(&self, name: &str) -> Option<String> {
        let image = Address::container(name).child("image");
        let step = self.steps.iter().find(|step| step.address == image)?;
        let repository = rule::repository(step.new.as_ref()?.as_str()?);
        let line = format!("sidecar:{name}={repository}");
        line.parse::<Rule>().ok().map(|_| line)
    }

    fn refers(&self, step: &Step) -> Result<(), Failure> {
        let Some(new) = &step.new else {
            return Ok(());
        };
        let entry = &self.scope.entry;
        let refused = match new.as_str() {
            Some(reference) => match self.scope.sources.check(reference) {
                Ok(()) => return Ok(()),
                Err(refused) => refused,
            },
            None => {
                let failure = Failure::new("invalid", format!("`{new}` refers to no secret"));
                return Err(failure.at(&step.address));
            }
        };
        let sources::Refused { why, line } = refused;
        let message = format!("`{entry}` may not `{}` to {why}", self.call);
        let failure = Failure::new("not-granted", message).at(&step.address);
        Err(match line {
            Some(line) => failure.hint(format!("to grant it, give `{entry}` `{line}`")),
            None => failure,
        })
    }
}

#[cfg(test)]
mod tests;
