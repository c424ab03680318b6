//! The workbench in the window: judge, measure, compare, tune.

pub mod command;
mod compare;
mod comparison;
mod grade;
mod i18n;
mod judge;
mod map;
mod outcome;
mod panel;
pub mod state;
mod tuning;
pub mod work;

use command::AuditCommand;
use egui::Ui;

use super::{icons::Icon, theme, widgets};
use crate::language::Language;

/// How long a ledger that could not be written is left alone, seconds.
const WRITE_PAUSE: f64 = 5.0;

pub use compare::compare_ui;
pub use grade::{RADIUS as CHIP, chip};
pub use judge::judge_ui;
pub use map::map_panel_ui;
pub use outcome::take_in;
pub use panel::audit_panel_ui;
pub use tuning::tuning_panel_ui;

/// The head of a panel at the side: what it is, what it is for, and the way out.
fn side_head_ui(ui: &mut Ui, language: Language, (name, note): (&str, &str), asked: &mut Vec<AuditCommand>) {
    widgets::line(
        ui,
        |ui| widgets::section(ui, name),
        |ui| {
            if widgets::icon_button(ui, Icon::Close, language.close()).clicked() {
                asked.push(AuditCommand::Side(None));
            }
        },
    );
    widgets::small(ui, note);
    ui.add_space(theme::S);
}
