//! Many services in one run: which of them this job deploys, and in which wave. Pure.

use std::collections::BTreeMap;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The part of the services that one of several jobs deploys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Shard {
    /// Its number, from 1.
    pub number: u32,
    /// How many jobs there are.
    pub of: u32,
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let parts = text.split_once('/');
        let parts = parts.and_then(|(n, of)| Some((n.parse().ok()?, of.parse().ok()?)));
        match parts {
            Some((number, of)) if (1..=of).contains(&number) => Ok(Self { number, of }),
            _ => Err("expected the job and the number of jobs, such as `2/8`".to_owned()),
        }
    }
}

/// A service of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// Which configuration it is of.
    pub of: usize,
    /// Its name there.
    pub name: String,
    /// Services of that configuration that come before it.
    pub after: Vec<String>,
}

/// The indices of the services of one shard. Every job comes to the same division; services that
/// wait for one another stay together.
#[must_use]
pub fn of_shard(all: &[Named], shard: Shard) -> Vec<usize> {
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (index, group) in groups_of(all).into_iter().enumerate() {
        groups.entry(group).or_default().push(index);
    }
    let mut groups: Vec<Vec<usize>> = groups.into_values().collect();
    // The largest first, each to the job that has least: the division stays even.
    groups.sort_by_key(|group| std::cmp::Reverse(group.len()));
    let mut jobs: Vec<Vec<usize>> = vec![Vec::new(); shard.of as usize];
    for group in groups {
        if let Some(least) = jobs.iter_mut().min_by_key(|job| job.len()) {
            least.extend(group);
        }
    }
    let mut ours = jobs.swap_remove(shard.number as usize - 1);
    ours.sort_unstable();
    ours
}

/// The group of each service: the least index among those that it is tied to.
fn groups_of(all: &[Named]) -> Vec<usize> {
    let index: BTreeMap<(usize, &str), usize> = all
        .iter()
        .enumerate()
        .map(|(i, n)| ((n.of, n.name.as_str()), i))
        .collect();
    let mut group: Vec<usize> = (0..all.len()).collect();
    for (i, one) in all.iter().enumerate() {
        for before in &one.after {
            if let Some(j) = index.get(&(one.of, before.as_str())) {
                let (a, b) = (group[i].min(group[*j]), group[i].max(group[*j]));
                group.iter_mut().filter(|g| **g == b).for_each(|g| *g = a);
            }
        }
    }
    group
}

/// What belongs to a wave.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Wave {
    /// These services.
    Names(Vec<String>),
    /// So many of those that are left.
    Count(usize),
    /// So many percent of all, of those that are left.
    Percent(usize),
}

impl FromStr for Wave {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let told = || "expected names, a number or a percentage: `web,api`, `5`, `10%`".to_owned();
        let number = |text: &str| text.parse().ok().filter(|n| *n > 0);
        if let Some(percent) = text.strip_suffix('%') {
            let percent = number(percent).filter(|n| *n <= 100);
            return percent.map(Self::Percent).ok_or_else(told);
        }
        if text.chars().all(|c| c.is_ascii_digit()) {
            return number(text).map(Self::Count).ok_or_else(told);
        }
        let names: Vec<String> = text.split(',').map(|n| n.trim().to_owned()).collect();
        match names.iter().any(String::is_empty) {
            true => Err(told()),
            false => Ok(Self::Names(names)),
        }
    }
}

/// The number of the wave of each service, from 0. What is in none of the waves comes after the
/// last of them.
#[must_use]
pub fn waves(names: &[&str], waves: &[Wave]) -> Vec<usize> {
    let mut of: Vec<Option<usize>> = vec![None; names.len()];
    for (number, wave) in waves.iter().enumerate() {
        let most = match wave {
            Wave::Names(_) => names.len(),
            Wave::Count(n) => *n,
            Wave::Percent(p) => (names.len() * p).div_ceil(100),
        };
        let belongs = |name: &str| match wave {
            Wave::Names(named) => named.iter().any(|n| n == name),
            Wave::Count(_) | Wave::Percent(_) => true,
        };
        let left = of.iter_mut().zip(names).filter(|(wave, _)| wave.is_none());
        let ours = left.filter(|(_, name)| belongs(name)).take(most);
        ours.for_each(|(wave, _)| *wave = Some(number));
    }
    of.into_iter().map(|w| w.unwrap_or(waves.len())).collect()
}

#[cfg(test)]
#[path = "fleet/tests.rs"]
mod tests;
