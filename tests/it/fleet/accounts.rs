//! Different accounts and regions in one run, by profile and by role: each is verified and deployed
//! with what is its own, and has AWS's rates for itself.

use acetate::local::{KnownRole, KnownSecret, Running, World, start};
use serde_json::json;

use super::{config, fleet};
use crate::deploy::Practice;
use crate::support::{self, Ran};

const EU: (&str, &str) = ("111111111111", "eu-west-1");
const US: (&str, &str) = ("222222222222", "us-west-2");

fn names() -> Vec<String> {
    (0..12).map(|n| format!("s{n:02}")).collect()
}

/// One account: services on one template, with roles, a secret and an image in ECR.
fn account((account, region): (&str, &str), change: impl FnOnce(&mut World)) -> Running {
    let names = names();
    let mut world = fleet(
        &names.iter().map(String::as_str).collect::<Vec<_>>(),
        |_| {},
    );
    (world.account, world.region) = (account.to_owned(), region.to_owned());
    let role = |name: &str| (name.to_owned(), KnownRole::default());
    world.roles = Some([role("web-execution"), role("web-task")].into());
    world.images = Some([("web:1".to_owned(), vec!["linux/amd64".to_owned()])].into());
    let secret = KnownSecret::Plain("hush".to_owned());
    world.secrets.insert("prod/own/db".to_owned(), secret);
    let text = world.task_definitions[0]
        .definition
        .take()
        .expect("a document");
    let text = text.to_string();
    let text = text
        .replace("123456789012", account)
        .replace("us-east-1", region);
    let mut template: serde_json::Value = serde_json::from_str(&text).expect("JSON");
    template["containerDefinitions"][0]["secrets"] = json!([{
        "name": "DB",
        "valueFrom": format!("arn:aws:secretsmanager:{region}:{account}:secret:prod/own/db"),
    }]);
    world.task_definitions[0].definition = Some(template);
    change(&mut world);
    start(world, ([127, 0, 0, 1], 0).into()).expect("the endpoint starts")
}

/// What a configuration says of its account; the image lies there, too.
fn of_account((account, region): (&str, &str), more: &str) -> String {
    let names = names();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let own = format!("account = \"{account}\"\nregion = \"{region}\"\n{more}");
    let image = format!("{account}.dkr.ecr.{region}.amazonaws.com/web:1");
    config(&names, &own).replace("${inputs.image}", &image)
}

struct Both {
    eu: Running,
    us: Running,
    place: support::World,
}

/// One account by a profile, the other by a role that another profile's keys assume.
fn both(of_eu: &str, of_us: &str, change: impl FnOnce(&mut World)) -> Both {
    let (eu, us) = (account(EU, |_| {}), account(US, change));
    let profile = |name: &str, url: &str| {
        format!(
            "[profile {name}]\nendpoint_url = {url}\naws_access_key_id = {name}\naws_secret_access_key = {name}\n"
        )
    };
    let profiles = profile("eu", &eu.url()) + &profile("us", &us.url());
    let role = format!("assume-role = \"arn:aws:iam::{}:role/deploy\"", US.0);
    let place = support::World::bare()
        .file("aws/config", &profiles)
        .file(
            "eu.toml",
            &of_account(EU, &format!("profile = \"{of_eu}\"")),
        )
        .file(
            "us.toml",
            &of_account(US, &format!("profile = \"{of_us}\"\n{role}")),
        );
    let file = place.path().join("aws/config").display().to_string();
    let place = place.variable("AWS_CONFIG_FILE", &file);
    Both { eu, us, place }
}

impl Both {
    fn run(&self, verb: &str, more: &[&str]) -> Ran {
        let files = [verb, "-c", "eu.toml", "-c", "us.toml"];
        self.place.run(&[&files[..], more].concat())
    }

    fn count(&self, operation: &str) -> [usize; 2] {
        [&self.eu, &self.us].map(|endpoint| endpoint.journal().of(operation).len())
    }
}

#[test]
fn each_account_is_asked_for_what_is_its_own_and_once() {
    let both = both("eu", "us", |_| {});
    both.run("deploy", &[]).expect(0);
    let counts = [
        ("GetCallerIdentity", [1, 1]),
        ("AssumeRole", [0, 1]),
        ("GetRole", [2, 2]),
        ("DescribeSecret", [1, 1]),
        ("BatchGetImage", [1, 1]),
        ("DescribeLogGroups", [1, 1]),
        ("RegisterTaskDefinition", [12, 12]),
        ("UpdateService", [12, 12]),
    ];
    for (operation, wanted) in counts {
        assert_eq!(both.count(operation), wanted, "{operation}");
    }
    both.run("verify", &["--format", "json"]).expect(0);
    let told = both
        .run("status", &["--format", "json", "--exit-code"])
        .expect(0)
        .json();
    assert_eq!(told.as_array().map(Vec::len), Some(24));
}

#[test]
fn what_one_account_lacks_stops_all_before_anything_is_changed() {
    let both = both("eu", "us", |world| {
        world.images = Some([("web:2".to_owned(), vec![])].into());
    });
    let ran = both.run("deploy", &["s00", "s01"]).expect(5);
    let there = "222222222222.dkr.ecr.us-west-2.amazonaws.com/web:1";
    assert!(
        ran.stderr.contains(&format!("there is no image `{there}`")),
        "{ran}"
    );
    assert!(!ran.stderr.contains("111111111111.dkr"), "{ran}");
    assert_eq!(both.count("RegisterTaskDefinition"), [0, 0]);
}

#[test]
fn credentials_of_another_account_are_refused_before_anything_is_changed() {
    let both = both("eu", "eu", |_| {});
    let ran = both.run("deploy", &["s00"]).expect(4);
    let told =
        "these credentials are of account `111111111111`, the configuration says `222222222222`";
    assert!(ran.stderr.contains(told), "{ran}");
    assert_eq!(both.count("RegisterTaskDefinition"), [0, 0]);
}

/// Seconds from the first RegisterTaskDefinition to the last, of 50 services in two
/// configurations, by roles of these accounts, at four times AWS's rates.
fn registering(first: &str, second: &str) -> f64 {
    let names =
        |letter: char| -> Vec<String> { (0..25).map(|n| format!("{letter}{n:02}")).collect() };
    let (a, b) = (names('a'), names('b'));
    let all: Vec<&str> = a.iter().chain(&b).map(String::as_str).collect();
    let of = |account: &str, names: &[&str]| {
        config(
            names,
            &format!("assume-role = \"arn:aws:iam::{account}:role/deploy\""),
        )
    };
    let practice = Practice::new(fleet(&all, |_| {}), &of(first, &all[..25]));
    let file = practice.place.path().join("two.toml");
    std::fs::write(file, of(second, &all[25..])).expect("it is written");
    let both = ["-c", "acetate.toml", "-c", "two.toml"];
    let more = [
        "--api-rate",
        "4",
        "--wait-until",
        "accepted",
        "--skip-check",
        "all",
    ];
    practice
        .deploy("app:1", &[&both[..], &more].concat())
        .expect(0);
    let journal = practice.endpoint.journal();
    let starts: Vec<f64> = journal
        .of("RegisterTaskDefinition")
        .iter()
        .map(|e| e.start)
        .collect();
    assert_eq!(starts.len(), 50);
    starts.iter().fold(0.0, |a: f64, b| a.max(*b))
        - starts.iter().fold(f64::INFINITY, |a, b| a.min(*b))
}

#[test]
fn each_account_has_its_rates_for_itself() {
    // 18 at once and then four a second: 32 wait in one account, 7 in each of two.
    let (one, two) = (registering(EU.0, EU.0), registering(EU.0, US.0));
    assert!(one >= 7.0, "{one} s");
    assert!(two < 5.0, "{two} s");
}
