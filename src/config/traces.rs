//! Where traces go.

use http::Uri;

/// Traces by OpenTelemetry.
#[derive(Debug, Clone)]
pub struct TracesConfig {
    /// `OTEL_EXPORTER_OTLP_ENDPOINT`, with the path for traces: who is told, by OTLP over HTTP.
    pub collector: Uri,
}

impl TracesConfig {
    /// The setting, as OpenTelemetry names it.
    pub const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// Reads the setting.
    pub fn load(endpoint: &str) -> Result<Self, String> {
        format!("{}/v1/traces", endpoint.trim_end_matches('/'))
            .parse::<Uri>()
            .ok()
            .filter(|uri| matches!(uri.scheme_str(), Some("http" | "https")))
            .map(|collector| Self { collector })
            .ok_or_else(|| "must be the address of an OTLP collector over HTTP, such as http://tempo:4318".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_collector_is_told_of_traces_below_its_address() {
        for (endpoint, collector) in [
            ("http://collector:4318", "http://collector:4318/v1/traces"),
            ("https://example.org/otlp/", "https://example.org/otlp/v1/traces"),
        ] {
            assert_eq!(TracesConfig::load(endpoint).unwrap().collector, collector);
        }
    }
}
