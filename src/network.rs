//! Where the office listens, whom it believes, and which web pages may call it, as an operator writes them; and what counts
//! as one client. Nothing is opened here.

use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::str::FromStr;

use ipnet::IpNet;

/// An address to listen on: `127.0.0.1:8080`, `[::1]:8080`, `localhost:8080`, or `:8080` for every address of this
/// machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listen {
    /// Empty: every address.
    host: String,
    port: u16,
}

impl FromStr for Listen {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const SHAPES: &str = "write HOST:PORT, such as 127.0.0.1:8080, localhost:8080, or :8080 for every address";
        let (host, port) = text.rsplit_once(':').ok_or(SHAPES)?;
        let port = port.parse().map_err(|_| format!("{port:?} is no port (0 to 65535); {SHAPES}"))?;
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']'));
        let is_address = bare.is_some_and(|bare| bare.parse::<Ipv6Addr>().is_ok());
        let is_name = host.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(&byte));
        if is_address || is_name { Ok(Self { host: host.to_owned(), port }) } else { Err(SHAPES.to_owned()) }
    }
}

impl From<SocketAddr> for Listen {
    fn from(address: SocketAddr) -> Self {
        let host = match address {
            SocketAddr::V4(address) => address.ip().to_string(),
            SocketAddr::V6(address) => format!("[{}]", address.ip()),
        };
        Self { host, port: address.port() }
    }
}

impl fmt::Display for Listen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.host, self.port)
    }
}

impl Listen {
    /// What it stands for, in the order to try: the first that can be had is taken. Of a name the IPv4 addresses come
    /// first, which every client tries.
    ///
    /// # Errors
    /// When the name is unknown. May ask the system's resolver, so it waits for the network.
    pub fn addresses(&self) -> io::Result<Vec<SocketAddr>> {
        if self.host.is_empty() {
            // An IPv6 socket takes IPv4 too; a system without IPv6 has the other.
            return Ok(vec![(Ipv6Addr::UNSPECIFIED, self.port).into(), (Ipv4Addr::UNSPECIFIED, self.port).into()]);
        }
        let mut found: Vec<_> = self.to_string().to_socket_addrs()?.collect();
        found.sort_by_key(SocketAddr::is_ipv6);
        Ok(found)
    }
}

/// One address or a network of them: `10.0.0.7`, `10.0.0.0/8`, `2001:db8::/32`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Network(IpNet);

impl Network {
    /// This machine itself, by IPv4 and IPv6.
    pub fn this_machine() -> [Self; 2] {
        [Self(IpNet::new_assert(Ipv4Addr::new(127, 0, 0, 0).into(), 8)), Self(IpAddr::from(Ipv6Addr::LOCALHOST).into())]
    }

    /// Whether an address is one of it.
    pub fn contains(&self, address: IpAddr) -> bool {
        self.0.contains(&address.to_canonical())
    }
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let address = text.parse::<IpAddr>().map(IpNet::from);
        let network = address.or_else(|_| text.parse::<IpNet>());
        let network =
            network.map_err(|_| "write an address or a network, such as 10.0.0.7 or 10.0.0.0/8".to_owned())?;
        Ok(Self(network.trunc()))
    }
}

impl fmt::Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// What counts as one client: an IPv4 address, or the /64 that one IPv6 subscriber has.
pub fn client_of(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) if !address.is_loopback() => {
            Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)).into()
        }
        address => address,
    }
}

/// A web origin (RFC 6454) whose pages may call the API from a browser, or `*` for all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin(String);

impl Origin {
    /// Every origin.
    pub fn any() -> Self {
        Self("*".to_owned())
    }

    /// As browsers send it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Origin {
    type Err = String;

    /// Takes only what a browser can send in `Origin`: another spelling would never match, and nobody would be told.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const SHAPE: &str = "write a page's origin as browsers send it, such as https://tickets.example or \
                             http://localhost:3000, or * for all";
        if text == "*" {
            return Ok(Self::any());
        }
        let (rest, default) = match (text.strip_prefix("https://"), text.strip_prefix("http://")) {
            (Some(rest), _) => (rest, "443"),
            (None, Some(rest)) => (rest, "80"),
            (None, None) => return Err(SHAPE.to_owned()),
        };
        if rest.ends_with('/') {
            return Err(format!("an origin has no path, not even the last \"/\"; {SHAPE}"));
        }
        let is_bracketed = rest.starts_with('[') && rest.ends_with(']');
        let (host, port) = if is_bracketed {
            (rest, None)
        } else {
            rest.rsplit_once(':').map_or((rest, None), |(host, port)| (host, Some(port)))
        };
        let is_host = !host.is_empty()
            && host.bytes().all(|byte| {
                byte.is_ascii_lowercase()
                    || byte.is_ascii_digit()
                    || b".-_".contains(&byte)
                    || host.starts_with('[') && b"[:]".contains(&byte)
            });
        let is_port = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|number| number.to_string() == port));
        if port == Some(default) {
            return Err(format!("browsers leave out the port :{default}, so leave it out; {SHAPE}"));
        }
        if is_host && is_port { Ok(Self(text.to_owned())) } else { Err(SHAPE.to_owned()) }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::expect_used)]
    use super::*;

    #[test]
    fn listen_addresses_are_read_and_shown_again() {
        for text in ["127.0.0.1:8080", "[::1]:0", "localhost:80", ":8080", "tickets.example:65535"] {
            assert_eq!(text.parse::<Listen>().expect(text).to_string(), text);
        }
        for text in
            ["", "8080", "127.0.0.1", "localhost", "a b:80", "::1:80", "http://localhost:80", ":65536", ":", "x:-1"]
        {
            let refused = text.parse::<Listen>().expect_err(text);
            assert!(refused.contains("write HOST:PORT"), "{text}: {refused}");
        }
    }

    #[test]
    fn listen_addresses_stand_for_socket_addresses() {
        let addresses = |text: &str| text.parse::<Listen>().expect(text).addresses().expect(text);
        assert_eq!(addresses("127.0.0.1:8080"), ["127.0.0.1:8080".parse().expect("an address")]);
        assert_eq!(addresses(":7")[1], "0.0.0.0:7".parse().expect("an address"));
        assert!(addresses("localhost:9").iter().all(|address| address.ip().is_loopback() && address.port() == 9));
        for address in ["127.0.0.1:1", "[::1]:2"] {
            let address: SocketAddr = address.parse().expect("an address");
            assert_eq!(addresses(&Listen::from(address).to_string()), [address]);
        }
    }

    #[test]
    fn networks_are_read_and_hold_their_addresses() {
        let holds = |network: &str, address: &str| {
            let network = network.parse::<Network>().expect(network);
            network.contains(address.parse().expect(address))
        };
        assert!(holds("10.0.0.7", "10.0.0.7") && holds("10.1.2.3/8", "::ffff:10.255.0.1"));
        assert!(!holds("10.0.0.7", "10.0.0.8") && !holds("10.0.0.0/8", "11.0.0.1") && !holds("::1", "127.0.0.1"));
        for text in ["", "10.0.0", "10.0.0.0/33", "localhost", "10.0.0.1:80"] {
            text.parse::<Network>().expect_err(text);
        }
        assert_eq!("10.1.2.3/8".parse::<Network>().map(|network| network.to_string()), Ok("10.0.0.0/8".to_owned()));
    }

    #[test]
    fn only_origins_that_a_browser_can_send_are_taken() {
        for text in [
            "*",
            "https://tickets.example",
            "http://localhost:3000",
            "http://127.0.0.1:5173",
            "http://[::1]:80000".trim_end_matches("000"),
        ] {
            if text.ends_with(":80") {
                assert!(text.parse::<Origin>().expect_err(text).contains("leave it out"));
            } else {
                assert_eq!(text.parse::<Origin>().expect(text).as_str(), text);
            }
        }
        for text in [
            "",
            "null",
            "tickets.example",
            "https://",
            "https://tickets.example/",
            "https://tickets.example/shop",
            "https://Tickets.example",
            "https://a b",
            "ftp://x",
            "https://x:443",
            "http://x:080",
            "https://u@x",
            "https://*.example",
            "https://x:99999",
        ] {
            text.parse::<Origin>().expect_err(text);
        }
    }
}
