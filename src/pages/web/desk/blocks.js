// The blocks of a date: seats and standing places that are kept from sale. Seats are chosen by row, or on the map; what will happen is said
// before, and what was done can be taken back.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { dateTime, number } from '../common/format.js';
import { ask, may } from '../staff/session.js';
import { deskWords } from '../words/desk.js';
import { words } from '../words/index.js';
import '../seat-map/seat-map.js';
import { seatName } from '../seat-map/spoken.js';
import { fields, trouble } from '../buyer/screen.js';
import { Change } from './form.js';
import { Listed } from './list.js';
import { freeOf, ofRow, seatingOf } from './seating.js';

/** @import { Page } from '../buyer/screen.js' */
/** @import { Problem, Schemas } from '../../types/client.js' */
/** @import { SeatMap } from '../seat-map/seat-map.js' */
/** @import { Seating } from './seating.js' */

/** So many seats of a block are named. */
const NAMED = 8;

export class Blocks {
  /** @type {Seating | undefined} */ seating;
  /** @type {Problem | undefined} */ #problem;
  /** @type {Set<number>} */ #chosen = new Set();
  #row = 0;
  #change;
  #list;

  /** @param {Page} page @param {string} performance @param {string} zone @param {() => void} changed */
  constructor(page, performance, zone, changed) {
    this.page = page;
    this.performance = performance;
    this.zone = zone;
    this.changed = changed;
    this.#change = new Change(page);
    this.#list = new Listed(page, async (/** @type {string | undefined} */ cursor) => {
      const asked = await ask('get', '/v1/operator/performances/{performance_id}/blocks', { params: { performance_id: performance }, query: cursor ? { cursor } : {} });
      return asked.ok ? { ok: true, items: asked.data.blocks, next: asked.data.next_cursor } : asked;
    });
  }

  async load() {
    await Promise.all([this.#list.load(), this.#seats()]);
    this.page.redraw();
  }

  async #seats() {
    if (!may('sell')) { return; }
    const asked = await seatingOf(this.performance);
    this.#problem = 'problem' in asked ? asked.problem : undefined;
    if (!('problem' in asked)) { this.seating = asked; }
    this.#mark();
  }

  /** Shows on the map what is chosen. */
  #mark() {
    const seats = this.seating?.seats;
    if (!seats) { return; }
    const different = seats.own([...this.#chosen].map((index) => ({ id: seats.seat(index).id, price: 0 })));
    /** @type {SeatMap | null} */ (document.querySelector('seat-map'))?.repaint(different);
    this.page.redraw();
  }

  /** @param {readonly number[]} indexes @param {boolean} [turn] those that are chosen are not any more */
  #choose(indexes, turn = false) {
    for (const index of indexes) { (turn && this.#chosen.delete(index)) || this.#chosen.add(index); }
    this.page.say(`${deskWords().chosen}: ${number(this.#chosen.size)}`);
    this.#mark();
  }

  async #again() {
    this.#chosen.clear();
    await this.load();
    this.changed();
  }

  /** @param {Schemas['BlockRequest']} body */
  async #block(body) {
    const params = { performance_id: this.performance };
    const done = await this.#change.send(body, (key) => ask('post', '/v1/operator/performances/{performance_id}/blocks', { params, body, key }), deskWords().saved);
    if (!done) { return; }
    await this.#again();
    this.#change.offer(`${deskWords().free} ${done.data.reason}`, () => this.#free(done.data, false));
  }

  /** Frees all of a block. @param {Schemas['BlockView']} block @param {boolean} [reversible] */
  async #free(block, reversible = true) {
    const params = { performance_id: this.performance, block_id: block.id };
    const done = await this.#change.send([block.id, 'free'], () => ask('delete', '/v1/operator/performances/{performance_id}/blocks/{block_id}', { params }), deskWords().saved);
    if (!done) { return; }
    await this.#again();
    if (reversible) {
      const places = block.standing ? { standing: block.standing } : { seat_ids: block.seats.map(({ id }) => id), skip_taken: true };
      this.#change.offer(`${deskWords().block} ${block.reason}`, () => this.#block({ reason: block.reason, ...places }));
    }
  }

  /** Frees those of a block that are chosen. @param {Schemas['BlockView']} block @param {string[]} ids */
  async #freeSome(block, ids) {
    const params = { performance_id: this.performance, block_id: block.id };
    const body = { seat_ids: ids };
    const done = await this.#change.send(body, (key) => ask('post', '/v1/operator/performances/{performance_id}/blocks/{block_id}/free', { params, body, key }), deskWords().saved);
    if (!done) { return; }
    await this.#again();
    this.#change.offer(`${deskWords().block} ${block.reason}`, () => this.#block({ reason: block.reason, seat_ids: ids, skip_taken: true }));
  }

  /** @param {Schemas['BlockView']} block */
  #one(block) {
    const w = deskWords();
    const named = block.seats.slice(0, NAMED).map((seat) => `${seat.section} ${seat.row} ${seat.label}`).join(', ');
    const seats = this.seating?.seats;
    const chosen = seats ? block.seats.flatMap(({ id }) => (this.#chosen.has(seats.indexOf(id)) ? [id] : [])) : [];
    return html`<td>${block.reason}</td><td>${dateTime(block.made_at, this.zone)}</td>
      <td>${block.standing ? `${block.standing.section}: ${number(block.standing.quantity)}` : html`${number(block.seats.length)} <span class="hint">${named}${block.seats.length > NAMED ? ' …' : ''}</span>`}</td>
      <td><button type="button" ?disabled=${this.#change.busy} aria-label=${`${w.free}: ${block.reason}`} @click=${() => void this.#free(block)}>${w.free}</button>
        ${chosen.length ? html`<button type="button" ?disabled=${this.#change.busy} @click=${() => void this.#freeSome(block, chosen)}>${w.freeChosen}: ${number(chosen.length)}</button>` : nothing}</td>`;
  }

  /** @param {Seating} seating */
  #rows({ seats }) {
    const w = deskWords();
    const row = seats.rows[this.#row];
    const labels = row ? Array.from({ length: row.count }, (_, at) => seats.seat(row.first + at).label) : [];
    return html`<form class="columns" @submit=${(/** @type {SubmitEvent} */ event) => {
      const said = fields(event);
      this.#choose(ofRow(seats, this.#row, Number(said['from']), Number(said['to'])));
    }}><label>${words().row('')}<select name="row" @change=${(/** @type {Event} */ event) => {
      this.#row = Number(/** @type {HTMLSelectElement} */ (event.target).value);
      this.page.redraw();
    }}>${seats.rows.map((one, at) => html`<option value=${at} ?selected=${at === this.#row}>${seats.sections[one.section]?.name ?? ''} ${one.label}</option>`)}</select></label>
      <label>${w.fromSeat}<select name="from">${labels.map((label, at) => html`<option value=${at}>${label}</option>`)}</select></label>
      <label>${w.toSeat}<select name="to">${labels.map((label, at) => html`<option value=${at} ?selected=${at === labels.length - 1}>${label}</option>`)}</select></label>
      <p class="act"><button>${w.chooseThem}</button></p></form>`;
  }

  /** @param {Seating} seating */
  #what({ seats }) {
    const w = deskWords();
    const { free, taken } = freeOf(seats, this.#chosen);
    const names = [...this.#chosen].slice(0, NAMED).map((index) => seatName(seats.seat(index))).join(', ');
    return html`<form @submit=${(/** @type {SubmitEvent} */ event) => {
      const reason = fields(event)['reason'] ?? '';
      void this.#block({ reason, seat_ids: [...this.#chosen].map((index) => seats.seat(index).id), skip_taken: true });
    }}>${this.#chosen.size ? html`<div class="effect" role="status"><p><strong>${w.willDo}</strong></p><ul><li>${w.keptFromSale}: ${number(free)} <span class="hint">${names}${this.#chosen.size > NAMED ? ' …' : ''}</span></li>
        ${taken ? html`<li>${w.passedOver}: ${number(taken)}</li>` : nothing}</ul></div>` : nothing}
      <div class="columns"><label>${w.why}<input name="reason" required maxlength="100"></label>
      <p class="act"><button class="main" ?disabled=${!free || this.#change.busy}>${w.block}: ${number(free)}</button>
        <button type="button" ?disabled=${!this.#chosen.size} @click=${() => {
          this.#chosen.clear();
          this.#mark();
        }}>${w.forget}</button></p></div></form>`;
  }

  /** @param {Seating} seating */
  #standing({ standing }) {
    const w = deskWords();
    if (!standing.length) { return nothing; }
    return html`<form class="columns" @submit=${(/** @type {SubmitEvent} */ event) => {
      const said = fields(event);
      void this.#block({ reason: said['reason'] ?? '', standing: { section: said['section'] ?? '', quantity: Number(said['quantity']) } });
    }}><label>${words().section}<select name="section">${standing.map(({ name }) => html`<option value=${name}>${name}</option>`)}</select></label>
      <label>${words().quantity}<input name="quantity" type="number" min="1" required></label><label>${w.why}<input name="reason" required maxlength="100"></label>
      <p class="act"><button class="main" ?disabled=${this.#change.busy}>${w.block}</button></p></form>`;
  }

  view() {
    const w = deskWords();
    const { seating } = this;
    return html`<section class="card" aria-labelledby="blocks"><h2 id="blocks">${w.blocks}</h2><p class="hint">${w.blocksText}</p>
      ${this.#change.trouble()}${trouble(this.#problem)}${this.#change.takeBack()}
      ${this.#list.table([w.why, w.madeAt, w.places, w.change], (block) => this.#one(block))}
      ${seating ? html`${seating.seats.count ? html`<h3>${w.chooseSeats}</h3>${this.#rows(seating)}
        <details><summary>${words().map}</summary><seat-map .seats=${seating.seats} @pick=${(/** @type {CustomEvent<number>} */ event) => this.#choose([event.detail], true)}></seat-map></details>
        ${this.#what(seating)}` : nothing}${this.#standing(seating)}` : may('sell') ? nothing : html`<p>${w.needsSell}</p>`}</section>`;
  }
}
