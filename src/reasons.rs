//! Reasons inside an error, in Chinese. A `why` carries either a library's words, which stay as they are, or our own
//! and the system's commonest, which stand here once with their translation.

/// English and Chinese; longer phrases before those that they contain.
const REASONS: &[(&str, &str)] = &[
    // files
    ("No such file or directory", "没有这个文件或文件夹"),
    ("Permission denied", "没有权限"),
    ("Is a directory", "这是一个文件夹"),
    ("Not a directory", "这不是文件夹"),
    ("No space left on device", "磁盘空间已满"),
    ("Read-only file system", "磁盘是只读的"),
    ("it is not a file", "不是文件"),
    ("not a file", "不是文件"),
    ("its name is no text", "文件名不是文字"),
    ("a path in it is no text", "其中有一个路径不是文字"),
    // feeds
    ("it unpacks to far more than a feed holds", "解压后远大于商品文件应有的大小"),
    (
        "it is an old or a locked Excel file; save it as .xlsx without a password",
        "这是旧版或加密的 Excel 文件，请另存为不带密码的 .xlsx",
    ),
    ("it is locked with a password; unpack it and give the folder", "它有密码，请解压后选择文件夹"),
    ("it holds more files than a catalog has", "其中的文件过多"),
    ("it would lie outside the archive's folder", "它会落在压缩包的文件夹之外"),
    ("it is an archive inside an archive; unpack it first", "这是压缩包里的压缩包，请先解压"),
    ("its elements stand too deep in each other", "元素嵌套过深"),
    ("one part of it is too long for a product", "其中一段过长，不像商品"),
    ("expected an object like", "应为这样的对象："),
    ("EOF while parsing", "内容不完整："),
    // pictures and sounds
    ("its content is none of the known formats", "内容不属于任何已知格式"),
    ("it has no sound track", "没有音轨"),
    ("its kind of sound is not known", "编码未知"),
    ("its format is not known", "格式未知"),
    ("it is damaged", "文件已损坏"),
    ("it is cut short", "文件不完整"),
    ("the system has no default one", "系统没有默认设备"),
    ("none is called", "没有名为此的设备："),
    ("The requested audio device is not available. It may have been disconnected", "设备不可用，可能已断开"),
    ("no answer within", "没有回应，已等待"),
    ("The sound", "声音"),
    ("clipboard", "剪贴板"),
    // display
    ("neither WAYLAND_DISPLAY nor DISPLAY is set", "未设置 WAYLAND_DISPLAY 或 DISPLAY"),
    ("the window system failed", "窗口系统出错"),
    // collections and bundles
    ("its files do not belong together", "文件彼此不一致"),
    ("not a matrix", "不是向量文件"),
    ("not the columns of a catalog", "不是筛选数据文件"),
    ("not a graph", "不是图索引文件"),
    ("a graph of other vectors", "图索引与向量不符"),
    ("its sha256 differs from bundle.toml", "sha256 与 bundle.toml 不符"),
    ("bundle.toml gives sound frames that cannot be made", "bundle.toml 中的声音参数无法使用"),
    ("bundle.toml gives speech frames that cannot be made", "bundle.toml 中的语音参数无法使用"),
    ("bundle.toml gives text inputs that cannot be made", "bundle.toml 中的文字参数无法使用"),
    ("bundle.toml gives a picture size that cannot be made", "bundle.toml 中的图片尺寸无法使用"),
    ("the graph has no input named", "模型没有名为此的输入："),
    ("its inputs are", "它的输入有"),
    ("the graph has no output named", "模型没有名为此的输出："),
    ("its outputs are", "它的输出有"),
    ("another runtime was started before", "此前已启动另一个运行库"),
    ("it is too small to be a library", "文件太小，不是运行库"),
    ("it is not a 64-bit library", "不是 64 位运行库"),
    ("it is cut off; get it again", "文件不完整，请重新获取"),
    ("cut off", "文件不完整"),
    ("it gave vectors that cancel out", "得到的向量相互抵消"),
    ("it gave a vector without direction", "得到的向量没有方向"),
    ("it gave no vector", "没有得到向量"),
    ("it gave no logits", "没有得到结果"),
    ("the tokenizer has no token of a language", "分词器没有任何语言的标记"),
    ("the tokenizer has no token", "分词器没有标记"),
    // bundles that are added
    ("its folder is not there", "文件夹不存在"),
    ("it is not there", "文件不存在"),
    ("it is the one in use", "它正在使用中"),
    ("it comes with the program", "它随程序提供"),
    ("it has no encoder of text, picture or sound", "它没有文字、图片或声音的编码器"),
    ("its size differs", "大小不同"),
    ("its sha256 differs", "sha256 不同"),
    ("the connection ended early", "连接提前中断"),
    ("only https addresses are fetched", "只从 https 地址下载"),
    ("the server answered", "服务器回答"),
    ("the server did not answer in time", "服务器没有及时回答"),
    ("it gives no address for", "它没有给出下载地址："),
    ("it gives two different sha256 for", "它给出了两个不同的 sha256："),
    ("it names no file for", "它没有写明文件："),
    ("is no plain file name", "不是普通文件名"),
    ("is no name for a bundle", "不能作为编码器包的名称"),
    ("is too long for a recipe", "太长，不是配方"),
    // what to write instead
    ("Use text, image or audio.", "请使用 text、image 或 audio。"),
    ("Write weights as text=0.7,image=0.3 with numbers of 0 or more.", "请写成 text=0.7,image=0.3，数字不小于 0。"),
    (
        "Write a region as left,top,width,height in parts of the picture, such as 0.25,0,0.5,1.",
        "区域请写成 左,上,宽,高，以图片的比例表示，例如 0.25,0,0.5,1。",
    ),
    ("Write a filter as brand=Acme,Bolt or color=red.", "筛选条件请写成 brand=Acme,Bolt 或 color=红色。"),
    (
        "Write a price as 10..50, 10.. or ..50, with a currency if you like: 10..50 EUR.",
        "价格请写成 10..50、10.. 或 ..50，也可加上货币：10..50 CNY。",
    ),
    (
        "Write has=image,audio, or has=-image for products without a picture.",
        "请写成 has=image,audio；没有图片的商品写成 has=-image。",
    ),
    (
        "Export products to .csv or .jsonl, and with --embeddings vectors to .npy or .parquet.",
        "商品请导出为 .csv 或 .jsonl；用 --embeddings 时，向量请导出为 .npy 或 .parquet。",
    ),
    (r#"Write {"query_id": "q1", "text": "red sweater"}."#, r#"请写成 {"query_id": "q1", "text": "红色毛衣"}。"#),
];

/// A reason with the phrases that are known put into Chinese.
pub fn in_chinese(reason: &str) -> String {
    REASONS.iter().fold(reason.to_owned(), |reason, (english, chinese)| reason.replace(english, chinese))
}

/// Whether a text is one of the phrases, whole.
pub fn is_known(text: &str) -> bool {
    REASONS.iter().any(|(english, _)| *english == text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ours_are_translated_and_a_librarys_stay() {
        let check = |why: &str, expected: &str| assert_eq!(in_chinese(why), expected);
        check("it is cut off; get it again", "文件不完整，请重新获取");
        check("No such file or directory (os error 2)", "没有这个文件或文件夹 (os error 2)");
        check("Format error decoding Png", "Format error decoding Png");
    }

    #[test]
    fn no_phrase_hides_a_longer_one() {
        for (place, (phrase, _)) in REASONS.iter().enumerate() {
            let hidden = REASONS[place + 1..].iter().find(|(later, _)| later.contains(phrase));
            assert_eq!(hidden, None, "{phrase}");
        }
    }
}
