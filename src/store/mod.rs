//! SQLite files: the products of a generation ([`Store`]), the rows of a feed on their way in ([`spool`]), and what an
//! import that has not ended has encoded already ([`encoded`]);
//! in another what people judge ([`AuditStore`]). Only this module speaks SQL.

use std::{
    path::{Path, PathBuf},
    sync::{Mutex, MutexGuard, PoisonError},
};

use rayon::prelude::*;
use rusqlite::{Connection, OpenFlags, OptionalExtension, params};

use crate::{
    catalog::Product,
    error::{Error, Result},
};

mod audit;
pub mod encoded;
pub mod problems;
pub mod spool;

pub use audit::{AuditStore, Judged};
pub use problems::Problem;

/// Layout of the file; [`Store::finish`] adds the indexes.
const SCHEMA: &str = "
    CREATE TABLE product (row INTEGER PRIMARY KEY, id TEXT NOT NULL, json TEXT NOT NULL, made_of BLOB);
    CREATE TABLE thumbnail (row INTEGER PRIMARY KEY, jpeg BLOB NOT NULL);
    CREATE TABLE problem (
        number INTEGER PRIMARY KEY, line INTEGER NOT NULL, id TEXT NOT NULL, kept INTEGER NOT NULL,
        english TEXT NOT NULL, chinese TEXT NOT NULL
    );
    PRAGMA user_version = 2;
";
const VERSION: i64 = 2;

/// Made when all rows are in: sorted once, an index costs a tenth of what it costs row by row.
const INDEXES: &str = "
    CREATE UNIQUE INDEX product_id ON product (id);
    CREATE INDEX product_made_of ON product (made_of) WHERE made_of IS NOT NULL;
    CREATE INDEX problem_line ON problem (line);
";

/// Products read together where all are read.
const READ_TOGETHER: i64 = 512;
/// Memory for pages, KiB, negative as SQLite wants it: an index of a million ids stays in it.
const PAGES: &str = "PRAGMA cache_size = -65536;";

/// The sum over all that a product's vectors and thumbnail are made of: equal sums, equal bits.
pub type MadeOf = [u8; 16];

/// A product as it is stored.
#[derive(Debug, Clone, Default)]
pub struct Entry {
    pub product: Product,
    /// JPEG.
    pub thumbnail: Option<Vec<u8>>,
    /// `None` where something about the product's media has to be told at every import.
    pub made_of: Option<MadeOf>,
}

/// What a generation knows of a product by its id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Before {
    pub row: usize,
    pub json: String,
    pub made_of: Option<MadeOf>,
}

/// An open file of products. Rows are numbered from 0 in the order of the feed.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    connection: Mutex<Connection>,
}

impl Store {
    /// Makes a new, empty file.
    pub fn create(path: &Path) -> Result<Self> {
        let connection = unguarded(path)?;
        connection.execute_batch(SCHEMA).map_err(|why| Error::unwritable(path, why))?;
        Ok(Self { path: path.to_owned(), connection: Mutex::new(connection) })
    }

    /// Opens a finished file for reading.
    pub fn open(path: &Path) -> Result<Self> {
        let fail = |why: rusqlite::Error| damaged(path, &why);
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(fail)?;
        let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(fail)?;
        if version != VERSION {
            let why = format!("its format is {version}, this program reads {VERSION}");
            return Err(Error::DamagedCollection { path: path.to_owned(), why });
        }
        Ok(Self { path: path.to_owned(), connection: Mutex::new(connection) })
    }

    /// Adds products, numbered from `first_row`, all or none.
    pub fn add(&self, first_row: usize, entries: &[Entry]) -> Result<()> {
        let fail = |why: rusqlite::Error| Error::unwritable(&self.path, why);
        let mut connection = locked(&self.connection);
        let transaction = connection.transaction().map_err(fail)?;
        for (row, Entry { product, thumbnail, made_of }) in (first_row as i64..).zip(entries) {
            let json = serde_json::to_string(product).map_err(|why| Error::unwritable(&self.path, why))?;
            transaction
                .prepare_cached("INSERT INTO product (row, id, json, made_of) VALUES (?, ?, ?, ?)")
                .and_then(|mut insert| insert.execute(params![row, product.id, json, made_of]))
                .map_err(fail)?;
            if let Some(jpeg) = thumbnail {
                transaction
                    .prepare_cached("INSERT INTO thumbnail (row, jpeg) VALUES (?, ?)")
                    .and_then(|mut insert| insert.execute(params![row, jpeg]))
                    .map_err(fail)?;
            }
        }
        transaction.commit().map_err(fail)
    }

    /// Makes the indexes; nothing is added afterwards.
    pub fn finish(&self) -> Result<()> {
        locked(&self.connection).execute_batch(INDEXES).map_err(|why| Error::unwritable(&self.path, why))
    }

    /// How many products there are.
    pub fn count(&self) -> Result<usize> {
        let last: Option<i64> = self.ask("SELECT max(row) FROM product", [], |row| row.get(0))?.flatten();
        Ok(last.map_or(0, |last| last as usize + 1))
    }

    /// One product, `None` when there is no such row.
    pub fn product(&self, row: usize) -> Result<Option<Product>> {
        let json: Option<String> =
            self.ask("SELECT json FROM product WHERE row = ?", [row as i64], |row| row.get(0))?;
        json.map(|json| parse(&self.path, &json)).transpose()
    }

    /// What is known of a product by its id.
    pub fn before(&self, id: &str) -> Result<Option<Before>> {
        self.ask("SELECT row, json, made_of FROM product WHERE id = ?", [id], |row| {
            Ok(Before { row: row.get::<_, i64>(0)? as usize, json: row.get(1)?, made_of: row.get(2)? })
        })
    }

    /// A row whose vectors and thumbnail are made of the same.
    pub fn made_of(&self, made_of: &MadeOf) -> Result<Option<usize>> {
        let row: Option<i64> =
            self.ask("SELECT row FROM product WHERE made_of = ? LIMIT 1", [made_of], |row| row.get(0))?;
        Ok(row.map(|row| row as usize))
    }

    /// All products in row order, read some hundred at a time.
    pub fn products(&self) -> impl Iterator<Item = Result<Product>> + '_ {
        let batches = (0_i64..).step_by(READ_TOGETHER as usize).map(|first| self.some_products(first));
        let parts = batches.take_while(|batch| !matches!(batch, Ok(products) if products.is_empty()));
        parts.flat_map(|batch| match batch {
            Ok(products) => products.into_iter().map(Ok).collect(),
            Err(error) => vec![Err(error)],
        })
    }

    fn some_products(&self, first: i64) -> Result<Vec<Product>> {
        let fail = |why: rusqlite::Error| damaged(&self.path, &why);
        let connection = locked(&self.connection);
        let sql = "SELECT json FROM product WHERE row >= ? AND row < ? ORDER BY row";
        let mut select = connection.prepare_cached(sql).map_err(fail)?;
        let texts = select.query_map([first, first + READ_TOGETHER], |row| row.get::<_, String>(0)).map_err(fail)?;
        let texts: Vec<String> = texts.collect::<rusqlite::Result<_>>().map_err(fail)?;
        // Others may read while these are parsed.
        drop(select);
        drop(connection);
        texts.par_iter().map(|json| parse(&self.path, json)).collect()
    }

    /// The JPEG thumbnail of a product, when it has a picture.
    pub fn thumbnail(&self, row: usize) -> Result<Option<Vec<u8>>> {
        self.ask("SELECT jpeg FROM thumbnail WHERE row = ?", [row as i64], |row| row.get(0))
    }

    /// The first row of an answer.
    fn ask<T>(
        &self,
        sql: &str,
        values: impl rusqlite::Params,
        read: impl FnOnce(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
    ) -> Result<Option<T>> {
        ask(&locked(&self.connection), sql, values, read).map_err(|why| damaged(&self.path, &why))
    }
}

/// Opens a new file that becomes visible by a rename once it is whole, or is thrown away: a journal would guard nothing, and
/// nobody else is to be kept out at each statement. It has to be closed before it is seen.
fn unguarded(path: &Path) -> Result<Connection> {
    let fail = |why: rusqlite::Error| Error::unwritable(path, why);
    let connection = Connection::open(path).map_err(fail)?;
    connection
        .execute_batch("PRAGMA main.locking_mode = EXCLUSIVE; PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;")
        .map_err(fail)?;
    connection.execute_batch(PAGES).map_err(fail)?;
    Ok(connection)
}

/// The first row of an answer.
fn ask<T>(
    connection: &Connection,
    sql: &str,
    values: impl rusqlite::Params,
    read: impl FnOnce(&rusqlite::Row<'_>) -> rusqlite::Result<T>,
) -> rusqlite::Result<Option<T>> {
    connection.prepare_cached(sql)?.query_row(values, read).optional()
}

fn locked<T>(connection: &Mutex<T>) -> MutexGuard<'_, T> {
    // A panic while the lock was held leaves a usable connection: SQLite rolls the transaction back.
    connection.lock().unwrap_or_else(PoisonError::into_inner)
}

fn parse(path: &Path, json: &str) -> Result<Product> {
    serde_json::from_str(json).map_err(|why| Error::DamagedCollection { path: path.to_owned(), why: why.to_string() })
}

fn damaged(path: &Path, why: &rusqlite::Error) -> Error {
    Error::DamagedCollection { path: path.to_owned(), why: why.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_added_comes_back() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("catalog.sqlite");
        let entry = |id: &str| Entry {
            product: Product { id: id.into(), title: format!("title {id}"), ..Product::default() },
            ..Entry::default()
        };
        let store = Store::create(&path).unwrap();
        let first = Entry { thumbnail: Some(vec![1, 2]), made_of: Some([7; 16]), ..entry("a") };
        store.add(0, &[first, entry("b")]).unwrap();
        store.add(2, &[entry("c")]).unwrap();
        store.finish().unwrap();
        drop(store);
        let store = Store::open(&path).unwrap();
        assert_eq!(store.count().unwrap(), 3);
        assert_eq!(store.product(1).unwrap().unwrap().title, "title b");
        assert_eq!(store.product(3).unwrap(), None);
        let ids: Vec<_> = store.products().map(|product| product.unwrap().id).collect();
        assert_eq!(ids, ["a", "b", "c"]);
        assert_eq!(store.thumbnail(0).unwrap(), Some(vec![1, 2]));
        assert_eq!(store.thumbnail(1).unwrap(), None);
        assert_eq!((store.made_of(&[7; 16]).unwrap(), store.made_of(&[8; 16]).unwrap()), (Some(0), None));
        let before = store.before("c").unwrap().unwrap();
        assert_eq!((before.row, before.made_of), (2, None));
        assert_eq!(store.before("d").unwrap(), None);
    }

    #[test]
    fn other_files_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("catalog.sqlite");
        assert!(matches!(Store::open(&path), Err(Error::DamagedCollection { .. })));
        std::fs::write(&path, "not a database, however long it may be").unwrap();
        assert!(matches!(Store::open(&path), Err(Error::DamagedCollection { .. })));
    }
}
