//! What the shelf may show: categories, brands, prices, attributes, each value with the number of products that it would
//! leave; and the order of the shelf while nobody searches.

use egui::{CollapsingHeader, ComboBox, DragValue, RichText, ScrollArea, Ui};

use super::{
    command::Command,
    icons::Icon,
    state::State,
    theme,
    widgets::{self, Loudness},
};
use crate::{
    encode::Modality,
    language::Language,
    search::{
        Filter, Sort,
        facets::{CategoryCount, FacetCounts, PriceCount, Values},
        filter::PriceRange,
    },
};

/// Values shown at once; the rest is unfolded.
const FEW: usize = 8;
const INDENT: f32 = 14.0;

pub fn filter_panel_ui(ui: &mut Ui, state: &State, commands: &mut Vec<Command>) {
    let language = state.language();
    let Some(counts) = state.shelf.as_ref().and_then(|shelf| shelf.counts.as_deref()) else { return };
    let mut filter = state.filter.clone();
    sort_ui(ui, state, commands);
    ui.add_space(theme::M);
    widgets::line(
        ui,
        |ui| widgets::section(ui, &language.products(counts.rows)),
        |ui| {
            let empty = filter.is_empty();
            let clear = |ui: &mut Ui| widgets::button(ui, Some(Icon::Reset), language.all(), Loudness::Quiet).clicked();
            if ui.add_enabled_ui(!empty, clear).inner {
                filter = Filter::default();
            }
        },
    );
    ScrollArea::vertical().auto_shrink(false).show(ui, |ui| facets_ui(ui, language, counts, &mut filter));
    if filter != state.filter {
        commands.push(Command::SetFilter(filter));
    }
}

fn sort_ui(ui: &mut Ui, state: &State, commands: &mut Vec<Command>) {
    let language = state.language();
    let browsing = state.shelf.as_ref().is_some_and(|shelf| shelf.found.is_none());
    ui.add_enabled_ui(browsing, |ui| {
        let label = widgets::small(ui, language.order());
        let mut sort = state.sort;
        let combo = ComboBox::from_id_salt("sort").width(ui.available_width());
        let shown = combo.selected_text(language.sort_name(sort)).show_ui(ui, |ui| {
            for choice in Sort::ALL {
                ui.selectable_value(&mut sort, choice, language.sort_name(choice));
            }
        });
        shown.response.labelled_by(label.id);
        if sort != state.sort {
            commands.push(Command::SetSort(sort));
        }
    });
}

fn facets_ui(ui: &mut Ui, language: Language, counts: &FacetCounts, filter: &mut Filter) {
    if counts.categories.len() > 1 || !filter.categories.is_empty() {
        fold(ui, language.categories(), true, |ui| categories_ui(ui, language, &counts.categories, filter));
    }
    for price in &counts.prices {
        let name = [language.price(), &*price.currency].join(" ");
        fold(ui, name.trim(), true, |ui| price_ui(ui, language, price, filter));
    }
    if offers(&counts.brands) {
        fold(ui, language.brand(), false, |ui| values_ui(ui, language, "brand", &counts.brands, &mut filter.brands));
    }
    let named = |name: &str| counts.attributes.iter().any(|(known, _)| known == name);
    for (name, values) in counts.attributes.iter().filter(|(_, values)| offers(values)) {
        // Of an attribute in both languages the one that is read is offered.
        let (base, is_chinese) = name.strip_suffix("_zh").map_or((&**name, false), |base| (base, true));
        let twin = if is_chinese { base.to_owned() } else { format!("{name}_zh") };
        let hidden = named(&twin) && is_chinese != (language == Language::Chinese);
        if hidden && !filter.attributes.contains_key(name) {
            continue;
        }
        fold(ui, &language.attribute_heading(base), false, |ui| {
            values_ui(ui, language, name, values, filter.attributes.entry(name.clone()).or_default());
        });
    }
    filter.attributes.retain(|_, values| !values.is_empty());
    fold(ui, language.has(), false, |ui| {
        for facet in Modality::ALL {
            let [with, without] = counts.has[facet.index()];
            let chosen = &mut filter.has[facet.index()];
            for (wanted, count) in [(true, with), (false, without)] {
                let name = language.has_facet(facet, wanted);
                if value_ui(ui, name, count, *chosen == Some(wanted)) {
                    *chosen = (*chosen != Some(wanted)).then_some(wanted);
                }
            }
        }
    });
}

/// Whether there is something to choose, or to take back.
fn offers(values: &Values) -> bool {
    values.listed.len() > 1 || values.listed.iter().any(|value| value.chosen)
}

fn fold(ui: &mut Ui, name: &str, open: bool, content: impl FnOnce(&mut Ui)) {
    CollapsingHeader::new(name).default_open(open).show(ui, content);
}

/// The roots, and what is below a chosen one.
fn categories_ui(ui: &mut Ui, language: Language, categories: &[CategoryCount], filter: &mut Filter) {
    // A branch is open while it or something in it is chosen.
    let is_open = |path: &str| {
        let below = format!("{path} >");
        filter.categories.iter().any(|chosen| chosen == path || chosen.starts_with(&below))
    };
    let mut pressed = None;
    for category in categories.iter().filter(|category| category.count > 0 || category.chosen) {
        let parent = category.path.rsplit_once(" > ").map(|(parent, _)| parent);
        if parent.is_some_and(|parent| !is_open(parent)) {
            continue;
        }
        let label = match language {
            Language::Chinese if !category.label_zh.is_empty() => &category.label_zh,
            _ => &category.label,
        };
        ui.horizontal(|ui| {
            ui.add_space(category.depth as f32 * INDENT);
            if value_ui(ui, label, category.count, category.chosen) {
                pressed = Some(category);
            }
        });
    }
    if let Some(category) = pressed {
        let chosen = filter.categories.contains(&category.path);
        // One way through the tree at a time: choosing a branch gives up what was chosen above it and below it.
        let related = |other: &String| {
            other.starts_with(&format!("{} >", category.path)) || category.path.starts_with(&format!("{other} >"))
        };
        filter.categories.retain(|other| *other != category.path && !related(other));
        if !chosen {
            filter.categories.push(category.path.clone());
        }
    }
}

fn price_ui(ui: &mut Ui, language: Language, price: &PriceCount, filter: &mut Filter) {
    let own = filter.price.clone().filter(|range| range.currency.as_deref().is_none_or(|one| one == price.currency));
    let range = own.unwrap_or_default();
    let (mut low, mut high) = (range.low.unwrap_or(price.lowest), range.high.unwrap_or(price.highest));
    let speed = ((price.highest - price.lowest) / 200.0).max(0.01);
    let mut changed = false;
    ui.horizontal(|ui| {
        let from = ui.label(language.from());
        changed |= ui.add(DragValue::new(&mut low).speed(speed).max_decimals(2)).labelled_by(from.id).changed();
        let to = ui.label(language.to());
        changed |= ui.add(DragValue::new(&mut high).speed(speed).max_decimals(2)).labelled_by(to.id).changed();
    });
    // The ends move with the other conditions; only what a person changes becomes a limit.
    if !changed {
        return;
    }
    let limit = |value: f64, edge: f64| ((value - edge).abs() > 1e-9).then_some(value);
    let (low, high) = (limit(low, price.lowest), limit(high, price.highest));
    let currency = (!price.currency.is_empty()).then(|| price.currency.clone());
    filter.price = (low.is_some() || high.is_some()).then_some(PriceRange { low, high, currency });
}

fn values_ui(ui: &mut Ui, language: Language, id: &str, values: &Values, chosen: &mut Vec<String>) {
    let unfolded = ui.make_persistent_id(("all values", id));
    let all = ui.data(|data| data.get_temp::<bool>(unfolded)).unwrap_or(false);
    let shown = if all { values.listed.len() } else { FEW.min(values.listed.len()) };
    for value in &values.listed[..shown] {
        if value_ui(ui, &value.label, value.count, value.chosen) {
            let before = chosen.len();
            chosen.retain(|known| *known != value.label);
            if chosen.len() == before {
                chosen.push(value.label.clone());
            }
        }
    }
    let more = values.listed.len() - shown + if all { values.more } else { 0 };
    if !all && more > 0 {
        if widgets::button(ui, None, &language.and_more_values(more), Loudness::Quiet).clicked() {
            ui.data_mut(|data| data.insert_temp(unfolded, true));
        }
    } else if values.more > 0 {
        widgets::small(ui, language.and_more_values(values.more));
    }
}

/// One value with its box and its count; returns whether it was pressed.
fn value_ui(ui: &mut Ui, name: &str, count: usize, chosen: bool) -> bool {
    let palette = theme::palette(ui.style());
    let mut now = chosen;
    let text = if count > 0 || chosen { RichText::new(name) } else { RichText::new(name).color(palette.faint) };
    ui.horizontal(|ui| {
        widgets::checkbox(ui, &mut now, text);
        widgets::small(ui, count.to_string());
    });
    now != chosen
}
