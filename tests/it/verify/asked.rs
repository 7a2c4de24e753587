//! What `verify` asks: not again what lookups were told, and where ECS looks.

use super::{IMAGE, estate, verify};
use crate::deploy::CONFIG;

/// What the names in the configuration were looked up with is not asked for again.
#[test]
fn what_lookups_were_told_is_not_asked_again() {
    let practice = estate(|_, _| {});
    let config = format!(
        "{CONFIG}secrets = {{ DB = \"secretsmanager:prod/web/db#url\", KEY = \"ssm:/prod/web/api-key\" }}\n"
    );
    let place = practice.place.file("acetate.toml", &config);
    for verb in ["verify", "deploy"] {
        practice.endpoint.clear_journal();
        let ran = place.run(&[verb, IMAGE, "-v"]).expect(0);
        let journal = practice.endpoint.journal();
        let asked = |operation: &str| journal.of(operation).len();
        let calls = ["DescribeSecret", "GetParameters", "GetSecretValue"].map(asked);
        assert_eq!(calls, [1, 1, 1], "{verb}: {ran}");
        assert!(
            ran.to_string().contains("parameters"),
            "it is checked all the same: {ran}"
        );
    }
}

/// As ECS does, a parameter is looked for in the region of its ARN.
#[test]
fn a_parameter_that_is_not_in_the_region_of_its_arn_is_a_fault() {
    let practice = estate(|_, t| {
        t["containerDefinitions"][0]["secrets"][0]["valueFrom"] =
            "arn:aws:ssm:eu-west-1:123456789012:parameter/prod/none".into();
    });
    let ran = verify(&practice, &[]).expect(5);
    assert!(
        ran.stderr
            .contains("there is no parameter `arn:aws:ssm:eu-west-1"),
        "{ran}"
    );
    assert!(!ran.stderr.contains("and the task runs in"), "{ran}");
}
