// The dates of a concert at the desk: each with its hall and prices; paused, moved, cancelled; a new one.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { number, price } from '../common/format.js';
import { instantAt, localAt } from '../common/zone.js';
import { ask } from '../staff/session.js';
import { deskWords } from '../words/desk.js';
import { words } from '../words/index.js';
import { fields, loading, trouble } from '../buyer/screen.js';
import { Change } from './form.js';
import { Prices } from './prices.js';

/** @import { Page } from '../buyer/screen.js' */
/** @import { Problem, Schemas } from '../../types/client.js' */

/** @typedef {{ of: Schemas['DeskPerformanceView'], version: string, places: Schemas['GradeSaleView'][] }} Dated */

export class Dates {
  /** @type {Dated[] | undefined} */ #all;
  /** @type {Schemas['HallSummaryView'][]} */ #halls = [];
  /** Grades of the hall that is chosen for a new date. @type {string[]} */ #grades = [];
  /** @type {Problem | undefined} */ #problem;
  #change;
  #prices;
  #zone = 'UTC';
  /** Which date is opened. */ #opened = '';

  /** @param {Page} page @param {string} concert @param {() => Promise<void>} changed the concert is another version */
  constructor(page, concert, changed) {
    this.changed = changed;
    this.page = page;
    this.concert = concert;
    this.#change = new Change(page);
    this.#prices = new Prices(page);
  }

  get shown() { return this.#all ?? []; }

  /** @param {string} zone */
  async load(zone) {
    this.#zone = zone;
    const params = { concert_id: this.concert };
    const [listed, halls, sale] = await Promise.all([
      ask('get', '/v1/operator/concerts/{concert_id}/performances', { params, query: { limit: 50 } }),
      ask('get', '/v1/operator/halls'), ask('get', '/v1/operator/concerts/{concert_id}/sale', { params }),
    ]);
    if (!listed.ok) { this.#problem = listed.problem; } else {
      if (halls.ok) { this.#halls = halls.data.halls; }
      const each = await Promise.all(listed.data.performances.map(({ id }) => ask('get', '/v1/operator/performances/{performance_id}', { params: { performance_id: id } })));
      const places = (/** @type {string} */ id) => (sale.ok ? sale.data.dates.find((date) => date.performance_id === id)?.grades ?? [] : []);
      this.#all = each.flatMap((one) => (one.ok ? [{ of: one.data, version: one.etag ?? '', places: places(one.data.id) }] : []));
      if (!this.#grades.length && this.#halls[0]) { await this.#chooseHall(this.#halls[0].id); }
    }
    this.page.redraw();
  }

  /** @param {string} id */
  async #chooseHall(id) {
    const asked = await ask('get', '/v1/operator/halls/{hall_id}', { params: { hall_id: id } });
    if (asked.ok) {
      const { sections } = asked.data.hall;
      this.#grades = [...new Set(sections.flatMap((section) => [...(section.rows ?? []).flatMap((row) => gradesOf(row)), ...(section.grade && section.capacity ? [section.grade] : [])]))];
      this.#prices.start(this.#grades);
    }
    this.page.redraw();
  }

  /** @param {SubmitEvent} event */
  async #add(event) {
    const said = fields(event);
    const body = {
      concert_id: this.concert, hall_id: said['hall'] ?? '', starts_at: instantAt(said['starts'] ?? '', this.#zone), ticket_types: this.#prices.types(),
      ...(said['minutes'] ? { duration_minutes: Number(said['minutes']) } : {}),
      ...(said['doors'] ? { doors_at: instantAt(said['doors'], this.#zone) } : {}),
      ...(said['most'] ? { seats_per_user: Number(said['most']) } : {}),
      ...(said['alone'] ? { refuse_lone_seats: true } : {}),
    };
    const done = await this.#change.send(body, (key) => ask('post', '/v1/operator/performances', { body, key }), deskWords().saved);
    if (done) { await this.changed(); }
  }

  /** @param {Pick<Dated, 'of' | 'version'>} dated @param {Schemas['PerformanceChangeRequest']} body
   * @param {Schemas['PerformanceChangeRequest']} [was] what takes it back @param {string} [called] */
  async #alter({ of, version }, body, was, called = '') {
    const params = { performance_id: of.id };
    let after = '';
    const done = await this.#change.send([of.id, body], async () => {
      const asked = await ask('patch', '/v1/operator/performances/{performance_id}', { params, body, match: version });
      if (asked.ok) { after = asked.etag ?? ''; }
      return asked;
    }, deskWords().saved);
    if (!done) { return; }
    await this.changed();
    if (was) { this.#change.offer(called, () => this.#alter({ of, version: after }, was)); }
  }

  /** @param {Dated} dated */
  async #cancel({ of, places }) {
    const sold = places.reduce((sum, grade) => sum + grade.sold, 0);
    if (!window.confirm(`${deskWords().cancelDateSure} ${of.local_date} ${of.local_time} (${deskWords().parts.sold}: ${number(sold)})`)) { return; }
    const params = { performance_id: of.id };
    const done = await this.#change.send([of.id, 'cancel'], (key) => ask('post', '/v1/operator/performances/{performance_id}/cancellation', { params, key }), deskWords().cancelling);
    if (done) { await this.changed(); }
  }

  /** @param {Dated} dated */
  async #takeBack({ of, version }) {
    const params = { performance_id: of.id };
    const done = await this.#change.send([of.id, 'back'], () => ask('delete', '/v1/operator/performances/{performance_id}', { params, match: version }), deskWords().saved);
    if (done) { await this.changed(); }
  }

  /** @param {Dated} dated */
  #date(dated) {
    const w = deskWords();
    const { of, places } = dated;
    const held = places.reduce((sum, grade) => sum + grade.held, 0);
    return html`<article class="date"><h3><time datetime=${of.starts_at}>${of.local_date} ${of.local_time}</time> <span class="hint">${of.hall}
        ${of.cancelled ? w.concertStates.cancelled : of.paused ? words().sales.paused : nothing}</span></h3>
      <ul class="bill">${(of.ticket_types ?? []).map((type) => html`<li><span>${type.name}</span><span>${Object.entries(type.prices).map(([grade, each]) => `${grade} ${price(each)}`).join(', ')}</span></li>`)}</ul>
      ${of.cancelled ? nothing : html`<p class="act">
        <button type="button" title=${of.paused ? '' : `${w.pauseHolds}: ${number(held)}`} @click=${() => void this.#alter(dated, { paused: !of.paused }, { paused: of.paused }, of.paused ? w.goOn : w.pauseDate)}>${of.paused ? w.goOn : w.pauseDate}</button>
        <button type="button" aria-expanded=${this.#opened === of.id} @click=${() => {
          this.#opened = this.#opened === of.id ? '' : of.id;
          this.page.redraw();
        }}>${w.move}</button>
        <a class="button" href="#/date/${of.id}">${w.openDate}</a>
        <button type="button" @click=${() => void this.#cancel(dated)}>${w.cancelDate}</button>
        <button type="button" @click=${() => void this.#takeBack(dated)}>${w.deleteDate}</button></p>
      ${this.#opened === of.id ? html`<form class="columns" @submit=${(/** @type {SubmitEvent} */ event) => {
        const said = fields(event);
        void this.#alter(dated, { starts_at: instantAt(said['starts'] ?? '', this.#zone), ...(said['doors'] ? { doors_at: instantAt(said['doors'], this.#zone) } : {}) },
          { starts_at: of.starts_at, ...(of.doors_at ? { doors_at: of.doors_at } : {}) }, `${of.local_date} ${of.local_time}`);
      }}><label>${words().startsAt}<input name="starts" type="datetime-local" required .value=${localAt(of.starts_at, this.#zone)}></label>
        <label>${words().doorsOpen} (${w.optional})<input name="doors" type="datetime-local" .value=${localAt(of.doors_at, this.#zone)}></label>
        <p class="act whole"><button class="main">${w.move}</button> <span class="hint">${w.moveText}</span></p></form>` : nothing}`}</article>`;
  }

  view() {
    const w = deskWords();
    return html`<section class="card" aria-labelledby="desk-dates"><h2 id="desk-dates">${w.arrange}</h2>${this.#change.trouble()}${trouble(this.#problem)}${this.#change.takeBack()}
      ${this.#all ? this.#all.map((one) => this.#date(one)) : loading()}
      ${this.#all && !this.#all.length ? html`<p>${words().noDates}</p>` : nothing}
      <details><summary><h3>${w.newDate}</h3></summary>
        ${this.#halls.length ? html`<form @submit=${(/** @type {SubmitEvent} */ event) => void this.#add(event)}><div class="columns">
          <label>${w.hall}<select name="hall" @change=${(/** @type {Event} */ event) => void this.#chooseHall(/** @type {HTMLSelectElement} */ (event.target).value)}>
            ${this.#halls.map((hall) => html`<option value=${hall.id}>${hall.name} (${number(hall.seats)})</option>`)}</select></label>
          <label>${words().startsAt} (${this.#zone})<input name="starts" type="datetime-local" required></label>
          <label>${words().doorsOpen} (${w.optional})<input name="doors" type="datetime-local"></label>
          <label>${w.minutes} (${w.optional})<input name="minutes" type="number" min="1" max="1440"></label>
          <label>${w.mostPerBuyer} (${w.optional})<input name="most" type="number" min="1" max="100"></label>
          <label class="choice"><input name="alone" type="checkbox"><span>${w.refuseLone}</span></label></div>
          ${this.#prices.view()}
          <p class="act"><button class="main" ?disabled=${this.#change.busy}>${w.newDate}</button></p></form>` : html`<p><a href="#/halls">${w.firstHall}</a></p>`}</details></section>`;
  }
}

/** @param {Schemas['RowRequest']} row @returns {string[]} */
function gradesOf(row) {
  const seats = Array.isArray(row.seats) ? row.seats : [];
  const own = seats.flatMap((seat) => (typeof seat === 'object' && seat && 'grade' in seat && typeof seat.grade === 'string' ? [seat.grade] : []));
  return [row.grade, ...own];
}
