// The seats kept for the buyer in one visit. The office's list is the truth: it is asked again after every change.

import { call, isOpen, newKey } from '../common/api.js';

/** @import { Problem, Schemas } from '../../types/client.js' */
/** @typedef {Schemas['HoldView']} Hold */

export class Holds {
  /** @type {Hold[]} */ all = [];
  /** What the best seats that were held last lack. @type {Schemas['Rule'][]} */ relaxed = [];

  /** @param {string} token */
  constructor(token) { this.token = token; }

  get seats() { return this.all.flatMap((hold) => hold.seats); }
  get amount() { return this.all.reduce((sum, hold) => sum + hold.amount, 0); }
  /** When the first of them ends. */
  get until() { return this.all.map((hold) => hold.held_until).sort()[0]; }

  /** @returns {Promise<Problem | undefined>} */
  async load() {
    const asked = await call('get', '/v1/holds', { credential: this.token });
    if (!asked.ok) { return asked.problem; }
    this.all = asked.data.holds;
    return undefined;
  }

  /** Holds; where the answer was lost it is asked for again, with the same key.
   * @param {Schemas['HoldRequest']} body
   * @returns {Promise<Problem | undefined>} */
  async hold(body) {
    const key = newKey();
    let asked = await call('post', '/v1/holds', { credential: this.token, body, key });
    if (!asked.ok && isOpen(asked.problem)) { asked = await call('post', '/v1/holds', { credential: this.token, body, key }); }
    this.relaxed = asked.ok ? asked.data.relaxed ?? [] : [];
    const lost = await this.load();
    return asked.ok ? lost : asked.problem;
  }

  /** Lets one seat go. The others of its hold are kept: held anew in the same breath, for a hold has one end only.
   * @param {string} seatId
   * @returns {Promise<Problem | undefined>} */
  async drop(seatId) {
    const hold = this.all.find(({ seats }) => seats.some(({ id }) => id === seatId));
    if (!hold) { return undefined; }
    const others = hold.seats.map(({ id }) => id).filter((id) => id !== seatId);
    const freed = await this.release(hold);
    if (freed || !others.length) { return freed; }
    return this.hold({ performance_id: hold.performance_id, seat_ids: others });
  }

  /** @param {Hold} hold
   * @returns {Promise<Problem | undefined>} */
  async release(hold) {
    const asked = await call('delete', '/v1/holds/{hold_id}', { credential: this.token, params: { hold_id: hold.id } });
    const lost = await this.load();
    return asked.ok || asked.problem.code === 'hold_not_found' ? lost : asked.problem;
  }
}
