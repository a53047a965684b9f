//! Rows as bytes, and what tells that they are all there.

use sha2::{Digest, Sha256};

/// What a column of a row holds.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    Null,
    Integer(i64),
    Real(f64),
    Text(String),
    Bytes(Vec<u8>),
}

/// A row as bytes: each value's kind, then what it is.
pub(super) fn encode(row: &[Value], into: &mut Vec<u8>) {
    into.clear();
    for value in row {
        match value {
            Value::Null => into.push(0),
            Value::Integer(number) => {
                into.push(1);
                into.extend_from_slice(&number.to_be_bytes());
            }
            Value::Real(number) => {
                into.push(2);
                into.extend_from_slice(&number.to_be_bytes());
            }
            Value::Text(text) => long(3, text.as_bytes(), into),
            Value::Bytes(bytes) => long(4, bytes, into),
        }
    }
}

fn long(kind: u8, bytes: &[u8], into: &mut Vec<u8>) {
    into.push(kind);
    into.extend_from_slice(&(bytes.len() as u64).to_be_bytes());
    into.extend_from_slice(bytes);
}

/// The row that these bytes are.
pub(super) fn decode(mut bytes: &[u8]) -> Option<Vec<Value>> {
    let mut row = Vec::new();
    while let Some((kind, rest)) = bytes.split_first() {
        bytes = rest;
        row.push(match kind {
            0 => Value::Null,
            1 => Value::Integer(i64::from_be_bytes(eight(&mut bytes)?)),
            2 => Value::Real(f64::from_be_bytes(eight(&mut bytes)?)),
            3 | 4 => {
                let length = usize::try_from(u64::from_be_bytes(eight(&mut bytes)?)).ok()?;
                let (long, rest) = bytes.split_at_checked(length)?;
                bytes = rest;
                if *kind == 3 {
                    Value::Text(str::from_utf8(long).ok()?.to_owned())
                } else {
                    Value::Bytes(long.to_vec())
                }
            }
            _ => return None,
        });
    }
    Some(row)
}

fn eight(bytes: &mut &[u8]) -> Option<[u8; 8]> {
    let (eight, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(*eight)
}

/// How many rows a table has, and the sum of their hashes: the same in whatever order they come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Sum {
    pub(super) rows: u64,
    hashes: [u64; 4],
}

impl Sum {
    pub(super) fn add(&mut self, row: &[u8]) {
        let hash: [u8; 32] = Sha256::digest(row).into();
        self.rows += 1;
        for (sum, part) in self.hashes.iter_mut().zip(hash.chunks_exact(8)) {
            *sum = sum.wrapping_add(u64::from_be_bytes(part.try_into().unwrap_or_default()));
        }
    }

    pub(super) fn to_bytes(self) -> [u8; 40] {
        let mut bytes = [0; 40];
        for (place, number) in bytes.chunks_exact_mut(8).zip([self.rows].into_iter().chain(self.hashes)) {
            place.copy_from_slice(&number.to_be_bytes());
        }
        bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row() -> Vec<Value> {
        let text = Value::Text("naïve\n\0 text".to_owned());
        vec![Value::Null, Value::Integer(i64::MIN), Value::Real(-0.1), text, Value::Bytes(vec![0, 255]), Value::Null]
    }

    #[test]
    fn a_row_is_what_it_was() {
        let mut bytes = Vec::new();
        encode(&row(), &mut bytes);
        assert_eq!(decode(&bytes).unwrap(), row());
        for length in 0..bytes.len() {
            assert_ne!(decode(&bytes[..length]), Some(row()));
        }
    }

    #[test]
    fn no_two_rows_share_their_bytes() {
        let text = |text: &str| Value::Text(text.to_owned());
        let rows = [
            vec![],
            vec![Value::Null],
            vec![text("")],
            vec![Value::Bytes(vec![])],
            vec![text("a"), text("b")],
            vec![text("ab"), text("")],
            vec![Value::Integer(0)],
            vec![Value::Real(0.0)],
        ];
        let encoded = rows.map(|row| {
            let mut bytes = Vec::new();
            encode(&row, &mut bytes);
            bytes
        });
        for (at, one) in encoded.iter().enumerate() {
            assert!(!encoded[..at].contains(one), "{at}");
        }
    }

    #[test]
    fn a_sum_knows_every_row_and_no_order() {
        let sum = |rows: &[&[u8]]| {
            let mut sum = Sum::default();
            for row in rows {
                sum.add(row);
            }
            sum
        };
        assert_eq!(sum(&[b"a", b"b"]), sum(&[b"b", b"a"]));
        assert_ne!(sum(&[b"a", b"b"]), sum(&[b"a", b"c"]));
        assert_ne!(sum(&[b"a", b"a"]), sum(&[b"a"]));
    }
}
