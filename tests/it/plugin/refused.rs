//! What is no plugin, and a configuration that is none for it.

use super::*;

fn load_error(bytes: Vec<u8>) -> String {
    let source = PluginSource::Component {
        name: "p".to_owned(),
        bytes,
    };
    let loaded = plugin::load(&runtime(), source, &Limits::default());
    loaded
        .map(|_| ())
        .expect_err("it must not load")
        .to_string()
}

#[test]
fn what_is_no_plugin_is_refused_at_load() {
    let (Some(both), Some(other), Some(overlay)) =
        (guest("both"), guest("other"), guest("overlay"))
    else {
        return;
    };
    insta::assert_snapshot!(load_error(both), @"`p` is no plugin: it exports both `overlay` and `policy`");
    insta::assert_snapshot!(load_error(other), @"plugin `p` needs `acme:shell/run@1.0.0`, which acetate 0.1.0 does not serve");
    assert!(load_error(b"hello".to_vec()).starts_with("`p` is no plugin: "));
    let manifest = |kind: &str, interface: &str, rest: &str| {
        let text = format!(
            "name = 'x'\nversion = '1.2.3'\nkind = '{kind}'\ninterface = '{interface}'\n{rest}"
        );
        with_manifest(overlay.clone(), &text)
    };
    insta::assert_snapshot!(load_error(manifest("policy", "0.1.0", "")), @"`p` is no plugin: its manifest says policy, and it exports overlay");
    insta::assert_snapshot!(load_error(manifest("overlay", "0.2.0", "")), @"plugin `x 1.2.3` needs `acetate:plugin` 0.2.0, which acetate 0.1.0 does not serve");
    insta::assert_snapshot!(load_error(manifest("overlay", "0.1.0", "[capabilities]\nmoon = 'tides'")), @"plugin `x 1.2.3` needs the capability `moon`, which acetate 0.1.0 does not serve");
    insta::assert_snapshot!(load_error(manifest("neither", "0.1.0", "")), @"the manifest of plugin `p`: unknown variant `neither`, expected `overlay` or `policy`");
    let small = Limits {
        component_bytes: 100,
        ..Limits::default()
    };
    let source = PluginSource::Component {
        name: "p".to_owned(),
        bytes: overlay.clone(),
    };
    let error = plugin::load(&Runtime::new().unwrap(), source, &small)
        .map(|_| ())
        .unwrap_err();
    let told = error.to_string();
    assert!(
        told.ends_with("of 100 bytes of the component: limit `component-bytes`"),
        "{told}"
    );
}

#[test]
fn the_configuration_is_checked_and_completed_before_the_plugin_runs() {
    let Some(overlay) = guest("overlay") else {
        return;
    };
    let manifest = "
        name = 'x'
        version = '1.2.3'
        kind = 'overlay'
        interface = '0.1.0'
        [config]
        type = 'object'
        properties.do = { enum = ['env'], default = 'env' }
        properties.name = { type = 'string', default = 'N' }
        properties.value = { type = 'string' }
    ";
    let source = PluginSource::Component {
        name: "p".to_owned(),
        bytes: with_manifest(overlay, manifest),
    };
    let plugin = plugin::load(&Runtime::new().unwrap(), source, &Limits::default()).unwrap();
    assert!(plugin.diagnostics.is_empty());
    let mut session = Session::new(template(), "web");
    run(
        &plugin,
        &mut session,
        &entry("ci", json!({ "value": "v" })),
        &Limits::default(),
    )
    .unwrap();
    assert_eq!(
        variables(session.overlaid()),
        json!([{ "name": "N", "value": "v" }])
    );
    let bad = entry("two", json!({ "value": 7, "do": "loop" }));
    let error = run(&plugin, &mut session, &bad, &Limits::default()).unwrap_err();
    insta::assert_snapshot!(error, @r#"
    the configuration of `two` is not what its plugin takes
      `do`: `loop` is none of `env`
      `value`: 7 is not of type "string"
    "#);
}
