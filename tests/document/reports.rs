//! The reports of the journey: every figure there is, and every list.

use crate::journey::{OPERATOR, Traveller};

/// Reads them all.
pub async fn read(traveller: &mut Traveller, performance: &str) {
    let reports = "/v1/operator/reports";
    for report in ["sales", "takings", "refunds", "attendance"] {
        traveller.get(&format!("{reports}/{report}"), OPERATOR).await;
    }
    for list in ["sold-tickets", "postings", "day-closes", "refunded-tickets"] {
        traveller.get(&format!("{reports}/{list}"), OPERATOR).await;
    }
    traveller.get(&format!("{reports}/check-ins?performance_id={performance}"), OPERATOR).await;
}

/// Whether this is the address of a list, with ids in its query.
pub fn is_address(text: &str) -> bool {
    text.starts_with("/v1/operator/reports/")
}
