//! A ticket as an entry of a calendar (RFC 5545). The ticket's code does not stand in it: it opens the door, and calendars are
//! shared.

use crate::clock::Instant;
use crate::payment::paper::Words;
use crate::payment::printed::Printed;

/// Bytes of a line at most, its end not counted.
const LONGEST: usize = 75;

/// The file, as made at `now`: calendars put a later one in place of an earlier one of the same ticket.
pub(super) fn entry(of: &Printed, words: &Words, now: Instant) -> String {
    let (starts_at, ends_at) = of.times;
    let mut said = format!("{}: {} · {} · {}", words.seat, of.seat(), of.grade, of.ticket_type);
    if let Some(doors) = &of.doors {
        said += &format!("\n{}: {doors}", words.doors);
    }
    let lines = [
        "BEGIN:VCALENDAR".to_owned(),
        "VERSION:2.0".to_owned(),
        "PRODID:-//boxoffice//tickets//EN".to_owned(),
        "METHOD:PUBLISH".to_owned(),
        "BEGIN:VEVENT".to_owned(),
        format!("UID:{}@boxoffice", of.calendar_id()),
        format!("DTSTAMP:{}", stamp(now)),
        format!("DTSTART:{}", stamp(starts_at)),
        format!("DTEND:{}", stamp(ends_at)),
        format!("SUMMARY:{}", escaped(&of.concert)),
        format!("LOCATION:{}", escaped(&format!("{}, {}", of.hall, of.venue))),
        format!("DESCRIPTION:{}", escaped(&said)),
        "END:VEVENT".to_owned(),
        "END:VCALENDAR".to_owned(),
    ];
    lines.iter().map(|line| folded(line)).collect()
}

/// An instant as calendars write it in UTC, to the second.
fn stamp(instant: Instant) -> String {
    let digits: String = instant.to_rfc3339().chars().filter(|c| !matches!(c, '-' | ':')).collect();
    format!("{}Z", digits.split(['.', 'Z']).next().unwrap_or_default())
}

/// A text in which no sign means anything (§3.3.11).
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '\\' | ';' | ',' => out.extend(['\\', letter]),
            '\n' => out.push_str("\\n"),
            _ if letter.is_control() => {}
            _ => out.push(letter),
        }
    }
    out
}

/// A line with its end; what is longer goes on after a blank (§3.1), between two letters.
fn folded(line: &str) -> String {
    let (mut out, mut bytes) = (String::with_capacity(line.len() + 8), 0);
    for letter in line.chars() {
        if bytes + letter.len_utf8() > LONGEST {
            out.push_str("\r\n ");
            bytes = 1;
        }
        out.push(letter);
        bytes += letter.len_utf8();
    }
    out + "\r\n"
}

#[cfg(test)]
mod tests {
    use icalendar::parser::{read_calendar, unfold};

    use super::*;
    use crate::catalog::{LocalTime, SeatKind};

    fn printed() -> Printed {
        let local = LocalTime { date: "2027-01-01".into(), time: "19:30".into(), utc_offset: "+09:00".into() };
        Printed {
            code: "0123-4567".into(),
            concert: "봄의 제전, 그리고; 아주 긴 제목이 있어서 한 줄에 다 들어가지 않는 공연 \\ encore".into(),
            times: (Instant(1_798_799_400_000), Instant(1_798_806_600_000)),
            local,
            doors: Some("19:00".into()),
            hall: "대극장".into(),
            place: ["1층".into(), "A".into(), "12".into()],
            grade: "R".into(),
            kind: SeatKind::Standard,
            ticket_type: "full".into(),
            price: "110,000 KRW".into(),
            venue: "예술의 집".into(),
        }
    }

    #[test]
    fn a_reader_of_calendars_finds_what_was_written() {
        let of = printed();
        let file = entry(&of, Words::of("ko"), Instant(1_798_000_000_000));
        assert!(file.split("\r\n").all(|line| line.len() <= LONGEST), "{file}");
        assert!(!file.contains(&of.code), "{file}");
        let unfolded = unfold(&file);
        let read = read_calendar(&unfolded).expect("RFC 5545");
        let event = &read.components[0];
        let value = |name: &str| event.find_prop(name).unwrap_or_else(|| panic!("no {name}")).val.to_string();
        assert_eq!((event.name.as_ref(), value("DTSTART")), ("VEVENT", "20270101T103000Z".to_owned()));
        assert_eq!(value("DTEND"), "20270101T123000Z");
        let plain =
            |text: String| text.replace("\\n", "\n").replace("\\,", ",").replace("\\;", ";").replace("\\\\", "\\");
        assert_eq!(plain(value("SUMMARY")), of.concert);
        assert_eq!(plain(value("LOCATION")), "대극장, 예술의 집");
        assert_eq!(plain(value("DESCRIPTION")), "좌석: 1층 A 12 · R · full\n입장: 19:00");
        let later = entry(&of, Words::of("en"), Instant(1_798_000_001_000));
        let uid = |file: &str| file.lines().find(|line| line.starts_with("UID:")).map(str::to_owned);
        assert_eq!(uid(&later), uid(&file));
    }
}
