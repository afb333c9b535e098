// What goes on while somebody chooses: the dates, the seats as they change, what is held. The screen shows it.

import { call } from '../common/api.js';
import { session } from '../common/session.js';
import { follow } from '../common/stream.js';
import { words } from '../words/index.js';
import { Seats } from '../seat-map/model.js';
import { planOf } from '../seat-map/plan.js';
import { isStanding, seatName, spokenSeat } from '../seat-map/spoken.js';
import { Holds } from './holds.js';
import { changes, together, written } from './repriced.js';
import { isEnd, visitOf } from './visit.js';

/** @import { Page } from './screen.js' */
/** @import { Problem, Schemas } from '../../types/client.js' */
/** @import { Change } from './repriced.js' */

/** A second tap on the same seat so soon is a double tap of one wish, not two wishes. */
const DOUBLE_MS = 700;
/** So many neighbours are offered for a seat that is gone. */
const OFFERED = 3;

/** A seat as one ticket type: it has one price.
 * @param {Schemas['SeatView']} seat */
const kind = ({ id, type }) => `${id} ${type}`;

export class Room {
  /** @type {Schemas['DateView'][] | undefined} */ dates;
  /** @type {Seats | undefined} */ seats;
  /** @type {Problem | undefined} */ problem;
  /** The seats offered instead of one that was taken. @type {number[]} */ offered = [];
  /** Prices that changed and were not seen to yet. @type {Change[]} */ repriced = [];
  busy = false;
  live = true;
  timeZone = 'UTC';
  #stop = () => {};
  #left = false;
  /** The version of the seats that was seen last. */ #seen = -1;
  /** What was held before the last change, as which ticket type, and at which price. @type {Map<string, number>} */ #kept = new Map();
  #last = { index: -1, at: 0 };

  /**
   * @param {Page} page
   * @param {string} id the concert's
   * @param {string} performance the one that is shown, if any is chosen
   * @param {(changed: readonly number[]) => void} repaint
   */
  constructor(page, id, performance, repaint) {
    this.page = page;
    this.id = id;
    this.performance = performance;
    this.repaint = repaint;
    this.visit = visitOf(id);
    this.holds = new Holds('');
  }

  get date() { return this.dates?.find(({ performance_id }) => performance_id === this.performance); }

  /** Comes in, or comes back after a reload. */
  async enter() {
    this.problem = undefined;
    if (!session() && !this.visit.token) { return this.page.turn(`#/log-in/${encodeURIComponent(`#/choose/${this.id}`)}`); }
    const lost = await this.visit.recover();
    if (this.#left) { return; }
    if (lost && !this.visit.end) {
      if (lost.code === 'not_in_queue') { return this.page.turn(`#/concerts/${this.id}`); }
      return this.#fail(lost);
    }
    if (this.visit.position?.status === 'waiting') { return this.page.turn(`#/wait/${this.id}`); }
    const credential = this.visit.token ?? '';
    this.holds.token = credential;
    const params = { concert_id: this.id };
    const [dates, concert, held] = await Promise.all([
      call('get', '/v1/dates', { credential }), call('get', '/v1/concerts/{concert_id}', { params }), this.holds.load(),
    ]);
    if (this.#left) { return; }
    if (concert.ok) { this.timeZone = concert.data.time_zone; }
    if (!dates.ok) { return this.#fail(dates.problem); }
    if (held) { this.#fail(held); }
    this.dates = dates.data.dates;
    const wanted = [this.holds.all[0]?.performance_id, this.performance, this.dates.find((date) => date.available)?.performance_id];
    const known = wanted.find((id) => this.dates?.some(({ performance_id }) => performance_id === id));
    await this.choose(known ?? this.dates[0]?.performance_id ?? '');
  }

  /** Looks at the seats of a date.
   * @param {string} performance */
  async choose(performance) {
    this.#stop();
    this.performance = performance;
    this.seats = undefined;
    this.offered = [];
    this.repriced = [];
    this.page.redraw();
    if (!performance) { return; }
    const credential = this.visit.token;
    const params = { performance_id: performance };
    const [first, asked] = await Promise.all([
      planOf(performance), call('get', '/v1/performances/{performance_id}/seats', { credential, params, query: { view: 'states' } }),
    ]);
    if (this.#left || this.performance !== performance) { return; }
    if (!asked.ok) { return this.#fail(asked.problem); }
    const states = /** @type {Schemas['StatesView']} */ (asked.data);
    // What was asked for during the wait may be out of date by now.
    const shown = 'plan' in first && first.plan.plan !== states.plan ? await planOf(performance, states.plan) : first;
    if (this.#left || this.performance !== performance) { return; }
    if ('problem' in shown) { return this.#fail(shown.problem); }
    this.seats = new Seats(shown.plan, states, this.#prices());
    this.seats.own(this.holds.seats);
    this.#seen = states.version;
    this.#stop = follow(`/v1/performances/${performance}/seats/stream?view=states`, credential ?? '', {
      event: (name, data) => { if (name === 'seats' && this.seats) { void this.#news(this.seats, data); } },
      refused: (problem) => this.#fail(problem),
      live: (live) => {
        if (this.live !== live) { this.page.redraw(); }
        this.live = live;
      },
    });
    this.page.redraw();
  }

  /** @param {Seats} seats @param {Schemas['StatesView']} view */
  async #news(seats, view) {
    if (view.plan === seats.plan) {
      this.#changed(seats.apply(view));
      // All of them anew: for the first time, after the network was away, or because their prices are others.
      if (view.states !== undefined && view.version !== this.#seen) { void this.#reprice(); }
      this.#seen = view.version;
      return view.standing.length ? this.page.redraw() : undefined;
    }
    // The hall is another: so are the ids of what is held.
    await this.holds.load();
    await this.choose(this.performance);
  }

  #prices() { return new Map(this.date?.grades.map(({ grade, price }) => [grade, price])); }

  /** Looks at the prices again. What is other than what was seen is said, and stands until the buyer has seen it. */
  async #reprice() {
    const { performance, date } = this;
    const asked = await call('get', '/v1/dates', { credential: this.visit.token });
    if (this.#left || this.performance !== performance || !asked.ok) { return; }
    this.dates = asked.data.dates;
    const more = date && this.date ? changes(date, this.date) : [];
    if (more.length) {
      this.repriced = together(this.repriced, more);
      await this.holds.load();
      if (this.seats) {
        this.repaint(this.seats.reprice(this.#prices()));
        this.seats.own(this.holds.seats);
      }
      this.page.say(`${words().pricesChanged} ${more.map(written).join('; ')}`);
    }
    this.page.redraw();
  }

  /** The buyer has seen what costs what now. */
  sawPrices() {
    this.repriced = [];
    this.page.redraw();
  }

  /** @param {readonly number[]} changed */
  #changed(changed) {
    if (!changed.length) { return; }
    this.repaint(changed);
    this.offered = this.offered.filter((index) => this.seats?.state[index] === 0);
    this.page.redraw();
  }

  /** @param {Problem} problem */
  #fail(problem) {
    if (isEnd(problem)) { this.visit.over(problem); }
    this.problem = problem;
    this.page.redraw();
  }

  /** A seat was tapped: holds it, or lets it go.
   * @param {number} index */
  async pick(index) {
    const { seats } = this;
    if (!seats || this.busy) { return; }
    if (this.#last.index === index && performance.now() - this.#last.at < DOUBLE_MS) { return; }
    this.#last = { index, at: performance.now() };
    const { id } = seats.seat(index);
    if (seats.mine[index]) { 
      const held = this.holds.seats.find((seat) => seat.id === id);
      return held ? this.drop(held) : undefined;
    }
    if (seats.state[index] !== 0) { return this.#offer(index, { code: 'seat_taken', status: 409 }); }
    const body = { performance_id: this.performance, seat_ids: [id] };
    await this.#do(() => this.holds.hold(body), words().heldNow(spokenSeat(seats, index)));
    if (this.problem?.code === 'seat_taken') { this.#offer(index, this.problem); }
  }

  /** The best seats of a grade, one for each ticket type that is said, or so many of the first.
   * @param {string} grade @param {number} quantity @param {string[]} [types] */
  async best(grade, quantity, types) {
    const body = { performance_id: this.performance, best: { grade, quantity }, ...(types ? { types } : {}) };
    await this.#do(() => this.holds.hold(body), '');
    if (!this.problem) { this.page.say(words().heldNow(this.holds.seats.map(seatName).join('; '))); }
  }

  /** Places of a standing section, one for each ticket type that is said, or so many of the first.
   * @param {string} section @param {number} quantity @param {string[]} [types] */
  async stand(section, quantity, types) {
    const body = { performance_id: this.performance, standing: { section, quantity }, ...(types ? { types } : {}) };
    await this.#do(() => this.holds.hold(body), words().heldNow(`${words().standingOf(section)}: ${quantity}`));
  }

  /** Lets a seat of the basket go.
   * @param {Schemas['SeatView']} seat */
  drop(seat) { return this.#do(() => this.holds.drop(seat), words().released(seatName(seat))); }

  /** @param {Schemas['SeatView']} seat @param {string} type */
  retype(seat, type) { return this.#do(() => this.holds.retype(seat, type), `${words().typeChanged}: ${seatName(seat)}, ${type}`); }

  /** Time was over for what was held. */
  async lapse() {
    await this.#do(() => this.holds.load(), '');
    if (!this.holds.all.length) { this.#fail({ code: 'hold_not_found', status: 404 }); }
  }

  refuse() {
    this.offered = [];
    this.problem = undefined;
    this.page.redraw();
  }

  /** @param {number} index @param {Problem} problem */
  #offer(index, problem) {
    this.offered = this.seats?.neighbours(index, OFFERED) ?? [];
    this.problem = problem;
    this.page.redraw();
  }

  /** One change at a time: a second tap before the answer changes nothing.
   * @param {() => Promise<Problem | undefined>} act @param {string} said when it went well */
  async #do(act, said) {
    if (this.busy) { return; }
    [this.busy, this.problem, this.offered] = [true, undefined, []];
    this.#kept = new Map(this.holds.seats.map((seat) => [kind(seat), seat.price]));
    this.page.redraw();
    const problem = await act();
    this.busy = false;
    if (this.#left) { return; }
    if (this.seats) { this.repaint(this.seats.own(this.holds.seats)); }
    if (problem) { return this.#fail(problem); }
    await this.#compare();
    said ? this.page.say(said) : this.page.redraw();
  }

  /** Whether what is held now costs what was seen: prices may have changed just before the tap, and a seat whose hold was made
   * anew costs what it costs now. */
  async #compare() {
    const shown = (/** @type {Schemas['SeatView']} */ seat) =>
      this.date?.grades.find(({ grade }) => grade === seat.grade)?.prices.find(({ type }) => type === seat.type)?.price;
    const others = this.holds.seats.filter((seat) => this.#kept.get(kind(seat)) !== seat.price);
    const anew = others.filter((seat) => this.#kept.has(kind(seat)) && !isStanding(seat));
    this.repriced = together(this.repriced, anew.map((seat) => ({ name: seatName(seat), was: this.#kept.get(kind(seat)), now: seat.price })));
    if (others.some((seat) => shown(seat) !== seat.price)) { await this.#reprice(); }
  }

  leave() {
    this.#left = true;
    this.#stop();
  }
}
