//! Finds known values, however many there are, by looking at four bytes of every few.
//!
//! Every value is known by the four bytes at each of its first places, as many as the step is long. Wherever it stands in a text,
//! one of these lies exactly on a step, so no other bytes need to be looked at; a bitmap tells of almost all of them that no
//! value has them.

use std::{
    collections::{BTreeSet, HashMap},
    ops::Range,
};

/// Bytes looked at together.
const GRAM: usize = 4;
/// A longer step would take many more entries, and save little.
const LONGEST_STEP: usize = 8;
/// The bitmap has about so many bits for each entry, so that few other bytes pass it,
const BITS_PER_ENTRY: usize = 24;
/// and no more than fit a processor's cache: 2^22 bits are 512 KiB.
const MOST_BITS: u32 = 22;

/// The known values.
pub(super) struct Grams {
    values: Vec<Box<[u8]>>,
    /// How far apart the looks are.
    step: usize,
    /// Whether some value has four bytes of this hash.
    bitmap: Vec<u64>,
    /// How many bits of a hash count.
    bits: u32,
    /// Which values have these four bytes, and at which of their places.
    places: HashMap<u32, Vec<(u32, u8)>>,
}

impl Grams {
    pub(super) fn of(values: &BTreeSet<&str>) -> Self {
        let values: Vec<Box<[u8]>> =
            values.iter().filter(|value| value.len() >= GRAM).map(|value| value.as_bytes().into()).collect();
        let shortest = values.iter().map(|value| value.len()).min().unwrap_or(GRAM);
        let step = (shortest + 1 - GRAM).min(LONGEST_STEP);
        let wanted = (values.len() * step * BITS_PER_ENTRY).max(64).next_power_of_two();
        let bits = wanted.trailing_zeros().min(MOST_BITS);
        let mut grams = Self {
            step,
            bitmap: vec![0; (1 << bits) / 64],
            bits,
            places: HashMap::with_capacity(values.len() * step),
            values: Vec::new(),
        };
        for (number, value) in (0..).zip(&values) {
            for place in 0..step {
                let gram = gram(value, place);
                let bit = grams.hash(gram);
                grams.bitmap[bit / 64] |= 1 << (bit % 64);
                let place = u8::try_from(place).unwrap_or_default();
                grams.places.entry(gram).or_default().push((number, place));
            }
        }
        grams.values = values;
        grams
    }

    /// Every place where a value stands, also where they overlap.
    pub(super) fn find(&self, bytes: &[u8], mut found: impl FnMut(Range<usize>)) {
        if self.values.is_empty() {
            return;
        }
        let mut at = 0;
        while at + GRAM <= bytes.len() {
            let gram = gram(bytes, at);
            let bit = self.hash(gram);
            if self.bitmap[bit / 64] & (1 << (bit % 64)) != 0 {
                for (value, place) in self.places.get(&gram).into_iter().flatten() {
                    let value = &self.values[*value as usize];
                    if let Some(start) =
                        at.checked_sub(usize::from(*place)).filter(|start| bytes[*start..].starts_with(value))
                    {
                        found(start..start + value.len());
                    }
                }
            }
            at += self.step;
        }
    }

    fn hash(&self, gram: u32) -> usize {
        (gram.wrapping_mul(0x9e37_79b1) >> (u32::BITS - self.bits)) as usize
    }
}

/// The four bytes from there on.
fn gram(bytes: &[u8], at: usize) -> u32 {
    u32::from_le_bytes([bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same every time.
    fn noise(seed: u64, length: usize, letters: &[u8]) -> Vec<u8> {
        let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            letters[usize::try_from(state >> 33).unwrap_or_default() % letters.len()]
        };
        (0..length).map(|_| next()).collect()
    }

    #[test]
    fn every_value_is_found_wherever_it_stands() {
        // Few letters: values overlap each other, and themselves.
        for (letters, shortest) in [(b"ab".as_slice(), 6), (b"abc", 9), (b"abcdefgh", 14), (b"a", 6)] {
            let values: Vec<String> = (0..40_u8)
                .map(|seed| String::from_utf8(noise(seed.into(), shortest + usize::from(seed % 9), letters)).unwrap())
                .collect();
            let values: BTreeSet<&str> = values.iter().map(String::as_str).collect();
            let mut text = noise(77, 3_000, letters);
            for (number, value) in values.iter().enumerate() {
                let at = 70 * number;
                text[at..at + value.len()].copy_from_slice(value.as_bytes());
            }
            let mut found = Vec::new();
            Grams::of(&values).find(&text, |known| found.push((known.start, known.end)));
            found.sort_unstable();
            let stands = |start: usize, value: &str| text[start..].starts_with(value.as_bytes());
            let expected: Vec<(usize, usize)> = (0..text.len())
                .flat_map(|start| {
                    let mut here: Vec<_> =
                        values.iter().filter(|value| stands(start, value)).map(|value| value.len()).collect();
                    here.sort_unstable();
                    here.into_iter().map(move |length| (start, start + length))
                })
                .collect();
            assert_eq!(found, expected);
            assert!(found.len() >= values.len());
        }
    }
}
