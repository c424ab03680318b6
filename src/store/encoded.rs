//! What an import has encoded, committed batch by batch beside the generations: a kill at any moment loses one batch at
//! most. It goes when a generation is published.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Mutex,
};

use rusqlite::{Connection, params};

use super::{MadeOf, ask, locked};
use crate::error::{Error, Result};

/// The file's name in the folder of a collection, and those that SQLite puts beside it.
pub const FILES: [&str; 4] = ["encoded.sqlite", "encoded.sqlite-wal", "encoded.sqlite-shm", "encoded.sqlite-journal"];

// A write-ahead log survives a kill of the program as it is; only a power cut may cost the last batches. One writer has
// the folder, so no other process need be told.
const OPEN: &str = "
    PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
    CREATE TABLE IF NOT EXISTS encoded (
        number INTEGER PRIMARY KEY, made_of BLOB NOT NULL, thumbnail BLOB, vectors BLOB NOT NULL
    );
    DROP INDEX IF EXISTS earlier;
";

/// A product's thumbnail and vectors, the latter in the caller's own form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    pub made_of: MadeOf,
    pub thumbnail: Option<Vec<u8>>,
    pub vectors: Vec<u8>,
}

/// The file of what has been encoded; made by the first batch.
#[derive(Debug)]
pub struct Encoded {
    path: PathBuf,
    connection: Mutex<Option<Connection>>,
    /// The last entry of earlier runs. Entries of this run are not given back, so that what is taken over does not
    /// depend on which of two batches is through first.
    earlier: i64,
}

impl Encoded {
    /// Opens what an earlier import left in a collection's folder. A file that is damaged is put away: it holds nothing
    /// that cannot be made again.
    pub fn open(folder: &Path) -> Result<Self> {
        let path = folder.join(FILES[0]);
        let mut opened = Self { path, connection: Mutex::new(None), earlier: 0 };
        if opened.path.exists() {
            match opened.connect() {
                Ok((connection, earlier)) => {
                    (opened.connection, opened.earlier) = (Mutex::new(Some(connection)), earlier);
                }
                Err(why) => {
                    tracing::warn!("{} is begun anew: {why}", opened.path.display());
                    remove(folder)?;
                }
            }
        }
        Ok(opened)
    }

    fn connect(&self) -> rusqlite::Result<(Connection, i64)> {
        let connection = Connection::open(&self.path)?;
        connection.execute_batch(OPEN)?;
        let last = ask(&connection, "SELECT max(number) FROM encoded", [], |row| row.get::<_, Option<i64>>(0))?;
        let last = last.flatten().unwrap_or_default();
        // Only what is there already is looked up: an index that grew with every batch would be most of what is written.
        connection.execute_batch(&format!("CREATE INDEX earlier ON encoded (made_of) WHERE number <= {last}"))?;
        Ok((connection, last))
    }

    /// What an earlier run encoded of the same.
    pub fn get(&self, made_of: &MadeOf) -> Option<Made> {
        let connection = locked(&self.connection);
        // The number stands in the text, as in the index: with a parameter the index would not serve.
        let sql = "SELECT thumbnail, vectors FROM encoded WHERE made_of = ? AND number <= ";
        let found = ask(connection.as_ref()?, &format!("{sql}{} LIMIT 1", self.earlier), [made_of], |row| {
            Ok(Made { made_of: *made_of, thumbnail: row.get(0)?, vectors: row.get(1)? })
        });
        // What cannot be read is encoded again.
        found.inspect_err(|why| tracing::warn!("{}: {why}", self.path.display())).ok().flatten()
    }

    /// Commits a batch.
    pub fn add(&self, batch: &[Made]) -> Result<()> {
        let fail = |why: rusqlite::Error| Error::unwritable(&self.path, why);
        if batch.is_empty() {
            return Ok(());
        }
        let mut connection = locked(&self.connection);
        if connection.is_none() {
            *connection = Some(self.connect().map_err(fail)?.0);
        }
        let Some(connection) = connection.as_mut() else { return Ok(()) };
        let transaction = connection.transaction().map_err(fail)?;
        for Made { made_of, thumbnail, vectors } in batch {
            transaction
                .prepare_cached("INSERT INTO encoded (made_of, thumbnail, vectors) VALUES (?, ?, ?)")
                .and_then(|mut insert| insert.execute(params![made_of, thumbnail, vectors]))
                .map_err(fail)?;
        }
        transaction.commit().map_err(fail)
    }
}

/// Removes the file from a collection's folder.
pub fn remove(folder: &Path) -> Result<()> {
    for name in FILES {
        let path = folder.join(name);
        match fs::remove_file(&path) {
            Err(why) if why.kind() != std::io::ErrorKind::NotFound => return Err(Error::unwritable(&path, why)),
            _ => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(number: u8) -> Made {
        Made { made_of: [number; 16], thumbnail: (number > 1).then(|| vec![number]), vectors: vec![number; 3] }
    }

    #[test]
    fn an_earlier_run_is_gone_on_with() {
        let folder = tempfile::tempdir().unwrap();
        let first = Encoded::open(folder.path()).unwrap();
        assert!(!folder.path().join(FILES[0]).exists(), "nothing is there before the first batch");
        first.add(&[made(1), made(2)]).unwrap();
        assert_eq!(first.get(&[1; 16]), None, "only earlier runs count");
        drop(first);
        let second = Encoded::open(folder.path()).unwrap();
        second.add(&[made(2), made(3)]).unwrap();
        assert_eq!([1, 2, 3].map(|number| second.get(&[number; 16])), [Some(made(1)), Some(made(2)), None]);
        drop(second);
        remove(folder.path()).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_damaged_file_is_begun_anew() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(FILES[0]), "no database, and never was one").unwrap();
        let encoded = Encoded::open(folder.path()).unwrap();
        encoded.add(&[made(1)]).unwrap();
        drop(encoded);
        assert_eq!(Encoded::open(folder.path()).unwrap().get(&[1; 16]), Some(made(1)));
    }
}
