//! Pictures: opened from any common format, turned upright by their EXIF tag, laid over white, shrunk.

use std::{
    fs::{self, File},
    io::{self, BufRead, BufReader, Cursor, Seek},
    panic::{AssertUnwindSafe, catch_unwind},
    path::Path,
    str::FromStr,
    sync::Arc,
};

use image::{
    DynamicImage, GrayImage, ImageDecoder, ImageFormat, ImageReader, Rgb, RgbImage, codecs::jpeg::JpegEncoder,
    imageops, imageops::FilterType,
};
use jpeg_decoder::PixelFormat;
use serde::Deserialize;

use crate::error::{Error, Result};

/// The largest picture that is opened, in million pixels: a phone's panorama fits, a decompression bomb does not.
pub const LIMIT_MEGAPIXELS: u32 = 120;

/// How pixels are computed when a picture changes its size; both look at every pixel that they cover.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Filter {
    /// Pillow's `BILINEAR`.
    #[default]
    Triangle,
    /// Catmull-Rom, Pillow's `BICUBIC`.
    Bicubic,
}

/// A rectangle inside a picture, in fractions of its width and height, so that it fits the picture at any size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Region {
    left: f32,
    top: f32,
    width: f32,
    height: f32,
}

impl Region {
    /// What lies outside the picture is cut off. `None` when nothing is left, or a number is not finite.
    pub fn new(left: f32, top: f32, width: f32, height: f32) -> Option<Self> {
        if ![left, top, width, height].iter().all(|number| number.is_finite()) {
            return None;
        }
        let (right, bottom) = ((left + width).min(1.0), (top + height).min(1.0));
        let (left, top) = (left.max(0.0), top.max(0.0));
        let (width, height) = (right - left, bottom - top);
        (width > 0.0 && height > 0.0).then_some(Self { left, top, width, height })
    }

    pub fn left(&self) -> f32 {
        self.left
    }

    pub fn top(&self) -> f32 {
        self.top
    }

    pub fn width(&self) -> f32 {
        self.width
    }

    pub fn height(&self) -> f32 {
        self.height
    }
}

impl FromStr for Region {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let numbers: Option<Vec<f32>> = text.split(',').map(|number| number.trim().parse().ok()).collect();
        let region = match numbers.as_deref() {
            Some(&[left, top, width, height]) => Self::new(left, top, width, height),
            _ => None,
        };
        region.ok_or_else(|| Error::Malformed {
            what: format!("`{text}`"),
            how: "Write a region as left,top,width,height in parts of the picture, such as 0.25,0,0.5,1.".into(),
        })
    }
}

/// An upright RGB picture without transparency. Cloning shares the pixels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture(Arc<RgbImage>);

impl Picture {
    /// Opens a picture file. Of a file that is no picture only the head is read.
    pub fn open(path: &Path) -> Result<Self> {
        let unreadable = |why: io::Error| Error::unreadable(path, why);
        let name = path.display().to_string();
        let kind = fs::metadata(path).map_err(unreadable)?;
        if !kind.is_file() {
            return Err(Error::NotAPicture { name, why: "not a file".into() });
        }
        if kind.len() == 0 {
            return Err(Error::EmptyFile { name });
        }
        Self::read(&name, BufReader::new(File::open(path).map_err(unreadable)?), |_, _| None)
    }

    /// Decodes a picture's bytes; `name` is what errors call it.
    pub fn decode(name: &str, bytes: &[u8]) -> Result<Self> {
        if bytes.is_empty() {
            return Err(Error::EmptyFile { name: name.into() });
        }
        Self::read(name, Cursor::new(bytes), |_, _| None)
    }

    /// The same where `side` pixels are enough: of a JPEG whose longest side is at least twice as long only the coarse
    /// half, quarter or eighth is computed, in a third of the time. What comes is no smaller than that.
    pub fn decode_coarse(name: &str, bytes: &[u8], side: u32) -> Result<Self> {
        if bytes.is_empty() {
            return Err(Error::EmptyFile { name: name.into() });
        }
        let coarse = |format, longest| {
            let worth = format == ImageFormat::Jpeg && longest >= side.saturating_mul(2);
            if worth { coarse_jpeg(bytes, u16::try_from(side).ok()?) } else { None }
        };
        Self::read(name, Cursor::new(bytes), coarse)
    }

    /// The format is told from the content, not from the name. `coarse` is asked with it and the longest side whether it
    /// has a smaller picture of the same.
    fn read(
        name: &str,
        content: impl BufRead + Seek,
        coarse: impl Fn(ImageFormat, u32) -> Option<DynamicImage>,
    ) -> Result<Self> {
        let refuse = |why: String| Error::NotAPicture { name: name.into(), why };
        let reader = ImageReader::new(content).with_guessed_format().map_err(|why| refuse(why.to_string()))?;
        let Some(format) = reader.format() else {
            return Err(refuse("its content is none of the known formats".into()));
        };
        let mut decoder = reader.into_decoder().map_err(|why| refuse(why.to_string()))?;
        let (width, height) = decoder.dimensions();
        if u64::from(width) * u64::from(height) > u64::from(LIMIT_MEGAPIXELS) * 1_000_000 {
            return Err(Error::PictureTooLarge { name: name.into(), width, height, limit: LIMIT_MEGAPIXELS });
        }
        let orientation = decoder.orientation().map_err(|why| refuse(why.to_string()))?;
        let mut picture = match coarse(format, width.max(height)) {
            Some(picture) => picture,
            None => DynamicImage::from_decoder(decoder).map_err(|why| refuse(why.to_string()))?,
        };
        picture.apply_orientation(orientation);
        Ok(Self(Arc::new(over_white(picture))))
    }

    /// From pixels that are already RGB, such as a paste from the clipboard. `None` when the size does not match.
    pub fn from_rgba(width: u32, height: u32, rgba: Vec<u8>) -> Option<Self> {
        let picture = image::RgbaImage::from_raw(width, height, rgba).filter(|_| width > 0 && height > 0)?;
        Some(Self(Arc::new(over_white(DynamicImage::ImageRgba8(picture)))))
    }

    pub fn width(&self) -> u32 {
        self.0.width()
    }

    pub fn height(&self) -> u32 {
        self.0.height()
    }

    /// Rows from the top, 3 bytes a pixel.
    pub fn rgb(&self) -> &[u8] {
        self.0.as_raw()
    }

    /// The picture with its longest side at most `side` pixels; a smaller one stays as it is. Of a picture many times as
    /// large whole blocks of pixels are averaged first, which takes a fraction of the time and is no different to the eye.
    pub fn shrunk(&self, side: u32) -> Self {
        let longest = self.width().max(self.height());
        if longest <= side {
            return self.clone();
        }
        let (width, height) = self.scaled_to(side);
        let factor = longest / (2 * side);
        let blocks = if factor > 1 { &self.averaged(factor) } else { &*self.0 };
        Self(Arc::new(imageops::resize(blocks, width, height, Filter::Triangle.of_crate())))
    }

    /// Each `factor x factor` pixels as their mean, those at the right and bottom edge as what is there.
    fn averaged(&self, factor: u32) -> RgbImage {
        let (width, height) = (self.width().div_ceil(factor), self.height().div_ceil(factor));
        let (block, row_bytes) = (factor as usize, 3 * self.width() as usize);
        let mut rows = self.rgb().chunks(block * row_bytes);
        let mut sums = vec![0_u32; 3 * width as usize];
        let mut averaged = Vec::with_capacity(3 * (width * height) as usize);
        for lines in rows.by_ref() {
            sums.fill(0);
            for line in lines.chunks_exact(row_bytes) {
                for (sum, pixels) in sums.chunks_exact_mut(3).zip(line.chunks(3 * block)) {
                    for pixel in pixels.chunks_exact(3) {
                        (0..3).for_each(|channel| sum[channel] += u32::from(pixel[channel]));
                    }
                }
            }
            let tall = (lines.len() / row_bytes) as u32;
            for (column, sum) in sums.chunks_exact(3).enumerate() {
                let wide = (self.width() - column as u32 * factor).min(factor);
                averaged.extend(sum.iter().map(|sum| ((sum + tall * wide / 2) / (tall * wide)) as u8));
            }
        }
        RgbImage::from_raw(width, height, averaged).unwrap_or_else(|| (*self.0).clone())
    }

    /// A part of the picture, at least one pixel.
    pub fn crop(&self, region: Region) -> Self {
        let cut = |from: f32, length: f32, side: u32| {
            let edge = |at: f32| (f64::from(at) * f64::from(side)).round() as u32;
            let first = edge(from).min(side - 1);
            (first, edge(from + length).clamp(first + 1, side) - first)
        };
        let (left, width) = cut(region.left, region.width, self.width());
        let (top, height) = cut(region.top, region.height, self.height());
        Self(Arc::new(imageops::crop_imm(&*self.0, left, top, width, height).to_image()))
    }

    /// The picture resized so that its longest side is `side`, centred on a white square of that side.
    pub fn on_white_square(&self, side: u32, filter: Filter) -> RgbImage {
        let inner = self.resized(side, filter);
        let mut square = RgbImage::from_pixel(side, side, Rgb([255; 3]));
        let (left, top) = ((side - inner.width()) / 2, (side - inner.height()) / 2);
        imageops::replace(&mut square, &*inner.0, left.into(), top.into());
        square
    }

    /// The picture resized so that its shortest side is `side`, cut to the square in its middle.
    pub fn centre_square(&self, side: u32, filter: Filter) -> RgbImage {
        let shortest = self.width().min(self.height());
        // Of a ribbon only the middle is resized: the whole at that height could be gigabytes.
        let kept = |length: u32| length.min(shortest.saturating_mul(4));
        let (width, height) = (kept(self.width()), kept(self.height()));
        let (left, top) = ((self.width() - width) / 2, (self.height() - height) / 2);
        let middle = imageops::crop_imm(&*self.0, left, top, width, height).to_image();
        // Cut off, not rounded, as torchvision and transformers do.
        let scaled = |length: u32| (u64::from(length) * u64::from(side) / u64::from(shortest)) as u32;
        let (width, height) = (scaled(width).max(side), scaled(height).max(side));
        let resized = imageops::resize(&middle, width, height, filter.of_crate());
        imageops::crop_imm(&resized, (width - side) / 2, (height - side) / 2, side, side).to_image()
    }

    /// The picture with both sides `side`, whatever its shape.
    pub fn squashed(&self, side: u32, filter: Filter) -> RgbImage {
        imageops::resize(&*self.0, side, side, filter.of_crate())
    }

    fn resized(&self, side: u32, filter: Filter) -> Self {
        let (width, height) = self.scaled_to(side);
        if (width, height) == (self.width(), self.height()) {
            return self.clone();
        }
        Self(Arc::new(imageops::resize(&*self.0, width, height, filter.of_crate())))
    }

    /// Width and height once the longest side is `side`.
    fn scaled_to(&self, side: u32) -> (u32, u32) {
        let longest = self.width().max(self.height());
        let scaled = |length: u32| {
            let exact = f64::from(length) * f64::from(side) / f64::from(longest);
            (exact.round() as u32).clamp(1, side)
        };
        (scaled(self.width()), scaled(self.height()))
    }

    /// The picture as PNG, every pixel as it is.
    pub fn to_png(&self) -> Result<Vec<u8>> {
        let mut bytes = Cursor::new(Vec::new());
        let fail = |why: image::ImageError| Error::NotAPicture { name: "PNG".into(), why: why.to_string() };
        self.0.write_to(&mut bytes, ImageFormat::Png).map_err(fail)?;
        Ok(bytes.into_inner())
    }

    /// The picture as JPEG of the given quality (1..=100).
    pub fn to_jpeg(&self, quality: u8) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        JpegEncoder::new_with_quality(&mut bytes, quality)
            .encode_image(&*self.0)
            .map_err(|why| Error::NotAPicture { name: "thumbnail".into(), why: why.to_string() })?;
        Ok(bytes)
    }
}

/// A JPEG computed as coarsely as the longest side, `side` pixels, allows. `None` for one that is not plain grey or
/// colour, or not whole: the thorough decoder knows more of them, and has the words for what is wrong.
fn coarse_jpeg(bytes: &[u8], side: u16) -> Option<DynamicImage> {
    let decode = || {
        let mut decoder = jpeg_decoder::Decoder::new(bytes);
        decoder.read_info().ok()?;
        let format = decoder.info()?.pixel_format;
        if !matches!(format, PixelFormat::L8 | PixelFormat::RGB24) {
            return None;
        }
        let (width, height) = decoder.scale(side, side).ok()?;
        let (pixels, width, height) = (decoder.decode().ok()?, width.into(), height.into());
        match format {
            PixelFormat::L8 => GrayImage::from_raw(width, height, pixels).map(Into::into),
            _ => RgbImage::from_raw(width, height, pixels).map(Into::into),
        }
    };
    // Its assumptions about a damaged file must not end the program.
    catch_unwind(AssertUnwindSafe(decode)).ok().flatten()
}

impl Filter {
    fn of_crate(self) -> FilterType {
        match self {
            Self::Triangle => FilterType::Triangle,
            Self::Bicubic => FilterType::CatmullRom,
        }
    }
}

fn over_white(picture: DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.into_rgb8();
    }
    let rgba = picture.into_rgba8();
    RgbImage::from_fn(rgba.width(), rgba.height(), |x, y| {
        let [red, green, blue, alpha] = rgba.get_pixel(x, y).0.map(u32::from);
        Rgb([red, green, blue].map(|value| ((value * alpha + 255 * (255 - alpha) + 127) / 255) as u8))
    })
}

#[cfg(test)]
mod tests {
    use image::RgbaImage;

    use super::*;

    fn picture(width: u32, height: u32) -> Picture {
        Picture(Arc::new(RgbImage::from_fn(width, height, |x, y| Rgb([x as u8, y as u8, 200]))))
    }

    fn png(image: &DynamicImage) -> Vec<u8> {
        let mut bytes = Cursor::new(Vec::new());
        image.write_to(&mut bytes, ImageFormat::Png).unwrap();
        bytes.into_inner()
    }

    #[test]
    fn bad_files_are_named_errors() {
        let truncated = &png(&DynamicImage::ImageRgb8(RgbImage::new(40, 40)))[..60];
        assert!(matches!(Picture::decode("a.jpg", b""), Err(Error::EmptyFile { .. })));
        assert!(matches!(Picture::decode("a.jpg", b"just text, renamed"), Err(Error::NotAPicture { .. })));
        assert!(matches!(Picture::decode("a.png", truncated), Err(Error::NotAPicture { .. })));
        assert!(matches!(Picture::open(Path::new("/no/such/file.png")), Err(Error::Unreadable { .. })));
    }

    #[test]
    fn a_picture_that_claims_to_be_huge_is_refused_before_it_is_decoded() {
        // Width and height of a PNG stand behind its first 16 bytes; their checksum follows the next 13.
        let mut claims = png(&DynamicImage::ImageRgb8(RgbImage::new(4, 4)));
        claims[16..20].copy_from_slice(&60_000_u32.to_be_bytes());
        claims[20..24].copy_from_slice(&60_000_u32.to_be_bytes());
        let crc = claims[12..29].iter().fold(!0_u32, |sum, byte| {
            (0..8).fold(sum ^ u32::from(*byte), |sum, _| if sum & 1 == 1 { (sum >> 1) ^ 0xEDB8_8320 } else { sum >> 1 })
        });
        claims[29..33].copy_from_slice(&(!crc).to_be_bytes());
        let refused = Picture::decode("a.png", &claims);
        assert!(matches!(refused, Err(Error::PictureTooLarge { width: 60_000, .. })), "{refused:?}");
    }

    #[test]
    fn transparency_becomes_white() {
        let mut rgba = RgbaImage::new(2, 1);
        rgba.put_pixel(1, 0, image::Rgba([10, 20, 30, 255]));
        let opened = Picture::decode("a.png", &png(&DynamicImage::ImageRgba8(rgba))).unwrap();
        assert_eq!(opened.rgb(), [255, 255, 255, 10, 20, 30]);
    }

    #[test]
    fn exif_orientation_turns_the_picture_upright() {
        // A 2 x 1 JPEG whose EXIF tag says "turn by 90 degrees".
        let mut jpeg = Vec::new();
        JpegEncoder::new(&mut jpeg).encode_image(&RgbImage::new(2, 1)).unwrap();
        let exif: &[u8] = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
        let mut turned = vec![0xFF, 0xD8, 0xFF, 0xE1, 0, (exif.len() + 2) as u8];
        turned.extend_from_slice(exif);
        turned.extend_from_slice(&jpeg[2..]);
        let opened = Picture::decode("a.jpg", &turned).unwrap();
        assert_eq!((opened.width(), opened.height()), (1, 2));
    }

    /// A large photograph of sorts: shades, edges and grain.
    fn photograph(width: u32, height: u32) -> RgbImage {
        RgbImage::from_fn(width, height, |x, y| {
            let grain = x.wrapping_mul(2_654_435_761).wrapping_add(y.wrapping_mul(40_503)) >> 28;
            let square = if (x / 160 + y / 120) % 2 == 0 { 90 } else { 0 };
            Rgb([(x * 150 / width + grain) as u8, (y * 150 / height + square) as u8, (square + grain) as u8])
        })
    }

    fn jpeg(picture: &DynamicImage) -> Vec<u8> {
        let mut bytes = Vec::new();
        JpegEncoder::new_with_quality(&mut bytes, 85).encode_image(picture).unwrap();
        bytes
    }

    #[test]
    fn a_coarse_picture_is_large_enough_and_looks_the_same() {
        let check = |picture: &DynamicImage, side: u32, expected: (u32, u32)| {
            let bytes = jpeg(picture);
            let coarse = Picture::decode_coarse("a.jpg", &bytes, side).unwrap();
            assert_eq!((coarse.width(), coarse.height()), expected, "{side}");
            let whole = Picture::decode("a.jpg", &bytes).unwrap();
            let [a, b] = [coarse, whole].map(|picture| picture.shrunk(side).on_white_square(128, Filter::Triangle));
            let apart: f64 = a.as_raw().iter().zip(b.as_raw()).map(|(a, b)| f64::from(a.abs_diff(*b))).sum();
            assert!(apart / (a.as_raw().len() as f64) < 2.0, "{side}: {apart}");
        };
        let drawn = DynamicImage::from(photograph(2_000, 1_500));
        check(&drawn, 640, (1_000, 750));
        check(&drawn, 200, (250, 188));
        check(&drawn, 1_001, (2_000, 1_500));
        check(&drawn.rotate90(), 640, (750, 1_000));
        check(&drawn.grayscale(), 500, (500, 375));
    }

    #[test]
    fn a_coarse_picture_is_upright_and_a_torn_one_told_as_ever() {
        let drawn = jpeg(&photograph(1_600, 800).into());
        let exif: &[u8] = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0";
        let turned = [&[0xFF, 0xD8, 0xFF, 0xE1, 0, (exif.len() + 2) as u8], exif, &drawn[2..]].concat();
        let opened = Picture::decode_coarse("a.jpg", &turned, 400).unwrap();
        assert_eq!((opened.width(), opened.height()), (200, 400));
        for end in [10, 300, drawn.len() / 2, drawn.len() - 2] {
            let [coarse, whole] =
                [Picture::decode_coarse("a.jpg", &drawn[..end], 400), Picture::decode("a.jpg", &drawn[..end])];
            assert_eq!(
                coarse.map_err(|error| error.to_string()).err(),
                whole.map_err(|error| error.to_string()).err(),
                "{end}"
            );
        }
        let small = png(&DynamicImage::from(photograph(900, 90)));
        assert_eq!(Picture::decode_coarse("a.png", &small, 100).unwrap().width(), 900);
        assert!(matches!(Picture::decode_coarse("a.jpg", b"", 100), Err(Error::EmptyFile { .. })));
    }

    #[test]
    fn sizes() {
        let check = |width, height, side, expected| {
            let shrunk = picture(width, height).shrunk(side);
            assert_eq!((shrunk.width(), shrunk.height()), expected, "{width} x {height} to {side}");
            assert_eq!(picture(width, height).on_white_square(side, Filter::Triangle).dimensions(), (side, side));
        };
        check(60, 80, 128, (60, 80));
        check(600, 800, 128, (96, 128));
        check(1000, 1, 100, (100, 1));
        check(3, 900, 128, (1, 128));
    }

    #[test]
    fn blocks_that_are_averaged_first_change_little() {
        // A soft pattern, large enough for blocks of seven, with edges that are no whole block.
        let pattern = |x: u32, y: u32| Rgb([(x / 9) as u8, (y / 7) as u8, ((x + y) / 11) as u8]);
        let large = Picture(Arc::new(RgbImage::from_fn(1501, 1003, pattern)));
        let (quick, exact) = (large.shrunk(100), large.resized(100, Filter::Triangle));
        assert_eq!((quick.width(), quick.height()), (100, 67));
        let furthest = quick.rgb().iter().zip(exact.rgb()).map(|(a, b)| a.abs_diff(*b)).max();
        assert!(furthest <= Some(3), "{furthest:?}");
        assert_eq!(large.averaged(7).dimensions(), (215, 144));
    }

    /// Pixels by Pillow 13; the two round between the axes at different places.
    #[test]
    fn squares_are_pillows() {
        let pattern = |x: u32, y: u32| Rgb([x * 6, y * 8, x * x + 3 * y * y].map(|value| (value % 256) as u8));
        let picture = Picture(Arc::new(RgbImage::from_fn(40, 30, pattern)));
        let check = |square: &RgbImage, expected: [[u8; 3]; 5]| {
            assert_eq!(square.dimensions(), (16, 16));
            for ((x, y), expected) in [(0, 0), (7, 3), (4, 11), (15, 15), (9, 0)].into_iter().zip(expected) {
                let ours = square.get_pixel(x, y).0;
                let close = ours.iter().zip(expected).all(|(ours, expected)| ours.abs_diff(expected) <= 1);
                assert!(close, "({x}, {y}): {ours:?}, expected {expected:?}");
            }
        };
        check(
            &picture.squashed(16, Filter::Triangle),
            [[6, 5, 5], [109, 48, 181], [65, 168, 107], [228, 227, 133], [139, 5, 94]],
        );
        check(
            &picture.squashed(16, Filter::Bicubic),
            [[5, 4, 2], [110, 48, 199], [64, 168, 99], [229, 228, 130], [140, 4, 84]],
        );
        check(
            &picture.centre_square(16, Filter::Triangle),
            [[25, 5, 22], [106, 48, 166], [72, 168, 125], [197, 227, 109], [128, 5, 184]],
        );
        check(
            &picture.centre_square(16, Filter::Bicubic),
            [[26, 4, 19], [106, 48, 178], [71, 168, 121], [197, 228, 103], [128, 4, 197]],
        );
    }

    #[test]
    fn any_shape_becomes_a_square() {
        for (width, height) in [(1, 1), (3, 900), (900, 3), (16, 16), (17, 16)] {
            let picture = picture(width, height);
            assert_eq!(picture.centre_square(16, Filter::Bicubic).dimensions(), (16, 16), "{width} x {height}");
            assert_eq!(picture.squashed(16, Filter::Bicubic).dimensions(), (16, 16), "{width} x {height}");
        }
    }

    #[test]
    fn a_region_cuts_a_part_out() {
        let picture = picture(60, 80);
        let check = |region: &str, size: (u32, u32), corner: [u8; 3]| {
            let part = picture.crop(region.parse().unwrap());
            assert_eq!(((part.width(), part.height()), &part.rgb()[..3]), (size, &corner[..]), "{region}");
        };
        check("0,0,1,1", (60, 80), [0, 0, 200]);
        check("0.5, 0.25, 0.5, 0.5", (30, 40), [30, 20, 200]);
        check("-1,-1,1.5,1.25", (30, 20), [0, 0, 200]);
        check("0.999,0.999,0.0001,0.0001", (1, 1), [59, 79, 200]);
        check("0.9,0.9,5,5", (6, 8), [54, 72, 200]);
        for empty in ["0,0,0,1", "0,0,1,-1", "1,0,1,1", "-1,0,1,1", "nan,0,1,1", "0,0,inf,1", "0,0,1", "a,b,c,d", ""] {
            assert!(matches!(empty.parse::<Region>(), Err(Error::Malformed { .. })), "{empty}");
        }
    }
}
