//! A concert's picture: bytes of a known kind, known by their hash. Nothing in it is read but its first bytes.

use sha2::{Digest, Sha256};

use crate::column::column_words;

/// Kinds of pictures that browsers show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Media {
    /// JPEG.
    Jpeg,
    /// PNG.
    Png,
    /// WebP.
    WebP,
}

column_words!(Media { Jpeg = "image/jpeg", Png = "image/png", WebP = "image/webp" });

impl Media {
    /// What these bytes are, by what each kind begins with.
    fn of(bytes: &[u8]) -> Option<Self> {
        match bytes {
            [0xff, 0xd8, 0xff, ..] => Some(Self::Jpeg),
            [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some(Self::Png),
            [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some(Self::WebP),
            _ => None,
        }
    }
}

/// A picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Half of the SHA-256 of its bytes, hexadecimal: other bytes have another address.
    pub hash: String,
    /// Its kind.
    pub media: Media,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Picture {
    /// Of these bytes, if they are of a known kind.
    pub fn new(bytes: Vec<u8>) -> Option<Self> {
        const HASH_BYTES: usize = 16;
        let media = Media::of(&bytes)?;
        let hash = Sha256::digest(&bytes)[..HASH_BYTES].iter().map(|byte| format!("{byte:02x}")).collect();
        Some(Self { hash, media, bytes })
    }
}

#[cfg(test)]
mod tests {
    use super::{Media, Picture};

    #[test]
    fn a_picture_is_known_by_its_first_bytes() {
        let kind = |bytes: &[u8]| Picture::new(bytes.to_vec()).map(|picture| picture.media);
        assert_eq!(kind(b"\x89PNG\r\n\x1a\n...."), Some(Media::Png));
        assert_eq!(kind(b"\xff\xd8\xff\xe0"), Some(Media::Jpeg));
        assert_eq!(kind(b"RIFF\0\0\0\0WEBPVP8 "), Some(Media::WebP));
        for other in [&b"<svg onload=alert(1)>"[..], b"GIF89a", b"", b"\x89PNG", b"RIFF\0\0\0\0WAVE"] {
            assert_eq!(kind(other), None, "{other:?}");
        }
        let hash = |bytes: &[u8]| Picture::new(bytes.to_vec()).map(|picture| picture.hash);
        assert_ne!(hash(b"\xff\xd8\xff\xe0"), hash(b"\xff\xd8\xff\xe1"));
    }
}
