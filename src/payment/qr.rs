//! A ticket's code as a picture that a scanner reads.

use std::fmt::Write;

use qrcode::{Color, EcLevel, QrCode};

/// Light modules around it (ISO/IEC 18004 asks for four).
const QUIET: usize = 4;

/// Pixels a module, in a picture of them.
const PIXELS: usize = 8;

/// The code's modules and how many stand in a row: level Q, so that a quarter of it may be covered. The bare code stands in it,
/// not an address. None for what fits into no QR code, which no ticket's code is.
fn modules(code: &str) -> Option<(usize, Vec<Color>)> {
    let qr = QrCode::with_error_correction_level(code, EcLevel::Q).ok()?;
    Some((qr.width(), qr.to_colors()))
}

/// The code as an SVG, one unit a module.
pub fn svg(code: &str) -> String {
    let Some((width, modules)) = modules(code) else { return String::new() };
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

/// The code as a PNG of one grey channel, 264 pixels wide.
pub fn png(code: &str) -> Vec<u8> {
    let Some((width, modules)) = modules(code) else { return Vec::new() };
    let side = (width + 2 * QUIET) * PIXELS;
    let mut pixels = vec![0xff; side * side];
    for (at, _) in modules.iter().enumerate().filter(|(_, module)| **module == Color::Dark) {
        let (x, y) = ((at % width + QUIET) * PIXELS, (at / width + QUIET) * PIXELS);
        for row in pixels.chunks_mut(side).skip(y).take(PIXELS) {
            row[x..x + PIXELS].fill(0);
        }
    }
    let mut file = Vec::new();
    // Into memory, of the size that is said: it cannot fail.
    let _ = encode(&mut file, side as u32, &pixels);
    file
}

fn encode(file: &mut Vec<u8>, side: u32, pixels: &[u8]) -> Result<(), png::EncodingError> {
    let mut encoder = png::Encoder::new(file, side, side);
    encoder.set_color(png::ColorType::Grayscale);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.write_header()?.write_image_data(pixels)
}

#[cfg(test)]
mod tests {
    use super::{png, svg};

    const CODE: &str = "4D6B-PPZ0-0000-0000-0000-0000";

    #[test]
    fn a_code_is_25_modules_wide() {
        let svg = svg(CODE);
        assert!(svg.starts_with("<svg ") && svg.contains("viewBox=\"0 0 33 33\"") && svg.len() < 4000, "{svg}");
        // The upper left finder: seven dark modules in a row, at the quiet zone's edge.
        assert!(svg.contains("M4 4h7v1h-7z"), "{svg}");
    }

    #[test]
    fn the_picture_is_read_back() {
        let file = png(CODE);
        let mut reader = png::Decoder::new(std::io::Cursor::new(&file)).read_info().expect("a PNG");
        let mut pixels = vec![0; reader.output_buffer_size().expect("a size")];
        let info = reader.next_frame(&mut pixels).expect("a picture");
        assert_eq!((info.width, info.height, info.color_type), (264, 264, png::ColorType::Grayscale));
        let side = info.width as usize;
        let mut picture = rqrr::PreparedImage::prepare_from_greyscale(side, side, |x, y| pixels[y * side + x]);
        let grids = picture.detect_grids();
        assert_eq!(grids.len(), 1, "one code");
        assert_eq!(grids[0].decode().expect("a code").1, CODE);
    }
}
