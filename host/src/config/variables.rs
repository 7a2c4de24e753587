//! `${env}`, `${service}` and `${inputs.NAME}` in strings; `$${` is a literal `${`.

use super::nearest::nearest;
use super::node::{Data, Field, Node, Table};
use super::problem::{Findings, Place};

/// What a string can refer to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Variable {
    /// `${env}`: name of the environment.
    Env,
    /// `${service}`: key of the service.
    Service,
    /// `${inputs.NAME}`.
    Input(String),
}

/// A piece of a string.
#[derive(Debug, PartialEq, Eq)]
enum Piece<'a> {
    /// Text as it is.
    Literal(&'a str),
    /// The inside of `${…}`.
    Reference(&'a str),
    /// `${` without its end.
    Open(&'a str),
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let (mut pieces, mut rest) = (Vec::new(), text);
    while let Some(at) = rest.find("${") {
        let (before, from) = rest.split_at(at);
        if before.ends_with('$') {
            // The `$` before is the escape: `$${` stands for `${`.
            pieces.extend([Piece::Literal(&before[..at - 1]), Piece::Literal("${")]);
            rest = &from[2..];
            continue;
        }
        pieces.push(Piece::Literal(before));
        let Some(end) = from.find('}') else {
            pieces.push(Piece::Open(from));
            return pieces;
        };
        pieces.push(Piece::Reference(&from[2..end]));
        rest = &from[end + 1..];
    }
    pieces.push(Piece::Literal(rest));
    pieces
}

fn variable(inside: &str) -> Option<Variable> {
    match inside {
        "env" => Some(Variable::Env),
        "service" => Some(Variable::Service),
        _ => inside
            .strip_prefix("inputs.")
            .filter(|name| !name.is_empty())
            .map(|name| Variable::Input(name.to_owned())),
    }
}

/// Whether a string has anything to be replaced.
pub fn any(text: &str) -> bool {
    text.contains("${")
}

/// The variables of a string, in order.
pub fn used(text: &str) -> Vec<Variable> {
    let name = |piece| match piece {
        Piece::Reference(inside) => variable(inside),
        Piece::Literal(_) | Piece::Open(_) => None,
    };
    pieces(text).into_iter().filter_map(name).collect()
}

/// Every variable of every string in a table, with its place.
pub fn all_used(table: &Table) -> Vec<(Variable, Place)> {
    let mut all = Vec::new();
    table.each_text(&mut |text, place| {
        all.extend(
            used(text)
                .into_iter()
                .map(|variable| (variable, place.clone())),
        );
    });
    all
}

/// Reports references that are unknown or not ended.
pub fn check(table: &Table, findings: &mut Findings) {
    table.each_text(&mut |text, place| {
        for piece in pieces(text) {
            match piece {
                Piece::Reference(inside) if variable(inside).is_none() => {
                    findings.add(
                        place,
                        format!("unknown variable `${{{inside}}}`"),
                        Some(way_out(inside)),
                    );
                }
                Piece::Open(rest) => {
                    let hint = "write `$${` for a literal `${`".to_owned();
                    findings.add(place, format!("`${{` has no `}}` in `{rest}`"), Some(hint));
                }
                Piece::Reference(_) | Piece::Literal(_) => {}
            }
        }
    });
}

fn way_out(inside: &str) -> String {
    let literal = format!("write `$${{{inside}}}` for a literal `${{{inside}}}`");
    let meant = match inside.split_once('.') {
        Some((word, name)) if nearest(word, ["inputs", "input"]).is_some() && !name.is_empty() => {
            Some(format!("inputs.{name}"))
        }
        _ => nearest(inside, ["env", "service", "environment"]).map(|name| {
            if name == "environment" {
                "env".to_owned()
            } else {
                name.to_owned()
            }
        }),
    };
    match meant {
        Some(meant) => format!("did you mean `${{{meant}}}`? {literal}"),
        None => format!("known are `${{env}}`, `${{service}}` and `${{inputs.NAME}}`; {literal}"),
    }
}

/// The string with what `lookup` knows; the rest stays as it was written.
pub fn fill(text: &str, lookup: &dyn Fn(&Variable) -> Option<String>) -> String {
    let value = |piece| match piece {
        Piece::Literal(text) | Piece::Open(text) => text.to_owned(),
        Piece::Reference(inside) => variable(inside)
            .and_then(|name| lookup(&name))
            .unwrap_or_else(|| format!("${{{inside}}}")),
    };
    pieces(text).into_iter().map(value).collect()
}

/// A table with every string filled.
pub fn fill_table(table: &Table, lookup: &dyn Fn(&Variable) -> Option<String>) -> Table {
    let fill = |field: &Field| Field {
        value: fill_node(&field.value, lookup),
        ..field.clone()
    };
    Table {
        fields: table.fields.iter().map(fill).collect(),
    }
}

fn fill_node(node: &Node, lookup: &dyn Fn(&Variable) -> Option<String>) -> Node {
    let data = match &node.data {
        Data::Text(text) => Data::Text(fill(text, lookup)),
        Data::List(items) => Data::List(items.iter().map(|item| fill_node(item, lookup)).collect()),
        Data::Table(table) => Data::Table(fill_table(table, lookup)),
        other => other.clone(),
    };
    Node {
        data,
        place: node.place.clone(),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn known(variable: &Variable) -> Option<String> {
        match variable {
            Variable::Env => Some("prod".to_owned()),
            Variable::Service => Some("web".to_owned()),
            Variable::Input(name) => (name == "image").then(|| "app:1".to_owned()),
        }
    }

    #[test]
    fn fills() {
        let cases = [
            ("", ""),
            ("plain $5 $ {x}", "plain $5 $ {x}"),
            ("ecs:${env}-${service}-template", "ecs:prod-web-template"),
            ("${inputs.image}", "app:1"),
            ("$${env}", "${env}"),
            ("$$${env}", "$${env}"),
            ("a$${b}${env}", "a${b}prod"),
            ("${inputs.other}", "${inputs.other}"),
            ("${env", "${env"),
            ("ü${env}ü", "üprodü"),
        ];
        for (text, expected) in cases {
            assert_eq!(fill(text, &known), expected, "{text}");
        }
    }

    #[test]
    fn says_what_is_unknown() {
        let cases = [
            (
                "${HOME}",
                "unknown variable `${HOME}`",
                "known are `${env}`, `${service}` and `${inputs.NAME}`; write `$${HOME}` for a literal `${HOME}`",
            ),
            (
                "${environment}",
                "unknown variable `${environment}`",
                "did you mean `${env}`? write `$${environment}` for a literal `${environment}`",
            ),
            (
                "${servcie}",
                "unknown variable `${servcie}`",
                "did you mean `${service}`? write `$${servcie}` for a literal `${servcie}`",
            ),
            (
                "${input.image}",
                "unknown variable `${input.image}`",
                "did you mean `${inputs.image}`? write `$${input.image}` for a literal `${input.image}`",
            ),
            (
                "${inputs.}",
                "unknown variable `${inputs.}`",
                "known are `${env}`, `${service}` and `${inputs.NAME}`; write `$${inputs.}` for a literal `${inputs.}`",
            ),
            (
                "x ${env",
                "`${` has no `}` in `${env`",
                "write `$${` for a literal `${`",
            ),
        ];
        for (text, message, hint) in cases {
            let node = Node {
                data: Data::Text(text.to_owned()),
                place: Place::default(),
            };
            let field = Field {
                name: "a".to_owned(),
                place: Place::default(),
                value: node,
            };
            let mut findings = Findings::new("f");
            check(
                &Table {
                    fields: vec![field],
                },
                &mut findings,
            );
            let problems = findings.or(()).expect_err(text);
            assert_eq!(
                (problems[0].message.as_str(), problems[0].hint.as_deref()),
                (message, Some(hint))
            );
        }
    }

    proptest! {
        #[test]
        fn text_without_variables_stays(text in "[^$]*") {
            prop_assert_eq!(fill(&text, &known), text);
        }

        #[test]
        fn escaping_every_opening_gives_the_text_back(text in "(a|\\$\\{|\\}|env|ü| )*") {
            prop_assert_eq!(fill(&text.replace("${", "$${"), &known), text);
        }

        #[test]
        fn never_panics(text in "[$${}.a-z]*") {
            let _ = fill(&text, &known);
        }
    }
}
