//! What a run used of every limit, against what is allowed.

use serde::Serialize;

use crate::config::limits::{FIXED, Limit, Limits, TABLE, Unit, Used};
use crate::plugin::engine::Compiler;

/// One limit.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stat {
    limit: &'static str,
    used: Option<u64>,
    allowed: u64,
    unit: &'static str,
    percent: Option<f64>,
    #[serde(skip)]
    shown: [String; 3],
}

/// Every limit, in the order of the reference. What nobody counts has no `used`.
pub fn stats(used: &Used, limits: &Limits) -> Vec<Stat> {
    let all = TABLE.iter().chain(FIXED);
    all.map(|limit| stat(limit, used, limits)).collect()
}

fn stat(limit: &'static Limit, used: &Used, limits: &Limits) -> Stat {
    let (used, allowed) = (limit.used(used), limit.allowed(limits));
    let tenths = |used: u64| (used as f64 * 1000.0 / allowed.max(1) as f64).round() / 10.0;
    let percent = used.map(tenths);
    let none = || "-".to_owned();
    Stat {
        limit: limit.name,
        used,
        allowed,
        unit: limit.counted,
        percent,
        shown: [
            used.map_or_else(none, |used| amount(limit, used)),
            amount(limit, allowed),
            percent.map_or_else(none, |percent| format!("{percent:.1} %")),
        ],
    }
}

/// An amount for people.
fn amount(limit: &Limit, amount: u64) -> String {
    match limit.unit {
        Unit::Count => amount.to_string(),
        Unit::Time if amount >= 10_000 => format!("{} s", amount / 1000),
        Unit::Time => format!("{amount} ms"),
        Unit::Bytes if amount >= 1 << 20 => {
            format!("{:.1} MiB", amount as f64 / f64::from(1 << 20))
        }
        Unit::Bytes if amount >= 1 << 10 => {
            format!("{:.1} KiB", amount as f64 / f64::from(1 << 10))
        }
        Unit::Bytes => format!("{amount} B"),
    }
}

/// A table, a line a limit. Each compiler's units of fuel are its own.
pub fn text(stats: &[Stat], compiler: Compiler) -> String {
    let heads = ["used", "allowed", ""].map(str::to_owned);
    let rows =
        || std::iter::once(("limit", &heads)).chain(stats.iter().map(|s| (s.limit, &s.shown)));
    let wide = |at: usize| rows().map(|(_, shown)| shown[at].len()).max().unwrap_or(0);
    let (names, used, allowed, percent) = (
        rows().map(|(name, _)| name.len()).max().unwrap_or(0),
        wide(0),
        wide(1),
        wide(2),
    );
    let row = |(name, [a, b, c]): (&str, &[String; 3])| {
        let line = format!("{name:names$}  {a:>used$}  {b:>allowed$}  {c:>percent$}");
        format!("{}\n", line.trim_end())
    };
    let table: String = rows().map(row).collect();
    format!("{table}fuel is counted in code of {}\n", compiler.name())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_limit_has_a_line() {
        let used = Used {
            fuel: 100_000_000,
            memory: 3 << 19,
            ..Used::default()
        };
        let stats = stats(&used, &Limits::default());
        let text = text(&stats, Compiler::Cranelift);
        let line = |name: &str| {
            let words = |line: &str| line.split_whitespace().collect::<Vec<_>>().join(" ");
            text.lines().map(words).find(|line| line.starts_with(name))
        };
        assert_eq!(line("fuel").unwrap(), "fuel 100000000 2000000000 5.0 %");
        assert_eq!(line("memory").unwrap(), "memory 1.5 MiB 256.0 MiB 0.6 %");
        assert_eq!(line("stack").unwrap(), "stack - 512.0 KiB -");
        assert!(text.ends_with("code of cranelift\n"));
        assert_eq!(text.lines().count(), 2 + TABLE.len() + FIXED.len());
        assert_eq!(stats[0].percent, Some(5.0));
    }
}
