// The seats kept for the buyer in one visit. The office's list is the truth: it is asked again after every change.

import { call, isOpen, newKey } from '../common/api.js';
import { secondsUntil } from '../common/clock.js';
import { isStanding } from '../seat-map/spoken.js';

/** @import { Problem, Schemas } from '../../types/client.js' */
/** @typedef {Schemas['HoldView']} Hold */

/** Between two looks at a hold whose time is over, in milliseconds, and how many there are. */
const LAPSE_MS = 300;
const LAPSE_TRIES = 20;

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

  /** What is held once its time is over. This page's clock may be a little ahead of the office's: then it is asked for again.
   * @returns {Promise<Problem | undefined>} */
  async lapse() {
    for (let tries = 1; ; tries++) {
      const lost = await this.load();
      if (lost || !this.until || secondsUntil(this.until) > 0 || tries === LAPSE_TRIES) { return lost; }
      await new Promise((done) => setTimeout(done, LAPSE_MS));
    }
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

  /** Lets one seat go. The others of its hold are kept: held anew in the same breath, for a hold has one end only. `all` has
   * none of the moment between, in which a buyer would see that nothing is held.
   * @param {Schemas['SeatView']} seat as it stands in `all`
   * @returns {Promise<Problem | undefined>} */
  async drop(seat) {
    const hold = this.#of(seat);
    if (!hold) { return undefined; }
    const others = hold.seats.filter((one) => one !== seat);
    const refused = await this.#free(hold);
    if (refused) { return refused; }
    return others.length ? this.#anew(hold, others) : this.load();
  }

  /** Makes a seat's ticket another type: its hold anew, as one cannot be changed.
   * @param {Schemas['SeatView']} seat as it stands in `all` @param {string} type
   * @returns {Promise<Problem | undefined>} */
  async retype(seat, type) {
    const hold = this.#of(seat);
    if (!hold) { return { code: 'hold_not_found', status: 404 }; }
    const kept = await this.#free(hold);
    if (kept) { return kept; }
    const refused = await this.#anew(hold, hold.seats.map((one) => (one === seat ? { ...one, type } : one)));
    // What was there before is better than nothing.
    if (refused) { await this.#anew(hold, hold.seats); }
    return refused;
  }

  /** Places of a standing section have one id together, so that an id would not do.
   * @param {Schemas['SeatView']} seat */
  #of(seat) { return this.all.find(({ seats }) => seats.includes(seat)); }

  /** Holds what a hold kept, which is over.
   * @param {Hold} hold */
  again(hold) { return this.#anew(hold, hold.seats); }

  /** @param {Hold} hold @param {Schemas['SeatView'][]} seats */
  #anew(hold, seats) {
    const [first] = seats;
    const what = first && isStanding(first) ? { standing: { section: first.section, quantity: seats.length } }
      : { seat_ids: seats.map(({ id }) => id) };
    return this.hold({ performance_id: hold.performance_id, ...what, types: seats.map(({ type }) => type) });
  }

  /** Ends a hold; one that has ended already is as good. `all` stays as it was: what follows is for the caller to look at, unless it
   * is refused.
   * @param {Hold} hold
   * @returns {Promise<Problem | undefined>} */
  async #free(hold) {
    const asked = await call('delete', '/v1/holds/{hold_id}', { credential: this.token, params: { hold_id: hold.id } });
    if (asked.ok || asked.problem.code === 'hold_not_found') { return undefined; }
    await this.load();
    return asked.problem;
  }
}
