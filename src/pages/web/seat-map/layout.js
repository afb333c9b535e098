// Where seats are in a hall that says nothing of it: rows straight and centred, sections beside each other in bands, the
// stage above them all.

/** @import { Section, Seats } from './model.js' */

/** From seat to seat in a row, in the plan's units (1 is 1 cm). */
export const PITCH = 60;
const ROW = 75;
const BETWEEN = 150;
/** From the stage to the first row. */
const STAGE = 220;
/** How much wider than high a hall shall be. */
const SHAPE = 1.25;

/** @param {Seats} seats */
export function layOut(seats) {
  const sizes = seats.sections.map((_, at) => size(seats, at));
  const area = sizes.reduce((sum, { width, height }) => sum + (width + BETWEEN) * (height + BETWEEN), 0);
  const widest = Math.max(Math.sqrt(area * SHAPE), ...sizes.map(({ width }) => width));
  /** @type {number[][]} */
  const bands = [];
  let used = Infinity;
  sizes.forEach(({ width }, at) => {
    if (used + width > widest * 1.05) {
      bands.push([]);
      used = 0;
    }
    bands.at(-1)?.push(at);
    used += width + BETWEEN;
  });
  let top = STAGE;
  for (const band of bands) {
    const total = band.reduce((sum, at) => sum + (sizes[at]?.width ?? 0), BETWEEN * (band.length - 1));
    let left = -total / 2;
    for (const at of band) {
      place(seats, at, left, top, sizes[at]?.width ?? 0);
      left += (sizes[at]?.width ?? 0) + BETWEEN;
    }
    top += Math.max(...band.map((at) => sizes[at]?.height ?? 0)) + BETWEEN;
  }
}

/** @param {Seats} seats @param {number} at */
function size(seats, at) {
  const rows = seats.rows.filter(({ section }) => section === at);
  return { width: Math.max(...rows.map(({ count }) => count)) * PITCH, height: rows.length * ROW };
}

/** @param {Seats} seats @param {number} at @param {number} left @param {number} top @param {number} width */
function place(seats, at, left, top, width) {
  const rows = seats.rows.filter(({ section }) => section === at);
  rows.forEach(({ first, count }, down) => {
    const begin = left + (width - count * PITCH) / 2 + PITCH / 2;
    for (let along = 0; along < count; along++) {
      seats.x[first + along] = begin + along * PITCH;
      seats.y[first + along] = top + down * ROW + ROW / 2;
    }
  });
  const section = /** @type {Section} */ (seats.sections[at]);
  Object.assign(section, { left, top, right: left + width, bottom: top + rows.length * ROW });
}
