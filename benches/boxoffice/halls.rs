//! The best seats, and large halls: a rush for the best of 8,000 seats over HTTP; and how long an insider's payment waits while
//! the best are looked for in a hall of lone seats, and while halls of 100,000 are made, changed and moved to.

use std::rc::Rc;
use std::sync::Arc;

use anyhow::{Result, ensure};
use boxoffice::app::App;
use boxoffice::catalog::Performance;
use boxoffice::catalog::hall::domain as halls;
use boxoffice::catalog::hall::plan::{HallPlan, PlanPlace};
use boxoffice::catalog::hall::spec::{HallSpec, RowSpec};
use boxoffice::catalog::performance::domain as performances;
use boxoffice::code::domain::create_codes;
use boxoffice::code::{CodeSpec, CodesSpec, GivesSpec, MOST_CODES, Worth};
use boxoffice::ids::{Ordinal, UserKey};
use boxoffice::queue::domain as queue;
use boxoffice::refund::domain::{Wish as RefundWish, refund};
use boxoffice::refund::{Cause, RefundError};
use boxoffice::replan::domain::{ReplanError, mapping, replan};
use boxoffice::reservation::best::{Best, Hint};
use boxoffice::reservation::block::{self, NewBlock, Places};
use boxoffice::reservation::domain::Choice;
use boxoffice::reservation::{HoldError, SeatMaps};
use boxoffice::store::Tx;
use boxoffice::visit::VisitError;
use boxoffice::visit::domain as visit;
use boxoffice::waitlist::{Waits, Wanted, Wish};
use boxoffice::{account, waitlist};
use uuid::Uuid;

use crate::ground::{Concert, Ground, Spec, make_concert, sell_each};
use crate::load::{Until, closed_loop, request, runtime};
use crate::report::{ROUNDS, Table, median, number};
use crate::server::Server;
use crate::stalls::{Stage, Stall, Stalls};
use crate::{Bench, verified};

/// So many ask for the best at once, until 8,000 seats are theirs, two each.
const AT_ONCE: usize = 160;
const SEATS: u32 = 8_000;
/// So many ask at once in a hall of lone seats.
const ASKING: u32 = 32;
/// One payment buys so many of the seats of a performance that moves.
const SOLD_AT_ONCE: u32 = 50;

pub fn run(bench: &mut Bench) -> Result<()> {
    rush(bench)?;
    let insiders = Spec { users: 10_000, joined: 10_000, ..Spec::default() };
    let ground = runtime()?.block_on(Ground::prepare(&insiders))?;
    let mut stalls = Stalls::new(bench);
    let rt = boxoffice::run::runtime()?;
    stalls.add("32 ask for the best of 100,000 lone seats", || rt.block_on(lone_seats(&ground)))?;
    stalls.add("32 of them are looked for by the writer", || rt.block_on(looked_for_by_the_writer(&ground)))?;
    stalls.add("64 offers to the waitlist of a hall of 100,000", || rt.block_on(offers(&ground)))?;
    stalls.add("a hall of 100,000 is made", || rt.block_on(hall(&ground, false)))?;
    stalls.add("a hall of 100,000 is changed", || rt.block_on(hall(&ground, true)))?;
    stalls.add("64 hold and release a seat for which 10,000 wait who want two", || {
        rt.block_on(holds_beside_a_waitlist(&ground))
    })?;
    stalls.add("5,000 codes are made", || rt.block_on(codes(&ground)))?;
    stalls.add("the sale of 100,000 seats is paused", || rt.block_on(paused(&ground)))?;
    let what = |seats: u32, how| format!("a sold-out performance of {} moves {how}", number(f64::from(seats)));
    for (seats, by_a_row, how) in [
        (100_000, false, "to the same seats"),
        (10_000, true, "by a row"),
        (100_000, true, "by a row, which is refused"),
    ] {
        stalls.add(&what(seats, how), || rt.block_on(moves(&ground, seats, by_a_row)))?;
    }
    stalls.print("Large halls");
    Ok(())
}

fn rush(bench: &mut Bench) -> Result<()> {
    let spec = Spec { users: SEATS / 2, joined: SEATS / 2, rows: SEATS / 100, ..Spec::default() };
    let ground = runtime()?.block_on(Ground::prepare(&spec))?;
    let rounds = (0..ROUNDS).map(|_| rush_once(&ground.copy()?)).collect::<Result<Vec<_>>>()?;
    let seen = median(rounds, |seen| seen.ms_at(0.99));
    let mut table = Table::new(&["the best two of 8,000, by 160 at once", "a second", "p50 ms", "p99 ms", "max ms"]);
    let figures = [seen.rate(), seen.ms_at(0.5), seen.ms_at(0.99), seen.ms_at(1.0)].map(number);
    table.row(["all served".to_owned()].into_iter().chain(figures));
    table.print(&format!("The best seats (the middle of {ROUNDS} rounds)"));
    bench.targets.at_most("p99 of the best two of 8,000 seats, 160 at once, ms", 100.0, seen.ms_at(0.99));
    Ok(())
}

/// Everybody is served while seats last, which is until the last.
fn rush_once(ground: &Ground) -> Result<crate::load::Seen> {
    let performance = ground.concerts[0].performances[0];
    let body = format!(r#"{{"performance_id":"{performance}","best":{{"grade":"R","quantity":2}}}}"#);
    let tokens = ground.buyers.iter().filter_map(|buyer| buyer.token.as_deref());
    let holds: Vec<_> = tokens.map(|token| request("POST", "/v1/holds", token, "", Some(&body))).collect();
    let (load, server) = (runtime()?, Server::boxoffice(&ground.data)?);
    let seen = load.block_on(closed_loop(server.address, AT_ONCE, &Rc::new(holds), Until::Sent))?;
    seen.require(201)?;
    ensure!(seen.latency.len() == u64::from(SEATS / 2), "{} were served", seen.latency.len());
    server.stop()?;
    verified(ground)?;
    Ok(seen)
}

/// Another concert, with one performance.
async fn performance(app: &Arc<App>, seats: u32, per_row: u32) -> Result<(Concert, Arc<Performance>)> {
    let spec = Spec { rows: seats / per_row, seats_per_row: per_row, ..Spec::default() };
    let made = app.store.write(move |tx| make_concert(tx, &spec)).await?;
    let performance = look_up(app, &made).await?;
    Ok((made, performance))
}

async fn look_up(app: &Arc<App>, of: &Concert) -> Result<Arc<Performance>> {
    let map = app.part::<SeatMaps>().find(app, of.performances[0]).await?;
    Ok(map.map.performance.clone())
}

/// Nothing is free but every second seat, none beside another; and so many are inside.
async fn pillars(stage: &Stage) -> Result<(Concert, Arc<Performance>)> {
    let app = stage.app.clone();
    let (made, of) = performance(&app, 100_000, 1_000).await?;
    for first in (1..=100_000_u32).step_by(2_000) {
        let (of, seats) = (of.clone(), (first..first + 2_000).step_by(2).collect::<Vec<_>>());
        let new = NewBlock { reason: "Pillars".into(), places: Places::Seats(seats), skip_taken: false };
        app.store.write(move |tx| block::block(tx, &of, &new)).await?;
    }
    let concert = of.concert;
    app.store
        .write(move |tx| {
            queue::change_settings(tx, concert, |settings| settings.max_admitted = None)?;
            for _ in 0..ASKING {
                queue::join(tx, someone(tx)?, concert)?;
            }
            Ok::<_, anyhow::Error>(())
        })
        .await?;
    Ok((made, of))
}

fn someone(tx: &Tx) -> Result<UserKey> {
    let email = format!("{}@boxoffice.example", tx.new_id().simple());
    Ok(account::domain::sign_up(tx, &email, "Asks", None)?.key)
}

/// All ask for seats side by side at once, of a hall that has none.
async fn lone_seats(ground: &Ground) -> Result<Stall> {
    let mut stage = Stage::open(ground).await?;
    let (made, _) = pillars(&stage).await?;
    let asking = stage.app.clone();
    let stall = stage.pay_while(async move {
        let all = (1..=ASKING).map(|ordinal| tokio::spawn(ask(asking.clone(), made.performances[0], ordinal)));
        for held in futures_util::future::join_all(all).await {
            held??;
        }
        Ok(())
    });
    let stall = stall.await?;
    stage.close().await?;
    Ok(stall)
}

/// As those do whom others outran again and again: what memory knows is left aside.
async fn looked_for_by_the_writer(ground: &Ground) -> Result<Stall> {
    let mut stage = Stage::open(ground).await?;
    let (_, of) = pillars(&stage).await?;
    let app = stage.app.clone();
    let stall = stage.pay_while(async move {
        for ordinal in 1..=ASKING {
            let of = of.clone();
            let best = Best { grade: Some("R".into()), quantity: 2 + ordinal % 8, ..Best::default() };
            let choice = Choice::Best(best, Hint::Unknown);
            let held = app.store.write(move |tx| {
                let visit = queue::entry(tx, of.concert, Ordinal(ordinal))?.require_admitted(tx.now())?;
                visit::hold_seats(tx, &visit, &of, &choice, &[]).map(drop)
            });
            held.await?;
        }
        Ok(())
    });
    let stall = stall.await?;
    stage.close().await?;
    Ok(stall)
}

/// 64 seats of a sold-out hall come back, and are offered one by one.
async fn offers(ground: &Ground) -> Result<Stall> {
    const WAITING: u32 = 64;
    let mut stage = Stage::open(ground).await?;
    let app = stage.app.clone();
    let (_, of) = performance(&app, 100_000, 1_000).await?;
    let payments = sell_each(&app, &of, 100_000, SOLD_AT_ONCE).await?;
    let concert = of.concert;
    let seen = app.part::<SeatMaps>().find(&app, of.id).await?.map.seen(app.now());
    app.store
        .write(move |tx| {
            for _ in 0..WAITING {
                let wish = Wish { performances: Vec::new(), grade: None, quantity: 1 };
                waitlist::domain::join_waitlist(tx, someone(tx)?, of.concert, std::slice::from_ref(&seen), &wish)?;
            }
            Ok::<_, anyhow::Error>(())
        })
        .await?;
    let back: Vec<_> = payments.into_iter().take(2).collect();
    app.store
        .write(move |tx| {
            for payment in &back {
                refund(tx, payment, &RefundWish::default(), Cause::Staff)?;
            }
            Ok::<_, RefundError>(())
        })
        .await?;
    let stall = stage.pay_while(async move { Ok(waitlist::due::offer(&app, concert).await?) });
    let stall = stall.await?;
    stage.close().await?;
    Ok(stall)
}

/// 10,000 wait for two seats of a hall of 100,000 of which one is free, which 64 hold in turn and give back.
async fn holds_beside_a_waitlist(ground: &Ground) -> Result<Stall> {
    const ON_IT: u32 = 10_000;
    const HOLDS: u32 = 64;
    let mut stage = Stage::open(ground).await?;
    let app = stage.app.clone();
    let (_, of) = performance(&app, 100_000, 1_000).await?;
    let payments = sell_each(&app, &of, 100_000, SOLD_AT_ONCE).await?;
    let seen = app.part::<SeatMaps>().find(&app, of.id).await?.map.seen(app.now());
    for _ in 0..ON_IT / 500 {
        let seen = seen.clone();
        let joined = app.store.write(move |tx| {
            for _ in 0..500 {
                let wish = Wish { performances: Vec::new(), grade: None, quantity: 2 };
                let concert = seen.performance().concert;
                waitlist::domain::join_waitlist(tx, someone(tx)?, concert, std::slice::from_ref(&seen), &wish)?;
            }
            Ok::<_, anyhow::Error>(())
        });
        joined.await?;
    }
    let (concert, last) = (of.concert, payments[payments.len() - 1].clone());
    let inside = app
        .store
        .write(move |tx| {
            queue::change_settings(tx, concert, |settings| settings.max_admitted = None)?;
            let join = |_| Ok(queue::join(tx, someone(tx)?, concert)?.entry.ordinal);
            let inside = (0..HOLDS).map(join).collect::<Result<Vec<_>>>()?;
            let one = RefundWish { tickets: Some(vec![last.tickets[0].key]), ..RefundWish::default() };
            refund(tx, &last, &one, Cause::Staff)?;
            Ok::<_, anyhow::Error>(inside)
        })
        .await?;
    let stall = stage.pay_while(async move {
        for ordinal in inside {
            let map = app.part::<SeatMaps>().find(&app, of.id).await?;
            let wanted = Wanted::of(app.part::<Waits>(), &map.map, app.now());
            let of = map.map.performance.clone();
            let choice = Choice::Best(one_seat(), map.map.propose(&one_seat(), app.now()));
            let held = app.store.write(move |tx| {
                let visit = queue::entry(tx, of.concert, ordinal)?.require_admitted(tx.now())?;
                wanted.require_none_waits(tx)?;
                let placed = visit::hold_seats(tx, &visit, &of, &choice, &[])?;
                visit::release_hold(tx, &visit, placed.hold.id)?;
                Ok::<_, anyhow::Error>(())
            });
            held.await?;
            waitlist::due::offer(&app, concert).await?;
        }
        Ok(())
    });
    let stall = stall.await?;
    stage.close().await?;
    Ok(stall)
}

fn one_seat() -> Best {
    Best { quantity: 1, ..Best::default() }
}

/// As many as may be made at once.
async fn codes(ground: &Ground) -> Result<Stall> {
    let mut stage = Stage::open(ground).await?;
    let app = stage.app.clone();
    let (made, _) = performance(&app, 100, 100).await?;
    let stall = stage.pay_while(async move {
        let spec = CodesSpec {
            name: "Friends".into(),
            gives: GivesSpec::Discount(Worth::Percent(10), None),
            uses_per_code: Some(1),
            codes: CodeSpec::Made(MOST_CODES),
        };
        app.store.write(move |tx| create_codes(tx, made.id, &spec)).await?;
        Ok(())
    });
    let stall = stall.await?;
    stage.close().await?;
    Ok(stall)
}

/// A performance on sale is paused and goes on: memory is told what it is, and has its plan.
async fn paused(ground: &Ground) -> Result<Stall> {
    let mut stage = Stage::open(ground).await?;
    let app = stage.app.clone();
    let (_, of) = performance(&app, 100_000, 100).await?;
    let stall = stage.pay_while(async move {
        for is_paused in [true, false] {
            let id = of.id;
            let change = move |tx: &Tx| {
                let was = performances::performance(tx, id)?;
                let change = performances::PerformanceChange { is_paused: Some(is_paused), ..Default::default() };
                performances::change_performance(tx, &was, &change)
            };
            app.store.write(change).await?;
        }
        Ok(())
    });
    let stall = stall.await?;
    stage.close().await?;
    Ok(stall)
}

/// Asks for some of the best, as often as a request does.
async fn ask(app: Arc<App>, performance: Uuid, ordinal: u32) -> Result<()> {
    let best = Best { grade: Some("R".into()), quantity: 2 + ordinal % 8, ..Best::default() };
    for _ in 0..20 {
        let map = app.part::<SeatMaps>().find(&app, performance).await?;
        let (wish, now, looked_at) = (best.clone(), app.now(), map.clone());
        let hint = tokio::task::spawn_blocking(move || looked_at.map.propose(&wish, now)).await?;
        let (of, choice) = (map.map.performance.clone(), Choice::Best(best.clone(), hint));
        let held = app.store.write(move |tx| {
            let visit = queue::entry(tx, of.concert, Ordinal(ordinal))?.require_admitted(tx.now())?;
            visit::hold_seats(tx, &visit, &of, &choice, &[])
        });
        match held.await {
            Ok(_) => return Ok(()),
            Err(VisitError::Hold(HoldError::Outrun)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    anyhow::bail!("outrun twenty times")
}

/// 1,000 rows, with another one in front if it is said.
fn plan(seats: u32, front: bool) -> Result<HallPlan> {
    let row = |name: String| RowSpec::new(name, "R", PlanPlace::labelled(1..=100_u32));
    let rows = front.then(|| row("Front".into())).into_iter();
    let rows = rows.chain((0..seats / 100).map(|at| row(format!("Row {at}"))));
    Ok(HallSpec::seated("Stalls", rows.collect()).plan(200_000)?)
}

async fn hall(ground: &Ground, changed: bool) -> Result<Stall> {
    let mut stage = Stage::open(ground).await?;
    let (app, before, after) = (stage.app.clone(), plan(100_000, false)?, plan(100_000, true)?);
    let made = match changed {
        true => Some(app.store.write(move |tx| halls::create_hall(tx, "Hall", &before)).await?),
        false => None,
    };
    let stall = stage.pay_while(async move {
        match made {
            Some(id) => {
                let change = app.store.write(move |tx| halls::change_hall(tx, &halls::latest(tx, id)?, "Hall", &after));
                drop(change.await?);
            }
            None => drop(app.store.write(move |tx| halls::create_hall(tx, "Hall", &after)).await?),
        }
        Ok(())
    });
    let stall = stall.await?;
    stage.close().await?;
    Ok(stall)
}

/// Every seat is sold, and the performance is played in another version of the hall.
async fn moves(ground: &Ground, seats: u32, by_a_row: bool) -> Result<Stall> {
    let mut stage = Stage::open(ground).await?;
    let app = stage.app.clone();
    let (made, of) = performance(&app, seats, 100).await?;
    sell_each(&app, &of, seats, SOLD_AT_ONCE).await?;
    let (hall, after) = (made.hall, plan(seats, by_a_row)?);
    app.store.write(move |tx| halls::change_hall(tx, &halls::latest(tx, hall)?, "Hall", &after)).await?;
    let id = made.performances[0];
    let moving = app.clone();
    let stall = stage.pay_while(async move {
        let compare = move |tx: &Tx| mapping(tx, &performances::performance(tx, id)?, 2);
        let mapping = moving.store.read(compare).await?;
        let moved = moving.store.write(move |tx| {
            let dated = performances::performance(tx, id)?;
            replan(tx, &dated, 2, &mapping)
        });
        match moved.await {
            Ok(_) => Ok(()),
            // Which is an answer too, and should take no longer.
            Err(ReplanError::TooLarge) => Ok(()),
            Err(error) => Err(error.into()),
        }
    });
    let stall = stall.await?;
    stage.close().await?;
    Ok(stall)
}
