//! A ticket's code as a picture that a scanner reads.

use std::fmt::Write;

use qrcode::{Color, EcLevel, QrCode};

/// Light modules around it (ISO/IEC 18004 asks for four).
const QUIET: usize = 4;

/// The code as an SVG, one unit a module: level Q, so that a quarter of it may be covered. The bare code stands in it, not
/// an address. Empty for what fits into no QR code, which no ticket's code is.
pub fn svg(code: &str) -> String {
    let Ok(qr) = QrCode::with_error_correction_level(code, EcLevel::Q) else { return String::new() };
    let (width, modules) = (qr.width(), qr.to_colors());
    let side = width + 2 * QUIET;
    let mut path = String::new();
    for (row, modules) in modules.chunks(width).enumerate() {
        let mut column = 0;
        for run in modules.chunk_by(|a, b| a == b) {
            if run[0] == Color::Dark {
                let (x, y, run) = (column + QUIET, row + QUIET, run.len());
                let _ = write!(path, "M{x} {y}h{run}v1h-{run}z");
            }
            column += run.len();
        }
    }
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{side}v{side}H0z"/><path d="{path}"/></svg>"##
    )
}

#[cfg(test)]
mod tests {
    use super::svg;

    #[test]
    fn a_code_is_25_modules_wide() {
        let svg = svg("4D6B-PPZ0-0000-0000-0000-0000");
        assert!(svg.starts_with("<svg ") && svg.contains("viewBox=\"0 0 33 33\"") && svg.len() < 4000, "{svg}");
        // The upper left finder: seven dark modules in a row, at the quiet zone's edge.
        assert!(svg.contains("M4 4h7v1h-7z"), "{svg}");
    }
}
