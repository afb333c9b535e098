// The codes of a concert: discounts and presales, made in batches, fetched for a mailing, ended.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { dateTime, minorUnits, number, price } from '../common/format.js';
import { instantAt } from '../common/zone.js';
import { ask, download } from '../staff/session.js';
import { deskWords } from '../words/desk.js';
import { words } from '../words/index.js';
import { fields, heading, trouble } from '../buyer/screen.js';
import { effect } from './effect.js';
import { Change } from './form.js';
import { Listed } from './list.js';

/** @import { Page, Screen } from '../buyer/screen.js' */
/** @import { Problem, Schemas } from '../../types/client.js' */

/** @param {Page} page @param {Schemas['VenueView']} venue @param {string} id the concert's @returns {Screen} */
export function open(page, venue, id) {
  const params = { concert_id: id };
  const change = new Change(page);
  /** @type {Schemas['ConcertView'] | undefined} */
  let concert;
  /** @type {Problem | undefined} */
  let problem;
  /** What the form says. @type {Record<string, string>} */
  let said = { gives: 'percent', worth: '10', how: 'made', quantity: '100', uses: '1', tier: '1' };
  const list = new Listed(page, async (/** @type {string | undefined} */ cursor) => {
    const asked = await ask('get', '/v1/operator/concerts/{concert_id}/code-batches', { params, query: cursor ? { cursor } : {} });
    return asked.ok ? { ok: true, items: asked.data.code_batches, next: asked.data.next_cursor } : asked;
  });
  const zone = () => concert?.time_zone ?? venue.time_zone;

  async function load() {
    const asked = await ask('get', '/v1/operator/concerts/{concert_id}', { params });
    problem = asked.ok ? undefined : asked.problem;
    if (asked.ok) { concert = asked.data; }
    page.redraw();
  }

  /** @returns {Schemas['CodesRequest']} */
  function wanted() {
    const whole = (/** @type {string} */ name) => Math.round(Number(said[name] ?? 0));
    const discount = said['gives'] === 'percent' ? { percent: whole('worth') } : { amount: minorUnits(said['worth'] ?? '') ?? 0 };
    return {
      name: said['name'] ?? '',
      ...(said['gives'] === 'presale' ? { presale: { tier: whole('tier'), ...(said['opens'] ? { opens_at: instantAt(said['opens'], zone()) } : {}) } } : { discount }),
      ...(said['how'] === 'chosen' ? { code: said['code'] ?? '' } : { quantity: whole('quantity') }),
      ...(said['uses'] ? { uses_per_code: whole('uses') } : {}),
    };
  }

  /** @param {SubmitEvent} event */
  async function make(event) {
    said = fields(event);
    const body = wanted();
    const done = await change.send(body, (key) => ask('post', '/v1/operator/concerts/{concert_id}/code-batches', { params, body, key }), deskWords().codesMade);
    if (!done) { return; }
    await list.load();
    change.offer(done.data.name, () => end(done.data));
  }

  /** @param {Schemas['CodeBatchView']} batch */
  async function end(batch) {
    const of = { code_batch_id: batch.id };
    const shown = await ask('get', '/v1/operator/code-batches/{code_batch_id}', { params: of });
    if (!shown.ok) {
      problem = shown.problem;
      return page.redraw();
    }
    if (!window.confirm(`${deskWords().endCodesSure} ${batch.name}`)) { return; }
    const done = await change.send([batch.id, 'end'], () => ask('delete', '/v1/operator/code-batches/{code_batch_id}', { params: of, match: shown.etag ?? '' }), deskWords().saved);
    if (done) { await list.load(); }
  }

  /** @param {Schemas['CodeBatchView']} batch */
  async function file(batch) {
    problem = await download(`/v1/operator/code-batches/${batch.id}/codes.csv`, `${batch.name}.csv`);
    page.redraw();
  }

  /** @param {Pick<Schemas['CodesRequest'], 'discount' | 'presale'>} of */
  function gives({ discount, presale }) {
    const w = deskWords();
    if (presale) { return `${w.presale}: ${w.tier} ${number(presale.tier)}${presale.opens_at ? `, ${w.from} ${dateTime(presale.opens_at, zone())}` : ''}`; }
    return `${w.discount}: ${discount?.percent === undefined ? price(discount?.amount ?? 0) : `${number(discount.percent)} %`}`;
  }

  /** @param {Schemas['CodeBatchView']} batch */
  function row(batch) {
    const w = deskWords();
    return html`<td>${batch.name}</td><td>${gives(batch)}</td><td class="money">${number(batch.code_count)}</td>
      <td class="money">${number(batch.uses)}${batch.uses_per_code === undefined ? nothing : html` <span class="hint">/ ${number(batch.uses_per_code * batch.code_count)}</span>`}</td>
      <td>${batch.ended_at ? `${w.ended}: ${dateTime(batch.ended_at, zone())}` : nothing}</td>
      <td><button type="button" aria-label=${`CSV: ${batch.name}`} @click=${() => void file(batch)}>CSV</button>
        ${batch.ended_at ? nothing : html`<button type="button" aria-label=${`${w.endCodes}: ${batch.name}`} ?disabled=${change.busy} @click=${() => void end(batch)}>${w.endCodes}</button>`}</td>`;
  }

  function form() {
    const w = deskWords();
    const of = said;
    const body = wanted();
    const count = body.quantity ?? 1;
    return html`<form class="card" @submit=${make} @input=${(/** @type {Event} */ event) => {
      const { name, value } = /** @type {HTMLInputElement} */ (event.target);
      said = { ...said, [name]: value };
      page.redraw();
    }}><h2>${w.newCodes}</h2><div class="columns">
      <label>${w.name}<input name="name" required maxlength="100"></label>
      <label>${w.theyGive}<select name="gives">${/** @type {const} */ (['percent', 'amount', 'presale']).map((one) => html`<option value=${one} ?selected=${one === of['gives']}>${w.codeGives[one]}</option>`)}</select></label>
      ${of['gives'] === 'presale' ? html`<label>${w.tier}<input name="tier" type="number" min="1" max="9" required .value=${of['tier'] ?? '1'}></label>
        <label>${w.mayJoinFrom} (${w.optional}, ${zone()})<input name="opens" type="datetime-local"></label>`
        : html`<label>${w.discount}<input name="worth" inputmode="decimal" required .value=${of['worth'] ?? ''}></label>`}
      <label>${w.whichCodes}<select name="how">${/** @type {const} */ (['made', 'chosen']).map((one) => html`<option value=${one} ?selected=${one === of['how']}>${w.codeHow[one]}</option>`)}</select></label>
      ${of['how'] === 'chosen' ? html`<label>${words().code}<input name="code" required minlength="3" maxlength="40" autocomplete="off"></label>`
        : html`<label>${w.count}<input name="quantity" type="number" min="1" max="5000" required .value=${of['quantity'] ?? '100'}></label>`}
      <label>${w.usesEach} (${w.emptyIsUnbounded})<input name="uses" type="number" min="1" .value=${of['uses'] ?? ''}></label></div>
      ${effect(of['name'] ? [`${number(count)} × ${gives(body)}`, body.uses_per_code ? `${w.usesAll}: ${number(body.uses_per_code * count)}` : w.usesUnbounded, ...(body.presale ? [w.presaleText] : [])] : [])}
      <p class="act"><button class="main" ?disabled=${change.busy}>${w.newCodes}</button></p></form>`;
  }

  void load();
  void list.load();
  return {
    title: () => deskWords().codes,
    wide: true,
    view: () => {
      const w = deskWords();
      return html`${heading(`${w.codes}${concert ? `: ${concert.title}` : ''}`)}${trouble(problem)}${change.trouble()}
        <p><a href="#/concert/${id}">${words().concert}</a></p>${change.takeBack()}
        ${list.table([w.name, w.theyGive, w.count, w.used, w.state, w.change], row)}${form()}`;
    },
  };
}
