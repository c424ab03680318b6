//! Sentences that stay until dismissed: what went wrong and what to do, or an offer. They cover nothing that is needed.

use egui::{Align2, Area, Context, Frame, Id, Label, LayerId, Margin, Order, RichText, Stroke, TextStyle, Ui, vec2};

use super::{
    command::{Command, MOST_AT_ONCE},
    icons::Icon,
    state::{Notice, State},
    theme,
    widgets::{self, Loudness},
};
use crate::language::Language;

const WIDTH: f32 = 380.0;
/// The newest so many are shown; dismissing one brings up an older one.
const MOST_SHOWN: usize = 4;

pub fn notices_ui(ctx: &Context, state: &State, commands: &mut Vec<Command>) {
    if state.notices.is_empty() {
        return;
    }
    let area = Area::new(Id::unique("notices")).order(Order::Foreground);
    area.anchor(Align2::RIGHT_BOTTOM, vec2(-theme::L, -(theme::L + theme::BUTTON_HEIGHT))).show(ctx, |ui| {
        ui.set_width(WIDTH);
        for (number, notice) in state.notices.iter().rev().take(MOST_SHOWN).rev() {
            notice_ui(ui, state.language(), *number, notice, commands);
        }
    });
}

fn notice_ui(ui: &mut Ui, language: Language, number: u64, notice: &Notice, commands: &mut Vec<Command>) {
    let palette = theme::palette(ui.style());
    let bad = matches!(notice, Notice::Error(_));
    let border = Stroke::new(1.0, if bad { palette.bad } else { palette.line });
    let shadow = ui.visuals().popup_shadow;
    let frame = Frame::new().fill(palette.card).stroke(border).corner_radius(theme::CARD_RADIUS).shadow(shadow);
    frame.inner_margin(Margin::same(theme::M as i8)).show(ui, |ui| {
        ui.horizontal_top(|ui| {
            let width = WIDTH - 2.0 * theme::M - theme::XL - theme::S;
            ui.vertical(|ui| {
                ui.set_width(width);
                // The first line stands level with the cross.
                ui.add_space(theme::XS);
                ui.add(Label::new(RichText::new(sentence(notice, language))).wrap().selectable(true));
                if let Notice::ImportOffer(path) = notice
                    && widgets::button(ui, None, language.import_asking(), Loudness::Primary).clicked()
                {
                    commands.push(Command::Import(path.clone()));
                }
                if let Notice::Leaving(_) = notice {
                    ui.horizontal(|ui| {
                        if widgets::button(ui, None, language.remove_them(), Loudness::Normal).clicked() {
                            commands.push(Command::AnswerLeaving(true));
                        }
                        if widgets::button(ui, None, language.keep_as_it_is(), Loudness::Primary).clicked() {
                            commands.push(Command::AnswerLeaving(false));
                        }
                    });
                }
            });
            if widgets::small_icon_button(ui, Icon::Close, language.dismiss()).clicked() {
                commands.push(Command::Dismiss(number));
            }
        });
    });
}

fn sentence(notice: &Notice, language: Language) -> String {
    match notice {
        Notice::Error(error) => error.say(language),
        Notice::NoDialog => language.no_dialog().to_owned(),
        Notice::TooManyFiles => language.too_many_files(MOST_AT_ONCE),
        Notice::NothingToPaste => language.nothing_to_paste().to_owned(),
        Notice::AllJudged => language.all_judged().to_owned(),
        Notice::Leaving(leaving) => language.leaving(leaving),
        Notice::ImportOffer(path) => {
            language.import_offer(&path.file_name().unwrap_or(path.as_os_str()).to_string_lossy())
        }
    }
}

/// Over the whole window while files hang over it.
pub fn drop_hint_ui(ctx: &Context, language: Language) {
    if ctx.input(|input| input.raw.hovered_files.is_empty()) {
        return;
    }
    let style = ctx.global_style();
    let palette = theme::palette(&style);
    let painter = ctx.layer_painter(LayerId::new(Order::Foreground, Id::unique("drop hint")));
    let rect = ctx.content_rect();
    painter.rect_filled(rect, 0.0, palette.page.gamma_multiply(0.85));
    let frame = rect.shrink(theme::XL);
    painter.rect(
        frame,
        theme::CARD_RADIUS,
        palette.accent_soft.gamma_multiply(0.6),
        Stroke::new(2.0, palette.accent),
        egui::StrokeKind::Inside,
    );
    let font = TextStyle::Heading.resolve(&style);
    painter.text(frame.center(), Align2::CENTER_CENTER, language.drop_here(), font, palette.text);
}
