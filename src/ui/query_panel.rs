//! The query as a person puts it together: words, pictures and a sound in one field, and the buttons that add them.

use egui::{
    Align, CornerRadius, Frame, Id, Key, Layout, Margin, Rect, RichText, Role, Sense, Stroke, TextEdit, TextStyle, Ui,
    UiBuilder, ViewportCommand, WidgetInfo, pos2, vec2,
};

use super::{
    command::Command,
    icons::{self, Icon},
    state::{Attached, Sound, State},
    theme,
    thumbnails::{Key as PictureKey, Shown, Source, Thumbnails},
    widgets::{self, Loudness},
    work::Lane,
};

const FIELD_HEIGHT: f32 = 48.0;
const CHIP: f32 = 36.0;
const SOUND_CHIP: f32 = 148.0;
const METER_WIDTH: f32 = 96.0;
/// So many pictures are shown; more still count.
const MOST_CHIPS: usize = 5;

/// The text field's identity, so that a key can bring the cursor there.
pub fn field_id() -> Id {
    Id::unique("query text")
}

pub fn query_panel_ui(ui: &mut Ui, state: &State, pictures: &mut Thumbnails, commands: &mut Vec<Command>) {
    let palette = theme::palette(ui.style());
    let focused = ui.memory(|memory| memory.has_focus(field_id()));
    let border = Stroke::new(1.5, if focused { palette.accent } else { palette.line });
    let field = Frame::new().fill(palette.card).stroke(border).corner_radius(theme::CARD_RADIUS + 2);
    field.inner_margin(Margin::symmetric(theme::M as i8, 0)).show(ui, |ui| {
        ui.set_height(FIELD_HEIGHT);
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| field_ui(ui, state, pictures, commands));
    });
    ui.add_space(theme::XS);
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = theme::XS;
        buttons_ui(ui, state, commands);
    });
}

fn field_ui(ui: &mut Ui, state: &State, pictures: &mut Thumbnails, commands: &mut Vec<Command>) {
    let palette = theme::palette(ui.style());
    let (rect, _) = ui.allocate_exact_size(vec2(icons::SIDE, icons::SIDE), Sense::hover());
    if state.is_running(Lane::Search) {
        let spinner = egui::Spinner::new().size(icons::SIDE).color(palette.accent);
        ui.place(rect, spinner);
    } else {
        icons::paint(ui.painter(), Icon::Search, rect.center(), palette.quiet);
    }
    for (place, attached) in state.attached.iter().enumerate().take(MOST_CHIPS) {
        picture_chip_ui(ui, state, place, attached, pictures, commands);
    }
    if state.attached.len() > MOST_CHIPS {
        widgets::small(ui, format!("+{}", state.attached.len() - MOST_CHIPS));
    }
    if state.query.audio.is_some() {
        sound_chip_ui(ui, state, commands);
    }
    text_ui(ui, state, commands);
}

fn text_ui(ui: &mut Ui, state: &State, commands: &mut Vec<Command>) {
    let palette = theme::palette(ui.style());
    let language = state.language();
    let room_for_clear = if state.query.is_empty() { 0.0 } else { theme::XL + theme::S };
    let mut text = state.query.text.clone();
    let hint = RichText::new(language.query_hint()).color(palette.faint);
    let edit = TextEdit::singleline(&mut text)
        .id(field_id())
        .hint_text(hint)
        .font(TextStyle::Name("title".into()))
        .frame(Frame::NONE)
        .margin(Margin::ZERO)
        .align(egui::Align2::LEFT_CENTER)
        .min_size(vec2(0.0, FIELD_HEIGHT))
        .desired_width((ui.available_width() - room_for_clear).max(80.0));
    let response = ui.add(edit).accessible_name(language.query_text());
    if response.changed() {
        commands.push(Command::SetText(text));
    }
    if response.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter)) {
        commands.push(Command::SearchNow);
        response.request_focus();
    }
    if !state.query.is_empty() && widgets::small_icon_button(ui, Icon::Close, language.clear_query()).clicked() {
        commands.push(Command::ClearQuery);
    }
}

fn picture_chip_ui(
    ui: &mut Ui,
    state: &State,
    place: usize,
    attached: &Attached,
    pictures: &mut Thumbnails,
    commands: &mut Vec<Command>,
) {
    let palette = theme::palette(ui.style());
    let language = state.language();
    let (rect, response) = ui.allocate_exact_size(vec2(CHIP + theme::S, FIELD_HEIGHT), Sense::click());
    let picture = Rect::from_min_size(pos2(rect.left(), rect.center().y - CHIP / 2.0), vec2(CHIP, CHIP));
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, language.query_picture(place + 1)));
    let radius = CornerRadius::same(theme::CONTROL_RADIUS - 2);
    ui.painter().rect_filled(picture, radius, palette.control);
    let source = || Source::Query(attached.whole.clone());
    if let Shown::Ready(texture) = pictures.get(PictureKey::Query(attached.id), source) {
        widgets::picture_covering(ui, picture, texture, radius);
    }
    let framed = attached.region.is_some() || state.framing == Some(place) || response.hovered();
    let colour = if attached.weight < 0.0 { palette.bad } else { palette.accent };
    let border =
        if framed || attached.weight < 0.0 { Stroke::new(1.5, colour) } else { Stroke::new(1.0, palette.line) };
    ui.painter().rect_stroke(picture, radius, border, egui::StrokeKind::Inside);
    if response.on_hover_text(language.choose_region()).clicked() {
        commands.push(Command::Frame((state.framing != Some(place)).then_some(place)));
    }
    let cross = Rect::from_center_size(picture.right_top() + vec2(-1.0, 1.0), vec2(18.0, 18.0));
    remove_ui(ui, cross, &language.remove_picture(place + 1), || commands.push(Command::RemovePicture(place)));
}

/// The round cross at the corner of a chip.
fn remove_ui(ui: &Ui, rect: Rect, name: &str, remove: impl FnOnce()) {
    let palette = theme::palette(ui.style());
    let response = ui.interact(rect, ui.scope_id().with(name), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, name));
    let fill = if response.hovered() { palette.text } else { palette.quiet };
    ui.painter().circle(rect.center(), 8.0, fill, Stroke::new(1.5, palette.card));
    let painter = ui.painter();
    for (x, y) in [(1.0, 1.0), (1.0, -1.0)] {
        let arm = vec2(x, y) * 2.6;
        painter.line_segment([rect.center() - arm, rect.center() + arm], Stroke::new(1.3, palette.card));
    }
    if response.on_hover_text(name).clicked() {
        remove();
    }
}

fn sound_chip_ui(ui: &mut Ui, state: &State, commands: &mut Vec<Command>) {
    let Some(clip) = &state.query.audio else { return };
    let palette = theme::palette(ui.style());
    let language = state.language();
    let (rect, _) = ui.allocate_exact_size(vec2(SOUND_CHIP + theme::S, FIELD_HEIGHT), Sense::hover());
    let chip = Rect::from_min_size(pos2(rect.left(), rect.center().y - CHIP / 2.0), vec2(SOUND_CHIP, CHIP));
    ui.painter().rect_filled(chip, theme::CONTROL_RADIUS - 2, palette.accent_soft);
    // A child of its own: the place in the row has been taken already.
    let inner = chip.shrink2(vec2(theme::XS, 0.0));
    let layout = Layout::left_to_right(Align::Center);
    sound_ui(&mut ui.new_child(UiBuilder::new().max_rect(inner).layout(layout)), state, clip.seconds(), commands);
    let cross = Rect::from_center_size(chip.right_top() + vec2(-1.0, 1.0), vec2(18.0, 18.0));
    remove_ui(ui, cross, language.remove_sound(), || commands.push(Command::RemoveSound));
}

fn sound_ui(ui: &mut Ui, state: &State, seconds: f32, commands: &mut Vec<Command>) {
    let language = state.language();
    ui.spacing_mut().item_spacing.x = theme::XS;
    if state.playing == Some(Sound::Query) {
        if widgets::small_icon_button(ui, Icon::Stop, language.stop()).clicked() {
            commands.push(Command::StopPlaying);
        }
    } else if widgets::small_icon_button(ui, Icon::Play, language.play_recording()).clicked() {
        commands.push(Command::Play(Sound::Query));
    }
    let (wave, _) = ui.allocate_exact_size(vec2(66.0, 20.0), Sense::hover());
    icons::paint_wave(ui.painter(), wave, &state.wave, theme::palette(ui.style()).accent);
    widgets::small(ui, language.seconds(seconds));
}

fn buttons_ui(ui: &mut Ui, state: &State, commands: &mut Vec<Command>) {
    let language = state.language();
    let mut ask = |ui: &mut Ui, icon, text, command| {
        if widgets::button(ui, Some(icon), text, Loudness::Quiet).clicked() {
            commands.push(command);
        }
    };
    ask(ui, Icon::Picture, language.add_picture(), Command::AskForPictures);
    ask(ui, Icon::Sound, language.open_sound(), Command::AskForSound);
    if widgets::button(ui, Some(Icon::Paste), language.paste(), Loudness::Quiet).clicked() {
        ui.send_viewport_cmd(ViewportCommand::RequestPaste);
        commands.push(Command::AwaitPaste);
    }
    if state.recording.is_some() {
        recording_ui(ui, state, commands);
    } else if widgets::button(ui, Some(Icon::Microphone), language.record(), Loudness::Quiet).clicked() {
        commands.push(Command::Record);
    }
}

fn recording_ui(ui: &mut Ui, state: &State, commands: &mut Vec<Command>) {
    let Some(take) = &state.recording else { return };
    let palette = theme::palette(ui.style());
    let language = state.language();
    if widgets::button(ui, Some(Icon::Stop), language.stop_recording(), Loudness::Primary).clicked() {
        commands.push(Command::StopRecording);
    }
    let (rect, response) = ui.allocate_exact_size(vec2(METER_WIDTH, 6.0), Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Meter, true, language.listening()));
    ui.painter().rect_filled(rect, 3.0, palette.control);
    // The ear hears in decibels: 60 of them fill the meter.
    let level = (1.0 + take.level().max(1e-3).log10() / 3.0).clamp(0.0, 1.0);
    let filled = Rect::from_min_size(rect.min, vec2(rect.width() * level, rect.height()));
    ui.painter().rect_filled(filled, 3.0, if take.level() > 0.98 { palette.bad } else { palette.accent });
    widgets::small(ui, format!("{}   {}", language.listening(), language.seconds(take.seconds())));
    ui.request_repaint_after_secs(0.03);
}
