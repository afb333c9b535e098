// Where everything of a hall is, as its plan says: seats, sections, stage and standing areas, in units in which seats side by
// side are a PITCH apart, however large the hall draws them.

/** @import { Schemas } from '../../types/client.js' */
/** @typedef {{ x: number, y: number }} Point */
/** @typedef {{ name: string, capacity: number, grade: string, outline: Point[] }} Area */

/** From seat to seat in a row. */
export const PITCH = 60;
/** Where no row has two seats: what the office takes for one. */
const USUAL = 55;
/** The stage where the hall draws none: so wide, and so deep. */
const STAGE = { width: 900, depth: 160 };

/** @param {Schemas['PlanView']} plan */
export function layOut(plan) {
  const rows = plan.rows.map((row) => ({ x: places(row.x), y: places(row.y) }));
  const scale = PITCH / pitch(rows);
  const point = (/** @type {Point} */ { x, y }) => ({ x: x * scale, y: y * scale });
  const focal = point(plan.focal);
  return {
    x: Float32Array.from(rows.flatMap((row) => row.x.map((x) => x * scale))),
    y: Float32Array.from(rows.flatMap((row) => row.y.map((y) => y * scale))),
    focal,
    signs: plan.signs.map(({ text, size, ...at }) => ({ text, size: size * scale, ...point(at) })),
    stage: plan.stage.length > 2 ? plan.stage.map(point) : usualStage(focal),
    areas: plan.sections.filter(({ kind, outline }) => kind === 'standing' && outline).map((section) => ({
      name: section.name, capacity: section.capacity, grade: section.grade ?? '', outline: (section.outline ?? []).map(point),
    })),
  };
}

/** The first as it is, each further one from the one before.
 * @param {readonly number[]} steps */
function places(steps) {
  let at = 0;
  return steps.map((step) => (at += step));
}

/** How far apart seats side by side are: closer than nearly all, so that a few odd ones do not shrink all others.
 * @param {readonly { x: number[], y: number[] }[]} rows */
function pitch(rows) {
  const nearest = rows.flatMap(({ x, y }) => {
    const apart = x.slice(1).map((at, place) => Math.hypot(at - (x[place] ?? 0), (y[place + 1] ?? 0) - (y[place] ?? 0)));
    return apart.length ? [Math.min(...apart)] : [];
  }).filter((apart) => apart > 0).sort((a, b) => a - b);
  return nearest[Math.floor(nearest.length / 10)] ?? USUAL;
}

/** Where all look, and a step away from the first row.
 * @param {Point} focal @returns {Point[]} */
function usualStage({ x, y }) {
  const { width, depth } = STAGE;
  return [[-1, -1], [1, -1], [1, 1], [-1, 1]].map(([across = 0, along = 0]) => ({ x: x + across * width / 2, y: y + along * depth / 2 }));
}
