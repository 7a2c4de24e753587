//! Differences as text for people.

use crate::diff::{Difference, Layer, Line};
use crate::event::short;
use crate::output::escape;

/// The lines, by who is behind them.
pub fn difference(shown: &Difference) -> String {
    let running = shown.running.as_deref().unwrap_or("(nothing)");
    let (family, template) = (&shown.family, &shown.template);
    let mut text = escape::line(&format!("--- {running}")).into_owned();
    text += &format!(
        "\n{}\n",
        escape::line(&format!("+++ {family} from {template}"))
    );
    let layers = [
        (Layer::Infrastructure, "by infrastructure"),
        (Layer::You, "by you"),
        (Layer::Plugin, "by plugin"),
        (Layer::Lookup, "by lookup"),
        (Layer::Unknown, "not told apart"),
    ];
    for (layer, title) in layers {
        let mut lines = shown.split.of(layer).peekable();
        if lines.peek().is_some() {
            text += &format!("{title}\n");
        }
        lines.for_each(|line| text += &format!("  {}\n", told_line(line)));
    }
    text
}

/// What is said where there are none.
pub fn no_difference(shown: &Difference) -> String {
    let running = shown.running.as_deref().unwrap_or("nothing");
    format!("no difference: `{running}` is what would be registered")
}

/// Why infrastructure's part is not told from the rest, where there is a rest.
pub fn untold(shown: &Difference) -> Option<String> {
    let reason = shown.split.reason.as_ref();
    let reason = reason.filter(|_| !shown.split.is_empty())?;
    Some(format!(
        "infrastructure's part is not told from the rest: {reason}"
    ))
}

/// A difference in the talk of a run.
pub fn told(shown: &Difference) -> String {
    match shown.split.is_empty() {
        true => {
            let running = shown.running.as_deref().unwrap_or("nothing");
            format!("no difference to {}", short(running))
        }
        false => difference(shown).trim_end().to_owned(),
    }
}

/// `+` for new, `-` for gone, `~` for changed.
fn told_line(line: &Line) -> String {
    let at = &line.change.address;
    let entry = line
        .entry
        .as_deref()
        .filter(|_| line.layer == Layer::Plugin);
    let entry = entry.map_or(String::new(), |entry| format!("  [{entry}]"));
    let note = line
        .note
        .as_deref()
        .map_or(String::new(), |note| format!("  ({note})"));
    let change = match (&line.change.old, &line.change.new) {
        (None, Some(new)) => format!("+ {at}  {new}"),
        (Some(old), None) => format!("- {at}  {old}"),
        (Some(old), Some(new)) => format!("~ {at}  {old} → {new}"),
        (None, None) => at.clone(),
    };
    escape::line(&format!("{change}{entry}{note}")).into_owned()
}
