//! What becomes of a picture that nothing refers to any more.

use kernel::jiff::Timestamp;

use super::model::{Picture, PictureState};
use crate::limits;

/// What the job that removes files is to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cleaning {
    /// Something refers to it, or it is gone already.
    Nothing,
    /// Somebody may still be writing its files.
    Later(Timestamp),
    /// Say that it leaves, then remove the files.
    Leave,
    /// That was said already, by a run that did not come to its end.
    Remove,
}

pub fn clean(picture: Option<&Picture>, now: Timestamp) -> Cleaning {
    match picture {
        None => Cleaning::Nothing,
        Some(picture) if picture.state == PictureState::Leaving => Cleaning::Remove,
        Some(picture) if picture.refs > 0 => Cleaning::Nothing,
        Some(picture) => match picture.touched + limits::PICTURE_KEPT {
            due if due > now => Cleaning::Later(due),
            _ => Cleaning::Leave,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::picture::Address;
    use kernel::jiff::SignedDuration;

    #[test]
    fn files_go_when_nobody_can_be_writing_them() {
        let now: Timestamp = "2026-03-01T10:00:00Z".parse().unwrap();
        let hour = limits::PICTURE_KEPT;
        let rows = [
            (PictureState::Ready, 1, hour * 9, Cleaning::Nothing),
            (PictureState::Ready, 0, hour, Cleaning::Leave),
            (PictureState::Making, 0, hour, Cleaning::Leave),
            (PictureState::Making, 0, hour / 2, Cleaning::Later(now + hour / 2)),
            (PictureState::Leaving, 0, SignedDuration::ZERO, Cleaning::Remove),
        ];
        for (state, refs, age, expected) in rows {
            let address = Address::of([0; 32]);
            let picture = Picture { address, state, refs, width: 1, height: 1, touched: now - age };
            assert_eq!(clean(Some(&picture), now), expected, "{state:?} {refs} {age}");
        }
        assert_eq!(clean(None, now), Cleaning::Nothing);
    }
}
