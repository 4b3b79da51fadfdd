//! Why a picture is not taken, in words that its sender can act on.

use kernel::{Refusal, RefusalKind};

/// Final: sending the same bytes again will not help.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Unfit {
    Empty,
    TooManyBytes,
    /// Nothing that we know.
    NotAPicture,
    /// Known, and not taken.
    Unsupported,
    /// HEIC and AVIF, which many telephones write.
    Telephone,
    Drawing,
    Animated,
    TooManyPixels,
    /// Would take more memory or time than one picture may.
    TooComplex,
    Broken,
    /// It could not be worked on at all, however often it was tried.
    Unprocessed,
}

impl Unfit {
    pub const ALL: [Unfit; 11] = [
        Unfit::Empty,
        Unfit::TooManyBytes,
        Unfit::NotAPicture,
        Unfit::Unsupported,
        Unfit::Telephone,
        Unfit::Drawing,
        Unfit::Animated,
        Unfit::TooManyPixels,
        Unfit::TooComplex,
        Unfit::Broken,
        Unfit::Unprocessed,
    ];

    /// Stable, for programs and for the row.
    pub fn code(self) -> &'static str {
        match self {
            Unfit::Empty => "picture_empty",
            Unfit::TooManyBytes => "picture_too_large",
            Unfit::NotAPicture => "not_a_picture",
            Unfit::Unsupported => "picture_unsupported",
            Unfit::Telephone => "picture_heic",
            Unfit::Drawing => "picture_svg",
            Unfit::Animated => "picture_animated",
            Unfit::TooManyPixels => "picture_too_many_pixels",
            Unfit::TooComplex => "picture_too_complex",
            Unfit::Broken => "picture_broken",
            Unfit::Unprocessed => "picture_unprocessed",
        }
    }

    pub fn named(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|it| it.code() == code)
    }

    pub fn message(self) -> &'static str {
        match self {
            Unfit::Empty => "The picture is empty.",
            Unfit::TooManyBytes => "The picture has too many bytes. Send a smaller one.",
            Unfit::NotAPicture => "This is not a picture. Send a JPEG, PNG, WebP or GIF.",
            Unfit::Unsupported => "Pictures of this kind are not taken. Send a JPEG, PNG, WebP or GIF.",
            Unfit::Telephone => {
                "HEIC and AVIF are not taken. Choose \"most compatible\" in the camera's settings, or send a JPEG."
            }
            Unfit::Drawing => "Drawings (SVG) are not taken. Send a JPEG, PNG, WebP or GIF.",
            Unfit::Animated => "Moving pictures are not taken. Send a single one.",
            Unfit::TooManyPixels => "The picture has too many pixels. Send a smaller one.",
            Unfit::TooComplex => {
                "The picture would take too much work. Save it as a plain JPEG and send that."
            }
            Unfit::Broken => "The picture is damaged or not complete.",
            Unfit::Unprocessed => "The picture could not be worked on. Send it again.",
        }
    }
}

impl From<Unfit> for Refusal {
    fn from(unfit: Unfit) -> Self {
        let kind = match unfit {
            Unfit::TooManyBytes => RefusalKind::TooLarge,
            Unfit::NotAPicture | Unfit::Unsupported | Unfit::Telephone | Unfit::Drawing | Unfit::Animated => {
                RefusalKind::UnsupportedMedia
            }
            _ => RefusalKind::Invalid,
        };
        Refusal::new(kind, unfit.code(), unfit.message())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_back() {
        for unfit in Unfit::ALL {
            assert_eq!(Unfit::named(unfit.code()), Some(unfit));
        }
        assert_eq!(Unfit::named("other"), None);
    }
}
