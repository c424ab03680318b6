//! Every word the window shows, in English and Chinese side by side. No other file of the window holds a sentence.

use std::path::Path;

use crate::{
    catalog::feed::{columns::Field, mapping::Role},
    collection::{ImportReport, Leaving},
    encode::Modality,
    index::{Way, nearest::Recall},
    language::Language,
    search::{Channel, Method, Normalisation, Slider, Sort, Swap, Weights},
};

macro_rules! phrases {
    ($($name:ident: $english:literal, $chinese:literal;)*) => {
        impl Language {
            $(pub fn $name(self) -> &'static str { self.pick($english, $chinese) })*
        }
    };
}

phrases! {
    close: "Close", "关闭";
    cancel: "Cancel", "取消";
    dismiss: "Dismiss", "知道了";
    reset: "Reset weights", "重置权重";
    retry: "Try again", "重试";

    query_text: "Search", "搜索";
    query_hint: "Describe a product, drop a picture, record a sound", "描述商品、拖入图片或录一段声音";
    clear_query: "Clear the query", "清空查询";
    add_picture: "Add picture…", "添加图片…";
    open_sound: "Open sound…", "打开音频…";
    paste: "Paste", "粘贴";
    record: "Record", "录音";
    stop_recording: "Stop recording", "停止录音";
    listening: "Listening", "正在听";
    play_recording: "Play the sound of the query", "播放查询中的声音";
    stop: "Stop", "停止";
    remove_sound: "Remove the sound", "移除声音";
    drop_here: "Drop to search with it, or to import it", "松开即可用它搜索或导入";

    tab_weights: "Weights", "权重";
    tab_filter: "Filter", "筛选";
    tab_collection: "Collection", "商品库";
    all: "Show all", "显示全部";
    check_recall: "Check similar products", "检查相似商品";
    check_recall_note: "Asks a hundred products for the ten most like them, and compares with a scan of all", "取一百件商品各找十件最相似的，并与全量扫描的结果比较";
    order: "Order while not searching", "未搜索时的顺序";
    categories: "Category", "类别";
    price: "Price", "价格";
    brand: "Brand", "品牌";
    has: "Has", "具备";
    from: "from", "从";
    to: "to", "到";
    tab_settings: "Settings", "设置";
    what_counts: "What counts in the query", "查询各部分的权重";
    match_against: "Match against", "与商品的哪些方面比较";
    weights_note: "Moving a slider ranks again at once. Double-click one to reset it.", "移动滑块立即重新排序。双击可复位。";
    not_in_query: "Not in the query", "查询中没有";
    not_in_collection: "No product has it", "没有商品具备此项";
    for_words_only: "For words only", "仅用于文字";
    how_combined: "How scores are combined", "得分如何合成";
    method: "Method", "方法";
    normalisation: "Scores are made comparable by", "得分归一化方式";
    renormalise: "Judge products by what they have", "只按商品具备的方面评分";
    renormalise_note: "A missing picture or sound is left out of a product's mean. Otherwise it counts as 0.",
        "缺少的图片或声音不计入平均。否则按 0 计。";
    diversity: "Variety", "多样性";
    diversity_note: "Shows something new before more of the same (maximal marginal relevance)", "先展示不同的商品（最大边际相关）";
    collapse: "Show near duplicates once", "合并近似重复的商品";
    collapse_note: "Products that look and read the same stand behind the first of them", "外观和文字相同的商品排在第一件之后";
    how_much_it_counts: "How much it counts", "计入多少";
    unlike_it: "Unlike it", "与它不同";
    painted: "Best so far; still comparing every product", "暂定结果；仍在比较全部商品";
    typed_exactly: "Its number was typed", "输入的正是其编号";
    nothing_lifts_it: "No slider alone lifts it", "没有单个滑块能使它上升";

    no_weight: "Give at least one part of the query and one side of the products a weight", "请至少给查询的一部分和商品的一个方面一个权重";
    no_good_match: "Nothing matches well; these come closest", "没有很匹配的商品，以下最接近";
    opening: "Opening the catalog", "正在打开商品库";
    opening_note: "The first start reads every product once", "首次启动会逐一读取商品";
    nothing_open: "No collection is open", "没有打开商品库";
    nothing_open_note: "Open the sample catalog, or import one of your own", "请打开示例商品库，或导入您自己的商品";

    why_here: "Why it is here", "为什么排在这里";
    score: "Score", "得分";
    similar: "Similar products", "相似商品";
    attributes: "Details", "详情";
    sounds: "Sounds", "声音";
    reviews: "Reviews", "评价";
    search_with_picture: "Search with this picture", "用此图片搜索";
    search_with_sound: "Search with this sound", "用此声音搜索";
    number_matches: "Number matches", "编号匹配";
    nothing_passes: "No product passes the filter", "没有商品符合筛选条件";

    sample: "Sample catalog", "示例商品库";
    source: "Source", "来源";
    bundle: "Encoders", "编码器";
    open_another: "Open another", "打开其他商品库";
    open_sample: "Open sample catalog", "打开示例商品库";
    open_collection: "Open collection…", "打开商品库…";
    import_heading: "Import a catalog", "导入商品";
    import_folder: "Import folder…", "导入文件夹…";
    import_file: "Import file…", "导入文件…";
    import_path: "Path of a folder or feed", "文件夹或商品文件的路径";
    import_now: "Import", "导入";
    import_asking: "Import…", "导入…";
    reading_first_rows: "Reading the first rows", "正在读取前几行";
    column: "Column", "列";
    becomes: "Becomes", "对应";
    first_values: "First values", "前几个值";
    nothing_shown: "No column is a title or a picture yet. Choose which one is the title.", "还没有列被用作标题或图片。请指明哪一列是标题。";
    lacks_title: "No column is the title, so that products have no words to be found by. Choose which one it is, if there is one.",
        "没有列是标题，商品将没有可供搜索的文字。如有标题列，请指明。";
    lacks_id: "No column holds the product's number, so products are told apart by their line. Choose one, and a later import knows them again.",
        "没有列是商品编号，只能按行区分商品。请选择一列，以后再导入时才能认出它们。";
    fetch_pictures: "Fetch pictures from the web", "从网上下载图片";
    fetch_on_note: "Sounds too; each once, and again only when it has changed", "声音也一并下载；每个只下载一次，有变化时才再次下载";
    fetch_off_note: "Nothing is asked of the web; addresses stay with the products", "不访问网络；网址随商品保留";
    another_file: "Choose another file…", "选择其他文件…";
    look_again: "Columns…", "各列…";
    look_again_note: "Shows what each column becomes, to import it otherwise", "查看各列的对应关系，修改后再导入";
    open_path: "Open", "打开";
    import_again: "Import again", "重新导入";
    import_again_note: "Reads the source once more; only what has changed is encoded", "重新读取来源；只编码有变化的商品";
    save_problems: "Save the list…", "保存列表…";
    remove_them: "Remove them", "移除";
    keep_as_it_is: "Keep the collection as it is", "保持商品库不变";
    report_heading: "Import finished", "导入完成";
    report_clean: "Every row was good", "所有行都没有问题";

    theme: "Theme", "主题";
    theme_system: "System", "跟随系统";
    theme_light: "Light", "浅色";
    theme_dark: "Dark", "深色";
    language: "Language", "语言";
    thumbnail_size: "Thumbnail size", "缩略图大小";
    microphone: "Microphone", "麦克风";
    system_microphone: "The system's choice", "系统默认";
    find_microphones: "Look for microphones", "查找麦克风";
    animations: "Glide when the order changes", "顺序变化时平滑移动";
    system_fonts: "Draw Chinese with the system's fonts", "用系统字体显示中文";
    system_fonts_note: "Takes effect at the next start", "下次启动时生效";

    no_dialog: "No file dialog came up. Drop the file onto the window or paste it; the path of a catalog can be typed under Collection.",
        "没有弹出文件对话框。请把文件拖到窗口上或粘贴；商品文件的路径可在“商品库”中输入。";
    nothing_to_paste: "The clipboard holds neither a picture nor text.", "剪贴板里没有图片或文字。";
    tract: "built-in runtime", "内置运行时";
    onnx_runtime: "ONNX Runtime", "ONNX Runtime";
}

impl Language {
    pub fn products(self, count: usize) -> String {
        let grouped = grouped(count);
        match (self, count) {
            (Self::English, 1) => "1 product".into(),
            (Self::English, _) => format!("{grouped} products"),
            (Self::Chinese, _) => format!("{grouped} 件商品"),
        }
    }

    pub fn import_of(self, name: &str) -> String {
        self.pick(format!("Import {name}"), format!("导入 {name}"))
    }

    /// What a column becomes.
    pub fn role(self, role: Role) -> &'static str {
        match role {
            Role::Attribute => self.pick("Left as attribute", "保留为属性"),
            Role::Ignore => self.pick("Left out", "略去"),
            Role::Field(field) => self.field(field),
        }
    }

    pub fn field(self, field: Field) -> &'static str {
        match field {
            Field::Id => self.pick("Product number", "商品编号"),
            Field::Title => self.pick("Title", "标题"),
            Field::TitleZh => self.pick("Title in Chinese", "中文标题"),
            Field::Description => self.pick("Description", "描述"),
            Field::DescriptionZh => self.pick("Description in Chinese", "中文描述"),
            Field::Category => self.pick("Category", "类别"),
            Field::CategoryZh => self.pick("Category in Chinese", "中文类别"),
            Field::MasterCategory => self.pick("Category, first step", "一级类别"),
            Field::SubCategory => self.pick("Category, second step", "二级类别"),
            Field::ArticleType => self.pick("Category, third step", "三级类别"),
            Field::Brand => self.pick("Brand", "品牌"),
            Field::Price => self.pick("Price", "价格"),
            Field::Currency => self.pick("Currency of the price", "价格的币种"),
            Field::Link => self.pick("Web page", "网页"),
            Field::Image => self.pick("Picture", "图片"),
            Field::MoreImages => self.pick("More pictures", "更多图片"),
            Field::Sound => self.pick("Sound", "声音"),
            Field::Features => self.pick("Several attributes", "多个属性"),
        }
    }

    /// The choice of what a column becomes, as a screen reader says it.
    pub fn what_becomes(self, column: &str) -> String {
        self.pick(format!("What {column} becomes"), format!("{column} 的对应"))
    }

    pub fn chosen_twice(self, field: &str, columns: &str) -> String {
        self.pick(
            format!("{field} takes one column, and these were chosen: {columns}. Leave it to one of them."),
            format!("“{field}”只能对应一列，却选了：{columns}。请只保留其中一列。"),
        )
    }

    /// Two columns with names of one field.
    pub fn counts_behind(self, column: &str, first: &str) -> String {
        self.pick(
            format!("{column} counts only where {first} is empty, and else stays as an attribute"),
            format!("{first} 为空时才用 {column}，否则后者保留为属性"),
        )
    }

    pub fn files_gone(self, folder: &Path) -> String {
        let folder = folder.display();
        self.pick(
            format!("The folder of the pictures is gone: {folder}. Paths now start beside the feed."),
            format!("图片文件夹已不存在：{folder}。路径现以数据文件所在文件夹为起点。"),
        )
    }

    pub fn columns_gone(self, columns: &str) -> String {
        self.pick(
            format!("Not in it any more, though chosen the last time: {columns}"),
            format!("上次指明、现已不在其中的列：{columns}"),
        )
    }

    pub fn best_of(self, shown: usize, all: usize) -> String {
        let (shown, all) = (grouped(shown), grouped(all));
        self.pick(format!("Best {shown} of {all} products"), format!("共 {all} 件商品，显示最匹配的 {shown} 件"))
    }

    /// How well similar products are found by one facet.
    pub fn recall(self, facet: Modality, way: Way, recall: &Recall) -> String {
        let (name, share, millis) = (self.facet(facet), recall.recall, recall.p50_ms);
        let way = match way {
            Way::Exact => self.pick("every product is compared", "逐一比较全部商品"),
            Way::Graph => self.pick("by the graph", "用图索引"),
        };
        self.pick(
            format!("{name}   {way}   recall@{} {share:.3}   {millis:.2} ms", recall.k),
            format!("{name}   {way}   召回率@{} {share:.3}   {millis:.2} 毫秒", recall.k),
        )
    }

    pub fn sort_name(self, sort: Sort) -> &'static str {
        match sort {
            Sort::Feed => self.pick("As the feed has them", "按商品表的顺序"),
            Sort::PriceUp => self.pick("Price, low to high", "价格从低到高"),
            Sort::PriceDown => self.pick("Price, high to low", "价格从高到低"),
            Sort::Title => self.pick("Title", "标题"),
            Sort::Id => self.pick("Product number", "商品编号"),
        }
    }

    pub fn has_facet(self, facet: Modality, wanted: bool) -> &'static str {
        match (facet, wanted) {
            (Modality::Text, true) => self.pick("Text", "有文字"),
            (Modality::Text, false) => self.pick("No text", "无文字"),
            (Modality::Image, true) => self.pick("Pictures", "有图片"),
            (Modality::Image, false) => self.pick("No pictures", "无图片"),
            (Modality::Audio, true) => self.pick("Sounds", "有声音"),
            (Modality::Audio, false) => self.pick("No sounds", "无声音"),
        }
    }

    pub fn and_more_values(self, count: usize) -> String {
        self.pick(format!("{count} more"), format!("另有 {count} 项"))
    }

    /// How many of the products shown are better than chance.
    pub fn good(self, count: usize) -> String {
        match (self, count) {
            (Self::English, 1) => "1 is better than chance".into(),
            (Self::English, _) => format!("{} are better than chance", grouped(count)),
            (Self::Chinese, _) => format!("{} 件高于随机水平", grouped(count)),
        }
    }

    pub fn method_name(self, method: Method) -> &'static str {
        match method {
            Method::WeightedSum => self.pick("Weighted sum", "加权和"),
            Method::JointVector => self.pick("Joint vector", "联合向量"),
            Method::Rrf { .. } => self.pick("Reciprocal rank fusion", "倒数排名融合"),
        }
    }

    pub fn method_note(self, method: Method) -> &'static str {
        match method {
            Method::WeightedSum => self.pick(
                "The weighted mean of every pair's score; the parts add up.",
                "各对得分的加权平均，各部分相加即为总分。",
            ),
            Method::JointVector => self.pick(
                "The mean of your vectors against the mean of the product's: one cosine. Keywords do not count.",
                "查询向量的平均与商品向量的平均之间的余弦。关键词不计入。",
            ),
            Method::Rrf { .. } => self.pick(
                "Only places count: the weighted sum of 1 / (k + rank), ranks from 1.",
                "只看名次：1 /（k + 名次）的加权和，名次从 1 起。",
            ),
        }
    }

    pub fn normalisation_name(self, normalisation: Normalisation) -> &'static str {
        match normalisation {
            Normalisation::Calibrated => self.pick("Calibration on the catalog", "按商品库校准"),
            Normalisation::None => self.pick("Nothing (raw cosines)", "不处理（原始余弦）"),
            Normalisation::MinMax => self.pick("Lowest 0, highest 1 (min-max)", "最低 0、最高 1（min-max）"),
            Normalisation::ZScore => {
                self.pick("Mean and deviation of the query (z-score)", "本查询的均值与标准差（z-score）")
            }
            Normalisation::L2 => self.pick("Length of the list (L2)", "列表的长度（L2）"),
        }
    }

    /// What a quarter of a slider does.
    pub fn effect(self, effect: f32) -> String {
        let percent = effect * 100.0;
        self.pick(
            format!("A quarter more or less moves the first 24 by {percent:.0}%"),
            format!("增减四分之一，前 24 件的顺序变动 {percent:.0}%"),
        )
    }

    /// How far a product is behind the one above it.
    pub fn gap(self, gap: f32, above: &str) -> String {
        self.pick(format!("{gap:.3} behind {above}"), format!("比“{above}”低 {gap:.3}"))
    }

    /// The smallest change that lifts a product by one place.
    pub fn lifts_it(self, swap: Swap) -> String {
        let Swap { slider, from, to } = swap;
        let name = self.slider(slider);
        self.pick(
            format!("{name} at {to:.2} instead of {from:.2} would put it above"),
            format!("把“{name}”从 {from:.2} 调到 {to:.2}，它就会排到前面"),
        )
    }

    pub fn slider(self, slider: Slider) -> &'static str {
        match slider {
            Slider::Part(part) => self.part(part),
            Slider::Channel(channel) => self.channel(channel),
        }
    }

    pub fn alike(self, count: u32) -> String {
        self.pick(format!("+{count} alike"), format!("另有 {count} 件近似"))
    }

    /// How many of the first products changed place with the last slider move.
    pub fn moved(self, count: usize, first: usize) -> String {
        self.pick(
            format!("{count} of the first {first} changed place"),
            format!("前 {first} 件中有 {count} 件换了位置"),
        )
    }

    pub fn ranked(self, count: usize) -> String {
        let count = grouped(count);
        self.pick(format!("{count} products, best first"), format!("{count} 件商品，按匹配度排序"))
    }

    /// A part of the query, as its slider is called.
    pub fn part(self, part: Modality) -> &'static str {
        match part {
            Modality::Text => self.pick("Your words", "您的文字"),
            Modality::Image => self.pick("Your pictures", "您的图片"),
            Modality::Audio => self.pick("Your sound", "您的声音"),
        }
    }

    /// A side of the products, as its slider is called.
    pub fn facet(self, facet: Modality) -> &'static str {
        match facet {
            Modality::Text => self.pick("Title and text", "标题和文字"),
            Modality::Image => self.pick("Pictures", "图片"),
            Modality::Audio => self.pick("Sounds", "声音"),
        }
    }

    pub fn channel(self, channel: Channel) -> &'static str {
        channel.facet().map_or_else(|| self.pick("Keywords", "关键词"), |facet| self.facet(facet))
    }

    /// One part of the query against one side of a product. `picture` counts the query's pictures from 1 when there
    /// are several.
    pub fn pair(self, part: Modality, picture: Option<usize>, channel: Channel) -> String {
        let part = match picture {
            Some(number) => self.pick(format!("Picture {number}"), format!("图片 {number}")),
            None => self.part(part).to_owned(),
        };
        format!("{part} → {}", self.channel(channel))
    }

    /// `value` is the cosine after the normalisation of these weights; words have a BM25 in place of a cosine.
    pub fn pair_numbers(
        self,
        weights: &Weights,
        channel: Channel,
        cosine: f32,
        value: f32,
        weight: f32,
        rank: usize,
    ) -> String {
        let raw = match channel {
            Channel::Facet(_) => self.pick(format!("cosine {cosine:.3}"), format!("余弦 {cosine:.3}")),
            Channel::Keyword => format!("BM25 {cosine:.2}"),
        };
        let normalised = match (weights.method, weights.normalisation) {
            (Method::Rrf { .. }, _) => None,
            (Method::WeightedSum, Normalisation::Calibrated) => Some(self.pick("calibrated", "校准")),
            _ => Some(self.pick("normalised", "归一")),
        };
        let normalised = normalised.map(|name| format!("{name} {value:+.2}"));
        let percent = weight * 100.0;
        let rest =
            self.pick(format!("weight {percent:.0}%   rank {rank}"), format!("权重 {percent:.0}%   名次 {rank}"));
        [Some(raw), normalised, Some(rest)].into_iter().flatten().collect::<Vec<_>>().join("   ")
    }

    pub fn pair_missing(self, channel: Channel, weight: f32) -> String {
        let percent = weight * 100.0;
        let missing = match channel {
            Channel::Facet(_) => self.pick("the product has none", "商品没有此项"),
            Channel::Keyword => self.pick("none of the words", "不含这些词"),
        };
        self.pick(format!("{missing}   weight {percent:.0}%"), format!("{missing}   权重 {percent:.0}%"))
    }

    /// What a score of these weights means.
    pub fn parts_add_up(self, weights: &Weights) -> &'static str {
        let calibrated = (Method::WeightedSum, Normalisation::Calibrated) == (weights.method, weights.normalisation);
        if calibrated {
            self.pick(
                "The parts add up to the score; 0 is as good as an unrelated product",
                "各部分之和即得分；0 相当于无关商品",
            )
        } else {
            self.pick("The parts add up to the score", "各部分之和即得分")
        }
    }

    pub fn query_picture(self, number: usize) -> String {
        self.pick(format!("Picture {number} of the query"), format!("查询图片 {number}"))
    }

    pub fn choose_region(self) -> &'static str {
        self.pick("Search with a part of it", "用其中一部分搜索")
    }

    pub fn region_hint(self) -> &'static str {
        self.pick("Drag a frame around what you mean.", "拖动鼠标，框出您要找的部分。")
    }

    pub fn whole_picture(self) -> &'static str {
        self.pick("Whole picture", "整张图片")
    }

    pub fn done(self) -> &'static str {
        self.pick("Done", "完成")
    }

    pub fn remove_picture(self, number: usize) -> String {
        self.pick(format!("Remove picture {number}"), format!("移除图片 {number}"))
    }

    pub fn picture_of(self, number: usize, all: usize) -> String {
        self.pick(format!("Picture {number} of {all}"), format!("图片 {number}/{all}"))
    }

    pub fn play_sound(self, number: usize) -> String {
        self.pick(format!("Play sound {number}"), format!("播放声音 {number}"))
    }

    pub fn seconds(self, seconds: f32) -> String {
        self.pick(format!("{seconds:.1} s"), format!("{seconds:.1} 秒"))
    }

    pub fn too_many_files(self, most: usize) -> String {
        self.pick(
            format!("Only the first {most} files joined the query. To search in many pictures, import their folder."),
            format!("只有前 {most} 个文件加入了查询。要在许多图片中搜索，请导入它们所在的文件夹。"),
        )
    }

    pub fn import_offer(self, name: &str) -> String {
        self.pick(format!("{name} can be imported as a collection."), format!("可以把 {name} 导入为商品库。"))
    }

    /// What would leave a collection, with some of the titles.
    pub fn leaving(self, leaving: &Leaving) -> String {
        let Leaving { count, of, some } = leaving;
        let titles: Vec<_> = some.iter().map(|product| product.title(self)).collect();
        self.pick(
            format!(
                "{count} of {of} products are not in the source any more and would be removed: {}",
                titles.join("; ")
            ),
            format!("{of} 件商品中有 {count} 件已不在来源里，将被移除：{}", titles.join("；")),
        )
    }

    /// What became of the products of an import.
    pub fn report_changes(self, report: &ImportReport) -> String {
        let ImportReport { new, changed, unchanged, removed, taken_over, .. } = report;
        self.pick(
            format!("New {new}, changed {changed}, unchanged {unchanged}, removed {removed}; {taken_over} taken over"),
            format!("新增 {new}、变更 {changed}、未变 {unchanged}、移除 {removed}；沿用 {taken_over}"),
        )
    }

    pub fn report_counts(self, products: usize, rows: usize, seconds: f64) -> String {
        self.pick(
            format!("{products} products from {rows} rows in {seconds:.1} s"),
            format!("从 {rows} 行导入 {products} 件商品，用时 {seconds:.1} 秒"),
        )
    }

    pub fn report_problems(self, count: usize) -> String {
        match (self, count) {
            (Self::English, 1) => "1 row needs a look".into(),
            (Self::English, _) => format!("{count} rows need a look"),
            (Self::Chinese, _) => format!("{count} 行需要查看"),
        }
    }

    pub fn and_more(self, count: usize) -> String {
        self.pick(format!("and {count} more"), format!("另有 {count} 处"))
    }

    pub fn points(self, points: f32) -> String {
        self.pick(format!("{points:.0} points"), format!("{points:.0} 像素"))
    }

    /// An attribute's name as a person reads it; one that is not known stays as the feed has it.
    pub fn attribute(self, name: &str) -> String {
        let chinese = match name {
            "color" | "colour" => "颜色",
            "material" => "材质",
            "pattern" => "图案",
            "size" => "尺寸",
            "gender" => "性别",
            "style" => "款式",
            "weight" => "重量",
            _ => "",
        };
        match (self, chinese) {
            (Self::Chinese, known) if !known.is_empty() => known.to_owned(),
            _ => name.replace('_', " "),
        }
    }

    /// The same at the head of a list.
    pub fn attribute_heading(self, name: &str) -> String {
        let name = self.attribute(name);
        let mut letters = name.chars();
        letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
    }

    pub fn stars(self, rating: f32) -> String {
        self.pick(format!("{rating:.1} of 5"), format!("{rating:.1} / 5"))
    }

    pub fn counted(self, done: usize, total: usize) -> String {
        let (done, total) = (grouped(done), grouped(total));
        self.pick(format!("{done} of {total}"), format!("{done} / {total}"))
    }
}

/// 12,345 for 12345.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_grouped_and_singular() {
        let check = |count, english: &str, chinese: &str| {
            assert_eq!(Language::English.products(count), english);
            assert_eq!(Language::Chinese.products(count), chinese);
        };
        check(0, "0 products", "0 件商品");
        check(1, "1 product", "1 件商品");
        check(264, "264 products", "264 件商品");
        check(1_234_567, "1,234,567 products", "1,234,567 件商品");
    }
}
