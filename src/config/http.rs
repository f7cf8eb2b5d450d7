//! The address, and who may talk to it: pure functions that both transports ask.

use std::net::IpAddr;

use http::{HeaderMap, Uri, header};
use ipnet::IpNet;
use subtle::ConstantTimeEq as _;

use super::secret::Secret;

/// What proxies add: with one of these, the connection's other end is not who asks.
const FORWARDING: &[&str] =
    &["forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip"];

/// How Trice is reached.
#[derive(Debug, Clone)]
pub struct HttpConfig {
    /// `HOST`: where to listen. Development listens to this machine alone.
    pub host: IpAddr,
    /// `PORT`
    pub port: u16,
    /// `CLIENT_URL`: the origin that people open, such as `https://chat.example.org`.
    pub client_url: Option<String>,
    /// `TRUSTED_PROXIES`: who is believed about where a request came from.
    pub trusted_proxies: Vec<IpNet>,
    /// `METRICS_TOKEN`: whoever has it may read `/metrics` from anywhere.
    pub metrics_token: Option<Secret>,
    /// `MAX_SOCKETS`: how many sockets this node carries.
    pub max_sockets: usize,
    /// `MAX_SOCKETS_PER_ADDRESS`: how many of them may come from one address.
    pub max_sockets_per_address: usize,
    /// Whether this is a developer's machine.
    pub development: bool,
}

impl HttpConfig {
    /// More than the largest node is meant to carry (10,000 sockets), fewer than would use up its memory.
    pub const MAX_SOCKETS: usize = 20_000;
    /// A large office behind one address.
    pub const MAX_SOCKETS_PER_ADDRESS: usize = 1_000;

    /// Reads `CLIENT_URL`: scheme, host and perhaps a port, as browsers write an origin.
    pub fn parse_origin(text: &str) -> Result<String, String> {
        let problem = || "must be an address such as https://chat.example.org".to_owned();
        let uri: Uri = text.trim_end_matches('/').parse().map_err(|_| problem())?;
        let (scheme, authority) = (uri.scheme_str().unwrap_or_default(), uri.authority().ok_or_else(problem)?);
        if !matches!(scheme, "http" | "https")
            || authority.as_str().contains('@')
            || uri.path().len() > 1
            || uri.query().is_some()
        {
            return Err(problem());
        }
        let default_port = if scheme == "https" { 443 } else { 80 };
        let host = authority.host().to_ascii_lowercase();
        Ok(match authority.port_u16().filter(|port| *port != default_port) {
            Some(port) => format!("{scheme}://{host}:{port}"),
            None => format!("{scheme}://{host}"),
        })
    }

    /// Whether browsers reach Trice over https, and so keep Secure cookies.
    pub fn secure(&self) -> bool {
        self.client_url.as_deref().is_some_and(|url| url.starts_with("https://"))
    }

    /// Where a request came from: the connection's other end, or, if that is a trusted proxy, the last address before
    /// the trusted ones. What anybody else writes into a header is not believed.
    pub fn client_address(&self, peer: IpAddr, headers: &HeaderMap) -> IpAddr {
        let peer = peer.to_canonical();
        if !self.trusted(peer) {
            return peer;
        }
        let mut forwarded: Vec<&str> = Vec::new();
        for value in headers.get_all("x-forwarded-for") {
            forwarded.extend(value.to_str().unwrap_or_default().split(','));
        }
        let mut nearest = peer;
        for hop in forwarded.into_iter().rev() {
            let Ok(address) = hop.trim().parse::<IpAddr>() else { break };
            nearest = address.to_canonical();
            if !self.trusted(nearest) {
                break;
            }
        }
        nearest
    }

    /// Whether a browser on this origin may talk to Trice. Clients that send none are not browsers.
    pub fn origin_allowed(&self, headers: &HeaderMap) -> bool {
        let Some(origin) = headers.get(header::ORIGIN) else { return true };
        let Ok(origin) = origin.to_str() else { return false };
        if self.client_url.as_deref() == Some(origin) {
            return true;
        }
        // In development, or while no address is set, the page's own host: so that a phone on the same network can try it.
        let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
        let own =
            origin.split_once("://").filter(|(scheme, _)| matches!(*scheme, "http" | "https")).map(|(_, host)| host);
        self.development && own.is_some() && own == host
    }

    /// Whether somebody may read the metrics: from this machine itself, not through a proxy on it, or with the token.
    pub fn may_see_metrics(&self, peer: IpAddr, headers: &HeaderMap) -> bool {
        let forwarded = FORWARDING.iter().any(|name| headers.contains_key(*name));
        if peer.to_canonical().is_loopback() && !forwarded {
            return true;
        }
        let bearer = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
        self.metrics_token
            .as_ref()
            .zip(bearer)
            .is_some_and(|(token, said)| token.reveal().as_bytes().ct_eq(said.as_bytes()).into())
    }

    /// Whether an address is that of a proxy, which stands for many.
    pub fn trusted(&self, address: IpAddr) -> bool {
        self.trusted_proxies.iter().any(|network| network.contains(&address))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(proxies: &[&str]) -> HttpConfig {
        HttpConfig {
            host: "127.0.0.1".parse().unwrap(),
            port: 8000,
            client_url: Some("https://chat.example.org".into()),
            trusted_proxies: proxies.iter().map(|proxy| proxy.parse().unwrap()).collect(),
            metrics_token: Some(Secret::new("a token of some length")),
            max_sockets: HttpConfig::MAX_SOCKETS,
            max_sockets_per_address: HttpConfig::MAX_SOCKETS_PER_ADDRESS,
            development: false,
        }
    }

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
    }

    #[test]
    fn an_address_is_believed_only_from_a_trusted_proxy() {
        let forwarded = headers(&[("x-forwarded-for", "6.6.6.6, 203.0.113.9, 10.0.0.2"), ("x-real-ip", "7.7.7.7")]);
        let address =
            |config: &HttpConfig, peer: &str| config.client_address(peer.parse().unwrap(), &forwarded).to_string();
        assert_eq!(address(&config(&[]), "198.51.100.1"), "198.51.100.1");
        assert_eq!(address(&config(&["10.0.0.0/8"]), "198.51.100.1"), "198.51.100.1");
        assert_eq!(address(&config(&["10.0.0.0/8"]), "10.0.0.1"), "203.0.113.9");
        assert_eq!(address(&config(&["10.0.0.0/8"]), "::ffff:10.0.0.1"), "203.0.113.9");
        assert_eq!(
            config(&["10.0.0.0/8"]).client_address("10.0.0.1".parse().unwrap(), &HeaderMap::new()).to_string(),
            "10.0.0.1"
        );
    }

    #[test]
    fn metrics_are_for_this_machine_or_for_who_has_the_token() {
        let config = config(&["127.0.0.1/32"]);
        let sees =
            |peer: &str, said: &[(&'static str, &str)]| config.may_see_metrics(peer.parse().unwrap(), &headers(said));
        let token = ("authorization", "Bearer a token of some length");
        assert!(sees("127.0.0.1", &[]) && sees("::1", &[]) && sees("::ffff:127.0.0.1", &[]));
        assert!(!sees("10.0.0.1", &[]) && sees("10.0.0.1", &[token]));
        for name in FORWARDING {
            assert!(!sees("127.0.0.1", &[(name, "x")]), "{name}");
            assert!(sees("127.0.0.1", &[(name, "x"), token]), "{name}");
        }
        for wrong in
            ["Bearer ", "Bearer a token of some lengt", "a token of some length", "Basic a token of some length"]
        {
            assert!(!sees("10.0.0.1", &[("authorization", wrong)]), "{wrong}");
        }
        let without = HttpConfig { metrics_token: None, ..config.clone() };
        assert!(!without.may_see_metrics("10.0.0.1".parse().unwrap(), &headers(&[("authorization", "Bearer ")])));
    }

    #[test]
    fn an_origin_matches_exactly() {
        let allowed = |config: &HttpConfig, origin: &str| {
            config.origin_allowed(&headers(&[("origin", origin), ("host", "localhost:8000")]))
        };
        let production = config(&[]);
        assert!(production.origin_allowed(&HeaderMap::new()));
        assert!(allowed(&production, "https://chat.example.org"));
        for foreign in [
            "null",
            "http://chat.example.org",
            "https://chat.example.org.evil.com",
            "https://chat.example.org:8443",
            "https://evil.com",
            "http://localhost:8000",
            "",
        ] {
            assert!(!allowed(&production, foreign), "{foreign}");
        }
        let development = HttpConfig { development: true, ..config(&[]) };
        assert!(allowed(&development, "http://localhost:8000"));
        for foreign in ["http://localhost:8001", "null", "localhost:8000", "file://localhost:8000"] {
            assert!(!allowed(&development, foreign), "{foreign}");
        }
    }

    #[test]
    fn an_origin_is_written_as_browsers_write_it() {
        assert_eq!(HttpConfig::parse_origin("https://Chat.Example.org/").unwrap(), "https://chat.example.org");
        assert_eq!(HttpConfig::parse_origin("https://chat.example.org:443").unwrap(), "https://chat.example.org");
        assert_eq!(HttpConfig::parse_origin("http://localhost:8000").unwrap(), "http://localhost:8000");
        for bad in ["chat.example.org", "ftp://x.org", "https://x.org/chat", "https://a@x.org", "https://"] {
            assert!(HttpConfig::parse_origin(bad).is_err(), "{bad}");
        }
    }
}
