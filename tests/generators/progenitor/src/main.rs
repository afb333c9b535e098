//! A buyer's journey through the client that progenitor makes of the document. It types `application/json` only, so
//! problems come as bytes, to be read into the types it makes of them.
//!
//!     cargo run -- http://127.0.0.1:8080      (see ../../../.ci/generators)

use progenitor_client::{Error, ResponseValue};

#[allow(warnings, reason = "generated")]
mod api {
    progenitor::generate_api!(spec = "../../../openapi/boxoffice.yaml", interface = Builder);
}

use api::{Client, types};

type Failure = Box<dyn std::error::Error>;

/// A client that sends a credential with each request.
fn with(server: &str, credential: &str) -> Result<Client, Failure> {
    let mut headers = reqwest::header::HeaderMap::new();
    headers.insert("authorization", format!("Bearer {credential}").parse()?);
    Ok(Client::new_with_client(server, reqwest::Client::builder().default_headers(headers).build()?))
}

/// The problem in a refusal.
async fn problem(error: Error<progenitor_client::ByteStream>) -> Result<Vec<u8>, Failure> {
    use futures::TryStreamExt;
    let Error::ErrorResponse(answer) = error else { return Err(format!("no refusal: {error}").into()) };
    let stream: Vec<_> = ResponseValue::into_inner(answer).into_inner().try_collect().await?;
    Ok(stream.concat())
}

fn check(holds: bool, what: &str) -> Result<(), Failure> {
    if holds { Ok(()) } else { Err(what.into()) }
}

async fn buy(server: &str) -> Result<String, Failure> {
    let anyone = Client::new(server);
    let since_1970 = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?.as_nanos();
    let (email, password) = (format!("rust-{since_1970}@example.org"), "correct horse");
    let new = |body: types::builder::SignUpRequest| body.email(email.as_str()).password(password).name("Rudi");
    anyone.sign_up().body_map(new).send().await?;
    let known = |body: types::builder::LogInRequest| body.email(email.as_str()).password(password);
    let session = anyone.log_in().body_map(known).send().await?.session.secret.clone();
    let buyer = with(server, &session)?;
    let concerts = anyone.list_concerts().send().await?;
    let concert = concerts.concerts.iter().find(|concert| concert.title == "Demo Concert").ok_or("no demo concert")?.id;
    anyone.show_concert().concert_id(concert).send().await?;
    let key = format!("rust-{since_1970}");
    let token = buyer.issue_token().concert_id(concert).idempotency_key(key.as_str()).send().await?.token.clone();
    buyer.current_token().concert_id(concert).send().await?;
    let inside = with(server, &token)?;
    let position = inside.queue_position().send().await?;
    check(position.status == types::EntryStatus::Admitted && position.reason.is_none(), "not let in")?;
    check(position.admitted_until.is_some_and(|until| position.expires_at <= until), "the visit is over")?;

    let date = inside.list_dates().send().await?.dates.first().ok_or("no date")?.performance_id;
    let map = inside.seat_map().performance_id(date).send().await?.into_inner();
    let types::SeatMapResponse::SeatMapView(map) = map else { return Err("no whole map".into()) };
    let grade = Some("R".to_owned());
    let best = types::BestRequest { grade, kinds: Default::default(), quantity: 2.try_into()?, section: None };
    let wanted = |body: types::builder::HoldRequest| body.performance_id(date).best(best);
    let hold = inside.hold_seats().body_map(wanted).send().await?;
    let changes = inside.seat_map().performance_id(date).since(map.version).send().await?.into_inner();
    check(matches!(changes, types::SeatMapResponse::SeatChangesView(_)), "no list of changes")?;
    check(inside.list_holds().send().await?.holds.len() == 1, "one hold")?;

    let seats: Vec<_> = hold.seats.iter().map(|seat| seat.id.clone()).collect();
    let order = |body: types::builder::PayRequest| body.seat_ids(seats.clone()).amount(hold.amount);
    let refused = inside.pay().body_map(order).send().await.err().ok_or("paid without money")?;
    let poor: types::InsufficientBalanceProblem = serde_json::from_slice(&problem(refused).await?)?;
    check(poor.needed == hold.amount, "needs something else")?;
    let amount = std::num::NonZero::new(u64::try_from(hold.amount)?).ok_or("free seats")?;
    inside.top_up().body_map(|body| body.amount(amount)).send().await?;
    let paid = inside.pay().body_map(order).idempotency_key(key.as_str()).send().await?;
    let again = inside.pay().body_map(order).idempotency_key(key.as_str()).send().await?;
    check(again.id == paid.id, "paid twice")?;
    let code = &paid.tickets.first().ok_or("no ticket")?.code;
    let ticket = buyer.show_ticket().code(code).send().await?;
    check(ticket.payment_id == paid.id, "another payment")?;
    check(buyer.list_payments().send().await?.next_cursor.is_none(), "one page")?;
    Ok(code.clone())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Failure> {
    let server = std::env::args().nth(1).ok_or("name the server")?;
    println!("progenitor: ends with the ticket {}", buy(&server).await?);
    Ok(())
}
