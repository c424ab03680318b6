//! What a source looks like before it is imported: its columns, what they are taken for, and the first cells.

use std::{path::Path, process::ExitCode};

use super::{Done, Format, Shell, print_json, print_line};
use crate::catalog::feed::{self, Mapping, columns::Field};

/// Prints the columns of a source, one a line.
pub fn preview(shell: &Shell, source: &Path, mapping: &Mapping) -> Done {
    let (source, wanted) = (source.to_owned(), mapping.clone());
    let seen = shell.watch(move |_| feed::preview(&source, &wanted))?;
    if shell.format == Format::Json {
        print_json(&serde_json::to_value(&seen)?)?;
        return Ok(ExitCode::SUCCESS);
    }
    let language = shell.language;
    print_line(&seen.about(language).join(language.pick(", ", "，")))?;
    let width = seen.columns.iter().map(|column| column.name.chars().count()).max().unwrap_or(0).min(30);
    for column in &seen.columns {
        let field = match column.field {
            Some(field) => field.name(),
            None if column.ignored => language.pick("(ignored)", "（略过）"),
            None => language.pick("(attribute)", "（属性）"),
        };
        print_line(format!("{:<width$}  {field:<21}  {}", column.name, column.samples.join(" | ")).trim_end())?;
    }
    let unknown = mapping.columns().filter(|name| !seen.columns.iter().any(|column| same(&column.name, name)));
    for name in unknown {
        eprintln!("{}", language.pick(format!("No column is called {name}."), format!("没有名为 {name} 的列。")));
    }
    if !seen.columns.iter().any(|column| column.field.is_some_and(Field::is_shown)) {
        eprintln!(
            "{}",
            language.pick(
                "No column is taken for a title or a picture. Say which it is: --map title=COLUMN",
                "没有列被认作标题或图片。请用 --map title=列名 指明。"
            )
        );
    }
    Ok(ExitCode::SUCCESS)
}

fn same(one: &str, other: &str) -> bool {
    feed::columns::plain(one) == feed::columns::plain(other)
}
