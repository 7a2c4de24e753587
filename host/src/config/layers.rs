//! Lays tables over each other: root < service < environment < service in environment.

use super::keys;
use super::node::{Data, Field, Table};

/// The settings of one service in one environment, not yet filled: only keys of
/// [`keys::LAYER`] are left.
pub fn merged(root: &Table, service: Option<&str>, environment: Option<&str>) -> Table {
    fn pick<'a>(table: &'a Table, list: &str, name: Option<&str>) -> Option<&'a Table> {
        table.table(list)?.table(name?)
    }
    let environment = pick(root, "environments", environment);
    let layers = [
        Some(root),
        pick(root, "services", service),
        environment,
        environment.and_then(|environment| pick(environment, "services", service)),
    ];
    // The lists of all services and environments are no part of a layer, and are long.
    let of_a_layer = |field: &&Field| keys::LAYER.iter().any(|key| key.name == field.name);
    let layers = layers.into_iter().flatten();
    layers.fold(Table::default(), |below, above| {
        over(below, above.fields.iter().filter(of_a_layer))
    })
}

/// Tables merge key by key; arrays and values replace.
fn over<'a>(mut below: Table, above: impl Iterator<Item = &'a Field>) -> Table {
    for field in above {
        match below
            .fields
            .iter_mut()
            .find(|known| known.name == field.name)
        {
            Some(known) => replace(known, field),
            None => below.fields.push(field.clone()),
        }
    }
    below
}

fn replace(below: &mut Field, above: &Field) {
    match (&mut below.value.data, &above.value.data) {
        (Data::Table(low), Data::Table(high)) => {
            *low = over(std::mem::take(low), high.fields.iter());
        }
        _ => *below = above.clone(),
    }
}
