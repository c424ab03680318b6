//! A look at a source before it is imported: which columns it has, and what a person says that each becomes. Plain data;
//! what is said is the [`Mapping`] that the shell's `--map` is read into, so both import the same.

use std::path::PathBuf;

use crate::{
    catalog::feed::{
        Kind, Mapping, Options, Preview,
        columns::{Field, plain},
        mapping::Role,
    },
    error::{Error, Result},
};

/// The source that is looked at, and how it will be read.
pub struct Look {
    /// Tells this look from the next.
    pub number: u64,
    pub source: PathBuf,
    /// `None` while the first rows are read.
    pub seen: Option<Result<Seen>>,
}

/// What the first rows tell.
pub struct Seen {
    /// The collection that the source goes into.
    pub folder: PathBuf,
    /// As the last time, where the source was imported before.
    pub options: Options,
    pub preview: Preview,
    /// Columns that were spoken of the last time and are not there any more.
    pub gone: Vec<String>,
    /// Where relative paths started the last time; it is no folder any more, and the feed's own takes its place.
    pub lost: Option<PathBuf>,
}

/// Why a source cannot be imported like this.
#[derive(Debug, PartialEq, Eq)]
pub enum Hindrance<'a> {
    /// No column makes a product worth showing.
    NothingShown,
    /// Several columns were chosen for a field that takes one.
    Twice(Field, Vec<&'a str>),
}

/// A column that counts only where a better one is empty: both have names of the same field.
#[derive(Debug, PartialEq, Eq)]
pub struct Behind<'a> {
    pub column: &'a str,
    pub first: &'a str,
}

impl Look {
    pub fn new(number: u64, source: PathBuf) -> Self {
        Self { number, source, seen: None }
    }

    /// The file's or folder's own name.
    pub fn name(&self) -> String {
        self.source.file_name().unwrap_or(self.source.as_os_str()).to_string_lossy().into_owned()
    }

    pub fn seen(&self) -> Option<&Seen> {
        self.seen.as_ref()?.as_ref().ok()
    }

    pub fn seen_mut(&mut self) -> Option<&mut Seen> {
        self.seen.as_mut()?.as_mut().ok()
    }

    pub fn trouble(&self) -> Option<&Error> {
        self.seen.as_ref()?.as_ref().err()
    }

    /// Whether it can be imported as it stands.
    pub fn is_ready(&self) -> bool {
        self.seen().is_some_and(|seen| seen.hindrance().is_none())
    }
}

impl Seen {
    pub fn new(folder: PathBuf, mut options: Options, preview: Preview) -> Self {
        let there = |name: &str| preview.columns.iter().any(|column| plain(&column.name) == plain(name));
        let (mut kept, mut gone) = (Mapping::default(), Vec::new());
        for column in options.mapping.columns() {
            if there(column) {
                kept.say(options.mapping.role(column).0, column);
            } else {
                gone.push(column.to_owned());
            }
        }
        options.mapping = kept;
        let lost = options.files.take_if(|files| !files.is_dir());
        Self { folder, options, preview, gone, lost }
    }

    /// What becomes of a column: as it is said, else as its name suggests.
    pub fn role(&self, column: &str) -> Role {
        self.options.mapping.role(column).0
    }

    /// Says what becomes of a column. What its name suggests anyway need not be said.
    pub fn say(&mut self, column: &str, role: Role) {
        let mapping = &self.options.mapping;
        let mut others = Mapping::default();
        for other in mapping.columns().filter(|other| plain(other) != plain(column)) {
            others.say(mapping.role(other).0, other);
        }
        if others.role(column).0 != role {
            others.say(role, column);
        }
        self.options.mapping = others;
    }

    pub fn hindrance(&self) -> Option<Hindrance<'_>> {
        let columns = &self.preview.columns;
        let fields = || columns.iter().filter_map(|column| self.field(&column.name));
        if !fields().any(Field::is_shown) {
            return Some(Hindrance::NothingShown);
        }
        Field::all().filter(|field| !field.takes_several()).find_map(|field| {
            let chosen: Vec<&str> = self.chosen(field).collect();
            (chosen.len() > 1).then_some(Hindrance::Twice(field, chosen))
        })
    }

    /// Columns that count only where a better one is empty.
    pub fn behind(&self) -> Vec<Behind<'_>> {
        let mut behind = Vec::new();
        for field in Field::all().filter(|field| !field.is_media() && *field != Field::Features) {
            let names = self.preview.columns.iter().map(|column| column.name.as_str());
            let mut guessed: Vec<&str> = names.filter(|name| self.field(name) == Some(field)).collect();
            guessed.dedup();
            if self.options.mapping.says(field) {
                continue;
            }
            guessed.sort_by_key(|name| self.options.mapping.role(name).1);
            let first = guessed.first().copied();
            behind.extend(
                first.into_iter().flat_map(|first| guessed[1..].iter().map(move |column| Behind { column, first })),
            );
        }
        behind
    }

    /// Whether products would have no words to be found by.
    pub fn lacks_title(&self) -> bool {
        let title = |column: &str| matches!(self.field(column), Some(Field::Title | Field::TitleZh));
        !self.preview.columns.iter().any(|column| title(&column.name))
    }

    /// Whether nothing tells products apart but their line.
    pub fn lacks_id(&self) -> bool {
        !self.preview.columns.iter().any(|column| self.field(&column.name) == Some(Field::Id))
    }

    /// Whether pictures or sounds may have web addresses.
    pub fn may_fetch(&self) -> bool {
        let media = |column: &str| self.field(column).is_some_and(Field::is_media);
        self.preview.kind != Kind::Folder && self.preview.columns.iter().any(|column| media(&column.name))
    }

    fn field(&self, column: &str) -> Option<Field> {
        if let Role::Field(field) = self.role(column) { Some(field) } else { None }
    }

    /// Columns that a person chose for a field.
    fn chosen(&self, field: Field) -> impl Iterator<Item = &str> {
        let mapping = &self.options.mapping;
        mapping.columns().filter(move |column| mapping.role(column).0 == Role::Field(field))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::feed::preview::Column;

    fn seen(columns: &[&str], map: &str) -> Seen {
        let column =
            |name: &&str| Column { name: (*name).to_owned(), field: None, ignored: false, samples: Vec::new() };
        let columns = columns.iter().map(column).collect();
        let preview =
            Preview { kind: Kind::Table, encoding: None, delimiter: None, columns, rows_seen: 1, bad_rows: 0 };
        let options = Options { mapping: map.parse().unwrap(), ..Options::default() };
        Seen::new(PathBuf::new(), options, preview)
    }

    #[test]
    fn what_is_said_is_what_the_shell_would_be_told() {
        let mut seen = seen(&["Artikel", "Farbe", "brand"], "");
        assert_eq!(seen.hindrance(), Some(Hindrance::NothingShown));
        let mut check = |column: &str, role, map: &str| {
            seen.say(column, role);
            assert_eq!(seen.options.mapping.to_string(), map);
        };
        check("Artikel", Role::Field(Field::Title), "title=Artikel");
        check("brand", Role::Ignore, "title=Artikel,ignore=brand");
        // What the name suggests anyway is not said.
        check("brand", Role::Field(Field::Brand), "title=Artikel");
        check("Farbe", Role::Field(Field::Title), "title=Artikel,title=Farbe");
        let twice = Hindrance::Twice(Field::Title, vec!["Artikel", "Farbe"]);
        assert_eq!(seen.hindrance(), Some(twice));
        seen.say("Farbe", Role::Attribute);
        assert_eq!((seen.hindrance(), seen.lacks_id()), (None, true));
    }

    #[test]
    fn a_guess_gives_way_to_what_is_chosen() {
        let mut seen = seen(&["title", "Kurztext"], "");
        seen.say("Kurztext", Role::Field(Field::Title));
        assert_eq!((seen.role("title"), seen.hindrance()), (Role::Attribute, None));
        seen.say("title", Role::Field(Field::Title));
        assert!(matches!(seen.hindrance(), Some(Hindrance::Twice(Field::Title, _))));
    }

    #[test]
    fn of_two_good_names_the_better_leads() {
        let seen = seen(&["id", "sale_price", "price", "title", "image", "picture"], "");
        assert_eq!(seen.behind(), [Behind { column: "sale_price", first: "price" }]);
        assert!(seen.hindrance().is_none() && !seen.lacks_id() && seen.may_fetch());
    }

    #[test]
    fn columns_that_are_gone_are_forgotten_and_named() {
        let seen = seen(&["Artikel"], "title=Artikel,price=Kosten");
        assert_eq!(
            (seen.options.mapping.to_string().as_str(), seen.gone.as_slice()),
            ("title=Artikel", &["Kosten".to_owned()][..])
        );
    }
}
