//! Which addresses a registry may have.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Which addresses may be connected to: those of the public internet. What is reachable only from
/// here (this machine, its networks, the metadata services of clouds) is nothing that a plugin
/// may ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddressRule {
    loopback_port: Option<u16>,
    private: bool,
}

impl AddressRule {
    /// Public addresses only.
    pub const PUBLIC: Self = Self {
        loopback_port: None,
        private: false,
    };

    /// Public addresses, and one port of this machine: for a test that listens there.
    #[must_use]
    pub const fn with_own_port(port: u16) -> Self {
        Self {
            loopback_port: Some(port),
            private: false,
        }
    }

    /// The same, and addresses of private networks: for a registry that this machine's own file
    /// names so. This machine itself and metadata services are none.
    #[must_use]
    pub const fn and_private(self) -> Self {
        Self {
            private: true,
            ..self
        }
    }

    /// Whether this address may be connected to.
    ///
    /// # Errors
    /// What kind of address it is.
    pub fn check(self, address: IpAddr, port: u16) -> Result<(), &'static str> {
        match kind(address) {
            None => Ok(()),
            Some("loopback") if self.loopback_port == Some(port) => Ok(()),
            Some("private") if self.private => Ok(()),
            Some(kind) => Err(kind),
        }
    }
}

/// What kind of address it is, where it is none of the public internet.
fn kind(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(address) => kind_of_v4(address),
        IpAddr::V6(address) => kind_of_v6(address),
    }
}

/// By the [registry of special addresses](https://www.iana.org/assignments/iana-ipv4-special-registry).
fn kind_of_v4(address: Ipv4Addr) -> Option<&'static str> {
    match address.octets() {
        [127, ..] => Some("loopback"),
        [169, 254, ..] => Some("link-local"),
        [10, ..] | [172, 16..=31, ..] | [192, 168, ..] => Some("private"),
        // Shared by carriers and clouds; the metadata service of one is in here.
        [100, 64..=127, ..] => Some("shared"),
        // A service of a cloud's own on each of its machines.
        [168, 63, 129, 16] => Some("metadata"),
        [224..=239, ..] => Some("multicast"),
        [0, ..]
        | [192, 0, 0 | 2, _]
        | [192, 88, 99, _]
        | [198, 18..=19, ..]
        | [198, 51, 100, _]
        | [203, 0, 113, _]
        | [240..=255, ..] => Some("reserved"),
        _ => None,
    }
}

/// Only 2000::/3 is given out, and of it not all; an IPv4 address inside counts as itself.
fn kind_of_v6(address: Ipv6Addr) -> Option<&'static str> {
    let parts = address.segments();
    let inside = || {
        let [a, b] = parts[6].to_be_bytes();
        let [c, d] = parts[7].to_be_bytes();
        kind_of_v4(Ipv4Addr::new(a, b, c, d))
    };
    match parts {
        [0, 0, 0, 0, 0, 0, 0, 1] => Some("loopback"),
        [0, 0, 0, 0, 0, 0xffff, ..] | [0x64, 0xff9b, 0, 0, 0, 0, ..] => inside(),
        [0xfe80..=0xfebf, ..] => Some("link-local"),
        [0xfc00..=0xfdff, ..] | [0xfec0..=0xfeff, ..] => Some("private"),
        [0xff00..=0xffff, ..] => Some("multicast"),
        // Tunnels, in which an IPv4 address of any kind may hide; documentation.
        [0x2001, 0..=0x1ff | 0xdb8, ..] | [0x2002, ..] | [0x3fff, 0..=0xfff, ..] => {
            Some("reserved")
        }
        [0x2000..=0x3fff, ..] => None,
        _ => Some("reserved"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Addresses that are not asked, by their kind.
    const KINDS: &[(&str, &[&str])] = &[
        (
            "loopback",
            &[
                "127.0.0.1",
                "127.255.255.254",
                "::1",
                "::ffff:127.0.0.1",
                "64:ff9b::127.0.0.1",
            ],
        ),
        (
            "link-local",
            &[
                "169.254.169.254",
                "169.254.170.2",
                "fe80::1",
                "febf::1",
                "::ffff:169.254.169.254",
                "64:ff9b::a9fe:a9fe",
            ],
        ),
        (
            "private",
            &[
                "10.0.0.1",
                "172.16.0.1",
                "172.31.255.255",
                "192.168.1.1",
                "fd00:ec2::254",
                "fc00::1",
                "fec0::1",
                "::ffff:10.0.0.1",
            ],
        ),
        (
            "shared",
            &["100.64.0.1", "100.100.100.200", "100.127.255.255"],
        ),
        ("metadata", &["168.63.129.16"]),
        ("multicast", &["224.0.0.1", "239.255.255.255", "ff02::1"]),
        (
            "reserved",
            &[
                "0.0.0.0",
                "0.1.2.3",
                "192.0.0.192",
                "192.0.2.1",
                "192.88.99.1",
                "198.18.0.1",
                "198.51.100.1",
                "203.0.113.1",
                "240.0.0.1",
                "255.255.255.255",
                "::",
                "::7f00:1",
                "::2",
                "100::1",
                "2001:db8::1",
                "2001::1",
                "2001:1ff::1",
                "2002:7f00:1::",
                "3fff::1",
                "5f00::1",
                "4000::1",
                "64:ff9b:1::1",
                "::ffff:0:7f00:1",
            ],
        ),
    ];

    /// Addresses next to those, which are.
    const PUBLIC: &[&str] = &[
        "1.1.1.1",
        "8.8.8.8",
        "100.63.255.255",
        "100.128.0.1",
        "172.15.0.1",
        "172.32.0.1",
        "169.253.0.1",
        "192.0.1.1",
        "198.17.0.1",
        "198.20.0.1",
        "223.255.255.255",
        "2606:4700::1",
        "2001:4860::1",
        "2a00:1450::1",
        "::ffff:1.1.1.1",
        "64:ff9b::1.1.1.1",
    ];

    #[test]
    fn each_kind_of_address_has_its_answer() {
        for (kind, addresses) in KINDS {
            for address in *addresses {
                let parsed: IpAddr = address.parse().unwrap();
                assert_eq!(
                    AddressRule::PUBLIC.check(parsed, 443),
                    Err(*kind),
                    "{address}"
                );
            }
        }
        for public in PUBLIC {
            assert_eq!(
                AddressRule::PUBLIC.check(public.parse().unwrap(), 443),
                Ok(()),
                "{public}"
            );
        }
    }

    #[test]
    fn a_test_may_open_its_own_port_and_nothing_else() {
        let rule = AddressRule::with_own_port(5000);
        let check = |address: &str, port| rule.check(address.parse().unwrap(), port);
        assert_eq!(check("127.0.0.1", 5000), Ok(()));
        assert_eq!(check("127.0.0.1", 443), Err("loopback"));
        assert_eq!(check("10.0.0.1", 5000), Err("private"));
        assert_eq!(check("169.254.169.254", 5000), Err("link-local"));
    }

    #[test]
    fn private_networks_are_asked_where_that_is_said_and_nothing_else_is() {
        let rule = AddressRule::PUBLIC.and_private();
        let check = |address: &str| rule.check(address.parse().unwrap(), 443);
        for address in ["10.0.0.1", "192.168.1.1", "fd00::1", "1.1.1.1"] {
            assert_eq!(check(address), Ok(()), "{address}");
        }
        for address in [
            "127.0.0.1",
            "169.254.169.254",
            "100.100.100.200",
            "fe80::1",
            "::1",
        ] {
            assert!(check(address).is_err(), "{address}");
        }
    }

    proptest! {
        /// An IPv4 address is the same one in whatever IPv6 address it hides.
        #[test]
        fn an_address_inside_an_address_counts_as_itself(octets: [u8; 4]) {
            let inner = Ipv4Addr::from(octets);
            let check = |address: Ipv6Addr| AddressRule::PUBLIC.check(address.into(), 443);
            let expected = AddressRule::PUBLIC.check(inner.into(), 443);
            prop_assert_eq!(check(inner.to_ipv6_mapped()), expected);
            let low = inner.to_ipv6_mapped().segments();
            prop_assert_eq!(check(Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, low[6], low[7])), expected);
            // Other ways to write it inside of IPv6 lead nowhere.
            prop_assert!(check(Ipv6Addr::new(0x2002, low[6], low[7], 0, 0, 0, 0, 1)).is_err());
            prop_assert!(check(Ipv6Addr::new(0, 0, 0, 0, 0, 0, low[6], low[7])).is_err());
        }

        /// The standard library's own opinion is never laxer than ours.
        #[test]
        fn nothing_that_is_known_to_be_local_is_public(octets: [u8; 16]) {
            let v6 = Ipv6Addr::from(octets);
            if v6.is_loopback() || v6.is_multicast() || v6.is_unspecified() || v6.is_unique_local() || v6.is_unicast_link_local() {
                prop_assert!(AddressRule::PUBLIC.check(v6.into(), 443).is_err());
            }
            let v4 = Ipv4Addr::new(octets[0], octets[1], octets[2], octets[3]);
            if v4.is_loopback() || v4.is_private() || v4.is_link_local() || v4.is_multicast() || v4.is_broadcast() || v4.is_documentation() || v4.is_unspecified() {
                prop_assert!(AddressRule::PUBLIC.check(v4.into(), 443).is_err());
            }
        }
    }
}
