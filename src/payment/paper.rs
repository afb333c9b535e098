//! Tickets on paper: a page of HTML that needs nothing beside it, A4 or a roll 80 mm wide, in the reader's language. No store.

use askama::Template;

use crate::catalog::SeatKind;
use crate::payment::printed::Printed;
use crate::payment::qr;

/// On what tickets are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, poem_openapi::Enum)]
#[oai(rename_all = "snake_case")]
pub enum Paper {
    /// A sheet of A4.
    #[default]
    A4,
    /// A roll 80 mm wide, as counters have them.
    #[oai(rename = "roll_80mm")]
    Roll80Mm,
}

/// The words on a ticket.
pub(super) struct Words {
    /// BCP 47.
    pub(super) language: &'static str,
    pub(super) date: &'static str,
    pub(super) doors: &'static str,
    pub(super) hall: &'static str,
    pub(super) seat: &'static str,
    pub(super) grade: &'static str,
    pub(super) ticket_type: &'static str,
    pub(super) price: &'static str,
    pub(super) how: &'static str,
    wheelchair: &'static str,
    companion: &'static str,
    restricted_view: &'static str,
}

const KOREAN: Words = Words {
    language: "ko",
    date: "일시",
    doors: "입장",
    hall: "장소",
    seat: "좌석",
    grade: "등급",
    ticket_type: "권종",
    price: "가격",
    how: "입구에서 이 코드를 보여 주세요. 한 번만 입장할 수 있습니다.",
    wheelchair: "휠체어석",
    companion: "동반자석",
    restricted_view: "시야제한석",
};

const ENGLISH: Words = Words {
    language: "en",
    date: "Date",
    doors: "Doors",
    hall: "Hall",
    seat: "Seat",
    grade: "Grade",
    ticket_type: "Type",
    price: "Price",
    how: "Show this code at the door. It lets in once.",
    wheelchair: "Wheelchair place",
    companion: "Companion seat",
    restricted_view: "Restricted view",
};

impl Words {
    /// Those of the language of this tag (BCP 47); as in mails, another reader gets Korean.
    pub(super) fn of(language: &str) -> &'static Self {
        let primary = language.split('-').next().unwrap_or_default();
        if primary.eq_ignore_ascii_case(ENGLISH.language) { &ENGLISH } else { &KOREAN }
    }

    /// What is said of a seat that is not like most.
    fn kind(&self, kind: SeatKind) -> Option<&'static str> {
        match kind {
            SeatKind::Standard => None,
            SeatKind::Wheelchair => Some(self.wheelchair),
            SeatKind::Companion => Some(self.companion),
            SeatKind::RestrictedView => Some(self.restricted_view),
        }
    }
}

/// A ticket with the picture of its code.
struct Sheet<'a> {
    of: &'a Printed,
    seat: String,
    kind: Option<&'static str>,
    qr: String,
}

#[derive(Template)]
#[template(path = "tickets.html")]
struct Page<'a> {
    words: &'static Words,
    is_roll: bool,
    sheets: Vec<Sheet<'a>>,
}

/// The page of these tickets, one a sheet or a piece of the roll.
pub(super) fn page(tickets: &[Printed], words: &'static Words, paper: Paper) -> String {
    let sheets =
        tickets.iter().map(|of| Sheet { of, seat: of.seat(), kind: words.kind(of.kind), qr: qr::svg(&of.code) });
    let sheets = sheets.collect();
    Page { words, is_roll: paper == Paper::Roll80Mm, sheets }.render().unwrap_or_default()
}
