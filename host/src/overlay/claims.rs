//! Claims: every place that an entry set or removed is its own.
//!
//! Also setting what is already there claims the place. The template claims nothing. Another
//! entry's edit is in conflict with a claim when the claim would no longer hold after it.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::edit::Step;
use crate::task_definition::address::Address;

/// One claim: who wants what at the place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The entry's name in acetate.toml.
    pub entry: String,
    /// What it wants there; `None` for nothing. An empty object only asks for some object.
    pub wants: Option<Value>,
}

/// All claims, by place. The first entry to claim a place holds it, also where a later one
/// wants the same there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claims(BTreeMap<Address, Claim>);

impl FromIterator<(Address, Claim)> for Claims {
    fn from_iter<T: IntoIterator<Item = (Address, Claim)>>(claims: T) -> Self {
        Self(claims.into_iter().collect())
    }
}

impl Claims {
    /// The claim on exactly this place.
    #[must_use]
    pub fn get(&self, address: &Address) -> Option<&Claim> {
        self.0.get(address)
    }

    /// All claims in order of address.
    pub fn iter(&self) -> impl Iterator<Item = (&Address, &Claim)> {
        self.0.iter()
    }

    /// Claims at and below a place.
    pub fn within<'a>(
        &'a self,
        address: &Address,
    ) -> impl Iterator<Item = (&'a Address, &'a Claim)> {
        let place = address.clone();
        self.0
            .range(address.clone()..)
            .take_while(move |(at, _)| at.is_within(&place))
    }

    /// The claim on the place or on the nearest place above it.
    #[must_use]
    pub fn covering(&self, address: &Address) -> Option<(&Address, &Claim)> {
        let mut place = Some(address.clone());
        while let Some(at) = place {
            if let Some(found) = self.0.get_key_value(&at) {
                return Some(found);
            }
            place = at.parent();
        }
        None
    }

    /// Claims of other entries that would no longer hold after this step.
    #[must_use]
    pub fn broken_by(&self, entry: &str, step: &Step) -> Vec<(Address, Claim)> {
        self.related(step)
            .filter(|(at, claim)| claim.entry != entry && !holds(at, claim, step))
            .map(|(at, claim)| (at.clone(), claim.clone()))
            .collect()
    }

    /// Claims the place for an entry. Claims that no longer hold are gone: whoever calls this
    /// has checked that they are the entry's own or overridden.
    pub fn claim(&mut self, entry: &str, step: &Step) {
        let gone: Vec<Address> = self
            .related(step)
            .filter(|(at, claim)| !holds(at, claim, step))
            .map(|(at, _)| at.clone())
            .collect();
        for at in gone {
            self.0.remove(&at);
        }
        let claim = Claim {
            entry: entry.to_owned(),
            wants: step.new.clone(),
        };
        self.0.entry(step.address.clone()).or_insert(claim);
    }

    /// Claims at and above a step's place; and those below, unless it asks for some object, which
    /// changes nothing of them.
    fn related<'a>(&'a self, step: &Step) -> impl Iterator<Item = (&'a Address, &'a Claim)> {
        let address = &step.address;
        let mut above = Vec::new();
        let mut place = address.parent();
        while let Some(at) = place {
            above.extend(self.0.get_key_value(&at));
            place = at.parent();
        }
        let most = match asks_for_object(&step.new) {
            true => usize::from(self.0.contains_key(address)),
            false => usize::MAX,
        };
        above.into_iter().chain(self.within(address).take(most))
    }
}

fn asks_for_object(wants: &Option<Value>) -> bool {
    let members = wants.as_ref().and_then(Value::as_object);
    members.is_some_and(serde_json::Map::is_empty)
}

/// Whether a claim is still true once the step is done. Only places that are one another's
/// ancestor are ever compared.
fn holds(at: &Address, claim: &Claim, step: &Step) -> bool {
    if *at == step.address {
        claim.wants == step.new
    } else if step.address.is_within(at) {
        // The claim is above: something below it can only come where it is not claimed absent.
        claim.wants.is_some() || step.new.is_none()
    } else {
        // The claim is below: all of it goes when the place becomes nothing or a plain value.
        claim.wants.is_none() || asks_for_object(&step.new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn step(address: &str, new: Option<Value>) -> Step {
        Step {
            address: address.parse().unwrap(),
            new,
        }
    }

    #[test]
    fn a_claim_is_broken_by_a_different_result_there_above_or_below() {
        let env = "/containerDefinitions/app/environment/A";
        let value = "/containerDefinitions/app/environment/A/value";
        for (claimed, edit, broken) in [
            (
                step(value, Some(json!("1"))),
                step(value, Some(json!("1"))),
                false,
            ),
            (
                step(value, Some(json!("1"))),
                step(value, Some(json!("2"))),
                true,
            ),
            (step(value, Some(json!("1"))), step(env, None), true),
            (
                step(value, Some(json!("1"))),
                step("/containerDefinitions/app", None),
                true,
            ),
            (
                step(value, Some(json!("1"))),
                step("/containerDefinitions/app", Some(json!({}))),
                false,
            ),
            (step(env, None), step(value, Some(json!("1"))), true),
            (step(env, None), step(value, None), false),
            (step(value, None), step(env, None), false),
            (
                step("/containerDefinitions/app", Some(json!({}))),
                step(value, Some(json!("1"))),
                false,
            ),
            (
                step("/containerDefinitions/app", Some(json!({}))),
                step("/containerDefinitions/app", None),
                true,
            ),
            (
                step(value, Some(json!("1"))),
                step(
                    "/containerDefinitions/app/environment/B/value",
                    Some(json!("2")),
                ),
                false,
            ),
            (step("/cpu", Some(json!("1"))), step("/cpu", None), true),
        ] {
            let mut claims = Claims::default();
            claims.claim("first", &claimed);
            assert_eq!(
                !claims.broken_by("second", &edit).is_empty(),
                broken,
                "{claimed:?} {edit:?}"
            );
            assert!(
                claims.broken_by("first", &edit).is_empty(),
                "an entry may overwrite itself"
            );
        }
    }

    #[test]
    fn the_first_to_want_a_value_holds_it() {
        let mut claims = Claims::default();
        let same = step("/cpu", Some(json!("256")));
        claims.claim("first", &same);
        claims.claim("second", &same);
        assert_eq!(claims.get(&same.address).unwrap().entry, "first");
        let broken = claims.broken_by("second", &step("/cpu", Some(json!("512"))));
        assert_eq!(broken[0].1.entry, "first");
    }

    #[test]
    fn removing_a_place_ends_the_claims_below_it() {
        let mut claims = Claims::default();
        claims.claim("a", &step("/volumes/x/host/sourcePath", Some(json!("/x"))));
        claims.claim("a", &step("/volumes/x", None));
        assert_eq!(claims.iter().count(), 1);
        let (at, _) = claims
            .covering(&"/volumes/x/host".parse().unwrap())
            .unwrap();
        assert_eq!(at.to_string(), "/volumes/x");
    }
}
