//! Hostile files, each with what is to become of it.

use media::image::Unfit;

use crate::files::*;

/// Refused for this reason, or taken and clean.
pub type Fate = Result<(), Unfit>;

pub struct Case {
    pub name: &'static str,
    pub bytes: Vec<u8>,
    pub fate: Fate,
}

fn case(name: &'static str, bytes: Vec<u8>, fate: Fate) -> Case {
    Case { name, bytes, fate }
}

const MEGABYTES: usize = 1 << 20;
const HTML: &[u8] = b"<html><script>alert(document.domain)</script></html>";
const ZIP: &[u8] = b"PK\x03\x04\x14\0\0\0\0\0\0\0!\0PAYLOAD-OF-A-ZIP";

pub fn all() -> Vec<Case> {
    [strangers(), pngs(), jpegs(), gifs(), webps(), polyglots()].into_iter().flatten().collect()
}

fn strangers() -> Vec<Case> {
    vec![
        case("nothing", vec![], Err(Unfit::Empty)),
        case("a zero", vec![0], Err(Unfit::NotAPicture)),
        case("many zeros", vec![0; MEGABYTES], Err(Unfit::NotAPicture)),
        case("too many bytes", vec![0xFF; 13 * MEGABYTES], Err(Unfit::TooManyBytes)),
        case(
            "svg",
            b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>".to_vec(),
            Err(Unfit::Drawing),
        ),
        case(
            "svg after xml",
            b"<?xml version='1.0'?>\n<svg><script>1</script></svg>".to_vec(),
            Err(Unfit::Drawing),
        ),
        case("heic", b"\0\0\0\x18ftypheic\0\0\0\0mif1heic".to_vec(), Err(Unfit::Telephone)),
        case("html called picture.jpg", HTML.to_vec(), Err(Unfit::NotAPicture)),
        case("html before a jpeg", [HTML, &jpeg(20, 20)].concat(), Err(Unfit::NotAPicture)),
        case("zip before a jpeg", [ZIP, &jpeg(20, 20)].concat(), Err(Unfit::NotAPicture)),
        case("tiff", b"II*\0\x08\0\0\0\0\0".to_vec(), Err(Unfit::Unsupported)),
    ]
}

fn pngs() -> Vec<Case> {
    let good = png(40, 30);
    let bomb = zlib(64 * MEGABYTES);
    let one = zlib(2);
    let named = |keyword: &[u8]| [keyword, b"\0\0", &bomb].concat();
    let with = |name: &[u8; 4], body: &[u8]| {
        let mut out = good[..33].to_vec();
        out.extend(png_chunk(name, body));
        out.extend_from_slice(&good[33..]);
        out
    };
    let crooked = |place: usize| {
        let mut out = good.clone();
        out[place] ^= 0x55;
        out
    };
    vec![
        case("png header only", good[..8].to_vec(), Err(Unfit::Broken)),
        case("png absurd sides", png_of(u32::MAX, u32::MAX, 8, 6, &[]), Err(Unfit::TooManyPixels)),
        case("png sides of zero", png_of(0, 5, 8, 6, &[]), Err(Unfit::Broken)),
        case(
            "png bomb of 2 gigapixels",
            png_of(46_000, 46_000, 8, 6, &[(b"IDAT", &bomb)]),
            Err(Unfit::TooManyPixels),
        ),
        case(
            "png bomb of a long line",
            png_of(1_000_000, 10, 8, 6, &[(b"IDAT", &bomb)]),
            Err(Unfit::TooManyPixels),
        ),
        case(
            "png bomb of deep colour",
            png_of(16_000, 3_100, 16, 6, &[(b"IDAT", &bomb)]),
            Err(Unfit::TooComplex),
        ),
        case("png of 49 grey megapixels", png_zeros(16_000, 3_100, 8, 0), Ok(())),
        case("png of 36 coloured megapixels", png_zeros(6_000, 6_000, 8, 6), Ok(())),
        case("png more data than picture", png_of(1, 1, 8, 0, &[(b"IDAT", &bomb)]), Ok(())),
        case("png text bomb", with(b"zTXt", &named(b"Comment")), Ok(())),
        case("png profile bomb", with(b"iCCP", &named(b"icc")), Ok(())),
        case("png many empty chunks", with(b"tEXt", b"").repeat(1), Ok(())),
        case("png moving", with(b"acTL", &[0, 0, 0, 9, 0, 0, 0, 0]), Err(Unfit::Animated)),
        case("png two headers", with(b"IHDR", &[0; 13]), Err(Unfit::Broken)),
        case("png unknown but needed", with(b"ABCD", b"x"), Err(Unfit::Broken)),
        case(
            "png absurd length",
            {
                let mut out = good[..33].to_vec();
                out.extend([0xFF; 12]);
                out
            },
            Err(Unfit::Broken),
        ),
        case("png without data", png_of(4, 4, 8, 6, &[]), Err(Unfit::Broken)),
        case("png too little data", png_of(400, 400, 8, 6, &[(b"IDAT", &one)]), Err(Unfit::Broken)),
        case("png of a strange depth", png_of(4, 4, 3, 6, &[(b"IDAT", &one)]), Err(Unfit::Broken)),
        case("png without palette", png_of(4, 4, 8, 3, &[(b"IDAT", &zlib(20))]), Err(Unfit::Broken)),
        case("png crooked header", crooked(17), Err(Unfit::TooManyPixels)),
        case("png crooked sum", crooked(30), Err(Unfit::Broken)),
    ]
}

fn jpegs() -> Vec<Case> {
    let good = jpeg(40, 30);
    let frame = good.windows(2).position(|it| it == [0xFF, 0xC0]).unwrap();
    let with_sides = |width: u16, height: u16| {
        let mut out = good.clone();
        out[frame + 5..frame + 7].copy_from_slice(&height.to_be_bytes());
        out[frame + 7..frame + 9].copy_from_slice(&width.to_be_bytes());
        out
    };
    let changed = |place: usize, byte: u8| {
        let mut out = good.clone();
        out[frame + place] = byte;
        out
    };
    let scan = good.windows(2).position(|it| it == [0xFF, 0xDA]).unwrap();
    let scans = [&good[..scan], &good[scan..good.len() - 2].repeat(40), b"\xFF\xD9"].concat();
    let profile = (0..170).fold(good.clone(), |out, _| with_segment(&out, 0xE2, &[7; 65_000]));
    let comments = (0..100_000).fold(Vec::from(&good[..2]), |mut out, _| {
        out.extend_from_slice(b"\xFF\xFE\0\x04hi");
        out
    });
    vec![
        case("jpeg header only", good[..3].to_vec(), Err(Unfit::Broken)),
        case("jpeg 65535 to a side", with_sides(65_535, 65_535), Err(Unfit::TooManyPixels)),
        case("jpeg without width", with_sides(0, 100), Err(Unfit::Broken)),
        case("jpeg that hides its height", with_sides(100, 0), Err(Unfit::Broken)),
        case("jpeg 48 megapixels of little data", with_sides(8_000, 6_000), Ok(())),
        case("jpeg of 12 bits", changed(4, 12), Err(Unfit::Unsupported)),
        case("jpeg without loss", changed(1, 0xC3), Err(Unfit::Unsupported)),
        case("jpeg by arithmetic", changed(1, 0xC9), Err(Unfit::Unsupported)),
        case("jpeg of 200 colours", changed(9, 200), Err(Unfit::Broken)),
        case("jpeg sampled by nought", changed(11, 0), Err(Unfit::Broken)),
        case("jpeg of 40 scans", scans, Err(Unfit::TooComplex)),
        case("jpeg of two frames", [&good[..scan], &good[frame..]].concat(), Err(Unfit::Broken)),
        case("jpeg in a jpeg", [&good[..2], &good[..]].concat(), Err(Unfit::Broken)),
        case("jpeg with an 11 MB profile", profile, Ok(())),
        case("jpeg with 100,000 comments", [&comments[..], &good[2..]].concat(), Ok(())),
        case("jpeg with exif that turns in circles", with_segment(&good, 0xE1, &circle()), Ok(())),
        case(
            "jpeg with 64 KB of exif",
            with_segment(&good, 0xE1, &[b"Exif\0\0MM\0\x2a\0\0\0\x08", &[0xFF; 65_000][..]].concat()),
            Ok(()),
        ),
        case(
            "jpeg with a segment beyond its end",
            [&good[..2], b"\xFF\xE1\xFF\xFF", &good[2..20]].concat(),
            Err(Unfit::Broken),
        ),
        case(
            "jpeg with a segment of nothing",
            [&good[..2], b"\xFF\xE1\0\0", &good[2..]].concat(),
            Err(Unfit::Broken),
        ),
    ]
}

/// A directory whose next one is itself.
fn circle() -> Vec<u8> {
    [b"Exif\0\0MM\0\x2a\0\0\0\x08", &b"\0\x01\x87\x69\0\x04\0\0\0\x01\0\0\0\x08\0\0\0\x08"[..]].concat()
}

fn gifs() -> Vec<Case> {
    let good = gif(40, 30, 1);
    let with_screen = |width: u16, height: u16| {
        let mut out = good.clone();
        out[6..8].copy_from_slice(&width.to_le_bytes());
        out[8..10].copy_from_slice(&height.to_le_bytes());
        out
    };
    let image = good.windows(5).rposition(|it| it[0] == 0x2C && it[1..] == [0; 4]).unwrap();
    let frame_of = |width: u16| {
        let mut out = good.clone();
        out[image + 5..image + 7].copy_from_slice(&width.to_le_bytes());
        out
    };
    vec![
        case("gif header only", good[..6].to_vec(), Err(Unfit::Broken)),
        case("gif absurd screen", with_screen(65_535, 65_535), Err(Unfit::TooManyPixels)),
        case("gif bomb of 48 megapixels", with_screen(16_000, 3_000), Err(Unfit::TooComplex)),
        case("gif screen of zero", with_screen(0, 0), Err(Unfit::Broken)),
        case("gif of two frames", gif(20, 20, 2), Err(Unfit::Animated)),
        case("gif of 500 frames", gif(4, 4, 500), Err(Unfit::Animated)),
        case("gif frame beyond its screen", frame_of(41), Err(Unfit::Broken)),
        case("gif frame of nothing", frame_of(0), Err(Unfit::Broken)),
        case("gif without frame", [&good[..13], b"\x3B"].concat(), Err(Unfit::Broken)),
    ]
}

fn webps() -> Vec<Case> {
    let good = webp(40, 30, false);
    let body = good[20..].to_vec();
    let lossless = |width: u32, height: u32| {
        let bits = (width - 1) | (height - 1) << 14;
        [&[0x2F], &bits.to_le_bytes()[..], &[0; 40]].concat()
    };
    let (canvas, moving) = (vp8x(0, 40, 30), vp8x(2, 40, 30));
    let profile = vec![9; 5 * MEGABYTES];
    vec![
        case("webp header only", good[..12].to_vec(), Err(Unfit::Broken)),
        case(
            "webp absurd canvas",
            webp_of(&[(b"VP8X", &vp8x(0, 1 << 24, 1 << 24)), (b"VP8 ", &body)]),
            Err(Unfit::TooManyPixels),
        ),
        case(
            "webp bomb of 268 megapixels",
            webp_of(&[(b"VP8L", &lossless(16_384, 16_384))]),
            Err(Unfit::TooManyPixels),
        ),
        case("webp of 36 megapixels", webp_of(&[(b"VP8L", &lossless(6_000, 6_000))]), Err(Unfit::TooComplex)),
        case(
            "webp canvas unlike its picture",
            webp_of(&[(b"VP8X", &vp8x(0, 50, 30)), (b"VP8 ", &body)]),
            Err(Unfit::Broken),
        ),
        case(
            "webp moving",
            webp_of(&[(b"VP8X", &moving), (b"ANIM", &[0; 6]), (b"ANMF", &body)]),
            Err(Unfit::Animated),
        ),
        case("webp moving in secret", webp_of(&[(b"VP8X", &canvas), (b"ANMF", &body)]), Err(Unfit::Animated)),
        case(
            "webp two pictures",
            webp_of(&[(b"VP8X", &canvas), (b"VP8 ", &body), (b"VP8 ", &body)]),
            Err(Unfit::Broken),
        ),
        case(
            "webp with a large profile",
            webp_of(&[(b"VP8X", &vp8x(0x20, 40, 30)), (b"ICCP", &profile), (b"VP8 ", &body)]),
            Ok(()),
        ),
        case(
            "webp that refers back",
            webp_of(&[(b"VP8 ", &[&[body[0] | 1], &body[1..]].concat())]),
            Err(Unfit::Broken),
        ),
        case("webp of nothing", webp_of(&[]), Err(Unfit::Broken)),
        case("webp longer than it is", [b"RIFF\xFF\xFF\xFF\xFF", &good[8..]].concat(), Err(Unfit::Broken)),
    ]
}

/// Both a picture and something else: only the picture comes out.
fn polyglots() -> Vec<Case> {
    let with_comment = with_segment(&jpeg(20, 20), 0xFE, HTML);
    let mut commented = gif(20, 20, 1);
    let comment = [&[0x21, 0xFE, HTML.len() as u8], HTML, &[0]].concat();
    commented.splice(commented.len() - 1..commented.len() - 1, comment);
    let text = [&b"Comment\0"[..], HTML].concat();
    let good = png(20, 20);
    let titled = [&good[..33], &png_chunk(b"tEXt", &text), &good[33..]].concat();
    vec![
        case("jpeg and html behind it", [&jpeg(20, 20), HTML].concat(), Ok(())),
        case("jpeg and zip behind it", [&jpeg(20, 20), ZIP].concat(), Ok(())),
        case("jpeg and html in a comment", with_comment, Ok(())),
        case("png and zip behind it", [&png(20, 20), ZIP].concat(), Ok(())),
        case("png and html in a text", titled, Ok(())),
        case("gif and html in a comment", commented, Ok(())),
        case("gif and html behind it", [&gif(20, 20, 1), HTML].concat(), Ok(())),
        case("webp and zip behind it", [&webp(20, 20, false), ZIP].concat(), Ok(())),
        case(
            "webp and html in a chunk",
            webp_of(&[(b"VP8X", &vp8x(4, 40, 30)), (b"VP8 ", &webp(40, 30, false)[20..]), (b"XMP ", HTML)]),
            Ok(()),
        ),
    ]
}
