//! Text of any common encoding, packed or not, as a stream of UTF-8: what is read is never held whole.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read},
    path::Path,
};

use chardetng::{EncodingDetector, Iso2022JpDetection, Utf8Detection};
use encoding_rs::{Decoder, Encoding, GB18030, GBK, UTF_8, UTF_16BE, UTF_16LE};
use flate2::read::MultiGzDecoder;

use crate::error::{Error, Result};

/// Read at a time.
const CHUNK_BYTES: usize = 1 << 16;
/// What the guess at an encoding looks at, of the parts that are not plain ASCII.
const GUESSED_BYTES: usize = 1 << 18;
/// A packed file that grows beyond this and by more than the ratio is no feed but a trap.
const HARMLESS_BYTES: u64 = if cfg!(test) { 1 << 20 } else { 64 << 20 };
const HIGHEST_RATIO: u64 = 200;
/// One row, or one text of XML, is never longer.
pub(super) const LONGEST_ROW_MIB: usize = 16;
pub(super) const LONGEST_ROW: usize = LONGEST_ROW_MIB << 20;

pub(super) type Stream = Box<dyn BufRead + Send>;

/// The bytes of a file, unpacked if it is packed with gzip.
pub(super) fn bytes(path: &Path) -> Result<Stream> {
    let mut file = BufReader::with_capacity(CHUNK_BYTES, File::open(path).map_err(|why| Error::unreadable(path, why))?);
    let head = file.fill_buf().map_err(|why| Error::unreadable(path, why))?;
    if head.starts_with(b"\x1F\x8B") {
        let packed = file.get_ref().metadata().map_err(|why| Error::unreadable(path, why))?.len();
        let unpacked = Bounded {
            inner: MultiGzDecoder::new(file),
            left: HARMLESS_BYTES.max(packed.saturating_mul(HIGHEST_RATIO)),
        };
        return Ok(Box::new(BufReader::with_capacity(CHUNK_BYTES, unpacked)));
    }
    Ok(Box::new(file))
}

/// A reader that fails rather than give more than it should.
struct Bounded<R> {
    inner: R,
    left: u64,
}

impl<R: Read> Read for Bounded<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.left = self
            .left
            .checked_sub(read as u64)
            .ok_or_else(|| io::Error::other("it unpacks to far more than a feed holds"))?;
        Ok(read)
    }
}

/// The first bytes of a file, unpacked, at most `most`.
pub(super) fn head(path: &Path, most: usize) -> Result<Vec<u8>> {
    let mut head = Vec::new();
    bytes(path)?.take(most as u64).read_to_end(&mut head).map_err(|why| Error::unreadable(path, why))?;
    Ok(head)
}

/// A file as UTF-8, without a byte order mark, and what it was written in. `declared` is asked with the file's
/// beginning when its bytes are not UTF-8.
pub(super) fn open(
    path: &Path,
    declared: impl Fn(&[u8]) -> Option<&'static Encoding>,
) -> Result<(Stream, &'static Encoding)> {
    let unreadable = |why: io::Error| Error::unreadable(path, why);
    let (encoding, whole) = encoding(bytes(path)?, declared).map_err(unreadable)?;
    let mut stream = bytes(path)?;
    if encoding == UTF_8 && whole {
        let has_mark = stream.fill_buf().map_err(unreadable)?.starts_with(b"\xEF\xBB\xBF");
        stream.consume(if has_mark { 3 } else { 0 });
        return Ok((stream, encoding));
    }
    let decoder = encoding.new_decoder_with_bom_removal();
    Ok((
        Box::new(Transcoded { inner: stream, decoder, text: vec![0; CHUNK_BYTES], from: 0, to: 0, ended: false }),
        encoding,
    ))
}

/// What a text is written in, and whether all of it is. All of it is looked at, for the first character beyond ASCII may
/// come late.
fn encoding(
    mut stream: Stream,
    declared: impl Fn(&[u8]) -> Option<&'static Encoding>,
) -> io::Result<(&'static Encoding, bool)> {
    let mut head = Vec::new();
    stream.by_ref().take(CHUNK_BYTES as u64).read_to_end(&mut head)?;
    let marked = Encoding::for_bom(&head).map(|(encoding, _)| encoding).filter(|encoding| *encoding != UTF_8);
    if let Some(encoding) = marked.or_else(|| without_mark(&head)) {
        return Ok((encoding, false));
    }
    let mut detector = EncodingDetector::new(Iso2022JpDetection::Deny);
    let (mut guessed, mut good, mut bad) = (0, 0_u64, 0_u64);
    let mut chunk = head.clone();
    let mut more = vec![0; CHUNK_BYTES];
    loop {
        if !chunk.is_ascii() && guessed < GUESSED_BYTES {
            detector.feed(&chunk, false);
            guessed += chunk.len();
        }
        let rest = count(&chunk, &mut good, &mut bad);
        let kept = chunk[chunk.len() - rest..].to_vec();
        let read = stream.read(&mut more)?;
        if read == 0 {
            bad += u64::from(!kept.is_empty());
            break;
        }
        chunk = kept;
        chunk.extend_from_slice(&more[..read]);
    }
    // A few broken characters in a file of UTF-8 are broken characters, not another encoding.
    if bad == 0 || good > 20 * bad {
        return Ok((UTF_8, bad == 0));
    }
    if let Some(encoding) = declared(&head) {
        return Ok((encoding, false));
    }
    detector.feed(b"", true);
    let guess = detector.guess(None, Utf8Detection::Deny);
    Ok((if guess == GBK { GB18030 } else { guess }, false))
}

/// Counts characters beyond ASCII that are UTF-8 and bytes that are not; gives the length of a character cut off at the
/// end.
fn count(mut bytes: &[u8], good: &mut u64, bad: &mut u64) -> usize {
    let beyond_ascii = |text: &[u8]| text.iter().filter(|byte| **byte >= 0xC0).count() as u64;
    loop {
        let Err(error) = std::str::from_utf8(bytes) else {
            *good += beyond_ascii(bytes);
            return 0;
        };
        *good += beyond_ascii(&bytes[..error.valid_up_to()]);
        let Some(length) = error.error_len() else { return bytes.len() - error.valid_up_to() };
        *bad += 1;
        bytes = &bytes[error.valid_up_to() + length..];
    }
}

/// UTF-16 without a byte order mark: a table has commas, digits and line ends, whose one byte is zero.
fn without_mark(head: &[u8]) -> Option<&'static Encoding> {
    let zeros = |from: usize| head.iter().skip(from).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd) = (zeros(0), zeros(1));
    let enough = |count: usize, other: usize| count > other * 4 && count * 50 > head.len();
    if enough(odd, even) {
        Some(UTF_16LE)
    } else if enough(even, odd) {
        Some(UTF_16BE)
    } else {
        None
    }
}

/// Another encoding, read as UTF-8.
struct Transcoded {
    inner: Stream,
    decoder: Decoder,
    text: Vec<u8>,
    from: usize,
    to: usize,
    ended: bool,
}

impl BufRead for Transcoded {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.from == self.to && !self.ended {
            let source = self.inner.fill_buf()?;
            let last = source.is_empty();
            let (result, read, written, _) = self.decoder.decode_to_utf8(source, &mut self.text, last);
            self.inner.consume(read);
            (self.from, self.to) = (0, written);
            self.ended = last && result == encoding_rs::CoderResult::InputEmpty;
        }
        Ok(&self.text[self.from..self.to])
    }

    fn consume(&mut self, bytes: usize) {
        self.from = (self.from + bytes).min(self.to);
    }
}

impl Read for Transcoded {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let ready = self.fill_buf()?;
        let read = ready.len().min(buffer.len());
        buffer[..read].copy_from_slice(&ready[..read]);
        self.consume(read);
        Ok(read)
    }
}

/// What [`read_line`] met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Line {
    End,
    Whole,
    /// Longer than a row may be; the rest of it was passed over.
    TooLong,
}

/// Reads a line with its end; a single one that would fill the memory is cut.
pub(super) fn read_line(stream: &mut dyn BufRead, end: u8, line: &mut Vec<u8>) -> io::Result<Line> {
    line.clear();
    let mut met = Line::End;
    loop {
        let ready = match stream.fill_buf() {
            Err(why) if why.kind() == io::ErrorKind::Interrupted => continue,
            ready => ready?,
        };
        if ready.is_empty() {
            return Ok(met);
        }
        let at = ready.iter().position(|byte| *byte == end);
        let length = at.map_or(ready.len(), |at| at + 1);
        if met != Line::TooLong {
            line.extend_from_slice(&ready[..length]);
            met = if line.len() > LONGEST_ROW { Line::TooLong } else { Line::Whole };
        }
        stream.consume(length);
        if at.is_some() {
            return Ok(met);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{fs, io::Write};

    use super::*;

    fn read(content: &[u8]) -> std::result::Result<(String, &'static str), String> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("feed");
        fs::write(&path, content).unwrap();
        let (mut stream, encoding) = open(&path, |_| None).map_err(|error| error.to_string())?;
        let mut text = String::new();
        stream.read_to_string(&mut text).map_err(|why| why.to_string())?;
        Ok((text, encoding.name()))
    }

    fn gzip(content: &[u8]) -> Vec<u8> {
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        packed.write_all(content).unwrap();
        packed.finish().unwrap()
    }

    #[test]
    fn encodings() {
        let text = "编号,标题,价格\n7,红色毛衣,15.00\n8,白色杯子,9.00\n";
        let utf16 = |big: bool| -> Vec<u8> {
            text.encode_utf16().flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
        };
        let check = |content: &[u8], expected: &str, name: &str| {
            assert_eq!(read(content).unwrap(), (expected.to_owned(), name), "{name}");
        };
        check(text.as_bytes(), text, "UTF-8");
        check(&[b"\xEF\xBB\xBF", text.as_bytes()].concat(), text, "UTF-8");
        check(&[b"\xFF\xFE".as_slice(), &utf16(false)].concat(), text, "UTF-16LE");
        check(&[b"\xFE\xFF".as_slice(), &utf16(true)].concat(), text, "UTF-16BE");
        check(&utf16(false), text, "UTF-16LE");
        check(&utf16(true), text, "UTF-16BE");
        check(&GB18030.encode(text).0, text, "gb18030");
        let late = format!("{}\n红色毛衣,标题\n", "a,b\n".repeat(100_000));
        check(&GB18030.encode(&late).0, &late, "gb18030");
        let french = "id,title\n1,Crème brûlée à la vanille\n2,Café très serré\n3,Thé glacé à la pêche\n";
        check(&encoding_rs::WINDOWS_1252.encode(french).0, french, "windows-1252");
        let japanese = "番号,名前\n1,赤いセーターとマフラー\n2,マグカップ、ふた付き\n";
        check(&encoding_rs::SHIFT_JIS.encode(japanese).0, japanese, "Shift_JIS");
        check(&gzip(&GB18030.encode(text).0), text, "gb18030");
        check(b"", "", "UTF-8");
    }

    #[test]
    fn a_few_broken_characters_are_no_other_encoding() {
        let mut content = "红色毛衣,白色杯子\n".repeat(20).into_bytes();
        content.extend_from_slice(b"\xFF\n");
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("feed"), &content).unwrap();
        assert_eq!(open(&folder.path().join("feed"), |_| None).unwrap().1, UTF_8);
    }

    #[test]
    fn a_file_that_unpacks_without_end_is_refused() {
        let bomb = gzip(&vec![b'a'; HARMLESS_BYTES as usize + 1_000_000]);
        assert!(read(&bomb).unwrap_err().contains("it unpacks to far more"));
    }

    #[test]
    fn a_line_without_end_does_not_fill_the_memory() {
        let text = [vec![b'a'; LONGEST_ROW + 10], b"\nb\n".to_vec()].concat();
        let (mut stream, mut line) = (io::Cursor::new(text), Vec::new());
        assert_eq!(read_line(&mut stream, b'\n', &mut line).unwrap(), Line::TooLong);
        assert_eq!(
            (read_line(&mut stream, b'\n', &mut line).unwrap(), line.as_slice()),
            (Line::Whole, b"b\n".as_slice())
        );
        assert_eq!(read_line(&mut stream, b'\n', &mut line).unwrap(), Line::End);
    }
}
