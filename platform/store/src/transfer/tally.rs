//! What a table holds, in a form that both engines agree on whatever the order of their rows.

use kernel::Value;

/// Rows, and the sum of a 128-bit hash of each.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    pub rows: u64,
    pub checksum: u128,
    /// Bytes of texts and blobs.
    pub(super) bytes: u64,
}

impl Tally {
    pub(super) fn add(&mut self, row: &[Value], scratch: &mut Vec<u8>) {
        scratch.clear();
        row.iter().for_each(|value| encode(value, scratch));
        let hash = blake3::hash(scratch);
        let (half, _) = hash.as_bytes().split_at(16);
        let half = u128::from_be_bytes(half.try_into().expect("half of 32 bytes is 16"));
        self.rows += 1;
        self.checksum = self.checksum.wrapping_add(half);
        self.bytes += row.iter().map(size).sum::<u64>();
    }

    pub(super) fn agrees(&self, other: &Tally) -> bool {
        (self.rows, self.checksum) == (other.rows, other.checksum)
    }
}

pub(super) fn size(value: &Value) -> u64 {
    match value {
        Value::Null | Value::Int(_) => 0,
        Value::Text(it) => it.len() as u64,
        Value::Bytes(it) => it.len() as u64,
    }
}

/// No two different rows of a table have the same encoding: kinds are marked, lengths written.
fn encode(value: &Value, out: &mut Vec<u8>) {
    let mut sized = |mark: u8, bytes: &[u8]| {
        out.push(mark);
        out.extend_from_slice(&(bytes.len() as u64).to_be_bytes());
        out.extend_from_slice(bytes);
    };
    match value {
        Value::Null => out.push(0),
        Value::Int(it) => {
            out.push(1);
            out.extend_from_slice(&it.to_be_bytes());
        }
        Value::Text(it) => sized(2, it.as_bytes()),
        Value::Bytes(it) => sized(3, it),
    }
}

#[cfg(test)]
mod tests {
    use kernel::values;
    use proptest::prelude::*;

    use super::*;

    fn tally(rows: &[Vec<Value>]) -> Tally {
        let mut tally = Tally::default();
        rows.iter().for_each(|row| tally.add(row, &mut Vec::new()));
        tally
    }

    #[test]
    fn different_rows_differ() {
        let rows = [
            values![1i64, "a"],
            values!["a", 1i64],
            values!["1", "a"],
            values!["1a", ""],
            values![vec![b'1'], "a"],
            vec![Value::Null, Value::Text("a".into())],
            values!["", "a"],
        ];
        for (place, one) in rows.iter().enumerate() {
            for other in &rows[place + 1..] {
                assert_ne!(tally(std::slice::from_ref(one)), tally(std::slice::from_ref(other)));
            }
        }
        assert_ne!(tally(&[values![1i64], values![1i64]]), tally(&[]), "two of a kind do not cancel out");
    }

    proptest! {
        #[test]
        fn order_does_not_matter(rows in prop::collection::vec((any::<i64>(), ".*"), 0..20), turn in 0usize..20) {
            let rows: Vec<Vec<Value>> = rows.into_iter().map(|(a, b)| values![a, b]).collect();
            let mut turned = rows.clone();
            let by = turn % rows.len().max(1);
            turned.rotate_left(by);
            prop_assert_eq!(tally(&rows), tally(&turned));
        }
    }
}
