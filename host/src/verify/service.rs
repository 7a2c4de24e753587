//! The service against the new definition: what it names by container, port or volume must still
//! be there. ECS refuses the update otherwise, after the revision was registered.

use super::Finding;
use crate::task_definition::TaskDefinition;
use crate::task_definition::address::Address;
use crate::validate::spot::{Document, Spot};
use crate::wait::observation::ServiceView;

/// All that does not fit.
#[must_use]
pub fn check(definition: &TaskDefinition, service: &ServiceView) -> Vec<Finding> {
    let document = Document::new(definition);
    let mut found = Vec::new();
    for (container, port) in &service.load_balancers {
        found.extend(target(&document, "a load balancer", container, *port));
    }
    for (container, port) in &service.ties.registries {
        found.extend(target(&document, "service discovery", container, *port));
    }
    found.extend(
        service
            .ties
            .port_names
            .iter()
            .filter_map(|name| port_name(&document, name)),
    );
    found.extend(volumes(&document, &service.ties.volumes));
    found
}

/// A container and a port that traffic is sent to.
fn target(document: &Document<'_>, who: &str, name: &str, port: i32) -> Option<Finding> {
    let all = Address::root().child("containerDefinitions");
    let Some(container) = document.container(name) else {
        return Some(Finding::fault(
            &[all],
            format!(
                "the service names container `{name}` for {who}, and there is no such container"
            ),
            "keep the name that the service knows, or change the service in infrastructure code",
        ));
    };
    let has = container
        .items("portMappings")
        .iter()
        .any(|mapping| has_port(mapping, port));
    (!has).then(|| {
        Finding::fault(
            &[container.place("portMappings")],
            format!("the service names port {port} of container `{name}` for {who}, and the container maps no such port"),
            format!("add a port mapping with `containerPort` {port}, or change the service in infrastructure code"),
        )
    })
}

fn has_port(mapping: &Spot<'_>, port: i32) -> bool {
    let port = i64::from(port);
    let range = mapping.text("containerPortRange").and_then(|range| {
        let (from, to) = range.split_once('-')?;
        Some(from.parse::<i64>().ok()?..=to.parse::<i64>().ok()?)
    });
    mapping.number("containerPort") == Some(port)
        || range.is_some_and(|range| range.contains(&port))
}

/// A port that Service Connect, VPC Lattice or a gateway knows by its name.
fn port_name(document: &Document<'_>, name: &str) -> Option<Finding> {
    let mut mappings = document
        .containers
        .iter()
        .flat_map(|c| c.items("portMappings"));
    if mappings.any(|mapping| mapping.text("name") == Some(name)) {
        return None;
    }
    let all = Address::root().child("containerDefinitions");
    Some(Finding::fault(
        &[all],
        format!(
            "the service names port `{name}` for its connections, and no port mapping has that name"
        ),
        format!(
            "give the port mapping `\"name\": \"{name}\"`, or change the service in infrastructure code"
        ),
    ))
}

/// Volumes that are configured when a task is launched.
fn volumes(document: &Document<'_>, configured: &[String]) -> Vec<Finding> {
    let volumes = document.root.items("volumes");
    let at_launch = |name: &str| {
        let mut volumes = volumes.iter();
        volumes.any(|v| v.name() == name && v.flag("configuredAtLaunch") == Some(true))
    };
    let lost = configured.iter().filter(|name| !at_launch(name)).map(|name| {
        Finding::fault(
            &[document.root.place("volumes")],
            format!("the service configures volume `{name}`, and no volume of that name is `configuredAtLaunch`"),
            "keep the volume, or change the service in infrastructure code",
        )
    });
    let open = volumes
        .iter()
        .filter(|volume| volume.flag("configuredAtLaunch") == Some(true));
    let open = open.filter(|volume| !configured.iter().any(|name| name == volume.name())).map(|volume| {
        Finding::warning(
            std::slice::from_ref(&volume.at),
            format!("volume `{}` is `configuredAtLaunch`, and the service configures none of that name", volume.name()),
            "add it to the service's `volumeConfigurations` in infrastructure code",
        )
    });
    lost.chain(open).collect()
}
