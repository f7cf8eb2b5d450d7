//! The address, and who may talk to it.
use std::net::IpAddr;
/// Temporary.
#[derive(Debug, Clone)]
pub struct HttpConfig {
    /// a
    pub host: IpAddr,
    /// a
    pub port: u16,
    /// a
    pub client_url: Option<String>,
    /// a
    pub trusted_proxies: Vec<ipnet::IpNet>,
    /// a
    pub development: bool,
}
impl HttpConfig {
    /// a
    pub fn parse_origin(text: &str) -> Result<String, String> {
        if text.starts_with("http") { Ok(text.to_owned()) } else { Err("must be an origin".to_owned()) }
    }
}
