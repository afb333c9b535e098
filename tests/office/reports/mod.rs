//! Reports: each figure against what the test itself did, each list against its figure, the books against everybody else, to the
//! last unit; the same as CSV.

mod season;

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::support::{OPERATOR, Office, instant, refused, text};
use season::{CHILD, Refunded, Season, Sold, TITLE};

const REPORTS: &str = "/v1/operator/reports";

/// Figures by name.
type Figures = BTreeMap<&'static str, i64>;

async fn get(office: &Office, path: &str) -> Value {
    let answer = office.get(path, OPERATOR).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.json());
    answer.json()
}

/// All rows of a list, three at a time.
async fn listed(office: &Office, path: &str, member: &str) -> Vec<Value> {
    let (mut rows, mut cursor) = (Vec::new(), None::<String>);
    let sep = if path.contains('?') { '&' } else { '?' };
    loop {
        let at = cursor.map_or(String::new(), |cursor| format!("&cursor={cursor}"));
        let page = get(office, &format!("{path}{sep}limit=3{at}")).await;
        rows.extend(page[member].as_array().expect("a list").iter().cloned());
        match page["next_cursor"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => return rows,
        }
    }
}

/// A report as CSV, by column.
async fn csv(office: &Office, query: &str) -> Vec<BTreeMap<String, String>> {
    let answer = office.get(&format!("{REPORTS}/csv?{query}"), OPERATOR).await;
    assert_eq!(
        (answer.status, &answer.headers["content-type"]),
        (200, &"text/csv".parse().expect("a value")),
        "{query}"
    );
    let mut reader = csv::Reader::from_reader(&answer.body[..]);
    let rows = reader.deserialize().map(|row| row.expect("a line"));
    rows.collect()
}

fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or_default()
}

fn sum(rows: &[Value], member: &str) -> i64 {
    rows.iter().map(|row| number(&row[member])).sum()
}

fn cells(rows: &[BTreeMap<String, String>], column: &str) -> i64 {
    let cell = |row: &BTreeMap<String, String>| row[column].parse::<i64>().unwrap_or_default();
    rows.iter().map(cell).sum()
}

fn sales_of<'a>(sold: impl Iterator<Item = &'a Sold>) -> Figures {
    let mut figures = Figures::new();
    for of in sold {
        let paid = of.price + of.fee + of.order_fee;
        let back = of.refunded.unwrap_or_default() + of.order_fee_refunded;
        let all = [
            ("tickets", 1),
            ("refunded_tickets", i64::from(of.refunded.is_some())),
            ("prices", of.price),
            ("fees", of.fee),
            ("order_fees", of.order_fee),
            ("discounts", of.discount),
            ("amount", paid),
            ("refunded", back),
            ("net", paid - back),
        ];
        all.into_iter().for_each(|(name, by)| *figures.entry(name).or_default() += by);
    }
    figures
}

fn shown(line: &Value, names: &[&'static str]) -> Figures {
    names.iter().map(|name| (*name, number(&line[*name]))).collect()
}

const SALES: [&str; 9] =
    ["tickets", "refunded_tickets", "prices", "fees", "order_fees", "discounts", "amount", "refunded", "net"];

/// What the lines of a report of sales are called by, and what the test's own tickets are.
fn line_name(by: &str, line: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    match by {
        "performance" => text(&line["performance"]["performance_id"]),
        "grade" => text(&line["grade"]),
        "ticket_type" => text(&line["type"]),
        "day" => text(&line["day"]),
        "channel" => format!("{} {}", text(&line["channel"]), text(&line["paid_by"])),
        _ => text(&line["code"]),
    }
}

fn own_name(by: &str, sold: &Sold) -> String {
    match by {
        "performance" => sold.performance.clone(),
        "grade" => sold.grade.clone(),
        "ticket_type" => sold.ticket_type.clone(),
        "day" => sold.day.clone(),
        "channel" => format!("{} {}", sold.channel, sold.paid_by.clone().unwrap_or_default()),
        _ => sold.discount_code.clone().unwrap_or_default(),
    }
}

async fn check_sales(season: &Season) {
    let office = &season.office;
    for by in ["performance", "grade", "ticket_type", "day", "channel", "code"] {
        let report = get(office, &format!("{REPORTS}/sales?by={by}")).await;
        let mut own = BTreeMap::<_, Vec<&Sold>>::new();
        season.sold.iter().for_each(|sold| own.entry(own_name(by, sold)).or_default().push(sold));
        let lines = report["lines"].as_array().expect("lines");
        let names: Vec<_> = lines.iter().map(|line| line_name(by, line)).collect();
        assert_eq!(names.len(), own.len(), "by {by}: {names:?}, {:?}", own.keys());
        for line in lines {
            let name = line_name(by, line);
            let mine = own.get(&name).unwrap_or_else(|| panic!("by {by}: {name:?} is none of {:?}", own.keys()));
            assert_eq!(shown(line, &SALES), sales_of(mine.iter().copied()), "by {by}: {name}");
            let rows = listed(office, &text(&line["made_of"]), "tickets").await;
            let paid = sum(&rows, "price") + sum(&rows, "fee") + sum(&rows, "order_fee");
            let back = sum(&rows, "refunded") + sum(&rows, "order_fee_refunded");
            let figures = (number(&line["tickets"]), number(&line["amount"]), number(&line["refunded"]));
            assert_eq!((rows.len() as i64, paid, back), figures, "{}", line["made_of"]);
        }
        assert_eq!(shown(&report["total"], &SALES), sales_of(season.sold.iter()), "by {by}");
        let table = csv(office, &format!("report=sales&by={by}")).await;
        assert_eq!(table.len(), lines.len());
        for name in SALES {
            assert_eq!(cells(&table, name), number(&report["total"][name]), "{name} of the CSV by {by}");
        }
    }
}

async fn check_refunds(season: &Season) {
    let office = &season.office;
    let name = |by: &str, of: &Refunded| match by {
        "performance" => of.performance.clone(),
        "way" => of.way.clone(),
        "cause" => of.cause.clone(),
        _ => of.day.clone(),
    };
    for by in ["performance", "way", "cause", "day"] {
        let report = get(office, &format!("{REPORTS}/refunds?by={by}")).await;
        let mut own = BTreeMap::<_, (i64, i64, i64)>::new();
        for of in &season.refunded {
            let mine = own.entry(name(by, of)).or_default();
            *mine = (mine.0 + 1, mine.1 + of.amount, mine.2 + of.order_fee);
        }
        let lines = report["lines"].as_array().expect("lines");
        assert_eq!(lines.len(), own.len(), "by {by}: {report}, {own:?}");
        for line in lines {
            let named = [&line["performance"]["performance_id"], &line["to"], &line["cause"], &line["day"]];
            let named = named.into_iter().find_map(Value::as_str).expect("a name");
            let (tickets, amount, order_fees) = own[named];
            let seen = ["tickets", "for_tickets", "order_fees", "amount"].map(|of| number(&line[of]));
            assert_eq!(seen, [tickets, amount, order_fees, amount + order_fees], "by {by}: {named}");
            let rows = listed(office, &text(&line["made_of"]), "tickets").await;
            assert_eq!(
                (rows.len() as i64, sum(&rows, "amount"), sum(&rows, "order_fee")),
                (tickets, amount, order_fees)
            );
        }
        let table = csv(office, &format!("report=refunds&by={by}")).await;
        assert_eq!(cells(&table, "amount"), number(&report["total"]["amount"]));
    }
}

/// Gives the report.
async fn check_takings(season: &Season) -> Value {
    let office = &season.office;
    let report = get(office, &format!("{REPORTS}/takings")).await;
    assert_eq!(report["reconciled"], true, "{report:#}");
    let mut own = BTreeMap::<(String, String, String), (i64, i64)>::new();
    for (kind, means, provider, _, amount) in &season.movements {
        let key = ((*kind).to_owned(), means.clone().unwrap_or_default(), provider.unwrap_or_default().to_owned());
        let mine = own.entry(key).or_default();
        *mine = (mine.0 + 1, mine.1 + amount);
    }
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut seen = BTreeMap::new();
    for movement in report["movements"].as_array().expect("movements") {
        let key = (word(&movement["kind"]), word(&movement["means"]), word(&movement["provider"]));
        seen.insert(key, (number(&movement["postings"]), number(&movement["amount"])));
        let rows = listed(office, &text(&movement["made_of"]), "postings").await;
        let figures = (number(&movement["postings"]), number(&movement["amount"]));
        assert_eq!((rows.len() as i64, sum(&rows, "amount")), figures, "{}", movement["made_of"]);
    }
    assert_eq!(seen, own);
    let all: i64 = season.movements.iter().map(|(.., amount)| amount).sum();
    assert_eq!((number(&report["opening_balances"]), number(&report["closing_balances"])), (0, all));
    for held in report["held_against"].as_array().expect("held") {
        assert_eq!(number(&held["difference"]), 0, "{held}");
    }
    let by_key = listed(office, &format!("{REPORTS}/postings?staff_key_id={}", season.seller.1), "postings").await;
    let own: i64 = season.movements.iter().filter(|of| of.3.is_some()).map(|of| of.4).sum();
    assert_eq!(sum(&by_key, "amount"), own, "what the seller did");
    let sales = get(office, &format!("{REPORTS}/sales")).await;
    let refunds = get(office, &format!("{REPORTS}/refunds")).await;
    let takings = number(&sales["total"]["amount"]) - number(&refunds["total"]["amount"]);
    assert_eq!(number(&report["takings"]), takings);
    for (sold, booked) in [("sold_tickets", "payment"), ("refunded_tickets", "refund")] {
        let rows = csv(office, &format!("report=postings&kind={booked}")).await;
        let table = csv(office, &format!("report={sold}")).await;
        let names = if booked == "payment" { &["price", "fee", "order_fee"][..] } else { &["amount", "order_fee"] };
        let parts: i64 = names.iter().map(|name| cells(&table, name)).sum();
        assert_eq!(cells(&rows, "amount").abs(), parts, "{sold} as CSV");
    }
    report
}

/// Everything that a season has, over three days.
async fn played() -> (Season, Vec<String>) {
    let mut season = Season::begin().await;
    let (first, second) = (season.first.clone(), season.second.clone());
    let seats = async |season: &Season, of: &crate::support::Concert| {
        let path = format!("/v1/operator/performances/{}/seats", of.performance);
        let map = get(&season.office, &path).await;
        map["seats"].as_array().expect("seats").iter().map(|seat| text(&seat["id"])).collect::<Vec<_>>()
    };
    let (one, two) = (seats(&season, &first).await, seats(&season, &second).await);
    let buyers = season.office.buyers(4).await;
    season.top_up(&buyers[0], &first, 40_000).await;
    season.check_out(&buyers[1], 30_000).await;
    let queued = season.buy(&buyers[0], &first, &[&one[0], &one[1], &one[30]], None).await;
    let coded = season.buy(&buyers[1], &second, &[&two[0], &two[31]], Some("spring-26")).await;
    let cash = season.sell(&first, json!({"seat_ids": [one[2], one[3]], "types": ["full", CHILD]}), "cash", None).await;
    season.sell(&first, json!({"standing": {"section": "Floor", "quantity": 7}}), "card", None).await;
    season.sell(&first, json!({"seat_ids": [one[4]]}), "free", None).await;
    season.refund(&queued, json!({"tickets": [queued["tickets"][0]["code"]], "keep_per_ticket": 700})).await;

    season.next_day().await;
    season.sell(&second, json!({"seat_ids": [two[5], two[35]]}), "invoice", Some(&buyers[2])).await;
    let balance = season.sell(&second, json!({"seat_ids": [two[6]]}), "balance", Some(&buyers[0])).await;
    season.refund(&cash, json!({"to": "cash"})).await;
    season.refund(&coded, json!({"tickets": [coded["tickets"][1]["code"]], "to": "provider"})).await;
    season.office.app.run_due().await;
    let own = format!("/v1/payments/{}/cancellations", text(&queued["id"]));
    let own = season.office.post(&own, &buyers[0].session, json!({"tickets": [queued["tickets"][1]["code"]]})).await;
    assert_eq!(own.status, 201, "{}", own.json());
    season.gave_back(&own.json(), false);
    let dearer = season.exchange(&balance, &first, &one[7], "card").await;
    season.exchange(&dearer, &first, &one[37], "cash").await;
    let path = format!("/v1/operator/users/{}/top-ups", buyers[3].id);
    let key = season.seller.0.clone();
    assert_eq!(season.office.post(&path, &key, json!({"amount": 9000, "means": "cash"})).await.status, 201);
    season.moved("top_up", Some("cash"), Some(season.seller.1.clone()), 9000);
    season.offer(&buyers[3]).await;
    let counted = json!({"counted": [{"means": "cash", "amount": 1234}]});
    assert_eq!(season.office.post("/v1/operator/day-closes", &key, counted).await.status, 201);

    season.next_day().await;
    let path = format!("/v1/operator/users/{}/pay-outs", buyers[3].id);
    let paid_out = json!({"amount": 500, "means": "cash", "note": "=Not needed, \"any more\""});
    assert_eq!(season.office.post(&path, &key, paid_out).await.status, 201);
    season.moved("pay_out", Some("cash"), Some(season.seller.1.clone()), -500);
    let path = format!("/v1/operator/users/{}/corrections", buyers[3].id);
    assert_eq!(season.office.post(&path, OPERATOR, json!({"amount": -300, "note": "Twice"})).await.status, 201);
    season.movements.push(("correction", None, None, None, -300));
    season.sell(&second, json!({"standing": {"section": "Floor", "quantity": 3}}), "cash", None).await;
    season.cancel(&second).await;
    (season, one)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_figure_is_what_was_done_and_every_list_adds_up_to_it() {
    let (season, _) = played().await;
    check_sales(&season).await;
    check_refunds(&season).await;
    let takings = check_takings(&season).await;
    // The counter's day close has what was booked until then, the pay-out and the sale after it are open.
    let office = &season.office;
    let cash = takings["counter"].as_array().expect("a list").iter().find(|of| of["means"] == "cash").expect("cash");
    let own = |after: bool| -> i64 {
        let last = season.movements.iter().rposition(|of| of.4 == 9000).expect("the top-up before the close");
        let is_cash = |of: &(usize, &season::Movement)| of.1.1.as_deref() == Some("cash") && (of.0 > last) == after;
        season.movements.iter().enumerate().filter(is_cash).map(|(_, of)| of.4).sum()
    };
    assert_eq!((number(&cash["closed"]), number(&cash["open"])), (own(false), own(true)), "{cash}");
    assert_eq!(number(&cash["difference"]), 1234 - own(false));
    let closes = listed(office, &text(&cash["closes"]), "day_closes").await;
    assert_eq!((closes.len(), &closes[0]["tills"][0]["booked"]), (1, &cash["closed"]), "{closes:?}");
    let rows = listed(office, &text(&cash["made_of"]), "postings").await;
    assert_eq!(sum(&rows, "amount"), number(&cash["booked"]));
    office.verify();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn days_are_the_venues_and_add_up_to_the_whole() {
    let (season, _) = played().await;
    let office = &season.office;
    let mut closing = 0;
    for day in ["2026-11-23", "2026-11-24", "2026-11-25"] {
        let of_day = format!("from={day}&to={day}");
        let sales = get(office, &format!("{REPORTS}/sales?{of_day}")).await;
        let own = sales_of(season.sold.iter().filter(|sold| sold.day == day));
        assert_eq!(shown(&sales["total"], &SALES), own, "{day}");
        let refunds = get(office, &format!("{REPORTS}/refunds?{of_day}")).await;
        let own = season.refunded.iter().filter(|of| of.day == day).map(|of| of.amount + of.order_fee).sum::<i64>();
        assert_eq!(number(&refunds["total"]["amount"]), own, "{day}");
        let takings = get(office, &format!("{REPORTS}/takings?{of_day}")).await;
        assert_eq!((&takings["reconciled"], number(&takings["opening_balances"])), (&json!(true), closing), "{day}");
        closing = number(&takings["closing_balances"]);
        assert_eq!(number(&takings["takings"]), number(&sales["total"]["amount"]) - own, "{day}");
    }
    let all: i64 = season.movements.iter().map(|(.., amount)| amount).sum();
    assert_eq!(closing, all);
    let none = get(office, &format!("{REPORTS}/takings?from=2026-12-01")).await;
    assert_eq!((&none["movements"], &none["opening_balances"]), (&json!([]), &json!(all)), "after all of it");
    let before = get(office, &format!("{REPORTS}/takings?to=2026-11-22")).await;
    assert_eq!((&before["movements"], &before["closing_balances"]), (&json!([]), &json!(0)), "before all of it");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_report_stays_what_it_was_as_of_its_moment() {
    let (mut season, one) = played().await;
    let sales = get(&season.office, &format!("{REPORTS}/sales?by=channel")).await;
    let as_of = text(&sales["as_of"]);
    let then = async |season: &Season| {
        let mut all = Vec::new();
        for path in ["sales?by=channel", "refunds?by=way", "takings?"] {
            all.push(get(&season.office, &format!("{REPORTS}/{path}&as_of={as_of}")).await);
        }
        all
    };
    let before = then(&season).await;
    assert_eq!(before[0], sales);
    let first = season.first.clone();
    let more = season.sell(&first, json!({"seat_ids": [one[10], one[11]]}), "cash", None).await;
    season.refund(&more, json!({"tickets": [more["tickets"][0]["code"]]})).await;
    // What was sold before and is refunded after counts as what stands.
    let standing = season.sold.iter().find(|sold| sold.paid_by.as_deref() == Some("card")).expect("a sale").clone();
    let payment = json!({"id": standing.payment});
    season.refund(&payment, json!({"to": "cash"})).await;
    assert_eq!(then(&season).await, before);
    assert_ne!(get(&season.office, &format!("{REPORTS}/sales?by=channel")).await["total"], sales["total"]);
    check_sales(&season).await;
    check_refunds(&season).await;
    season.office.verify();
    let future = format!("{REPORTS}/sales?as_of=999999");
    refused(&season.office.get(&future, OPERATOR).await, 400, "invalid_field");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn attendance_counts_who_came_by_which_gate() {
    let (season, _) = played().await;
    let office = &season.office;
    let standing: Vec<_> = season.sold.iter().filter(|of| of.performance == season.first.performance).collect();
    let codes: Vec<_> = standing.iter().filter(|sold| sold.refunded.is_none()).map(|sold| &sold.code).collect();
    let check_in = async |code: &str, gate: Option<&str>| {
        let mut body = json!({ "code": code });
        if let Some(gate) = gate {
            body["gate"] = json!(gate);
        }
        office.make("/v1/operator/check-ins", body).await
    };
    for (at, gate) in [Some("East"), Some("East"), Some("=West"), None, Some("=West")].into_iter().enumerate() {
        let made = check_in(codes[at], gate).await;
        if at == 4 {
            let undo = format!("/v1/operator/check-ins/{}/undo", text(&made["id"]));
            assert_eq!(office.post(&undo, OPERATOR, json!({"reason": "Out again"})).await.status, 201);
        }
    }
    let scan = json!({"scan_id": "01a205b3-d000-711e-9fae-b222f27b9947", "code": codes[0], "gate": "=West",
        "scanned_at": office.now().plus_ms(1000).to_rfc3339()});
    let merged = office.post("/v1/operator/scans", OPERATOR, json!({"scans": [scan]})).await;
    assert!(merged.status < 300, "{}", merged.json());
    let all = listed(office, &format!("{REPORTS}/attendance?concert_id={}", season.first.id), "performances").await;
    assert_eq!(all.len(), 2);
    assert_eq!((&all[1]["cancelled"], number(&all[1]["tickets"])), (&json!(true), 0));
    let of = &all[0];
    assert_eq!((number(&of["tickets"]), number(&of["checked_in"]), number(&of["doubles"])), (codes.len() as i64, 4, 1));
    let gates: Vec<_> =
        of["gates"].as_array().expect("gates").iter().map(|of| (&of["gate"], &of["checked_in"])).collect();
    assert_eq!(gates, [(&Value::Null, &json!(1)), (&json!("=West"), &json!(1)), (&json!("East"), &json!(2))]);
    for gate in of["gates"].as_array().expect("gates") {
        let rows = listed(office, &text(&gate["made_of"]), "check_ins").await;
        assert_eq!(rows.len() as i64, number(&gate["checked_in"]), "{gate}");
    }
    for (list, member, figure) in [
        ("tickets_made_of", "tickets", "tickets"),
        ("made_of", "check_ins", "checked_in"),
        ("doubles_made_of", "check_ins", "doubles"),
    ] {
        assert_eq!(listed(office, &text(&of[list]), member).await.len() as i64, number(&of[figure]), "{list}");
    }
    let rows = csv(office, &format!("report=check_ins&performance_id={}", season.first.performance)).await;
    let gates: Vec<_> = rows.iter().map(|row| row["gate"].as_str()).collect();
    assert_eq!(gates, ["", "'=West", "'=West", "East", "East"], "no spreadsheet takes a gate for a formula");
    let day = instant(&of["starts_at"]).to_rfc3339();
    let that_day = listed(office, &format!("{REPORTS}/attendance?from={0}&to={0}", &day[..10]), "performances").await;
    assert_eq!(that_day.len(), 1, "{day}");
    assert_eq!(csv(office, "report=attendance").await.len(), 3);
    assert_eq!(csv(office, "report=day_closes").await.len(), 1);
    office.verify();
}

/// More than any piece has, in pieces.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_list_is_read_to_its_end_and_names_are_kept_as_they_are() {
    const SALES_MADE: usize = 1_100;
    let mut season = Season::begin().await;
    let first = season.first.clone();
    let hall = json!({"name": "Field", "sections": [{"name": "Lawn", "capacity": SALES_MADE, "grade": "F"}]});
    let hall = season.office.make("/v1/operator/halls", hall).await["id"].clone();
    let starts_at = season.office.now().plus_ms(40 * 24 * 3_600_000).to_rfc3339();
    let wide = json!({"concert_id": first.id, "hall_id": hall, "starts_at": starts_at, "prices": {"F": 700}});
    let wide = season.office.make("/v1/operator/performances", wide).await;
    let wide = crate::support::Concert { id: first.id.clone(), performance: text(&wide["id"]) };
    for _ in 0..SALES_MADE {
        season.sell(&wide, json!({"standing": {"section": "Lawn", "quantity": 1}}), "cash", None).await;
    }
    let office = &season.office;
    let report = get(office, &format!("{REPORTS}/sales")).await;
    assert_eq!(shown(&report["total"], &SALES), sales_of(season.sold.iter()));
    assert_eq!(get(office, &format!("{REPORTS}/takings")).await["reconciled"], true);
    let answer = office.get(&format!("{REPORTS}/csv?report=sold_tickets&bom=true"), OPERATOR).await;
    assert!(answer.headers["content-disposition"].to_str().expect("text").contains("sold_tickets.csv"));
    assert!(!answer.headers.contains_key("content-length"), "it is not made before it is sent");
    let body = answer.body.strip_prefix("\u{feff}".as_bytes()).expect("a byte order mark");
    assert!(body.ends_with(b"\r\n"));
    let mut reader = csv::Reader::from_reader(body);
    let rows: Vec<BTreeMap<String, String>> = reader.deserialize().map(|row| row.expect("a line")).collect();
    assert_eq!(rows.len(), SALES_MADE);
    assert!(rows.iter().all(|row| row["concert"] == format!("'{TITLE}") && row["section"] == "Lawn"));
    let payments: std::collections::BTreeSet<_> = rows.iter().map(|row| row["payment_id"].as_str()).collect();
    assert_eq!(payments.len(), SALES_MADE, "each once");
    let postings = csv(office, "report=postings&kind=payment").await;
    assert_eq!((postings.len(), cells(&postings, "amount")), (SALES_MADE, -number(&report["total"]["amount"])));
    refused(&office.get(&format!("{REPORTS}/csv?report=check_ins"), OPERATOR).await, 400, "invalid_field");
    refused(&office.get(&format!("{REPORTS}/csv?report=sales&by=way"), OPERATOR).await, 400, "invalid_field");
    office.verify();
}
