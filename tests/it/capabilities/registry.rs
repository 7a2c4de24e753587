//! A registry on loopback, with TLS: what is asked, and what is refused to be asked.

/// The registry.
mod stub;
mod verify;

use std::sync::Arc;
use std::time::{Duration, Instant};

use acetate::aws::lookups::AwsLookups;
use acetate::aws::{self, Connection};
use acetate::edit::Failure;
use acetate::plugin::{Limits, Remembered};
use acetate::registry::{AddressRule, Credentials, Place, Places, Reach, Registry};
use cap_std::ambient_authority;
use cap_std::fs::Dir;
use serde_json::json;
use stub::{Answer, Asked, Stub};
use tokio::runtime::Handle;

use super::{entry, guest_plugin, run};

const DIGEST: &str = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

fn good() -> Answer {
    Answer::status(200).header("docker-content-digest", DIGEST)
}

fn me() -> Option<Credentials> {
    Some(Credentials {
        username: "me".to_owned(),
        password: "mine".to_owned(),
    })
}

/// `Basic me:mine`.
const BASIC: &str = "Basic bWU6bWluZQ==";

fn challenge(port: u16) -> Answer {
    let realm = format!(
        r#"Bearer realm="https://auth.test:{port}/token",service="the service",scope="repository:evil/*:*""#
    );
    Answer::status(401).header("www-authenticate", realm)
}

/// Answers who has the token; gives it to whoever asks for it as registries' services do.
fn with_tokens(asked: &Asked, port: u16) -> Answer {
    match (
        asked.host.starts_with("auth.test"),
        asked.authorization.as_deref(),
    ) {
        (true, _) => Answer::status(200).body(r#"{"token":"t0k3n"}"#),
        (false, Some("Bearer t0k3n")) => good(),
        (false, _) => challenge(port),
    }
}

fn refused(result: Result<Option<String>, Failure>) -> Failure {
    let failure = result.expect_err("it must not be answered");
    assert_eq!(failure.code, "unavailable", "{failure}");
    failure
}

#[tokio::test]
async fn a_tag_is_asked_for_by_head_and_without_credentials() {
    let stub = Stub::start(|_, _| good());
    let digest = stub.registry(me()).digest(&stub.image(":1")).await;
    assert_eq!(digest, Ok(Some(DIGEST.to_owned())));
    let asked = stub.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!(
        (asked[0].method.as_str(), asked[0].path.as_str()),
        ("HEAD", "/v2/acme/app/manifests/1")
    );
    assert_eq!(asked[0].authorization, None);
    let pinned = stub
        .registry(None)
        .digest(&stub.image(&format!(":1@{DIGEST}")))
        .await;
    assert_eq!(pinned, Ok(Some(DIGEST.to_owned())));
    assert_eq!(
        stub.asked()[1].path,
        format!("/v2/acme/app/manifests/{DIGEST}")
    );
}

#[tokio::test]
async fn a_token_is_fetched_for_this_repository_only() {
    for (credentials, authorization) in [(None, None), (me(), Some(BASIC))] {
        let stub = Stub::start(with_tokens);
        let digest = stub.registry(credentials).digest(&stub.image(":1")).await;
        assert_eq!(digest, Ok(Some(DIGEST.to_owned())));
        let asked = stub.asked();
        assert_eq!(asked.len(), 3);
        assert_eq!(asked[1].method, "GET");
        assert_eq!(
            asked[1].path,
            "/token?service=the%20service&scope=repository:acme/app:pull"
        );
        assert_eq!(asked[1].authorization.as_deref(), authorization);
        assert_eq!(asked[2].authorization.as_deref(), Some("Bearer t0k3n"));
    }
}

#[tokio::test]
async fn user_and_password_go_where_they_are_asked_for() {
    let stub = Stub::start(|asked, _| match asked.authorization.as_deref() {
        Some(BASIC) => good(),
        _ => Answer::status(401).header("www-authenticate", "Basic realm=\"x\""),
    });
    let digest = stub.registry(me()).digest(&stub.image(":1")).await;
    assert_eq!(digest, Ok(Some(DIGEST.to_owned())));
    let failure = refused(stub.registry(None).digest(&stub.image(":1")).await);
    assert!(
        failure
            .hint
            .expect("a hint")
            .contains("docker login registry.test")
    );
    // Credentials of one registry are nobody else's.
    let other = format!("other.test:{}/acme/app:1", stub.port);
    refused(stub.registry(me()).digest(&other).await);
    assert_eq!(stub.asked().last().expect("asked").authorization, None);
}

#[tokio::test]
async fn a_registry_that_names_no_digest_is_asked_for_the_manifest() {
    let stub = Stub::start(|_, _| Answer::status(200).body("a manifest"));
    let digest = stub.registry(None).digest(&stub.image(":1")).await;
    let digest = digest.unwrap().unwrap();
    let sum = <sha2::Sha256 as sha2::Digest>::digest(b"a manifest");
    assert_eq!(digest, format!("sha256:{sum:x}"));
    assert_eq!(stub.asked()[1].method, "GET");
}

#[tokio::test]
async fn what_a_registry_answers_is_judged() {
    for (answer, told) in [
        (Answer::status(404), None),
        (Answer::status(403), Some("it asks for credentials")),
        (Answer::status(429), Some("it was asked too often")),
        (Answer::status(500), Some("HTTP 500")),
        (
            Answer::status(200).header("docker-content-digest", "sha512:00"),
            Some("none of SHA-256"),
        ),
        (
            Answer::status(200).header("docker-content-digest", "x\"y"),
            Some("none of SHA-256"),
        ),
        (Answer::status(200), Some("its answer names no digest")),
        (
            Answer::status(200).body(vec![b' '; (4 << 20) + 1]),
            Some("more than 4194304 bytes"),
        ),
    ] {
        let stub = Stub::start(move |_, _| answer.clone());
        let result = stub.registry(None).digest(&stub.image(":1")).await;
        match told {
            None => assert_eq!(result, Ok(None)),
            Some(told) => {
                let failure = refused(result);
                assert!(failure.message.contains(told), "{failure}");
                assert!(failure.message.contains("registry.test"), "{failure}");
            }
        }
    }
    let stub = Stub::start(|_, _| good());
    let other = format!("@sha256:{}", "0".repeat(64));
    let failure = refused(stub.registry(None).digest(&stub.image(&other)).await);
    assert!(failure.message.contains("another digest"), "{failure}");
}

#[tokio::test]
async fn a_redirect_is_followed_without_credentials() {
    let stub = Stub::start(|asked, port| {
        let to = |location: String| Answer::status(307).header("location", location);
        match (
            asked.host.starts_with("other.test"),
            asked.authorization.is_some(),
        ) {
            (true, _) => good(),
            (false, true) => to(format!("https://other.test:{port}{}", asked.path)),
            (false, false) => Answer::status(401).header("www-authenticate", "Basic"),
        }
    });
    let digest = stub.registry(me()).digest(&stub.image(":1")).await;
    assert_eq!(digest, Ok(Some(DIGEST.to_owned())));
    let asked = stub.asked();
    let sent: Vec<_> = asked.iter().map(|a| a.authorization.is_some()).collect();
    assert_eq!(sent, [false, true, false]);
    assert!(asked[2].host.starts_with("other.test"));
}

#[tokio::test]
async fn who_a_redirect_led_to_gets_no_credentials_by_asking_for_them() {
    let stub = Stub::start(|asked, port| match asked.host.starts_with("other.test") {
        true => challenge(port),
        false => Answer::status(302).header("location", format!("https://other.test:{port}/x")),
    });
    refused(stub.registry(me()).digest(&stub.image(":1")).await);
    assert!(
        stub.asked()
            .iter()
            .all(|asked| asked.authorization.is_none())
    );
    assert!(
        stub.asked()
            .iter()
            .all(|asked| !asked.host.starts_with("auth.test"))
    );
}

#[tokio::test]
async fn redirects_are_few_and_go_where_the_first_request_may_go() {
    let stub = Stub::start(|asked, _| Answer::status(307).header("location", asked.path.clone()));
    let failure = refused(stub.registry(None).digest(&stub.image(":1")).await);
    assert!(
        failure.message.contains("redirects more than 3 times"),
        "{failure}"
    );
    for location in [
        "http://registry.test/",
        "http://169.254.169.254/latest/meta-data/",
        "https://169.254.169.254/latest/meta-data/",
        "https://[::ffff:169.254.169.254]/",
        "https://2852039166/",
        "https://metadata.test/",
        "https://other.test/",
        "https://localhost/",
        "//other.test/",
        "file:///etc/passwd",
        "",
    ] {
        let stub = Stub::start(move |_, _| Answer::status(307).header("location", location));
        stub.names.set("metadata.test", &[&["169.254.169.254"]]);
        refused(stub.registry(None).digest(&stub.image(":1")).await);
        assert_eq!(stub.asked().len(), 1, "{location}");
    }
}

/// The token service is named by the registry, so it is looked at no less closely.
#[tokio::test]
async fn a_token_service_may_be_no_other_than_a_registry_may_be() {
    for realm in [
        "http://auth.test/token",
        "https://127.0.0.1/token",
        "https://metadata.test/token",
        "https://auth.test/token",
        "https://user:password@auth.test/token",
        "",
    ] {
        let stub = Stub::start(move |_, _| {
            Answer::status(401).header("www-authenticate", format!("Bearer realm=\"{realm}\""))
        });
        stub.names.set("metadata.test", &[&["169.254.169.254"]]);
        refused(stub.registry(me()).digest(&stub.image(":1")).await);
        assert_eq!(stub.asked().len(), 1, "{realm}");
    }
}

#[tokio::test]
async fn only_public_addresses_are_asked() {
    let stub = Stub::start(|_, _| good());
    let registry = stub.registry(None);
    for (addresses, kind) in [
        (&["127.0.0.1"][..], "loopback"),
        (&["::1"], "loopback"),
        (&["::ffff:127.0.0.1"], "loopback"),
        (&["169.254.169.254"], "link-local"),
        (&["fe80::1"], "link-local"),
        (&["10.0.0.1"], "private"),
        (&["fd00:ec2::254"], "private"),
        (&["100.100.100.200"], "shared"),
        (&["0.0.0.0"], "reserved"),
        (&["1.1.1.1", "127.0.0.1"], "loopback"),
    ] {
        stub.names.set("names.test", &[addresses]);
        let failure = refused(registry.digest("names.test/acme/app:1").await);
        assert!(
            failure
                .message
                .contains(&format!("leads to a {kind} address")),
            "{failure}"
        );
    }
    let port = stub.port;
    for host in [
        format!("127.0.0.1:{port}"),
        format!("127.1:{port}"),
        format!("2130706433:{port}"),
        format!("0x7f000001:{port}"),
        format!("0177.0.0.1:{port}"),
        format!("[::1]:{port}"),
        format!("[::ffff:127.0.0.1]:{port}"),
        format!("localhost:{port}"),
        "localhost".to_owned(),
        "127.0.0.1".to_owned(),
    ] {
        let result = registry.digest(&format!("{host}/acme/app:1")).await;
        assert!(result.is_err(), "{host}: {result:?}");
    }
    assert!(stub.asked().is_empty());
}

/// The program's own client, by the system's resolver: not even this machine's open port.
#[tokio::test]
async fn the_programs_own_client_has_no_way_to_this_machine() {
    let stub = Stub::start(|_, _| good());
    let reach = Reach {
        authorities: stub.reach().authorities,
        resolver: stub.reach().resolver,
        ..Reach::public()
    };
    assert_eq!(Reach::public().addresses, AddressRule::PUBLIC);
    assert!(Reach::public().resolver.is_none() && Reach::public().authorities.is_none());
    let failure = refused(
        Registry::new(reach, |_| None)
            .digest(&stub.image(":1"))
            .await,
    );
    assert!(failure.message.contains("loopback"), "{failure}");
    assert!(stub.asked().is_empty());
}

/// A name that leads elsewhere the second time: each connection is made to the addresses that
/// were checked for it.
#[tokio::test]
async fn a_name_that_changes_its_mind_is_checked_each_time() {
    let stub = Stub::start(with_tokens);
    stub.names
        .set("registry.test", &[&["127.0.0.1"], &["169.254.169.254"]]);
    let failure = refused(stub.registry(None).digest(&stub.image(":1")).await);
    assert!(failure.message.contains("link-local"), "{failure}");
    assert_eq!(stub.asked().len(), 2, "the registry and its token service");
}

#[tokio::test]
async fn a_certificate_of_somebody_elses_is_refused() {
    let (stub, stranger) = (Stub::start(|_, _| good()), Stub::start(|_, _| good()));
    let reach = Reach {
        authorities: stranger.reach().authorities,
        ..stub.reach()
    };
    let failure = refused(
        Registry::new(reach, |_| None)
            .digest(&stub.image(":1"))
            .await,
    );
    assert!(
        failure.message.contains("invalid peer certificate"),
        "{failure}"
    );
    stub.names.set("unnamed.test", &[&["127.0.0.1"]]);
    let unnamed = format!("unnamed.test:{}/acme/app:1", stub.port);
    let failure = refused(stub.registry(None).digest(&unnamed).await);
    assert!(
        failure.message.contains("invalid peer certificate"),
        "{failure}"
    );
    assert!(stub.asked().is_empty());
}

#[tokio::test]
async fn a_registry_that_never_answers_is_not_waited_for() {
    let stub = Stub::start(|_, _| Answer {
        silent: true,
        ..Answer::default()
    });
    let reach = Reach {
        timeout: Duration::from_millis(300),
        ..stub.reach()
    };
    let began = Instant::now();
    let failure = refused(
        Registry::new(reach, |_| None)
            .digest(&stub.image(":1"))
            .await,
    );
    assert!(failure.message.contains("no answer in 0.3 s"), "{failure}");
    assert!(
        began.elapsed() < Duration::from_secs(8),
        "{:?}",
        began.elapsed()
    );
}

/// From the plugin to the registry: what was granted is asked for, and nothing else.
#[tokio::test]
async fn a_plugin_asks_the_registries_that_it_was_granted() {
    let Some(plugin) = guest_plugin() else { return };
    let stub = Stub::start(with_tokens);
    let (image, other) = (stub.image(":1"), stub.image("2:1"));
    let here = tempfile::tempdir().expect("a temporary folder can be made");
    let folder = Dir::open_ambient_dir(here.path(), ambient_authority()).expect("it is there");
    let aws = aws::connect(&Connection::default()).expect("nothing is asked");
    let lookups = AwsLookups::new(
        Arc::new(aws),
        Arc::new(folder),
        stub.registry(None),
        Handle::current(),
        false,
    );
    let granted = format!("registry.test:{}/acme/app", stub.port);
    let ask = json!([
        { "call": "images.digest", "of": image },
        { "call": "images.digest", "of": other },
        { "call": "images.digest", "of": format!("127.0.0.1:{}/acme/app:1", stub.port) },
        { "call": "images.digest", "of": image },
    ]);
    let input = entry(json!({ "images": [granted] }), ask);
    let asking = tokio::task::spawn_blocking(move || {
        let lookups = Arc::new(Remembered::new(Arc::new(lookups)));
        run(&plugin, &input, lookups, &Limits::default())
    });
    let told = asking.await.expect("no panic").expect("it runs");
    assert_eq!(told[0], format!("images.digest {image} -> {DIGEST}"));
    assert!(told[1].contains("-> not-granted: "), "{}", told[1]);
    assert!(
        told[1].contains(&format!("{granted}2\"] }}`")),
        "{}",
        told[1]
    );
    assert!(told[2].contains("-> not-granted: "), "{}", told[2]);
    assert_eq!(told[3], told[0]);
    // Challenge, token, answer: once.
    assert_eq!(stub.asked().len(), 3);
}

#[tokio::test]
async fn a_registry_of_a_private_authority_is_trusted_for_itself_alone() {
    let stub = Stub::start(|_, _| good());
    let with = |name: &str| {
        let place = Place::parse("ghcr.io/", &format!("https://{name}:{}/", stub.port));
        let reach = stub.reach();
        let place = Place {
            authorities: reach.authorities.clone(),
            ..place.expect("a place")
        };
        Registry::new(
            Reach {
                authorities: None,
                places: Places(vec![place]),
                ..reach
            },
            |_| None,
        )
    };
    let digest = with("registry.test").digest(&stub.image(":1")).await;
    assert_eq!(digest, Ok(Some(DIGEST.to_owned())));
    let failure = refused(with("other.test").digest(&stub.image(":1")).await);
    assert!(failure.message.contains("UnknownIssuer"), "{failure}");
}
