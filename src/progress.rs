//! How long work says how far it is, and learns to stop. One clone stays with the worker, one with whoever watches.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, AtomicUsize, Ordering},
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
    Encoding,
    Indexing,
    Saving,
    Searching,
    Opening,
    Recording,
    Playing,
    Measuring,
}

impl Stage {
    /// What a person reads while it lasts.
    pub fn say(self, language: Language) -> &'static str {
        match self {
            Self::Starting => language.pick("Starting", "正在开始"),
            Self::ReadingRows => language.pick("Reading the catalog", "正在读取商品"),
            Self::Encoding => language.pick("Looking at the products", "正在分析商品"),
            Self::Indexing => language.pick("Building the index", "正在建立索引"),
            Self::Saving => language.pick("Saving", "正在保存"),
            Self::Searching => language.pick("Searching", "正在搜索"),
            Self::Opening => language.pick("Opening", "正在打开"),
            Self::Recording => language.pick("Recording", "正在录音"),
            Self::Playing => language.pick("Playing", "正在播放"),
            Self::Measuring => language.pick("Measuring", "正在评测"),
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
        self.0.done.fetch_add(1, Ordering::Relaxed);
        self.check()
    }

    /// Asks without counting whether to go on.
    ///
    /// # Errors
    /// [`Error::Cancelled`] once somebody has called [`Progress::cancel`].
    pub fn check(&self) -> Result<()> {
        if self.is_cancelled() { Err(Error::Cancelled) } else { Ok(()) }
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
