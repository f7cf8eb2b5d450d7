//! The one composition root: a configuration becomes a running Trice. Tests enter here, as the programs do.

mod connection;
mod lifecycle;
mod listener;
mod place;

use std::sync::Arc;

pub use self::lifecycle::{Stopped, shutdown_signal};
use axum::Router;

use crate::{
    config::{Config, Environment, database::DatabaseConfig, engine::EngineConfig, http::HttpConfig},
    domain::{Services, places::Places},
    engine::Engine,
    error::Result,
    gateway::{self, Emitter, Gateway},
    http::{self, HttpLimits, HttpState},
    observability::{health::Health, metrics, traces},
    runtime::tasks::Tasks,
    store::Store,
};

/// One place for a socket in so many may be taken by those who have not said yet who they are.
const STRANGERS: usize = 4;

/// A node, ready to serve.
pub struct App {
    router: Router,
    http: Arc<HttpConfig>,
    gateway: Gateway,
    health: Health,
    store: Store,
    tasks: Tasks,
}

impl App {
    /// Connects to the database, brings it up to date and builds every floor. Must be asked to [`Self::serve`] to do
    /// anything; dropped before that, it leaves nothing behind.
    pub async fn build(config: Config, database: DatabaseConfig) -> Result<Self> {
        if let Some(traces) = &config.traces {
            traces::start(traces)?;
        }
        let store = Store::connect(&database, config.environment == Environment::Development).await?;
        store.migrate().await?;
        let later = store.later_migrations().await?;
        if !later.is_empty() {
            tracing::warn!(
                ?later,
                "database.later_schema: a later version has migrated it, which leaves the one before able to work"
            );
        }
        for setting in store.unsafe_settings().await? {
            tracing::error!(%setting, "database.unsafe_setting: acknowledged messages can be lost in a power cut");
        }
        if config.environment == Environment::Production {
            warn_of_risks(&config);
        }
        let epoch = store.epoch().await?;

        let tasks = Tasks::default();
        let probed = store.clone();
        let health = Health::default().with("database", move || {
            let store = probed.clone();
            async move { store.ping().await.is_ok() }
        });
        let place = place::Keeper::new(store.clone(), matches!(config.engine, EngineConfig::Redis(_)));
        let keeper = place.clone();
        let health = health.with("place", move || std::future::ready(keeper.held()));
        let (engine, health) = engine(&config.engine, health, &tasks).await?;
        tasks.supervise("place", place.keep());
        let emitter = Arc::new(Emitter::default());
        let services = Services::new(&config, &store, &engine, epoch, emitter.clone(), &tasks)?;

        let http_config = Arc::new(config.http);
        let gateway = Gateway::new(services.clone(), emitter, tasks.clone());
        let sockets = gateway.engine().router(gateway::PATH);
        let limits = Arc::new(HttpLimits::new(&config.limits));
        tasks.supervise("http-limits", Arc::clone(&limits).forget());
        let places = Places::with_strangers(
            http_config.max_sockets,
            http_config.max_sockets_per_address,
            http_config.max_sockets.div_ceil(STRANGERS),
        );
        let sockets = limits.limit_handshakes(gateway::PATH, sockets, &http_config, places);
        let sockets = http::none_while_draining(http::own_origin_only(sockets, &http_config), &health);
        metrics::begin();
        let measured = store.clone();
        let state = HttpState {
            services,
            config: Arc::clone(&http_config),
            health: health.clone(),
            measure: Arc::new(move || measured.measure()),
            tasks: tasks.clone(),
        };
        let router = http::layers(http::routes(state, &limits).merge(sockets), &http_config);
        Ok(Self { router, http: http_config, gateway, health, store, tasks })
    }
}

/// What the nodes of one Trice have in common besides the database, and whether it works.
async fn engine(config: &EngineConfig, health: Health, tasks: &Tasks) -> Result<(Engine, Health)> {
    match config {
        EngineConfig::Memory => {
            tracing::info!("engine.memory: one node; several need REDIS_URL");
            Ok((Engine::memory(), health))
        }
        EngineConfig::Redis(url) => {
            tracing::info!("engine.redis");
            let (engine, redis) = Engine::redis(url, tasks).await?;
            Ok((engine, health.with_help("redis", move || std::future::ready(redis.is_up()))))
        }
    }
}

/// What can be meant, and is said at each start, for it is a mistake more often.
fn warn_of_risks(config: &Config) {
    if !config.http.secure() {
        tracing::warn!("production.plain_http: passwords and messages travel in the clear; CLIENT_URL should be https");
    }
    if config.limits.lifted {
        tracing::warn!("production.limits_lifted: RATE_LIMITS=off is for load tests");
    }
}
