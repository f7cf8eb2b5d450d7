//! What Trice means: the services, constructed in the order in which they need each other.
//!
//! Below `delivery` nobody knows sockets. What must travel upward is an event on the bus, never a call.

pub mod auth;
pub mod caller;
pub mod conversations;
pub mod cursor;
pub mod delivery;
pub mod limits;
pub mod messages;
pub mod places;
pub mod presence;
pub mod receipts;
pub mod seed;
mod text;
pub mod typing;
pub mod users;

use std::sync::Arc;

use crate::{config::Config, engine::Engine, error::Result, model::id::Epoch, runtime::tasks::Tasks, store::Store};

/// Every service of a node.
#[derive(Clone)]
pub struct Services {
    /// How often one person may do things.
    pub limits: Arc<limits::Limits>,
    /// Register, log in, renew, log out.
    pub auth: Arc<auth::AuthService>,
    /// Profiles and search.
    pub users: Arc<users::UserService>,
    /// Create, list, look at.
    pub conversations: Arc<conversations::ConversationService>,
    /// Send and read back.
    pub messages: Arc<messages::MessageService>,
    /// Who is here.
    pub presence: Arc<presence::PresenceService>,
    /// How far everybody has read.
    pub receipts: Arc<receipts::ReceiptService>,
    /// Who is connected and what they hear.
    pub delivery: Arc<delivery::DeliveryService>,
}

impl Services {
    /// Builds the services; `sockets` is where delivered events go. Workers start here, and end with `tasks`.
    pub fn new(
        config: &Config,
        store: &Store,
        engine: &Engine,
        epoch: Epoch,
        sockets: Arc<dyn delivery::Sockets>,
        tasks: &Tasks,
    ) -> Result<Self> {
        let cursors = cursor::Cursors::new(&config.auth.access_secret)?;
        let limits = Arc::new(limits::Limits::new(&config.limits));
        tasks.supervise("limits", Arc::clone(&limits).forget());
        let presence = presence::PresenceService::start(store.clone(), engine.clone(), config.presence, tasks);
        let receipts = receipts::ReceiptService::start(
            store.clone(),
            engine.clone(),
            config.receipts_flush_interval,
            tasks.clone(),
        );
        let auth = Arc::new(auth::AuthService::new(config, store.clone(), engine.clone())?);
        let conversations = Arc::new(conversations::ConversationService::new(
            store.clone(),
            engine.clone(),
            cursors.clone(),
            Arc::clone(&presence),
            Arc::clone(&receipts),
        ));
        let users = Arc::new(users::UserService::new(
            store.clone(),
            engine.clone(),
            Arc::clone(&auth),
            Arc::clone(&conversations),
            Arc::clone(&presence),
        ));
        let messages = Arc::new(messages::MessageService::new(store.clone(), engine.clone(), cursors, tasks.clone()));
        let typing = Arc::new(typing::TypingService::new(engine.clone()));
        tasks.supervise("typing", Arc::clone(&typing).expire());
        let delivery = delivery::DeliveryService::start(
            store.clone(),
            engine.clone(),
            Arc::clone(&auth),
            Arc::clone(&conversations),
            Arc::clone(&presence),
            Arc::clone(&receipts),
            typing,
            sockets,
            epoch,
            tasks.clone(),
        );
        Ok(Self { limits, auth, users, conversations, messages, receipts, presence, delivery })
    }
}
