//! One product, whole: its pictures large, what the feed says, its sounds, why it is where it is, and what is like it.

use egui::{CornerRadius, Label, RichText, Role, ScrollArea, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo, vec2};

use super::{
    command::Command,
    explain_panel::explain_panel_ui,
    icons::Icon,
    state::{OpenProduct, Shelf, Sound, State},
    theme,
    thumbnails::{Key, Shown, Source, Thumbnails},
    widgets::{self, Loudness},
};
use crate::{catalog::Product, language::Language};

/// A large picture is at most this much of its width high.
const TALLEST: f32 = 1.0;
const SMALL_PICTURE: f32 = 56.0;
const SIMILAR_PICTURE: f32 = 78.0;
const MOST_REVIEWS: usize = 20;

pub fn product_panel_ui(ui: &mut Ui, state: &State, pictures: &mut Thumbnails, commands: &mut Vec<Command>) {
    let (Some(shelf), Some(open)) = (&state.shelf, &state.product) else { return };
    let Some(product) = shelf.collection.product(open.row) else { return };
    let product = &*product;
    let language = state.language();
    ui.horizontal_top(|ui| {
        let width = ui.available_width() - theme::ICON_BUTTON - theme::S;
        ui.vertical(|ui| {
            ui.set_width(width);
            ui.add_space(theme::XS);
            let title = RichText::new(product.title(language)).text_style(theme::title());
            ui.add(Label::new(title).wrap().selectable(true));
            widgets::small(ui, facts(product, state));
        });
        if widgets::icon_button(ui, Icon::Close, language.close()).clicked() {
            commands.push(Command::CloseProduct);
        }
    });
    ui.add_space(theme::S);
    ScrollArea::vertical().auto_shrink(false).id_salt(open.row).show(ui, |ui| {
        ui.set_max_width(ui.available_width() - theme::S);
        pictures_ui(ui, state, shelf, open, product, pictures, commands);
        actions_ui(ui, state, open, product, commands);
        explain_panel_ui(ui, state, shelf, open.row);
        words_ui(ui, state, product);
        sounds_ui(ui, state, open, product, commands);
        similar_ui(ui, state, shelf, open, pictures, commands);
        reviews_ui(ui, state, product);
        ui.add_space(theme::XL);
    });
}

/// Brand, price and id in one line.
fn facts(product: &Product, state: &State) -> String {
    let price = product.price.as_ref().map(ToString::to_string).unwrap_or_default();
    let category = product.category(state.language()).replace(" > ", " › ");
    let facts = [price.as_str(), &product.brand, &category, &product.id];
    facts.into_iter().filter(|fact| !fact.is_empty()).collect::<Vec<_>>().join("   ·   ")
}

fn pictures_ui(
    ui: &mut Ui,
    state: &State,
    shelf: &Shelf,
    open: &OpenProduct,
    product: &Product,
    pictures: &mut Thumbnails,
    commands: &mut Vec<Command>,
) {
    let Some(path) = product.pictures.get(open.picture) else { return };
    let palette = theme::palette(ui.style());
    let language = state.language();
    let width = ui.available_width();
    let large = Key::Large { shelf: shelf.number, row: open.row, number: open.picture };
    let thumbnail = Key::Thumbnail { shelf: shelf.number, row: open.row };
    let _ = pictures.get(large, || Source::Large(path.clone()));
    // Until the large one is there the thumbnail holds its place.
    let texture = pictures.ready(large).or_else(|| pictures.ready(thumbnail).filter(|_| open.picture == 0));
    let shape = texture.map_or(1.0, |texture| 1.0 / texture.aspect_ratio());
    let (rect, response) = ui.allocate_exact_size(vec2(width, width * shape.clamp(0.4, TALLEST)), Sense::hover());
    let name = language.picture_of(open.picture + 1, product.pictures.len());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, &name));
    let radius = CornerRadius::same(theme::CARD_RADIUS);
    ui.painter().rect_filled(rect, radius, if texture.is_some() { palette.picture } else { palette.control });
    if let Some(texture) = texture {
        widgets::picture_inside(ui, rect, texture, radius, 1.0);
    }
    if product.pictures.len() > 1 {
        ui.horizontal_wrapped(|ui| {
            for (number, path) in product.pictures.iter().enumerate() {
                let key = Key::Large { shelf: shelf.number, row: open.row, number };
                let name = language.picture_of(number + 1, product.pictures.len());
                let small = Small { key, size: SMALL_PICTURE, name: &name, chosen: number == open.picture };
                if small.ui(ui, pictures, || Source::Large(path.clone())) {
                    commands.push(Command::ShowPicture(number));
                }
            }
        });
    }
}

/// A small picture that can be pressed.
struct Small<'a> {
    key: Key,
    size: f32,
    name: &'a str,
    chosen: bool,
}

impl Small<'_> {
    fn ui(&self, ui: &mut Ui, pictures: &mut Thumbnails, source: impl FnOnce() -> Source) -> bool {
        let palette = theme::palette(ui.style());
        let (rect, response) = ui.allocate_exact_size(Vec2::splat(self.size), Sense::click());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, self.name));
        let radius = CornerRadius::same(theme::CONTROL_RADIUS);
        ui.painter().rect_filled(rect, radius, palette.control);
        if let Shown::Ready(texture) = pictures.get(self.key, source) {
            ui.painter().rect_filled(rect, radius, palette.picture);
            widgets::picture_inside(ui, rect, texture, radius, 1.0);
        }
        let border = match (self.chosen, response.hovered()) {
            (true, _) => Stroke::new(2.0, palette.accent),
            (false, true) => Stroke::new(1.0, palette.faint),
            (false, false) => Stroke::new(1.0, palette.line),
        };
        ui.painter().rect_stroke(rect, radius, border, StrokeKind::Inside);
        response.on_hover_text(self.name).clicked()
    }
}

fn actions_ui(ui: &mut Ui, state: &State, open: &OpenProduct, product: &Product, commands: &mut Vec<Command>) {
    let language = state.language();
    ui.add_space(theme::XS);
    ui.horizontal_wrapped(|ui| {
        if let Some(path) = product.pictures.get(open.picture)
            && widgets::button(ui, Some(Icon::Search), language.search_with_picture(), Loudness::Normal).clicked()
        {
            commands.push(Command::SearchWith(path.clone()));
        }
        if product.pictures.is_empty()
            && let Some(path) = product.sounds.first()
            && widgets::button(ui, Some(Icon::Search), language.search_with_sound(), Loudness::Normal).clicked()
        {
            commands.push(Command::SearchWith(path.clone()));
        }
    });
}

fn words_ui(ui: &mut Ui, state: &State, product: &Product) {
    let language = state.language();
    let description = product.description(language);
    if !description.is_empty() {
        widgets::rule(ui);
        ui.add(Label::new(description).wrap().selectable(true));
    }
    if product.attributes.is_empty() {
        return;
    }
    widgets::rule(ui);
    widgets::section(ui, language.attributes());
    let palette = theme::palette(ui.style());
    let grid = egui::Grid::new("attributes").num_columns(2).min_row_height(theme::L);
    grid.spacing(vec2(theme::L, theme::XS)).show(ui, |ui| {
        for (name, value) in attributes(product, language) {
            ui.label(RichText::new(language.attribute(name)).color(palette.quiet));
            ui.add(Label::new(value).wrap().selectable(true));
            ui.end_row();
        }
    });
}

/// What the feed says beside the common fields; of a pair such as `color` and `color_zh` the one to be read.
fn attributes(product: &Product, language: Language) -> impl Iterator<Item = (&str, &str)> {
    let given = product.attributes.iter().filter(|(name, _)| !name.ends_with("_zh"));
    given.map(move |(name, value)| {
        let chinese = product.attributes.get(&format!("{name}_zh")).filter(|_| language == Language::Chinese);
        (name.as_str(), chinese.unwrap_or(value).as_str())
    })
}

fn sounds_ui(ui: &mut Ui, state: &State, open: &OpenProduct, product: &Product, commands: &mut Vec<Command>) {
    if product.sounds.is_empty() {
        return;
    }
    let language = state.language();
    widgets::rule(ui);
    widgets::section(ui, language.sounds());
    for (number, path) in product.sounds.iter().enumerate() {
        ui.horizontal(|ui| {
            let sound = Sound::Product { row: open.row, number };
            if state.playing == Some(sound) {
                if widgets::icon_button(ui, Icon::Stop, language.stop()).clicked() {
                    commands.push(Command::StopPlaying);
                }
            } else if widgets::icon_button(ui, Icon::Play, &language.play_sound(number + 1)).clicked() {
                commands.push(Command::Play(sound));
            }
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            ui.add(Label::new(name).truncate());
        });
    }
}

fn similar_ui(
    ui: &mut Ui,
    state: &State,
    shelf: &Shelf,
    open: &OpenProduct,
    pictures: &mut Thumbnails,
    commands: &mut Vec<Command>,
) {
    let language = state.language();
    let rows = open.similar.as_deref();
    if rows.is_some_and(<[usize]>::is_empty) {
        return;
    }
    widgets::rule(ui);
    widgets::section(ui, language.similar());
    let each = SIMILAR_PICTURE.min((ui.available_width() - 3.0 * theme::S) / 4.0);
    ui.horizontal_wrapped(|ui| {
        for row in rows.unwrap_or_default() {
            let Some(product) = shelf.collection.product(*row) else { continue };
            let key = Key::Thumbnail { shelf: shelf.number, row: *row };
            let small = Small { key, size: each, name: product.title(language), chosen: false };
            if small.ui(ui, pictures, || Source::Thumbnail(shelf.collection.clone(), *row)) {
                commands.push(Command::OpenProduct(*row));
            }
        }
        if rows.is_none() {
            ui.allocate_exact_size(Vec2::splat(each), Sense::hover());
        }
    });
}

fn reviews_ui(ui: &mut Ui, state: &State, product: &Product) {
    if product.reviews.is_empty() {
        return;
    }
    let language = state.language();
    let palette = theme::palette(ui.style());
    widgets::rule(ui);
    widgets::section(ui, language.reviews());
    for review in product.reviews.iter().take(MOST_REVIEWS) {
        if let Some(rating) = review.rating {
            rating_ui(ui, rating, &language.stars(rating));
        }
        ui.add(Label::new(RichText::new(&review.text).color(palette.quiet)).wrap().selectable(true));
        ui.add_space(theme::XS);
    }
    if product.reviews.len() > MOST_REVIEWS {
        widgets::small(ui, language.and_more(product.reviews.len() - MOST_REVIEWS));
    }
}

/// Five dots, filled as far as the rating goes.
fn rating_ui(ui: &mut Ui, rating: f32, name: &str) {
    let palette = theme::palette(ui.style());
    let (rect, response) = ui.allocate_exact_size(vec2(5.0 * theme::M, theme::S), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, name));
    for dot in 0..5 {
        let center = rect.left_center() + vec2(theme::XS + dot as f32 * theme::M, 0.0);
        let full = rating >= dot as f32 + 0.5;
        ui.painter().circle_filled(center, 3.5, if full { palette.accent } else { palette.control_pressed });
    }
    response.on_hover_text(name);
}
