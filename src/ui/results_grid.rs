//! The shelf: pictures first, numbers small. Only rows in sight are laid out, whatever the collection's size.

use std::collections::HashSet;

use egui::{
    Align2, CornerRadius, EventFilter, Id, Key, Modifiers, Pos2, Rect, Role, ScrollArea, Sense, Stroke, StrokeKind,
    TextStyle, Ui, Vec2, WidgetInfo, pos2, scroll_area::ScrollBarVisibility, vec2,
};

use super::{
    audit::{self, command::AuditCommand},
    command::Command,
    icons::{self, Icon},
    motion::{Card, Motion},
    state::{Shelf, Startup, State, Tab},
    theme,
    thumbnails::{Key as PictureKey, Shown, Source, Thumbnails},
    widgets::{self, Loudness},
    work::Lane,
};
use crate::{error::Error, search::Hit};

/// Height of the words under a picture.
const CAPTION: f32 = 78.0;
/// How much is left of a card whose score is no better than chance.
const BELOW: f32 = 0.45;
/// The longest step of an animation, seconds: after a pause nothing leaps.
const LONGEST_STEP_SECS: f32 = 0.05;

/// What the grid remembers between frames.
#[derive(Default)]
pub struct Grid {
    motion: Motion,
    /// Scroll to the selected card with the next frame.
    follow: bool,
    epoch: u64,
}

/// Sizes of the grid in this frame.
#[derive(Debug, Clone, Copy)]
struct Measure {
    columns: usize,
    card: Vec2,
}

impl Measure {
    fn of(width: f32, wanted: f32) -> Self {
        let columns = (((width + theme::M) / (wanted + theme::M)).round() as usize).max(1);
        let across = ((width + theme::M) / columns as f32 - theme::M).floor();
        Self { columns, card: vec2(across, across + CAPTION) }
    }

    fn place(&self, place: usize) -> Pos2 {
        let (row, column) = (place / self.columns, place % self.columns);
        pos2(column as f32 * (self.card.x + theme::M), row as f32 * (self.card.y + theme::M))
    }

    fn height(&self, count: usize) -> f32 {
        count.div_ceil(self.columns) as f32 * (self.card.y + theme::M)
    }
}

pub fn results_grid_ui(
    ui: &mut Ui,
    state: &State,
    grid: &mut Grid,
    pictures: &mut Thumbnails,
    commands: &mut Vec<Command>,
) {
    let Some(shelf) = &state.shelf else { return empty_ui(ui, state, commands) };
    header_ui(ui, state, shelf);
    ui.add_space(theme::M);
    let measure = Measure::of(ui.available_width() - theme::M, state.settings.thumbnail_width);
    keyboard_ui(ui, state, shelf, measure, grid, commands);
    let mut area =
        ScrollArea::vertical().auto_shrink(false).scroll_bar_visibility(ScrollBarVisibility::VisibleWhenNeeded);
    if grid.epoch != shelf.epoch {
        // Another question starts at its best answer.
        area = area.vertical_scroll_offset(0.0);
        grid.epoch = shelf.epoch;
    }
    area.show_viewport(ui, |ui, sight| cards_ui(ui, sight, state, shelf, measure, grid, pictures, commands));
}

fn header_ui(ui: &mut Ui, state: &State, shelf: &Shelf) {
    let language = state.language();
    let (shown, all) = (shelf.hits.len(), shelf.allowed());
    let heading = match &shelf.found {
        None if shelf.painted => language.best_of(shown, all),
        None => language.products(shown),
        Some(_) if shown < all => language.best_of(shown, all),
        Some(_) => language.ranked(all),
    };
    let note = match &shelf.trouble {
        Some(Error::NoWeight) => language.no_weight().to_owned(),
        Some(error) => error.say(language),
        None if shelf.network.is_some() && shelf.found.is_some() => language.by_network().to_owned(),
        None if all == 0 => language.nothing_passes().to_owned(),
        None if shelf.painted => language.painted().to_owned(),
        None if shelf.nothing_matches() => language.no_good_match().to_owned(),
        None => {
            let (moved, first) = shelf.moved();
            let moved = (shelf.found.is_some() && moved > 0).then(|| language.moved(moved, first));
            let good = shelf.good().filter(|good| *good < shown).map(|good| language.good(good));
            good.into_iter().chain(moved).collect::<Vec<_>>().join("   ·   ")
        }
    };
    ui.horizontal(|ui| {
        widgets::section(ui, &heading);
        if !note.is_empty() {
            widgets::quiet(ui, note);
        }
    });
}

/// Arrows walk over the cards, Enter opens one. Keys belong to a text field or slider that has the focus.
fn keyboard_ui(ui: &Ui, state: &State, shelf: &Shelf, measure: Measure, grid: &mut Grid, commands: &mut Vec<Command>) {
    let focused = ui.memory(egui::Memory::focused);
    let on_card = state.selected.is_some_and(|row| focused == Some(card_id(row)));
    // An open list takes the keys for itself.
    let list_is_open = egui::Popup::is_any_open(ui.ctx());
    if shelf.hits.is_empty() || list_is_open || !(focused.is_none() || on_card) {
        return;
    }
    let step = ui.input_mut(|input| {
        let mut pressed = |key| input.consume_key(Modifiers::NONE, key);
        let (right, left) = (pressed(Key::ArrowRight), pressed(Key::ArrowLeft));
        let (down, up) = (pressed(Key::ArrowDown), pressed(Key::ArrowUp));
        let across = isize::from(right) - isize::from(left);
        across + (isize::from(down) - isize::from(up)) * measure.columns as isize
    });
    grade_keys(ui, state, commands);
    if step != 0 {
        let last = shelf.hits.len() - 1;
        let place = match state.selected.and_then(|row| shelf.place_of(row)) {
            Some(place) => place.saturating_add_signed(step).min(last),
            None => 0,
        };
        commands.push(Command::Select(Some(shelf.hits[place].row)));
        grid.follow = true;
    }
    // A card with the focus is pressed by Enter on its own.
    if !on_card
        && let Some(row) = state.selected
        && ui.input(|input| input.key_pressed(Key::Enter))
    {
        commands.push(Command::OpenProduct(row));
    }
}

/// Keys 0 to 3 judge the selected product while the workbench is open and the shelf answers a query of its set; Delete takes
/// the judgement back.
fn grade_keys(ui: &Ui, state: &State, commands: &mut Vec<Command>) {
    let (Some(row), Tab::Audit, Some(_)) = (state.selected, state.tab, &state.audit.current) else { return };
    let pressed = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    let keys = [(Key::Num0, 0.0), (Key::Num1, 1.0), (Key::Num2, 2.0), (Key::Num3, 3.0)];
    for (key, grade) in keys {
        if pressed(key) {
            commands.push(Command::Audit(AuditCommand::GradeRow(row, Some(grade))));
        }
    }
    if pressed(Key::Delete) {
        commands.push(Command::Audit(AuditCommand::GradeRow(row, None)));
    }
}

#[expect(clippy::too_many_arguments, reason = "a view is given what it shows, one thing each")]
fn cards_ui(
    ui: &mut Ui,
    sight: Rect,
    state: &State,
    shelf: &Shelf,
    measure: Measure,
    grid: &mut Grid,
    pictures: &mut Thumbnails,
    commands: &mut Vec<Command>,
) {
    ui.set_min_size(vec2(ui.available_width(), measure.height(shelf.hits.len())));
    let origin = ui.min_rect().min;
    let row_height = measure.card.y + theme::M;
    let first = (sight.top() / row_height).floor().max(0.0) as usize * measure.columns;
    let after = ((sight.bottom() / row_height).ceil().max(0.0) as usize * measure.columns).min(shelf.hits.len());
    let in_sight = shelf.hits.get(first..after).unwrap_or_default();
    let places: Vec<(usize, Pos2)> =
        in_sight.iter().zip(first..).map(|(hit, place)| (hit.row, measure.place(place))).collect();
    let moving = grid.motion.step(
        (shelf.epoch, shelf.ranking),
        (measure.columns, measure.card.x),
        &places,
        |row| Some(measure.place(shelf.place_of(row)?)),
        ui.input(|input| input.stable_dt).min(LONGEST_STEP_SECS),
        state.settings.animations,
    );
    let staying: HashSet<usize> = in_sight.iter().map(|hit| hit.row).collect();
    let mut draw = CardView { state, shelf, pictures, size: measure.card };
    for (row, card) in grid.motion.leaving(&staying, sight, measure.card) {
        let score = shelf.place_of(row).map_or(0.0, |place| shelf.hits[place].score);
        draw.paint(ui, origin, Hit { score, ..Hit::of(row) }, card, false);
    }
    for (hit, (_, place)) in in_sight.iter().zip(&places) {
        let card = grid.motion.card(hit.row).unwrap_or(Card { at: *place, opacity: 1.0 });
        let rect = Rect::from_min_size(origin + place.to_vec2(), measure.card);
        let response = ui.interact(rect, card_id(hit.row), Sense::click());
        let product = shelf.collection.product(hit.row).unwrap_or_default();
        let title = product.title(state.language());
        response.widget_info(|| WidgetInfo::labeled(Role::Button, true, title));
        if response.has_focus() {
            let arrows = EventFilter { horizontal_arrows: true, vertical_arrows: true, ..EventFilter::default() };
            ui.memory_mut(|memory| memory.set_focus_lock_filter(response.id, arrows));
        }
        if response.gained_focus() && state.selected != Some(hit.row) {
            commands.push(Command::Select(Some(hit.row)));
        }
        if response.clicked() {
            commands.push(Command::OpenProduct(hit.row));
        }
        draw.paint(ui, origin, *hit, card, response.hovered());
    }
    follow_ui(ui, origin, state, shelf, measure, grid);
    if moving {
        ui.request_repaint();
    }
}

/// Brings the selected card into sight and gives it the focus.
fn follow_ui(ui: &Ui, origin: Pos2, state: &State, shelf: &Shelf, measure: Measure, grid: &mut Grid) {
    if !std::mem::take(&mut grid.follow) {
        return;
    }
    if let Some((row, place)) = state.selected.and_then(|row| Some((row, shelf.place_of(row)?))) {
        let rect = Rect::from_min_size(origin + measure.place(place).to_vec2(), measure.card);
        ui.scroll_to_rect(rect.expand(theme::M), None);
        ui.memory_mut(|memory| memory.request_focus(card_id(row)));
        ui.request_repaint();
    }
}

fn card_id(row: usize) -> Id {
    Id::unique("product").with(row)
}

/// Paints cards; interaction is the grid's.
struct CardView<'a> {
    state: &'a State,
    shelf: &'a Shelf,
    pictures: &'a mut Thumbnails,
    size: Vec2,
}

impl CardView<'_> {
    fn paint(&mut self, ui: &Ui, origin: Pos2, hit: Hit, card: Card, hovered: bool) {
        let rect = Rect::from_min_size(origin + card.at.to_vec2(), self.size);
        if !ui.is_rect_visible(rect) {
            return;
        }
        let palette = theme::palette(ui.style());
        let seen = |colour: egui::Color32| colour.gamma_multiply(card.opacity);
        // Below the line the products step back, but for the one that is looked at.
        let below = self.shelf.is_below_the_line(&hit) && !self.shelf.nothing_matches();
        let card = if below && !hovered { Card { opacity: card.opacity * BELOW, ..card } } else { card };
        let selected = self.state.selected == Some(hit.row);
        let border = match (selected, hovered) {
            (true, _) => Stroke::new(2.0, palette.accent),
            (false, true) => Stroke::new(1.0, palette.faint),
            (false, false) => Stroke::new(1.0, palette.line),
        };
        let product = self.shelf.collection.product(hit.row);
        ui.painter().rect_filled(rect, theme::CARD_RADIUS, seen(palette.card));
        self.paint_picture(ui, rect, hit.row, card.opacity);
        self.paint_caption(ui, rect, hit, card.opacity);
        if self.state.tab == Tab::Audit
            && let Some(grade) = product.as_ref().and_then(|product| self.state.audit.grade(&product.id))
        {
            let corner = pos2(rect.right() - theme::S - audit::CHIP, rect.top() + theme::S + audit::CHIP);
            audit::chip(ui, corner, grade, card.opacity);
        }
        let border = Stroke::new(border.width, seen(border.color));
        ui.painter().rect_stroke(rect, theme::CARD_RADIUS, border, StrokeKind::Inside);
    }

    fn paint_picture(&mut self, ui: &Ui, rect: Rect, row: usize, opacity: f32) {
        let palette = theme::palette(ui.style());
        let picture = Rect::from_min_size(rect.min, Vec2::splat(rect.width()));
        let radius = CornerRadius { nw: theme::CARD_RADIUS, ne: theme::CARD_RADIUS, sw: 0, se: 0 };
        let product = self.shelf.collection.product(row).unwrap_or_default();
        let key = PictureKey::Thumbnail { shelf: self.shelf.number, row };
        let collection = &self.shelf.collection;
        match self.pictures.get(key, || Source::Thumbnail(collection.clone(), row)) {
            Shown::Ready(texture) => {
                ui.painter().rect_filled(picture, radius, palette.picture.gamma_multiply(opacity));
                widgets::picture_inside(ui, picture, texture, radius, opacity);
            }
            Shown::Coming => {
                ui.painter().rect_filled(picture, radius, palette.control.gamma_multiply(opacity));
            }
            Shown::Nothing => {
                ui.painter().rect_filled(picture, radius, palette.control.gamma_multiply(opacity));
                let icon = if product.sounds.is_empty() { Icon::Picture } else { Icon::Sound };
                icons::paint(ui.painter(), icon, picture.center(), palette.faint.gamma_multiply(opacity));
            }
        }
    }

    fn paint_caption(&self, ui: &Ui, rect: Rect, hit: Hit, opacity: f32) {
        let palette = theme::palette(ui.style());
        let product = self.shelf.collection.product(hit.row).unwrap_or_default();
        let painter = ui.painter();
        let left = rect.left() + theme::M;
        let width = rect.width() - 2.0 * theme::M;
        let body = TextStyle::Body.resolve(ui.style());
        let small = TextStyle::Small.resolve(ui.style());
        let title = widgets::elided(ui, product.title(self.state.language()), body.clone(), width, 2);
        let top = rect.top() + rect.width() + theme::S;
        painter.galley(pos2(left, top), title, palette.text.gamma_multiply(opacity));
        let bottom = rect.bottom() - theme::M + 2.0;
        if let Some(price) = &product.price {
            let colour = palette.quiet.gamma_multiply(opacity);
            painter.text(pos2(left, bottom), Align2::LEFT_BOTTOM, price.to_string(), body, colour);
        }
        let right = pos2(rect.right() - theme::M, bottom - 1.0);
        let faint = palette.faint.gamma_multiply(opacity);
        if self.shelf.answers() {
            let mut score = if hit.named {
                self.state.language().number_matches().to_owned()
            } else {
                widgets::score(self.state.settings.weights.method, hit.score)
            };
            if hit.alike > 0 {
                score = format!("{}   {score}", self.state.language().alike(hit.alike));
            }
            painter.text(right, Align2::RIGHT_BOTTOM, score, small, faint);
        } else if !product.sounds.is_empty() {
            icons::paint(painter, Icon::Sound, right - vec2(icons::SIDE, icons::SIDE) / 2.0, faint);
        }
    }
}

/// A bar when it is known how far the work is; the spinner, which draws every frame, only until then.
fn opening_ui(ui: &mut Ui, state: &State) {
    let language = state.language();
    let import = state.running.iter().find(|running| running.lane == Lane::Open && running.total > 0);
    let Some(import) = import else {
        ui.add(egui::Spinner::new().size(theme::XL).color(theme::palette(ui.style()).accent));
        ui.add_space(theme::M);
        widgets::section(ui, language.opening());
        return;
    };
    widgets::section(ui, language.opening());
    widgets::quiet(ui, language.opening_note());
    ui.add_space(theme::M);
    widgets::bar(ui, import.done as f32 / import.total as f32, 4.0);
    let counted = language.counted(import.done, import.total);
    widgets::small(ui, format!("{}   {counted}", import.stage.say(language)));
}

/// While there is nothing to show yet, or nothing at all.
fn empty_ui(ui: &mut Ui, state: &State, commands: &mut Vec<Command>) {
    let language = state.language();
    widgets::centred(ui, 180.0, |ui| match &state.startup {
        Startup::Opening | Startup::Open => {
            opening_ui(ui, state);
        }
        Startup::Failed(error) => {
            widgets::section(ui, language.nothing_open());
            widgets::quiet(ui, error.say(language));
            ui.add_space(theme::M);
            if widgets::button(ui, None, language.retry(), Loudness::Primary).clicked() {
                commands.push(Command::OpenSample);
            }
            widgets::quiet(ui, language.nothing_open_note());
        }
    });
}
