//! Whose an address is, at both edges of every range.

use std::sync::Arc;

use crate::Refused;
use crate::address::{Reach, reach};
use crate::tests::world::{AMPLE, World, get, ip};

const PUBLIC: [&str; 44] = [
    "1.0.0.0",
    "9.255.255.255",
    "11.0.0.0",
    "100.63.255.255",
    "100.128.0.0",
    "126.255.255.255",
    "128.0.0.0",
    "168.63.129.15",
    "168.63.129.17",
    "169.253.255.255",
    "169.255.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "191.255.255.255",
    "192.0.1.0",
    "192.0.1.255",
    "192.0.3.0",
    "192.88.98.255",
    "192.88.100.0",
    "192.167.255.255",
    "192.169.0.0",
    "198.17.255.255",
    "198.20.0.0",
    "198.51.99.255",
    "198.51.101.0",
    "203.0.112.255",
    "203.0.114.0",
    "223.255.255.255",
    "2000::",
    "2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    "2001:200::",
    "2001:db7:ffff:ffff:ffff:ffff:ffff:ffff",
    "2001:db9::",
    "2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    "2003::",
    "2400::",
    "2606:4700::1111",
    "2620:fe::fe",
    "2800::",
    "2a00::",
    "2c00::",
    "3ffe:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    "3fff:1000::",
    "3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
];

const PRIVATE: [&str; 17] = [
    "10.0.0.0",
    "10.255.255.255",
    "100.64.0.0",
    "100.100.100.199",
    "100.100.100.201",
    "100.127.255.255",
    "127.0.0.0",
    "127.0.0.1",
    "127.255.255.255",
    "172.16.0.0",
    "172.31.255.255",
    "192.168.0.0",
    "192.168.255.255",
    "::1",
    "fc00::",
    "fd00:ec2::253",
    "fdff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
];

const NEVER: [&str; 63] = [
    "0.0.0.0",
    "0.255.255.255",
    "100.100.100.200", // metadata
    "168.63.129.16",   // metadata
    "169.254.0.0",
    "169.254.169.254", // metadata
    "169.254.255.255",
    "192.0.0.0",
    "192.0.0.192", // metadata
    "192.0.0.255",
    "192.0.2.0", // documentation
    "192.0.2.255",
    "192.88.99.0", // 6to4 relays
    "192.88.99.255",
    "198.18.0.0", // benchmarks
    "198.19.255.255",
    "198.51.100.0", // documentation
    "198.51.100.255",
    "203.0.113.0", // documentation
    "203.0.113.255",
    "224.0.0.0", // multicast
    "239.255.255.255",
    "240.0.0.0", // reserved
    "255.255.255.254",
    "255.255.255.255",
    "::", // unspecified
    "::2",
    "::127.0.0.1", // compatible
    "::10.0.0.1",
    "::8.8.8.8",
    "::ffff:0.0.0.0", // mapped
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:8.8.8.8",
    "::ffff:0:10.0.0.1",  // translated
    "64:ff9b::127.0.0.1", // NAT64
    "64:ff9b::8.8.8.8",
    "64:ff9b::255.255.255.255",
    "64:ff9b:1::10.0.0.1", // local NAT64
    "100::1",              // discard
    "100:0:0:1::1",        // dummy
    "1fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    "2001::", // Teredo
    "2001:0:7f00:1::f5ff:fffe",
    "2001:2::1",  // benchmarks
    "2001:20::1", // ORCHID
    "2001:1ff:ffff:ffff:ffff:ffff:ffff:ffff",
    "2001:db8::", // documentation
    "2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
    "2002::", // 6to4
    "2002:7f00:1::",
    "2002:a00:1::1",
    "2002:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    "3fff::", // documentation
    "3fff:fff:ffff:ffff:ffff:ffff:ffff:ffff",
    "4000::",
    "5f00::1", // segment routing
    "fd00:ec2::254",
    "fd20:ce::254",
    "fe80::1", // link-local
    "febf:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
    "fec0::1", // site-local
    "ff02::1", // multicast
];

#[test]
fn every_range_ends_where_it_ends() {
    for (addresses, expected) in
        [(&PUBLIC[..], Reach::Public), (&PRIVATE, Reach::Private), (&NEVER, Reach::Never)]
    {
        for address in addresses {
            assert_eq!(reach(ip(address)), expected, "{address}");
        }
    }
}

#[tokio::test]
async fn no_name_and_no_literal_leads_to_an_address_that_is_refused() {
    for address in PRIVATE.iter().chain(&NEVER) {
        let world = Arc::new(World::default());
        world.name("some.test", &[&[address]]);
        let literal = match ip(address) {
            std::net::IpAddr::V4(v4) => format!("http://{v4}/"),
            std::net::IpAddr::V6(v6) => format!("http://[{v6}]/"),
        };
        for url in ["http://some.test/", "https://some.test/", &literal] {
            let refused = get(&world, url, AMPLE).await.unwrap_err();
            assert!(matches!(refused, Refused::Address), "{address} by {url}: {refused:?}");
        }
        assert_eq!(world.connected(), [""; 0], "{address}");
    }
}
