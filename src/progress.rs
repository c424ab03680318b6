//! How long work says how far it is, and learns to stop. One clone stays with the worker, one with whoever watches.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use crate::{
    error::{Error, Result},
    language::Language,
};

/// What the work is doing now; the window has a phrase for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Stage {
    #[default]
    Starting,
    ReadingRows,
    /// Whoever watches has a question to answer.
    Asking,
    Encoding,
    Indexing,
    Words,
    Saving,
    Searching,
    Opening,
    Recording,
    Playing,
    Measuring,
    /// Bytes over the network.
    Downloading,
    /// Bytes from one folder to another.
    Copying,
    /// Bytes against their sha256.
    Checking,
}

impl Stage {
    /// Whether its items are bytes, which are told in megabytes.
    pub fn counts_bytes(self) -> bool {
        matches!(self, Self::Downloading | Self::Copying | Self::Checking)
    }

    /// What a person reads while it lasts.
    pub fn say(self, language: Language) -> &'static str {
        match self {
            Self::Starting => language.pick("Starting", "正在开始"),
            Self::ReadingRows => language.pick("Reading the catalog", "正在读取商品"),
            Self::Asking => language.pick("Waiting for your answer", "等待您的回答"),
            Self::Encoding => language.pick("Looking at the products", "正在分析商品"),
            Self::Indexing => language.pick("Building the index", "正在建立索引"),
            Self::Words => language.pick("Indexing the words", "正在索引文字"),
            Self::Saving => language.pick("Saving", "正在保存"),
            Self::Searching => language.pick("Searching", "正在搜索"),
            Self::Opening => language.pick("Opening", "正在打开"),
            Self::Recording => language.pick("Recording", "正在录音"),
            Self::Playing => language.pick("Playing", "正在播放"),
            Self::Measuring => language.pick("Measuring", "正在评测"),
            Self::Downloading => language.pick("Downloading", "正在下载"),
            Self::Copying => language.pick("Copying", "正在复制"),
            Self::Checking => language.pick("Checking", "正在检查"),
        }
    }
}

/// A handle on work in progress: counts, stage, and the wish to stop.
#[derive(Debug, Clone, Default)]
pub struct Progress(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    done: AtomicUsize,
    total: AtomicUsize,
    cancelled: AtomicBool,
    stage: Mutex<Stage>,
}

impl Progress {
    pub fn new() -> Self {
        Self::default()
    }

    /// Begins a stage of `total` items (0: not known) and counts from zero.
    pub fn begin(&self, stage: Stage, total: usize) {
        *self.0.stage.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = stage;
        self.0.done.store(0, Ordering::Relaxed);
        self.0.total.store(total, Ordering::Relaxed);
    }

    /// Counts one item done.
    ///
    /// # Errors
    /// [`Error::Cancelled`] once somebody has called [`Progress::cancel`].
    pub fn step(&self) -> Result<()> {
        self.step_by(1)
    }

    /// Counts several items done: the bytes of a chunk, say.
    ///
    /// # Errors
    /// [`Error::Cancelled`] once somebody has called [`Progress::cancel`].
    pub fn step_by(&self, items: usize) -> Result<()> {
        self.0.done.fetch_add(items, Ordering::Relaxed);
        self.check()
    }

    /// Takes items back that have to be done again.
    pub fn step_back(&self, items: usize) {
        // Never below zero, whatever the caller believes to have counted.
        let less = |done: usize| Some(done.saturating_sub(items));
        let _ = self.0.done.fetch_update(Ordering::Relaxed, Ordering::Relaxed, less);
    }

    /// Asks without counting whether to go on.
    ///
    /// # Errors
    /// [`Error::Cancelled`] once somebody has called [`Progress::cancel`].
    pub fn check(&self) -> Result<()> {
        if self.is_cancelled() { Err(Error::Cancelled) } else { Ok(()) }
    }

    /// Waits, unless the wish to stop comes first.
    ///
    /// # Errors
    /// [`Error::Cancelled`] once somebody has called [`Progress::cancel`].
    pub fn pause(&self, duration: Duration) -> Result<()> {
        const STEP: Duration = Duration::from_millis(100);
        let mut left = duration;
        while !left.is_zero() {
            self.check()?;
            thread::sleep(left.min(STEP));
            left = left.saturating_sub(STEP);
        }
        self.check()
    }

    pub fn cancel(&self) {
        self.0.cancelled.store(true, Ordering::Relaxed);
    }

    pub fn is_cancelled(&self) -> bool {
        self.0.cancelled.load(Ordering::Relaxed)
    }

    pub fn stage(&self) -> Stage {
        *self.0.stage.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Items done and items in all (0: not known) of the current stage.
    pub fn counts(&self) -> (usize, usize) {
        (self.0.done.load(Ordering::Relaxed), self.0.total.load(Ordering::Relaxed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pause_ends_with_the_wish_to_stop() {
        let progress = Progress::new();
        assert_eq!(progress.pause(Duration::from_millis(1)), Ok(()));
        progress.cancel();
        assert_eq!(progress.pause(Duration::from_hours(1)), Err(Error::Cancelled));
    }
}
