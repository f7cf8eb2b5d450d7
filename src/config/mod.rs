//! Every setting: one field, one default, one sentence, one place; validated before anything starts.
//!
//! Settings come from a source: the environment and `.env`, Shuttle's secrets, or a test's own list.

pub mod auth;
pub mod database;
pub mod engine;
pub mod http;
pub mod limits;
pub mod log;
pub mod presence;
pub mod secret;
pub mod traces;

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv4Addr},
    path::PathBuf,
    time::Duration,
};

use self::{
    auth::AuthConfig,
    engine::EngineConfig,
    http::HttpConfig,
    limits::LimitsConfig,
    log::{LogConfig, LogFormat},
    presence::PresenceConfig,
    secret::Secret,
    traces::TracesConfig,
};

/// Where Trice runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Environment {
    /// A developer's machine: what is missing is made.
    Development,
    /// Real people: what is missing stops the start.
    Production,
}

/// Why a start was refused. Never holds the value of a secret.
#[derive(Debug, thiserror::Error)]
#[error("{name}: {problem}")]
pub struct ConfigError {
    /// The variable.
    pub name: &'static str,
    /// What is wrong with it, and what to do.
    pub problem: String,
}

/// All settings.
#[derive(Debug, Clone)]
pub struct Config {
    /// `APP_ENV`: `development` (default) or `production`.
    pub environment: Environment,
    /// `DATABASE_URL`; without it development starts a PostgreSQL of its own.
    pub database_url: Option<Secret>,
    /// `REDIS_URL`: what several nodes need to work together.
    pub engine: EngineConfig,
    /// `DATA_DIR`: what development keeps. Default `data`.
    pub data_dir: PathBuf,
    /// `DEV_PG_BIN`: where the embedded PostgreSQL's programs are, if not in one of the usual places.
    pub postgres_bin: Option<PathBuf>,
    /// The address, and who may talk to it.
    pub http: HttpConfig,
    /// Signing in.
    pub auth: AuthConfig,
    /// `RECEIPTS_FLUSH_MS`: how often receipts of groups are stored together. Default 10 s.
    pub receipts_flush_interval: Duration,
    /// How often things may be done.
    pub limits: LimitsConfig,
    /// How long people count as here.
    pub presence: PresenceConfig,
    /// Logging.
    pub log: LogConfig,
    /// Traces; none unless there is somebody to tell.
    pub traces: Option<TracesConfig>,
}

/// Settings by name.
pub type Source = BTreeMap<String, String>;

impl Config {
    /// Reads the environment, and `.env` for what the environment does not say.
    #[expect(clippy::disallowed_methods, reason = "this is the door")]
    pub fn from_environment() -> Result<Self, ConfigError> {
        match dotenvy::dotenv() {
            Ok(_) => {}
            Err(error) if error.not_found() => {}
            Err(error) => return Err(ConfigError { name: ".env", problem: error.to_string() }),
        }
        Self::load(&std::env::vars().collect())
    }

    /// Reads and checks settings.
    pub fn load(source: &Source) -> Result<Self, ConfigError> {
        let source = Settings(source);
        let environment = source
            .one_of("APP_ENV", &[("development", Environment::Development), ("production", Environment::Production)])?;
        let production = environment == Environment::Production;
        let data_dir = PathBuf::from(source.get("DATA_DIR").unwrap_or("data"));
        let database_url = source.get("DATABASE_URL").map(Secret::new);
        if production && database_url.is_none() {
            return Err(missing(
                "DATABASE_URL",
                "production needs a PostgreSQL, such as postgres://user:password@host/trice",
            ));
        }
        let client_url = source
            .get("CLIENT_URL")
            .map(HttpConfig::parse_origin)
            .transpose()
            .map_err(|problem| ConfigError { name: "CLIENT_URL", problem })?;
        if production && client_url.is_none() {
            return Err(missing(
                "CLIENT_URL",
                "production needs the address people open, such as https://chat.example.org",
            ));
        }
        let host = source.parse("HOST", "an IP address")?.unwrap_or(IpAddr::V4(if production {
            Ipv4Addr::UNSPECIFIED
        } else {
            Ipv4Addr::LOCALHOST
        }));
        let trusted_proxies = source.list("TRUSTED_PROXIES", "addresses or networks, such as 10.0.0.0/8")?;
        let lifted = source.one_of("RATE_LIMITS", &[("on", false), ("off", true)])?;
        let limits = LimitsConfig::load(!production, lifted, |name| source.get(name)).map_err(|name| ConfigError {
            name,
            problem: "must be a number per time, such as 30/60s, 5/15m or 100/1h".to_owned(),
        })?;
        let (access_secret, refresh_secret) = source.secrets(production, &data_dir)?;
        Ok(Self {
            environment,
            database_url,
            engine: EngineConfig::load(source.get("REDIS_URL"))?,
            data_dir,
            postgres_bin: source.get("DEV_PG_BIN").map(PathBuf::from),
            http: HttpConfig {
                host,
                port: source.parse("PORT", "a port")?.unwrap_or(8000),
                client_url,
                trusted_proxies,
                metrics_token: source.token("METRICS_TOKEN")?,
                max_sockets: source.count("MAX_SOCKETS", HttpConfig::MAX_SOCKETS)?,
                max_sockets_per_address: source
                    .count("MAX_SOCKETS_PER_ADDRESS", HttpConfig::MAX_SOCKETS_PER_ADDRESS)?,
                development: !production,
            },
            auth: AuthConfig {
                access_secret,
                refresh_secret,
                registration_open: source.one_of("REGISTRATION", &[("open", true), ("closed", false)])?,
            },
            receipts_flush_interval: Duration::from_millis(
                source.parse("RECEIPTS_FLUSH_MS", "a number of milliseconds")?.unwrap_or(10_000),
            ),
            limits,
            presence: PresenceConfig::load(|name| source.get(name))
                .map_err(|name| ConfigError { name, problem: "must be a time, such as 30s or 500ms".to_owned() })?,
            log: LogConfig {
                format: source.one_of(
                    "LOG_FORMAT",
                    if production {
                        &[("json", LogFormat::Json), ("pretty", LogFormat::Pretty)]
                    } else {
                        &[("pretty", LogFormat::Pretty), ("json", LogFormat::Json)]
                    },
                )?,
                level: source.get("LOG_LEVEL").unwrap_or("info,sqlx=warn").to_owned(),
            },
            traces: source
                .get(TracesConfig::ENDPOINT)
                .map(TracesConfig::load)
                .transpose()
                .map_err(|problem| ConfigError { name: TracesConfig::ENDPOINT, problem })?,
        })
    }
}

fn missing(name: &'static str, problem: &str) -> ConfigError {
    ConfigError { name, problem: format!("is not set; {problem}") }
}

struct Settings<'a>(&'a Source);

impl<'a> Settings<'a> {
    /// A setting that is there and not empty.
    fn get(&self, name: &str) -> Option<&'a str> {
        self.0.get(name).map(|value| value.trim()).filter(|value| !value.is_empty())
    }

    fn parse<T: std::str::FromStr>(&self, name: &'static str, what: &str) -> Result<Option<T>, ConfigError> {
        self.get(name)
            .map(|value| value.parse().map_err(|_| ConfigError { name, problem: format!("must be {what}") }))
            .transpose()
    }

    /// How many: one at least.
    fn count(&self, name: &'static str, default: usize) -> Result<usize, ConfigError> {
        let what = "a number, 1 at least";
        match self.parse(name, what)? {
            Some(0) => Err(ConfigError { name, problem: format!("must be {what}") }),
            given => Ok(given.unwrap_or(default)),
        }
    }

    fn list(&self, name: &'static str, what: &str) -> Result<Vec<ipnet::IpNet>, ConfigError> {
        self.get(name).map_or(Ok(Vec::new()), |value| {
            value
                .split(',')
                .map(str::trim)
                .map(|item| item.parse().or_else(|_| item.parse::<IpAddr>().map(ipnet::IpNet::from)))
                .collect::<Result<_, _>>()
                .map_err(|_| ConfigError { name, problem: format!("must be {what}, separated by commas") })
        })
    }

    /// One of a few words; the first is the default.
    fn one_of<T: Copy>(&self, name: &'static str, choices: &[(&str, T)]) -> Result<T, ConfigError> {
        let Some(value) = self.get(name) else { return Ok(choices[0].1) };
        choices.iter().find(|(word, _)| *word == value).map(|(_, choice)| *choice).ok_or_else(|| {
            let words: Vec<_> = choices.iter().map(|(word, _)| *word).collect();
            ConfigError { name, problem: format!("must be one of: {}", words.join(", ")) }
        })
    }

    /// A secret that nobody has to have.
    fn token(&self, name: &'static str) -> Result<Option<Secret>, ConfigError> {
        match self.get(name) {
            Some(value) if value.len() < 16 => {
                Err(ConfigError { name, problem: "must have at least 16 bytes; try: openssl rand -hex 32".to_owned() })
            }
            value => Ok(value.map(Secret::new)),
        }
    }

    /// The two signing secrets: production demands them, development makes and keeps its own.
    fn secrets(&self, production: bool, data_dir: &std::path::Path) -> Result<(Secret, Secret), ConfigError> {
        let access = self.secret("JWT_ACCESS_SECRET", production, &data_dir.join("jwt-access-secret"))?;
        let refresh = self.secret("JWT_REFRESH_SECRET", production, &data_dir.join("jwt-refresh-secret"))?;
        if access == refresh {
            return Err(ConfigError {
                name: "JWT_REFRESH_SECRET",
                problem: "must differ from JWT_ACCESS_SECRET".to_owned(),
            });
        }
        Ok((access, refresh))
    }

    fn secret(&self, name: &'static str, production: bool, file: &std::path::Path) -> Result<Secret, ConfigError> {
        // The raw bytes count, so nothing is trimmed.
        match self.0.get(name).filter(|value| !value.is_empty()) {
            Some(value) if value.len() < 32 => {
                Err(ConfigError { name, problem: "must have at least 32 bytes; try: openssl rand -hex 32".to_owned() })
            }
            Some(value) => Ok(Secret::new(value)),
            None if production => Err(missing(name, "production needs one; try: openssl rand -hex 32")),
            None => file.parent().map_or(Ok(()), std::fs::create_dir_all).and_then(|()| secret::kept(file)).map_err(
                |error| ConfigError {
                    name: "DATA_DIR",
                    problem: format!("{} cannot be kept there: {error}", file.display()),
                },
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn production() -> Source {
        [
            ("APP_ENV", "production"),
            ("DATABASE_URL", "postgres://trice:pw@db/trice"),
            ("CLIENT_URL", "https://chat.example.org"),
            ("JWT_ACCESS_SECRET", "0123456789abcdef0123456789abcdef"),
            ("JWT_REFRESH_SECRET", "fedcba9876543210fedcba9876543210"),
        ]
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
    }

    #[test]
    fn production_names_what_is_missing() {
        assert!(Config::load(&production()).is_ok());
        for name in ["DATABASE_URL", "CLIENT_URL", "JWT_ACCESS_SECRET", "JWT_REFRESH_SECRET"] {
            let mut source = production();
            source.remove(name);
            assert_eq!(Config::load(&source).unwrap_err().name, name);
        }
    }

    #[test]
    fn refuses_bad_values_by_name_and_without_them() {
        for (name, value) in [
            ("APP_ENV", "staging"),
            ("HOST", "localhost"),
            ("PORT", "70000"),
            ("REDIS_URL", "localhost:6379"),
            ("REDIS_URL", "http://user:hunter2@redis"),
            ("CLIENT_URL", "no address"),
            ("TRUSTED_PROXIES", "everybody"),
            ("REGISTRATION", "maybe"),
            ("RATE_LIMITS", "perhaps"),
            ("LIMIT_SEND_MESSAGE", "many"),
            ("PRESENCE_TTL", "half a minute"),
            ("METRICS_TOKEN", "letmein"),
            ("MAX_SOCKETS", "0"),
            ("MAX_SOCKETS_PER_ADDRESS", "some"),
            ("RECEIPTS_FLUSH_MS", "soon"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"),
            ("OTEL_EXPORTER_OTLP_ENDPOINT", "grpc://collector:4317"),
            ("JWT_ACCESS_SECRET", "changeme"),
            ("JWT_REFRESH_SECRET", "0123456789abcdef0123456789abcdef"),
        ] {
            let mut source = production();
            source.insert(name.to_owned(), value.to_owned());
            let error = Config::load(&source).unwrap_err();
            assert_eq!(error.name, name);
            assert!(!error.to_string().contains(value), "{error}");
        }
    }

    #[test]
    fn logs_are_for_machines_in_production_and_traces_are_for_who_asks() {
        let mut source = production();
        let config = Config::load(&source).unwrap();
        assert!(config.log.format == LogFormat::Json && config.traces.is_none());
        source.insert("APP_ENV".to_owned(), "development".to_owned());
        source.insert("OTEL_EXPORTER_OTLP_ENDPOINT".to_owned(), "http://tempo:4318".to_owned());
        let config = Config::load(&source).unwrap();
        assert!(config.log.format == LogFormat::Pretty && config.traces.is_some());
    }

    #[test]
    fn development_keeps_its_own_secrets() {
        let folder = tempfile::tempdir().unwrap();
        let source = Source::from([("DATA_DIR".to_owned(), folder.path().join("new").to_string_lossy().into_owned())]);
        let first = Config::load(&source).unwrap();
        assert_ne!(first.auth.access_secret, first.auth.refresh_secret);
        assert_eq!(Config::load(&source).unwrap().auth.access_secret, first.auth.access_secret);
        assert!(!format!("{first:?}").contains(first.auth.access_secret.reveal()));
    }
}
