// The seats of a performance in arrays: where they are, what they are, whose. Everything that draws, lists or picks seats
// reads it; nothing here knows a screen.

import { PITCH, layOut } from './layout.js';

/** @import { Schemas } from '../../types/client.js' */
/** @typedef {Schemas['SpecialSeatView']['kind']} Kind */
/** @typedef {{ id: string, section: string, row: string, label: string, grade: string, kind: NonNullable<Kind>, price: number }} Seat */
/** @typedef {{ name: string, first: number, count: number }} Section */
/** @typedef {{ label: string, section: number, first: number, count: number }} Row */
/** @typedef {{ name: string, least: number, most: number, free: number }} Grade */

/** What a seat is, as `state` holds it. */
export const [AVAILABLE, HELD, SOLD, BLOCKED] = [0, 1, 2, 3];
/** The office's letters for it, in that order. */
const LETTERS = 'ahsb';

export class Seats {
  /** @type {Section[]} */ sections = [];
  /** @type {Row[]} */ rows = [];
  /** @type {Grade[]} */ grades = [];
  /** @type {Seat[]} */ seats = [];
  /** Free places of the standing sections, by name. @type {Map<string, number>} */ standing = new Map();
  /** @type {Map<string, number>} */ #at = new Map();

  /**
   * @param {Schemas['PlanView']} plan
   * @param {Schemas['StatesView']} states of the same plan
   * @param {ReadonlyMap<string, number>} prices by grade
   */
  constructor(plan, states, prices) {
    this.plan = plan.plan;
    this.planSections = plan.sections;
    this.count = plan.seats;
    const { x, y, stage, areas, focal, signs } = layOut(plan);
    this.x = x;
    this.y = y;
    this.stage = stage;
    this.areas = areas;
    this.focal = focal;
    this.signs = signs;
    this.row = new Int32Array(this.count);
    this.grade = new Uint8Array(this.count);
    this.state = new Uint8Array(this.count).fill(BLOCKED);
    this.mine = new Uint8Array(this.count);
    this.price = new Float64Array(this.count);
    plan.rows.forEach((row) => this.#take(row, states.seat_id_prefix, prices));
    this.apply(states);
    const corners = [...stage, ...signs, ...(this.count ? [] : [focal]), ...areas.flatMap(({ outline }) => outline)];
    const [across, along] = [[...x, ...corners.map((at) => at.x)], [...y, ...corners.map((at) => at.y)]];
    const edge = PITCH * 1.5;
    this.left = least(across) - edge;
    this.right = most(across) + edge;
    this.top = least(along) - edge;
    this.bottom = most(along) + edge;
  }

  /** @param {Schemas['PlanRowView']} row @param {string} prefix @param {ReadonlyMap<string, number>} prices */
  #take(row, prefix, prices) {
    const first = this.seats.length;
    let section = this.sections.at(-1);
    if (section?.name !== row.section) {
      section = { name: row.section, first, count: 0 };
      this.sections.push(section);
    }
    section.count += row.labels.length;
    this.rows.push({ label: row.row, section: this.sections.length - 1, first, count: row.labels.length });
    const special = new Map(row.special?.map((seat) => [seat.seat, seat]));
    row.labels.forEach((label, place) => {
      const index = first + place;
      const { grade = row.grade, kind = /** @type {const} */ ('standard') } = special.get(place) ?? {};
      const seat = { id: `${prefix}${index + 1}`, section: row.section, row: row.row, label, grade, kind, price: prices.get(grade) ?? 0 };
      this.seats.push(seat);
      this.#at.set(seat.id, index);
      this.row[index] = this.rows.length - 1;
      this.price[index] = seat.price;
      this.grade[index] = this.#gradeOf(seat);
    });
  }

  /** @param {Seat} seat */
  #gradeOf({ grade, price }) {
    let at = this.grades.findIndex(({ name }) => name === grade);
    if (at < 0) { at = this.grades.push({ name: grade, least: price, most: price, free: 0 }) - 1; }
    const of = /** @type {Grade} */ (this.grades[at]);
    [of.least, of.most] = [Math.min(of.least, price), Math.max(of.most, price)];
    return at;
  }

  /** Takes what the seats are now; gives those that look different.
   * @param {Pick<Schemas['StatesView'], 'states' | 'changed'> & { standing?: Schemas['StatesView']['standing'] }} view */
  apply({ states, changed, standing }) {
    for (const { section, available } of standing ?? []) { this.standing.set(section, available); }
    /** @type {number[]} */
    const different = [];
    const set = (/** @type {number} */ index, /** @type {number} */ state) => { if (this.#set(index, state)) { different.push(index); } };
    for (let index = 0; states !== undefined && index < this.count; index++) { set(index, LETTERS.indexOf(states[index] ?? '')); }
    for (const [letter, places] of Object.entries(changed ?? {})) { places?.forEach((index) => set(index, LETTERS.indexOf(letter))); }
    return different;
  }

  /** @param {number} index @param {number} state */
  #set(index, state) {
    const was = this.state[index];
    if (was === undefined || was === state || state < 0) { return false; }
    const grade = this.grades[this.grade[index] ?? 0];
    if (grade) { grade.free += (state === AVAILABLE ? 1 : 0) - (was === AVAILABLE ? 1 : 0); }
    this.state[index] = state;
    return true;
  }

  /** Takes what the price levels cost now; gives the seats that cost something else.
   * @param {ReadonlyMap<string, number>} prices by grade */
  reprice(prices) {
    /** @type {number[]} */
    const changed = [];
    this.grades.forEach((grade) => { [grade.least, grade.most] = [Infinity, -Infinity]; });
    this.seats.forEach((seat, index) => {
      const price = prices.get(seat.grade) ?? 0;
      if (seat.price !== price) { changed.push(index); }
      seat.price = price;
      this.price[index] = price;
      this.#gradeOf(seat);
    });
    return changed;
  }

  /** Marks whose seats are the buyer's own, at the price at which they are held; gives those that look different now.
   * @param {Iterable<{ id: string, price: number }>} held */
  own(held) {
    const own = new Map(Array.from(held, ({ id, price }) => [id, price]));
    /** @type {number[]} */
    const changed = [];
    this.seats.forEach(({ id, price }, index) => {
      const mine = own.has(id) ? 1 : 0;
      this.price[index] = own.get(id) ?? price;
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
  seat(index) { return /** @type {Seat} */ (this.seats[index]); }

  /** The free seats nearest to one, of any grade, the same row before others.
   * @param {number} index @param {number} most */
  neighbours(index, most) {
    const apart = (/** @type {number} */ other) => {
      const far = Math.hypot((this.x[other] ?? 0) - (this.x[index] ?? 0), (this.y[other] ?? 0) - (this.y[index] ?? 0));
      return this.row[other] === this.row[index] ? far : far * 1.5;
    };
    const free = [...this.seats.keys()].filter((at) => this.state[at] === AVAILABLE && !this.mine[at] && at !== index);
    return free.sort((a, b) => apart(a) - apart(b)).slice(0, most);
  }
}

/** @param {readonly number[]} numbers */
const least = (numbers) => numbers.reduce((a, b) => Math.min(a, b), Infinity);
/** @param {readonly number[]} numbers */
const most = (numbers) => numbers.reduce((a, b) => Math.max(a, b), -Infinity);
