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

/// The dot products of `N` queries with `ROWS` rows of codes that lie one after another, with AVX2: each code is widened
/// once, and each query value loaded once for all rows. The compiler's own form of it uses half of each register.
///
/// # Panics
/// When the lengths do not fit together.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
#[inline]
#[expect(unsafe_code, reason = "unaligned loads whose bounds are checked once a call, not once a load")]
pub(crate) fn dot_codes_avx2<const N: usize, const ROWS: usize>(
    codes: &[i8],
    queries: [&[i16]; N],
) -> [[i32; ROWS]; N] {
    use std::arch::x86_64::{
        _mm_add_epi32, _mm_cvtsi128_si32, _mm_loadu_si128, _mm_shuffle_epi32, _mm256_add_epi32, _mm256_castsi256_si128,
        _mm256_cvtepi8_epi16, _mm256_extracti128_si256, _mm256_loadu_si256, _mm256_madd_epi16, _mm256_setzero_si256,
    };
    let dim = codes.len() / ROWS;
    for query in queries {
        assert_eq!(query.len(), dim);
    }
    // Loops, not closures: those would be compiled for the plain target.
    let mut sums = [[_mm256_setzero_si256(); ROWS]; N];
    for at in (0..dim / 16 * 16).step_by(16) {
        let mut wide = [_mm256_setzero_si256(); ROWS];
        for (row, wide) in wide.iter_mut().enumerate() {
            // SAFETY: `row < ROWS` and `at + 16 <= dim`, so these 16 codes are among the `ROWS * dim`.
            *wide = _mm256_cvtepi8_epi16(unsafe { _mm_loadu_si128(codes.as_ptr().add(row * dim + at).cast()) });
        }
        for (query, sums) in queries.iter().zip(&mut sums) {
            // SAFETY: `at + 16 <= dim`, the length of each query.
            let query = unsafe { _mm256_loadu_si256(query.as_ptr().add(at).cast()) };
            for (wide, sum) in wide.iter().zip(sums) {
                *sum = _mm256_add_epi32(*sum, _mm256_madd_epi16(*wide, query));
            }
        }
    }
    let mut dots = [[0; ROWS]; N];
    for ((query, sums), dots) in queries.iter().zip(&sums).zip(&mut dots) {
        for (row, (sums, dot)) in sums.iter().zip(dots).enumerate() {
            let sums = _mm_add_epi32(_mm256_castsi256_si128(*sums), _mm256_extracti128_si256::<1>(*sums));
            let sums = _mm_add_epi32(sums, _mm_shuffle_epi32::<0b00_00_11_10>(sums));
            let sums = _mm_add_epi32(sums, _mm_shuffle_epi32::<0b00_00_00_01>(sums));
            *dot = _mm_cvtsi128_si32(sums);
            for at in dim / 16 * 16..dim {
                *dot += i32::from(codes[row * dim + at]) * i32::from(query[at]);
            }
        }
    }
    dots
}

/// How far ahead of what is read more is asked for: the processor's own looking ahead ends at every page.
#[cfg(target_arch = "x86_64")]
const AHEAD: usize = 2048;

/// Asks for the memory some way behind these values, which need not exist.
#[inline]
pub(crate) fn ask_ahead<T>(values: &[T]) {
    #[cfg(target_arch = "x86_64")]
    for line in (0..size_of_val(values)).step_by(64) {
        use std::arch::x86_64::{_MM_HINT_T0, _mm_prefetch};
        let place = values.as_ptr().cast::<i8>().wrapping_add(line + AHEAD);
        // SAFETY: this reads nothing; an address without memory is ignored.
        #[expect(unsafe_code, reason = "a hint, which may name any address")]
        unsafe {
            _mm_prefetch::<_MM_HINT_T0>(place);
        }
    }
    #[cfg(not(target_arch = "x86_64"))]
    let _ = values;
}

/// For each byte of marks, where among the packed values each marked one of eight stands.
#[cfg(target_arch = "x86_64")]
const PLACES: [[i32; 8]; 256] = {
    let mut places = [[0; 8]; 256];
    let mut marks = 0;
    while marks < 256 {
        let (mut bit, mut place) = (0, 0);
        while bit < 8 {
            places[marks][bit] = place;
            place += (marks >> bit & 1) as i32;
            bit += 1;
        }
        marks += 1;
    }
    places
};

/// Puts the packed values of eight rows where they are marked, and `other` elsewhere.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
#[inline]
#[expect(unsafe_code, reason = "unaligned loads and stores of arrays of exactly eight values")]
pub(crate) fn spread_eight_avx2(marks: u8, packed: &[f32; 8], other: f32, out: &mut [f32; 8]) {
    use std::arch::x86_64::{
        _mm256_and_si256, _mm256_blendv_ps, _mm256_castsi256_ps, _mm256_cmpeq_epi32, _mm256_loadu_ps,
        _mm256_loadu_si256, _mm256_permutevar8x32_ps, _mm256_set1_epi32, _mm256_set1_ps, _mm256_setr_epi32,
        _mm256_storeu_ps,
    };
    let bits = _mm256_setr_epi32(1, 2, 4, 8, 16, 32, 64, 128);
    let marked = _mm256_cmpeq_epi32(_mm256_and_si256(_mm256_set1_epi32(i32::from(marks)), bits), bits);
    // SAFETY: each of these arrays has eight values of four bytes.
    unsafe {
        let places = _mm256_loadu_si256(PLACES[usize::from(marks)].as_ptr().cast());
        let values = _mm256_permutevar8x32_ps(_mm256_loadu_ps(packed.as_ptr()), places);
        let values = _mm256_blendv_ps(_mm256_set1_ps(other), values, _mm256_castsi256_ps(marked));
        _mm256_storeu_ps(out.as_mut_ptr(), values);
    }
}

/// Rows whose half bytes lie side by side, to be looked up together.
pub(crate) const LOOKED_UP: usize = 32;

/// For each of 32 rows the sum of what its half bytes stand for: `block` has for each two `tables` one byte a row, its low
/// half for the first of them. No sum may be above 16 bits, no two numbers of neighbouring tables together above a byte.
pub(crate) fn look_up(block: &[u8], tables: &[[u8; 16]]) -> [u16; LOOKED_UP] {
    #[cfg(target_arch = "x86_64")]
    if has_avx2() {
        // SAFETY: the processor has just been asked for every feature that is enabled there.
        #[expect(unsafe_code, reason = "a call into code for processor features that were checked")]
        return unsafe { look_up_avx2(block, tables) };
    }
    look_up_plain(block, tables)
}

fn look_up_plain(block: &[u8], tables: &[[u8; 16]]) -> [u16; LOOKED_UP] {
    let mut sums = [0; LOOKED_UP];
    for (bytes, tables) in block.as_chunks::<LOOKED_UP>().0.iter().zip(tables.as_chunks::<2>().0) {
        for (byte, sum) in bytes.iter().zip(&mut sums) {
            *sum += u16::from(tables[0][usize::from(byte & 15)] + tables[1][usize::from(byte >> 4)]);
        }
    }
    sums
}

/// The same with AVX2: one instruction looks up 32 half bytes.
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2")]
#[inline]
#[expect(unsafe_code, reason = "unaligned loads and stores of arrays of exactly the loaded length")]
fn look_up_avx2(block: &[u8], tables: &[[u8; 16]]) -> [u16; LOOKED_UP] {
    use std::arch::x86_64::{
        __m256i, _mm_loadu_si128, _mm256_add_epi8, _mm256_add_epi16, _mm256_and_si256, _mm256_broadcastsi128_si256,
        _mm256_loadu_si256, _mm256_permute2x128_si256, _mm256_set1_epi8, _mm256_setzero_si256, _mm256_shuffle_epi8,
        _mm256_slli_epi16, _mm256_srli_epi16, _mm256_storeu_si256, _mm256_sub_epi16, _mm256_unpackhi_epi16,
        _mm256_unpacklo_epi16,
    };
    let low = _mm256_set1_epi8(15);
    // Sums of two rows a lane, the odd row's counting 256 times, and of the odd rows alone.
    let (mut both, mut odd) = (_mm256_setzero_si256(), _mm256_setzero_si256());
    for (bytes, tables) in block.as_chunks::<LOOKED_UP>().0.iter().zip(tables.as_chunks::<2>().0) {
        // SAFETY: 32 bytes lie at the first address, 16 at each of the others.
        let (bytes, first, second): (__m256i, _, _) = unsafe {
            (
                _mm256_loadu_si256(bytes.as_ptr().cast()),
                _mm_loadu_si128(tables[0].as_ptr().cast()),
                _mm_loadu_si128(tables[1].as_ptr().cast()),
            )
        };
        let first = _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(first), _mm256_and_si256(bytes, low));
        let bytes = _mm256_and_si256(_mm256_srli_epi16::<4>(bytes), low);
        let second = _mm256_shuffle_epi8(_mm256_broadcastsi128_si256(second), bytes);
        let sums = _mm256_add_epi8(first, second);
        both = _mm256_add_epi16(both, sums);
        odd = _mm256_add_epi16(odd, _mm256_srli_epi16::<8>(sums));
    }
    let even = _mm256_sub_epi16(both, _mm256_slli_epi16::<8>(odd));
    // Rows 0 to 7 and 16 to 23, and those in between.
    let (first, second) = (_mm256_unpacklo_epi16(even, odd), _mm256_unpackhi_epi16(even, odd));
    let halves = [_mm256_permute2x128_si256::<0x20>(first, second), _mm256_permute2x128_si256::<0x31>(first, second)];
    let mut sums = [0; LOOKED_UP];
    for (half, sums) in halves.into_iter().zip(sums.as_chunks_mut::<16>().0) {
        // SAFETY: 16 numbers of 2 bytes fit there.
        unsafe { _mm256_storeu_si256(sums.as_mut_ptr().cast(), half) };
    }
    sums
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
            query: |codes, query| unsafe { dot_codes_avx2::<1, 1>(codes, [query]) }[0][0],
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
                let sums = unsafe { dot_codes_avx2(&[&*codes, &other].concat(), [&query, &codes_as_query]) };
                let of_other = |query: &[i16]| dot_codes(&other, query);
                assert_eq!(sums, [[wholes, of_other(&query)], [rows, of_other(&codes_as_query)]], "{length}");
            }
        }
    }
    #[test]
    fn every_form_looks_up_the_same() {
        for pairs in [0, 1, 8, 32, 128] {
            let block: Vec<u8> = (0..pairs * LOOKED_UP).map(|at| (at * 89 % 251) as u8).collect();
            let tables: Vec<[u8; 16]> =
                (0..2 * pairs).map(|table| std::array::from_fn(|at| ((table * 7 + at * 31) % 128) as u8)).collect();
            assert_eq!(look_up(&block, &tables), look_up_plain(&block, &tables), "{pairs}");
        }
    }
}
