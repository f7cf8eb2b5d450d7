//! `typing:start` and `typing:stop`.

use super::reply::Reply;
use crate::{
    domain::{Services, caller::Caller},
    error::Result,
    model::socket::TypingInput,
};

/// Whether the person types. Behind a `subscribe` of the same socket, for it may need that; not behind the replay of other
/// conversations.
pub async fn typing(
    services: &Services,
    caller: &Caller,
    reply: &Reply,
    input: &TypingInput,
    starts: bool,
) -> Result<()> {
    let typing = || services.delivery.typing(reply.socket.id, caller, input.conversation_id, starts);
    if typing().is_err() {
        let _turn = reply.socket.subscribing.lock().await;
        typing()?;
    }
    reply.done();
    Ok(())
}
