//! Sets of rows as bits: which products pass a filter, which have a facet. Counting and intersecting a million rows takes
//! some microseconds.

/// A set of row numbers below a fixed bound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowSet {
    words: Box<[u64]>,
    rows: usize,
}

impl RowSet {
    /// No row of `rows`.
    pub fn none(rows: usize) -> Self {
        Self { words: vec![0; rows.div_ceil(64)].into(), rows }
    }

    /// Every row of `rows`.
    pub fn all(rows: usize) -> Self {
        let mut words: Box<[u64]> = vec![u64::MAX; rows.div_ceil(64)].into();
        if let Some(last) = words.last_mut()
            && !rows.is_multiple_of(64)
        {
            *last >>= 64 - rows % 64;
        }
        Self { words, rows }
    }

    /// The bits as [`words`](Self::words) gives them; `None` when they are not those of `rows` rows.
    pub fn from_words(rows: usize, words: Box<[u64]>) -> Option<Self> {
        let rest = rows % 64;
        let whole =
            words.len() == rows.div_ceil(64) && (rest == 0 || words.last().is_none_or(|last| last >> rest == 0));
        whole.then_some(Self { words, rows })
    }

    pub fn of(rows: usize, members: impl IntoIterator<Item = usize>) -> Self {
        let mut set = Self::none(rows);
        members.into_iter().for_each(|row| set.insert(row));
        set
    }

    /// The bound: row numbers are below it.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// # Panics
    /// When `row` is not below the bound.
    pub fn insert(&mut self, row: usize) {
        assert!(row < self.rows, "row {row} of {}", self.rows);
        self.words[row / 64] |= 1 << (row % 64);
    }

    pub fn contains(&self, row: usize) -> bool {
        self.words.get(row / 64).is_some_and(|word| word >> (row % 64) & 1 == 1)
    }

    pub fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// How many rows both sets have.
    pub fn count_with(&self, other: &Self) -> usize {
        self.words.iter().zip(&other.words).map(|(a, b)| (a & b).count_ones() as usize).sum()
    }

    /// Keeps the rows that `other` has too.
    pub fn retain(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(a, b)| *a &= b);
    }

    /// Drops the rows that `other` has.
    pub fn remove(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(a, b)| *a &= !b);
    }

    /// Adds the rows of `other`.
    pub fn extend(&mut self, other: &Self) {
        self.words.iter_mut().zip(&other.words).for_each(|(a, b)| *a |= b);
    }

    /// The rows that this set lacks.
    pub fn complement(&self) -> Self {
        let mut set = Self::all(self.rows);
        set.words.iter_mut().zip(&self.words).for_each(|(all, own)| *all &= !own);
        set
    }

    /// Rows in rising order.
    pub fn iter(&self) -> impl Iterator<Item = usize> {
        self.words.iter().enumerate().flat_map(|(at, word)| {
            let mut left = *word;
            std::iter::from_fn(move || {
                let bit = (left != 0).then(|| left.trailing_zeros() as usize)?;
                left &= left - 1;
                Some(at * 64 + bit)
            })
        })
    }

    /// The bits, 64 rows a word, the lowest bit first.
    pub fn words(&self) -> &[u64] {
        &self.words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_of_rows() {
        for rows in [0, 1, 63, 64, 65, 200] {
            assert_eq!(RowSet::all(rows).count(), rows);
            assert_eq!(RowSet::all(rows).iter().collect::<Vec<_>>(), (0..rows).collect::<Vec<_>>());
        }
        let (mut a, b) = (RowSet::of(200, [3, 64, 130, 199]), RowSet::of(200, [64, 199, 5]));
        assert_eq!(a.count_with(&b), 2);
        assert!(a.contains(130) && !a.contains(131) && !a.contains(5000));
        let mut both = a.clone();
        both.retain(&b);
        assert_eq!(both.iter().collect::<Vec<_>>(), [64, 199]);
        assert_eq!(a.complement().count(), 196);
        assert_eq!(a.complement().complement(), a);
        both = a.clone();
        both.remove(&b);
        assert_eq!(both.iter().collect::<Vec<_>>(), [3, 130]);
        a.extend(&b);
        assert_eq!(a.iter().collect::<Vec<_>>(), [3, 5, 64, 130, 199]);
    }
}
