//! The tab of the workbench: how good the sliders are over a set of queries, the queries themselves, presets, and the ways
//! to judge, compare and tune.

use egui::{
    Align2, ComboBox, Label, Rect, RichText, Role, ScrollArea, Sense, Stroke, TextEdit, TextStyle, Ui, WidgetInfo,
    pos2, vec2,
};

use super::{
    command::AuditCommand,
    grade,
    state::{Audit, Order, Page, Side},
};
use crate::{
    audit::{AuditQuery, Metric},
    ui::{
        command::Command,
        icons::Icon,
        state::State,
        theme,
        widgets::{self, Loudness},
        work::Lane,
    },
};

/// Height of one query in the list.
const ROW: f32 = 34.0;
/// Room for the button that saves a preset.
const SAVE: f32 = 84.0;
/// Width of the bar that shows a query's figure.
const BAR: f32 = 44.0;

/// The measures that can be chosen; all of the shell's can be had there.
const METRICS: [&str; 8] =
    ["ndcg@10", "ndcg_burges@10", "mrr@10", "map@10", "precision@10", "recall@10", "hit_rate@10", "err@10"];

pub fn audit_panel_ui(ui: &mut Ui, state: &State, commands: &mut Vec<Command>) {
    let audit = &state.audit;
    let mut asked = Vec::new();
    figure_ui(ui, state, &mut asked);
    ui.add_space(theme::S);
    actions_ui(ui, state, &mut asked);
    widgets::rule(ui);
    presets_ui(ui, state, &mut asked);
    widgets::rule(ui);
    queries_head_ui(ui, state, &mut asked);
    let files = 96.0;
    let height = (ui.available_height() - files).max(3.0 * ROW);
    if audit.queries.is_empty() {
        widgets::quiet(ui, state.language().no_queries());
        ui.add_space(theme::XS);
        let make = |ui: &mut Ui| widgets::button(ui, None, state.language().make_queries(), Loudness::Primary);
        let response = ui.add_enabled_ui(audit.ledger.is_some() && !state.is_running(Lane::AuditFile), make).inner;
        if response.on_hover_text(state.language().make_queries_note()).clicked() {
            asked.push(AuditCommand::MakeQueries);
        }
        ui.add_space(theme::S);
    } else {
        queries_ui(ui, state, height, &mut asked);
    }
    files_ui(ui, state, &mut asked);
    commands.extend(asked.into_iter().map(Command::Audit));
}

/// The figure of the whole set, large, and what it is made of.
fn figure_ui(ui: &mut Ui, state: &State, asked: &mut Vec<AuditCommand>) {
    let (audit, language) = (&state.audit, state.language());
    widgets::line(
        ui,
        |ui| widgets::section(ui, language.quality()),
        |ui| {
            let combo = ComboBox::from_id_salt("metric").width(120.0).selected_text(audit.metric.to_string());
            let shown = combo.show_ui(ui, |ui| {
                for name in METRICS {
                    let Ok(metric) = Metric::parse(name) else { continue };
                    if ui.selectable_label(metric == audit.metric, name).clicked() {
                        asked.push(AuditCommand::SetMetric(metric));
                    }
                }
            });
            shown.response.on_hover_text(audit.metric.describe(language));
        },
    );
    let palette = theme::palette(ui.style());
    let judged = audit.figures.values.len();
    ui.horizontal(|ui| {
        let text = audit.figures.mean.map_or_else(|| "–".into(), |mean| format!("{mean:.3}"));
        ui.label(RichText::new(text).size(theme::FIGURE));
        if let (Some(mean), Some((before, _))) = (audit.figures.mean, audit.before)
            && (mean - before).abs() >= 5e-4
        {
            let change = mean - before;
            let colour = if change > 0.0 { palette.accent } else { palette.bad };
            ui.label(RichText::new(format!("{change:+.3}")).color(colour));
        }
    });
    let note = match (audit.figures.interval, judged) {
        _ if audit.figures.not_measured => language.not_measured().to_owned(),
        (_, 0) if audit.queries.is_empty() => language.audit_hint().to_owned(),
        (_, 0) => language.nothing_judged().to_owned(),
        (Some((low, high)), _) => language.mean_of(judged, audit.queries.len(), low, high),
        (None, _) => language.mean_of_few(judged, audit.queries.len()),
    };
    widgets::small(ui, note);
    if judged > 0 {
        let cutoff = audit.metric.cutoff.unwrap_or(10);
        widgets::small(ui, language.judged_share(audit.figures.judged, cutoff))
            .on_hover_text(language.judged_share_note());
    }
    if !state.settings.arrangement.changes_nothing() {
        widgets::small(ui, language.before_arrangement());
    }
    if let Some(agreement) = &audit.agreement
        && let Some(kappa) = agreement.kappa
    {
        let text = language.agreement(kappa, agreement.kappa_quadratic.unwrap_or(kappa), agreement.shared);
        widgets::small(ui, text).on_hover_text(language.agreement_note());
    }
    if !audit.failed.is_empty() {
        let why = audit.failed.iter().take(8).map(|(id, error)| format!("{id}: {}", error.say(language)));
        let colour = palette.bad;
        let text = RichText::new(language.failed_queries(audit.failed.len())).small().color(colour);
        ui.add(Label::new(text)).on_hover_text(why.collect::<Vec<_>>().join("\n"));
    }
}

fn actions_ui(ui: &mut Ui, state: &State, asked: &mut Vec<AuditCommand>) {
    let (audit, language) = (&state.audit, state.language());
    let ready = !audit.tables.is_empty();
    let by_weights = by_weights(state);
    ui.spacing_mut().item_spacing = vec2(theme::XS, theme::XS);
    ui.add_enabled_ui(ready, |ui| {
        ui.horizontal(|ui| {
            let judging = matches!(audit.page, Page::Judge(_));
            if widgets::button(ui, None, language.judge(), loud(judging)).on_hover_text(language.judge_note()).clicked()
            {
                asked.push(if judging { AuditCommand::ShowShelf } else { AuditCommand::Judge });
            }
            let comparing = audit.page == Page::Compare;
            let compare = |ui: &mut Ui| widgets::button(ui, None, language.compare(), loud(comparing));
            // Presets are set against the sliders, which do not count while a network ranks.
            let compare = ui.add_enabled_ui(by_weights, compare).inner;
            if compare.on_hover_text(language.compare_note()).clicked() {
                asked.push(if comparing { AuditCommand::ShowShelf } else { AuditCommand::Compare });
            }
            let map = audit.side == Some(Side::Map);
            if widgets::button(ui, None, language.map(), loud(map)).on_hover_text(language.map_note()).clicked() {
                asked.push(AuditCommand::Side((!map).then_some(Side::Map)));
            }
            let tuning = audit.side == Some(Side::Tuning);
            if widgets::button(ui, None, language.tune(), loud(tuning)).on_hover_text(language.tune_note()).clicked() {
                asked.push(AuditCommand::Side((!tuning).then_some(Side::Tuning)));
            }
        });
    });
}

/// Whether the sliders rank.
fn by_weights(state: &State) -> bool {
    state.shelf.as_ref().is_none_or(|shelf| shelf.network.is_none())
}

/// What is on show is marked.
fn loud(on: bool) -> Loudness {
    if on { Loudness::Primary } else { Loudness::Normal }
}

/// Sliders under a name.
fn presets_ui(ui: &mut Ui, state: &State, asked: &mut Vec<AuditCommand>) {
    let (audit, language) = (&state.audit, state.language());
    widgets::section(ui, language.presets());
    ui.horizontal(|ui| {
        let mut name = audit.preset_name.clone();
        let hint = RichText::new(language.preset_name()).color(theme::palette(ui.style()).faint);
        let field = TextEdit::singleline(&mut name)
            .hint_text(hint)
            .desired_width(ui.available_width() - SAVE)
            .frame(widgets::field(ui));
        let response = ui.add(field).accessible_name(language.preset_name());
        if response.changed() {
            asked.push(AuditCommand::PresetName(name.clone()));
        }
        let entered = response.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
        let can = !name.trim().is_empty() && audit.ledger.is_some();
        let save = ui.add_enabled_ui(can, |ui| widgets::button(ui, None, language.save(), Loudness::Normal)).inner;
        if can && (save.clicked() || entered) {
            asked.push(AuditCommand::SavePreset(name.trim().to_owned()));
        }
    });
    for preset in &audit.presets {
        let current = preset.weights == state.settings.weights && preset.arrangement == state.settings.arrangement;
        let mut apply = false;
        let mut remove = false;
        widgets::line(
            ui,
            |ui| {
                let palette = theme::palette(ui.style());
                let colour = if current { palette.accent } else { palette.text };
                let text = RichText::new(&preset.name).color(colour);
                let response = ui.add(Label::new(text).truncate().sense(Sense::click()));
                response.widget_info(|| WidgetInfo::selected(Role::Button, true, current, &preset.name));
                apply = response.on_hover_text(language.apply_preset()).clicked();
            },
            |ui| {
                remove = widgets::small_icon_button(ui, Icon::Close, &language.remove_preset(&preset.name)).clicked();
            },
        );
        if apply {
            asked.push(AuditCommand::ApplyPreset(preset.name.clone()));
        }
        if remove {
            asked.push(AuditCommand::RemovePreset(preset.name.clone()));
        }
    }
}

fn queries_head_ui(ui: &mut Ui, state: &State, asked: &mut Vec<AuditCommand>) {
    let (audit, language) = (&state.audit, state.language());
    widgets::line(
        ui,
        |ui| widgets::section(ui, &language.queries(audit.queries.len())),
        |ui| {
            let unknown = !state.query.is_empty() && audit.current.is_none() && audit.ledger.is_some();
            let keep = |ui: &mut Ui| widgets::button(ui, None, language.keep_query(), Loudness::Quiet);
            let response = ui.add_enabled_ui(unknown, keep).inner;
            if response.on_hover_text(language.keep_query_note()).clicked() {
                asked.push(AuditCommand::Keep);
            }
            if audit.queries.len() > 1 {
                let worst = audit.order == Order::WorstFirst;
                let name = if worst { language.as_kept() } else { language.worst_first() };
                if widgets::button(ui, None, name, Loudness::Quiet).clicked() {
                    asked.push(AuditCommand::SetOrder(if worst { Order::AsKept } else { Order::WorstFirst }));
                }
            }
        },
    );
}

/// The queries with their figures; only those in sight are laid out.
fn queries_ui(ui: &mut Ui, state: &State, height: f32, asked: &mut Vec<AuditCommand>) {
    let audit = &state.audit;
    let listed = audit.listed();
    ui.spacing_mut().item_spacing.y = 0.0;
    ScrollArea::vertical().max_height(height).auto_shrink([false, true]).id_salt("queries").show_rows(
        ui,
        ROW,
        listed.len(),
        |ui, range| {
            for query in &listed[range] {
                query_ui(ui, state, audit, query, asked);
            }
        },
    );
}

fn query_ui(ui: &mut Ui, state: &State, audit: &Audit, query: &AuditQuery, asked: &mut Vec<AuditCommand>) {
    let language = state.language();
    let palette = theme::palette(ui.style());
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    let title = language.query_title(query);
    let current = audit.current.as_deref() == Some(&query.id);
    response.widget_info(|| WidgetInfo::selected(Role::Button, true, current, &title));
    let inner = rect.shrink2(vec2(0.0, 1.0));
    if current || response.hovered() || response.has_focus() {
        let fill = if current { palette.accent_soft } else { palette.control };
        ui.painter().rect_filled(inner, theme::CONTROL_RADIUS, fill);
    }
    let value = audit.figures.values.get(&query.id).copied();
    let right = rect.right() - theme::S;
    let words = right - BAR - theme::S - 34.0 - rect.left() - theme::S;
    let galley = widgets::elided(ui, &title, TextStyle::Body.resolve(ui.style()), words, 1);
    ui.painter().galley(pos2(rect.left() + theme::S, rect.center().y - galley.size().y / 2.0), galley, palette.text);
    let small = TextStyle::Small.resolve(ui.style());
    let text = value.map_or_else(|| "–".into(), |value| format!("{value:.2}"));
    let at = pos2(right - BAR - theme::S, rect.center().y);
    ui.painter().text(at, Align2::RIGHT_CENTER, text, small, palette.quiet);
    let bar = Rect::from_center_size(pos2(right - BAR / 2.0, rect.center().y), vec2(BAR, 4.0));
    ui.painter().rect_filled(bar, 2.0, palette.control_pressed);
    if let Some(value) = value {
        let filled = Rect::from_min_size(bar.min, vec2(BAR * value.clamp(0.0, 1.0) as f32, 4.0));
        ui.painter().rect_filled(filled, 2.0, grade::colour(palette, value as f32 * 3.0));
    }
    let judged = audit.grades.of_query(&query.id).count();
    let hover = language.query_hover(query, judged);
    response.context_menu(|ui| {
        if ui.button(language.judge_this()).clicked() {
            asked.push(AuditCommand::JudgeQuery(query.id.clone()));
        }
        if ui.button(language.remove_query()).clicked() {
            asked.push(AuditCommand::Remove(query.id.clone()));
        }
    });
    if response.on_hover_text(hover).clicked() {
        asked.push(AuditCommand::Open(query.id.clone()));
    }
}

/// Queries and judgements in, judgements and a report out.
fn files_ui(ui: &mut Ui, state: &State, asked: &mut Vec<AuditCommand>) {
    let (audit, language) = (&state.audit, state.language());
    let palette = theme::palette(ui.style());
    ui.add_space(theme::S);
    let (line, _) = ui.allocate_exact_size(vec2(ui.available_width(), 1.0), Sense::hover());
    ui.painter().hline(line.x_range(), line.center().y, Stroke::new(1.0, palette.line));
    ui.add_space(theme::S);
    ui.spacing_mut().item_spacing = vec2(theme::XS, theme::XS);
    ui.add_enabled_ui(audit.ledger.is_some(), |ui| {
        let mut path = audit.path.clone();
        let hint = RichText::new(language.audit_path()).color(palette.faint);
        let field =
            TextEdit::singleline(&mut path).hint_text(hint).desired_width(f32::INFINITY).frame(widgets::field(ui));
        let response = ui.add(field).accessible_name(language.audit_path());
        if response.changed() {
            asked.push(AuditCommand::Path(path.clone()));
        }
        ui.horizontal(|ui| {
            if widgets::button(ui, None, language.import_now(), Loudness::Quiet)
                .on_hover_text(language.import_audit_note())
                .clicked()
            {
                asked.push(AuditCommand::Import);
            }
            if widgets::button(ui, None, language.export(), Loudness::Quiet)
                .on_hover_text(language.export_audit_note())
                .clicked()
            {
                asked.push(AuditCommand::Export);
            }
            ui.add_enabled_ui(!audit.tables.is_empty() && !state.is_running(Lane::Report) && by_weights(state), |ui| {
                let report = widgets::button(ui, None, language.report(), Loudness::Quiet);
                if report.on_hover_text(language.report_note()).clicked() {
                    asked.push(AuditCommand::Report);
                }
            });
        });
    });
    if let Some(path) = &audit.written {
        let text = RichText::new(language.written(path)).small().color(palette.faint);
        ui.add(Label::new(text).truncate().selectable(true)).on_hover_text(path.display().to_string());
    }
}
