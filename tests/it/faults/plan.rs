//! Who says what, where and when: made of a seed, so that what failed once can be played again.

use std::{collections::VecDeque, time::Duration};

/// Chance that can be repeated (SplitMix64).
pub struct Chance(u64);

impl Chance {
    /// Of a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// Any number.
    pub fn any(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below this one.
    pub fn below(&mut self, bound: usize) -> usize {
        usize::try_from(self.any() % bound as u64).unwrap()
    }

    /// One of them.
    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[self.below(from.len())]
    }
}

/// How large a load is.
#[derive(Clone, Copy)]
pub struct Shape {
    /// People.
    pub users: usize,
    /// How many devices each of them has; each is a client.
    pub devices: usize,
    /// What each client does, one thing after the other.
    pub steps: usize,
    /// How long it waits before each thing, on average.
    pub pause: Duration,
    /// Whether somebody is removed from a group and added again, all the while.
    pub flicker: bool,
}

impl Default for Shape {
    fn default() -> Self {
        Self { users: 8, devices: 3, steps: 25, pause: Duration::from_millis(100), flicker: true }
    }
}

impl Shape {
    /// What is enough where it matters that a node dies, not how often.
    pub fn small() -> Self {
        Self { users: 6, devices: 2, steps: 20, ..Self::default() }
    }
}

/// A message to be sent.
#[derive(Clone, Debug)]
pub struct Message {
    /// Its `clientMessageId`.
    pub name: String,
    /// Where to.
    pub conversation: usize,
    /// What it says.
    pub content: String,
}

/// One thing that a client does.
#[derive(Debug)]
pub enum Action {
    /// It sends these at once, over its socket.
    Say(Vec<Message>),
    /// It sends this one over HTTP.
    Post(Message),
    /// It sends its last message again, whatever became of it.
    Again,
    /// It leaves, and comes back to the next node.
    Reconnect,
    /// It removes this person from a group, or adds them again.
    Change { conversation: usize, user: usize, member: bool },
}

/// A load.
pub struct Plan {
    /// Who takes part in which conversation; the first one is everybody's.
    pub conversations: Vec<Vec<usize>>,
    /// What each client does, and how long it waits before it.
    pub clients: Vec<VecDeque<(Duration, Action)>>,
}

/// Whoever is removed and added again, the group, and its owner.
const FLICKERING: (usize, usize, usize) = (1, 1, 0);

impl Plan {
    /// The load of this seed.
    pub fn new(seed: u64, shape: Shape) -> Self {
        let mut chance = Chance::new(seed);
        let everybody: Vec<_> = (0..shape.users).collect();
        let mut conversations = vec![everybody.clone(), everybody];
        for _ in 0..8 {
            let size = 3 + chance.below(4);
            conversations.push(some(&mut chance, shape.users, size));
        }
        // Two people have one direct conversation.
        while conversations.len() < 20 {
            let two = some(&mut chance, shape.users, 2);
            if conversations.iter().skip(10).all(|before| !before.iter().all(|user| two.contains(user))) {
                conversations.push(two);
            }
        }
        let clients = (0..shape.users * shape.devices)
            .map(|index| {
                let user = index % shape.users;
                let own: Vec<_> = (0..conversations.len()).filter(|one| conversations[*one].contains(&user)).collect();
                let mut doing: VecDeque<_> = (0..shape.steps).map(|_| step(&mut chance, &own, shape.pause)).collect();
                if shape.flicker && index == FLICKERING.2 {
                    for n in 0..shape.steps / 4 * 2 {
                        let (conversation, user, _) = FLICKERING;
                        let flicker = Action::Change { conversation, user, member: n % 2 == 1 };
                        doing.insert((2 * n).min(doing.len()), (shape.pause, flicker));
                    }
                }
                doing
            })
            .collect();
        Self { conversations, clients }
    }
}

/// So many people, the first of whom makes the conversation.
fn some(chance: &mut Chance, users: usize, count: usize) -> Vec<usize> {
    let mut left: Vec<_> = (0..users).collect();
    (0..count.min(users)).map(|_| left.swap_remove(chance.below(left.len()))).collect()
}

fn step(chance: &mut Chance, conversations: &[usize], pause: Duration) -> (Duration, Action) {
    let pause = pause * u32::try_from(chance.below(2000)).unwrap() / 1000;
    let action = match chance.below(100) {
        0..66 => Action::Say(vec![message(chance, conversations)]),
        66..76 => Action::Say((0..3 + chance.below(6)).map(|_| message(chance, conversations)).collect()),
        76..86 => Action::Post(message(chance, conversations)),
        86..94 => Action::Again,
        _ => Action::Reconnect,
    };
    (pause, action)
}

fn message(chance: &mut Chance, conversations: &[usize]) -> Message {
    let (high, low) = (chance.any(), chance.any());
    let bytes = ((u128::from(high) << 64) | u128::from(low)).to_be_bytes();
    let name = uuid::Builder::from_random_bytes(bytes).into_uuid().to_string();
    // A third goes to where everybody is.
    let conversation = if chance.below(3) == 0 { 0 } else { chance.pick(conversations) };
    let content = format!("{:016x} {}", chance.any(), "x".repeat(chance.below(200)));
    Message { name, conversation, content }
}
