//! `presence:heartbeat`.

use super::reply::Reply;
use crate::{
    domain::{Services, caller::Caller},
    model::socket::PresenceHeartbeatInput,
};

/// The person is here.
pub fn heartbeat(services: &Services, caller: &Caller, reply: &Reply, input: &PresenceHeartbeatInput) {
    services.presence.heartbeat(caller.user_id, reply.socket.id, input.status);
    reply.done();
}
