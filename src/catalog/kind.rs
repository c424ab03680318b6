//! What a file is, told from its first bytes.

/// Where bytes stand that tell a format, and its ending.
type Mark = (&'static [(usize, &'static [u8])], &'static str);

const MARKS: [Mark; 17] = [
    (&[(0, b"\x89PNG\r\n\x1a\n")], "png"),
    (&[(0, b"\xFF\xD8\xFF")], "jpg"),
    (&[(0, b"GIF87a")], "gif"),
    (&[(0, b"GIF89a")], "gif"),
    (&[(0, b"RIFF"), (8, b"WEBP")], "webp"),
    (&[(0, b"RIFF"), (8, b"WAVE")], "wav"),
    (&[(0, b"RIFF"), (8, b"AVI ")], "avi"),
    (&[(0, b"FORM"), (8, b"AIF")], "aiff"),
    (&[(0, b"BM"), (6, b"\0\0\0\0")], "bmp"),
    (&[(0, b"fLaC")], "flac"),
    (&[(0, b"OggS")], "ogg"),
    (&[(0, b"ID3")], "mp3"),
    (&[(4, b"ftypM4A")], "m4a"),
    (&[(4, b"ftypavif")], "avif"),
    (&[(4, b"ftyphei")], "heic"),
    (&[(4, b"ftyp")], "mp4"),
    (&[(0, b"\x1A\x45\xDF\xA3")], "webm"),
];

/// The ending that suits a picture, sound or film with this beginning; `None` for anything else.
pub(super) fn ending_of(bytes: &[u8]) -> Option<&'static str> {
    let at = |from: usize, mark: &[u8]| bytes.get(from..).is_some_and(|rest| rest.starts_with(mark));
    let known = MARKS.iter().find(|(marks, _)| marks.iter().all(|(from, mark)| at(*from, mark)));
    known.map(|(_, ending)| *ending).or_else(|| match bytes {
        // Frames of MPEG audio: layer III is MP3, layer 0 with this sync is AAC.
        [0xFF, second, ..] if second & 0xF6 == 0xF0 => Some("aac"),
        [0xFF, second, ..] if second & 0xE6 == 0xE2 => Some("mp3"),
        _ => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn beginnings() {
        let check = |bytes: &[u8], expected| assert_eq!(ending_of(bytes), expected, "{bytes:?}");
        check(b"\xFF\xD8\xFF\xE0", Some("jpg"));
        check(b"RIFF\0\0\0\0WEBPVP8 ", Some("webp"));
        check(b"\0\0\0\x20ftypisom", Some("mp4"));
        check(b"\xFF\xFB\x90", Some("mp3"));
        check(b"\xFF\xF1\x50", Some("aac"));
        check(b"<html>", None);
        check(b"BMW, a car", None);
        check(b"", None);
    }
}
