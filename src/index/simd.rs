//! The inner loops, compiled twice: for the processor's wide registers where it has them (AVX2 with FMA, asked for at run
//! time) and for the plain target, where the compiler uses what is always there (SSE2, NEON). Only this file dispatches.

/// Runs a generic loop in the widest form that this processor has.
///
/// `wide!(loop_name(arguments) -> Result)` needs an `#[inline(always)]` function of that name.
macro_rules! wide {
    ($($call:tt)*) => {
        $crate::index::simd::with_features!("avx2,fma,popcnt,bmi1,bmi2", has_avx2, $($call)*)
    };
}

/// The same for loops that count bits: with wide registers the compiler would count in a slower way.
macro_rules! counting {
    ($($call:tt)*) => {
        $crate::index::simd::with_features!("popcnt,bmi1,bmi2", has_popcnt, $($call)*)
    };
}

macro_rules! with_features {
    (
        $features:literal, $has:ident,
        $name:ident($($argument:ident: $kind:ty),* $(,)?) $(-> $result:ty)?
    ) => {{
        #[cfg(target_arch = "x86_64")]
        {
            #[target_feature(enable = $features)]
            fn with($($argument: $kind),*) $(-> $result)? {
                $name($($argument),*)
            }
            if $crate::index::simd::$has() {
                // SAFETY: the processor has just been asked for every feature that is enabled here.
                #[expect(unsafe_code, reason = "a call into code for processor features that were checked")]
                return unsafe { with($($argument),*) };
            }
        }
        $name($($argument),*)
    }};
}
pub(crate) use counting;
pub(crate) use wide;
pub(crate) use with_features;

#[cfg(target_arch = "x86_64")]
pub(crate) fn has_avx2() -> bool {
    std::arch::is_x86_feature_detected!("avx2") && std::arch::is_x86_feature_detected!("fma") && has_popcnt()
}

#[cfg(target_arch = "x86_64")]
pub(crate) fn has_popcnt() -> bool {
    std::arch::is_x86_feature_detected!("popcnt")
        && std::arch::is_x86_feature_detected!("bmi1")
        && std::arch::is_x86_feature_detected!("bmi2")
}

/// Which form of the inner loops runs here, for figures that depend on it.
pub fn name() -> &'static str {
    #[cfg(target_arch = "x86_64")]
    if has_avx2() {
        return "AVX2";
    }
    "plain"
}

/// The dot product, in 32 sums side by side so that the compiler can use wide registers.
#[expect(clippy::inline_always, reason = "compiled anew for each set of processor features it is called from")]
#[inline(always)]
pub(crate) fn dot_inline(a: &[f32], b: &[f32]) -> f32 {
    let (a_blocks, a_rest) = a.as_chunks::<32>();
    let (b_blocks, b_rest) = b.as_chunks::<32>();
    let mut sums = [0.0_f32; 32];
    for (a, b) in a_blocks.iter().zip(b_blocks) {
        for lane in 0..32 {
            sums[lane] += a[lane] * b[lane];
        }
    }
    for width in [16, 8, 4, 2, 1] {
        for lane in 0..width {
            sums[lane] += sums[lane + width];
        }
    }
    sums[0] + a_rest.iter().zip(b_rest).map(|(a, b)| a * b).sum::<f32>()
}

/// The dot product of two vectors of one length.
pub fn dot(a: &[f32], b: &[f32]) -> f32 {
    wide!(dot_inline(a: &[f32], b: &[f32]) -> f32)
}

/// The dot product of a row's codes with a query's, exact in 32 bits: see [`QueryCodes`](super::codes::QueryCodes).
#[expect(clippy::inline_always, reason = "compiled anew for each set of processor features it is called from")]
#[inline(always)]
pub(crate) fn dot_codes(codes: &[i8], query: &[i16]) -> i32 {
    codes.iter().zip(query).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum()
}

/// The same for `N` queries with AVX2, the row's codes widened once: the compiler's own form of it uses half of each
/// register.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
#[inline]
#[expect(unsafe_code, reason = "unaligned loads from arrays of exactly the loaded length")]
pub(crate) fn dot_codes_avx2<const N: usize>(codes: &[i8], queries: [&[i16]; N]) -> [i32; N] {
    use std::arch::x86_64::{
        __m256i, _mm_add_epi32, _mm_cvtsi128_si32, _mm_loadu_si128, _mm_shuffle_epi32, _mm256_add_epi32,
        _mm256_castsi256_si128, _mm256_cvtepi8_epi16, _mm256_extracti128_si256, _mm256_loadu_si256, _mm256_madd_epi16,
        _mm256_setzero_si256,
    };
    // SAFETY: 16 codes of 1 byte, or 16 query values of 2 bytes, lie at the address that is loaded from.
    let widened = |codes: &[i8; 16]| _mm256_cvtepi8_epi16(unsafe { _mm_loadu_si128(codes.as_ptr().cast()) });
    let loaded = |query: &[i16; 16]| -> __m256i { unsafe { _mm256_loadu_si256(query.as_ptr().cast()) } };
    let (blocks, rest) = codes.as_chunks::<16>();
    let queries = queries.map(|query| query.as_chunks::<16>());
    let mut sums = [_mm256_setzero_si256(); N];
    let whole = queries.iter().fold(blocks.len(), |whole, (query, _)| whole.min(query.len()));
    for (block, codes) in blocks[..whole].iter().enumerate() {
        let codes = widened(codes);
        for (sum, (query, _)) in sums.iter_mut().zip(&queries) {
            *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(codes, loaded(&query[block])));
        }
    }
    let mut dots = [0; N];
    for ((dot, sums), (_, query_rest)) in dots.iter_mut().zip(sums).zip(&queries) {
        let sums = _mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256::<1>(sums));
        let sums = _mm_add_epi32(sums, _mm_shuffle_epi32::<0b00_00_11_10>(sums));
        let sums = _mm_add_epi32(sums, _mm_shuffle_epi32::<0b00_00_00_01>(sums));
        *dot = _mm_cvtsi128_si32(sums) + dot_codes(rest, query_rest);
    }
    dots
}

/// The dot product of two rows of codes, exact in 32 bits.
#[expect(clippy::inline_always, reason = "compiled anew for each set of processor features it is called from")]
#[inline(always)]
fn dot_rows_inline(a: &[i8], b: &[i8]) -> i32 {
    a.iter().zip(b).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum()
}

/// The same with AVX2, 32 codes in five instructions: signs are moved from one side to the other, because the processor
/// multiplies bytes only where one side has no sign. No code is -128, so pairs of products fit in 16 bits.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
#[inline]
#[expect(unsafe_code, reason = "unaligned loads from arrays of exactly the loaded length")]
fn dot_rows_avx2(a: &[i8], b: &[i8]) -> i32 {
    use std::arch::x86_64::{
        _mm_add_epi32, _mm_cvtsi128_si32, _mm_shuffle_epi32, _mm256_abs_epi8, _mm256_add_epi32, _mm256_castsi256_si128,
        _mm256_extracti128_si256, _mm256_loadu_si256, _mm256_madd_epi16, _mm256_maddubs_epi16, _mm256_set1_epi16,
        _mm256_setzero_si256, _mm256_sign_epi8,
    };
    let (a_blocks, a_rest) = a.as_chunks::<32>();
    let (b_blocks, b_rest) = b.as_chunks::<32>();
    let (ones, mut sums) = (_mm256_set1_epi16(1), _mm256_setzero_si256());
    for (a, b) in a_blocks.iter().zip(b_blocks) {
        // SAFETY: 32 codes of 1 byte lie at each of these addresses.
        let [a, b] = unsafe { [_mm256_loadu_si256(a.as_ptr().cast()), _mm256_loadu_si256(b.as_ptr().cast())] };
        let pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(a), _mm256_sign_epi8(b, a));
        sums = _mm256_add_epi32(sums, _mm256_madd_epi16(pairs, ones));
    }
    let sums = _mm_add_epi32(_mm256_castsi256_si128(sums), _mm256_extracti128_si256::<1>(sums));
    let sums = _mm_add_epi32(sums, _mm_shuffle_epi32::<0b00_00_11_10>(sums));
    let sums = _mm_add_epi32(sums, _mm_shuffle_epi32::<0b00_00_00_01>(sums));
    _mm_cvtsi128_si32(sums) + dot_rows_inline(a_rest, b_rest)
}

/// The dot product of two rows of codes, exact in 32 bits.
pub fn dot_rows(a: &[i8], b: &[i8]) -> i32 {
    (dots().rows)(a, b)
}

/// The dot products of codes as functions, for who makes them one at a time: the processor is asked once, not each time.
#[derive(Debug, Clone, Copy)]
pub struct Dots {
    /// Of two rows.
    pub rows: fn(&[i8], &[i8]) -> i32,
    /// Of a row and a query.
    pub query: fn(&[i8], &[i16]) -> i32,
}

/// The fastest form for this processor.
pub fn dots() -> Dots {
    #[cfg(target_arch = "x86_64")]
    if has_avx2() {
        return Dots {
            // SAFETY: the processor has just been asked for every feature that is enabled in these two.
            #[expect(unsafe_code, reason = "a call into code for processor features that were checked")]
            rows: |a, b| unsafe { dot_rows_avx2(a, b) },
            #[expect(unsafe_code, reason = "a call into code for processor features that were checked")]
            query: |codes, query| unsafe { dot_codes_avx2(codes, [query]) }[0],
        };
    }
    Dots { rows: dot_rows_inline, query: dot_codes }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_and_length_gives_the_same_sum() {
        for length in [0, 1, 15, 16, 31, 32, 33, 64, 100, 256, 300] {
            let values: Vec<f32> = (0..length).map(|at| (at * 7 % 13) as f32 - 6.0).collect();
            let codes: Vec<i8> = (0..length).map(|at| (at * 37 % 255 - 127) as i8).collect();
            let query: Vec<i16> = (0..length).map(|at| (at * 1009 % 20001 - 10000) as i16).collect();
            let codes_as_query: Vec<i16> = codes.iter().map(|code| i16::from(*code)).collect();
            let floats: f32 = values.iter().map(|value| value * value).sum();
            let wholes: i32 = codes.iter().zip(&query).map(|(a, b)| i32::from(*a) * i32::from(*b)).sum();
            let rows: i32 = codes.iter().map(|code| i32::from(*code).pow(2)).sum();
            assert!((dot(&values, &values) - floats).abs() <= floats * 1e-6);
            assert_eq!(dot_codes(&codes, &query), wholes);
            assert_eq!(dot_rows(&codes, &codes), rows);
            let other: Vec<i8> = codes.iter().rev().copied().collect();
            assert_eq!(dot_rows(&codes, &other), dot_rows_inline(&codes, &other), "{length}");
            assert_eq!((dots().query)(&codes, &query), wholes, "{length}");
            #[cfg(target_arch = "x86_64")]
            if has_avx2() {
                // SAFETY: the processor has AVX2.
                #[expect(unsafe_code, reason = "a call into code for processor features that were checked")]
                let sums = unsafe { dot_codes_avx2(&codes, [&query, &codes_as_query]) };
                assert_eq!(sums, [wholes, rows], "{length}");
            }
        }
    }
}
