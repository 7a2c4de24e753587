//! AWS's published rates of the ECS API.
//!
//! Source: "Request throttling for the Amazon ECS API", section "Request token bucket sizes and
//! refill rates",
//! <https://docs.aws.amazon.com/AmazonECS/latest/APIReference/request-throttling.html>, as read
//! in 2026.

/// Operations that share one bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// AWS's name for the category.
    pub category: &'static str,
    /// Operations of it, as far as this program calls them.
    pub operations: &'static [&'static str],
    /// Calls that a full bucket holds.
    pub burst: u32,
    /// Calls that come back each second.
    pub refill: u32,
}

const fn rate(
    category: &'static str,
    operations: &'static [&'static str],
    burst: u32,
    refill: u32,
) -> Rate {
    Rate {
        category,
        operations,
        burst,
        refill,
    }
}

/// The published rates. Operations that AWS names nowhere (StopServiceDeployment,
/// ContinueServiceDeployment) are not held back.
pub const RATES: &[Rate] = &[
    rate(
        "Task definition modify actions",
        &["RegisterTaskDefinition", "DeregisterTaskDefinition"],
        20,
        1,
    ),
    rate(
        "Task definition read actions",
        &[
            "DescribeTaskDefinition",
            "ListTaskDefinitions",
            "ListTaskDefinitionFamilies",
        ],
        50,
        20,
    ),
    rate(
        "Task definition deletion actions",
        &["DeleteTaskDefinitions"],
        5,
        1,
    ),
    rate("Service modify actions", &["UpdateService"], 50, 5),
    rate(
        "Service read actions",
        &["DescribeServices", "ListServices"],
        100,
        20,
    ),
    rate(
        "Service deployment actions",
        &["DescribeServiceDeployments", "ListServiceDeployments"],
        50,
        20,
    ),
    rate(
        "Service revision actions",
        &["DescribeServiceRevisions"],
        50,
        20,
    ),
    rate(
        "Cluster resource modify actions",
        &["RunTask", "StopTask"],
        100,
        40,
    ),
    rate(
        "Cluster resource read actions",
        &["DescribeTasks", "ListTasks"],
        100,
        20,
    ),
    rate(
        "Cluster read actions",
        &["DescribeClusters", "ListClusters"],
        50,
        20,
    ),
    rate(
        "Tag modify actions",
        &["TagResource", "UntagResource"],
        20,
        10,
    ),
    rate("Tag read actions", &["ListTagsForResource"], 50, 20),
];
