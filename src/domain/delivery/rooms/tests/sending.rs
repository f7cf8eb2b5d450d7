//! A sender's own messages, and what comes later than they do.

use super::*;

/// Alice's socket has sent `mine`, which was read from the database before it was answered; the next one follows it.
fn passed_by() -> (Scene, Arc<Message>) {
    let mut scene = scene();
    let (mine, next) = (message(scene.room, scene.alice.user_id, 1), message(scene.room, UserId::new(), 2));
    scene.rooms.sending(scene.socket, mine.client_message_id);
    assert_eq!(told(&scene.rooms.offer_message(Arc::clone(&mine), 0)), [("message:received", vec![])]);
    assert_eq!(told(&scene.rooms.offer_message(next, 0)), [("message:received", vec![])]);
    (scene, mine)
}

#[test]
fn what_comes_later_follows_the_answer() {
    let (Scene { mut rooms, room, socket, .. }, mine) = passed_by();
    let passing = rooms.answered(socket, room, mine.client_message_id, true);
    assert_eq!(told(&passing), [("message:received", vec![socket])]);
    let after = rooms.offer_message(message(room, UserId::new(), 3), 0);
    assert_eq!(told(&after), [("message:received", vec![socket])]);
}

#[test]
fn an_own_message_whose_answer_was_a_failure_is_told() {
    let (Scene { mut rooms, room, socket, .. }, mine) = passed_by();
    let passing = rooms.answered(socket, room, mine.client_message_id, false);
    assert_eq!(told(&passing), [("message:received", vec![socket]), ("message:received", vec![socket])]);
}

#[test]
fn an_answer_does_not_wait_for_a_later_one() {
    let (Scene { mut rooms, room, alice, socket }, mine) = passed_by();
    let second = message(room, alice.user_id, 3);
    rooms.sending(socket, second.client_message_id);
    rooms.offer_message(Arc::clone(&second), 0);
    rooms.offer_message(message(room, UserId::new(), 4), 0);
    assert_eq!(rooms.answered(socket, room, mine.client_message_id, true).len(), 1);
    assert_eq!(rooms.answered(socket, room, second.client_message_id, true).len(), 1);
}

#[test]
fn whoever_is_removed_while_an_answer_is_awaited_hears_of_it() {
    let (Scene { mut rooms, room, alice, socket }, _) = passed_by();
    let passing = rooms.offer_change(room, removal(room, &alice, 1));
    assert_eq!(told(&passing).last(), Some(&("participant:removed", vec![socket])));
}

#[test]
fn what_waits_for_an_answer_is_bounded_and_kept() {
    let (Scene { mut rooms, room, socket, .. }, mine) = passed_by();
    let mut told_now = 0;
    for seq in 3..=i64::try_from(HELD).unwrap() + 1 {
        let passing = rooms.offer_message(message(room, UserId::new(), seq), 0);
        told_now += passing.iter().filter(|outgoing| outgoing.to == [socket]).count();
    }
    assert_eq!(told_now, HELD);
    assert_eq!(rooms.answered(socket, room, mine.client_message_id, true), []);
}

#[test]
fn whoever_catches_up_gets_its_answer_before_what_comes_later() {
    let (Scene { mut rooms, room, alice, socket }, mine) = passed_by();
    assert!(rooms.awaits_answer(socket, mine.client_message_id));
    rooms.join(socket, room);
    let second = message(room, alice.user_id, 3);
    rooms.sending(socket, second.client_message_id);
    rooms.show(socket, room, at(2));
    rooms.offer_message(Arc::clone(&second), 0);
    rooms.offer_message(message(room, UserId::new(), 4), 0);
    // A replay with the first one waits for its answer.
    assert_eq!(rooms.answered(socket, room, mine.client_message_id, true), []);
    assert!(!rooms.awaits_answer(socket, mine.client_message_id));
    let caught_up = rooms.caught_up(socket, room).unwrap();
    assert_eq!((caught_up.missed, caught_up.complete), (vec![], true));
    let passing = rooms.answered(socket, room, second.client_message_id, true);
    assert_eq!(told(&passing), [("message:received", vec![socket])]);
    assert_eq!(seq(&passing[0].event), 4);
}

#[test]
fn what_was_answered_while_it_caught_up_waits_for_nothing_more() {
    let (Scene { mut rooms, room, alice, socket }, _) = passed_by();
    rooms.join(socket, room);
    let second = message(room, alice.user_id, 3);
    rooms.sending(socket, second.client_message_id);
    rooms.show(socket, room, at(2));
    rooms.offer_message(Arc::clone(&second), 0);
    rooms.offer_message(message(room, UserId::new(), 4), 0);
    assert_eq!(rooms.answered(socket, room, second.client_message_id, true), []);
    let missed = rooms.caught_up(socket, room).unwrap().missed;
    assert_eq!(missed.iter().map(|event| seq(event)).collect::<Vec<_>>(), [4]);
}
