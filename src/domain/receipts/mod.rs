//! Receipts: how far each member has read, and who read what.

pub mod pace;

use crate::{
    domain::caller::Caller,
    error::{Error, Result},
    model::{
        id::{ConversationId, MessageId, SocketId},
        receipt::{ReadState, Receipts},
    },
    store::Store,
};

/// Says what is read, and who read it.
pub struct ReceiptService {
    store: Store,
}

impl ReceiptService {
    /// On this database.
    pub fn new(store: Store) -> Self {
        Self { store }
    }

    /// Everything up to a message is read.
    pub async fn read(
        &self,
        _caller: &Caller,
        _conversation: ConversationId,
        _message: MessageId,
        _by: Option<SocketId>,
    ) -> Result<ReadState> {
        self.store.ping().await?;
        Err(Error::internal("not there yet"))
    }

    /// Who has read a message.
    pub async fn of_message(&self, _caller: &Caller, _message: MessageId) -> Result<Receipts> {
        self.store.ping().await?;
        Err(Error::internal("not there yet"))
    }
}
