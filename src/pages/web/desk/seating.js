// The seats of a date at the desk: where each is, whether it is free, which are chosen; and what another version of the hall would
// make of them. Nothing here knows a screen.

import { ask } from '../staff/session.js';
import { planOf } from '../seat-map/plan.js';
import { AVAILABLE, Seats } from '../seat-map/model.js';

/** @import { Problem, Schemas } from '../../types/client.js' */

/** The seats, and the id of the hall that they are in.
 * @typedef {{ seats: Seats, hall: string, version: number, standing: Schemas['PlanSectionView'][] }} Seating */

/** @param {string} performance @returns {Promise<Seating | { problem: Problem }>} */
export async function seatingOf(performance) {
  const states = await ask('get', '/v1/operator/performances/{performance_id}/seats', { params: { performance_id: performance }, query: { view: 'states' } });
  if (!states.ok) { return { problem: states.problem }; }
  const of = /** @type {Schemas['StatesView']} */ (states.data);
  const planned = await planOf(performance, of.plan);
  if ('problem' in planned) { return planned; }
  const { plan } = planned;
  const cut = plan.plan.lastIndexOf('-');
  return {
    seats: new Seats(plan, of, new Map()), hall: plan.plan.slice(0, cut), version: Number(plan.plan.slice(cut + 1)),
    standing: plan.sections.filter(({ kind }) => kind === 'standing'),
  };
}

/** Seats of a row, from one to another as they stand in it.
 * @param {Seats} seats @param {number} row @param {number} from @param {number} to places in the row @returns {number[]} */
export function ofRow(seats, row, from, to) {
  const { first, count } = seats.rows[row] ?? { first: 0, count: 0 };
  const [least, most] = [Math.max(0, Math.min(from, to)), Math.min(count - 1, Math.max(from, to))];
  return Array.from({ length: Math.max(0, most - least + 1) }, (_, at) => first + least + at);
}

/** How many of these are free, and how many are not.
 * @param {Seats} seats @param {Iterable<number>} chosen */
export function freeOf(seats, chosen) {
  let [free, taken] = [0, 0];
  for (const index of chosen) { seats.state[index] === AVAILABLE ? free++ : taken++; }
  return { free, taken };
}

/** What another plan of the hall has that this one has not, and the other way round; by section, row and label.
 * @param {Seats} seats @param {Schemas['PlanView']} plan
 * @returns {{ more: number, fewer: number, lost: number[] }} `lost`: taken seats that are not there */
export function compared(seats, plan) {
  const name = (/** @type {string} */ section, /** @type {string} */ row, /** @type {string} */ label) => `${section}\u0000${row}\u0000${label}`;
  const there = new Set(plan.rows.flatMap((row) => row.labels.map((label) => name(row.section, row.row, label))));
  /** @type {number[]} */
  const lost = [];
  let kept = 0;
  seats.seats.forEach((seat, index) => {
    if (there.has(name(seat.section, seat.row, seat.label))) { kept++; } else if (seats.state[index] !== AVAILABLE) { lost.push(index); }
  });
  return { more: there.size - kept, fewer: seats.count - kept, lost };
}
