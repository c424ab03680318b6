//! The rows of a feed between reading and encoding, in a file: ten million rows take no more memory than ten, and the
//! ids that leave the catalog are known before anything is built.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::Mutex,
};

use rusqlite::{Connection, params};

use super::{ask, damaged, locked, parse, unguarded};
use crate::{
    catalog::Product,
    error::{Error, Result},
};

const SCHEMA: &str = "
    CREATE TABLE row (place INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, line INTEGER NOT NULL, json TEXT NOT NULL);
    BEGIN;
";

/// Rows of one import in the order of the feed; the file goes with the value.
#[derive(Debug)]
pub struct Spool {
    path: PathBuf,
    connection: Mutex<Connection>,
    len: usize,
}

/// Products of a collection that its new feed no longer has.
#[derive(Debug, Clone, PartialEq)]
pub struct Leaving {
    pub count: usize,
    /// How many products the collection has.
    pub of: usize,
    /// Some of them.
    pub some: Vec<Product>,
}

impl Spool {
    /// Makes a new, empty file.
    pub fn create(path: &Path) -> Result<Self> {
        let connection = unguarded(path)?;
        connection.execute_batch(SCHEMA).map_err(|why| Error::unwritable(path, why))?;
        Ok(Self { path: path.to_owned(), connection: Mutex::new(connection), len: 0 })
    }

    /// Adds a product as JSON. One with the id of an earlier row takes its place; then the answer is `true`.
    pub fn add(&mut self, line: u64, id: &str, json: &str) -> Result<bool> {
        let fail = |why: rusqlite::Error| Error::unwritable(&self.path, why);
        let connection = locked(&self.connection);
        let added = connection
            .prepare_cached("INSERT INTO row (place, id, line, json) VALUES (?, ?, ?, ?) ON CONFLICT (id) DO NOTHING")
            .and_then(|mut insert| insert.execute(params![self.len as i64, id, line as i64, json]))
            .map_err(fail)?;
        if added == 0 {
            connection
                .prepare_cached("UPDATE row SET line = ?, json = ? WHERE id = ?")
                .and_then(|mut update| update.execute(params![line as i64, json, id]))
                .map_err(fail)?;
            return Ok(true);
        }
        self.len += 1;
        Ok(false)
    }

    /// Ends adding.
    pub fn close(&self) -> Result<()> {
        locked(&self.connection).execute_batch("COMMIT").map_err(|why| Error::unwritable(&self.path, why))
    }

    /// How many rows there are.
    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Some rows from a place on, each with its line in the feed.
    pub fn rows(&self, first: usize, count: usize) -> Result<Vec<(u64, Product)>> {
        let fail = |why: rusqlite::Error| damaged(&self.path, &why);
        let connection = locked(&self.connection);
        let sql = "SELECT line, json FROM row WHERE place >= ? AND place < ? ORDER BY place";
        let mut select = connection.prepare_cached(sql).map_err(fail)?;
        let rows = select
            .query_map([first as i64, (first + count) as i64], |row| {
                Ok((row.get::<_, i64>(0)? as u64, row.get::<_, String>(1)?))
            })
            .map_err(fail)?;
        let rows = rows.map(|row| {
            let (line, json) = row.map_err(fail)?;
            Ok((line, parse(&self.path, &json)?))
        });
        rows.collect()
    }

    /// Adds the products of an older generation's file that are not among these rows, as they are, behind the others.
    pub fn keep_leaving(&mut self, older: &Path) -> Result<()> {
        let fail = |why: rusqlite::Error| damaged(older, &why);
        let name = older.to_str().ok_or_else(|| Error::unreadable(older, "its name is no text"))?;
        let connection = locked(&self.connection);
        connection.execute("ATTACH ? AS older", [name]).map_err(fail)?;
        let first = self.len as i64;
        let sql = "INSERT INTO row (place, id, line, json)
            SELECT ? - 1 + row_number() OVER (ORDER BY old.row), old.id, 0, old.json FROM older.product AS old
            WHERE NOT EXISTS (SELECT 1 FROM main.row WHERE main.row.id = old.id)";
        let added = connection.execute(sql, [first]).map_err(|why| Error::unwritable(&self.path, why));
        connection.execute("DETACH older", []).map_err(fail)?;
        self.len += added?;
        Ok(())
    }

    /// The products of an older generation's file that are not among these rows, `some` of them in full.
    pub fn leaving(&self, older: &Path, some: usize) -> Result<Leaving> {
        let fail = |why: rusqlite::Error| damaged(older, &why);
        let name = older.to_str().ok_or_else(|| Error::unreadable(older, "its name is no text"))?;
        let connection = locked(&self.connection);
        connection.execute("ATTACH ? AS older", [name]).map_err(fail)?;
        let gone = "FROM older.product AS old WHERE NOT EXISTS (SELECT 1 FROM row WHERE row.id = old.id)";
        let number = |sql: &str| ask(&connection, sql, [], |row| row.get::<_, i64>(0)).map_err(fail);
        let count = number(&format!("SELECT count(*) {gone}"))?.unwrap_or_default() as usize;
        let of = number("SELECT count(*) FROM older.product")?.unwrap_or_default() as usize;
        let mut select =
            connection.prepare(&format!("SELECT json {gone} ORDER BY old.row LIMIT {some}")).map_err(fail)?;
        let texts = select.query_map([], |row| row.get::<_, String>(0)).map_err(fail)?;
        let some = texts.map(|json| parse(older, &json.map_err(fail)?)).collect::<Result<_>>()?;
        drop(select);
        connection.flush_prepared_statement_cache();
        connection.execute("DETACH older", []).map_err(fail)?;
        Ok(Leaving { count, of, some })
    }
}

impl Drop for Spool {
    fn drop(&mut self) {
        // Nobody reads it again; where it cannot go yet it goes with its folder.
        let _ = fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::{Entry, Store};

    fn product(id: &str, title: &str) -> Product {
        Product { id: id.into(), title: title.into(), ..Product::default() }
    }

    fn add(spool: &mut Spool, line: u64, id: &str, title: &str) -> bool {
        spool.add(line, id, &serde_json::to_string(&product(id, title)).unwrap()).unwrap()
    }

    #[test]
    fn a_later_row_takes_the_place_of_an_earlier_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.sqlite");
        let mut spool = Spool::create(&path).unwrap();
        let replaced: Vec<bool> = [(2, "a", "one"), (3, "b", "two"), (4, "a", "three"), (5, "c", "four")]
            .into_iter()
            .map(|(line, id, title)| add(&mut spool, line, id, title))
            .collect();
        spool.close().unwrap();
        assert_eq!(replaced, [false, false, true, false]);
        let rows = [spool.rows(0, 2).unwrap(), spool.rows(2, 2).unwrap()].concat();
        let told: Vec<_> = rows.iter().map(|(line, product)| format!("{line} {}", product.title)).collect();
        assert_eq!(told, ["4 three", "3 two", "5 four"]);
        drop(spool);
        assert!(!path.exists());
    }

    #[test]
    fn what_leaves_is_told() {
        let folder = tempfile::tempdir().unwrap();
        let older = folder.path().join("catalog.sqlite");
        let store = Store::create(&older).unwrap();
        let entries = ["a", "b", "c", "d"].map(|id| Entry { product: product(id, id), ..Entry::default() });
        store.add(0, &entries).unwrap();
        store.finish().unwrap();
        drop(store);
        let mut spool = Spool::create(&folder.path().join("rows.sqlite")).unwrap();
        add(&mut spool, 1, "b", "b");
        add(&mut spool, 2, "z", "z");
        spool.close().unwrap();
        let leaving = spool.leaving(&older, 2).unwrap();
        assert_eq!((leaving.count, leaving.of), (3, 4));
        assert_eq!(leaving.some, [product("a", "a"), product("c", "c")]);
        spool.keep_leaving(&older).unwrap();
        assert_eq!(spool.leaving(&older, 2).unwrap().count, 0);
        let rows = spool.rows(0, 9).unwrap();
        let told: Vec<_> = rows.iter().map(|(line, product)| format!("{line} {}", product.id)).collect();
        assert_eq!(told, ["1 b", "2 z", "0 a", "0 c", "0 d"]);
    }
}
