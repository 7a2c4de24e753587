//! The file and what changes in it.

use super::*;

fn digest(letter: char) -> String {
    format!("sha256:{}", letter.to_string().repeat(64))
}

fn otel() -> Locked {
    let texts = |texts: &[&str]| texts.iter().map(|text| (*text).to_owned()).collect();
    Locked {
        plugin: "oci:ghcr.io/acme/otel:1.2.0".into(),
        name: "otel".into(),
        version: "1.2.0".into(),
        interface: "0.1.0".into(),
        resolved: Some(format!("ghcr.io/acme/otel@{}", digest('a'))),
        manifest: Some(digest('a')),
        layer: digest('b'),
        edits: texts(&["sidecars"]),
        capabilities: texts(&["parameters"]),
        imports: texts(&["acetate:plugin/edit@0.1.0"]),
        signers: BTreeMap::from([("acme".into(), digest('c'))]),
        granted: BTreeMap::from([(
            "overlays.otel".into(),
            BTreeSet::from(["allow sidecars".into(), "parameters /${env}/web/*".into()]),
        )]),
    }
}

fn file() -> Locked {
    Locked {
        plugin: "path:plugins/a.wasm".into(),
        resolved: None,
        manifest: None,
        ..otel()
    }
}

#[test]
fn a_lock_is_the_same_text_whatever_its_order() {
    let one = Lock {
        plugins: vec![file(), otel()],
    };
    let two = Lock {
        plugins: vec![otel(), file()],
    };
    assert_eq!(one.text(), two.text());
    assert_eq!(Lock::parse(&one.text()), Ok(two.clone()));
    assert_eq!(one.digest(), two.digest());
    assert_eq!(Lock::parse(&Lock::default().text()), Ok(Lock::default()));
    insta::assert_snapshot!(Lock { plugins: vec![otel()] }.text(), @r#"
    # Written by `acetate plugin update`; commit it. What is not in it is not run.
    version = 1

    [[plugins]]
    plugin = "oci:ghcr.io/acme/otel:1.2.0"
    name = "otel"
    version = "1.2.0"
    interface = "0.1.0"
    resolved = "ghcr.io/acme/otel@sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    manifest = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    layer = "sha256:bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
    edits = ["sidecars"]
    capabilities = ["parameters"]
    imports = ["acetate:plugin/edit@0.1.0"]

    [plugins.signers]
    acme = "sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc"

    [plugins.granted]
    "overlays.otel" = [
        "allow sidecars",
        "parameters /${env}/web/*",
    ]
    "#);
}

#[test]
fn what_does_not_fit_together_is_no_lock() {
    let good = Lock {
        plugins: vec![otel()],
    }
    .text();
    for (from, to, why) in [
        ("version = 1", "version = 2", "version 2"),
        (
            "layer = \"sha256:",
            "layer = \"sha512:",
            "layer is no digest",
        ),
        ("manifest = \"sha256:aa", "manifest = \"sha256:bb", "differ"),
        (
            "manifest = \"sha256:aa",
            "manifest = \"sha1:aa",
            "no digest",
        ),
        ("oci:ghcr", "path:ghcr", "another way"),
        ("name = ", "nmae = ", "unknown field"),
        ("[[plugins]]", "[[plugins", ""),
    ] {
        assert!(good.contains(from), "{from} in {good}");
        let error = Lock::parse(&good.replacen(from, to, 1)).expect_err(from);
        assert!(error.contains(why), "{error}");
    }
    let twice = Lock {
        plugins: vec![otel(), otel()],
    }
    .text();
    assert_eq!(Lock::parse(&twice), Err("it has a plugin twice".to_owned()));
}

#[test]
fn what_changed_is_told_line_by_line() {
    let (old, mut new) = (otel(), otel());
    assert_eq!(changes(Some(&old), &new), Vec::<String>::new());
    new.version = "1.3.0".into();
    new.signers = BTreeMap::from([("other".into(), digest('d'))]);
    new.edits.push("env:app:A".into());
    new.capabilities.clear();
    new.granted.clear();
    assert_eq!(
        changes(Some(&old), &new),
        [
            "version 1.2.0 → 1.3.0",
            &format!("- signed by acme ({})", digest('c')),
            &format!("+ signed by other ({})", digest('d')),
            "+ edits env:app:A",
            "- asks for parameters",
            "- is given allow sidecars (overlays.otel)",
            "- is given parameters /${env}/web/* (overlays.otel)",
        ]
    );
    assert_eq!(widened(&old, &new), ["edits env:app:A"]);
    assert_eq!(widened(&new, &old), ["asks for parameters"]);
}

#[test]
fn grants_beyond_the_lock_are_told() {
    let given = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect();
    let more = given(&["allow sidecars", "parameters *"]);
    assert_eq!(otel().not_granted("overlays.otel", &more), ["parameters *"]);
    let fewer = given(&["allow sidecars"]);
    assert!(otel().not_granted("overlays.otel", &fewer).is_empty());
    assert_eq!(
        otel().not_granted("overlays.other", &fewer),
        ["allow sidecars"]
    );
}

#[test]
fn versions_have_an_order() {
    let rising = [
        "0.9.0",
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-beta",
        "1.0.0-rc.2",
        "1.0.0-rc.11",
        "1.0.0",
        "1.2.0",
        "1.10.0",
        "2.0.0",
    ];
    for pair in rising.windows(2) {
        assert!(is_lower(pair[0], pair[1]), "{pair:?}");
        assert!(!is_lower(pair[1], pair[0]), "{pair:?}");
    }
    for (a, b) in [("1.0.0", "1.0.0+x"), ("1.0", "2.0.0"), ("x", "1.0.0")] {
        assert!(!is_lower(a, b) && !is_lower(b, a), "{a} {b}");
    }
}

proptest::proptest! {
    /// A pull request may write anything into the lock: it is refused, or means what it says.
    #[test]
    fn a_hostile_lock_is_no_crash(
        odd in "[\\[\\]{}\"'=.#a-z0-9 \\\\\n@:]{0,80}",
        plugin in "(oci|path|)[:]?[a-z@:/.]{0,20}",
        at in 0_usize..2000,
    ) {
        let _ = Lock::parse(&odd);
        let digest = format!("sha256:{}", "0".repeat(64));
        let text = format!(
            "version = 1\n[[plugins]]\nplugin = \"{plugin}\"\nname = \"n\"\nversion = \"1\"\ninterface = \"0\"\nresolved = \"a.io/b@{digest}\"\nmanifest = \"{digest}\"\nlayer = \"{digest}\"\n"
        );
        let mut cut = text.clone();
        cut.insert_str(at.min(text.len()), &odd);
        for text in [text, cut] {
            if let Ok(lock) = Lock::parse(&text) {
                proptest::prop_assert_eq!(Lock::parse(&lock.text()), Ok(lock));
            }
        }
    }

    #[test]
    fn any_version_can_be_compared(a in "[0-9.+a-z-]{0,24}", b in "[0-9.+a-z-]{0,24}") {
        proptest::prop_assert!(!(is_lower(&a, &b) && is_lower(&b, &a)));
    }
}
