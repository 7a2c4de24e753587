//! What is different between what was locked of a plugin and what is to be.

use std::collections::BTreeSet;

use super::Locked;

/// One of the lists of a locked plugin.
type Listed = fn(&Locked) -> BTreeSet<String>;

/// What changed, one fragment each; all that there is to say where nothing was locked before.
#[must_use]
pub fn changes(old: Option<&Locked>, new: &Locked) -> Vec<String> {
    let mut all = Vec::new();
    let was = |of: fn(&Locked) -> &str| old.map(of);
    let mut told = |what: &str, was: Option<&str>, is: &str| match was {
        Some(was) if was == is => {}
        Some(was) => all.push(format!("{what} {was} → {is}")),
        None => all.push(format!("{what} {is}")),
    };
    told("is", was(|l| &l.plugin), &new.plugin);
    told("name", was(|l| &l.name), &new.name);
    told("version", was(|l| &l.version), &new.version);
    told("interface", was(|l| &l.interface), &new.interface);
    let manifest = new.manifest.as_deref().unwrap_or("none");
    told(
        "manifest",
        was(|l| l.manifest.as_deref().unwrap_or("none")),
        manifest,
    );
    told("component", was(|l| &l.layer), &new.layer);
    let lists: [(&str, Listed); 5] = [
        ("signed by", signers),
        ("edits", |l| l.edits.iter().cloned().collect()),
        ("asks for", |l| l.capabilities.iter().cloned().collect()),
        ("imports", |l| l.imports.iter().cloned().collect()),
        ("is given", granted),
    ];
    for (what, of) in lists {
        let (before, now) = (old.map(of).unwrap_or_default(), of(new));
        all.extend(
            before
                .difference(&now)
                .map(|gone| format!("- {what} {gone}")),
        );
        all.extend(
            now.difference(&before)
                .map(|more| format!("+ {what} {more}")),
        );
    }
    all
}

/// What a plugin wants more than the one that was locked, one fragment each.
#[must_use]
pub fn widened(old: &Locked, new: &Locked) -> Vec<String> {
    let more = |what: &str, old: &[String], new: &[String]| -> Vec<String> {
        let new = new.iter().filter(|one| !old.contains(one));
        new.map(|one| format!("{what} {one}")).collect()
    };
    let edits = more("edits", &old.edits, &new.edits);
    let asks = more("asks for", &old.capabilities, &new.capabilities);
    edits.into_iter().chain(asks).collect()
}

/// Whether a version is lower than another, by [semver](https://semver.org/#spec-item-11). What is
/// no such version is not compared.
#[must_use]
pub fn is_lower(new: &str, old: &str) -> bool {
    match (read(new), read(old)) {
        (Some(new), Some(old)) => new < old,
        _ => false,
    }
}

/// Numbers, whether it is a release, and the parts of what comes before one.
type Version = ([u64; 3], bool, Vec<Part>);

/// Numbers come before words.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Number(u64),
    Word(String),
}

fn read(text: &str) -> Option<Version> {
    let text = text.split('+').next()?;
    let (numbers, before) = match text.split_once('-') {
        Some((numbers, before)) => (numbers, Some(before)),
        None => (text, None),
    };
    let numbers: Vec<u64> = numbers
        .split('.')
        .map(str::parse)
        .collect::<Result<_, _>>()
        .ok()?;
    let part = |part: &str| {
        part.parse()
            .map_or_else(|_| Part::Word(part.to_owned()), Part::Number)
    };
    let parts = before.map(|text| text.split('.').map(part).collect());
    Some((
        numbers.try_into().ok()?,
        before.is_none(),
        parts.unwrap_or_default(),
    ))
}

fn signers(locked: &Locked) -> BTreeSet<String> {
    let signer = |(name, key): (&String, &String)| format!("{name} ({key})");
    locked.signers.iter().map(signer).collect()
}

fn granted(locked: &Locked) -> BTreeSet<String> {
    let of = |(entry, lines): (&String, &BTreeSet<String>)| -> Vec<String> {
        lines
            .iter()
            .map(|line| format!("{line} ({entry})"))
            .collect()
    };
    locked.granted.iter().flat_map(of).collect()
}
