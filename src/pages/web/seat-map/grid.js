// Which seats are where: a grid over the plan, so that a tap or a view looks at the seats in it and at no others.

import { PITCH } from './layout.js';

/** @import { Seats } from './model.js' */

const CELL = PITCH * 4;

export class Grid {
  /** @type {Map<number, number[]>} */ #cells = new Map();

  /** @param {Seats} seats */
  constructor(seats) {
    this.seats = seats;
    for (let index = 0; index < seats.count; index++) {
      const key = this.#key(seats.x[index] ?? 0, seats.y[index] ?? 0);
      const cell = this.#cells.get(key);
      cell ? cell.push(index) : this.#cells.set(key, [index]);
    }
  }

  /** @param {number} x @param {number} y */
  #key(x, y) { return Math.floor(x / CELL) * 65_536 + Math.floor(y / CELL); }

  /** The seats whose discs may reach into this part of the plan.
   * @param {number} left @param {number} top @param {number} right @param {number} bottom */
  within(left, top, right, bottom) {
    /** @type {number[]} */
    const found = [];
    for (let x = left - PITCH; x < right + PITCH + CELL; x += CELL) {
      for (let y = top - PITCH; y < bottom + PITCH + CELL; y += CELL) {
        const cell = this.#cells.get(this.#key(x, y));
        if (cell) { found.push(...cell); }
      }
    }
    return found;
  }

  /** The seat nearest to a point, within a distance; -1 where there is none.
   * @param {number} x @param {number} y @param {number} within */
  nearest(x, y, within) {
    const { seats } = this;
    let [best, least] = [-1, within];
    for (const index of this.within(x - within, y - within, x + within, y + within)) {
      const apart = Math.hypot((seats.x[index] ?? 0) - x, (seats.y[index] ?? 0) - y);
      if (apart < least) { [best, least] = [index, apart]; }
    }
    return best;
  }
}
