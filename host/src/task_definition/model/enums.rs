//! The values of enums: the one thing that the SDK's schemas do not tell.
//!
//! A schema says of an enum that it is a string. The SDK's type knows its values, so each place
//! that the SDK reads into such a type has one line here, and the values still come from the SDK.
//! A test asks the SDK which places those are; a new one without a line fails it.

use aws_sdk_ecs::types;

/// The values that the SDK knows at a place, by `Shape$member`; empty where it is free text.
pub(super) fn values(place: &str) -> &'static [&'static str] {
    TABLE
        .iter()
        .find(|(at, _)| *at == place)
        .map_or(&[], |(_, values)| values)
}

const TABLE: &[(&str, &[&str])] = &[
    (
        "RegisterTaskDefinitionRequest$networkMode",
        types::NetworkMode::values(),
    ),
    (
        "RegisterTaskDefinitionRequest$requiresCompatibilities",
        types::Compatibility::values(),
    ),
    (
        "RegisterTaskDefinitionRequest$pidMode",
        types::PidMode::values(),
    ),
    (
        "RegisterTaskDefinitionRequest$ipcMode",
        types::IpcMode::values(),
    ),
    ("PortMapping$protocol", types::TransportProtocol::values()),
    (
        "PortMapping$appProtocol",
        types::ApplicationProtocol::values(),
    ),
    ("EnvironmentFile$type", types::EnvironmentFileType::values()),
    (
        "Device$permissions",
        types::DeviceCgroupPermission::values(),
    ),
    (
        "ContainerDependency$condition",
        types::ContainerCondition::values(),
    ),
    (
        "ContainerDefinition$versionConsistency",
        types::VersionConsistency::values(),
    ),
    ("Ulimit$name", types::UlimitName::values()),
    ("LogConfiguration$logDriver", types::LogDriver::values()),
    ("ResourceRequirement$type", types::ResourceType::values()),
    (
        "FirelensConfiguration$type",
        types::FirelensConfigurationType::values(),
    ),
    ("DockerVolumeConfiguration$scope", types::Scope::values()),
    (
        "EFSVolumeConfiguration$transitEncryption",
        types::EfsTransitEncryption::values(),
    ),
    (
        "EFSAuthorizationConfig$iam",
        types::EfsAuthorizationConfigIam::values(),
    ),
    (
        "TaskDefinitionPlacementConstraint$type",
        types::TaskDefinitionPlacementConstraintType::values(),
    ),
    (
        "ProxyConfiguration$type",
        types::ProxyConfigurationType::values(),
    ),
    (
        "RuntimePlatform$cpuArchitecture",
        types::CpuArchitecture::values(),
    ),
    (
        "RuntimePlatform$operatingSystemFamily",
        types::OsFamily::values(),
    ),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::super::explore;
    use super::*;
    use aws_sdk_ecs::operation::register_task_definition::RegisterTaskDefinitionInput;

    /// The explorer answers every string with its own place. Where the SDK takes that for an enum
    /// it does not know the value, and says so when it is printed.
    fn places_that_the_sdk_reads_as_enums(answer: &dyn Fn(&str) -> String) -> BTreeSet<String> {
        let (input, _) = explore::drive(RegisterTaskDefinitionInput::deserialize, answer).unwrap();
        let printed = format!("{input:?}");
        printed
            .split("UnknownVariantValue(\"")
            .skip(1)
            .map(|rest| rest.split('"').next().unwrap().to_owned())
            .collect()
    }

    #[test]
    fn every_enum_of_the_sdk_has_a_line_and_every_line_is_an_enum() {
        let told = places_that_the_sdk_reads_as_enums(&str::to_owned);
        let ours: BTreeSet<String> = TABLE.iter().map(|(place, _)| (*place).to_owned()).collect();
        assert_eq!(told, ours);
    }

    /// A line with the wrong type would offer values that its place does not know.
    #[test]
    fn every_value_of_a_line_is_known_at_its_place() {
        for (place, values) in TABLE {
            for value in *values {
                let unknown = places_that_the_sdk_reads_as_enums(&|asked| {
                    if asked == *place {
                        (*value).to_owned()
                    } else {
                        "?".to_owned()
                    }
                });
                assert!(!unknown.contains(*value), "{value} is not known at {place}");
            }
        }
    }
}
