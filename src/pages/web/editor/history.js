// What was done, and how to take it back: halls before and after each step, which share all that did not change.

/** @import { Hall } from './hall.js' */

/** So many steps can be taken back. */
const MOST = 200;

export class History {
  /** @type {Hall[]} */ #before = [];
  /** @type {Hall[]} */ #after = [];

  /** @param {Hall} hall */
  constructor(hall) { this.now = hall; }

  /** Goes on to another hall.
   * @param {Hall} hall */
  step(hall) {
    if (hall === this.now) { return; }
    this.#before = [...this.#before, this.now].slice(-MOST);
    this.#after = [];
    this.now = hall;
  }

  get canUndo() { return this.#before.length > 0; }
  get canRedo() { return this.#after.length > 0; }

  undo() {
    const before = this.#before.pop();
    if (!before) { return; }
    this.#after.push(this.now);
    this.now = before;
  }

  redo() {
    const after = this.#after.pop();
    if (!after) { return; }
    this.#before.push(this.now);
    this.now = after;
  }
}
