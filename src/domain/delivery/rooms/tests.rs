//! Rooms, asked without sockets, bus or database.

use super::*;
use crate::{
    model::{
        id::MessageId,
        message::{ContentType, MessageStatus},
        time::Timestamp,
        user::User,
    },
    runtime::clock,
};

fn caller() -> Caller {
    Caller { user_id: UserId::new(), session_id: SessionId::new(), expires_at: clock::now() }
}

fn message(room: ConversationId, sender: UserId, seq: i64) -> Arc<Message> {
    let now: Timestamp = clock::now();
    Arc::new(Message {
        id: MessageId::new(),
        conversation_id: room,
        seq,
        rev: None,
        sender_id: sender,
        sender: User { id: sender, username: "alice".into(), display_name: "Alice".into(), avatar_url: None },
        content: "hello".into(),
        content_type: ContentType::Text,
        client_message_id: ClientMessageId::new(),
        status: MessageStatus::Delivered,
        reply_to_id: None,
        created_at: now,
        updated_at: now,
        deleted_at: None,
    })
}

fn at(seq: i64) -> Head {
    Head { seq, rev: 0 }
}

struct Scene {
    rooms: Rooms,
    room: ConversationId,
    alice: Caller,
    socket: SocketId,
}

/// Alice, connected and caught up with a room at its beginning.
fn scene() -> Scene {
    let (mut rooms, room, alice, socket) = (Rooms::default(), ConversationId::new(), caller(), SocketId::new());
    rooms.connect(socket, &alice);
    assert!(rooms.join(socket, room));
    rooms.caught_up(socket, room, at(0));
    Scene { rooms, room, alice, socket }
}

#[test]
fn a_message_reaches_other_sockets_and_not_the_sending_one() {
    let Scene { mut rooms, room, alice, socket } = scene();
    let other_device = SocketId::new();
    rooms.connect(other_device, &alice);
    rooms.join(other_device, room);
    rooms.caught_up(other_device, room, at(0));
    let message = message(room, alice.user_id, 1);
    rooms.sending(socket, message.client_message_id);
    let outgoing = rooms.offer(Arc::clone(&message));
    assert_eq!(outgoing, [Outgoing { message, to: vec![other_device] }]);
}

#[test]
fn somebody_elses_message_of_the_same_client_id_is_not_skipped() {
    let Scene { mut rooms, room, socket, .. } = scene();
    let message = message(room, UserId::new(), 1);
    rooms.sending(socket, message.client_message_id);
    assert_eq!(rooms.offer(message)[0].to, [socket]);
}

#[test]
fn a_failed_send_is_forgotten() {
    let Scene { mut rooms, room, alice, socket } = scene();
    let message = message(room, alice.user_id, 1);
    rooms.sending(socket, message.client_message_id);
    rooms.sent(socket, room, message.client_message_id, false);
    assert_eq!(rooms.offer(message)[0].to, [socket]);
}

#[test]
fn what_is_said_while_catching_up_follows_once_and_in_order() {
    let Scene { mut rooms, room, .. } = scene();
    let (bob, late) = (caller(), SocketId::new());
    rooms.connect(late, &bob);
    rooms.join(late, room);
    for seq in 1..=3 {
        let outgoing = rooms.offer(message(room, UserId::new(), seq));
        assert!(!outgoing[0].to.contains(&late));
    }
    // The snapshot already showed 1 and 2.
    let (_, caught_up) = rooms.caught_up(late, room, at(2));
    assert!(caught_up.complete);
    assert_eq!(caught_up.missed.iter().map(|message| message.seq).collect::<Vec<_>>(), [3]);
    assert!(rooms.offer(message(room, UserId::new(), 4))[0].to.contains(&late));
}

#[test]
fn a_snapshot_ahead_of_the_room_is_not_told_twice() {
    let Scene { mut rooms, room, socket, .. } = scene();
    let (bob, late) = (caller(), SocketId::new());
    rooms.connect(late, &bob);
    rooms.join(late, room);
    rooms.caught_up(late, room, at(2));
    assert_eq!(rooms.offer(message(room, UserId::new(), 1))[0].to, [socket]);
    assert_eq!(rooms.offer(message(room, UserId::new(), 2))[0].to, [socket]);
    assert_eq!(rooms.offer(message(room, UserId::new(), 3))[0].to.len(), 2);
}

#[test]
fn more_than_can_be_held_is_admitted() {
    let Scene { mut rooms, room, .. } = scene();
    let (bob, late) = (caller(), SocketId::new());
    rooms.connect(late, &bob);
    rooms.join(late, room);
    for seq in 1..=300 {
        rooms.offer(message(room, UserId::new(), seq));
    }
    let (_, caught_up) = rooms.caught_up(late, room, at(0));
    assert!(!caught_up.complete);
    assert_eq!(caught_up.missed.len(), HELD);
}

#[test]
fn a_hole_is_filled_by_one() {
    let Scene { mut rooms, room, .. } = scene();
    assert!(rooms.offer(message(room, UserId::new(), 3)).is_empty());
    assert_eq!(rooms.begin_filling(room), Some(Hole { after: 0, until: 2 }));
    assert_eq!(rooms.begin_filling(room), None);
    rooms.offer(message(room, UserId::new(), 1));
    assert_eq!(rooms.still_missing(room), Some(Hole { after: 1, until: 2 }));
    assert_eq!(rooms.offer(message(room, UserId::new(), 2)).len(), 2);
    assert_eq!(rooms.still_missing(room), None);
}

#[test]
fn a_gone_socket_leaves_nothing_behind() {
    let Scene { mut rooms, room, alice, socket } = scene();
    let deserted = rooms.disconnect(socket);
    assert_eq!(deserted, Deserted { rooms: vec![room], user: Some(alice.user_id) });
    assert!(rooms.by_id.is_empty() && rooms.sockets.is_empty() && rooms.users.is_empty());
    assert!(!rooms.join(socket, room));
    assert_eq!(rooms.disconnect(socket), Deserted::default());
}

#[test]
fn a_session_is_told_from_the_other_sessions_of_a_person() {
    let Scene { mut rooms, alice, socket, .. } = scene();
    let (other, phone) = (Caller { session_id: SessionId::new(), ..alice.clone() }, SocketId::new());
    rooms.connect(phone, &other);
    assert_eq!(rooms.sockets_of_session(alice.session_id), [socket]);
    assert_eq!(rooms.sockets_of_user(alice.user_id).len(), 2);
}

#[test]
fn changes_are_settled_without_gaps_and_as_the_oldest_snapshot_says() {
    let Scene { mut rooms, room, socket, alice } = scene();
    let rev = |rooms: &Rooms| rooms.slice(0, 1)[0].1.rev;
    rooms.changed(room, 1, 2);
    assert_eq!(rev(&rooms), 2);
    // One is missing: it may be a removal.
    rooms.changed(room, 4, 5);
    assert_eq!(rev(&rooms), 2);
    rooms.settled(room, 5);
    assert_eq!(rev(&rooms), 5);
    let other = SocketId::new();
    rooms.connect(other, &caller());
    rooms.join(other, room);
    rooms.caught_up(other, room, Head { seq: 0, rev: 3 });
    assert_eq!(rev(&rooms), 3);
    assert_eq!(rooms.listening(room).len(), 2);
    rooms.leave(other, room);
    assert_eq!(rooms.listening(room), [alice.user_id]);
    rooms.leave(socket, room);
    assert!(rooms.slice(0, 1).is_empty());
}

#[test]
fn every_room_is_in_one_slice() {
    let Scene { mut rooms, socket, .. } = scene();
    for _ in 0..100 {
        let room = ConversationId::new();
        rooms.join(socket, room);
        rooms.caught_up(socket, room, at(0));
    }
    let in_slices: usize = (0..8).map(|slice| rooms.slice(slice, 8).len()).sum();
    assert_eq!(in_slices, 101);
}
