// What happens at one door: codes come in, each gets an answer, by the office or by the list; what the office was not told of
// is told it later. One code never waits for another. Nothing here knows a screen.

import { isOpen, newKey } from '../common/api.js';
import { now } from '../common/clock.js';
import { ask } from '../staff/session.js';
import { said, words } from '../words/index.js';
import { doorWords } from '../words/door.js';
import { TicketList, placeOf } from './list.js';
import { codeIn, hashOf } from './reading.js';
import { Unsent, newScanId } from './unsent.js';

/** @import { Problem, Schemas } from '../../types/client.js' */
/** @import { Listed } from './kept.js' */

/** An answer later than this is none: people wait. */
const PATIENCE_MS = 3000;
/** Between two looks at who is in, or whether the network is back. */
const LOOK_MS = 5000;
/** Between two fetches of the list. */
const LIST_MS = 120_000;
/** So many answers stay in sight. */
const PAST = 30;

/**
 * What became of a code: come in; somebody is in by it; no; nobody knows.
 * @typedef {'asking' | 'in' | 'again' | 'no' | 'held'} Kind
 */
/**
 * @typedef {object} Outcome
 * @property {number} no
 * @property {string} code as it was read
 * @property {Kind} kind
 * @property {string} why in words, where there is a reason
 * @property {string} place section, row and seat
 * @property {string} type of the ticket
 * @property {Listed['first']} first the check-in that counts instead
 * @property {boolean} byList whether the list said so, not the office
 * @property {boolean} undone
 * @property {string} [checkIn] by which it is undone
 * @property {string} [scan] where the office has not been told of it
 * @property {string} [hash]
 */

export class Doorway {
  /** The latest first. @type {Outcome[]} */ past = [];
  /** @type {Schemas['DoorFiguresView'] | undefined} */ figures;
  /** Whether the office answered the last question. */ online = true;
  /** What went wrong that is no answer. @type {Problem | undefined} */ problem;
  #no = 0;
  /** Questions without an answer keep their key. @type {Map<string, string>} by code */ #open = new Map();
  #timer = 0;
  #listedAt = -Infinity;
  #closed = false;

  /**
   * @param {string} performance @param {string} gate empty where none is said
   * @param {{ changed: () => void, answered: (outcome: Outcome, seenAt: number) => void }} screen
   */
  constructor(performance, gate, screen) {
    this.performance = performance;
    this.gate = gate;
    this.screen = screen;
    this.list = new TicketList(performance);
    this.unsent = new Unsent(performance);
  }

  /** Whether people are let in by the list while there is no network: as the venue said when there was one. */
  get lenient() { return (this.figures?.door_policy ?? this.list.policy) === 'lenient'; }

  async open() {
    await Promise.all([this.list.open(), this.unsent.open()]);
    for (const scan of this.unsent.scans) {
      const hash = await hashOf(scan.code);
      if (hash) { this.list.mark(hash, { checked_in_at: scan.scanned_at, ...(scan.gate ? { gate: scan.gate } : {}) }); }
    }
    await this.#look();
  }

  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
    this.list.close();
  }

  /** Looks now, not at the next turn. */
  look() {
    clearTimeout(this.#timer);
    return this.#look();
  }

  async #look() {
    const params = { performance_id: this.performance };
    const asked = await ask('get', '/v1/operator/performances/{performance_id}/check-ins', { params, patience: PATIENCE_MS });
    if (this.#closed) { return; }
    this.#heard(asked.ok || !isOpen(asked.problem));
    this.problem = asked.ok || isOpen(asked.problem) ? undefined : asked.problem;
    if (asked.ok) {
      this.figures = asked.data;
      if (await this.unsent.send()) { await this.#fetchList(); }
      if (performance.now() - this.#listedAt > LIST_MS) { await this.#fetchList(); }
    }
    if (this.#closed) { return; }
    this.screen.changed();
    this.#timer = window.setTimeout(() => void this.#look(), LOOK_MS);
  }

  async #fetchList() {
    if (!(await this.list.refresh())) { this.#listedAt = performance.now(); }
  }

  /** @param {boolean} answered */
  #heard(answered) {
    if (this.online === answered) { return; }
    this.online = answered;
    this.screen.changed();
  }

  /** Somebody showed something. Whatever it is, the next may come at once.
   * @param {string} text @param {number} [seenAt] of `performance.now()` */
  async scan(text, seenAt = performance.now()) {
    const code = codeIn(text);
    if (code && this.past.some((outcome) => outcome.code === code && outcome.kind === 'asking')) { return; }
    /** @type {Outcome} */
    const outcome = { no: ++this.#no, code: code ?? text.slice(0, 80), kind: 'asking', why: '', place: '', type: '', first: undefined, byList: false, undone: false };
    this.past = [outcome, ...this.past].slice(0, PAST);
    if (!code) {
      Object.assign(outcome, { kind: 'no', why: doorWords().noCode });
    } else if (this.online) {
      this.screen.changed();
      await this.#ask(outcome);
    } else {
      await this.#byList(outcome);
    }
    this.screen.answered(outcome, seenAt);
  }

  /** @param {Outcome} outcome */
  async #ask(outcome) {
    const { code } = outcome;
    const key = this.#open.get(code) ?? newKey();
    this.#open.set(code, key);
    const body = { code, performance_id: this.performance, ...(this.gate ? { gate: this.gate } : {}) };
    const asked = await ask('post', '/v1/operator/check-ins', { body, key, patience: PATIENCE_MS });
    this.#heard(asked.ok || !isOpen(asked.problem));
    if (!asked.ok && isOpen(asked.problem)) { return this.#byList(outcome, key); }
    this.#open.delete(code);
    if (asked.ok) { this.#letIn(outcome, asked.data); } else { this.#refuse(outcome, asked.problem); }
    if (outcome.kind === 'in' || outcome.kind === 'again') { void this.#note(outcome); }
  }

  /** @param {Outcome} outcome @param {Schemas['CheckInView']} made */
  #letIn(outcome, made) {
    const kind = made.kind === 'standard' ? '' : words().seatKinds[made.kind];
    Object.assign(outcome, { kind: 'in', place: placeOf(made), type: [made.type, kind].filter(Boolean).join(', '), checkIn: made.id });
    outcome.first = { checked_in_at: made.checked_in_at, ...(made.gate ? { gate: made.gate } : {}) };
    if (this.figures) { this.figures.checked_in += 1; }
  }

  /** @param {Outcome} outcome @param {Problem} problem */
  #refuse(outcome, problem) {
    if (problem.code === 'checked_in') {
      const { checked_in_at: at, gate, check_in_id: id } = /** @type {any} */ (problem);
      Object.assign(outcome, { kind: 'again', first: { checked_in_at: at, gate }, checkIn: id });
      return;
    }
    const why = /** @type {Record<string, string>} */ (doorWords().refusals)[problem.code] ?? said(problem.code) ?? problem.detail ?? '';
    // Not the ticket's fault: who asks, how often.
    const isOfTheTicket = ['ticket_not_found', 'ticket_cancelled', 'other_performance'].includes(problem.code);
    Object.assign(outcome, { kind: isOfTheTicket ? 'no' : 'held', why });
    if (problem.code === 'other_performance') { outcome.first = { checked_in_at: String(problem['starts_at']) }; }
  }

  /** Keeps in the list what the office said, for when it is silent.
   * @param {Outcome} outcome */
  async #note(outcome) {
    const hash = await hashOf(outcome.code);
    if (hash) {
      outcome.hash = hash;
      this.list.mark(hash, outcome.first);
    }
  }

  /** No answer: by the list where the venue allows it.
   * @param {Outcome} outcome @param {string} [key] of the question that had no answer */
  async #byList(outcome, key) {
    const w = doorWords();
    outcome.byList = true;
    const hash = await hashOf(outcome.code);
    if (!hash || this.list.fetchedAt === undefined) { return void Object.assign(outcome, { kind: 'held', why: w.noList }); }
    outcome.hash = hash;
    const listed = this.list.tickets.get(hash);
    if (listed) { outcome.place = this.list.nameOf(listed.seat); }
    if (!listed) { return void Object.assign(outcome, { kind: 'no', why: w.notOnList }); }
    if (listed.first) { return void Object.assign(outcome, { kind: 'again', first: listed.first }); }
    if (!this.lenient) { return void Object.assign(outcome, { kind: 'held', why: w.strict }); }
    const scanned_at = new Date(now()).toISOString();
    const gate = this.gate ? { gate: this.gate } : {};
    const scan = { scan_id: newScanId(), performance: this.performance, code: outcome.code, scanned_at, ...gate, ...(key ? { key } : {}) };
    this.#open.delete(outcome.code);
    const first = { checked_in_at: scanned_at, ...gate };
    Object.assign(outcome, { kind: 'in', scan: scan.scan_id, first });
    this.list.mark(hash, first);
    await this.unsent.keep(scan);
  }

  /** Takes a check-in back: the ticket lets in again.
   * @param {Outcome} outcome @param {string} reason
   * @returns {Promise<Problem | undefined>} */
  async undo(outcome, reason) {
    if (outcome.scan && await this.unsent.drop(outcome.scan)) {
      outcome.undone = true;
    } else if (outcome.checkIn) {
      const params = { check_in_id: outcome.checkIn };
      const asked = await ask('post', '/v1/operator/check-ins/{check_in_id}/undo', { params, body: { reason }, key: newKey() });
      if (!asked.ok) { return asked.problem; }
      outcome.undone = true;
    } else {
      return { code: 'check_in_not_found', status: 404 };
    }
    if (outcome.hash) { this.list.mark(outcome.hash, undefined); }
    void this.look();
    return undefined;
  }
}
