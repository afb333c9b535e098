// The list of a performance's tickets that the door goes by without a network: hashes of codes, and seats; no names.

import { isStanding, seatName } from '../seat-map/spoken.js';
import { planOf } from '../seat-map/plan.js';
import { now } from '../common/clock.js';
import { ask } from '../staff/session.js';
import { keepList, keptList } from './kept.js';

/** @import { Problem, Schemas } from '../../types/client.js' */
/** @import { List, Listed } from './kept.js' */

/** What is marked is written so soon afterwards: to write a list of ten thousand takes longer than people at a door should wait. A mark
 * that is lost meanwhile is found again, in the scans that the office was not told of or in its next list. */
const KEEP_MS = 1000;
/** A standing section, counted from 1, has this and its number as the number of its places. */
const FIRST_STANDING = 2 ** 24;

export class TicketList {
  /** @type {Map<string, Listed>} by hash */ tickets = new Map();
  /** The seats' names, by id. @type {Map<string, string>} */ #places = new Map();
  /** What holds without a network. @type {Schemas['DoorPolicy']} */ policy = 'strict';
  /** When it was fetched, by the office's clock; none yet. @type {number | undefined} */ fetchedAt;

  #timer = 0;

  /** @param {string} performance */
  constructor(performance) { this.performance = performance; }

  close() {
    if (this.#timer) { void this.#keep(); }
  }

  /** What this device has from before. */
  async open() {
    const kept = await keptList(this.performance);
    if (kept && this.fetchedAt === undefined) { this.#take(kept); }
  }

  /** @param {List} list */
  #take(list) {
    this.tickets = new Map(list.tickets);
    this.#places = new Map(list.places);
    this.fetchedAt = list.fetched_at;
    this.policy = list.policy;
  }

  /** Fetches it anew; what this device knows of who came in stays.
   * @returns {Promise<Problem | undefined>} */
  async refresh() {
    /** @type {Map<string, Listed>} */
    const tickets = new Map();
    /** @type {string | undefined} */
    let cursor;
    do {
      const path = '/v1/operator/performances/{performance_id}/door-list';
      const asked = await ask('get', path, { params: { performance_id: this.performance }, query: cursor ? { cursor } : {} });
      if (!asked.ok) { return asked.problem; }
      for (const { hash, seat_id: seat, checked_in: isIn } of asked.data.tickets) {
        const first = isIn ? this.tickets.get(hash)?.first ?? {} : undefined;
        tickets.set(hash, { seat, first });
      }
      this.policy = asked.data.door_policy;
      cursor = asked.data.next_cursor;
    } while (cursor);
    const first = tickets.values().next().value;
    if (first && !this.#places.has(first.seat)) { await this.#name(first.seat); }
    this.tickets = tickets;
    this.fetchedAt = now();
    await this.#keep();
    return undefined;
  }

  /** Learns what the seats are called: the places of a plan, in its order.
   * @param {string} seat any of them */
  async #name(seat) {
    const shown = await planOf(this.performance);
    if ('problem' in shown) { return; }
    const prefix = seat.replace(/\d+$/, '');
    let number = 0;
    this.#places = new Map();
    for (const row of shown.plan.rows) {
      for (const label of row.labels) { this.#places.set(`${prefix}${++number}`, seatName({ section: row.section, row: row.row, label })); }
    }
    shown.plan.sections.forEach((section, at) => {
      if (section.kind === 'standing') { this.#places.set(`${prefix}${FIRST_STANDING + at + 1}`, section.name); }
    });
  }

  #keep() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    const list = { performance: this.performance, policy: this.policy, fetched_at: this.fetchedAt ?? 0, tickets: [...this.tickets], places: [...this.#places] };
    return keepList(list);
  }

  /** @param {string} seat */
  nameOf(seat) { return this.#places.get(seat) ?? ''; }

  /** Notes that somebody came in by a ticket, or that this was undone.
   * @param {string} hash @param {Listed['first']} first */
  mark(hash, first) {
    const listed = this.tickets.get(hash);
    if (!listed) { return; }
    listed.first = first;
    this.#timer ||= window.setTimeout(() => void this.#keep(), KEEP_MS);
  }
}

/** A seat as the office tells of it at the door.
 * @param {Schemas['CheckInView']} view */
export const placeOf = (view) => (isStanding(view) ? view.section : seatName(view));
