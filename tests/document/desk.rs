//! What the staff look at, as far as the journey shows it.

use boxoffice::app::App;
use boxoffice::jobs;
use serde_json::{Value, json};

use crate::journey::{OPERATOR, Traveller, text};

/// The sale, what needs attention, the best seats that are left; a buyer's payments, and a ticket by its code.
pub async fn watched(traveller: &mut Traveller, performance: &str, user: &str, code: &str) {
    let desk = "/v1/operator";
    let concert = text(&traveller.get("/v1/concerts", "").await["concerts"][0]["id"]);
    traveller.get(&format!("{desk}/attention"), OPERATOR).await;
    let halls = traveller.get(&format!("{desk}/halls"), OPERATOR).await;
    traveller.get(&format!("{desk}/halls/{}/plan", text(&halls["halls"][0]["id"])), OPERATOR).await;
    traveller.get(&format!("{desk}/concerts/{concert}/sale"), OPERATOR).await;
    let best = format!("{desk}/performances/{performance}/best-seats?grade=R&quantity=2");
    traveller.get(&best, OPERATOR).await;
    traveller.get(&format!("{desk}/users/{user}/payments"), OPERATOR).await;
    traveller.get(&format!("{desk}/tickets/{code}"), OPERATOR).await;
    let by_hand = json!({"reason": "The phone is broken; found by name", "gate": "East"});
    let made = traveller.post(&format!("{desk}/tickets/{code}/check-ins"), OPERATOR, by_hand).await;
    let undo = format!("{desk}/check-ins/{}/undo", text(&made["id"]));
    traveller.post(&undo, OPERATOR, json!({"reason": "The ticket was found"})).await;
}

/// The data file: that it was verified, by its own wish, and its backups.
pub async fn file(traveller: &mut Traveller, app: &App) {
    let verification = "/v1/operator/verification";
    jobs::verify_living(&app.office).await;
    traveller.get(verification, OPERATOR).await;
    traveller.post(verification, OPERATOR, Value::Null).await;
    traveller.get("/v1/operator/backups", OPERATOR).await;
}
