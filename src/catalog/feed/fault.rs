//! What is told about a row: why it was not taken, or what of it needs a look although it was.

use crate::{catalog::download::Trouble, error::Error, language::Language, reasons};

/// Why a row, or a picture or sound it names, was not taken, or what of a taken row needs a look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The row cannot be read; the text is the reader's own.
    Broken(String),
    /// A quoted cell does not end on its line, or something follows its end.
    OpenQuote,
    /// The row has fewer cells than the heading, or more with something in them.
    Cells { expected: usize, found: usize },
    /// One row is longer than any product is.
    TooLong { limit_mib: usize },
    /// Something stands above the heading.
    AboveHeading,
    /// A folder or file inside the source cannot be read; what else is there is imported.
    Folder(Error),
    /// Something in an archive that is not read on purpose.
    LeftOut(Error),
    /// A sheet of a workbook beside the one that is read.
    OtherSheet(String),
    /// Tables of an archive beside what is read, and how many more than are named.
    OtherTables { names: String, more: usize },
    /// Products that the rest of the source no longer names were kept, because some of it could not be read.
    Held { products: usize, unread: usize },
    /// Neither words nor a picture nor a sound.
    Nothing,
    /// An earlier row had the same id; the later one is kept.
    SameId(String),
    /// A picture or sound of the row could not be opened; the product is kept without it.
    Media(Error),
    /// A picture or sound on the web did not come; the product is kept without it.
    Web { address: String, trouble: Trouble },
    /// A picture or sound on the web did not come, and the copy of an earlier import stands in.
    OldCopy { address: String, trouble: Trouble },
    /// The row has no id; this one was made up from its place.
    NoId(String),
    /// The price holds no number, or several; it is kept as an attribute.
    Price(String),
    /// More cells than the heading, the rest of them empty.
    EmptyCells { expected: usize, found: usize },
    /// Bytes of a cell that are no text; each became a replacement character.
    Replaced { column: String },
    /// Reviews that are not understood; they are kept as an attribute.
    Reviews(String),
    /// A picture or sound written into the cell that is neither.
    Embedded { column: String },
    /// A formula of a spreadsheet that failed.
    Formula { column: String, said: String },
    /// What is wrong with one of several products that stand on a line.
    Item { item: u64, fault: Box<Fault> },
    /// A column of numbers in rows, or of bytes, which no attribute can hold; said once.
    Column { column: String },
}

impl Fault {
    /// Whether the product itself was kept.
    pub fn keeps_product(&self) -> bool {
        if let Self::Item { fault, .. } = self {
            return fault.keeps_product();
        }
        !self.is_of_source()
            && !matches!(
                self,
                Self::Broken(_)
                    | Self::OpenQuote
                    | Self::Cells { .. }
                    | Self::TooLong { .. }
                    | Self::AboveHeading
                    | Self::Nothing
            )
    }

    /// Whether it tells of a part of the source that is no row.
    pub fn is_of_source(&self) -> bool {
        matches!(self, Self::Folder(_) | Self::LeftOut(_) | Self::OtherSheet(_) | Self::OtherTables { .. })
    }

    /// Whether a product that is missing from the rest of the source may stand in what was not read.
    pub fn hides_products(&self) -> bool {
        if let Self::Item { fault, .. } = self {
            return fault.hides_products();
        }
        matches!(self, Self::Broken(_) | Self::OpenQuote | Self::Cells { .. } | Self::TooLong { .. } | Self::Folder(_))
    }

    /// The sentence for the import report.
    pub fn say(&self, language: Language) -> String {
        match self {
            Self::Broken(why) => language.pick(
                format!("The row cannot be read: {why}"),
                format!("无法读取此行：{}", reasons::in_chinese(why)),
            ),
            Self::Cells { expected, found } => language.pick(
                format!("The row has {found} cells, the heading has {expected}. Look for a missing quote or a stray separator."),
                format!("此行有 {found} 个单元格，表头有 {expected} 个。请检查引号或多余的分隔符。"),
            ),
            Self::OpenQuote => language.pick(
                "A quote that is opened is not closed. Close it, or double it where it is part of the text.".into(),
                "引号没有闭合。请补上引号；如果引号属于文字内容，请写两个引号。".into(),
            ),
            Self::TooLong { limit_mib } => language.pick(
                format!("The row is longer than {limit_mib} MiB. Check that each product stands on a line of its own."),
                format!("此行超过 {limit_mib} MiB。请确认每件商品各占一行。"),
            ),
            Self::AboveHeading => language.pick(
                "The row stands above the heading and is left out. Remove it if that is right.".into(),
                "此行在表头之上，已略过。如果无误，可以删去。".into(),
            ),
            Self::Nothing => language.pick(
                "The row has no title, picture or sound.".into(),
                "此行没有标题、图片或声音。".into(),
            ),
            Self::SameId(id) => language.pick(
                format!("The id {id} occurs more than once; the last row with it is kept."),
                format!("编号 {id} 出现多次；保留最后一行。"),
            ),
            Self::Item { item, fault } => {
                let why = fault.say(language);
                language.pick(format!("Item {item}: {why}"), format!("第 {item} 项：{why}"))
            }
            Self::Media(error) | Self::Folder(error) | Self::LeftOut(error) => error.say(language),
            Self::OtherSheet(name) => language.pick(
                format!("The sheet {name} is not read: an import takes one sheet, the first with a heading. If it holds products, put its rows under those of the other."),
                format!("工作表“{name}”没有读取：一次导入只读取一个工作表，即第一个有表头的。如果其中也有商品，请把各行并入那个工作表。"),
            ),
            Self::OtherTables { names, more } => {
                let (and, other) = match more {
                    0 => (String::new(), String::new()),
                    more => (format!(" and {more} more"), format!(" 等 {} 个文件", more + super::MOST_NAMED)),
                };
                language.pick(
                    format!("Not read in the archive: {names}{and}. An import takes one table, or pictures and sounds. If there are products in these, unpack them and import them into a collection of their own."),
                    format!("压缩包里没有读取：{names}{other}。一次导入只读取一个表格，或图片和声音。如果其中也有商品，请解压后导入另一个集合。"),
                )
            }
            Self::Held { products, unread } => language.pick(
                format!("{products} products are not in what could be read and were kept, because {unread} rows or parts of the source could not be read and may name them. Correct those, or delete them from the source, and import again; what is still missing is removed then."),
                format!("有 {products} 件商品不在可读取的内容里，但来源中有 {unread} 行或部分无法读取，其中可能有这些商品，因此先保留。请改正或删去这些行后再导入，届时仍缺少的商品才会移除。"),
            ),
            Self::Web { address, trouble } => {
                let why = trouble.say(language);
                language.pick(format!("{address} was not fetched: {why}"), format!("{address} 没有下载：{why}"))
            }
            Self::OldCopy { address, trouble } => {
                let why = trouble.say(language);
                language.pick(
                    format!("{address} was not fetched anew, the copy of an earlier import stands in: {why}"),
                    format!("{address} 没有重新下载，沿用上次导入的副本：{why}"),
                )
            }
            Self::NoId(id) => language.pick(
                format!("The row has no id and is called {id}. Give it one, so that it stays the same product when rows move."),
                format!("此行没有编号，暂称 {id}。请补上编号，以免行序变动后认作另一件商品。"),
            ),
            Self::Price(text) => language.pick(
                format!("The price `{text}` is not understood and kept as an attribute. Write it like 15.00 USD."),
                format!("价格“{text}”无法理解，已存为属性。请写成 15.00 CNY 的样子。"),
            ),
            Self::EmptyCells { expected, found } => language.pick(
                format!("The row has {found} cells, the heading has {expected}; the others are empty and left out."),
                format!("此行有 {found} 个单元格，表头有 {expected} 个；多出的是空的，已略过。"),
            ),
            Self::Replaced { column } => language.pick(
                format!("Some characters of {column} cannot be read and show as \u{FFFD}. Save the file as UTF-8."),
                format!("“{column}”中有些字符无法识别，显示为 \u{FFFD}。请把文件存为 UTF-8。"),
            ),
            Self::Reviews(why) => language.pick(
                format!(r#"The reviews are not understood ({why}) and kept as an attribute. Write them like [{{"rating": 5, "text": "Warm"}}]."#),
                format!(r#"评价无法理解（{why}），已存为属性。请写成 [{{"rating": 5, "text": "暖和"}}] 的样子。"#),
            ),
            Self::Embedded { column } => language.pick(
                format!("What is written into {column} is neither a picture nor a sound. Check that the whole of it was exported."),
                format!("“{column}”里写入的内容不是图片也不是声音。请检查导出是否完整。"),
            ),
            Self::Formula { column, said } => language.pick(
                format!("The formula in {column} gives {said}; the cell is taken as empty. Correct it in the spreadsheet."),
                format!("“{column}”中的公式得出 {said}，按空单元格处理。请在表格中改正。"),
            ),
            Self::Column { column } => language.pick(
                format!("The column {column} holds numbers in rows or bytes, which are not shown as an attribute, and is left out."),
                format!("“{column}”列是成组的数字或二进制内容，无法作为属性显示，已略过。"),
            ),
        }
    }
}
