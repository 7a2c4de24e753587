//! Where a service is, by region: the rules of AWS's models, as far as they differ.

use aws_config::SdkConfig;
use aws_types::service_config::ServiceConfigKey;

use super::Service;
use crate::arn::partition_of;

/// A partition: its name, its domains, and where its IAM is.
struct Partition {
    name: &'static str,
    domain: &'static str,
    dual_stack: &'static str,
    iam: &'static str,
    iam_region: &'static str,
}

/// All but the commercial one.
const PARTITIONS: &[Partition] = &[
    Partition {
        name: "aws-cn",
        domain: "amazonaws.com.cn",
        dual_stack: "api.amazonwebservices.com.cn",
        iam: "iam.cn-north-1.amazonaws.com.cn",
        iam_region: "cn-north-1",
    },
    Partition {
        name: "aws-us-gov",
        domain: "amazonaws.com",
        dual_stack: "api.aws",
        iam: "iam.us-gov.amazonaws.com",
        iam_region: "us-gov-west-1",
    },
    Partition {
        name: "aws-eusc",
        domain: "amazonaws.eu",
        dual_stack: "api.amazonwebservices.eu",
        iam: "iam.eusc-de-east-1.amazonaws.eu",
        iam_region: "eusc-de-east-1",
    },
    Partition {
        name: "aws-iso",
        domain: "c2s.ic.gov",
        dual_stack: "api.aws.ic.gov",
        iam: "iam.us-iso-east-1.c2s.ic.gov",
        iam_region: "us-iso-east-1",
    },
    Partition {
        name: "aws-iso-b",
        domain: "sc2s.sgov.gov",
        dual_stack: "api.aws.scloud",
        iam: "iam.us-isob-east-1.sc2s.sgov.gov",
        iam_region: "us-isob-east-1",
    },
    Partition {
        name: "aws-iso-e",
        domain: "cloud.adc-e.uk",
        dual_stack: "api.cloud-aws.adc-e.uk",
        iam: "iam.eu-isoe-west-1.cloud.adc-e.uk",
        iam_region: "eu-isoe-west-1",
    },
    Partition {
        name: "aws-iso-f",
        domain: "csp.hci.ic.gov",
        dual_stack: "api.aws.hci.ic.gov",
        iam: "iam.us-isof-south-1.csp.hci.ic.gov",
        iam_region: "us-isof-south-1",
    },
];

const COMMERCIAL: Partition = Partition {
    name: "aws",
    domain: "amazonaws.com",
    dual_stack: "api.aws",
    iam: "iam.amazonaws.com",
    iam_region: "us-east-1",
};

/// The user's own endpoint for the service, in the order that the SDK's clients have: the command
/// line, the service's own variable or profile entry, the one for all services.
pub(super) fn own(config: &SdkConfig, service: &Service) -> Option<String> {
    let all = config.endpoint_url().map(str::to_owned);
    if config.get_origin("endpoint_url").is_client_config() {
        return all;
    }
    let key = ServiceConfigKey::builder()
        .service_id(service.id)
        .env("AWS_ENDPOINT_URL")
        .profile("endpoint_url")
        .build()
        .expect("all members are set");
    let found = config.service_config().and_then(|c| c.load_config(key));
    found.or(all)
}

/// AWS's own endpoint, and the region that is signed.
pub(super) fn of(config: &SdkConfig, service: &Service, region: &str) -> (String, String) {
    let fips = config.use_fips().unwrap_or(false);
    let dual_stack = config.use_dual_stack().unwrap_or(false);
    let name = partition_of(region);
    let found = PARTITIONS.iter().find(|p| p.name == name);
    let partition = found.unwrap_or(&COMMERCIAL);
    if service.global {
        let host = partition.iam;
        return (format!("https://{host}"), partition.iam_region.to_owned());
    }
    (
        format!(
            "https://{}",
            host(service, region, partition, fips, dual_stack)
        ),
        region.to_owned(),
    )
}

fn host(service: &Service, region: &str, partition: &Partition, fips: bool, dual: bool) -> String {
    // Where it is not one of the isolated partitions, Secrets Manager answers by both versions of
    // the protocol at its usual name.
    let of_both = match partition.name {
        "aws" | "aws-us-gov" => true,
        "aws-cn" => !fips,
        _ => false,
    };
    let dual = dual && !(of_both && service.host == "secretsmanager");
    // In GovCloud the usual endpoints of these are FIPS's.
    let is_usual = ["logs", "events"].contains(&service.host) || service.host == "ssm" && !dual;
    let usual = partition.name == "aws-us-gov" && is_usual;
    let suffix = if fips && !usual { "-fips" } else { "" };
    let (name, domain) = if dual {
        // The registry alone has another name there.
        let name = service.host.trim_start_matches("api.");
        (name, partition.dual_stack)
    } else {
        (service.host, partition.domain)
    };
    format!("{name}{suffix}.{region}.{domain}")
}

#[cfg(test)]
mod tests {
    use aws_config::Region;

    use super::*;
    use crate::aws::plain::{ECR, IAM, LOGS, SCHEDULER, SECRETS_MANAGER, SSM};

    /// Service and region, whether FIPS and both protocols of addresses are wanted; host, and the
    /// region to sign for.
    const HOSTS: &[(&Service, &str, bool, bool, &str, &str)] = &[
        (
            &LOGS,
            "eu-west-1",
            false,
            false,
            "logs.eu-west-1.amazonaws.com",
            "eu-west-1",
        ),
        (
            &LOGS,
            "us-gov-west-1",
            true,
            false,
            "logs.us-gov-west-1.amazonaws.com",
            "us-gov-west-1",
        ),
        (
            &LOGS,
            "us-east-1",
            true,
            false,
            "logs-fips.us-east-1.amazonaws.com",
            "us-east-1",
        ),
        (
            &ECR,
            "cn-north-1",
            false,
            false,
            "api.ecr.cn-north-1.amazonaws.com.cn",
            "cn-north-1",
        ),
        (
            &ECR,
            "eu-west-1",
            false,
            true,
            "ecr.eu-west-1.api.aws",
            "eu-west-1",
        ),
        (
            &SCHEDULER,
            "us-isob-east-1",
            false,
            false,
            "scheduler.us-isob-east-1.sc2s.sgov.gov",
            "us-isob-east-1",
        ),
        (
            &SSM,
            "us-gov-west-1",
            true,
            false,
            "ssm.us-gov-west-1.amazonaws.com",
            "us-gov-west-1",
        ),
        (
            &SSM,
            "us-gov-west-1",
            true,
            true,
            "ssm-fips.us-gov-west-1.api.aws",
            "us-gov-west-1",
        ),
        (
            &SECRETS_MANAGER,
            "eu-west-1",
            true,
            true,
            "secretsmanager-fips.eu-west-1.amazonaws.com",
            "eu-west-1",
        ),
        (
            &SECRETS_MANAGER,
            "us-iso-east-1",
            false,
            true,
            "secretsmanager.us-iso-east-1.api.aws.ic.gov",
            "us-iso-east-1",
        ),
        (
            &IAM,
            "eu-west-1",
            false,
            false,
            "iam.amazonaws.com",
            "us-east-1",
        ),
        (
            &IAM,
            "cn-northwest-1",
            false,
            false,
            "iam.cn-north-1.amazonaws.com.cn",
            "cn-north-1",
        ),
    ];

    #[test]
    fn a_host_is_made_of_service_region_and_partition() {
        for (service, region, fips, dual, url, signed) in HOSTS {
            let config = SdkConfig::builder()
                .region(Region::new(*region))
                .use_fips(*fips)
                .use_dual_stack(*dual)
                .build();
            let expected = (format!("https://{url}"), (*signed).to_owned());
            assert_eq!(of(&config, service, region), expected);
        }
    }
}
