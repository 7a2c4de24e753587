//! Roles that are assumed (web identity, a profile's, the configuration's), credentials that end
//! while a deployment is followed.

use acetate::local::{FaultKind, Outcome};

use crate::deploy::trouble::always;
use crate::deploy::{CONFIG, Practice, practice, world};
use crate::support::World;
use crate::support::boto::Moto;

const ROLE: &str = "arn:aws:iam::123456789012:role/deploy";

/// With nothing of the environment's keys, and these variables.
fn without_keys(practice: Practice, variables: &[(&str, &str)]) -> Practice {
    let Practice { endpoint, place } = practice;
    let text = place.read("acetate.toml");
    let bare = World::bare()
        .file("acetate.toml", &text)
        .file("token", "a.web.token")
        .file("aws/config", PROFILES)
        .variable("AWS_ENDPOINT_URL", &endpoint.url());
    let place = variables.iter().fold(bare, |place, (name, value)| {
        let value = value.replace("[FOLDER]", &place.path().display().to_string());
        place.variable(name, &value)
    });
    Practice { endpoint, place }
}

const PROFILES: &str = "[profile base]\naws_access_key_id = base\naws_secret_access_key = base\n\
    [profile deploy]\nrole_arn = arn:aws:iam::123456789012:role/deploy\nsource_profile = base\n";

const WEB: [(&str, &str); 2] = [
    ("AWS_WEB_IDENTITY_TOKEN_FILE", "[FOLDER]/token"),
    ("AWS_ROLE_ARN", ROLE),
];

#[test]
fn a_pipelines_token_is_changed_for_a_role() {
    let practice = without_keys(practice(&[Outcome::Ok]), &WEB);
    practice.deploy("app:1", &[]).expect(0);
    let journal = practice.endpoint.journal();
    let asked = journal.of("AssumeRoleWithWebIdentity");
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0].request["WebIdentityToken"], "a.web.token");
}

#[test]
fn a_profiles_role_and_the_configurations_are_assumed() {
    let variables = [("AWS_CONFIG_FILE", "[FOLDER]/aws/config")];
    let by_profile = without_keys(practice(&[Outcome::Ok]), &variables);
    by_profile
        .deploy("app:1", &["--profile", "deploy"])
        .expect(0);
    assert_eq!(by_profile.count("AssumeRole"), 1);
    let config = format!("assume-role = \"{ROLE}\"\n{CONFIG}");
    let by_configuration = Practice::new(world(&[Outcome::Ok]), &config);
    by_configuration.deploy("app:1", &[]).expect(0);
    assert_eq!(by_configuration.count("AssumeRole"), 1);
    // Both: one role by the other.
    let both = without_keys(Practice::new(world(&[Outcome::Ok]), &config), &WEB);
    both.deploy("app:1", &[]).expect(0);
    assert_eq!(both.count("AssumeRoleWithWebIdentity"), 1);
    assert_eq!(both.count("AssumeRole"), 1);
}

/// Sessions of so many seconds. The SDK renews them before their end, by at most ten seconds that
/// nobody knows.
fn short_sessions(seconds: f64, outcomes: &[Outcome]) -> Practice {
    let mut world = world(outcomes);
    world.session_seconds = Some(seconds);
    world.speed = 10.0;
    without_keys(Practice::new(world, CONFIG), &WEB)
}

#[test]
fn what_can_be_renewed_outlives_its_end() {
    // The deployment takes six seconds.
    let practice = short_sessions(3.0, &[Outcome::Ok]);
    practice.deploy("app:1", &[]).expect(0);
    let renewed = practice.count("AssumeRoleWithWebIdentity");
    assert!(renewed > 1, "{renewed}");
}

#[test]
fn a_session_that_aws_ends_early_is_begun_anew_and_then_given_up() {
    let practice = without_keys(practice(&[Outcome::Stuck]), &WEB);
    practice.endpoint.fault(acetate::local::Fault {
        after: 2,
        ..acetate::local::Fault::once("DescribeServices", FaultKind::Expired)
    });
    let ran = practice.deploy("app:1", &["--timeout", "6s"]).expect(8);
    assert!(!ran.stderr.contains("credentials expired"), "{ran}");
    assert_eq!(practice.count("AssumeRoleWithWebIdentity"), 2);
    practice
        .endpoint
        .fault(always("DescribeServices", FaultKind::Expired));
    let ran = practice.place.run(&["wait"]).expect(10);
    assert!(ran.stderr.contains("get new credentials"), "{ran}");
}

#[test]
fn a_token_that_has_ended_is_8_and_says_how_to_go_on() {
    // The first one lasts until the update was accepted.
    let practice = short_sessions(13.0, &[Outcome::Stuck]);
    practice.endpoint.fault(acetate::local::Fault {
        after: 1,
        ..always("AssumeRoleWithWebIdentity", FaultKind::Expired)
    });
    let ran = practice.deploy("app:1", &[]).expect(8);
    for told in [
        "credentials expired at",
        "get new credentials",
        "the deployment goes on in AWS",
        "`acetate wait`",
    ] {
        assert!(ran.stderr.contains(told), "{told}: {ran}");
    }
}

#[test]
fn moto_changes_a_token_for_a_role_too() {
    let Some(moto) = Moto::shared() else { return };
    let place = World::bare().file("token", "a.web.token").file(
        "acetate.toml",
        "cluster = \"c\"\nservice = \"s\"\ntemplate = \"file:t.json\"\nfamily = \"f\"\n[environments.prod]\naccount = \"111111111111\"\n",
    );
    let place = place.file(
        "t.json",
        r#"{"containerDefinitions":[{"name":"a","image":"i","memory":64}]}"#,
    );
    let token = place.path().join("token").display().to_string();
    let place = place
        .variable("AWS_ENDPOINT_URL", moto.url())
        .variable("AWS_REGION", "eu-west-1")
        .variable("AWS_WEB_IDENTITY_TOKEN_FILE", &token)
        .variable("AWS_ROLE_ARN", "arn:aws:iam::222222222222:role/deploy");
    // The account guard asks who calls: the role's account.
    let ran = place.run(&["register", "-e", "prod"]).expect(4);
    assert!(ran.stderr.contains("222222222222"), "{ran}");
}

const TWO: &str = "[profile one]\nregion = eu-west-1\naws_access_key_id = ONE\naws_secret_access_key = one\n\
    [profile two]\naws_access_key_id = TWO\naws_secret_access_key = two\n\
    [profile borrowed]\nrole_arn = arn:aws:iam::123456789012:role/deploy\nsource_profile = two\n\
    [profile hollow]\nregion = eu-west-1\n";

/// Keys of the environment beside the profiles.
fn with_keys(config: &str, services: &[&str]) -> Practice {
    let mut world = world(&[Outcome::Ok]);
    for name in services {
        let mut service = world.services[0].clone();
        (*name).clone_into(&mut service.name);
        world.services.push(service);
    }
    let Practice { endpoint, place } = Practice::new(world, config);
    let shared = place.path().join("aws/credentials").display().to_string();
    let profiles = place.path().join("aws/config").display().to_string();
    let place = place
        .file("aws/config", TWO)
        .file(
            "aws/credentials",
            "[three]\naws_access_key_id = THREE\naws_secret_access_key = three\n",
        )
        .variable("AWS_CONFIG_FILE", &profiles)
        .variable("AWS_SHARED_CREDENTIALS_FILE", &shared);
    Practice { endpoint, place }
}

/// Who signed the calls of this kind, each once, in the order of the alphabet; the rest of a
/// session's id is its end.
fn signers(practice: &Practice, operations: &[&str]) -> Vec<String> {
    let journal = practice.endpoint.journal();
    let of = |operation: &&str| operations.is_empty() || operations.contains(operation);
    let entries = journal.entries.iter().filter(|e| of(&e.operation.as_str()));
    let signers = entries.filter_map(|e| e.signer.clone());
    let mut signers: Vec<String> = signers
        .map(|s| match s.starts_with("ASIAPRACTICE") {
            true => "session".to_owned(),
            false => s,
        })
        .collect();
    signers.sort();
    signers.dedup();
    signers
}

#[test]
fn a_profile_that_is_named_goes_before_keys_of_the_environment() {
    let own = with_keys(CONFIG, &[]);
    own.deploy("app:1", &[]).expect(0);
    assert_eq!(signers(&own, &[]), ["practice"]);
    for (name, signer) in [("two", "TWO"), ("three", "THREE")] {
        let by_option = with_keys(CONFIG, &[]);
        by_option.deploy("app:1", &["--profile", name]).expect(0);
        assert_eq!(signers(&by_option, &[]), [signer]);
    }
    let config = format!("profile = \"two\"\n{CONFIG}");
    let by_configuration = with_keys(&config, &[]);
    by_configuration.deploy("app:1", &[]).expect(0);
    assert_eq!(signers(&by_configuration, &[]), ["TWO"]);
    let both = with_keys(&config, &[]);
    both.deploy("app:1", &["--profile", "one"]).expect(0);
    assert_eq!(signers(&both, &[]), ["ONE"]);
    // The environment's own name for a profile stays behind its keys.
    let Practice { endpoint, place } = with_keys(CONFIG, &[]);
    let place = place.variable("AWS_PROFILE", "two");
    let variable = Practice { endpoint, place };
    variable.deploy("app:1", &[]).expect(0);
    assert_eq!(signers(&variable, &[]), ["practice"]);
}

#[test]
fn roles_are_assumed_by_the_profile_that_is_named() {
    let by_profile = with_keys(CONFIG, &[]);
    by_profile
        .deploy("app:1", &["--profile", "borrowed"])
        .expect(0);
    let on_top = with_keys(
        &format!("profile = \"two\"\nassume-role = \"{ROLE}\"\n{CONFIG}"),
        &[],
    );
    on_top.deploy("app:1", &[]).expect(0);
    for practice in [by_profile, on_top] {
        assert_eq!(signers(&practice, &["AssumeRole"]), ["TWO"]);
        assert_eq!(signers(&practice, &["UpdateService"]), ["session"]);
    }
}

#[test]
fn several_configurations_have_a_profile_each() {
    let config = format!("profile = \"one\"\n{CONFIG}");
    let practice = with_keys(&config, &["api"]);
    let other = config
        .replace("\"one\"", "\"two\"")
        .replace("= \"web\"", "= \"api\"");
    let Practice { endpoint, place } = practice;
    let place = place.file("api.toml", &other);
    let practice = Practice { endpoint, place };
    let both = ["-c", "acetate.toml", "-c", "api.toml"];
    practice.deploy("app:1", &both).expect(0);
    let journal = practice.endpoint.journal();
    for (service, signer) in [("web", "ONE"), ("api", "TWO")] {
        let updates = journal.of("UpdateService");
        let update = updates.iter().find(|e| e.request["service"] == service);
        let by = update.and_then(|update| update.signer.as_deref());
        assert_eq!(by, Some(signer), "{service}");
    }
}

#[test]
fn a_profile_that_is_none_or_empty_calls_nothing() {
    let practice = with_keys(CONFIG, &[]);
    let ran = practice.deploy("app:1", &["--profile", "nope"]).expect(10);
    let told = "there is no profile `nope` in `[FOLDER]/aws/config` or `[FOLDER]/aws/credentials`";
    assert!(ran.stderr.contains(told), "{ran}");
    let ran = practice
        .deploy("app:1", &["--profile", "hollow"])
        .expect(10);
    assert!(
        ran.stderr.contains("profile `hollow` leads to none"),
        "{ran}"
    );
    assert_eq!(practice.operations(), Vec::<String>::new());
    // The profile is what is wrong, not the region that it would have given.
    let bare = without_keys(practice, &[]).place.variable("AWS_REGION", "");
    let ran = bare.run(&["deploy", "--set", "image=app:1", "--profile", "nope"]);
    let told = "there is no profile `nope` in `~/.aws/config` or `~/.aws/credentials`";
    assert!(ran.expect(10).stderr.contains(told));
}
