//! What an import had to tell about its rows, kept with the generation: a feed of millions may have millions of them.

use rusqlite::params;

use super::{Store, damaged, locked};
use crate::{
    error::{Error, Result},
    language::Language,
};

/// One row that needs a look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Line in the feed; 0 for what is about all of it, or where a line says nothing.
    pub line: u64,
    /// The product's id, empty when the row gave none.
    pub id: String,
    /// Whether the product itself was kept.
    pub kept: bool,
    pub english: String,
    pub chinese: String,
}

impl Problem {
    /// The reason alone.
    pub fn reason(&self, language: Language) -> &str {
        language.pick(&self.english, &self.chinese)
    }

    /// The sentence for the report.
    pub fn say(&self, language: Language) -> String {
        let Self { line, id, .. } = self;
        let reason = self.reason(language);
        match (language, id.is_empty()) {
            (_, true) if *line == 0 => reason.to_owned(),
            (Language::English, false) if *line == 0 => format!("{id}: {reason}"),
            (Language::Chinese, false) if *line == 0 => format!("{id}：{reason}"),
            (Language::English, true) => format!("Line {line}: {reason}"),
            (Language::English, false) => format!("Line {line}, {id}: {reason}"),
            (Language::Chinese, true) => format!("第 {line} 行：{reason}"),
            (Language::Chinese, false) => format!("第 {line} 行，{id}：{reason}"),
        }
    }
}

impl Store {
    /// Adds problems, all or none.
    pub fn add_problems(&self, problems: &[Problem]) -> Result<()> {
        let fail = |why: rusqlite::Error| Error::unwritable(&self.path, why);
        let mut connection = locked(&self.connection);
        let transaction = connection.transaction().map_err(fail)?;
        for Problem { line, id, kept, english, chinese } in problems {
            transaction
                .prepare_cached("INSERT INTO problem (line, id, kept, english, chinese) VALUES (?, ?, ?, ?, ?)")
                .and_then(|mut insert| insert.execute(params![*line as i64, id, kept, english, chinese]))
                .map_err(fail)?;
        }
        transaction.commit().map_err(fail)
    }

    /// How many problems there are.
    pub fn problem_count(&self) -> Result<usize> {
        let count: Option<i64> = self.ask("SELECT count(*) FROM problem", [], |row| row.get(0))?;
        Ok(count.unwrap_or_default() as usize)
    }

    /// How many products were kept although something was wrong with them.
    pub fn products_with_problems(&self) -> Result<usize> {
        let sql = "SELECT count(DISTINCT id) FROM problem WHERE kept AND id <> ''";
        Ok(self.ask(sql, [], |row| row.get::<_, i64>(0))?.unwrap_or_default() as usize)
    }

    /// The first problems in the order of lines.
    pub fn problems(&self, most: usize) -> Result<Vec<Problem>> {
        let mut problems = Vec::new();
        self.each_problem(most, |problem| {
            problems.push(problem);
            Ok(())
        })?;
        Ok(problems)
    }

    /// Shows problems one by one in the order of lines, so that any number of them takes no memory.
    pub fn each_problem(&self, most: usize, mut show: impl FnMut(Problem) -> Result<()>) -> Result<()> {
        let fail = |why: rusqlite::Error| damaged(&self.path, &why);
        let connection = locked(&self.connection);
        let sql = "SELECT line, id, kept, english, chinese FROM problem ORDER BY line, number LIMIT ?";
        let mut select = connection.prepare_cached(sql).map_err(fail)?;
        let mut rows = select.query([i64::try_from(most).unwrap_or(i64::MAX)]).map_err(fail)?;
        while let Some(row) = rows.next().map_err(fail)? {
            let read = || -> rusqlite::Result<Problem> {
                Ok(Problem {
                    line: row.get::<_, i64>(0)? as u64,
                    id: row.get(1)?,
                    kept: row.get(2)?,
                    english: row.get(3)?,
                    chinese: row.get(4)?,
                })
            };
            show(read().map_err(fail)?)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_come_back_in_the_order_of_lines() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("catalog.sqlite");
        let problem = |line, id: &str, kept| Problem {
            line,
            id: id.into(),
            kept,
            english: "It is so.".into(),
            chinese: "如此。".into(),
        };
        let store = Store::create(&path).unwrap();
        store.add_problems(&[problem(9, "", false), problem(3, "a", true), problem(3, "b", true)]).unwrap();
        store.add_problems(&[problem(5, "a", true)]).unwrap();
        store.finish().unwrap();
        let said: Vec<_> = store.problems(3).unwrap().iter().map(|problem| problem.say(Language::English)).collect();
        assert_eq!(said, ["Line 3, a: It is so.", "Line 3, b: It is so.", "Line 5, a: It is so."]);
        assert_eq!((store.problem_count().unwrap(), store.products_with_problems().unwrap()), (4, 2));
        assert_eq!(problem(9, "", false).say(Language::Chinese), "第 9 行：如此。");
    }
}
