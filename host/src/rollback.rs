//! Where to go back to: what last ran well before what runs now. Pure.
//!
//! Service deployments that succeeded form a line. One that brings back what is in the line
//! already takes off what came after it: that was rolled back from, and is no target any more. A
//! second rollback so goes further back, and never forth.

pub mod prune;

use crate::plan::family_of;
use crate::wait::observation::ServiceDeploymentView;

/// ARNs of the task definitions of the line, what ran first in front. `newest_first` are the
/// service deployments that AWS remembers; those of the template's family are not of the line.
#[must_use]
pub fn line(newest_first: &[ServiceDeploymentView], template_family: Option<&str>) -> Vec<String> {
    let mut line: Vec<String> = Vec::new();
    for deployment in newest_first.iter().rev() {
        let Some(arn) = &deployment.target_task_definition else {
            continue;
        };
        let is_of_template = template_family.is_some() && family_of(arn) == template_family;
        if deployment.status != "SUCCESSFUL" || is_of_template {
            continue;
        }
        match line.iter().position(|known| known == arn) {
            Some(at) => line.truncate(at + 1),
            None => line.push(arn.clone()),
        }
    }
    line
}

/// ARNs of the task definitions to go back to from `current`, the best first.
#[must_use]
pub fn targets(line: &[String], current: &str) -> Vec<String> {
    let below = line.iter().position(|known| known == current);
    let below = &line[..below.unwrap_or(line.len())];
    below.iter().rev().cloned().collect()
}

/// What ran well beside a current task definition.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Ran {
    /// ARNs of others, what ran last in front.
    pub ours: Vec<String>,
    /// The template's own revision that ran last.
    pub template: Option<String>,
    /// Whether the current one ran well, too, and before all that is still in the line.
    pub is_oldest: bool,
}

/// What ran well beside `current`, for whoever finds nothing to go back to.
#[must_use]
pub fn ran(
    newest_first: &[ServiceDeploymentView],
    template_family: Option<&str>,
    current: &str,
) -> Ran {
    let well = newest_first.iter().filter(|d| d.status == "SUCCESSFUL");
    let mut ran = Ran::default();
    for arn in well.filter_map(|d| d.target_task_definition.as_ref()) {
        if template_family.is_some() && family_of(arn) == template_family {
            ran.template.get_or_insert_with(|| arn.clone());
        } else if arn != current && !ran.ours.contains(arn) {
            ran.ours.push(arn.clone());
        }
    }
    let line = line(newest_first, template_family);
    ran.is_oldest = line.first().is_some_and(|first| first == current);
    ran
}

/// Whether the newest service deployment brought `arn` back: it was of the line before.
#[must_use]
pub fn is_return(
    newest_first: &[ServiceDeploymentView],
    template_family: Option<&str>,
    arn: &str,
) -> bool {
    let Some((newest, older)) = newest_first.split_first() else {
        return false;
    };
    let brings = newest.target_task_definition.as_deref() == Some(arn);
    brings
        && line(older, template_family)
            .iter()
            .any(|known| known == arn)
}

/// The ARN that a user means by `web:7`, `7` or an ARN, seen from an ARN of the same family's
/// place: `of` is any task definition's ARN of the account and region.
#[must_use]
pub fn named(text: &str, family: &str, of: &str) -> String {
    if text.starts_with("arn:") {
        return text.to_owned();
    }
    let name = match text.parse::<u64>() {
        Ok(revision) => format!("{family}:{revision}"),
        Err(_) => text.to_owned(),
    };
    match of.rsplit_once(":task-definition/") {
        Some((place, _)) => format!("{place}:task-definition/{name}"),
        None => name,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Deployments, oldest first, as `web:1` or `web:2 STOPPED`.
    fn past(deployments: &[&str]) -> Vec<ServiceDeploymentView> {
        let view = |text: &&str| {
            let (arn, status) = text.split_once(' ').unwrap_or((text, "SUCCESSFUL"));
            ServiceDeploymentView {
                status: status.to_owned(),
                target_task_definition: Some(arn.to_owned()),
                ..ServiceDeploymentView::default()
            }
        };
        deployments.iter().rev().map(view).collect()
    }

    fn targets_after(deployments: &[&str], current: &str) -> Vec<String> {
        targets(&line(&past(deployments), Some("t")), current)
    }

    #[test]
    fn to_what_last_ran_well() {
        let failed = [
            "web:1",
            "web:2 ROLLBACK_SUCCESSFUL",
            "web:3 STOPPED",
            "web:4",
        ];
        assert_eq!(targets_after(&failed, "web:4"), ["web:1"]);
        assert_eq!(
            targets_after(&["web:1", "web:2 IN_PROGRESS"], "web:2"),
            ["web:1"]
        );
        let forced = ["web:1", "web:2", "web:2"];
        assert_eq!(targets_after(&forced, "web:2"), ["web:1"]);
    }

    #[test]
    fn a_second_rollback_goes_further_back_and_not_forth() {
        let back = ["web:1", "web:2", "web:3", "web:2"];
        assert_eq!(targets_after(&back, "web:2"), ["web:1"]);
        let twice = ["web:1", "web:2", "web:3", "web:2", "web:1"];
        assert!(targets_after(&twice, "web:1").is_empty());
        // What was deployed anew since is a target again.
        let anew = ["web:1", "web:2", "web:3", "web:2", "web:3", "web:4"];
        assert_eq!(targets_after(&anew, "web:4"), ["web:3", "web:2", "web:1"]);
    }

    #[test]
    fn what_else_ran_is_told_where_there_is_no_way_back() {
        let of = |past_ones: &[&str], current| ran(&past(past_ones), Some("t"), current);
        let twice = ["t:1", "web:1", "web:2", "web:3", "web:2", "web:1"];
        let told = of(&twice, "web:1");
        assert_eq!(told.ours, ["web:2", "web:3"]);
        assert!(told.is_oldest);
        let first = of(&["t:1", "web:1 IN_PROGRESS"], "web:1");
        assert_eq!((first.ours.len(), first.is_oldest), (0, false));
        assert_eq!(first.template.as_deref(), Some("t:1"));
    }

    #[test]
    fn what_ran_well_and_comes_again_is_a_return() {
        let is_return = |past_ones: &[&str], arn| is_return(&past(past_ones), Some("t"), arn);
        assert!(is_return(&["web:1", "web:2", "web:1"], "web:1"));
        assert!(!is_return(&["web:1", "web:2"], "web:2"));
        assert!(!is_return(&["web:1", "web:2", "web:1"], "web:2"));
        // What was rolled back from and is deployed anew.
        assert!(!is_return(&["web:1", "web:2", "web:1", "web:2"], "web:2"));
        assert!(!is_return(&[], "web:1"));
    }

    #[test]
    fn never_to_the_template() {
        assert!(targets_after(&["t:1", "web:1"], "web:1").is_empty());
        // Infrastructure put the service back on its template.
        assert_eq!(
            targets_after(&["t:1", "web:1", "web:2", "t:2"], "t:2"),
            ["web:2", "web:1"]
        );
    }

    #[test]
    fn what_a_user_names() {
        let of = "arn:aws:ecs:r:1:task-definition/t:9";
        let seven = "arn:aws:ecs:r:1:task-definition/web:7";
        for text in ["7", "web:7", seven] {
            assert_eq!(named(text, "web", of), seven);
        }
    }
}
