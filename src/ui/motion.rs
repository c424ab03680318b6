//! Where each thumbnail is drawn while the shelf rearranges itself. Every card eases towards its place and may be sent
//! elsewhere half way, so dragging a slider stays smooth.

use std::collections::{HashMap, HashSet};

use egui::{Pos2, Rect, vec2};

use super::theme;

/// Nearer than this is there.
const ARRIVED: f32 = 0.5;
/// A card that comes from outside the window rises by this much while it fades in.
const RISE: f32 = 16.0;

/// A card on its way.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Card {
    /// Top left, in the coordinates of the scrolled content.
    pub at: Pos2,
    pub opacity: f32,
}

/// All cards on screen.
#[derive(Debug, Default)]
pub struct Motion {
    cards: HashMap<usize, Card>,
    seen: Option<(u64, u64)>,
    layout: (usize, f32),
}

impl Motion {
    /// Moves all cards one step of `secs` towards their places. `places` are the rows in sight with their places,
    /// `place_of` gives that of a row out of sight, `layout` is the number of columns and the card's width: when it
    /// changes, cards jump. Returns whether any card is still on its way.
    pub fn step(
        &mut self,
        (epoch, ranking): (u64, u64),
        layout: (usize, f32),
        places: &[(usize, Pos2)],
        place_of: impl Fn(usize) -> Option<Pos2>,
        secs: f32,
        animate: bool,
    ) -> bool {
        let same_question = self.seen.is_some_and(|(seen, _)| seen == epoch);
        let reordered = self.seen.is_some_and(|seen| seen != (epoch, ranking));
        let jump = !animate || self.layout != layout;
        self.seen = Some((epoch, ranking));
        self.layout = layout;
        if jump || !same_question {
            self.cards.clear();
        }
        for (row, place) in places {
            self.cards.entry(*row).or_insert_with(|| match (reordered && !jump, same_question) {
                (false, _) => Card { at: *place, opacity: 1.0 },
                (true, true) => Card { at: *place + vec2(0.0, RISE), opacity: 0.0 },
                (true, false) => Card { at: *place, opacity: 0.0 },
            });
        }
        let near = if jump { 1.0 } else { 1.0 - (-secs * 3.5 / theme::GLIDE_SECS).exp() };
        let mut moving = false;
        self.cards.retain(|row, card| {
            let Some(place) = place_of(*row) else { return false };
            card.at += (place - card.at) * near;
            card.opacity += (1.0 - card.opacity) * near;
            if (place - card.at).length() < ARRIVED && card.opacity > 0.98 {
                *card = Card { at: place, opacity: 1.0 };
            } else {
                moving = true;
            }
            true
        });
        moving
    }

    pub fn card(&self, row: usize) -> Option<Card> {
        self.cards.get(&row).copied()
    }

    /// Cards that leave: drawn until they are out of sight, then forgotten.
    pub fn leaving(&mut self, staying: &HashSet<usize>, sight: Rect, size: egui::Vec2) -> Vec<(usize, Card)> {
        self.cards.retain(|row, card| staying.contains(row) || sight.intersects(Rect::from_min_size(card.at, size)));
        let gone = self.cards.iter().filter(|(row, _)| !staying.contains(row));
        gone.map(|(row, card)| (*row, *card)).collect()
    }
}

#[cfg(test)]
mod tests {
    use egui::pos2;

    use super::*;

    const LAYOUT: (usize, f32) = (4, 100.0);

    fn step(motion: &mut Motion, seen: (u64, u64), places: &[(usize, Pos2)], secs: f32, animate: bool) -> bool {
        let place_of = |row| places.iter().find(|(other, _)| *other == row).map(|(_, place)| *place);
        motion.step(seen, LAYOUT, places, place_of, secs, animate)
    }

    #[test]
    fn cards_glide_to_a_new_order_and_arrive() {
        let mut motion = Motion::default();
        assert!(!step(&mut motion, (1, 1), &[(7, pos2(0.0, 0.0))], 0.016, true));
        assert!(step(&mut motion, (1, 2), &[(7, pos2(300.0, 0.0))], 0.016, true));
        let half_way = motion.card(7).map_or(0.0, |card| card.at.x);
        assert!(half_way > 10.0 && half_way < 290.0, "{half_way}");
        let steps = (0..100).take_while(|_| step(&mut motion, (1, 2), &[(7, pos2(300.0, 0.0))], 0.016, true)).count();
        assert!(steps < 30, "{steps}");
        assert_eq!(motion.card(7), Some(Card { at: pos2(300.0, 0.0), opacity: 1.0 }));
    }

    #[test]
    fn nothing_glides_when_switched_off_and_another_question_fades() {
        let mut motion = Motion::default();
        step(&mut motion, (1, 1), &[(7, pos2(0.0, 0.0))], 0.016, false);
        assert!(!step(&mut motion, (1, 2), &[(7, pos2(300.0, 0.0))], 0.016, false));
        assert!(step(&mut motion, (2, 3), &[(7, pos2(0.0, 0.0))], 0.016, true));
        assert_eq!(motion.card(7).map(|card| card.at), Some(pos2(0.0, 0.0)));
    }
}
