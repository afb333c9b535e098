// A seat in words, for those who listen and for lists.

import { price } from '../common/format.js';
import { words } from '../words/index.js';
import { AVAILABLE, BLOCKED, HELD } from './model.js';

/** @import { Seats } from './model.js' */

/** Where a seat is, as the office names it.
 * @param {{ section: string, row: string, label: string }} seat */
export const seatName = (seat) => (isStanding(seat) ? words().standingOf(seat.section) : words().seat(seat.section, seat.row, seat.label));

/** A place of a standing section has neither row nor label.
 * @param {{ row: string, label: string }} seat */
export const isStanding = (seat) => !seat.row && !seat.label;

/** @param {Seats} seats @param {number} index */
export function stateWord(seats, index) {
  const w = words().seatStates;
  if (seats.mine[index]) { return w.mine; }
  const state = seats.state[index];
  return state === AVAILABLE ? w.available : state === HELD ? w.held : state === BLOCKED ? w.blocked : w.sold;
}

/** All that is to be said of a seat: place, grade and price, state.
 * @param {Seats} seats @param {number} index */
export function spokenSeat(seats, index) {
  const seat = seats.seat(index);
  const kind = seat.kind === 'standard' ? '' : `, ${words().seatKinds[seat.kind]}`;
  return `${seatName(seat)}${kind}, ${seat.grade} ${price(seat.price)}, ${stateWord(seats, index)}`;
}
