//! The bounds of what clients send. What checks them stands in each subject's domain; the office tests send what is just
//! beyond each bound written here, and every one must be refused.

use serde_json::{Map, Value, json};

use crate::catalog::prices::{LARGEST_FEE, LARGEST_PRICE, MOST_TYPES};
use crate::config::Limits;
use crate::reservation::rules::MOST_SEATS;
use crate::terms;

/// Fields of requests: schema, property, bounds.
fn fields() -> Vec<(&'static str, &'static str, Value)> {
    let limits = Limits::default();
    let name = json!({ "minLength": 1, "maxLength": 100 });
    let up_to_a_million = json!({ "minimum": 1, "maximum": 1_000_000, "nullable": true });
    let absence = json!({ "minimum": 60, "maximum": 86_400 });
    let row_seats = json!({
        "oneOf": [
            { "type": "integer", "format": "uint32", "minimum": 1, "maximum": limits.hall_seats, "title": "Count" },
            {
                "type": "array",
                "items": { "type": "integer", "format": "uint32", "minimum": 0 },
                "minItems": 1,
                "maxItems": limits.hall_seats,
                "uniqueItems": true,
                "title": "Numbers",
            },
        ],
    });
    vec![
        ("SignUpRequest", "email", json!({ "format": "email", "maxLength": 254 })),
        ("SignUpRequest", "password", json!({ "format": "password", "minLength": 8, "maxLength": 256 })),
        ("SignUpRequest", "name", name.clone()),
        ("LogInRequest", "password", json!({ "format": "password" })),
        ("HoldRequest", "seat_ids", json!({ "minItems": 1, "maxItems": MOST_SEATS })),
        ("HoldRequest", "types", json!({ "minItems": 1, "maxItems": MOST_SEATS })),
        ("BestRequest", "quantity", json!({ "minimum": 1, "maximum": MOST_SEATS })),
        ("BestRequest", "kinds", json!({ "maxItems": MOST_SEATS })),
        ("PayRequest", "seat_ids", json!({ "minItems": 1, "maxItems": MOST_SEATS })),
        ("TopUpRequest", "amount", json!({ "minimum": 1, "maximum": terms::TOP_UPS.end() })),
        ("HallRequest", "name", name.clone()),
        ("HallRequest", "sections", json!({ "minItems": 1 })),
        ("SectionRequest", "name", name.clone()),
        ("RowRequest", "name", name.clone()),
        ("RowRequest", "grade", name.clone()),
        ("RowRequest", "seats", row_seats),
        ("ConcertRequest", "title", name.clone()),
        ("ConcertRequest", "seats_per_user", within(terms::SEATS_PER_USER)),
        ("ConcertRequest", "fee_per_ticket", within(0..=LARGEST_FEE.0)),
        ("ConcertRequest", "fee_per_order", within(0..=LARGEST_FEE.0)),
        ("PerformanceRequest", "ticket_types", json!({ "minItems": 1, "maxItems": MOST_TYPES })),
        ("PerformanceRequest", "seats_per_user", within(terms::SEATS_PER_USER)),
        ("TicketTypeRequest", "name", name),
        ("TicketTypeRequest", "seats_per_user", within(terms::SEATS_PER_USER)),
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
