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
    ("its content is no text", "不是文本文件"),
    ("not a file", "不是文件"),
    ("its name is no text", "文件名不是文字"),
    ("a path in it is no text", "其中有一个路径不是文字"),
    ("it is a folder", "这是一个文件夹"),
    ("it is no folder", "没有这个文件夹"),
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
    ("it is damaged or cut short", "文件已损坏或不完整"),
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
    // judgements, queries, runs
    ("the grade is no number: ", "评级不是数字："),
    ("the score is no number: ", "分数不是数字："),
    ("the number of columns is wrong: ", "列数不对："),
    ("the product has another grade above", "该商品在上文已有不同的评级"),
    ("the product stands above already", "该商品在上文已出现"),
    ("the query id stands above already: ", "查询编号在上文已出现："),
    ("the frequency is no whole number: ", "频次不是整数："),
    ("the topic has no number or no title", "主题缺少编号或标题"),
    ("its first line is of no known kind", "首行不属于任何已知格式"),
    ("it is a run, which has scores and no grades", "这是运行结果，只有分数，没有评级"),
    ("a run has scores and no grades", "运行结果只有分数，没有评级"),
    ("it has grades and no scores", "其中只有评级，没有分数"),
    ("it has no column with the product", "缺少商品列"),
    ("it has no column with the grade", "缺少评级列"),
    ("it has no products under", "其下没有商品："),
    ("it names no query", "没有写明查询"),
    ("it names no product", "没有写明商品"),
    ("it cannot be read: ", "无法读取："),
    ("it cannot be read", "无法读取"),
    ("no query of the set has this text: ", "查询集中没有此文字的查询："),
    ("two queries have the same text: ", "两个查询的文字相同："),
    ("an id cannot be a TREC word: ", "编号不能写入 TREC 文件："),
    ("a query or id cannot stand on a line: ", "查询或编号不能写在一行内："),
    ("Write `query_id 0 doc_id grade`.", "请写成 `query_id 0 doc_id grade`。"),
    ("Write `query_id Q0 doc_id rank score tag`.", "请写成 `query_id Q0 doc_id rank score tag`。"),
    ("Write `rating qid:n # docid query`.", "请写成 `rating qid:n # docid query`。"),
    (
        r#"Write {"query": "mug", "ratings": [{"docId": "7", "rating": "3.000"}]}."#,
        r#"请写成 {"query": "杯子", "ratings": [{"docId": "7", "rating": "3.000"}]}。"#,
    ),
    (r#"Write {"query_id": {"doc_id": 3}}."#, r#"请写成 {"query_id": {"doc_id": 3}}。"#),
    ("Write the columns q_id, doc_id and score.", "请使用 q_id、doc_id 和 score 列。"),
    (
        "Write a table with the columns query, docid and rating, or query_id, product_id and label.",
        "请使用含 query、docid、rating 列，或 query_id、product_id、label 列的表格。",
    ),
    (
        "Write a number of 0 or more, or a label such as Exact, Partial, Irrelevant, E, S, C, I.",
        "请写不小于 0 的数字，或 Exact、Partial、Irrelevant、E、S、C、I 等标签。",
    ),
    ("Give every row as many cells as the heading has.", "请让每行的单元格数与表头一致。"),
    ("Keep one of them, or put each judge into a file of its own.", "请只保留一个，或把每位评审放在单独的文件中。"),
    ("Keep one line a query and product.", "每个查询和商品请只保留一行。"),
    ("Add the query to the set, or remove the line.", "请把该查询加入查询集，或删除此行。"),
    ("Give the query's id or text.", "请写明查询的编号或文字。"),
    ("Give every query an id of its own.", "请给每个查询不同的编号。"),
    ("Write 1 or more, or nothing.", "请写不小于 1 的数，或留空。"),
    ("Write <num> 301 and <title> red sweater.", "请写明 <num> 301 和 <title> 红色毛衣。"),
    ("Write id, tab and text.", "请写成 编号、制表符、文字。"),
    (
        "Known are TREC qrels and runs, CSV with query, docid and rating, LTR, SRW JSON, and JSON or Parquet of ranx.",
        "可以使用 TREC qrels 和 run、含 query、docid、rating 的 CSV、LTR、SRW JSON，以及 ranx 的 JSON 或 Parquet。",
    ),
    (
        "Give a file with grades: TREC qrels, CSV with query, docid and rating, LTR, SRW JSON.",
        "请给出含评级的文件：TREC qrels、含 query、docid、rating 的 CSV、LTR 或 SRW JSON。",
    ),
    (
        "Give a run: `query_id Q0 doc_id rank score tag`, or JSON or Parquet of ranx.",
        "请给出运行结果：`query_id Q0 doc_id rank score tag`，或 ranx 的 JSON 或 Parquet。",
    ),
    (
        "Choose another kind of file for judgements: qrels, quepid, ltr, srw, ranx-json or ranx-parquet.",
        "评级请选择其他格式：qrels、quepid、ltr、srw、ranx-json 或 ranx-parquet。",
    ),
    (
        "Choose another kind of file for a run: run, ranx-json or ranx-parquet.",
        "运行结果请选择其他格式：run、ranx-json 或 ranx-parquet。",
    ),
    ("its ending says nothing about its kind", "文件名结尾无法说明格式"),
    (
        "Add --to qrels, quepid, ltr, srw, ranx-json or ranx-parquet.",
        "请加上 --to qrels、quepid、ltr、srw、ranx-json 或 ranx-parquet。",
    ),
    ("Give a file of queries and one of judgements.", "请给出查询文件和评级文件。"),
    (
        "Give --collection DIR or --sample to run presets, or run files instead.",
        "运行预设需要 --collection 文件夹 或 --sample；也可以直接给出运行结果文件。",
    ),
    ("Export to CSV, JSON or Parquet instead.", "请改为导出 CSV、JSON 或 Parquet。"),
    (
        "Export to qrels, or to JSON or Parquet of ranx, which keep query ids.",
        "请导出 qrels，或 ranx 的 JSON 或 Parquet，它们保留查询编号。",
    ),
    (
        "Write a measure as ndcg@10, ndcg_burges@10, mrr@10, map@100, precision@10, recall@100, hit_rate@10, err@10, \
         rbp.95 or judged@10.",
        "指标请写成 ndcg@10、ndcg_burges@10、mrr@10、map@100、precision@10、recall@100、hit_rate@10、err@10、rbp.95 或 \
         judged@10。",
    ),
    (
        "Write a preset as [weights] parts = [1, 1, 1] facets = [1, 1, 0.25] keyword = 0.5.",
        "预设请写成 [weights] parts = [1, 1, 1] facets = [1, 1, 0.25] keyword = 0.5。",
    ),
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
        "Tune from weighted_sum or rrf; the joint vector needs the vectors themselves.",
        "请从 weighted_sum 或 rrf 开始调优；联合向量需要向量本身。",
    ),
    (
        "Write the lines `[weights]`, `parts = [1, 1, 1]`, `facets = [1, 1, 0.25]` and `keyword = 0.5`.",
        "请写四行：`[weights]`、`parts = [1, 1, 1]`、`facets = [1, 1, 0.25]` 和 `keyword = 0.5`。",
    ),
    ("it has a key that is not known", "其中有未知的键"),
    (
        "None of the products that are judged relevant is in the collection: give judgements of this catalog.",
        "评为相关的商品都不在此商品库中：请给出此商品库的评分。",
    ),
    ("Choose a name that is not taken.", "请换一个未被占用的名称。"),
    (
        "Judge something in the window first, or give --queries and --qrels.",
        "请先在窗口中评分，或给出 --queries 和 --qrels。",
    ),
    ("Give at most one for each --image.", "每个 --image 最多给一个。"),
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
