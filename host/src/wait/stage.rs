//! Lifecycle stages of deployments that have some, and how far a run wants to follow them.

/// The [stages](https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ServiceDeployment.html)
/// in the order in which a deployment goes through them. One of them has hooks only.
const STAGES: [&str; 11] = [
    "RECONCILE_SERVICE",
    "PRE_SCALE_UP",
    "SCALE_UP",
    "POST_SCALE_UP",
    "TEST_TRAFFIC_SHIFT",
    "POST_TEST_TRAFFIC_SHIFT",
    "PRE_PRODUCTION_TRAFFIC_SHIFT",
    "PRODUCTION_TRAFFIC_SHIFT",
    "POST_PRODUCTION_TRAFFIC_SHIFT",
    "BAKE_TIME",
    "CLEAN_UP",
];

/// How far a deployment is followed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Until {
    /// Until AWS accepted it.
    Accepted,
    /// Until it is in this stage, or past it.
    Stage(String),
    /// To its end.
    #[default]
    Done,
}

impl std::str::FromStr for Until {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match (text, text.strip_prefix("stage:")) {
            ("accepted", _) => Ok(Self::Accepted),
            ("done", _) => Ok(Self::Done),
            (_, Some(stage)) if STAGES.contains(&stage) => Ok(Self::Stage(stage.to_owned())),
            (_, Some(_)) => Err(format!("the stages are `{}`", STAGES.join("`, `"))),
            (_, None) => Err("expected `accepted`, `stage:NAME` or `done`".to_owned()),
        }
    }
}

/// Whether a deployment that is in the stage `now` has come to `wanted`. A stage that this build
/// has never heard of is none that was waited for.
pub(super) fn has_come(now: &str, wanted: &str) -> bool {
    let at = |stage: &str| STAGES.iter().position(|known| *known == stage);
    at(now).is_some_and(|now| Some(now) >= at(wanted))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stages_have_an_order() {
        assert!(has_come("BAKE_TIME", "TEST_TRAFFIC_SHIFT"));
        assert!(has_come("BAKE_TIME", "BAKE_TIME"));
        assert!(!has_come("SCALE_UP", "BAKE_TIME"));
        assert!(!has_come("FUTURE", "SCALE_UP"));
    }

    #[test]
    fn all_stages_of_the_sdk_are_known() {
        use aws_sdk_ecs::types::{DeploymentLifecycleHookStage, ServiceDeploymentLifecycleStage};
        let stages = ServiceDeploymentLifecycleStage::values();
        for stage in stages.iter().chain(DeploymentLifecycleHookStage::values()) {
            assert!(STAGES.contains(stage), "{stage}");
        }
    }

    #[test]
    fn what_may_be_written() {
        assert_eq!("done".parse(), Ok(Until::Done));
        assert_eq!("accepted".parse(), Ok(Until::Accepted));
        assert_eq!(
            "stage:BAKE_TIME".parse(),
            Ok(Until::Stage("BAKE_TIME".into()))
        );
        for text in ["", "stage:", "stage:BAKING", "BAKE_TIME"] {
            assert!(text.parse::<Until>().is_err(), "{text}");
        }
    }
}
