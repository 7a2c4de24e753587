//! The known name that a misspelt one most likely means.

/// The name nearest to `word`, if one is near enough to be meant: at most a third of its letters
/// inserted, left out, exchanged or swapped; case, `_` and `-` do not count.
pub fn nearest<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let plain = |name: &str| {
        name.to_lowercase()
            .replace('_', "-")
            .chars()
            .collect::<Vec<_>>()
    };
    let word = plain(word);
    let most = (word.len() / 3).max(1);
    let scored = names
        .into_iter()
        .map(|name| (distance(&word, &plain(name)), name));
    scored
        .filter(|(distance, _)| *distance <= most)
        .min()
        .map(|(_, name)| name)
}

/// "did you mean …" for a misspelt name.
pub fn did_you_mean<'a>(word: &str, names: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(word, names).map(|name| format!("did you mean `{name}`?"))
}

/// The names for a message: `` `a`, `b`, `c` ``.
pub fn listed(names: impl IntoIterator<Item = impl AsRef<str>>) -> String {
    names
        .into_iter()
        .map(|name| format!("`{}`", name.as_ref()))
        .collect::<Vec<_>>()
        .join(", ")
}

/// Optimal string alignment distance: edits and swaps of neighbours.
fn distance(a: &[char], b: &[char]) -> usize {
    let mut rows = vec![(0..=b.len()).collect::<Vec<_>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let above = &rows[i - 1];
            let mut best = (above[j] + 1).min(row[j - 1] + 1);
            best = best.min(above[j - 1] + usize::from(a[i - 1] != b[j - 1]));
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                best = best.min(rows[i - 2][j - 2] + 1);
            }
            row.push(best);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_is_near_and_nothing_else() {
        let names = ["template", "family", "on-failure", "environments", "env"];
        let near = |word| nearest(word, names);
        assert_eq!(near("tempalte"), Some("template"));
        assert_eq!(near("famliy"), Some("family"));
        assert_eq!(near("on_failure"), Some("on-failure"));
        assert_eq!(near("environment"), Some("environments"));
        assert_eq!(near("ENV"), Some("env"));
        assert_eq!(near("colour"), None);
        assert_eq!(near(""), None);
    }
}
