//! From the queue into the database: alone or together, again after a passing fault, and an answer for each message after
//! the commit.

use std::{
    iter,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::{
    sync::oneshot,
    time::{Instant, sleep, timeout_at},
};
use tracing::Span;

use super::queue::{InFlight, Queue};
use crate::{
    error::{Error, ErrorCode, Result},
    observability::{
        metrics,
        stages::{self, Stage},
    },
    runtime::{fail, random, tasks::Tasks},
    store::{
        Store, is_held,
        messages::{NewMessage, Stored},
    },
};

/// Statements in flight at once: as many as there are connections for them (contract, section 4).
const WRITERS: usize = 4;
/// How long to wait before each further try.
const BACKOFF: [Duration; 3] = [Duration::from_millis(50), Duration::from_millis(150), Duration::from_millis(450)];
/// How long after it came a message is still tried: whoever waits longer has given up, and sends it again.
const PATIENCE: Duration = Duration::from_secs(5);

/// Stores messages.
pub struct Writer {
    store: Store,
    tasks: Tasks,
    queue: Mutex<Queue<Pending>>,
}

/// A message that waits, and whoever waits for it.
struct Pending {
    message: NewMessage,
    queued: Instant,
    deadline: Instant,
    /// Whose trace it is.
    span: Span,
    answer: oneshot::Sender<Result<Stored>>,
}

impl Pending {
    /// It passed a stage, which took so long.
    fn passed(&self, stage: Stage, took: Duration) {
        self.span.in_scope(|| stages::passed(stage, self.message.subject(), took));
    }

    /// The database answered.
    fn stored(self, taken: Instant, stored: Stored) {
        if matches!(stored, Stored::New(..)) {
            self.passed(Stage::Committed, taken.elapsed());
        }
        self.answer(Ok(stored));
    }

    /// Itself, if it is still waited for. Else it is told so at once, and keeps nobody else waiting.
    fn in_time(self) -> Option<Self> {
        if self.deadline > Instant::now() {
            return Some(self);
        }
        self.answer(Err(overloaded()));
        None
    }

    fn answer(self, outcome: Result<Stored>) {
        let outcome = match outcome {
            // It was this one: an earlier try's answer was lost. What was changed before it is not known any more.
            Ok(Stored::Duplicate(first)) if first.id == self.message.id => Ok(Stored::New(first, 0, None)),
            other => other,
        };
        if self.answer.send(outcome).is_err() {
            tracing::debug!(message.id = %self.message.id, "message.unawaited");
        }
    }
}

/// A message in the queue or at work, and its commit to come.
pub struct Storing {
    answered: oneshot::Receiver<Result<Stored>>,
    deadline: Instant,
}

impl Storing {
    /// Waits for the commit until a moment.
    pub async fn until(&mut self, moment: Instant) -> Option<Result<Stored>> {
        let answered = timeout_at(moment, &mut self.answered).await.ok()?;
        Some(answered.unwrap_or_else(|gone| Err(Error::internal(gone))))
    }

    /// Waits for the commit, but no longer than patience lasts, whoever keeps the writers busy. A message that is at work
    /// then may be stored all the same.
    pub async fn patiently(mut self) -> Result<Stored> {
        self.until(self.deadline).await.unwrap_or_else(|| Err(overloaded()))
    }
}

/// A batch at work. However it ends, the writer and the conversations are free again after it.
struct AtWork {
    writer: Arc<Writer>,
    in_flight: InFlight,
}

impl AtWork {
    async fn run(self, batch: Vec<Pending>) {
        self.writer.work(batch).await;
    }
}

impl Drop for AtWork {
    fn drop(&mut self) {
        self.writer.queue().done(&self.in_flight);
        self.writer.dispatch();
    }
}

impl Writer {
    /// With nothing to do yet.
    pub fn new(store: Store, tasks: Tasks) -> Arc<Self> {
        Arc::new(Self { store, tasks, queue: Mutex::new(Queue::new(WRITERS)) })
    }

    /// Puts a message behind those of its conversation.
    pub fn store(self: &Arc<Self>, message: NewMessage) -> Storing {
        let (answer, answered) = oneshot::channel();
        let conversation = message.conversation_id;
        let queued = Instant::now();
        let deadline = queued + PATIENCE;
        let pending = Pending { message, queued, deadline, span: Span::current(), answer };
        // In a statement of its own: the lock must be gone when work begins.
        let refused = self.queue().push(conversation, pending).err();
        match refused {
            Some(pending) => pending.answer(Err(overloaded())),
            None => self.dispatch(),
        }
        Storing { answered, deadline }
    }

    fn dispatch(self: &Arc<Self>) {
        loop {
            let (next, waiting) = {
                let mut queue = self.queue();
                (queue.take(), queue.waiting())
            };
            metrics::waiting(waiting);
            let Some((in_flight, batch)) = next else { return };
            let at_work = AtWork { writer: Arc::clone(self), in_flight };
            self.tasks.spawn(at_work.run(batch));
        }
    }

    async fn work(&self, batch: Vec<Pending>) {
        let taken = Instant::now();
        for pending in &batch {
            pending.passed(Stage::Queued, taken - pending.queued);
        }
        fail::point("before_commit");
        let mut batch: Vec<_> = batch.into_iter().filter_map(Pending::in_time).collect();
        if batch.len() > 1 {
            let messages: Vec<_> = batch.iter().map(|pending| &pending.message).collect();
            // The first that came is the first whose patience ends.
            let deadline = batch.iter().map(|pending| pending.deadline).min().unwrap_or_else(Instant::now);
            match persist(deadline, || self.store.store_messages(&messages)).await {
                Ok(outcomes) => {
                    fail::point("after_commit");
                    batch.drain(..).zip(outcomes).for_each(|(pending, stored)| pending.stored(taken, stored));
                }
                Err(error) if is_held(&error) => return self.give_back(batch.into_iter()),
                Err(error) if error.code == ErrorCode::DbError => {
                    return batch.into_iter().for_each(|pending| pending.answer(Err(unavailable(&error))));
                }
                // One of them is at fault: alone, it fails alone.
                Err(error) => tracing::info!(%error, count = batch.len(), "message.batch_refused"),
            }
        }
        let mut batch = batch.into_iter();
        while let Some(pending) = batch.next() {
            let Some(pending) = pending.in_time() else { continue };
            let stored = persist(pending.deadline, || self.store.store_message(&pending.message)).await;
            fail::point("after_commit");
            match stored {
                Ok(stored) => pending.stored(taken, stored),
                // Those behind it may be of the same conversation.
                Err(error) if is_held(&error) => return self.give_back(iter::once(pending).chain(batch)),
                Err(error) => pending.answer(Err(error)),
            }
        }
    }

    /// Somebody holds a row that these need: each of their conversations waits for its own from now on.
    fn give_back(&self, batch: impl DoubleEndedIterator<Item = Pending>) {
        tracing::info!("message.row_held");
        self.queue().give_back(batch.map(|pending| (pending.message.conversation_id, pending)));
    }

    fn queue(&self) -> MutexGuard<'_, Queue<Pending>> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Tries again after a passing fault, until the deadline; not for a row that is held, which the queue waits for. What a lost
/// answer had stored is found by its `clientMessageId`.
async fn persist<T, F: Future<Output = Result<T>>>(deadline: Instant, attempt: impl Fn() -> F) -> Result<T> {
    for wait in BACKOFF {
        match attempt().await {
            Err(error) if error.code == ErrorCode::DbError && !is_held(&error) => {
                let wait = random::around(wait);
                if Instant::now() + wait >= deadline {
                    return Err(error);
                }
                tracing::warn!(%error, "message.retried");
                sleep(wait).await;
            }
            outcome => return outcome,
        }
    }
    attempt().await
}

fn overloaded() -> Error {
    Error::new(ErrorCode::ServiceUnavailable, "Too many messages are waiting to be stored.")
        .retry_after(Duration::from_secs(1))
}

/// The same for everybody in a batch; its cause was logged.
fn unavailable(error: &Error) -> Error {
    let unavailable = Error::new(error.code, error.message.clone());
    match error.retry_after {
        Some(wait) => unavailable.retry_after(wait),
        None => unavailable,
    }
}
