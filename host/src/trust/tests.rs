//! Rules and signatures, with keys made here.

use aws_smithy_types::base64;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::json;

use super::*;

const DIGEST: &str = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";
const OTHER: &str = "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
const NAME: &str = "ghcr.io/acme/otel";

struct Key(EcdsaKeyPair);

impl Key {
    fn new() -> Self {
        let (algorithm, random) = (&ECDSA_P256_SHA256_ASN1_SIGNING, SystemRandom::new());
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
        Self(EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &random).unwrap())
    }

    fn pem(&self) -> String {
        let head = "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE";
        let point = self.0.public_key().as_ref();
        let head = base64::decode(head).unwrap();
        let der = [&head[..], &point[1..]].concat();
        let text = base64::encode(der);
        let (first, second) = text.split_at(64);
        format!("{PEM}\n{first}\n{second}\n-----END PUBLIC KEY-----\n")
    }

    fn public(&self) -> PublicKey {
        PublicKey::parse(&self.pem()).unwrap()
    }

    fn sign(&self, message: &[u8]) -> String {
        let signature = self.0.sign(&SystemRandom::new(), message).unwrap();
        base64::encode(signature.as_ref())
    }

    fn simple(&self, digest: &str, kind: &str) -> Evidence {
        let payload = json!({ "critical": {
            "identity": { "docker-reference": "elsewhere.io/x" },
            "image": { "docker-manifest-digest": digest }, "type": kind }, "optional": null });
        let payload = payload.to_string().into_bytes();
        Evidence {
            simple: vec![Simple {
                signature: self.sign(&payload),
                payload: base64::encode(payload),
                certificate: false,
            }],
            bundles: Vec::new(),
        }
    }

    fn old(&self, digest: &str) -> Evidence {
        self.simple(digest, "cosign container image signature")
    }

    fn bundle(&self, statement: &serde_json::Value) -> Evidence {
        let payload = statement.to_string();
        let kind = "application/vnd.in-toto+json";
        let message = format!("DSSEv1 {} {kind} {} {payload}", kind.len(), payload.len());
        let bundle = json!({
            "mediaType": "application/vnd.dev.sigstore.bundle.v0.3+json",
            "verificationMaterial": { "publicKey": { "hint": "x" } },
            "dsseEnvelope": { "payload": base64::encode(&payload), "payloadType": kind,
                "signatures": [{ "sig": self.sign(message.as_bytes()) }] },
        });
        Evidence {
            simple: Vec::new(),
            bundles: vec![bundle.to_string()],
        }
    }

    fn new_layout(&self, digest: &str) -> Evidence {
        self.bundle(&statement(digest))
    }
}

fn statement(digest: &str) -> serde_json::Value {
    json!({
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{ "digest": { "sha256": digest.trim_start_matches("sha256:") } }],
        "predicateType": "https://sigstore.dev/cosign/sign/v1",
        "predicate": {},
    })
}

fn joined(all: &[Evidence]) -> Evidence {
    Evidence {
        simple: all.iter().flat_map(|e| e.simple.clone()).collect(),
        bundles: all.iter().flat_map(|e| e.bundles.clone()).collect(),
    }
}

fn rule(pattern: &str, all_of: &[&str], any_of: &[&str], minimum: usize) -> Rule {
    let texts = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Rule {
        pattern: Pattern::parse(pattern).unwrap(),
        all_of: texts(all_of),
        any_of: texts(any_of),
        minimum,
        unsigned: false,
        max_level: None,
    }
}

fn trust(keys: &[(&str, &Key)], rules: Vec<Rule>) -> Trust {
    let pair = |(name, key): &(&str, &Key)| ((*name).to_owned(), key.public());
    Trust {
        files: vec![Rules {
            file: "trust.toml".to_owned(),
            keys: keys.iter().map(pair).collect(),
            rules,
            max_level: None,
        }],
    }
}

#[test]
fn both_layouts_are_verified_by_key_and_digest() {
    let (key, stranger) = (Key::new(), Key::new());
    for (sign, other) in [
        (Key::old as fn(&Key, &str) -> Evidence, "old"),
        (Key::new_layout, "new"),
    ] {
        assert!(
            sign(&key, DIGEST).is_signed(DIGEST, &key.public()),
            "{other}"
        );
        assert!(
            !sign(&key, OTHER).is_signed(DIGEST, &key.public()),
            "{other}"
        );
        assert!(
            !sign(&stranger, DIGEST).is_signed(DIGEST, &key.public()),
            "{other}"
        );
    }
    assert!(!Evidence::default().is_signed(DIGEST, &key.public()));
}

#[test]
fn what_says_something_else_of_the_digest_is_no_signature() {
    let key = Key::new();
    let is_signed = |evidence: Evidence| evidence.is_signed(DIGEST, &key.public());
    assert!(!is_signed(key.simple(DIGEST, "something else")));
    for (at, value) in [
        ("/predicateType", json!("https://slsa.dev/provenance/v1")),
        ("/_type", json!("x")),
        ("/subject", json!([])),
        (
            "/subject",
            json!([
                statement(DIGEST)["subject"][0],
                statement(OTHER)["subject"][0]
            ]),
        ),
        ("/subject/0/digest", json!({ "sha512": "aa" })),
    ] {
        let mut changed = statement(DIGEST);
        *changed.pointer_mut(at).unwrap() = value;
        assert!(!is_signed(key.bundle(&changed)), "{changed}");
    }
    let good = key.new_layout(DIGEST).bundles.remove(0);
    for (from, to) in [
        ("in-toto+json", "other+json"),
        ("\"sig\"", "\"gis\""),
        ("dsse", "esse"),
    ] {
        let bundles = vec![good.replace(from, to)];
        let simple = Vec::new();
        assert!(!is_signed(Evidence { simple, bundles }), "{from}");
    }
    let mut old = key.old(DIGEST);
    old.simple[0].payload = key.old(OTHER).simple.remove(0).payload;
    assert!(!is_signed(old));
}

#[test]
fn all_of_and_any_of_must_both_be_there() {
    let (a, b, c) = (Key::new(), Key::new(), Key::new());
    let keys = [("a", &a), ("b", &b), ("c", &c)];
    let check = |rule: Rule, evidence: &[Evidence]| {
        let names = |signers: Signers| signers.into_keys().collect::<Vec<_>>().join(" ");
        trust(&keys, vec![rule])
            .signers(NAME, DIGEST, &joined(evidence))
            .map(names)
            .map_err(|why| why.to_string())
    };
    let (by_a, by_b) = (a.old(DIGEST), b.new_layout(DIGEST));
    let both = [by_a.clone(), by_b.clone()];
    let below = "ghcr.io/acme/";
    assert_eq!(check(rule(below, &["a"], &[], 0), &both), Ok("a".into()));
    assert_eq!(
        check(rule(below, &["a", "b"], &[], 0), &both),
        Ok("a b".into())
    );
    assert_eq!(
        check(rule(below, &[], &["a", "b", "c"], 2), &both),
        Ok("a b".into())
    );
    assert_eq!(
        check(rule(below, &["a"], &["b", "c"], 1), &both),
        Ok("a b".into())
    );
    let one_short = check(rule(below, &["a", "c"], &[], 0), &both).unwrap_err();
    assert!(
        one_short.ends_with("asks for signatures by `a`, `c`, and there is a good one by `a` only"),
        "{one_short}"
    );
    assert!(check(rule(below, &["a"], &["b", "c"], 2), &both).is_err());
    assert!(check(rule(below, &[], &["a", "b", "c"], 2), &[by_a.clone(), by_a]).is_err());
    let unsigned = check(rule(below, &["a"], &[], 0), &[]).unwrap_err();
    assert_eq!(
        unsigned,
        format!("`{NAME}@{DIGEST}` is not signed, and `trust.toml` asks for signatures by `a`")
    );
    let wrong = check(rule(below, &["a"], &[], 0), &[by_b]).unwrap_err();
    assert!(
        wrong.ends_with("there is one by another key, or of something else"),
        "{wrong}"
    );
    let identity = Evidence {
        simple: Vec::new(),
        bundles: vec![r#"{"verificationMaterial":{"certificate":{}}}"#.into()],
    };
    let keyless = check(rule(below, &["a"], &[], 0), &[identity]).unwrap_err();
    assert!(keyless.contains("without a key"), "{keyless}");
}

#[test]
fn two_names_of_one_key_are_one_signer() {
    let key = Key::new();
    let trust = trust(
        &[("a", &key), ("b", &key)],
        vec![rule("*", &[], &["a", "b"], 2)],
    );
    assert!(trust.signers(NAME, DIGEST, &key.old(DIGEST)).is_err());
}

#[test]
fn each_file_with_a_rule_must_be_satisfied_and_one_must_have_it() {
    let (machines, projects) = (Key::new(), Key::new());
    let mut both = trust(
        &[("org", &machines)],
        vec![rule("ghcr.io/acme/", &["org"], &[], 0)],
    );
    let unsigned = Rule {
        unsigned: true,
        ..rule("*", &[], &[], 0)
    };
    both.files
        .extend(trust(&[("own", &projects)], vec![unsigned]).files);
    assert!(matches!(
        both.signers(NAME, DIGEST, &projects.old(DIGEST)),
        Err(Distrust::WrongKeys { .. })
    ));
    assert!(both.signers(NAME, DIGEST, &machines.old(DIGEST)).is_ok());
    assert_eq!(
        both.signers("other.io/x", DIGEST, &Evidence::default()),
        Ok(Signers::new())
    );
    let none = Trust::default().signers(NAME, DIGEST, &machines.old(DIGEST));
    assert_eq!(none, Err(Distrust::NoRule(NAME.into())));
}

#[test]
fn the_rule_that_says_most_counts() {
    let (a, b) = (Key::new(), Key::new());
    let rules = vec![
        rule("*", &["a"], &[], 0),
        rule("ghcr.io/acme/otel", &["b"], &[], 0),
        rule("ghcr.io/acme/", &["a"], &[], 0),
    ];
    let trust = trust(&[("a", &a), ("b", &b)], rules);
    let is_trusted = |name: &str, key: &Key| trust.signers(name, DIGEST, &key.old(DIGEST)).is_ok();
    assert!(is_trusted(NAME, &b) && !is_trusted(NAME, &a));
    assert!(is_trusted("ghcr.io/acme/otel2", &a) && !is_trusted("ghcr.io/acme/otel2", &b));
    assert!(is_trusted("ghcr.io/acme-evil/otel", &a));
    assert_eq!(
        Pattern::parse("ghcr.io/acme/")
            .unwrap()
            .matches("ghcr.io/acme-evil/otel"),
        None
    );
}

#[test]
fn the_lowest_cap_counts() {
    let mut trust = trust(
        &[],
        vec![Rule {
            max_level: Some(Level::Metadata),
            ..rule("ghcr.io/", &[], &[], 0)
        }],
    );
    trust.files[0].max_level = Some(Level::Influence);
    assert_eq!(
        trust.max_level(Some(NAME)).map(|(level, _)| level),
        Some(Level::Metadata)
    );
    assert_eq!(
        trust.max_level(Some("r.io/x")).map(|(level, _)| level),
        Some(Level::Influence)
    );
    assert_eq!(
        trust.max_level(None).map(|(level, _)| level),
        Some(Level::Influence)
    );
    assert_eq!(Trust::default().max_level(None), None);
}

#[test]
fn patterns_are_whole_parts() {
    for good in [
        "*",
        "ghcr.io/",
        "ghcr.io/acme/",
        "ghcr.io/acme/otel",
        "localhost/x",
        "r.io:5000/a/b/",
    ] {
        assert_eq!(Pattern::parse(good).unwrap().to_string(), good);
    }
    for bad in [
        "",
        "/",
        "ghcr.io",
        "ghcr.io/acme/*",
        "acme/otel",
        "ghcr.io//a",
        "GHCR.io/a",
        "ghcr.io/a:1",
        "ghcr.io/a@sha256:00",
        "https://ghcr.io/",
    ] {
        assert!(Pattern::parse(bad).is_err(), "{bad}");
    }
}

/// A rule that no reference ever meets asks for nothing, and nobody would notice.
#[test]
fn patterns_name_hosts_as_references_do() {
    for bad in [
        "ghcr.io:443/acme/",
        "ghcr.io:0443/acme/",
        "r.io:05000/acme/",
        "ghcr.io:/acme/",
        "ghcr.io:x/acme/",
        "ghcr.io:99999/acme/",
        "ghcr.io./acme/",
        ".ghcr.io/acme/",
        "ghcr..io/acme/",
        "index.docker.io/acme/",
        "registry-1.docker.io/acme/",
        "docker.io/nginx",
        "ghcr.io/a/../b/",
        "ghcr.io/-a/",
        "ghcr.io/a./",
    ] {
        assert!(Pattern::parse(bad).is_err(), "{bad}");
    }
    for good in ["docker.io/library/nginx", "docker.io/", "docker.io/acme/"] {
        assert!(Pattern::parse(good).is_ok(), "{good}");
    }
}

#[test]
fn keys_are_p256_in_pem() {
    let key = Key::new();
    assert_eq!(
        PublicKey::parse(&format!("\n{}\n\n", key.pem())),
        Ok(key.public())
    );
    assert!(key.public().fingerprint().starts_with("sha256:"));
    let twice = format!("{0}{0}", key.pem());
    let private = key.pem().replace("PUBLIC", "PRIVATE");
    // Ed25519, and P-384, as openssl writes them.
    let others = [
        "MCowBQYDK2VwAyEAGb9ECWmEzf6FQbrBZ9w7lshQhqowtrbLDFw4rXAxZuE=",
        "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAE",
    ];
    let others = others.map(|text| format!("{PEM}\n{text}\n-----END PUBLIC KEY-----"));
    for bad in ["", PEM, &twice, &private, &others[0], &others[1]] {
        assert!(PublicKey::parse(bad).is_err(), "{bad}");
    }
}

proptest::proptest! {
    /// Whatever a registry calls a signature is looked at without a crash, and is none.
    #[test]
    fn no_hostile_text_is_a_signature_or_a_crash(
        text in "\\PC{0,40}",
        odd in "[\\[\\]{}\":,a-z0-9=+/ ]{0,60}",
        at in 0_usize..600,
    ) {
        let key = Key::new();
        let mut good = key.new_layout(DIGEST).bundles.remove(0);
        let at = at.min(good.len());
        good.replace_range(at.., &odd);
        let simple = Simple { payload: text.clone(), signature: odd.clone(), certificate: true };
        let evidence = Evidence { simple: vec![simple], bundles: vec![text.clone(), odd.clone(), good] };
        proptest::prop_assert!(!evidence.is_signed(DIGEST, &key.public()));
        proptest::prop_assert!(evidence.keyless() >= 1);
        let pem = format!("{PEM}\n{odd}\n-----END PUBLIC KEY-----");
        let _ = (PublicKey::parse(&pem), PublicKey::parse(&text));
    }

    /// A rule for one repository is for itself and nothing else, and one for all below ends at a `/`.
    #[test]
    fn a_pattern_is_for_whole_parts(pattern in "a\\.io/[a-z./-]{0,6}", name in "a\\.io/[a-z./-]{0,8}") {
        if let Ok(read) = Pattern::parse(&pattern) && read.matches(&name).is_some() {
            proptest::prop_assert!(name == pattern || (pattern.ends_with('/') && name.starts_with(&pattern)));
        }
    }
}

/// JSON as deep as a registry likes is no crash.
#[test]
fn depth_is_bounded() {
    let deep = "[".repeat(1 << 17);
    let evidence = Evidence {
        simple: vec![Simple {
            payload: base64::encode(&deep),
            signature: String::new(),
            certificate: false,
        }],
        bundles: vec![deep.clone(), format!("{{\"dsseEnvelope\":{deep}")],
    };
    assert!(!evidence.is_signed(DIGEST, &Key::new().public()));
    assert_eq!(evidence.keyless(), 0);
}
