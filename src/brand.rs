//! How the venue looks to its buyers: its colour, its picture, its words of welcome. Plain data with its rules; the data
//! file keeps it with the terms.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use data_encoding::BASE64;

use crate::column::column_text;

/// Bytes of a logo's picture at most.
pub const LOGO_BYTES: usize = 64 << 10;
/// Letters of a welcome at most.
pub const WELCOME_LETTERS: usize = 2000;
/// What text needs against its ground (WCAG 2.2, 1.4.3).
const CONTRAST: f64 = 4.5;
/// What buttons and links stand on, by day and by night.
const DAY: Colour = Colour([0xff, 0xff, 0xff]);
const NIGHT: Colour = Colour([0x16, 0x18, 0x1c]);

/// A colour of the screen, as `#1f4fbf`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Colour([u8; 3]);
column_text!(Colour);

impl FromStr for Colour {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let rule = || "a colour such as #1f4fbf".to_owned();
        // A number may have a sign before it; a colour has none.
        let are_digits = |digits: &&str| digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        let digits = text.strip_prefix('#').filter(are_digits).ok_or_else(rule)?;
        let channel = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).map_err(|_| rule());
        Ok(Self([channel(0)?, channel(2)?, channel(4)?]))
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [red, green, blue] = self.0;
        write!(f, "#{red:02x}{green:02x}{blue:02x}")
    }
}

impl Colour {
    /// WCAG's relative luminance.
    fn luminance(self) -> f64 {
        let [red, green, blue] = self.0.map(|channel| {
            let share = f64::from(channel) / 255.0;
            if share <= 0.04045 { share / 12.92 } else { ((share + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    }

    /// WCAG's contrast ratio, 1 to 21.
    fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    /// So many hundredths of the way to white.
    fn lighter(self, hundredths: u16) -> Self {
        let toward = |channel: u8| u16::from(channel) + (255 - u16::from(channel)) * hundredths / 100;
        Self(self.0.map(|channel| u8::try_from(toward(channel)).unwrap_or(u8::MAX)))
    }

    /// The same colour where the ground is dark: only so much lighter that it can be read.
    pub fn by_night(self) -> Self {
        (0..=100).map(|hundredths| self.lighter(hundredths)).find(|c| c.contrast(NIGHT) >= CONTRAST).unwrap_or(DAY)
    }
}

/// A venue's colour: text in it can be read on white, and white text on it.
///
/// # Errors
/// What is asked for.
pub fn accent(text: &str) -> Result<Colour, String> {
    let colour: Colour = text.parse()?;
    let contrast = colour.contrast(DAY);
    if contrast < CONTRAST {
        return Err(format!(
            "dark enough to be read on white: a contrast of {CONTRAST} to 1, where {text} has {contrast:.1}"
        ));
    }
    Ok(colour)
}

/// A picture for the head of every page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Logo {
    /// `image/png` or `image/svg+xml`.
    pub content_type: &'static str,
    /// The picture.
    pub bytes: Vec<u8>,
}
column_text!(Logo);

impl FromStr for Logo {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let rule =
            || format!("a data: address of an image/png or image/svg+xml in base64, of {LOGO_BYTES} bytes at most");
        let (content_type, coded) =
            text.strip_prefix("data:").and_then(|rest| rest.split_once(";base64,")).ok_or_else(rule)?;
        let bytes = BASE64.decode(coded.as_bytes()).map_err(|_| rule())?;
        let content_type = match content_type {
            "image/png" if bytes.starts_with(b"\x89PNG\r\n\x1a\n") => "image/png",
            "image/svg+xml" if std::str::from_utf8(&bytes).is_ok_and(|text| text.contains("<svg")) => "image/svg+xml",
            _ => return Err(rule()),
        };
        if bytes.len() > LOGO_BYTES { Err(rule()) } else { Ok(Self { content_type, bytes }) }
    }
}

impl fmt::Display for Logo {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "data:{};base64,{}", self.content_type, BASE64.encode(&self.bytes))
    }
}

/// What stands above the concerts, by language.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Welcome(pub BTreeMap<String, String>);
column_text!(Welcome);

impl Welcome {
    /// From texts by tags of BCP 47; blank ones are left out.
    ///
    /// # Errors
    /// What is asked for.
    pub fn new(texts: BTreeMap<String, String>) -> Result<Self, String> {
        let is_long = |text: &String| text.chars().count() > WELCOME_LETTERS;
        let is_odd = |text: &String| text.chars().any(|c| c.is_control() && c != '\n');
        let is_tag = |tag: &String| oxilangtag::LanguageTag::parse(tag.as_str()).is_ok() && tag.len() <= 35;
        if texts.len() > 20 || !texts.keys().all(is_tag) || texts.values().any(|text| is_long(text) || is_odd(text)) {
            return Err(format!("texts of {WELCOME_LETTERS} characters at most by language tags of BCP 47"));
        }
        Ok(Self(texts.into_iter().filter(|(_, text)| !text.trim().is_empty()).collect()))
    }
}

impl FromStr for Welcome {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        serde_json::from_str(text).map(Self).map_err(|error| error.to_string())
    }
}

impl fmt::Display for Welcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(&self.0).map_err(|_| fmt::Error)?)
    }
}

/// All of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Brand {
    /// The colour of buttons and links; the program's own unless given.
    pub accent: Option<Colour>,
    /// The picture.
    pub logo: Option<Logo>,
    /// The words.
    pub welcome: Welcome,
}

/// What of it somebody wants changed; the inner `None` takes it away.
#[derive(Clone, Debug, Default)]
pub struct WantedBrand {
    /// The colour.
    pub accent: Option<Option<Colour>>,
    /// The picture.
    pub logo: Option<Option<Logo>>,
    /// The words.
    pub welcome: Option<Welcome>,
}

impl WantedBrand {
    /// `brand` with what is wanted put in its place.
    #[must_use]
    pub fn over(&self, brand: &Brand) -> Brand {
        Brand {
            accent: self.accent.unwrap_or(brand.accent),
            logo: self.logo.clone().unwrap_or_else(|| brand.logo.clone()),
            welcome: self.welcome.clone().unwrap_or_else(|| brand.welcome.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{CONTRAST, Colour, Logo, NIGHT, accent};

    #[test]
    fn an_accent_can_be_read_by_day_and_by_night() {
        for dark in ["#1f4fbf", "#000000", "#7a0019", "#767676"] {
            let colour = accent(dark).expect("dark enough");
            assert!(colour.by_night().contrast(NIGHT) >= CONTRAST, "{dark} by night is {}", colour.by_night());
            assert_eq!(colour.to_string(), dark);
        }
        for wrong in ["#ffcc00", "#777777", "#ffffff", "red", "#12345", "#12345é", "1f4fbf0", "#+1+2+3"] {
            assert!(accent(wrong).is_err(), "{wrong}");
        }
        let white: Colour = "#ffffff".parse().expect("a colour");
        assert!((white.contrast("#000000".parse().expect("a colour")) - 21.0).abs() < 0.01);
    }

    #[test]
    fn a_logo_is_a_picture() {
        let svg = "data:image/svg+xml;base64,PHN2Zz48L3N2Zz4=";
        assert_eq!(svg.parse::<Logo>().map(|logo| logo.to_string()).as_deref(), Ok(svg));
        for wrong in [
            "",
            "logo.png",
            "data:image/png;base64,PHN2Zz4=",
            "data:text/html;base64,PHN2Zz4=",
            "data:image/svg+xml;base64,%",
        ] {
            assert!(wrong.parse::<Logo>().is_err(), "{wrong}");
        }
    }
}
