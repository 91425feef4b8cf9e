//! A closure on its way to a thread that owns a connection, and its answer on the way back.

use tokio::sync::oneshot;

use crate::{Error, Result, Tx};

/// What a transaction's thread knows of a closure.
pub(crate) trait Job: Send {
    /// The transaction's name.
    fn name(&self) -> &'static str;
    /// Whether nobody waits for the answer any more.
    fn abandoned(&self) -> bool;
    /// Runs the closure and keeps what it answered.
    fn run(&mut self, tx: &mut Tx<'_>) -> Outcome;
    /// Sends the kept answer, or `failure` in its place.
    fn answer(self: Box<Self>, failure: Option<Error>);
}

/// What to do with the closure's work.
#[derive(Clone, Debug)]
pub(crate) enum Outcome {
    /// Commit it.
    Keep,
    /// Undo it: the closure answered an error.
    Undo,
    /// Undo it and run the closure again.
    Again(Error),
}

struct Closure<T, F> {
    name: &'static str,
    body: F,
    kept: Option<Result<T>>,
    reply: oneshot::Sender<Result<T>>,
}

/// Wraps a closure; the answer arrives at the receiver.
pub(crate) fn job<T, F>(name: &'static str, body: F) -> (Box<dyn Job>, oneshot::Receiver<Result<T>>)
where
    F: Fn(&mut Tx<'_>) -> Result<T> + Send + 'static,
    T: Send + 'static,
{
    let (reply, receiver) = oneshot::channel();
    (Box::new(Closure { name, body, kept: None, reply }), receiver)
}

impl<T, F> Job for Closure<T, F>
where
    F: Fn(&mut Tx<'_>) -> Result<T> + Send,
    T: Send,
{
    fn name(&self) -> &'static str {
        self.name
    }

    fn abandoned(&self) -> bool {
        self.reply.is_closed()
    }

    fn run(&mut self, tx: &mut Tx<'_>) -> Outcome {
        let result = (self.body)(tx);
        let outcome = match &result {
            Ok(_) => Outcome::Keep,
            Err(error @ Error::Retry(_)) => Outcome::Again(error.clone()),
            Err(_) => Outcome::Undo,
        };
        self.kept = Some(result);
        outcome
    }

    fn answer(self: Box<Self>, failure: Option<Error>) {
        let Self { kept, reply, .. } = *self;
        let answer = match failure {
            Some(error) => Err(error),
            None => kept.unwrap_or_else(|| Err(Error::Broken("the operation was not run".to_owned()))),
        };
        // The caller may have gone; the work stands all the same.
        drop(reply.send(answer));
    }
}
