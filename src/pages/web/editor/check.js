// What is wrong with a hall, and where: told before the office refuses it. The office's rules decide; these are those that can be
// seen here at once.

import { SEAT } from './hall.js';

/** @import { At, Hall } from './hall.js' */
/** @typedef {{ rule: 'empty' | 'noName' | 'noSection' | 'noGrade' | 'noLabel' | 'twice' | 'rowTwice' | 'onTop' | 'noRoom', where: string, at?: At }} Fault */

/** So many are told: who mends these looks again. */
const MOST = 50;

/** @param {Hall} hall @returns {Fault[]} */
export function faults(hall) {
  /** @type {Fault[]} */
  const found = [];
  if (!hall.name.trim()) { found.push({ rule: 'noName', where: '' }); }
  if (!hall.rows.length && !hall.areas.length) { found.push({ rule: 'empty', where: '' }); }
  /** @type {Set<string>} */
  const rows = new Set();
  hall.rows.forEach((row, at) => {
    const where = `${row.section} ${row.name}`;
    if (!row.section.trim()) { found.push({ rule: 'noSection', where, at: { row: at, seat: 0 } }); }
    if (!row.grade.trim()) { found.push({ rule: 'noGrade', where, at: { row: at, seat: 0 } }); }
    const name = `${row.section}\u0000${row.name}`.toLowerCase();
    if (rows.has(name)) { found.push({ rule: 'rowTwice', where, at: { row: at, seat: 0 } }); }
    rows.add(name);
    /** @type {Set<string>} */
    const labels = new Set();
    row.seats.forEach((seat, place) => {
      const label = seat.label.trim().toLowerCase();
      if (!label) { found.push({ rule: 'noLabel', where, at: { row: at, seat: place } }); }
      if (labels.has(label)) { found.push({ rule: 'twice', where: `${where} ${seat.label}`, at: { row: at, seat: place } }); }
      labels.add(label);
    });
  });
  for (const area of hall.areas) {
    if (!area.grade.trim()) { found.push({ rule: 'noGrade', where: area.name }); }
    if (!(area.capacity >= 1)) { found.push({ rule: 'noRoom', where: area.name }); }
  }
  found.push(...onTop(hall));
  return found.slice(0, MOST);
}

/** Seats that lie on others: found by the cells of a grid, so that ten thousand are looked at in a moment.
 * @param {Hall} hall @returns {Fault[]} */
function onTop(hall) {
  const cell = SEAT / 2;
  /** @type {Map<string, Set<string>>} what lies in a cell, by floor */
  const taken = new Map();
  /** @type {Fault[]} */
  const found = [];
  hall.rows.forEach((row, at) => row.seats.forEach((seat, place) => {
    const floor = row.floor ?? '';
    const of = taken.get(floor) ?? new Set();
    taken.set(floor, of);
    const key = `${Math.round(seat.x / cell)},${Math.round(seat.y / cell)}`;
    if (of.has(key)) { found.push({ rule: 'onTop', where: `${row.section} ${row.name} ${seat.label}`, at: { row: at, seat: place } }); }
    of.add(key);
  }));
  return found;
}
