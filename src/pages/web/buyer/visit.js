// A buyer's place in one concert's queue: joined, found again after a reload or in another tab, followed, given up. The
// session finds a lost token again; nothing here ever joins twice by itself, which would lose the place.

import { call, isOpen, newKey } from '../common/api.js';
import { now } from '../common/clock.js';
import { session } from '../common/session.js';
import { forTab } from '../keep/store.js';
import { follow } from '../common/stream.js';

/** @import { Problem, Schemas } from '../../types/client.js' */
/** @typedef {Schemas['PositionView']} Position */

/** Asked for with every position: what is left. */
const SEATS = { seats: true };

/** The place ended; these say why. */
const ENDS = ['token_expired', 'token_replaced', 'token_left', 'token_completed', 'token_invalid', 'not_in_queue'];

/** @param {Problem} problem */
export const isEnd = (problem) => ENDS.includes(problem.code);

export class Visit {
  /** @type {string | undefined} */ token;
  /** @type {Position | undefined} */ position;
  /** What is left of the next dates, as it was told last. @type {Position['seats_left']} */
  seatsLeft;
  /** Where the line began for us: what the bar is measured by. */
  /** @type {number | undefined} */ firstAhead;
  /** By the server's clock. */
  updatedAt = 0;
  /** Whether what is shown can be trusted to be of now. */
  connected = true;
  /** Why the place ended. @type {Problem | undefined} */
  end;

  /** @param {string} concertId */
  constructor(concertId) {
    this.concertId = concertId;
    const kept = forTab.get(`visit:${concertId}`);
    this.token = kept?.token;
    this.firstAhead = kept?.firstAhead;
  }

  #keep() {
    forTab.set(`visit:${this.concertId}`, this.token ? { token: this.token, firstAhead: this.firstAhead } : null);
  }

  /** @param {Position} position */
  learn(position) {
    this.position = position;
    this.seatsLeft = position.seats_left ?? this.seatsLeft;
    this.updatedAt = now();
    if (position.ahead !== undefined && !((this.firstAhead ?? -1) >= position.ahead)) {
      this.firstAhead = position.ahead;
      this.#keep();
    }
    if (position.reason) { this.over({ code: position.reason, status: 401 }); }
  }

  /** @param {Problem} problem why the place ended */
  over(problem) {
    this.end = problem;
    this.token = undefined;
    this.firstAhead = undefined;
    this.#keep();
  }

  /** The place that there is, if any: this tab's token, or what the session's user has. Gives what went wrong.
   * @returns {Promise<Problem | undefined>} */
  async recover() {
    if (this.token) {
      const asked = await call('get', '/v1/queue/position', { credential: this.token, query: SEATS });
      if (asked.ok) { return void this.learn(asked.data); }
      if (!isEnd(asked.problem)) { return asked.problem; }
      // Another tab may have a newer one.
      this.token = undefined;
      this.#keep();
      const again = await this.#current();
      if (again) { this.over(asked.problem); }
      return again && asked.problem;
    }
    return this.#current();
  }

  async #current() {
    const params = { concert_id: this.concertId };
    const path = '/v1/concerts/{concert_id}/queue/tokens/current';
    const asked = await call('get', path, { params, credential: session() });
    return asked.ok ? void this.#take(asked.data) : asked.problem;
  }

  /** @param {Schemas['QueueTokenView']} given */
  #take(given) {
    this.token = given.token;
    this.end = undefined;
    this.learn(given);
    this.#keep();
  }

  /** Joins at the back, or with a presale code ahead. One key for one wish to join, so that a lost answer costs no place.
   * @param {string} [code]
   * @returns {Promise<Problem | undefined>} */
  async join(code) {
    const name = `join:${this.concertId}:${code ?? ''}`;
    const key = forTab.get(name) ?? newKey();
    forTab.set(name, key);
    const params = { concert_id: this.concertId };
    const asked = await call('post', '/v1/concerts/{concert_id}/queue/tokens', {
      params, credential: session(), key, ...(code ? { body: { code } } : {}),
    });
    if (!asked.ok) {
      if (!isOpen(asked.problem)) { forTab.set(name, null); }
      return asked.problem;
    }
    forTab.set(name, null);
    this.firstAhead = undefined;
    this.#take(asked.data);
    return undefined;
  }

  /** Gives the place up. */
  async leave() {
    const asked = this.token ? await call('delete', '/v1/queue/tokens/current', { credential: this.token }) : undefined;
    if (asked && !asked.ok && !isEnd(asked.problem)) { return asked.problem; }
    this.over({ code: 'token_left', status: 401 });
    return undefined;
  }

  /**
   * Follows the place until the returned function is called: by a stream while somebody looks, else and where no stream
   * comes by asking now and then, as often as the office says.
   * @param {() => void} changed
   */
  follow(changed) {
    const token = this.token;
    if (!token) { return () => {}; }
    let timer = 0;
    let live = false;
    let done = false;
    const learn = (/** @type {Position} */ position) => {
      this.connected = true;
      this.learn(position);
      changed();
    };
    const refused = (/** @type {Problem} */ problem) => {
      if (isEnd(problem)) { this.over(problem); }
      changed();
    };
    const ask = async () => {
      clearTimeout(timer);
      if (done || this.end) { return; }
      if (!live || document.hidden || !navigator.onLine) {
        const asked = await call('get', '/v1/queue/position', { credential: token, query: SEATS });
        if (done) { return; }
        if (asked.ok) { learn(asked.data); } else if (isEnd(asked.problem)) { refused(asked.problem); } else {
          this.connected = false;
          changed();
        }
      }
      timer = window.setTimeout(ask, Math.max(1000, this.position?.poll_after_ms ?? 2000));
    };
    const stop = follow('/v1/queue/position/stream?seats=true', token, {
      event: (name, data) => { if (name === 'position') { learn(data); } },
      refused,
      live: (lives) => { live = lives; },
    });
    timer = window.setTimeout(ask, 3000);
    const back = () => void ask();
    window.addEventListener('online', back);
    window.addEventListener('offline', back);
    return () => {
      done = true;
      clearTimeout(timer);
      window.removeEventListener('online', back);
      window.removeEventListener('offline', back);
      stop();
    };
  }
}

/** @type {Map<string, Visit>} */
const visits = new Map();

/** The visit of a concert, the same for all screens.
 * @param {string} concertId */
export function visitOf(concertId) {
  const visit = visits.get(concertId) ?? new Visit(concertId);
  visits.set(concertId, visit);
  return visit;
}

/** Forgets all of them: somebody else is here now. */
export const forgetVisits = () => visits.clear();
