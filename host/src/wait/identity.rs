//! Which service deployment is ours: from the answer to the update through
//! ListServiceDeployments (which lags), DescribeServiceDeployments and DescribeServiceRevisions
//! to the task definition that was asked for.

use std::collections::{BTreeMap, BTreeSet};

use super::observation::{ServiceDeploymentView, ServiceView};
use super::{Goal, Look};

/// Lists without a trace of our deployment after which a rolling service is judged without.
const EMPTY_LISTS: u32 = 6;
/// Useless answers in a row after which a call counts as missing.
const TROUBLES: u32 = 2;

/// What is known of our service deployment.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Identity {
    /// Not found yet.
    Sought(Search),
    /// This ARN is ours.
    Known(String),
    /// Cannot be known here: judged by `deployments[]`.
    FellBack,
}

/// The search so far.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Search {
    /// ARNs to look at, the likeliest last.
    open: Vec<String>,
    /// ARN and service revision of the one that is looked at.
    at: Option<(String, String)>,
    /// ARNs of others' deployments.
    others: BTreeSet<String>,
    /// Task definitions of service revisions.
    revisions: BTreeMap<String, String>,
    empty_lists: u32,
    troubles: u32,
}

impl Identity {
    pub(super) fn new(goal: &Goal) -> Self {
        let others = goal.known_deployment.iter().cloned().collect();
        let open = goal.candidate.iter().cloned().collect();
        Self::Sought(Search {
            open,
            others,
            ..Search::default()
        })
    }

    /// What to look at to get on with the search.
    pub(super) fn look(&self) -> Option<Look> {
        let Self::Sought(search) = self else {
            return None;
        };
        if let Some((_, revision)) = &search.at {
            return Some(Look::Revision(revision.clone()));
        }
        Some(
            search
                .open
                .last()
                .map_or(Look::List, |arn| Look::Describe(arn.clone())),
        )
    }

    /// The service named its current deployment.
    pub(super) fn named(&mut self, view: &ServiceView) {
        if let (Self::Sought(search), Some(arn)) = (self, &view.current_deployment) {
            search.suggest(arn);
        }
    }

    /// The newest service deployments were listed; true where the search is given up.
    pub(super) fn listed(&mut self, listed: &[ServiceDeploymentView]) -> bool {
        let Self::Sought(search) = self else {
            return false;
        };
        for deployment in listed.iter().take(3).rev() {
            search.suggest(&deployment.arn);
        }
        search.troubles = 0;
        search.empty_lists += u32::from(search.open.is_empty());
        search.empty_lists >= EMPTY_LISTS
    }

    /// A service deployment was described.
    pub(super) fn described(
        &mut self,
        arn: &str,
        found: Option<&ServiceDeploymentView>,
        goal: &Goal,
    ) {
        let Self::Sought(search) = self else { return };
        search.troubles = 0;
        let Some(revision) = found.and_then(|d| d.target_revision.clone()) else {
            // Not known yet, or nothing to tell it by: back to the list.
            search.open.retain(|a| a != arn);
            search.empty_lists += 1;
            return;
        };
        let known = search.revisions.get(&revision).cloned();
        search.at = Some((arn.to_owned(), revision.clone()));
        if let Some(task_definition) = known {
            self.revealed(&revision, &task_definition, goal);
        }
    }

    /// The task definition of a service revision became known.
    pub(super) fn revealed(&mut self, revision: &str, task_definition: &str, goal: &Goal) {
        let Self::Sought(search) = self else { return };
        search.troubles = 0;
        search
            .revisions
            .insert(revision.to_owned(), task_definition.to_owned());
        let Some((arn, _)) = search.at.take_if(|(_, r)| r == revision) else {
            return;
        };
        search.open.retain(|a| *a != arn);
        if goal
            .task_definition
            .as_deref()
            .is_none_or(|wanted| wanted == task_definition)
        {
            *self = Self::Known(arn);
        } else {
            search.others.insert(arn);
        }
    }

    /// A call of the search gave no answer; true where the search is given up.
    pub(super) fn troubled(&mut self, for_good: bool) -> bool {
        let Self::Sought(search) = self else {
            return false;
        };
        search.troubles += 1;
        for_good || search.troubles >= TROUBLES
    }
}

impl Search {
    fn suggest(&mut self, arn: &str) {
        if !self.others.contains(arn) && !arn.is_empty() {
            self.open.retain(|a| a != arn);
            self.open.push(arn.to_owned());
        }
    }
}
