//! Every colour, distance and letter size of the window, so that it can be retuned in one place. Warm greys, one
//! accent, pictures first.

use egui::{
    Color32, Context, CornerRadius, FontFamily, FontId, Margin, Shadow, Stroke, Style, TextStyle, Theme,
    ThemePreference, Vec2, Visuals,
    style::{HandleShape, ScrollStyle, Selection, WidgetVisuals, Widgets},
    vec2,
};

use crate::settings;

/// Distances, points. Nothing else is used between two things.
pub const XS: f32 = 4.0;
pub const S: f32 = 8.0;
pub const M: f32 = 12.0;
pub const L: f32 = 16.0;
pub const XL: f32 = 24.0;

/// Letter sizes, points.
/// A figure that is looked at from a step away.
pub const FIGURE: f32 = 30.0;
pub const HEADING: f32 = 20.0;
pub const TITLE: f32 = 15.0;
pub const BODY: f32 = 13.0;
pub const SMALL: f32 = 11.5;

pub const CARD_RADIUS: u8 = 10;
pub const CONTROL_RADIUS: u8 = 8;
pub const BUTTON_HEIGHT: f32 = 30.0;
pub const ICON_BUTTON: f32 = 32.0;
pub const SLIDER_HEIGHT: f32 = 18.0;
pub const SIDE_WIDTH: f32 = 304.0;
pub const PRODUCT_WIDTH: f32 = 384.0;

/// A thumbnail is within 3 % of its new place after this time.
pub const GLIDE_SECS: f32 = 0.18;

/// The colours of one theme.
#[derive(Debug, Clone, Copy)]
pub struct Palette {
    /// Behind the grid.
    pub page: Color32,
    /// The side panels.
    pub side: Color32,
    /// Cards, fields.
    pub card: Color32,
    /// A control that can be pressed; under the pointer; pressed.
    pub control: Color32,
    pub control_hover: Color32,
    pub control_pressed: Color32,
    /// Around cards and between panels.
    pub line: Color32,
    pub text: Color32,
    pub quiet: Color32,
    /// Numbers on demand and hints.
    pub faint: Color32,
    pub accent: Color32,
    /// Behind something chosen.
    pub accent_soft: Color32,
    pub on_accent: Color32,
    pub bad: Color32,
    pub bad_soft: Color32,
    /// Of a judgement: 0 not relevant to 3 just right. White stands on each.
    pub grades: [Color32; 4],
    /// Behind pictures, which come with a white ground of their own.
    pub picture: Color32,
}

const LIGHT: Palette = Palette {
    page: Color32::from_rgb(0xF5, 0xF4, 0xF1),
    side: Color32::from_rgb(0xFB, 0xFA, 0xF8),
    card: Color32::from_rgb(0xFF, 0xFF, 0xFF),
    control: Color32::from_rgb(0xEF, 0xED, 0xE9),
    control_hover: Color32::from_rgb(0xE7, 0xE4, 0xDE),
    control_pressed: Color32::from_rgb(0xDD, 0xD9, 0xD2),
    line: Color32::from_rgb(0xE6, 0xE3, 0xDD),
    text: Color32::from_rgb(0x1F, 0x1D, 0x1A),
    quiet: Color32::from_rgb(0x63, 0x5F, 0x58),
    faint: Color32::from_rgb(0x82, 0x7D, 0x74),
    accent: Color32::from_rgb(0x0E, 0x74, 0x63),
    accent_soft: Color32::from_rgb(0xDD, 0xEE, 0xEA),
    on_accent: Color32::from_rgb(0xFF, 0xFF, 0xFF),
    bad: Color32::from_rgb(0xB4, 0x3A, 0x2A),
    bad_soft: Color32::from_rgb(0xFA, 0xE8, 0xE4),
    grades: [
        Color32::from_rgb(0xB0, 0x4A, 0x3C),
        Color32::from_rgb(0xB0, 0x7A, 0x1E),
        Color32::from_rgb(0x6B, 0x8E, 0x3A),
        Color32::from_rgb(0x0E, 0x74, 0x63),
    ],
    picture: Color32::from_rgb(0xFF, 0xFF, 0xFF),
};

const DARK: Palette = Palette {
    page: Color32::from_rgb(0x14, 0x13, 0x12),
    side: Color32::from_rgb(0x1A, 0x19, 0x17),
    card: Color32::from_rgb(0x22, 0x20, 0x1E),
    control: Color32::from_rgb(0x2C, 0x2A, 0x27),
    control_hover: Color32::from_rgb(0x37, 0x34, 0x30),
    control_pressed: Color32::from_rgb(0x43, 0x3F, 0x3A),
    line: Color32::from_rgb(0x2E, 0x2C, 0x29),
    text: Color32::from_rgb(0xF1, 0xEF, 0xEA),
    quiet: Color32::from_rgb(0xB0, 0xAB, 0xA2),
    faint: Color32::from_rgb(0x8C, 0x86, 0x7D),
    accent: Color32::from_rgb(0x54, 0xC6, 0xAE),
    accent_soft: Color32::from_rgb(0x1C, 0x3A, 0x34),
    on_accent: Color32::from_rgb(0x0B, 0x22, 0x1D),
    bad: Color32::from_rgb(0xF0, 0x8A, 0x78),
    bad_soft: Color32::from_rgb(0x3C, 0x22, 0x1D),
    grades: [
        Color32::from_rgb(0xB8, 0x55, 0x46),
        Color32::from_rgb(0xA8, 0x78, 0x28),
        Color32::from_rgb(0x6A, 0x8C, 0x3C),
        Color32::from_rgb(0x1F, 0x8A, 0x76),
    ],
    picture: Color32::from_rgb(0xFA, 0xF9, 0xF7),
};

/// The palette of the theme in use.
pub fn palette(style: &Style) -> &'static Palette {
    if style.visuals.dark_mode { &DARK } else { &LIGHT }
}

/// The size between body and heading: names of products and sections.
pub fn title() -> TextStyle {
    TextStyle::Name("title".into())
}

/// Sets up both themes; once, at start.
pub fn install(ctx: &Context) {
    ctx.set_style_of(Theme::Light, style(&LIGHT, Visuals::light()));
    ctx.set_style_of(Theme::Dark, style(&DARK, Visuals::dark()));
    // A desktop that does not say what it prefers gets the light one: pictures stand on it as in a shop window.
    ctx.options_mut(|options| options.fallback_theme = Theme::Light);
}

/// Follows the user's choice.
pub fn apply(ctx: &Context, theme: settings::Theme) {
    ctx.set_theme(match theme {
        settings::Theme::System => ThemePreference::System,
        settings::Theme::Light => ThemePreference::Light,
        settings::Theme::Dark => ThemePreference::Dark,
    });
}

fn style(palette: &Palette, base: Visuals) -> Style {
    let mut style = Style { visuals: visuals(palette, base), ..Style::default() };
    let proportional = |size| FontId::new(size, FontFamily::Proportional);
    style.text_styles = [
        (TextStyle::Heading, proportional(HEADING)),
        (title(), proportional(TITLE)),
        (TextStyle::Body, proportional(BODY)),
        (TextStyle::Button, proportional(BODY)),
        (TextStyle::Small, proportional(SMALL)),
        (TextStyle::Monospace, FontId::new(SMALL, FontFamily::Monospace)),
    ]
    .into();
    style.spacing.item_spacing = vec2(S, S);
    style.spacing.button_padding = vec2(M, 6.0);
    style.spacing.interact_size = vec2(ICON_BUTTON, BUTTON_HEIGHT);
    style.spacing.slider_rail_height = 4.0;
    style.spacing.window_margin = Margin::same(L as i8);
    style.spacing.menu_margin = Margin::same(S as i8);
    style.spacing.scroll = ScrollStyle { floating: true, bar_width: 8.0, ..ScrollStyle::thin() };
    style.interaction.selectable_labels = false;
    style.interaction.tooltip_delay = 0.4;
    style
}

fn visuals(palette: &Palette, base: Visuals) -> Visuals {
    let widget = |fill: Color32, text: Color32| WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: fill,
        bg_stroke: Stroke::NONE,
        corner_radius: CornerRadius::same(CONTROL_RADIUS),
        fg_stroke: Stroke::new(1.0, text),
        expansion: 0.0,
    };
    let shadow = |alpha| Shadow { offset: [0, 6], blur: 24, spread: 0, color: Color32::from_black_alpha(alpha) };
    Visuals {
        widgets: Widgets {
            noninteractive: WidgetVisuals {
                bg_stroke: Stroke::new(1.0, palette.line),
                ..widget(palette.card, palette.text)
            },
            inactive: widget(palette.control, palette.text),
            hovered: widget(palette.control_hover, palette.text),
            active: widget(palette.control_pressed, palette.text),
            open: widget(palette.control_hover, palette.text),
        },
        selection: Selection { bg_fill: palette.accent_soft, stroke: Stroke::new(1.0, palette.accent) },
        hyperlink_color: palette.accent,
        weak_text_color: Some(palette.quiet),
        faint_bg_color: palette.side,
        extreme_bg_color: palette.card,
        text_edit_bg_color: Some(palette.card),
        error_fg_color: palette.bad,
        warn_fg_color: palette.bad,
        window_corner_radius: CornerRadius::same(CARD_RADIUS + 2),
        menu_corner_radius: CornerRadius::same(CARD_RADIUS),
        window_fill: palette.card,
        window_stroke: Stroke::new(1.0, palette.line),
        window_shadow: shadow(if base.dark_mode { 110 } else { 36 }),
        popup_shadow: shadow(if base.dark_mode { 90 } else { 28 }),
        panel_fill: palette.side,
        slider_trailing_fill: true,
        handle_shape: HandleShape::Circle,
        ..base
    }
}

/// The inner margin of a side panel.
pub fn side_margin() -> Margin {
    Margin::symmetric(L as i8, L as i8)
}

/// The size of a square control.
pub fn icon_button() -> Vec2 {
    Vec2::splat(ICON_BUTTON)
}
