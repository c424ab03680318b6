//! The one way work leaves the UI thread. Work runs in a lane; the newest request in a lane wins: an older one is
//! told to stop and its outcome is dropped.

use std::{
    collections::HashMap,
    hash::Hash,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc,
        mpsc::{Receiver, Sender, channel},
    },
    thread,
    time::Duration,
};

use crate::progress::Progress;

/// Runs closures on threads and hands their outcomes back through one channel.
///
/// `L` names the lanes, `O` is what work comes back with.
pub struct Jobs<L, O> {
    wake: Arc<dyn Fn() + Send + Sync>,
    sender: Sender<Message<L, O>>,
    receiver: Receiver<Message<L, O>>,
    running: HashMap<L, (u64, Progress)>,
    started: u64,
}

/// One outcome on its way back.
struct Message<L, O> {
    lane: L,
    number: u64,
    outcome: O,
    /// Nothing more comes from this work.
    last: bool,
}

impl<L: Copy + Eq + Hash + Send + 'static, O: Send + 'static> Jobs<L, O> {
    /// `wake` is called from the worker's thread when an outcome waits, so that the window draws again.
    pub fn new(wake: impl Fn() + Send + Sync + 'static) -> Self {
        let (sender, receiver) = channel();
        Self { wake: Arc::new(wake), sender, receiver, running: HashMap::new(), started: 0 }
    }

    /// Starts work in a lane, cancelling what ran there. `crashed` makes the outcome when the work panics, so that
    /// a bug of ours ends one request and not the program.
    pub fn start(
        &mut self,
        lane: L,
        crashed: impl FnOnce(String) -> O + Send + 'static,
        work: impl FnOnce(&Progress) -> O + Send + 'static,
    ) -> Progress {
        self.start_telling(lane, crashed, |progress, _| work(progress))
    }

    /// The same for work that has something to tell before it is through.
    pub fn start_telling(
        &mut self,
        lane: L,
        crashed: impl FnOnce(String) -> O + Send + 'static,
        work: impl FnOnce(&Progress, &dyn Fn(O)) -> O + Send + 'static,
    ) -> Progress {
        self.cancel(lane);
        self.started += 1;
        let (number, progress) = (self.started, Progress::new());
        self.running.insert(lane, (number, progress.clone()));
        let (sender, wake, handle) = (self.sender.clone(), self.wake.clone(), progress.clone());
        thread::spawn(move || {
            let tell = |outcome, last| {
                // The receiver is gone only when the window has closed; then nobody waits for the outcome.
                let _ = sender.send(Message { lane, number, outcome, last });
                wake();
            };
            let early = |outcome| tell(outcome, false);
            let outcome = catch_unwind(AssertUnwindSafe(|| work(&handle, &early))).unwrap_or_else(|panic| {
                let why = panic
                    .downcast_ref::<&str>()
                    .map(ToString::to_string)
                    .or_else(|| panic.downcast_ref::<String>().cloned())
                    .unwrap_or_else(|| "unknown".into());
                crashed(why)
            });
            tell(outcome, true);
        });
        progress
    }

    /// Tells the work in a lane to stop and forgets it.
    pub fn cancel(&mut self, lane: L) {
        if let Some((_, progress)) = self.running.remove(&lane) {
            progress.cancel();
        }
    }

    /// The outcomes that have come since the last call, without those of cancelled work.
    pub fn finished(&mut self) -> Vec<O> {
        let mut outcomes = Vec::new();
        while let Ok(Message { lane, number, outcome, last }) = self.receiver.try_recv() {
            if self.running.get(&lane).is_some_and(|(current, _)| *current == number) {
                if last {
                    self.running.remove(&lane);
                }
                outcomes.push(outcome);
            }
        }
        outcomes
    }

    /// What runs now, with its progress.
    pub fn running(&self) -> impl Iterator<Item = (L, &Progress)> {
        self.running.iter().map(|(lane, (_, progress))| (*lane, progress))
    }

    pub fn is_running(&self, lane: L) -> bool {
        self.running.contains_key(&lane)
    }
}

impl<L, O> Drop for Jobs<L, O> {
    fn drop(&mut self) {
        for (_, progress) in self.running.values() {
            progress.cancel();
        }
    }
}

/// Drops a value whose drop may wait without end (a sound device that hangs), and goes on after `patience` at the
/// latest; then the value is left to a thread of its own.
pub fn drop_within(value: impl Send + 'static, patience: Duration) {
    let (sender, dropped) = channel::<()>();
    thread::spawn(move || {
        drop(value);
        drop(sender);
    });
    // Nothing is ever sent: the wait ends when the sender is gone, or with the patience.
    let _ = dropped.recv_timeout(patience);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait_for<O>(mut poll: impl FnMut() -> Vec<O>) -> Vec<O> {
        for _ in 0..500 {
            let outcomes = poll();
            if !outcomes.is_empty() {
                return outcomes;
            }
            thread::sleep(Duration::from_millis(5));
        }
        Vec::new()
    }

    #[test]
    fn the_newest_request_in_a_lane_wins() {
        let mut jobs = Jobs::new(|| {});
        let (release, gate) = channel::<()>();
        let old = jobs.start(
            "search",
            |why| why,
            move |progress| {
                let _ = gate.recv();
                assert!(progress.is_cancelled());
                "old".to_owned()
            },
        );
        jobs.start("search", |why| why, |_| "new".to_owned());
        assert!(old.is_cancelled());
        let _ = release.send(());
        assert_eq!(wait_for(|| jobs.finished()), ["new"]);
        thread::sleep(Duration::from_millis(20));
        assert!(jobs.finished().is_empty());
    }

    #[test]
    fn a_panic_is_one_outcome_not_the_end() {
        let mut jobs = Jobs::new(|| {});
        jobs.start("any", |why| format!("crashed: {why}"), |_| panic!("boom"));
        assert_eq!(wait_for(|| jobs.finished()), ["crashed: boom"]);
    }

    #[test]
    fn a_drop_that_hangs_holds_nobody_up() {
        struct Hangs(Receiver<()>);
        impl Drop for Hangs {
            fn drop(&mut self) {
                let _ = self.0.recv();
            }
        }
        let (release, gate) = channel();
        drop_within(Hangs(gate), Duration::from_millis(10));
        assert!(release.send(()).is_ok(), "the value still waits");
    }
}
