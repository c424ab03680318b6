//! The graph in use while another is made: whoever searches takes it as it is and keeps it as long as wanted, so nobody
//! ever searches half a graph. For a collection that grows between imports; a generation, which never changes, needs none.

use std::{
    path::Path,
    sync::{Arc, PoisonError, RwLock},
};

use super::Hnsw;
use crate::{
    error::Result,
    index::{Codes, Matrix, RowSet},
    progress::Progress,
};

/// The graph in use.
pub struct Live(RwLock<Arc<Hnsw>>);

impl Live {
    pub fn new(graph: Hnsw) -> Self {
        Self(RwLock::new(Arc::new(graph)))
    }

    pub fn current(&self) -> Arc<Hnsw> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Never finds these rows again.
    pub fn remove(&self, rows: &RowSet) {
        let mut current = self.0.write().unwrap_or_else(PoisonError::into_inner);
        *current = Arc::new(current.without(rows));
    }

    /// Brings the graph up to a matrix, saves it, and only then puts it in place of the current one. Slow; the current
    /// one is searched meanwhile, and stays when this fails.
    pub fn rebuild(&self, matrix: Arc<Matrix>, codes: Arc<Codes>, path: &Path, progress: &Progress) -> Result<()> {
        let new = self.current().rebuilt(matrix, codes, progress)?;
        new.save(path)?;
        let mut current = self.0.write().unwrap_or_else(PoisonError::into_inner);
        // Rows may have been removed meanwhile.
        *current = Arc::new(new.without(&current.removed));
        Ok(())
    }
}
