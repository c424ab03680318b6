//! Queries, judgements and presets of one collection, in a file beside its generations: an import makes a
//! new generation and leaves what people have judged alone.

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use rusqlite::{Connection, Params, Row, params};

use super::damaged;
use crate::error::{Error, Result};

/// What each version of the file adds to the one before; its number is how many of these a file has.
const MIGRATIONS: [&str; 1] = ["
    CREATE TABLE query (place INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, json TEXT NOT NULL);
    CREATE TABLE judgement (
        query TEXT NOT NULL, product TEXT NOT NULL, judge TEXT NOT NULL, grade REAL NOT NULL, at_secs INTEGER NOT NULL,
        PRIMARY KEY (query, product, judge)
    ) WITHOUT ROWID;
    CREATE TABLE preset (name TEXT PRIMARY KEY, json TEXT NOT NULL) WITHOUT ROWID;
"];

/// How long one writer waits for another.
const PATIENCE: Duration = Duration::from_secs(5);

/// An open file. Each write is on disk when the call returns, so that a kill loses nothing.
#[derive(Debug)]
pub struct AuditStore {
    path: PathBuf,
    connection: Mutex<Connection>,
}

/// What one judge says of one product for one query.
#[derive(Debug, Clone, PartialEq)]
pub struct Judged {
    pub query: String,
    pub product: String,
    pub judge: String,
    pub grade: f32,
    /// Seconds since 1970.
    pub at_secs: i64,
}

impl AuditStore {
    /// Opens the file, makes it where there is none, and brings an older one up to date.
    pub fn open(path: &Path) -> Result<Self> {
        let fail = |why: rusqlite::Error| damaged(path, &why);
        let mut connection = Connection::open(path).map_err(|why| Error::unwritable(path, why))?;
        connection.busy_timeout(PATIENCE).map_err(fail)?;
        connection.execute_batch("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;").map_err(fail)?;
        let transaction = connection.transaction().map_err(fail)?;
        let version: i64 = transaction.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(fail)?;
        let Some(missing) = usize::try_from(version).ok().and_then(|version| MIGRATIONS.get(version..)) else {
            let why = format!("its format is {version}, this program reads {}", MIGRATIONS.len());
            return Err(Error::DamagedCollection { path: path.to_owned(), why });
        };
        for migration in missing {
            transaction.execute_batch(migration).map_err(fail)?;
        }
        transaction.execute_batch(&format!("PRAGMA user_version = {}", MIGRATIONS.len())).map_err(fail)?;
        transaction.commit().map_err(fail)?;
        Ok(Self { path: path.to_owned(), connection: Mutex::new(connection) })
    }

    /// The queries as they were put, in the order in which they first came.
    pub fn queries(&self) -> Result<Vec<String>> {
        self.all("SELECT json FROM query ORDER BY place", [], |row| row.get(0))
    }

    /// Adds queries, each an id and its JSON, or replaces those with the same ids; all or none.
    pub fn put_queries(&self, queries: &[(&str, String)]) -> Result<()> {
        let sql = "INSERT INTO query (id, json) VALUES (?, ?) ON CONFLICT (id) DO UPDATE SET json = excluded.json";
        self.write(|connection| {
            let mut insert = connection.prepare_cached(sql)?;
            queries.iter().try_for_each(|(id, json)| insert.execute(params![id, json]).map(drop))
        })
    }

    /// Takes a query out, and what was judged for it.
    pub fn remove_query(&self, id: &str) -> Result<()> {
        self.write(|connection| {
            connection.execute("DELETE FROM query WHERE id = ?", [id])?;
            connection.execute("DELETE FROM judgement WHERE query = ?", [id]).map(drop)
        })
    }

    /// All judgements, by query, product and judge.
    pub fn judgements(&self) -> Result<Vec<Judged>> {
        let sql = "SELECT query, product, judge, grade, at_secs FROM judgement ORDER BY query, product, judge";
        self.all(sql, [], |row| {
            let (query, product, judge) = (row.get(0)?, row.get(1)?, row.get(2)?);
            Ok(Judged { query, product, judge, grade: row.get(3)?, at_secs: row.get(4)? })
        })
    }

    /// Adds judgements; a later one of the same judge replaces the earlier. All or none.
    pub fn judge(&self, judgements: &[Judged]) -> Result<()> {
        let sql = "INSERT OR REPLACE INTO judgement (query, product, judge, grade, at_secs) VALUES (?, ?, ?, ?, ?)";
        self.write(|connection| {
            let mut insert = connection.prepare_cached(sql)?;
            judgements.iter().try_for_each(|judged| {
                let Judged { query, product, judge, grade, at_secs } = judged;
                insert.execute(params![query, product, judge, grade, at_secs]).map(drop)
            })
        })
    }

    /// Takes one judgement back.
    pub fn unjudge(&self, query: &str, product: &str, judge: &str) -> Result<()> {
        let sql = "DELETE FROM judgement WHERE query = ? AND product = ? AND judge = ?";
        self.write(|connection| connection.execute(sql, [query, product, judge]).map(drop))
    }

    /// Names and JSON of the presets, by name.
    pub fn presets(&self) -> Result<Vec<(String, String)>> {
        self.all("SELECT name, json FROM preset ORDER BY name", [], |row| Ok((row.get(0)?, row.get(1)?)))
    }

    /// Adds a preset or replaces the one of that name.
    pub fn put_preset(&self, name: &str, json: &str) -> Result<()> {
        let sql = "INSERT OR REPLACE INTO preset (name, json) VALUES (?, ?)";
        self.write(|connection| connection.execute(sql, [name, json]).map(drop))
    }

    pub fn remove_preset(&self, name: &str) -> Result<()> {
        self.write(|connection| connection.execute("DELETE FROM preset WHERE name = ?", [name]).map(drop))
    }

    fn all<T>(
        &self,
        sql: &str,
        values: impl Params,
        read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Vec<T>> {
        let connection = self.connection();
        let rows =
            || -> rusqlite::Result<Vec<T>> { connection.prepare_cached(sql)?.query_map(values, read)?.collect() };
        rows().map_err(|why| damaged(&self.path, &why))
    }

    fn write(&self, change: impl FnOnce(&Connection) -> rusqlite::Result<()>) -> Result<()> {
        let mut connection = self.connection();
        let written = connection.transaction().and_then(|transaction| {
            change(&transaction)?;
            transaction.commit()
        });
        written.map_err(|why| Error::unwritable(&self.path, why))
    }

    fn connection(&self) -> MutexGuard<'_, Connection> {
        // A panic while the lock was held leaves a usable connection: SQLite rolls the transaction back.
        self.connection.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(query: &str, product: &str, judge: &str, grade: f32) -> Judged {
        Judged { query: query.into(), product: product.into(), judge: judge.into(), grade, at_secs: 7 }
    }

    #[test]
    fn what_was_judged_is_there_after_another_opening() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.sqlite");
        let store = AuditStore::open(&path).unwrap();
        store.put_queries(&[("q2", "two".into()), ("q1", "one".into())]).unwrap();
        store.put_queries(&[("q2", "second".into())]).unwrap();
        store
            .judge(&[judged("q2", "b", "me", 1.0), judged("q1", "a", "me", 3.0), judged("q1", "a", "you", 2.0)])
            .unwrap();
        store.judge(&[judged("q2", "b", "me", 0.0)]).unwrap();
        store.put_preset("mine", "{}").unwrap();
        // Two windows may look at the same collection.
        let other = AuditStore::open(&path).unwrap();
        assert_eq!(other.queries().unwrap(), ["second", "one"]);
        let all = [judged("q1", "a", "me", 3.0), judged("q1", "a", "you", 2.0), judged("q2", "b", "me", 0.0)];
        assert_eq!(other.judgements().unwrap(), all);
        assert_eq!(other.presets().unwrap(), [("mine".to_owned(), "{}".to_owned())]);
        other.unjudge("q1", "a", "you").unwrap();
        other.remove_query("q2").unwrap();
        other.remove_preset("mine").unwrap();
        assert_eq!(store.judgements().unwrap(), all[..1]);
        assert_eq!(store.queries().unwrap(), ["one"]);
        assert!(store.presets().unwrap().is_empty());
    }

    #[test]
    fn files_of_a_later_program_and_other_files_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("audit.sqlite");
        drop(AuditStore::open(&path).unwrap());
        Connection::open(&path).unwrap().execute_batch("PRAGMA user_version = 99").unwrap();
        assert!(matches!(AuditStore::open(&path), Err(Error::DamagedCollection { .. })));
        let text = folder.path().join("text");
        std::fs::write(&text, "not a database, however long it may be").unwrap();
        assert!(matches!(AuditStore::open(&text), Err(Error::DamagedCollection { .. })));
        assert!(matches!(AuditStore::open(&folder.path().join("no/such")), Err(Error::Unwritable { .. })));
    }
}
