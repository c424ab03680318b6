//! How text becomes words: one analysis for what is indexed and for what is typed, so that the two cannot disagree.
//!
//! Latin text is cut at Unicode word bounds and loses case, accents and plural endings; Chinese is cut by jieba's
//! dictionary; what looks like an article number stays whole and gives its pieces too.

use std::sync::LazyLock;

use icu_normalizer::{ComposingNormalizerBorrowed, DecomposingNormalizerBorrowed};
use jieba_rs::Jieba;
use unicode_segmentation::UnicodeSegmentation;

/// Longer words say nothing that a person would type.
const LONGEST_WORD: usize = 64;
/// Letters that are left of a word at least.
const SHORTEST_STEM: usize = 3;
/// Marks that hold the pieces of an article number or a compound together.
const JOINERS: &[char] = &['-', '‐', '‑', '–', '_', '/', '.', '#', '+', '&'];
/// Plurals that no rule finds, and the words that a rule would spoil.
const IRREGULAR: &[(&str, &str)] = &[
    ("men", "man"),
    ("women", "woman"),
    ("children", "child"),
    ("feet", "foot"),
    ("mice", "mouse"),
    ("lens", "lens"),
    ("lenses", "lens"),
];

/// jieba with its own dictionary. Reading it takes a fraction of a second, hence only once a Chinese text is met.
static CHINESE: LazyLock<Jieba> = LazyLock::new(Jieba::new);

/// A text as two spellings of it are compared: NFKC, lower case, every stretch of white space one space.
pub fn fold(text: &str) -> String {
    let text = if text.is_ascii() { text.into() } else { ComposingNormalizerBorrowed::new_nfkc().normalize(text) };
    text.to_lowercase().split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The words of a text in their order. A word may come in several forms, the pieces beside the whole.
pub fn words(text: &str) -> Vec<String> {
    let text = without_accents(&fold(text));
    let mut words = Vec::new();
    for chunk in text.split(' ') {
        let mut rest = chunk;
        while let Some(first) = rest.chars().next() {
            let chinese = is_han(first);
            let end = rest.find(|c| is_han(c) != chinese).unwrap_or(rest.len());
            let (run, after) = rest.split_at(end);
            if chinese {
                cut_chinese(run, &mut words);
            } else {
                cut_other(run, &mut words);
            }
            rest = after;
        }
    }
    words
}

/// Reads the Chinese dictionary now, so that the first Chinese query need not wait for it.
pub fn prepare() {
    LazyLock::force(&CHINESE);
}

fn is_han(c: char) -> bool {
    matches!(c, '\u{3005}' | '\u{3007}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// `café` is found by `cafe`. Only the accents of the European scripts go: a Japanese or Indic mark is a letter's part.
fn without_accents(text: &str) -> String {
    if text.is_ascii() {
        return text.to_owned();
    }
    let split = DecomposingNormalizerBorrowed::new_nfd().normalize(text);
    let bare: String = split.chars().filter(|c| !matches!(c, '\u{300}'..='\u{36f}')).collect();
    ComposingNormalizerBorrowed::new_nfc().normalize(&bare).into_owned()
}

/// Dictionary words, and inside long ones the short ones. What the dictionary does not know falls into single
/// characters; neighbours among those are joined in pairs, so that a new word (`卫衣`) is more than its characters.
fn cut_chinese(run: &str, words: &mut Vec<String>) {
    let mut single: Option<(usize, &str)> = None;
    // Without the hidden Markov model: it guesses by what stands around, so a word in a title would be cut otherwise
    // than the same word typed alone.
    for token in CHINESE.cut_for_search(run, false) {
        words.push(token.word.to_owned());
        let alone = token.end - token.start == 1;
        if let Some((end, before)) = single
            && alone
            && end == token.start
        {
            words.push(format!("{before}{}", token.word));
        }
        single = alone.then_some((token.end, token.word));
    }
}

/// Unicode words; those that only a joiner separates give the whole as well.
fn cut_other(run: &str, words: &mut Vec<String>) {
    let mut whole = String::new();
    let mut pieces = 0;
    let mut last_end = None;
    let close = |whole: &mut String, pieces: usize, words: &mut Vec<String>| {
        if pieces > 1 && whole.chars().count() <= LONGEST_WORD {
            words.push(stem(whole));
        }
        whole.clear();
    };
    for (start, word) in run.unicode_word_indices() {
        let joined =
            last_end.is_some_and(|end: usize| end < start && run[end..start].chars().all(|c| JOINERS.contains(&c)));
        if !joined {
            close(&mut whole, pieces, words);
            pieces = 0;
        }
        whole.extend(word.chars().filter(|c| c.is_alphanumeric()));
        pieces += 1;
        last_end = Some(start + word.len());
        push_word(word, words);
    }
    close(&mut whole, pieces, words);
}

/// One Unicode word: its stem, and where letters and digits meet (`iphone15`) both sides.
fn push_word(word: &str, words: &mut Vec<String>) {
    let word = word.strip_suffix("'s").or_else(|| word.strip_suffix("’s")).unwrap_or(word);
    if word.chars().count() > LONGEST_WORD {
        return;
    }
    if word.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ',')) {
        words.push(word.replace(',', ""));
        return;
    }
    words.push(stem(&word.replace(['\'', '’', '.', '_', ',', ':', '·'], "")));
    let mut rest = word;
    let mut pieces = Vec::new();
    while let Some(first) = rest.chars().next() {
        let kind = kind(first);
        let end = rest.find(|c| self::kind(c) != kind).unwrap_or(rest.len());
        let (piece, after) = rest.split_at(end);
        pieces.push((kind, piece));
        rest = after;
    }
    if pieces.len() > 1 {
        let telling = |kind: Kind, piece: &str| kind == Kind::Digits || kind == Kind::Letters && piece.len() > 1;
        words.extend(pieces.into_iter().filter(|(kind, piece)| telling(*kind, piece)).map(|(_, piece)| stem(piece)));
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Digits,
    Letters,
    Marks,
}

fn kind(c: char) -> Kind {
    match c {
        '0'..='9' => Kind::Digits,
        '\'' | '’' | '.' | '_' | ',' | ':' | '·' => Kind::Marks,
        _ => Kind::Letters,
    }
}

/// Takes an English plural back, lightly: what comes out need not be a word, only the same for both forms. After an
/// `s` an `e` goes too, whether or not there was one (`watches`, `watch`; `shoes`, `shoe`), and `y` and `v` become what
/// they are before it (`batteries`, `battery`; `knives`, `knife`).
fn stem(word: &str) -> String {
    if let Some((_, stem)) = IRREGULAR.iter().find(|(plural, _)| *plural == word) {
        return (*stem).to_owned();
    }
    if word.len() < SHORTEST_STEM || !word.bytes().all(|byte| byte.is_ascii_lowercase()) {
        return word.to_owned();
    }
    let kept = ["ss", "us", "is"].iter().any(|ending| word.ends_with(ending));
    let long = |word: &str| word.len() > SHORTEST_STEM;
    let word = word.strip_suffix('s').filter(|_| !kept && long(word)).unwrap_or(word);
    let word = word.strip_suffix('e').filter(|_| long(word)).unwrap_or(word);
    match word.as_bytes().last() {
        Some(b'y') => format!("{}i", &word[..word.len() - 1]),
        Some(b'v') => format!("{}f", &word[..word.len() - 1]),
        _ => word.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_that_are_one() {
        let check = |text: &str, expected: &str| assert_eq!(fold(text), expected);
        check("  AB-123/x ", "ab-123/x");
        check("ＡＢ１２３", "ab123");
        check("Blue \t Whale", "blue whale");
        check("品牌", "品牌");
        check("", "");
    }

    #[test]
    fn texts_into_words() {
        let check = |text: &str, expected: &str| assert_eq!(words(text).join(" "), expected, "{text}");
        check("Red Sweaters", "red sweater");
        check("Men's t-shirt, women’s", "man t shirt tshirt woman");
        check("Café crème", "caf crem");
        check("AB-123/x", "ab 123 x ab123x");
        check("ab123x", "ab123x ab 123");
        check("iPhone15", "iphone15 iphon 15");
        check("3.5 mm, 1,299", "3.5 mm 1299");
        check("U.S.A.", "usa");
        check("红色毛衣", "红色 毛衣");
        check("iPhone手机壳", "iphon 手机 壳");
        check("连帽卫衣", "连 帽 连帽 卫 帽卫 衣 卫衣");
        check("羊毛衫", "羊毛 羊毛衫");
        check("！？…—— \u{1f457}", "");
        check("свитеры セーター 스웨터", "свитеры セーター 스웨터");
    }

    #[test]
    fn both_forms_of_a_word_meet() {
        for (plural, singular) in [
            ("sweaters", "sweater"),
            ("dresses", "dress"),
            ("watches", "watch"),
            ("shoes", "shoe"),
            ("boxes", "box"),
            ("vases", "vase"),
            ("batteries", "battery"),
            ("toys", "toy"),
            ("toes", "toe"),
            ("knives", "knife"),
            ("gloves", "glove"),
            ("shelves", "shelf"),
            ("tomatoes", "tomato"),
            ("glasses", "glass"),
            ("lenses", "lens"),
            ("women", "woman"),
        ] {
            assert_eq!(stem(plural), stem(singular), "{plural}");
        }
    }
}
