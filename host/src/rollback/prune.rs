//! Which revisions of a family may go. Pure.

use std::collections::BTreeMap;

use crate::event::short;
use crate::plan::family_of;

/// What is known of a family.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Family {
    /// ARNs of its ACTIVE revisions that carry stamps of acetate's, newest first.
    pub stamped: Vec<String>,
    /// Task definitions that something refers to, and what: an ARN, `family:revision` or a family.
    pub referred: Vec<(String, String)>,
    /// ARNs that a rollback goes to, the best first, for each service.
    pub targets: Vec<Vec<String>>,
}

/// Why a revision stays, by its ARN.
pub type Kept = BTreeMap<String, String>;

/// The revisions that may go, oldest first, and why each other stays. `keep` of the newest stay,
/// and as many targets of rollbacks. A reference to the family alone means its newest revision,
/// which stays anyway.
#[must_use]
pub fn prune(family: &Family, keep: usize) -> (Vec<String>, Kept) {
    let mut kept = Kept::new();
    for arn in family.stamped.iter().take(keep) {
        kept.insert(arn.clone(), format!("one of the newest {keep}"));
    }
    for arn in family.targets.iter().flat_map(|t| t.iter().take(keep)) {
        kept.insert(arn.clone(), "a rollback goes to it".to_owned());
    }
    for (reference, by) in &family.referred {
        for arn in family.stamped.iter().filter(|arn| is(arn, reference)) {
            let why = || format!("{by} refers to it");
            kept.entry(arn.clone()).or_insert_with(why);
        }
    }
    kept.retain(|arn, _| family.stamped.contains(arn));
    let goes = |arn: &&String| !kept.contains_key(*arn);
    let gone = family.stamped.iter().rev().filter(goes).cloned().collect();
    (gone, kept)
}

/// Whether a reference names this revision. Its ARN may be of an older form, or of a short one.
fn is(arn: &str, reference: &str) -> bool {
    short(arn) == reference.rsplit('/').next().unwrap_or(reference)
}

/// Whether a reference is of this family, with a revision or without.
#[must_use]
pub fn is_of(reference: &str, family: &str) -> bool {
    let name = reference.rsplit('/').next().unwrap_or(reference);
    family_of(name).unwrap_or(name) == family
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arn(revision: u32) -> String {
        format!("arn:aws:ecs:eu-west-1:1:task-definition/web:{revision}")
    }

    fn gone(family: &Family, keep: usize) -> Vec<String> {
        let (gone, _) = prune(family, keep);
        gone.iter().map(|arn| short(arn).to_owned()).collect()
    }

    fn family() -> Family {
        Family {
            stamped: (1..=8).rev().map(arn).collect(),
            ..Family::default()
        }
    }

    #[test]
    fn the_newest_stay_and_the_oldest_go_first() {
        assert_eq!(gone(&family(), 6), ["web:1", "web:2"]);
        assert_eq!(gone(&family(), 8), [""; 0]);
    }

    #[test]
    fn what_is_referred_to_stays_however_it_is_named() {
        let referred = [
            arn(1),
            "web:2".to_owned(),
            "web".to_owned(),
            "other:3".to_owned(),
        ];
        let family = Family {
            referred: referred.map(|r| (r, "rule `x`".to_owned())).to_vec(),
            ..family()
        };
        let wanted = ["web:3", "web:4", "web:5", "web:6", "web:7"];
        assert_eq!(gone(&family, 1), wanted);
        assert_eq!(prune(&family, 1).1[&arn(2)], "rule `x` refers to it");
    }

    #[test]
    fn so_do_as_many_targets_of_rollbacks_of_each_service() {
        let family = Family {
            targets: vec![vec![arn(5), arn(4), arn(2)], vec![arn(6)]],
            ..family()
        };
        assert_eq!(gone(&family, 2), ["web:1", "web:2", "web:3"]);
        let (_, kept) = prune(&family, 2);
        assert_eq!(kept[&arn(5)], "a rollback goes to it");
    }

    #[test]
    fn what_is_not_stamped_is_no_matter() {
        let family = Family {
            targets: vec![vec![arn(99)]],
            ..family()
        };
        let (gone, kept) = prune(&family, 7);
        assert_eq!((gone.len(), kept.len()), (1, 7));
    }

    #[test]
    fn a_family_is_told_from_one_that_begins_alike() {
        assert!(is_of(&arn(1), "web") && is_of("web:1", "web") && is_of("web", "web"));
        assert!(!is_of("web-template:1", "web") && !is_of("webs", "web"));
        let whole_family = "arn:aws:ecs:eu-west-1:1:task-definition/web";
        assert!(is_of(whole_family, "web"));
    }
}
