//! What can go wrong, in words a merchandiser can act on: each error names what happened and what to do next,
//! in English (`Display`) and in Chinese.

use std::path::{Path, PathBuf};

use crate::{language::Language, reasons};

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Everything Vitrine can fail at. `why` fields carry the cause in the words of the library that met it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("Stopped, nothing was changed.")]
    Cancelled,

    #[error("{path} cannot be read: {why}. Check that it exists and that you may open it.", path = .path.display())]
    Unreadable { path: PathBuf, why: String },
    #[error("{path} cannot be written: {why}. Choose a folder with free space that you may write to.", path = .path.display())]
    Unwritable { path: PathBuf, why: String },

    #[error("{name} is empty (0 bytes). Choose another file, or export it again.")]
    EmptyFile { name: String },
    #[error("{name} is not a picture that can be opened ({why}). Use PNG, JPEG, WebP, GIF or BMP.")]
    NotAPicture { name: String, why: String },
    #[error("{name} is too large a picture ({width} x {height}). Use one of at most {limit} million pixels.")]
    PictureTooLarge { name: String, width: u32, height: u32, limit: u32 },
    #[error("{name} is too large a file ({megabytes} MB). Use one of at most {limit} MB.")]
    FileTooLarge { name: String, megabytes: u64, limit: u64 },
    #[error("{name} is not a sound that can be opened ({why}). Use WAV, MP3, FLAC, Ogg Vorbis or M4A.")]
    NotASound { name: String, why: String },
    #[error(
        "{name} holds no sound (0 seconds or silence). Record again, closer to the microphone, or choose another file."
    )]
    Silent { name: String },

    #[error("No microphone was found ({why}). Plug one in, or drop a sound file instead.")]
    NoMicrophone { why: String },
    #[error("No loudspeaker was found ({why}). Plug one in to hear sounds; searching works without.")]
    NoSpeaker { why: String },
    #[error("The microphone sends nothing. Check that it is not muted or in use, or drop a sound file instead.")]
    MicrophoneStopped,
    #[error(
        "No display was found ({why}). Start the window from a desktop session, or use `vitrine search` in the shell."
    )]
    NoDisplay { why: String },

    #[error("{path} holds nothing that can be imported. Give a folder of pictures or sounds, or a feed: .csv, .tsv, .jsonl, .json, .xlsx, .ods, .xml, .parquet, also as .gz or .zip.", path = .path.display())]
    NothingToImport { path: PathBuf },
    #[error("{path} has no column for the product's {field}. Name one of its columns {field}, or say which it is with --map {field}=COLUMN; found: {found}.", path = .path.display())]
    NoColumn { path: PathBuf, field: &'static str, found: String },
    #[error("{path} cannot be read as a feed: {why}. Export it again, or in another of the forms that are read.", path = .path.display())]
    BadFeed { path: PathBuf, why: String },
    #[error("No column is called {column}. Check the spelling; found: {found}.")]
    UnknownColumn { column: String, found: String },
    #[error(
        "`{what}` says no field. Write title=COLUMN,price=COLUMN with these fields: {fields}; attribute=COLUMN keeps a column as it is, ignore=COLUMN leaves it out."
    )]
    UnknownField { what: String, fields: String },
    #[error(
        "Both {first} and {second} are said to be the product's {field}, which has room for one. Say which it is: --map {field}=COLUMN; the other one stays as an attribute."
    )]
    TwoColumns { field: &'static str, first: String, second: String },
    #[error("{path} names its columns and has no row below. Export it again with the products in it.", path = .path.display())]
    OnlyHeading { path: PathBuf },
    #[error("{path} holds several feeds: {feeds}. Give one of them, or call the right one products.csv (or with its own ending).", path = .path.display())]
    SeveralFeeds { path: PathBuf, feeds: String },
    #[error("No row of {path} could be read: {bad} bad rows, first: {english}", path = .path.display(), english = .first[0])]
    NoGoodRow { path: PathBuf, bad: usize, first: [String; 2] },

    #[error(
        "No product of this collection has {facet} vectors. Choose text, image or audio; `vitrine summary` says what there is."
    )]
    NoFacet { facet: &'static str },
    #[error("{path} is not a collection. Press Import in the window to make one of it, or run vitrine import SOURCE --collection FOLDER.", path = .path.display())]
    NotACollection { path: PathBuf },
    #[error("{path} holds files of your own, and an import removes what is old in its folder. Choose an empty or a new folder.", path = .path.display())]
    ForeignFolder { path: PathBuf },
    #[error("The collection in {path} is damaged ({why}). Import the catalog again; the source is untouched.", path = .path.display())]
    DamagedCollection { path: PathBuf, why: String },
    #[error("{path} is being written by another Vitrine. Wait until its import has ended, or choose another folder.", path = .path.display())]
    Busy { path: PathBuf },
    #[error("{leaving} of the {of} products in {path} are not in the new catalog and would be removed. Run the command again with --yes if that is right; until then the collection stays as it is.", path = .path.display())]
    NotConfirmed { path: PathBuf, leaving: usize, of: usize },
    #[error("The collection was made with the bundle {made}, but {loaded} is loaded. Import the catalog again.")]
    OtherBundle { made: String, loaded: String },

    #[error("The encoder bundle in {path} cannot be used: {why}. Get the models folder again, or point VITRINE_MODELS to a good one.", path = .path.display())]
    BadBundle { path: PathBuf, why: String },
    #[error(
        "The chosen encoder bundle {name} cannot be used: {why}. `vitrine models verify {name}` says more; `vitrine models use compact` goes back to the built-in one."
    )]
    ChosenBundle { name: String, why: String },
    #[error("{path} of the bundle {name} cannot be used: {why}. Get that file again; a bundle that was added is removed with `vitrine models remove {name}` and added once more.", path = .path.display())]
    DamagedBundle { name: String, path: PathBuf, why: String },
    #[error("No bundle is called {name}. `vitrine models list` shows those that are here and those that can be added.")]
    UnknownBundle { name: String },
    #[error("A bundle named {name} is here already, in {path}. Run `vitrine models remove {name}` first, or give the new one another name.", path = .path.display())]
    BundleTaken { name: String, path: PathBuf },
    #[error("The bundle {name} cannot be removed: {why}. Choose another one with `vitrine models use NAME` first.")]
    BundleInUse { name: String, why: String },
    #[error("The recipe {name} cannot be used: {why}. Correct it, or take one that `vitrine models list` shows.")]
    BadRecipe { name: String, why: String },
    #[error(
        "Adding {name} needs your agreement to its licence. Answer y on a terminal, or run the command again with --yes."
    )]
    NotAgreed { name: String },
    #[error(
        "{url} could not be downloaded: {why}. Check the connection and run the same command again; it goes on where it stopped."
    )]
    Download { url: String, why: String },
    #[error(
        "{url} is not there (the server answered {status}). Look for the file at the model's home page, download it by hand, and run `vitrine models add FOLDER`."
    )]
    NotThere { url: String, status: u16 },
    #[error(
        "{url} is given only to those who have signed in and agreed to its terms (the server answered {status}). Download it by hand in the browser, and run `vitrine models add FOLDER`."
    )]
    Gated { url: String, status: u16 },
    #[error(
        "{url} gave another file than the recipe promises ({why}); what came was removed. Run the same command again; if that does not help, the source has changed and the recipe needs a new sha256."
    )]
    WrongContent { url: String, why: String },
    #[error("The disk is full: {path} cannot be written. Make room and run the same command again; what has come so far is kept.", path = .path.display())]
    DiskFull { path: PathBuf },
    #[error("ONNX Runtime is not ready: {why}. Run `make runtime`, or set VITRINE_ORT to libonnxruntime.")]
    NoRuntime { why: String },
    #[error("The {modality} encoder failed: {why}. Try another input; `vitrine doctor` checks the installation.")]
    Encoder { modality: &'static str, why: String },
    #[error("This bundle has no {modality} encoder. Leave that part out, or load another bundle.")]
    NoEncoder { modality: &'static str },

    #[error("{path} holds none of the sets that the figures are taken on. Give the folder that holds fashion44k, electronics and the others.", path = .path.display())]
    NothingToEvaluate { path: PathBuf },

    #[error("The query is empty. Type a few words, drop a picture or record a sound.")]
    EmptyQuery,
    #[error("No product has {what}. Check the spelling, or choose among: {known}.")]
    UnknownFilter { what: String, known: String },
    #[error("Every weight is 0. Give at least one part and one facet a weight above 0.")]
    NoWeight,
    #[error(
        "The joint vector needs text, pictures and sounds in one space, and this collection's encoders have several. \
         Choose the weighted sum or rrf."
    )]
    NoJointSpace,
    #[error("{what} is not understood. {how}")]
    Malformed { what: String, how: String },

    #[error("Line {line} of {path}: {why}. {how}", path = .path.display())]
    BadLine { path: PathBuf, line: usize, why: String, how: String },
    #[error("{path} cannot be used here: {why}. {how}", path = .path.display())]
    BadTable { path: PathBuf, why: String, how: String },
    #[error(
        "Something went wrong inside Vitrine ({why}). Nothing of yours was changed; please report it and try again."
    )]
    Bug { why: String },
}

impl Error {
    /// The name of a sound that came from the microphone and has no file, as [`Error::Silent`] says it.
    pub const RECORDING: &str = "The recording";

    /// A file that could not be read.
    #[expect(clippy::needless_pass_by_value, reason = "reads as `map_err(|why| Error::unreadable(path, why))`")]
    pub fn unreadable(path: &Path, why: impl ToString) -> Self {
        Self::Unreadable { path: path.to_owned(), why: why.to_string() }
    }

    /// A file that could not be written.
    #[expect(clippy::needless_pass_by_value, reason = "reads as `map_err(|why| Error::unwritable(path, why))`")]
    pub fn unwritable(path: &Path, why: impl ToString) -> Self {
        let why = why.to_string();
        // In the words of Unix, of Windows and of SQLite.
        let full = ["No space left on device", "not enough space on the disk", "disk is full"];
        if full.iter().any(|words| why.contains(words)) {
            return Self::DiskFull { path: path.to_owned() };
        }
        Self::Unwritable { path: path.to_owned(), why }
    }

    /// The sentence to show, in the chosen language.
    pub fn say(&self, language: Language) -> String {
        match language {
            Language::English => self.to_string(),
            Language::Chinese => {
                let mut error = self.clone();
                if let Some(reason) = error.reason() {
                    *reason = reasons::in_chinese(reason);
                }
                error.in_chinese()
            }
        }
    }

    /// The part that is a reason and no path; a second one, the remedy, is put into Chinese at once.
    fn reason(&mut self) -> Option<&mut String> {
        match self {
            Self::Unreadable { why, .. }
            | Self::Unwritable { why, .. }
            | Self::NotAPicture { why, .. }
            | Self::NotASound { why, .. }
            | Self::NoMicrophone { why }
            | Self::NoSpeaker { why }
            | Self::NoDisplay { why }
            | Self::BadFeed { why, .. }
            | Self::DamagedCollection { why, .. }
            | Self::BadBundle { why, .. }
            | Self::ChosenBundle { why, .. }
            | Self::DamagedBundle { why, .. }
            | Self::BundleInUse { why, .. }
            | Self::BadRecipe { why, .. }
            | Self::Download { why, .. }
            | Self::WrongContent { why, .. }
            | Self::NoRuntime { why }
            | Self::Encoder { why, .. } => Some(why),
            Self::Malformed { how, .. } => Some(how),
            Self::BadLine { why, how, .. } | Self::BadTable { why, how, .. } => {
                *how = reasons::in_chinese(how);
                Some(why)
            }
            // A sound or picture without a file has a name of ours.
            Self::EmptyFile { name } | Self::Silent { name } if reasons::is_known(name) => Some(name),
            _ => None,
        }
    }

    #[expect(clippy::too_many_lines, reason = "a table with one entry an error, not a procedure")]
    fn in_chinese(&self) -> String {
        match self {
            Self::Cancelled => "已停止，没有改动任何内容。".into(),
            Self::Unreadable { path, why } => {
                format!("无法读取 {}（{why}）。请确认它存在并且您有权打开。", path.display())
            }
            Self::Unwritable { path, why } => {
                format!("无法写入 {}（{why}）。请选择有空间且可写的文件夹。", path.display())
            }
            Self::EmptyFile { name } => format!("{name} 是空文件（0 字节）。请换一个文件，或重新导出。"),
            Self::NotAPicture { name, why } => {
                format!("{name} 不是可以打开的图片（{why}）。请使用 PNG、JPEG、WebP、GIF 或 BMP。")
            }
            Self::PictureTooLarge { name, width, height, limit } => {
                format!("图片 {name} 太大（{width} x {height}）。请使用不超过 {limit}00 万像素的图片。")
            }
            Self::FileTooLarge { name, megabytes, limit } => {
                format!("文件 {name} 太大（{megabytes} MB）。请使用不超过 {limit} MB 的文件。")
            }
            Self::NotASound { name, why } => {
                format!("{name} 不是可以打开的声音（{why}）。请使用 WAV、MP3、FLAC、Ogg Vorbis 或 M4A。")
            }
            Self::Silent { name } if name == Self::RECORDING => {
                "录音里没有声音（0 秒或静音）。请靠近麦克风重录，或改为拖入声音文件。".into()
            }
            Self::Silent { name } => format!("{name} 里没有声音（0 秒或静音）。请靠近麦克风重录，或换一个文件。"),
            Self::NoMicrophone { why } => format!("没有找到麦克风（{why}）。请接上麦克风，或改为拖入声音文件。"),
            Self::NoSpeaker { why } => format!("没有找到扬声器（{why}）。接上后即可试听；不影响搜索。"),
            Self::MicrophoneStopped => "麦克风没有送来声音。请检查它是否静音或被占用，或改为拖入声音文件。".into(),
            Self::NoDisplay { why } => {
                format!("没有找到显示器（{why}）。请在桌面环境中启动窗口，或在终端使用 `vitrine search`。")
            }
            Self::NothingToImport { path } => {
                format!(
                    "{} 里没有可以导入的内容。请选择图片或声音文件夹，或 .csv、.tsv、.jsonl、.json、.xlsx、.ods、.xml、.parquet 商品文件，也可以是 .gz 或 .zip。",
                    path.display()
                )
            }
            Self::NoColumn { path, field, found } => {
                format!(
                    "{} 没有对应商品 {field} 的列。请把其中一列命名为 {field}，或用 --map {field}=列名 指明；现有列：{found}。",
                    path.display()
                )
            }
            Self::BadFeed { path, why } => {
                format!("{} 不能作为商品文件读取：{why}。请重新导出，或换一种可以读取的格式。", path.display())
            }
            Self::UnknownColumn { column, found } => format!("没有名为 {column} 的列。请检查拼写；现有列：{found}。"),
            Self::UnknownField { what, fields } => {
                format!(
                    "“{what}”没有指明字段。请写成 title=列名,price=列名，可用字段：{fields}；attribute=列名 按原样保留该列，ignore=列名 略去该列。"
                )
            }
            Self::TwoColumns { field, first, second } => {
                format!(
                    "{first} 和 {second} 都被指为商品的 {field}，而它只能对应一列。请用 --map {field}=列名 指明其中一列，另一列会作为属性保留。"
                )
            }
            Self::OnlyHeading { path } => {
                format!("{} 只有表头，下面没有商品。请连同商品重新导出。", path.display())
            }
            Self::SeveralFeeds { path, feeds } => {
                format!(
                    "{} 里有多个商品文件：{feeds}。请直接选择其中一个，或把要导入的那个命名为 products.csv（或相应的扩展名）。",
                    path.display()
                )
            }
            Self::NoGoodRow { path, bad, first } => {
                format!("{} 没有一行可用：{bad} 行有问题，第一处：{}", path.display(), first[1])
            }
            Self::NoFacet { facet } => {
                format!(
                    "此商品库没有商品有{}向量。请选择 text、image 或 audio；`vitrine summary` 会列出已有的内容。",
                    chinese_modality(facet)
                )
            }
            Self::NotACollection { path } => {
                format!(
                    "{} 不是商品库。请在窗口中按“导入”，或运行 vitrine import 来源 --collection 文件夹。",
                    path.display()
                )
            }
            Self::ForeignFolder { path } => {
                format!("{} 里有您自己的文件，而导入会清除文件夹中的旧内容。请选择空文件夹或新文件夹。", path.display())
            }
            Self::DamagedCollection { path, why } => {
                format!("{} 中的商品库已损坏（{why}）。请重新导入；来源文件没有改动。", path.display())
            }
            Self::Busy { path } => {
                format!("另一个 Vitrine 正在写入 {}。请等它导入完成，或选择其他文件夹。", path.display())
            }
            Self::NotConfirmed { path, leaving, of } => {
                format!(
                    "{} 的 {of} 件商品中有 {leaving} 件不在新的商品文件里，将被移除。如果无误，请加上 --yes 再运行一次；在此之前商品库保持不变。",
                    path.display()
                )
            }
            Self::OtherBundle { made, loaded } => {
                format!("此商品库由编码器包 {made} 制作，当前加载的是 {loaded}。请重新导入商品。")
            }
            Self::BadBundle { path, why } => {
                format!(
                    "无法使用 {} 中的编码器包：{why}。请重新获取 models 文件夹，或用 VITRINE_MODELS 指向可用的包。",
                    path.display()
                )
            }
            Self::ChosenBundle { name, why } => {
                format!(
                    "无法使用所选的编码器包 {name}：{why}。`vitrine models verify {name}` 会说明详情；运行 `vitrine models use compact` 可换回内置的包。"
                )
            }
            Self::DamagedBundle { name, path, why } => {
                format!(
                    "编码器包 {name} 的 {} 无法使用：{why}。请重新获取该文件；自行添加的包可先运行 `vitrine models remove {name}`，再添加一次。",
                    path.display()
                )
            }
            Self::UnknownBundle { name } => {
                format!("没有名为 {name} 的编码器包。`vitrine models list` 会列出已有的和可以添加的。")
            }
            Self::BundleTaken { name, path } => {
                format!(
                    "已有名为 {name} 的编码器包（{}）。请先运行 `vitrine models remove {name}`，或给新的包另起名字。",
                    path.display()
                )
            }
            Self::BundleInUse { name, why } => {
                format!("无法移除编码器包 {name}：{why}。请先用 `vitrine models use 名称` 换用其他的包。")
            }
            Self::BadRecipe { name, why } => {
                format!("无法使用配方 {name}：{why}。请改正它，或选用 `vitrine models list` 列出的配方。")
            }
            Self::NotAgreed { name } => {
                format!("添加 {name} 需要您同意其许可。请在终端中回答 y，或加上 --yes 再运行一次。")
            }
            Self::Download { url, why } => {
                format!("无法下载 {url}：{why}。请检查网络后再运行同一命令，会从中断处继续。")
            }
            Self::NotThere { url, status } => {
                format!(
                    "{url} 不存在（服务器回答 {status}）。请到模型主页查找该文件，手动下载后运行 `vitrine models add 文件夹`。"
                )
            }
            Self::Gated { url, status } => {
                format!(
                    "{url} 只提供给已登录并同意其条款的用户（服务器回答 {status}）。请在浏览器中手动下载，再运行 `vitrine models add 文件夹`。"
                )
            }
            Self::WrongContent { url, why } => {
                format!(
                    "{url} 给出的文件与配方不符（{why}），已将其删除。请再运行同一命令；若仍不行，则来源已变，配方需要新的 sha256。"
                )
            }
            Self::DiskFull { path } => {
                format!("磁盘已满：无法写入 {}。请腾出空间后再运行同一命令，已下载的部分会保留。", path.display())
            }
            Self::NoRuntime { why } => {
                format!("ONNX Runtime 未就绪：{why}。请运行 `make runtime`，或用 VITRINE_ORT 指向 libonnxruntime。")
            }
            Self::Encoder { modality, why } => {
                format!(
                    "{}编码器出错：{why}。请换一个输入；可用 `vitrine doctor` 检查安装。",
                    chinese_modality(modality)
                )
            }
            Self::NoEncoder { modality } => {
                format!("此编码器包没有{}编码器。请去掉这部分，或加载其他包。", chinese_modality(modality))
            }
            Self::NothingToEvaluate { path } => {
                format!(
                    "{} 里没有评测用的数据集。请给出存放 fashion44k、electronics 等数据集的文件夹。",
                    path.display()
                )
            }
            Self::EmptyQuery => "查询是空的。请输入几个字、拖入图片或录一段声音。".into(),
            Self::UnknownFilter { what, known } => format!("没有商品符合 {what}。请检查拼写，或从中选择：{known}。"),
            Self::NoWeight => "所有权重都是 0。请至少给一个查询部分和一个商品方面大于 0 的权重。".into(),
            Self::NoJointSpace => {
                "联合向量要求文字、图片和声音在同一空间，而此商品库的编码器有多个空间。请改用加权和或 rrf。".into()
            }
            Self::Malformed { what, how } => format!("无法理解 {what}。{how}"),
            Self::BadLine { path, line, why, how } => format!("{} 第 {line} 行：{why}。{how}", path.display()),
            Self::BadTable { path, why, how } => format!("{} 不能用于此处：{why}。{how}", path.display()),
            Self::Bug { why } => format!("Vitrine 内部出错（{why}）。您的内容没有改动；请报告此问题并重试。"),
        }
    }
}

fn chinese_modality(modality: &str) -> &str {
    match modality {
        "text" => "文字",
        "image" => "图片",
        "audio" => "声音",
        "speech" => "语音",
        other => other,
    }
}
