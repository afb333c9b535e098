// The seats of a performance in arrays: where they are, what they are, whose. Everything that draws, lists or picks seats
// reads it; nothing here knows a screen.

import { PITCH, layOut } from './layout.js';

/** @import { Schemas } from '../../types/client.js' */
/** @typedef {Schemas['SeatMapView']['seats'][number]} WireSeat */
/** @typedef {{ name: string, first: number, count: number, left: number, top: number, right: number, bottom: number }} Section */
/** @typedef {{ label: string, section: number, first: number, count: number }} Row */
/** @typedef {{ name: string, least: number, most: number, free: number }} Grade */

/** What a seat is, as `state` holds it. */
export const [AVAILABLE, HELD, SOLD, BLOCKED] = [0, 1, 2, 3];
const STATES = /** @type {const} */ ({ available: AVAILABLE, held: HELD, sold: SOLD, blocked: BLOCKED });


export class Seats {
  /** @type {Section[]} */ sections = [];
  /** @type {Row[]} */ rows = [];
  /** @type {Grade[]} */ grades = [];
  /** @type {Map<string, number>} */ #at = new Map();

  /** @param {readonly WireSeat[]} seats in the plan's order */
  constructor(seats) {
    this.count = seats.length;
    this.seats = seats;
    this.x = new Float32Array(this.count);
    this.y = new Float32Array(this.count);
    this.row = new Int32Array(this.count);
    this.grade = new Uint8Array(this.count);
    this.state = new Uint8Array(this.count);
    this.mine = new Uint8Array(this.count);
    this.price = new Float64Array(this.count);
    seats.forEach((seat, index) => this.#take(seat, index));
    layOut(this);
    const edge = PITCH;
    this.left = Math.min(0, ...this.sections.map((section) => section.left)) - edge;
    this.right = Math.max(1, ...this.sections.map((section) => section.right)) + edge;
    this.top = Math.min(0, ...this.sections.map((section) => section.top)) - edge;
    this.bottom = Math.max(1, ...this.sections.map((section) => section.bottom)) + edge;
  }

  /** @param {WireSeat} seat @param {number} index */
  #take(seat, index) {
    this.#at.set(seat.id, index);
    let section = this.sections.at(-1);
    let row = this.rows.at(-1);
    if (section?.name !== seat.section) {
      section = { name: seat.section, first: index, count: 0, left: 0, top: 0, right: 0, bottom: 0 };
      this.sections.push(section);
      row = undefined;
    }
    if (row?.label !== seat.row) {
      row = { label: seat.row, section: this.sections.length - 1, first: index, count: 0 };
      this.rows.push(row);
    }
    section.count += 1;
    row.count += 1;
    this.row[index] = this.rows.length - 1;
    this.price[index] = seat.price;
    this.state[index] = STATES[seat.state];
    let grade = this.grades.findIndex(({ name }) => name === seat.grade);
    if (grade < 0) {
      grade = this.grades.length;
      this.grades.push({ name: seat.grade, least: seat.price, most: seat.price, free: 0 });
    }
    const of = /** @type {Grade} */ (this.grades[grade]);
    of.least = Math.min(of.least, seat.price);
    of.most = Math.max(of.most, seat.price);
    of.free += seat.state === 'available' ? 1 : 0;
    this.grade[index] = grade;
  }

  /** Takes what changed; gives the seats that look different now.
   * @param {readonly { id: string, state: keyof typeof STATES }[]} changes */
  apply(changes) {
    /** @type {number[]} */
    const changed = [];
    for (const { id, state } of changes) {
      const index = this.#at.get(id);
      if (index !== undefined && this.state[index] !== STATES[state]) {
        const grade = this.grades[this.grade[index] ?? 0];
        if (grade) { grade.free += (state === 'available' ? 1 : 0) - (this.state[index] === AVAILABLE ? 1 : 0); }
        this.state[index] = STATES[state];
        changed.push(index);
      }
    }
    return changed;
  }

  /** Marks whose seats are the buyer's own; gives those that look different now.
   * @param {Iterable<string>} ids */
  own(ids) {
    const own = new Set(ids);
    /** @type {number[]} */
    const changed = [];
    this.seats.forEach(({ id }, index) => {
      const mine = own.has(id) ? 1 : 0;
      if (this.mine[index] !== mine) {
        this.mine[index] = mine;
        changed.push(index);
      }
    });
    return changed;
  }

  /** @param {string} id */
  indexOf(id) { return this.#at.get(id) ?? -1; }

  /** The seat as the office knows it.
   * @param {number} index */
  seat(index) { return /** @type {WireSeat} */ (this.seats[index]); }

  /** The free seats nearest to one, of any grade, the same row before others.
   * @param {number} index @param {number} most */
  neighbours(index, most) {
    const apart = (/** @type {number} */ other) => {
      const [across, along] = [(this.y[other] ?? 0) - (this.y[index] ?? 0), (this.x[other] ?? 0) - (this.x[index] ?? 0)];
      return Math.hypot(along, across * 1.5);
    };
    const free = [...this.seats.keys()].filter((at) => this.state[at] === AVAILABLE && !this.mine[at] && at !== index);
    return free.sort((a, b) => apart(a) - apart(b)).slice(0, most);
  }
}
