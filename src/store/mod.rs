//! The products of one generation, their reviews and thumbnails, in one SQLite file; in another what people judge. Only
//! this module speaks SQL.

use std::{
    path::{Path, PathBuf},
    sync::Mutex,
};

use rusqlite::{Connection, OpenFlags, OptionalExtension, params};

use crate::{
    catalog::Product,
    error::{Error, Result},
};

mod audit;

pub use audit::{AuditStore, Judged, Measurement};

const SCHEMA: &str = "
    CREATE TABLE product (row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, json TEXT NOT NULL);
    CREATE TABLE thumbnail (row INTEGER PRIMARY KEY, jpeg BLOB NOT NULL);
    PRAGMA user_version = 1;
";

/// Products read together where all are read.
const READ_TOGETHER: i64 = 512;

/// An open file of products. Rows are numbered from 0 in the order of the feed.
#[derive(Debug)]
pub struct Store {
    path: PathBuf,
    connection: Mutex<Connection>,
}

impl Store {
    /// Makes a new, empty file.
    pub fn create(path: &Path) -> Result<Self> {
        let fail = |why: rusqlite::Error| Error::unwritable(path, why);
        let connection = Connection::open(path).map_err(fail)?;
        // A new generation becomes visible by a rename once it is whole, so a journal would guard nothing.
        connection.execute_batch("PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF;").map_err(fail)?;
        connection.execute_batch(SCHEMA).map_err(fail)?;
        Ok(Self { path: path.to_owned(), connection: Mutex::new(connection) })
    }

    /// Opens a finished file for reading.
    pub fn open(path: &Path) -> Result<Self> {
        let fail = |why: rusqlite::Error| damaged(path, &why);
        let connection = Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_ONLY).map_err(fail)?;
        let version: i64 = connection.query_row("PRAGMA user_version", [], |row| row.get(0)).map_err(fail)?;
        if version != 1 {
            let why = format!("its format is {version}, this program reads 1");
            return Err(Error::DamagedCollection { path: path.to_owned(), why });
        }
        Ok(Self { path: path.to_owned(), connection: Mutex::new(connection) })
    }

    /// Adds products with their thumbnails, numbered from `first_row`, all or none.
    pub fn add(&self, first_row: usize, products: &[(Product, Option<Vec<u8>>)]) -> Result<()> {
        let fail = |why: rusqlite::Error| Error::unwritable(&self.path, why);
        let mut connection = self.connection();
        let transaction = connection.transaction().map_err(fail)?;
        for (row, (product, thumbnail)) in (first_row as i64..).zip(products) {
            let json = serde_json::to_string(product).map_err(|why| Error::unwritable(&self.path, why))?;
            transaction
                .prepare_cached("INSERT INTO product (row, id, json) VALUES (?, ?, ?)")
                .and_then(|mut insert| insert.execute(params![row, product.id, json]))
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

    /// How many products there are.
    pub fn count(&self) -> Result<usize> {
        let last: Option<i64> = self.ask("SELECT max(row) FROM product", [], |row| row.get(0))?.flatten();
        Ok(last.map_or(0, |last| last as usize + 1))
    }

    /// One product, `None` when there is no such row.
    pub fn product(&self, row: usize) -> Result<Option<Product>> {
        let json: Option<String> =
            self.ask("SELECT json FROM product WHERE row = ?", [row as i64], |row| row.get(0))?;
        let parsed = json.map(|json| serde_json::from_str(&json)).transpose();
        parsed.map_err(|why| Error::DamagedCollection { path: self.path.clone(), why: why.to_string() })
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
        let connection = self.connection();
        let sql = "SELECT json FROM product WHERE row >= ? AND row < ? ORDER BY row";
        let mut select = connection.prepare_cached(sql).map_err(fail)?;
        let texts = select.query_map([first, first + READ_TOGETHER], |row| row.get::<_, String>(0)).map_err(fail)?;
        let parse = |json: String| {
            serde_json::from_str(&json)
                .map_err(|why| Error::DamagedCollection { path: self.path.clone(), why: why.to_string() })
        };
        texts.map(|json| parse(json.map_err(fail)?)).collect()
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
        let connection = self.connection();
        let mut select = connection.prepare_cached(sql).map_err(|why| damaged(&self.path, &why))?;
        select.query_row(values, read).optional().map_err(|why| damaged(&self.path, &why))
    }

    fn connection(&self) -> std::sync::MutexGuard<'_, Connection> {
        // A panic while the lock was held leaves a usable connection: SQLite rolls the transaction back.
        self.connection.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
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
        let product = |id: &str| Product { id: id.into(), title: format!("title {id}"), ..Product::default() };
        let store = Store::create(&path).unwrap();
        store.add(0, &[(product("a"), Some(vec![1, 2])), (product("b"), None)]).unwrap();
        store.add(2, &[(product("c"), None)]).unwrap();
        drop(store);
        let store = Store::open(&path).unwrap();
        assert_eq!(store.count().unwrap(), 3);
        assert_eq!(store.product(1).unwrap().unwrap().title, "title b");
        assert_eq!(store.product(3).unwrap(), None);
        let ids: Vec<_> = store.products().map(|product| product.unwrap().id).collect();
        assert_eq!(ids, ["a", "b", "c"]);
        assert_eq!(store.thumbnail(0).unwrap(), Some(vec![1, 2]));
        assert_eq!(store.thumbnail(1).unwrap(), None);
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
