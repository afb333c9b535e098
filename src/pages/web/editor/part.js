// A part of the hall, for drawing no more of it anew than what changed. Pure.

import { SEAT } from './hall.js';

/** @typedef {Readonly<{ left: number, top: number, right: number, bottom: number }>} Part in centimetres */

/** @type {Part} */
export const EVERYTHING = { left: -Infinity, top: -Infinity, right: Infinity, bottom: Infinity };
/** @type {Part} */
export const NOTHING = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };

/** Both, and what lies between them.
 * @param {Part} a @param {Part} b @returns {Part} */
export const joined = (a, b) => ({
  left: Math.min(a.left, b.left), top: Math.min(a.top, b.top), right: Math.max(a.right, b.right), bottom: Math.max(a.bottom, b.bottom),
});

/** With the seats of this row as they are painted about their middles.
 * @param {Part} part @param {ArrayLike<number>} x @param {ArrayLike<number>} y @param {number} first @param {number} count @returns {Part} */
export function withSeats(part, x, y, first, count) {
  let { left, top, right, bottom } = part;
  for (let index = first; index < first + count; index++) {
    const [at, down] = [x[index] ?? 0, y[index] ?? 0];
    [left, right] = [Math.min(left, at - SEAT), Math.max(right, at + SEAT)];
    [top, bottom] = [Math.min(top, down - SEAT), Math.max(bottom, down + SEAT)];
  }
  return { left, top, right, bottom };
}
