//! The bounds of what clients send. What checks them stands in each subject's domain; the office tests send what is just
//! beyond each bound written here, and every one must be refused.

use serde_json::{Map, Value, json};

use crate::catalog::concert::LARGEST_AGE_LIMIT;
use crate::catalog::hall::spec;
use crate::catalog::prices::{LARGEST_FEE, LARGEST_PRICE, LONGEST_CANCEL_MINUTES, MOST_TYPES};
use crate::code::views::LONGEST_SENT;
use crate::code::{MOST_CODES, MOST_USES};
use crate::config::Limits;
use crate::door::offline_api::MOST_SCANS;
use crate::money::LARGEST;
use crate::queue::tier::PRESALE_TIERS;
use crate::reservation::block::MOST_BLOCKED;
use crate::reservation::rules::MOST_SEATS;
use crate::terms;
use crate::text::LONGEST_PROSE;
use crate::waitlist::OFFER_SECONDS;
use crate::webhook::domain::LONGEST_URL;

/// Fields of requests: schema, property, bounds.
fn fields() -> Vec<(&'static str, &'static str, Value)> {
    let limits = Limits::default();
    let name = json!({ "minLength": 1, "maxLength": 100 });
    let up_to_a_million = json!({ "minimum": 1, "maximum": 1_000_000, "nullable": true });
    let absence = json!({ "minimum": 60, "maximum": 86_400 });
    let label = json!({
        "oneOf": [
            { "type": "integer", "format": "uint32", "minimum": 0, "title": "Number" },
            { "type": "string", "minLength": 1, "maxLength": 100, "title": "Label" },
        ],
    });
    let text = json!({ "type": "string", "minLength": 1, "maxLength": 100 });
    let seat = json!({
        "type": "object",
        "title": "Seat",
        "required": ["label"],
        "additionalProperties": false,
        "properties": {
            "label": described(&label, "What is written on the seat"),
            "grade": described(&text, "Its price level, if it is not its row's"),
            "kind": { "$ref": "#/components/schemas/SeatKind" },
            "note": described(&text, "What a buyer should know of it"),
            "x": { "type": "number", "format": "double", "description": "Where it is, measured from its row's origin" },
            "y": { "type": "number", "format": "double", "description": "The same away from the stage" },
            "gap_before": {
                "type": "integer", "format": "uint32", "minimum": 0, "maximum": spec::WIDEST_GAP, "default": 0,
                "description": "How many seats would fit between it and the one before: an aisle",
            },
        },
    });
    let row_seats = json!({
        "oneOf": [
            { "type": "integer", "format": "uint32", "minimum": 1, "maximum": limits.hall_places, "title": "Count" },
            {
                "type": "array",
                "items": { "oneOf": [label.clone(), seat] },
                "minItems": 1,
                "maxItems": limits.hall_places,
                "uniqueItems": true,
                "title": "Seats",
            },
        ],
    });
    vec![
        ("SignUpRequest", "email", json!({ "format": "email", "maxLength": 254 })),
        ("SignUpRequest", "password", json!({ "format": "password", "minLength": 8, "maxLength": 256 })),
        ("SignUpRequest", "name", name.clone()),
        ("UserRequest", "external_id", name.clone()),
        ("UserRequest", "name", name.clone()),
        ("UserRequest", "email", json!({ "format": "email", "maxLength": 254 })),
        ("UserRequest", "language", json!({ "minLength": 2 })),
        ("CorrectionRequest", "name", name.clone()),
        ("CorrectionRequest", "email", json!({ "format": "email", "maxLength": 254 })),
        ("CorrectionRequest", "language", json!({ "minLength": 2 })),
        ("PasswordRequest", "current_password", json!({ "format": "password" })),
        ("PasswordRequest", "password", json!({ "format": "password", "minLength": 8, "maxLength": 256 })),
        ("PasswordResetRequest", "email", json!({ "format": "email", "maxLength": 254 })),
        ("NewPasswordRequest", "password", json!({ "format": "password", "minLength": 8, "maxLength": 256 })),
        ("LogInRequest", "password", json!({ "format": "password" })),
        ("HoldRequest", "seat_ids", json!({ "minItems": 1, "maxItems": MOST_SEATS })),
        ("HoldRequest", "types", json!({ "minItems": 1, "maxItems": MOST_SEATS })),
        ("BestRequest", "quantity", json!({ "minimum": 1, "maximum": MOST_SEATS })),
        ("BestRequest", "kinds", json!({ "maxItems": MOST_SEATS })),
        ("BlockRequest", "reason", name.clone()),
        ("BlockRequest", "seat_ids", json!({ "minItems": 1, "maxItems": MOST_BLOCKED })),
        ("FreeRequest", "seat_ids", json!({ "minItems": 1, "maxItems": MOST_BLOCKED })),
        ("FreeRequest", "quantity", json!({ "minimum": 1 })),
        ("StandingRequest", "quantity", json!({ "minimum": 1 })),
        ("PayRequest", "seat_ids", json!({ "minItems": 1, "maxItems": MOST_SEATS })),
        ("PayRequest", "code", json!({ "minLength": 1, "maxLength": LONGEST_SENT })),
        ("JoinRequest", "code", json!({ "minLength": 1, "maxLength": LONGEST_SENT })),
        ("WaitlistRequest", "performance_ids", json!({ "minItems": 1, "maxItems": MOST_SEATS })),
        ("WaitlistRequest", "quantity", json!({ "minimum": 1, "maximum": MOST_SEATS })),
        (
            "WaitlistChangeRequest",
            "offer_seconds",
            json!({ "minimum": OFFER_SECONDS.start(), "maximum": OFFER_SECONDS.end() }),
        ),
        ("PayOfferRequest", "code", json!({ "minLength": 1, "maxLength": LONGEST_SENT })),
        ("CodesRequest", "name", json!({ "minLength": 1, "maxLength": 100 })),
        ("CodesRequest", "code", json!({ "minLength": 3, "maxLength": 40 })),
        ("CodesRequest", "quantity", json!({ "minimum": 1, "maximum": MOST_CODES })),
        ("CodesRequest", "uses_per_code", json!({ "minimum": 1, "maximum": MOST_USES })),
        ("DiscountRequest", "amount", within(1..=LARGEST.0)),
        ("DiscountRequest", "percent", json!({ "minimum": 1, "maximum": 100 })),
        ("PresaleRequest", "tier", json!({ "minimum": PRESALE_TIERS.start(), "maximum": PRESALE_TIERS.end() })),
        ("TopUpRequest", "amount", json!({ "minimum": 1, "maximum": terms::TOP_UPS.end() })),
        ("CheckoutRequest", "amount", json!({ "minimum": 1, "maximum": terms::TOP_UPS.end() })),
        ("ThenPayRequest", "seat_ids", json!({ "minItems": 1, "maxItems": MOST_SEATS })),
        ("ThenPayRequest", "amount", within(0..=LARGEST.0)),
        ("ThenPayRequest", "code", json!({ "minLength": 1, "maxLength": LONGEST_SENT })),
        ("WebhookRequest", "url", json!({ "format": "uri", "minLength": 8, "maxLength": LONGEST_URL })),
        ("WebhookRequest", "events", json!({ "minItems": 1 })),
        ("HallRequest", "name", name.clone()),
        ("ImportRequest", "name", name.clone()),
        ("HallRequest", "sections", json!({ "minItems": 1 })),
        ("SectionRequest", "name", name.clone()),
        ("SectionRequest", "floor", name.clone()),
        ("SectionRequest", "capacity", json!({ "minimum": 1, "maximum": limits.hall_places })),
        ("SectionRequest", "grade", name.clone()),
        ("RowRequest", "name", name.clone()),
        ("RowRequest", "grade", name.clone()),
        ("RowRequest", "seats", row_seats),
        ("ConcertRequest", "title", name.clone()),
        ("ConcertRequest", "seats_per_user", within(terms::SEATS_PER_USER)),
        ("ConcertRequest", "fee_per_ticket", within(0..=LARGEST_FEE.0)),
        ("ConcertRequest", "fee_per_order", within(0..=LARGEST_FEE.0)),
        ("ConcertRequest", "cancel_fee", within(0..=LARGEST_FEE.0)),
        ("ConcertRequest", "cancel_until_minutes", within(0..=LONGEST_CANCEL_MINUTES.into())),
        ("CounterTopUpRequest", "amount", json!({ "minimum": 1, "maximum": terms::TOP_UPS.end() })),
        ("PayOutRequest", "amount", json!({ "minimum": 1, "maximum": LARGEST.0 })),
        ("PayOutRequest", "note", json!({ "minLength": 1, "maxLength": 100 })),
        ("BalanceCorrectionRequest", "amount", json!({ "minimum": -LARGEST.0, "maximum": LARGEST.0 })),
        ("BalanceCorrectionRequest", "note", json!({ "minLength": 1, "maxLength": 100 })),
        ("SaleRequest", "seat_ids", json!({ "minItems": 1, "maxItems": MOST_SEATS })),
        ("SaleRequest", "types", json!({ "minItems": 1, "maxItems": MOST_SEATS })),
        ("ExchangeRequest", "seat_ids", json!({ "minItems": 1, "maxItems": MOST_SEATS })),
        ("ExchangeRequest", "types", json!({ "minItems": 1, "maxItems": MOST_SEATS })),
        ("ExchangeRequest", "tickets", json!({ "minItems": 1, "maxItems": MOST_SEATS })),
        ("CountedRequest", "amount", json!({ "minimum": -LARGEST.0, "maximum": LARGEST.0 })),
        ("CheckInRequest", "gate", json!({ "minLength": 1, "maxLength": 100 })),
        ("UndoRequest", "reason", json!({ "minLength": 1, "maxLength": 100 })),
        ("ByHandRequest", "reason", json!({ "minLength": 1, "maxLength": 100 })),
        ("ByHandRequest", "gate", json!({ "minLength": 1, "maxLength": 100 })),
        ("ScanRequest", "gate", json!({ "minLength": 1, "maxLength": 100 })),
        ("ScansRequest", "scans", json!({ "minItems": 1, "maxItems": MOST_SCANS })),
        ("RefundRequest", "tickets", json!({ "minItems": 1, "maxItems": MOST_SEATS })),
        ("RefundRequest", "keep_per_ticket", within(0..=LARGEST.0)),
        ("CancellationRequest", "tickets", json!({ "minItems": 1, "maxItems": MOST_SEATS })),
        ("HandoverRequest", "email", json!({ "format": "email", "maxLength": 254 })),
        ("PerformanceRequest", "ticket_types", json!({ "minItems": 1, "maxItems": MOST_TYPES })),
        ("PerformanceRequest", "seats_per_user", within(terms::SEATS_PER_USER)),
        ("TicketTypeRequest", "name", name),
        ("TicketTypeRequest", "seats_per_user", within(terms::SEATS_PER_USER)),
        ("ConcertRequest", "age_limit", json!({ "minimum": 1, "maximum": LARGEST_AGE_LIMIT })),
        ("ConcertRequest", "texts", json!({ "maxItems": 20 })),
        ("ConcertChangeRequest", "title", json!({ "minLength": 1, "maxLength": 100 })),
        ("ConcertChangeRequest", "age_limit", json!({ "minimum": 1, "maximum": LARGEST_AGE_LIMIT, "nullable": true })),
        ("ConcertChangeRequest", "sale_ends_at", json!({ "nullable": true })),
        ("ConcertChangeRequest", "texts", json!({ "maxItems": 20 })),
        ("ConcertTextRequest", "text", json!({ "minLength": 1, "maxLength": LONGEST_PROSE })),
        ("ConcertTextRequest", "policy", json!({ "minLength": 1, "maxLength": LONGEST_PROSE })),
        ("PictureRequest", "data", json!({ "format": "byte", "minLength": 8 })),
        ("PerformanceChangeRequest", "duration_minutes", json!({ "minimum": 1, "maximum": 1440 })),
        ("PerformanceChangeRequest", "doors_at", json!({ "nullable": true })),
        ("QueueSettingsRequest", "max_admitted", up_to_a_million.clone()),
        ("QueueSettingsRequest", "admissions_per_minute", up_to_a_million),
        ("QueueSettingsRequest", "absence_seconds", absence.clone()),
        ("QueueSettingsRequest", "no_show_seconds", {
            let mut bounds = absence;
            bounds["nullable"] = json!(true);
            bounds
        }),
        ("VenueRequest", "name", json!({ "minLength": 1, "maxLength": 100 })),
        ("VenueRequest", "languages", json!({ "minItems": 1, "maxItems": 20, "uniqueItems": true })),
        ("VenueRequest", "largest_top_up", within(terms::TOP_UPS)),
        ("VenueRequest", "seats_per_user", within(terms::SEATS_PER_USER)),
        ("VenueRequest", "hold_seconds", within(terms::SECONDS)),
        ("VenueRequest", "admission_seconds", within(terms::SECONDS)),
        ("VenueRequest", "token_seconds", within(terms::SECONDS)),
        ("StaffKeyRequest", "name", json!({ "minLength": 1, "maxLength": 100 })),
        ("StaffKeyRequest", "scopes", json!({ "minItems": 1, "uniqueItems": true })),
        ("SessionsRequest", "count", json!({ "minimum": 1, "maximum": 1000 })),
    ]
}

fn described(schema: &Value, description: &str) -> Value {
    let mut schema = schema.clone();
    schema["description"] = json!(description);
    schema
}

fn within(range: std::ops::RangeInclusive<i64>) -> Value {
    json!({ "minimum": range.start(), "maximum": range.end() })
}

/// Writes the bounds of all fields.
pub(super) fn write(document: &mut Value) {
    let schemas = &mut document["components"]["schemas"];
    for (schema, property, bounds) in fields() {
        let property = schemas.get_mut(schema).and_then(|schema| schema["properties"].get_mut(property));
        let bounds = bounds.as_object().cloned().unwrap_or_default();
        if let Some(property) = property.and_then(Value::as_object_mut) {
            property.extend(bounds);
        }
    }
    for with_prices in ["PerformanceRequest", "TicketTypeRequest"] {
        let prices = schemas.get_mut(with_prices).map(|schema| &mut schema["properties"]["prices"]);
        if let Some(prices) = prices {
            prices["additionalProperties"]["minimum"] = json!(0);
            prices["additionalProperties"]["maximum"] = json!(LARGEST_PRICE.0);
            prices["minProperties"] = json!(1);
        }
    }
}

/// The bounds of a parameter, by its name: they mean the same everywhere.
pub(super) fn of_parameter(parameter: &mut Map<String, Value>) {
    let bounds = match parameter.get("name").and_then(Value::as_str) {
        Some("Idempotency-Key") => json!({ "minLength": 1, "maxLength": 255 }),
        Some("limit") => json!({ "minimum": 1, "maximum": Limits::default().page }),
        _ => return,
    };
    if let (Some(schema), Value::Object(bounds)) = (parameter.get_mut("schema").and_then(Value::as_object_mut), bounds)
    {
        schema.extend(bounds);
    }
}
