//! Which addresses are whose (IANA's special-purpose registries, RFC 6890 and its successors).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Who can be meant by an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// A host on the internet.
    Public,
    /// This machine, or a host in a network like ours.
    Private,
    /// No host that anybody has reason to name: link-local, metadata, multicast, documentation, tunnels and the rest.
    Never,
}

/// Whose an address is.
pub(crate) fn reach(address: IpAddr) -> Reach {
    match address {
        IpAddr::V4(address) => reach_v4(address),
        IpAddr::V6(address) => reach_v6(address),
    }
}

fn reach_v4(address: Ipv4Addr) -> Reach {
    match address.octets() {
        // Metadata services outside of link-local: Alibaba's in shared space, Azure's at a public address.
        [100, 100, 100, 200] | [168, 63, 129, 16] => Reach::Never,
        [127, ..] | [10, ..] | [172, 16..=31, ..] | [192, 168, ..] | [100, 64..=127, ..] => Reach::Private,
        // This network; link-local, with most metadata services.
        [0, ..] | [169, 254, ..] => Reach::Never,
        // IETF protocols, 6to4 relays, benchmarks.
        [192, 0, 0, _] | [192, 88, 99, _] | [198, 18..=19, ..] => Reach::Never,
        // Documentation.
        [192, 0, 2, _] | [198, 51, 100, _] | [203, 0, 113, _] => Reach::Never,
        // Multicast, reserved, broadcast.
        [224..=255, ..] => Reach::Never,
        _ => Reach::Public,
    }
}

fn reach_v6(address: Ipv6Addr) -> Reach {
    match address.segments() {
        // Metadata services of Amazon and Google.
        [0xfd00, 0x0ec2, 0, 0, 0, 0, 0, 0x0254] | [0xfd20, 0x00ce, 0, 0, 0, 0, 0, 0x0254] => Reach::Never,
        [0, 0, 0, 0, 0, 0, 0, 1] | [0xfc00..=0xfdff, ..] => Reach::Private,
        // 2001::/23, IETF protocols: Teredo, benchmarks and other things that are no hosts; then 6to4.
        [0x2001, 0x0000..=0x01ff, ..] | [0x2002, ..] => Reach::Never,
        // Documentation.
        [0x2001, 0x0db8, ..] | [0x3fff, 0x0000..=0x0fff, ..] => Reach::Never,
        // 2000::/3 is all that is given to hosts. What carries an IPv4 address (mapped, compatible, NAT64) lies
        // outside, as do link-local, site-local and multicast.
        [0x2000..=0x3fff, ..] => Reach::Public,
        _ => Reach::Never,
    }
}
