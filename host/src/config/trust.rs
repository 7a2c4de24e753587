//! `[trust]`, in acetate.toml or in a file of its own: names of keys, and which of them must have
//! signed what.

use std::collections::BTreeMap;

use super::check::{self, Stage};
use super::keys;
use super::nearest::did_you_mean;
use super::node::{self, Field, Node, Table};
use super::problem::{Findings, Problem};
use super::variables;
use crate::overlay::level::Level;
use crate::trust::{Pattern, PublicKey, Rule, Rules};

/// What a file says about trust, its keys not read yet.
#[derive(Debug, Clone, PartialEq)]
pub struct TrustText {
    /// How messages call the file.
    pub file: String,
    /// Another file of the project that has a say.
    pub named: Option<String>,
    /// Keys by name: PEM, or the file that holds it.
    keys: BTreeMap<String, String>,
    rules: Vec<Rule>,
    max_level: Option<Level>,
}

impl TrustText {
    /// Reads a file that is about trust alone. `file` is how messages call it.
    ///
    /// # Errors
    /// Everything that is wrong with it.
    pub fn parse(text: &str, file: &str) -> Result<Self, Vec<Problem>> {
        let mut findings = Findings::new(file);
        let root = node::read(text, &mut findings);
        if findings.is_empty() {
            check::table(&root, &[keys::TRUST], Stage::Filled, &mut findings);
        }
        if findings.is_empty() {
            check_rules(&root, &mut findings);
        }
        findings.or(Self::of(&root, file))
    }

    /// What `[trust]` of a checked file says.
    pub(super) fn of(table: &Table, file: &str) -> Self {
        let keys = table.table("keys").map(|keys| &keys.fields);
        let key = |field: &Field| Some((field.name.clone(), field.value.text()?.to_owned()));
        Self {
            file: file.to_owned(),
            named: table.text("file").map(str::to_owned),
            keys: keys.into_iter().flatten().filter_map(key).collect(),
            rules: table.tables("plugins").filter_map(rule).collect(),
            max_level: table.text("max-level").and_then(level),
        }
    }

    /// The rules, with each key read; `read` gives the text of a file that a key is named by.
    ///
    /// # Errors
    /// A key that cannot be read or is none: its name, and why, as a fragment about the key.
    pub fn rules(
        self,
        read: impl Fn(&str) -> std::io::Result<String>,
    ) -> Result<Rules, (String, String)> {
        let key = |(name, given): (String, String)| {
            let text = match given.trim_start().starts_with("-----BEGIN ") {
                true => Ok(given),
                false => read(&given).map_err(|why| format!("`{given}` cannot be read: {why}")),
            };
            match text.and_then(|text| PublicKey::parse(&text)) {
                Ok(key) => Ok((name, key)),
                Err(why) => Err((name, why)),
            }
        };
        Ok(Rules {
            file: self.file,
            keys: self.keys.into_iter().map(key).collect::<Result<_, _>>()?,
            rules: self.rules,
            max_level: self.max_level,
        })
    }
}

/// Checks what the table of keys cannot say: that a rule names keys, each once, that are there.
pub fn check_rules(table: &Table, findings: &mut Findings) {
    let nothing = Table::default();
    let keys = table.table("keys").unwrap_or(&nothing);
    table.each_text(&mut |text, place| {
        if variables::any(text) {
            let message = "what is trusted depends on no variable";
            findings.add(place, message, Some("write it in full".to_owned()));
        }
    });
    for (field, rule) in table.tables("plugins") {
        let lists = ["all-of", "any-of"].map(|list| rule.get(list).map_or(&[][..], Node::list));
        for list in lists {
            names(list, keys, findings);
        }
        let [all, any] = lists.map(<[Node]>::len);
        let unsigned = rule.get("unsigned").and_then(Node::boolean) == Some(true);
        let minimum = rule.get("minimum").and_then(Node::integer);
        let name = &field.name;
        let wrong = match (all + any, unsigned, minimum) {
            (0, false, _) => Some((
                format!("the rule for `{name}` asks for nothing"),
                "name keys, as `all-of = [\"NAME\"]`, or say `unsigned = true`",
            )),
            (0, true, None) => None,
            (_, true, _) => Some((
                format!("the rule for `{name}` asks for signatures and for none"),
                "leave `unsigned` away, or all the others",
            )),
            (_, false, None) => None,
            (_, false, Some(least))
                if least >= 1 && usize::try_from(least).is_ok_and(|n| n <= any) =>
            {
                None
            }
            _ => Some((
                format!("the rule for `{name}` asks for a number of keys that there is not"),
                "`minimum` counts in `any-of`: from 1 to as many as it has",
            )),
        };
        if let Some((message, hint)) = wrong {
            findings.add(&field.place, message, Some(hint.to_owned()));
        }
    }
}

fn names(list: &[Node], keys: &Table, findings: &mut Findings) {
    let known = || keys.fields.iter().map(|field| field.name.as_str());
    for (at, node) in list.iter().enumerate() {
        let Some(name) = node.text() else { continue };
        if !known().any(|key| key == name) {
            let hint = did_you_mean(name, known());
            let hint = hint.unwrap_or_else(|| format!("`{name} = \"FILE\"` in `keys` names it"));
            findings.add(&node.place, format!("unknown key `{name}`"), Some(hint));
        }
        if list[..at].iter().any(|before| before.text() == Some(name)) {
            findings.add(&node.place, format!("`{name}` is named twice"), None);
        }
    }
}

fn rule((field, table): (&Field, &Table)) -> Option<Rule> {
    let texts = |name| table.get(name).map(Node::texts).unwrap_or_default();
    let any_of = texts("any-of");
    let least = usize::from(!any_of.is_empty());
    let minimum = table.get("minimum").and_then(Node::integer);
    Some(Rule {
        pattern: Pattern::parse(&field.name).ok()?,
        all_of: texts("all-of"),
        minimum: minimum
            .and_then(|n| usize::try_from(n).ok())
            .unwrap_or(least),
        any_of,
        unsigned: table.get("unsigned").and_then(Node::boolean) == Some(true),
        max_level: table.text("max-level").and_then(level),
    })
}

fn level(text: &str) -> Option<Level> {
    [Level::Metadata, Level::Influence, Level::Code]
        .into_iter()
        .find(|level| level.to_string() == text)
}

#[cfg(test)]
mod tests {
    use super::super::Config;
    use super::*;

    fn faults(text: &str) -> Vec<String> {
        let problems = TrustText::parse(text, "f").expect_err("it is wrong");
        problems.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_rule_asks_for_what_there_is_and_for_something() {
        let keys = "[keys]\na = \"a.pub\"\nb = \"b.pub\"\n[plugins.\"r.io/\"]\n";
        for (rule, told) in [
            ("", "asks for nothing"),
            ("unsigned = false", "asks for nothing"),
            ("all-of = []", "asks for nothing"),
            ("all-of = [\"c\"]", "unknown key `c`"),
            ("all-of = [\"a\", \"a\"]", "`a` is named twice"),
            (
                "all-of = [\"a\"]\nunsigned = true",
                "for signatures and for none",
            ),
            (
                "any-of = [\"a\", \"b\"]\nminimum = 0",
                "a number of keys that there is not",
            ),
            (
                "any-of = [\"a\", \"b\"]\nminimum = 3",
                "a number of keys that there is not",
            ),
            (
                "all-of = [\"a\"]\nminimum = 1",
                "a number of keys that there is not",
            ),
            (
                "unsigned = true\nminimum = 1",
                "for signatures and for none",
            ),
            (
                "unsigned = true\nmax-level = \"codex\"",
                "expected one of `metadata`",
            ),
            (
                "unsigned = true\nmax-level = \"${env}\"",
                "expected one of `metadata`",
            ),
            ("unsinged = true", "unknown key `unsinged`"),
        ] {
            let faults = faults(&format!("{keys}{rule}"));
            assert!(
                faults.iter().any(|fault| fault.contains(told)),
                "{rule}: {faults:?}"
            );
        }
        let faults = faults("file = \"x\"\n[plugins.acme]\nunsigned = true");
        assert_eq!(faults.len(), 2, "{faults:?}");
    }

    #[test]
    fn what_is_trusted_depends_on_no_variable() {
        let text =
            "template = \"file:t\"\nfamily = \"f\"\n[trust]\nmax-level = \"${inputs.level}\"\n";
        let problems = Config::parse(text, "f").expect_err("it is wrong");
        assert_eq!(
            problems[0].message,
            "what is trusted depends on no variable"
        );
    }

    #[test]
    fn a_rule_is_read_with_its_defaults() {
        let text = "max-level = \"influence\"\n[keys]\na = \"a\"\nb = \"b\"\n[plugins.\"r.io/\"]\nany-of = [\"a\", \"b\"]\n";
        let read = TrustText::parse(text, "f").expect("it is good");
        assert_eq!((read.rules[0].minimum, read.rules[0].unsigned), (1, false));
        assert_eq!(read.max_level, Some(Level::Influence));
        let absent = read.rules(|_| Err(std::io::ErrorKind::NotFound.into()));
        let (key, why) = absent.expect_err("there is no such file");
        assert_eq!(key, "a");
        assert!(why.starts_with("`a` cannot be read"), "{why}");
    }
}
