// The operator's first steps: the venue, a hall, a concert, its date. Each request has a key of its own for what the form
// says, so that going on after a failure makes nothing twice. The operator's key stays in the field.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { call, newKey } from '../common/api.js';
import { setCurrency } from '../common/format.js';
import { instantAt } from '../common/zone.js';
import { words } from '../words/index.js';
import { told } from './guide.js';
import { fields, heading, trouble } from './screen.js';

/** @import { Page, Screen } from './screen.js' */
/** @import { Problem, Refused, Schemas } from '../../types/client.js' */

/** A, B … Z, AA, AB …
 * @param {number} at */
const rowName = (at) => (at < 26 ? '' : String.fromCharCode(64 + Math.floor(at / 26))) + String.fromCharCode(65 + (at % 26));

/** @param {Page} page @param {Schemas['VenueView']} venue @returns {Screen} */
export function open(page, venue) {
  /** @type {Problem | undefined} */
  let problem;
  /** @type {string | undefined} */
  let made;
  let busy = false;
  let sent = '';
  let keys = [newKey(), newKey(), newKey()];

  /** @param {SubmitEvent} event */
  async function send(event) {
    const said = fields(event);
    if (busy) { return; }
    if (sent !== JSON.stringify(said)) { [sent, keys] = [JSON.stringify(said), [newKey(), newKey(), newKey()]]; }
    busy = true;
    page.redraw();
    const done = await setUp(said, keys);
    busy = false;
    problem = done.ok ? undefined : done.problem;
    made = done.ok ? done.id : undefined;
    // It may have another name by now.
    void page.learn();
    page.redraw();
  }

  return {
    title: () => words().setUp,
    view: () => {
      const w = words();
      if (made) { return html`${heading(w.setUpDone)}<p class="act"><a class="button main" href="#/concerts/${made}">${w.toConcert}</a> <a class="button" href="desk">${w.demoBeOperator}</a></p>`; }
      return html`${heading(w.setUp)}<p>${w.setUpText}</p>${trouble(problem, problem?.detail ? html`<p>${problem.detail}</p>` : nothing)}
        <form @submit=${send}>${form(venue)}<p class="act"><button class="main" ?disabled=${busy}>${w.makeIt}</button></p></form>`;
    },
  };
}

/** @param {Schemas['VenueView']} venue */
function form(venue) {
  const w = words();
  return html`
    <fieldset class="card"><legend>1. ${w.stepVenue}</legend>
      <label>${w.operatorKey}<input name="key" type="password" autocomplete="off" required aria-describedby="key-hint" value=${told()?.operator_key ?? ''}></label>
      <p id="key-hint" class="hint">${w.operatorKeyHint}</p>
      <label>${w.venueName}<input name="venue" required maxlength="100" value=${venue.name}></label>
      <label>${w.currency}<input name="currency" required pattern="[A-Z]{3}" value=${venue.currency}></label>
      <label>${w.timeZone}<input name="zone" required value=${venue.time_zone}></label></fieldset>
    <fieldset class="card"><legend>2. ${w.stepHall}</legend>
      <label>${w.hallName}<input name="hall" required maxlength="100"></label>
      <label>${w.section}<input name="section" required maxlength="100" value="1"></label>
      <label>${w.rowsEach}<input name="rows" type="number" min="1" max="200" required value="10"></label>
      <label>${w.seatsEach}<input name="seats" type="number" min="1" max="500" required value="20"></label>
      <label>${w.grade}<input name="grade" required maxlength="100" value="R"></label></fieldset>
    <fieldset class="card"><legend>3. ${w.stepConcert}</legend>
      <label>${w.concertTitle}<input name="title" required maxlength="100"></label>
      <label>${w.saleFrom} (${w.atVenue})<input name="sale" type="datetime-local"></label></fieldset>
    <fieldset class="card"><legend>4. ${w.stepDate}</legend>
      <label>${w.startsAt} (${w.atVenue})<input name="starts" type="datetime-local" required></label>
      <label>${w.seatPrice}<input name="price" type="number" min="0" step="any" required></label></fieldset>`;
}

/** Makes all of it, in order; what was made before stays when a later step is refused, and is not made again.
 * @param {Record<string, string>} said @param {string[]} keys
 * @returns {Promise<{ ok: true, id: string } | Refused>} */
async function setUp(said, keys) {
  const [credential, zone = 'UTC', grade = ''] = [said['key'], said['zone'], said['grade']];
  const terms = { name: said['venue'] ?? '', currency: said['currency'] ?? '', time_zone: zone };
  const venue = await call('patch', '/v1/operator/venue', { credential, body: terms });
  if (!venue.ok) { return venue; }
  setCurrency(venue.data);
  const rows = Array.from({ length: Number(said['rows']) }, (_, at) => ({ name: rowName(at), seats: Number(said['seats']), grade }));
  const hall = await call('post', '/v1/operator/halls', {
    credential, key: keys[0] ?? '', body: { name: said['hall'] ?? '', sections: [{ name: said['section'] ?? '', rows }] },
  });
  if (!hall.ok) { return hall; }
  const sale = said['sale'] ? { on_sale_at: instantAt(said['sale'], zone) } : {};
  const concert = await call('post', '/v1/operator/concerts', {
    credential, key: keys[1] ?? '', body: { title: said['title'] ?? '', time_zone: zone, ...sale },
  });
  if (!concert.ok) { return concert; }
  const amount = Math.round(Number(said['price']) * 10 ** venue.data.currency_decimals);
  const performance = await call('post', '/v1/operator/performances', {
    credential, key: keys[2] ?? '',
    body: { concert_id: concert.data.id, hall_id: hall.data.id, starts_at: instantAt(said['starts'] ?? '', zone), prices: { [grade]: amount } },
  });
  return performance.ok ? { ok: true, id: concert.data.id } : performance;
}
