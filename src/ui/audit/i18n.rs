//! The words of the workbench, in English and Chinese side by side.

use std::path::Path;

use crate::{
    audit::{AuditQuery, Axes, Metric},
    encode::Modality,
    language::Language,
};

macro_rules! phrases {
    ($($name:ident: $english:literal, $chinese:literal;)*) => {
        impl Language {
            $(pub fn $name(self) -> &'static str { self.pick($english, $chinese) })*
        }
    };
}

phrases! {
    tab_audit: "Audit", "评测";
    quality: "Quality", "质量";
    audit_hint: "Search for something and press Keep, or import a set of queries, then judge what comes up.",
        "搜索后点“保留”，或导入查询集，然后对结果打分。";
    nothing_judged: "Nothing is judged yet", "还没有评分";
    no_queries: "No queries yet", "还没有查询";

    judge: "Judge", "评分";
    judge_note: "Grade what the sliders and presets put on top, one picture at a time, by keys 0 to 3", "逐一为各方案排在前面的商品打分，用数字键 0–3";
    compare: "Compare", "对比";
    compare_note: "The shelves of several presets side by side, with what moved", "并排查看多个方案的结果及名次变化";
    map: "Map", "质量图";
    quality_map: "Quality map", "质量图";
    map_note: "Quality over every share of three sliders. Drag the dot: the sliders and the shelf follow.", "三个滑块所有比例下的质量。拖动圆点，滑块和结果随之变化。";
    tune: "Tune", "调优";
    tune_note: "Looks for the best weights, and checks them on queries that they have not seen", "寻找最佳权重，并在未见过的查询上检验";

    presets: "Presets", "方案";
    preset_name: "Name these sliders", "为当前滑块命名";
    save: "Save", "保存";
    apply_preset: "Set the sliders to it", "把滑块设为此方案";

    keep_query: "Keep", "保留";
    keep_query_note: "Adds the query in the search bar to the set", "把搜索栏中的查询加入查询集";
    make_queries: "Make queries from the catalog", "从商品库生成查询";
    make_queries_note: "Colours and kinds (\"red sweater\"), and single products by words of their titles, their other pictures and their sounds. Grades follow from what the catalog says; your own judgements come on top.",
        "颜色加品类（如“红色毛衣”），以及按标题中的词、其他图片和声音查找单件商品。评分依据商品资料，您可再自行评分。";
    worst_first: "Worst first", "最差在前";
    as_kept: "As kept", "原顺序";
    judge_this: "Judge this query", "为此查询评分";
    remove_query: "Remove it and its judgements", "删除此查询及其评分";

    audit_path: "Path of a queries, qrels or CSV file", "查询集、qrels 或 CSV 文件的路径";
    import_audit_note: "Queries: JSONL, CSV, TREC topics. Judgements: TREC qrels, Quepid CSV, SRW or ranx JSON.", "查询集：JSONL、CSV、TREC topics。评分：TREC qrels、Quepid CSV、SRW 或 ranx JSON。";
    export: "Export", "导出";
    export_audit_note: "Writes the judgements as TREC qrels, or in the form that the file's ending names", "把评分写成 TREC qrels，或按文件扩展名所示的格式";
    report: "Report", "报告";
    report_note: "One HTML file with figures, pictures and the map", "含数据、图片和质量图的单个 HTML 文件";

    leave_judging: "Leave judging", "退出评分";
    skip: "Skip  S", "跳过  S";
    undo: "Undo  U", "撤销  U";
    pool_done: "Every product here is judged", "这些商品都已评分";
    next_query: "Next query  Enter", "下一个查询  Enter";
    see_shelf: "Back to the shelf", "返回结果";
    all_judged: "Every query is judged as deep as its presets go", "所有查询都已评到各方案的深度";

    drawing_map: "Drawing the map", "正在绘制质量图";
    go_to_best: "Set the sliders to the best", "把滑块设为最佳";
    map_candidates: "From the best candidates of each query; a search looks at every product.", "根据每个查询的最佳候选计算；搜索时会比较全部商品。";

    tune_start: "Look for better weights", "寻找更好的权重";
    tune_apply: "Apply", "应用";
    tune_undo: "Undo", "撤销";
    tuning_note: "Weights are chosen on some queries and measured on others, in turn.", "轮流在一部分查询上选权重，在其余查询上衡量。";
    held_out: "Held-out queries", "未参与调优的查询";
    sliders_now: "Sliders now", "当前滑块";
    tuned: "Tuned", "调优后";
    equal: "All equal", "全部相等";
    best_single: "Best channel alone", "最佳单一通道";
    tuned_weights: "Weights found", "找到的权重";
    learned: "Learned network", "学习网络";
    learned_note: "128 units over the same numbers, trained on the judgements and kept as ONNX with the collection", "基于同样数值的 128 单元网络，用评分训练，并以 ONNX 格式随商品库保存";
    train: "Train it", "训练";
    apply_network_note: "The network ranks until a slider moves", "由网络排序，直到移动滑块为止";
    by_network: "Ranked by the learned network; moving a slider takes over again", "由学习网络排序；移动滑块即恢复按权重排序";
    keep_classes: "Keep them as presets", "保存为方案";
    by_class: "By class of query", "按查询类别";

    before_arrangement: "Measured before variety and near duplicates", "按多样性与合并之前的顺序计算";
    not_measured: "The joint vector is not measured here: choose the weighted sum or reciprocal rank fusion.",
        "此处不衡量联合向量：请选择加权和或倒数排名融合。";
    report_title: "How good the search is", "搜索质量";
    judge_between: "Judge the difference", "评判差异";
    judge_between_note: "Grade the products whose judgement would tell it from the sliders the soonest", "为最能区分它与当前滑块的商品打分";
    judge_name: "Your name as a judge", "评分人姓名";
    no_query_differs: "The same for every query", "每个查询都相同";
    ideal: "Ideal", "理想";
    now: "Now", "当前";
    only_here: "only here", "仅此处";
    compare_hint: "Save two or more presets to compare them; until then the sliders stand beside the ideal.", "保存两个以上方案即可对比；此前仅与理想结果对比。";
    pick_query: "Choose a query on the left", "请在左侧选择一个查询";
}

impl Language {
    pub fn grade_name(self, grade: f32) -> String {
        let name = match grade {
            0.0 => self.pick("Not relevant", "不相关"),
            1.0 => self.pick("A little", "略相关"),
            2.0 => self.pick("Good", "相关"),
            3.0 => self.pick("Just right", "正是所求"),
            _ => return super::grade::text(grade),
        };
        name.to_owned()
    }

    pub fn judged_before(self, grade: &str) -> String {
        self.pick(format!("You said: {grade}"), format!("您之前的评分：{grade}"))
    }

    pub fn mean_of(self, judged: usize, all: usize, low: f64, high: f64) -> String {
        self.pick(
            format!("Mean of {judged} of {all} queries, 95% within {low:.3} to {high:.3}"),
            format!("{all} 个查询中 {judged} 个的平均，95% 区间 {low:.3}–{high:.3}"),
        )
    }

    pub fn mean_of_few(self, judged: usize, all: usize) -> String {
        self.pick(format!("Mean of {judged} of {all} queries"), format!("{all} 个查询中 {judged} 个的平均"))
    }

    pub fn this_query(self, value: f64) -> String {
        self.pick(format!("{value:.3} this query"), format!("本查询 {value:.3}"))
    }

    pub fn judged_share(self, share: f64, cutoff: usize) -> String {
        let percent = share * 100.0;
        self.pick(format!("{percent:.0}% of the first {cutoff} judged"), format!("前 {cutoff} 件中已评 {percent:.0}%"))
    }

    pub fn judged_share_note(self) -> &'static str {
        self.pick("What nobody judged counts as not relevant", "未评分的商品按不相关计")
    }

    pub fn agreement(self, kappa: f64, quadratic: f64, shared: usize) -> String {
        self.pick(
            format!("Kappa {kappa:.2}, weighted {quadratic:.2}, on {shared} products"),
            format!("kappa {kappa:.2}、加权 {quadratic:.2}（{shared} 件商品）"),
        )
    }

    pub fn agreement_note(self) -> &'static str {
        self.pick(
            "Cohen's kappa of you and the judge with whom you share most: 1 full agreement, 0 chance. The second one weighs a disagreement by the square of its distance.",
            "您与共同评分最多的评分人之间的 Cohen kappa：1 为完全一致，0 为偶然水平。加权者按分差的平方计。",
        )
    }

    pub fn failed_queries(self, count: usize) -> String {
        match (self, count) {
            (Self::English, 1) => "1 query cannot be searched".into(),
            (Self::English, _) => format!("{count} queries cannot be searched"),
            (Self::Chinese, _) => format!("{count} 个查询无法搜索"),
        }
    }

    pub fn remove_preset(self, name: &str) -> String {
        self.pick(format!("Remove {name}"), format!("删除 {name}"))
    }

    pub fn queries(self, count: usize) -> String {
        match (self, count) {
            (Self::English, 0) => "Queries".into(),
            (Self::English, 1) => "1 query".into(),
            (Self::English, _) => format!("{count} queries"),
            (Self::Chinese, 0) => "查询".into(),
            (Self::Chinese, _) => format!("{count} 个查询"),
        }
    }

    /// A query in one line: its words, and what else it consists of.
    pub fn query_title(self, query: &AuditQuery) -> String {
        let mut parts = Vec::new();
        if !query.text.is_empty() {
            parts.push(query.text.clone());
        }
        match (query.images.len(), self) {
            (0, _) => {}
            (1, _) => parts.push(self.pick("picture", "图片").into()),
            (count, Self::English) => parts.push(format!("{count} pictures")),
            (count, Self::Chinese) => parts.push(format!("{count} 张图片")),
        }
        if query.audio.is_some() {
            parts.push(self.pick("sound", "声音").into());
        }
        if parts.is_empty() { query.id.clone() } else { parts.join(" + ") }
    }

    pub fn query_hover(self, query: &AuditQuery, judged: usize) -> String {
        let class = if query.class.is_empty() { String::new() } else { format!("   ·   {}", query.class) };
        self.pick(
            format!("{}{class}   ·   {judged} products judged. Press to search, right-click for more.", query.id),
            format!("{}{class}   ·   已评 {judged} 件商品。点击搜索，右键更多。", query.id),
        )
    }

    pub fn measured_on(self, queries: usize, folds: usize) -> String {
        self.pick(
            format!("{queries} queries in {folds} folds, each measured while it was kept aside"),
            format!("{queries} 个查询分为 {folds} 份，每份轮流留出来衡量"),
        )
    }

    pub fn class_of(self, class: &str, queries: usize) -> String {
        format!("{class}   ·   {}", self.queries(queries))
    }

    pub fn overlap_note(self) -> &'static str {
        self.pick(
            "How much its first ten share with the first column: as a set, and by rank-biased overlap",
            "与第一列前十的重合：按集合（Jaccard）与按名次（RBO）",
        )
    }

    pub fn ideal_note(self) -> &'static str {
        self.pick("The best judged products", "评分最高的商品")
    }

    pub fn which_queries(self) -> &'static str {
        self.pick("Which queries", "哪些查询")
    }

    pub fn won_and_lost(self, better: usize, worse: usize, same: usize) -> String {
        self.pick(
            format!("{better} better, {worse} worse, {same} the same"),
            format!("{better} 个变好，{worse} 个变差，{same} 个不变"),
        )
    }

    pub fn tests(self, t: f64, random: f64) -> String {
        let p = |p: f64| if p < 0.001 { "< 0.001".into() } else { format!("{p:.3}") };
        self.pick(
            format!("p {} (t-test), {} (randomisation)", p(t), p(random)),
            format!("p {}（t 检验）、{}（随机化检验）", p(t), p(random)),
        )
    }

    pub fn tests_note(self) -> &'static str {
        self.pick(
            "How often chance alone makes a difference as large. Below 0.05 it is commonly believed.",
            "仅凭偶然出现同样大差别的概率。低于 0.05 通常视为可信。",
        )
    }

    pub fn pace(self, a_minute: f64) -> String {
        self.pick(format!("{a_minute:.0} a minute"), format!("每分钟 {a_minute:.0} 件"))
    }

    pub fn seen_of(self, seen: usize, all: usize) -> String {
        self.pick(format!("{seen} of {all} products"), format!("{seen}/{all} 件商品"))
    }

    pub fn written(self, path: &Path) -> String {
        self.pick(format!("Written: {}", path.display()), format!("已写入：{}", path.display()))
    }

    /// The corners of the map: its top, left and right.
    pub fn axis_names(self, axes: Axes) -> [&'static str; 3] {
        match axes {
            Axes::Parts => Modality::ALL.map(|part| self.part(part)),
            Axes::Facets => Modality::ALL.map(|facet| self.facet(facet)),
        }
    }

    fn shares(self, axes: Axes, shares: [f32; 3]) -> String {
        let named = self.axis_names(axes).into_iter().zip(shares);
        named.map(|(name, share)| format!("{name} {:.0}%", share * 100.0)).collect::<Vec<_>>().join("   ")
    }

    pub fn map_point(self, axes: Axes, shares: [f32; 3], value: f64, metric: Metric) -> String {
        format!("{metric} {value:.3}\n{}", self.shares(axes, shares))
    }

    pub fn map_best(self, axes: Axes, shares: [f32; 3], value: f64, metric: Metric) -> String {
        let shares = self.shares(axes, shares);
        self.pick(format!("Best {metric} {value:.3} at {shares}"), format!("最佳 {metric} {value:.3}：{shares}"))
    }

    pub fn map_plateau(self, share: f64, queries: usize) -> String {
        let percent = share * 100.0;
        self.pick(
            format!(
                "Inside the white line, {percent:.0}% of all mixtures, {queries} queries cannot tell it from the best."
            ),
            format!("白线内占全部组合的 {percent:.0}%，{queries} 个查询无法区分其与最佳的差别。"),
        )
    }

    pub fn map_flat(self, unmoved: usize) -> String {
        self.pick(
            format!("None of the {unmoved} judged queries has two things that these sliders weigh against each other."),
            format!("已评分的 {unmoved} 个查询都没有可由这些滑块相互权衡的内容。"),
        )
    }

    pub fn map_unmoved(self, unmoved: usize, queries: usize) -> String {
        self.pick(
            format!("{unmoved} of {queries} queries have nothing that these sliders weigh."),
            format!("{queries} 个查询中有 {unmoved} 个不受这些滑块影响。"),
        )
    }
}
