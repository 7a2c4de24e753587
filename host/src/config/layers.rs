//! Lays tables over each other: root < service < environment < service in environment.

use super::keys;
use super::node::{Data, Field, Table};

/// The settings of one service in one environment, not yet filled: only keys of
/// [`keys::LAYER`] are left.
pub fn merged(root: &Table, service: Option<&str>, environment: Option<&str>) -> Table {
    let pick = |table: &Table, list: &str, name: Option<&str>| {
        name.and_then(|name| table.table(list)?.table(name))
            .cloned()
            .unwrap_or_default()
    };
    let environment = pick(root, "environments", environment);
    let layers = [
        root,
        &pick(root, "services", service),
        &environment,
        &pick(&environment, "services", service),
    ];
    let mut result = layers.into_iter().fold(Table::default(), over);
    result
        .fields
        .retain(|field| keys::LAYER.iter().any(|key| key.name == field.name));
    result
}

/// Tables merge key by key; arrays and values replace.
fn over(mut below: Table, above: &Table) -> Table {
    for field in &above.fields {
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
        (Data::Table(low), Data::Table(high)) => *low = over(std::mem::take(low), high),
        _ => *below = above.clone(),
    }
}
