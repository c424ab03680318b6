//! Which column fills which field: said by the person, guessed from the column's name where nothing is said.

use std::{collections::HashMap, fmt, str::FromStr, sync::Arc};

use super::columns::{self, Field, plain};
use crate::error::{Error, Result};

/// What becomes of a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Field(Field),
    /// Kept under its own name, whatever field that name suggests.
    Attribute,
    /// Left out.
    Ignore,
}

/// What a person says about columns; the others are guessed. Several columns may fill one field: categories become
/// a path in the order given, pictures are all kept, of others the first that is filled counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Mapping {
    said: Vec<(Role, String)>,
    /// The fullest row is the heading, for a look at what is there.
    any_heading: bool,
}

impl Mapping {
    /// Of nobody yet: a look at columns whose names say nothing.
    pub(super) fn any_heading() -> Self {
        Self { any_heading: true, ..Self::default() }
    }

    /// Whether a heading may turn out to be none, once more rows are seen.
    pub(super) fn needs_all(&self) -> bool {
        self.any_heading
    }

    pub fn is_empty(&self) -> bool {
        self.said.is_empty()
    }

    /// Says what becomes of a column, in place of what was said of it before.
    pub fn say(&mut self, role: Role, column: &str) {
        self.said.retain(|(_, known)| plain(known) != plain(column));
        self.said.push((role, column.trim().to_owned()));
    }

    /// Whether a person has said what becomes of a column.
    pub fn speaks_of(&self, column: &str) -> bool {
        self.said.iter().any(|(_, known)| plain(known) == plain(column))
    }

    /// The columns that are spoken of.
    pub fn columns(&self) -> impl Iterator<Item = &str> {
        self.said.iter().map(|(_, column)| column.as_str())
    }

    /// What becomes of a column, and its place among those that fill one field.
    pub fn role(&self, column: &str) -> (Role, usize) {
        let name = plain(column);
        if let Some(place) = self.said.iter().position(|(_, known)| plain(known) == name) {
            return (self.said[place].0, place);
        }
        let guess =
            columns::field(column).filter(|guess| !self.said.iter().any(|(role, _)| *role == Role::Field(*guess)));
        let place = self.said.len().saturating_add(columns::preference(column));
        (guess.map_or(Role::Attribute, Role::Field), place)
    }

    /// Whether the person, not the name, chose what fills a field.
    pub fn says(&self, field: Field) -> bool {
        self.said.iter().any(|(role, _)| *role == Role::Field(field))
    }

    /// Which of the first rows heads the table: the first that can, or for a mere look the first with most names.
    pub(super) fn heading(&self, rows: &[impl AsRef<[String]>]) -> Option<usize> {
        if !self.any_heading {
            return rows.iter().position(|row| self.fits(row.as_ref()));
        }
        let filled = |row: &[String]| row.iter().filter(|cell| !cell.is_empty()).count();
        let fullest = (0..rows.len()).min_by_key(|place| std::cmp::Reverse(filled(rows[*place].as_ref())))?;
        (filled(rows[fullest].as_ref()) > 0).then_some(fullest)
    }

    /// Whether a row of names can head a table: all columns that are spoken of are there, and one shows a product.
    pub fn fits(&self, heading: &[impl AsRef<str>]) -> bool {
        let shows = |name: &str| matches!(self.role(name).0, Role::Field(field) if field.is_shown());
        self.missing(heading).is_none() && heading.iter().any(|name| shows(name.as_ref()))
    }

    /// # Errors
    /// [`Error::TwoColumns`] when two columns are said to fill a field that has room for one.
    pub fn check_single(&self) -> Result<()> {
        for (place, (role, second)) in self.said.iter().enumerate() {
            let Role::Field(field) = role else { continue };
            let first = self.said[..place].iter().find(|(known, _)| known == role);
            if let Some((_, first)) = first.filter(|_| !field.takes_several()) {
                let (first, second) = (first.clone(), second.clone());
                return Err(Error::TwoColumns { field: field.name(), first, second });
            }
        }
        Ok(())
    }

    /// The first column that is spoken of and not there.
    pub fn missing(&self, heading: &[impl AsRef<str>]) -> Option<&str> {
        self.columns().find(|column| !heading.iter().any(|name| plain(name.as_ref()) == plain(column)))
    }

    /// # Errors
    /// [`Error::UnknownColumn`] when a column that is spoken of is not among those there are.
    pub fn check(&self, heading: &[impl AsRef<str>]) -> Result<()> {
        let Some(column) = self.missing(heading) else { return Ok(()) };
        let found: Vec<&str> = heading.iter().map(AsRef::as_ref).collect();
        Err(Error::UnknownColumn { column: column.to_owned(), found: found.join(", ") })
    }
}

/// `title=Name,price="Cost, net",ignore=Internal`.
impl FromStr for Mapping {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let mut mapping = Self::default();
        for pair in split(text) {
            let unknown = |what: &str| {
                let fields: Vec<_> = Field::all().map(Field::name).collect();
                Error::UnknownField { what: what.to_owned(), fields: fields.join(", ") }
            };
            let (name, column) = pair.split_once('=').ok_or_else(|| unknown(&pair))?;
            let role = match plain(name).as_str() {
                "ignore" | "忽略" => Role::Ignore,
                "attribute" | "属性" => Role::Attribute,
                _ => Role::Field(columns::field(name).ok_or_else(|| unknown(name.trim()))?),
            };
            let column = column.trim();
            let quoted = column.strip_prefix('"').and_then(|column| column.strip_suffix('"'));
            let column = quoted.map_or_else(|| column.to_owned(), |column| column.replace("\"\"", "\""));
            let column = column.trim();
            if column.is_empty() {
                return Err(unknown(&pair));
            }
            mapping.say(role, column);
        }
        Ok(mapping)
    }
}

impl fmt::Display for Mapping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (role, column)) in self.said.iter().enumerate() {
            let name = match role {
                Role::Field(field) => field.name(),
                Role::Attribute => "attribute",
                Role::Ignore => "ignore",
            };
            let comma = if place > 0 { "," } else { "" };
            if column.contains([',', '"']) {
                write!(f, "{comma}{name}=\"{}\"", column.replace('"', "\"\""))?;
            } else {
                write!(f, "{comma}{name}={column}")?;
            }
        }
        Ok(())
    }
}

/// Parts between commas that stand outside quotes.
fn split(text: &str) -> Vec<String> {
    let (mut parts, mut quoted) = (vec![String::new()], false);
    for c in text.chars() {
        quoted ^= c == '"';
        match parts.last_mut() {
            Some(part) if c != ',' || quoted => part.push(c),
            _ => parts.push(String::new()),
        }
    }
    parts.retain(|part| !part.trim().is_empty());
    parts
}

/// The roles of columns that were asked before.
pub(super) struct Roles {
    mapping: Mapping,
    known: HashMap<Arc<str>, (Role, usize)>,
}

impl Roles {
    /// Rows that each bring names of their own are not remembered beyond this.
    const MOST: usize = 10_000;

    pub fn new(mapping: Mapping) -> Self {
        Self { mapping, known: HashMap::new() }
    }

    pub fn mapping(&self) -> &Mapping {
        &self.mapping
    }

    pub fn of(&mut self, column: &Arc<str>) -> (Role, usize) {
        if let Some(role) = self.known.get(column) {
            return *role;
        }
        let role = self.mapping.role(column);
        if self.known.len() < Self::MOST {
            self.known.insert(column.clone(), role);
        }
        role
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_goes_before_what_is_guessed() {
        let mapping: Mapping = r#"title=Name, 价格="Cost, net",ignore=Internal,attribute=brand"#.parse().unwrap();
        let check = |column, role| assert_eq!(mapping.role(column).0, role, "{column}");
        check("NAME", Role::Field(Field::Title));
        check("cost, net", Role::Field(Field::Price));
        check("internal", Role::Ignore);
        check("brand", Role::Attribute);
        check("title", Role::Attribute);
        check("image", Role::Field(Field::Image));
        check("colour", Role::Attribute);
        assert_eq!(mapping.to_string().parse::<Mapping>().unwrap(), mapping);
        let odd: Mapping = r#"title="Name ""short"", in full""#.parse().unwrap();
        assert_eq!(odd.role("name \"short\", in full").0, Role::Field(Field::Title));
        assert_eq!(odd.to_string().parse::<Mapping>().unwrap(), odd);
        assert!(mapping.fits(&["name", "Cost, net", "Internal", "brand"]));
        assert!(
            matches!(mapping.check(&["name", "sku"]), Err(Error::UnknownColumn { found, .. }) if found == "name, sku")
        );
    }

    #[test]
    fn a_field_with_room_for_one_takes_one() {
        let check = |text: &str, expected: Option<&str>| {
            let checked = text.parse::<Mapping>().unwrap().check_single();
            assert_eq!(
                checked.err().map(|error| error.to_string().contains(expected.unwrap_or("-"))),
                expected.map(|_| true)
            );
        };
        check("title=Name,price=Cost,category=A,category=B,image_link=C,image_link=D,ignore=E,ignore=F", None);
        check("title=Name,price=Cost,title=Label", Some("Both Name and Label are said to be the product's title"));
        check("title=Name,title=Name", None);
    }

    #[test]
    fn what_is_not_understood_is_named_with_what_there_is() {
        let check = |text: &str, expected: &str| {
            let error = text.parse::<Mapping>().unwrap_err().to_string();
            assert!(error.contains(expected) && error.contains("image_link"), "{text}: {error}");
        };
        check("colour=Farbe", "colour");
        check("title", "title");
        check("title=", "title=");
        assert!("".parse::<Mapping>().unwrap().is_empty());
    }
}
