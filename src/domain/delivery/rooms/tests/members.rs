//! Who takes part, whether they listen or not.

use super::*;

#[test]
fn a_membership_read_before_a_removal_is_none() {
    let Scene { mut rooms, room, socket, .. } = scene();
    let (bob, bobs) = (caller(), SocketId::new());
    rooms.connect(bobs, &bob);
    rooms.offer_change(room, removal(room, &bob, 1));
    rooms.know(bob.user_id, Instant::now(), vec![(room, at(0))]);
    assert_eq!(rooms.offer_change(room, renaming(room, 2))[0].to, [socket]);
    // And one read before a removal that arrives later ends with it.
    let (carol, carols) = member(&mut rooms, room, 2);
    assert_eq!(to(&rooms.offer_change(room, removal(room, &carol, 3))[0].to), to(&[socket, carols]));
    assert_eq!(rooms.offer_change(room, renaming(room, 4))[0].to, [socket]);
}

#[test]
fn members_are_told_once_and_in_order_whatever_way_it_comes() {
    let Scene { mut rooms, room, alice, socket } = scene();
    let ((bob, bobs), (carol, carols), (_, daves)) =
        (member(&mut rooms, room, 0), member(&mut rooms, room, 0), member(&mut rooms, room, 1));
    // The second overtakes the first, which is lost; the deletion's message is, too.
    assert_eq!(rooms.offer_change(room, removal(room, &bob, 2)), []);
    assert_eq!(rooms.offer_change(room, deletion(room, 1, 3)), []);
    let changes = vec![removal(room, &carol, 1), removal(room, &bob, 2), deletion(room, 1, 3), renaming(room, 4)];
    let tombstone = Arc::unwrap_or_clone(message(room, alice.user_id, 1));
    let passing = rooms.offer_read(room, changes, 4, vec![tombstone]);
    assert_eq!(
        told(&passing),
        [
            ("participant:removed", to(&[socket, bobs, carols])),
            ("participant:removed", to(&[socket, bobs, daves])),
            ("message:deleted", to(&[socket])),
            ("conversation:updated", to(&[socket, daves])),
            ("message:received", to(&[socket])),
        ]
    );
    // What comes late is told no more, and nothing of what nobody here takes part in.
    assert_eq!(rooms.offer_change(room, removal(room, &carol, 1)), []);
    let elsewhere = ConversationId::new();
    assert_eq!(rooms.offer_change(elsewhere, removal(elsewhere, &bob, 7)), []);
}

#[test]
fn where_nobody_listens_changes_wait_for_no_message() {
    let (mut rooms, room) = (Rooms::default(), ConversationId::new());
    let (alice, socket) = member(&mut rooms, room, 0);
    assert_eq!(told(&rooms.offer_change(room, deletion(room, 7, 1))), [("message:deleted", vec![])]);
    // Of messages only the changes before them matter.
    assert_eq!(rooms.offer_message(message(room, alice.user_id, 9), 2), []);
    assert_eq!(
        rooms.begin_filling(room),
        Some(Hole { after: Head { seq: 9, rev: 1 }, until: Head { seq: 9, rev: 2 } })
    );
    assert_eq!(told(&rooms.offer_change(room, renaming(room, 2))), [("conversation:updated", vec![socket])]);
    assert_eq!(rooms.still_missing(room), None);
    // The database has more, of which nobody here waits for the messages.
    assert_eq!(rooms.expect(room, Head { seq: 20, rev: 3 }), []);
    assert_eq!(
        rooms.begin_filling(room),
        Some(Hole { after: Head { seq: 20, rev: 2 }, until: Head { seq: 20, rev: 3 } })
    );
    // Who listens now hears from its snapshot on.
    rooms.join(socket, room);
    catch_up(&mut rooms, socket, room, Head { seq: 25, rev: 2 });
    assert_eq!(told(&rooms.offer_message(message(room, UserId::new(), 26), 2)), [("message:received", vec![socket])]);
}

#[test]
fn a_deleted_conversation_is_nobodys() {
    let Scene { mut rooms, room, socket, .. } = scene();
    let (_, bobs) = member(&mut rooms, room, 0);
    rooms.channels();
    let deleted = ConversationDeleted { conversation_id: room, timestamp: clock::now(), rev: 1 };
    let passing = rooms.offer_change(room, ServerEvent::ConversationDeleted(deleted));
    assert_eq!(told(&passing), [("conversation:deleted", to(&[socket, bobs]))]);
    assert_eq!(rooms.channels(), [(Channel::Chat(room), false)]);
}
