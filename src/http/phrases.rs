//! Rules that a request breaks, in Korean. Subjects say a rule in English where they check it; whoever asked for Korean gets
//! it from this phrase book, by its wording. What stands in no phrase is told in English behind a Korean lead.
//!
//! Nothing is decided here, and nothing but refusals to people who asked for Korean comes by. `{}` is any text, `{#}` a number.

/// What a field must be, by what follows "must" in English.
const DEMANDS: &[(&str, &str)] = &[
    ("be an id (a UUID)", "ID(UUID)여야 합니다"),
    ("be a text", "문자열이어야 합니다"),
    ("be true or false", "true 또는 false여야 합니다"),
    ("be an object", "객체여야 합니다"),
    ("be a list", "목록이어야 합니다"),
    ("be a whole number", "정수여야 합니다"),
    ("be a whole number from {#}", "{0} 이상의 정수여야 합니다"),
    ("be a whole number from {#} to {#}", "{0}에서 {1}까지의 정수여야 합니다"),
    (
        "be a whole number from 0, a text, or an object with {}",
        "0 이상의 정수나 문자열, 아니면 다음 필드의 객체여야 합니다: {0}",
    ),
    ("be a whole number written without a fraction", "소수점 없이 쓴 정수여야 합니다"),
    ("be a whole number of seats", "좌석 수(정수)여야 합니다"),
    ("be a whole number of standing places", "입석 수(정수)여야 합니다"),
    ("be an instant with its offset from UTC, such as {}", "{0}처럼 UTC와의 시차를 적은 시각이어야 합니다"),
    ("be one of {}", "다음 중 하나여야 합니다: {0}"),
    ("be one that sales are added up by", "판매를 집계하는 기준 중 하나여야 합니다"),
    ("be one that refunds are added up by", "환불을 집계하는 기준 중 하나여야 합니다"),
    ("be {#} to {#}", "{0}에서 {1}까지여야 합니다"),
    ("be {#} to {#}, and not 0", "{0}에서 {1}까지이고 0이 아니어야 합니다"),
    ("be {#} to {#}, or null for {}", "{0}에서 {1}까지이거나 제한이 없으면 null이어야 합니다"),
    ("be {#} to {#}; make another batch for more", "{0}에서 {1}까지여야 합니다. 더 필요하면 묶음을 하나 더 만드세요"),
    ("be between {#} and {#}", "{0}에서 {1}까지여야 합니다"),
    ("be at least {#}", "{0} 이상이어야 합니다"),
    ("be at most {#}", "{0} 이하여야 합니다"),
    ("be more than {#}", "{0}보다 커야 합니다"),
    ("be {#} at most, of {#} bytes", "{0}개까지이고 각각 {1}바이트까지여야 합니다"),
    ("be in the future", "앞으로 올 시각이어야 합니다"),
    ("be after {}", "{0}보다 뒤여야 합니다"),
    ("not be after {}", "{0}보다 뒤일 수 없습니다"),
    ("not be before {}", "{0}보다 앞일 수 없습니다"),
    ("be an address such as {}", "{0} 같은 이메일 주소여야 합니다"),
    (
        "be an https address without a password, of {#} characters at most",
        "비밀번호가 없고 {0}자를 넘지 않는 https 주소여야 합니다",
    ),
    (
        "be of the public network; {} allows others",
        "공용 네트워크의 주소여야 합니다. 다른 주소는 {0} 옵션으로 허용합니다",
    ),
    ("be the `{}` of the page before", "앞 페이지의 `{0}`여야 합니다"),
    ("be the `{}` of a report", "보고서의 `{0}`여야 합니다"),
    (
        "be of this performance as it is: it has moved to another version of its hall. Begin anew",
        "이 회차의 지금 배치에 맞아야 합니다. 회차가 공연장의 다른 배치로 옮겨졌으니 처음부터 다시 읽으세요",
    ),
    ("be days such as {}", "{0} 같은 날짜여야 합니다"),
    ("be to_come or past", "to_come 또는 past여야 합니다"),
    ("be another account's", "다른 계정의 것이어야 합니다"),
    ("be Base64 (RFC 4648 §4)", "Base64(RFC 4648 §4)여야 합니다"),
    ("be the file's bytes in Base64", "파일을 Base64로 옮긴 것이어야 합니다"),
    ("be a picture of at most {#} bytes", "{0}바이트까지의 그림이어야 합니다"),
    ("be a JPEG, a PNG or a WebP", "JPEG, PNG, WebP 중 하나여야 합니다"),
    ("be an IANA name such as {}", "{0} 같은 IANA 시간대 이름이어야 합니다"),
    ("be an IANA time zone, such as {}", "{0} 같은 IANA 시간대여야 합니다"),
    ("be a currency of ISO 4217 in capital letters, such as {}", "{0} 같은 ISO 4217 통화(대문자)여야 합니다"),
    (
        "be one to twenty language tags of BCP 47, such as {}, none of them twice",
        "{0} 같은 BCP 47 언어 태그를 겹치지 않게 1개에서 20개까지 적어야 합니다",
    ),
    ("be a colour such as {}", "{0} 같은 색이어야 합니다"),
    (
        "be a data: address of an image/png or image/svg+xml in base64, of {#} bytes at most",
        "image/png 또는 image/svg+xml을 base64로 담은 {0}바이트까지의 data: 주소여야 합니다",
    ),
    (
        "be texts of {#} characters at most by language tags of BCP 47",
        "BCP 47 언어 태그마다 {0}자까지의 글이어야 합니다",
    ),
    ("be newer than {}, in which the performance is played", "회차가 쓰고 있는 {0}보다 새로워야 합니다"),
    ("be seats of the block", "그 판매 제외 좌석에 든 좌석이어야 합니다"),
    ("be 1 to as many as the block keeps", "1에서 그 판매 제외 좌석의 수까지여야 합니다"),
    ("be UTF-8 or CP949 text", "UTF-8 또는 CP949 글이어야 합니다"),
    (
        "be standard, restricted_view, wheelchair or companion",
        "standard, restricted_view, wheelchair, companion 중 하나여야 합니다",
    ),
    ("be a number of centimetres", "센티미터 수여야 합니다"),
    ("be points in centimetres, such as {}", "{0} 같은 센티미터 좌표들이어야 합니다"),
    ("be one point", "한 점이어야 합니다"),
    ("be a name or an address, and a port at most", "이름이나 주소이고 그 밖에는 포트만 있어야 합니다"),
    ("be UTF-8 (RFC 8259 §8.1)", "UTF-8이어야 합니다(RFC 8259 §8.1)"),
    ("have {#} to {#} characters", "{0}자에서 {1}자까지여야 합니다"),
    ("have {#} to {#} characters, all to be seen", "눈에 보이는 글자로 {0}자에서 {1}자까지여야 합니다"),
    ("have at least {#} characters and at most {#} bytes", "{0}자 이상이고 {1}바이트를 넘지 않아야 합니다"),
    ("have no control characters", "제어 문자가 없어야 합니다"),
    ("have no control characters and no line ends", "제어 문자와 줄바꿈이 없어야 합니다"),
    ("have no control characters but line ends and tabs", "줄바꿈과 탭 말고는 제어 문자가 없어야 합니다"),
    ("have something to see in it", "눈에 보이는 글자가 있어야 합니다"),
    (
        "be {#} to {#} characters, something to see among them, and no control characters",
        "제어 문자 없이, 눈에 보이는 글자를 넣어 {0}자에서 {1}자까지여야 합니다",
    ),
    (
        "be dark enough to be read on white: a contrast of {} to 1, where {} has {}",
        "흰 바탕에서 읽힐 만큼 어두워야 합니다: 대비가 {0}:1은 되어야 하는데 {1}은(는) {2}:1입니다",
    ),
    ("be a count or a list of seats", "좌석 수나 좌석 목록이어야 합니다"),
    (
        "have {#} to {#} letters and digits; blanks and dashes may stand between",
        "글자와 숫자로 {0}자에서 {1}자까지여야 합니다. 사이에 빈칸과 줄표를 넣을 수 있습니다",
    ),
    (
        "have rows, or capacity and grade if one stands there",
        "rows가 있거나, 입석이면 capacity와 grade가 있어야 합니다",
    ),
    ("not be one of the first that anybody would try", "누구나 먼저 넣어 볼 만한 것이 아니어야 합니다"),
    (
        "name each language once, by a language tag of BCP 47 such as {}",
        "언어마다 한 번씩, {0} 같은 BCP 47 언어 태그로 적어야 합니다",
    ),
    ("name each ticket once", "티켓마다 한 번만 적어야 합니다"),
    ("name each form of money once", "돈의 종류마다 한 번만 적어야 합니다"),
    ("name one ticket type for each seat", "좌석마다 권종을 하나씩 적어야 합니다"),
    ("name one event or more", "알릴 일을 하나 이상 적어야 합니다"),
    ("name one scope or more", "권한을 하나 이상 적어야 합니다"),
    ("name {#} to {#} tickets", "티켓을 {0}장에서 {1}장까지 적어야 합니다"),
    ("name {#} to {#}", "{0}개에서 {1}개까지 적어야 합니다"),
    ("say of which performance", "어느 회차인지 적어야 합니다"),
    ("say why the places are blocked", "자리를 왜 판매에서 빼는지 적어야 합니다"),
];

/// Whole sentences, looked at first.
const SENTENCES: &[(&str, &str)] = &[
    ("it is missing", "빠졌습니다"),
    ("it is empty, but {} is not", "비었는데 {0}은(는) 비지 않았습니다"),
    ("it is empty", "비었습니다"),
    ("it comes twice", "두 번 있습니다"),
    ("it cannot be read", "읽을 수 없습니다"),
    ("a line before it says otherwise", "앞 줄과 다릅니다"),
    ("a standing section has neither rows nor seats", "입석 구역에는 열도 좌석도 없습니다"),
    ("the section comes twice", "구역이 두 번 있습니다"),
    ("the section is a standing one", "입석 구역입니다"),
    ("the row has this seat already", "열에 이미 있는 좌석입니다"),
    ("all seats of a row have x and y, or none has", "x와 y는 열의 모든 좌석에 있거나 모두 없어야 합니다"),
    ("{#} cells where the head has {#}", "칸이 {0}개인데 머리줄에는 {1}개입니다"),
    ("there is no such column; those are {}", "없는 열입니다. 쓸 수 있는 열: {0}"),
    ("a head such as {} is missing", "{0} 같은 머리줄이 빠졌습니다"),
    (
        "the colour of {} must be # and six hexadecimal digits, such as {}",
        "등급 {0}의 색: {1}처럼 #과 16진수 여섯 자리여야 합니다",
    ),
    ("{} is missing", "{0}: 빠졌습니다"),
    ("{} is missing; a CSV file has none", "{0}: 빠졌습니다. CSV 파일에는 없습니다"),
    ("{} is no field here; those are {}", "{0}: 여기에 없는 필드입니다. 쓸 수 있는 필드: {1}"),
    ("The body is empty; send a JSON object", "본문이 비었습니다. JSON 객체를 보내세요"),
    (
        "The body begins with a byte order mark; send UTF-8 without one (RFC 8259 §8.1)",
        "본문이 바이트 순서 표시(BOM)로 시작합니다. BOM 없는 UTF-8로 보내세요(RFC 8259 §8.1)",
    ),
    ("The body is no JSON: {}", "본문이 JSON이 아닙니다: {0}"),
    ("The body breaks off or its chunks are broken: {}", "본문이 끊겼거나 청크가 깨졌습니다: {0}"),
    (
        "Send one Idempotency-Key, of printable ASCII characters",
        "Idempotency-Key는 인쇄할 수 있는 ASCII 문자로 하나만 보내세요",
    ),
    ("Send a Host header (RFC 9112, section 3.2)", "Host 헤더를 보내세요(RFC 9112, 3.2절)"),
    ("Send one Host header, not several", "Host 헤더는 하나만 보내세요"),
    ("Send either {} or {}", "둘 중 하나만 보내세요: {0}, {1}"),
    ("give either {} or {}", "둘 중 하나만 보내세요: {0}, {1}"),
    ("the block keeps seats: name them", "좌석을 빼 둔 것이니 좌석을 적으세요"),
    ("pretix is no seating plan: {}", "pretix: 좌석 배치가 아닙니다({0})"),
    ("{}.category is none of categories: {}", "{0}.category: categories에 없습니다: {1}"),
    ("{}.position is beyond all bounds", "{0}.position: 범위를 벗어났습니다"),
    ("the same seat is named twice", "같은 좌석이 두 번 있습니다"),
    ("Send one of {}", "다음 중 하나만 보내세요: {0}"),
    ("Say one of {}", "다음 중 하나로 찾으세요: {0}"),
    ("name {#} to {#} seats", "좌석을 {0}석에서 {1}석까지 적으세요"),
    ("name {#} to {#} holds", "선점을 {0}개에서 {1}개까지 적으세요"),
    ("block_reason is for places that are blocked", "block_reason: 판매에서 빼는 자리에만 씁니다"),
    ("kinds names more seats than quantity", "kinds: quantity보다 좌석이 많습니다"),
    (
        "by gives more than {#} lines; name a concert or fewer days",
        "by: {0}줄을 넘습니다. 공연을 정하거나 날짜를 줄이세요",
    ),
    ("{} names the grade {} twice", "{0}: 등급 {1}이(가) 두 번 있습니다"),
    ("{} names {} twice", "{0}: {1}이(가) 두 번 있습니다"),
    ("{} lacks the hall's grade {}", "{0}: 공연장의 등급 {1}이(가) 빠졌습니다"),
    ("{} says nothing in {}", "{0}: {1}로 적힌 내용이 없습니다"),
    ("{}: the hall has no grade {}; it has {}", "{0}: 공연장에 등급 {1}이(가) 없습니다. 있는 등급: {2}"),
    ("{}: the hall has no grade {}", "{0}: 공연장에 등급 {1}이(가) 없습니다"),
    ("the performance has no price for the grade {}", "회차에 등급 {0}의 가격이 없습니다"),
    (
        "a performance has {#} ticket types at most, those from before included",
        "회차의 권종은 전에 있던 것까지 {0}개를 넘을 수 없습니다",
    ),
    ("the hall has no version {}", "공연장에 {0}번 배치가 없습니다"),
    ("the hall has two floors {}", "공연장에 층 {0}이(가) 두 개 있습니다"),
    ("the hall has two sections {}", "공연장에 구역 {0}이(가) 두 개 있습니다"),
    (
        "a hall needs at least one section with seats or standing places",
        "공연장에는 좌석이나 입석이 있는 구역이 하나는 있어야 합니다",
    ),
    ("a hall has at most {#} signs", "공연장의 표지는 {0}개까지입니다"),
    ("a hall has at most {#} seats and standing places", "공연장의 좌석과 입석은 모두 {0}자리까지입니다"),
    ("section {} has no rows", "구역 {0}에 열이 없습니다"),
    (
        "section {} has no places: capacity must be at least 1",
        "구역 {0}에 자리가 없습니다. capacity는 1 이상이어야 합니다",
    ),
    ("section {} is on a floor that `floors` does not list: {}", "구역 {0}의 층이 `floors`에 없습니다: {1}"),
    ("section {} is on two floors", "구역 {0}이(가) 두 층에 있습니다"),
    ("section {} is drawn twice", "구역 {0}이(가) 두 번 그려졌습니다"),
    ("section {} has two rows {}", "구역 {0}에 열 {1}이(가) 두 개 있습니다"),
    ("row {} of section {} has two seats {}", "구역 {1} {0}열에 좌석 {2}이(가) 두 개 있습니다"),
    ("row {} of section {} has no seats", "구역 {1} {0}열에 좌석이 없습니다"),
    (
        "row {} of section {}: all seats have x and y, or none has",
        "구역 {1} {0}열: x와 y는 모든 좌석에 있거나 모두 없어야 합니다",
    ),
    (
        "seat {} of row {} of section {}: gap_before must be {#} to {#}",
        "구역 {2} {1}열 좌석 {0}: gap_before는 {3}에서 {4}까지여야 합니다",
    ),
    ("line {#}, column {}: {}", "{0}번째 줄 {1} 열: {2}"),
    ("line {#}: {}", "{0}번째 줄: {1}"),
];

/// A rule in Korean, if the book has it.
///
/// The rule names its field and ends as a sentence, or without its full stop.
pub fn in_korean(rule: &str) -> Option<String> {
    told(rule.trim_end_matches('.')).map(|korean| korean + ".")
}

fn told(rule: &str) -> Option<String> {
    let whole = SENTENCES.iter().find_map(|(english, korean)| {
        let slots = slots(english, rule)?;
        // What a line of a file breaks is a rule of its own.
        if english.starts_with("line ") {
            let (of_line, place) = slots.split_last()?;
            return Some(put(korean, &[place, &[told(of_line)?.as_str()]].concat()));
        }
        Some(put(korean, &slots))
    });
    whole.or_else(|| demand(rule))
}

/// What a field must be: who, and what.
fn demand(rule: &str) -> Option<String> {
    let (field, demand) = rule.split_once(" must ")?;
    let (demand, sent) = demand.split_once(", not ").map_or((demand, None), |(demand, sent)| (demand, Some(sent)));
    let found = |(english, korean): &(&str, &str)| Some(put(korean, &slots(english, demand)?));
    let korean = DEMANDS.iter().find_map(found)?;
    let sent = sent.map(|sent| format!(". 받은 값: {sent}")).unwrap_or_default();
    // "It" is what stands before it.
    let field = if field == "it" { String::new() } else { format!("{}: ", named(field)) };
    Some(field + &korean + &sent)
}

/// What is no field of the document is called by its name.
fn named(field: &str) -> &str {
    match field {
        "The body" => "본문",
        "a floor's name" => "층 이름",
        "a section's name" => "구역 이름",
        "a row's name" => "열 이름",
        "a seat's label" => "좌석 이름",
        "a seat's note" => "좌석 메모",
        "a grade" => "등급",
        "a ticket type's name" => "권종 이름",
        field => field,
    }
}

/// What stands in the slots of `pattern`, if `text` is of its wording.
fn slots<'t>(pattern: &str, text: &'t str) -> Option<Vec<&'t str>> {
    let (mut found, mut pattern, mut text) = (Vec::new(), pattern, text);
    while let Some((before, slot)) = pattern.split_once('{') {
        text = text.strip_prefix(before)?;
        let (is_number, rest) = match slot.strip_prefix("#}") {
            Some(rest) => (true, rest),
            None => (false, slot.strip_prefix('}')?),
        };
        let next = rest.split('{').next().unwrap_or_default();
        let end = match (next, rest.is_empty()) {
            (_, true) => text.len(),
            // The last words of a pattern are the last of the text.
            (next, _) if next.len() == rest.len() => text.strip_suffix(next)?.len(),
            (next, _) => text.find(next)?,
        };
        let (filled, after) = text.split_at(end);
        // What comes last may be empty: a name that was sent so.
        let fits = |c: char| c.is_ascii_digit() || c == '-';
        if filled.is_empty() && (is_number || !rest.is_empty()) || is_number && !filled.chars().all(fits) {
            return None;
        }
        found.push(filled);
        (pattern, text) = (rest, after);
    }
    (pattern == text).then_some(found)
}

/// The Korean wording with its slots filled, whose order may be another. What fills them is looked at no more.
fn put(korean: &str, slots: &[&str]) -> String {
    let mut pieces = korean.split('{');
    let mut text = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let (place, rest) = piece.split_once('}').unwrap_or_default();
        text += place.parse().ok().and_then(|place: usize| slots.get(place)).unwrap_or(&"");
        text += rest;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_told_in_korean() {
        for (english, korean) in [
            ("hall_id must be an id (a UUID), not null.", "hall_id: ID(UUID)여야 합니다. 받은 값: null."),
            ("limit must be 1 to 100.", "limit: 1에서 100까지여야 합니다."),
            ("amount must be -5 to 10, and not 0.", "amount: -5에서 10까지이고 0이 아니어야 합니다."),
            ("time_zone is missing.", "time_zone: 빠졌습니다."),
            ("The body must be an object, not [].", "본문: 객체여야 합니다. 받은 값: []."),
            ("texts: title must have 1 to 100 characters", "texts: title: 1자에서 100자까지여야 합니다."),
            ("Send either seat_ids or hold_ids.", "둘 중 하나만 보내세요: seat_ids, hold_ids."),
            ("section {0} has two rows {1}", "구역 {0}에 열 {1}이(가) 두 개 있습니다."),
            ("row B of section A has two seats 7", "구역 A B열에 좌석 7이(가) 두 개 있습니다."),
            (
                "line 3, column kind: it must be standard, restricted_view, wheelchair or companion",
                "3번째 줄 kind 열: standard, restricted_view, wheelchair, companion 중 하나여야 합니다.",
            ),
        ] {
            assert_eq!(in_korean(english).as_deref(), Some(korean), "{english}");
        }
        for unknown in ["", ".", "{}", " must ", "limit must be nice.", "limit must be 1 to many.", "must be a text"] {
            assert_eq!(in_korean(unknown), None, "{unknown}");
        }
    }

    /// A wording that an earlier one takes away is never used; one whose slots are not all shown loses what it says.
    #[test]
    fn every_phrase_is_used_and_shows_what_stands_in_it() {
        for (book, subject) in [(DEMANDS, "field must "), (SENTENCES, "")] {
            for (english, korean) in book {
                let (mut sample, mut count) = (format!("{subject}{english}"), 0);
                while let Some(at) = sample.find("{}").into_iter().chain(sample.find("{#}")).min() {
                    let is_number = sample[at..].starts_with("{#}");
                    count += 1;
                    let filled = match (is_number, english.starts_with("line ") && english.ends_with(": {}")) {
                        (true, _) => format!("4{count}"),
                        (false, true) if sample.ends_with("{}") && sample.matches("{}").count() == 1 => {
                            "it must be one point".to_owned()
                        }
                        (false, _) => format!("X{count}Y"),
                    };
                    sample.replace_range(at..at + if is_number { 3 } else { 2 }, &filled);
                }
                let told = in_korean(&sample).unwrap_or_else(|| panic!("{sample} is not found"));
                let head = korean.split('{').next().unwrap_or_default();
                assert!(told.contains(head), "{sample}: {told}");
                for slot in 0..count {
                    let is_shown = korean.contains(&format!("{{{slot}}}"));
                    assert!(is_shown || english.contains("or null for {}"), "{english}: slot {slot} is not shown");
                }
                assert!(!told.contains(['{', '}']), "{told}");
            }
        }
    }
}
