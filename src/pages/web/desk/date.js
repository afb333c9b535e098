// One date of a concert: what it costs, its conditions, what is kept from sale, the version of its hall. Each change says what it does
// before it is applied, is sent with the version it was seen in, and can be taken back where that is possible.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { number } from '../common/format.js';
import { ask } from '../staff/session.js';
import { deskWords } from '../words/desk.js';
import { words } from '../words/index.js';
import { seatName } from '../seat-map/spoken.js';
import { heading, loading, retry } from '../buyer/screen.js';
import { Blocks } from './blocks.js';
import { effect } from './effect.js';
import { Change } from './form.js';
import { Prices } from './prices.js';
import { compared } from './seating.js';

/** @import { Page, Screen } from '../buyer/screen.js' */
/** @import { Problem, Schemas } from '../../types/client.js' */

/** So many missing seats are named. */
const NAMED = 10;

/** @param {Page} page @param {Schemas['VenueView']} venue @param {string} id the performance's @returns {Screen} */
export function open(page, venue, id) {
  const params = { performance_id: id };
  const change = new Change(page);
  const prices = new Prices(page);
  /** @type {Schemas['DeskPerformanceView'] | undefined} */
  let of;
  let version = '';
  /** @type {Problem | undefined} */
  let problem;
  /** @type {Schemas['GradeSaleView'][]} */
  let places = [];
  /** What the conditions' form says. @type {Schemas['PerformanceChangeRequest'] | undefined} */
  let wish;
  /** The hall as it is now, if that is newer. @type {{ version: number, plan: Schemas['PlanView'] } | undefined} */
  let newer;
  const blocks = new Blocks(page, id, venue.time_zone, () => void figures());

  async function load() {
    const asked = await ask('get', '/v1/operator/performances/{performance_id}', { params });
    problem = asked.ok ? undefined : asked.problem;
    if (asked.ok) {
      take(asked.data, asked.etag);
      await Promise.all([figures(), blocks.load()]);
      await hall();
    }
    page.redraw();
  }

  /** What is typed into the form that was not `sent` stays.
   * @param {Schemas['DeskPerformanceView']} seen @param {string | null} etag @param {Schemas['PerformanceChangeRequest']} [sent] */
  function take(seen, etag, sent) {
    [of, version] = [seen, etag ?? ''];
    if (!sent?.ticket_types) { wish = undefined; }
    if (sent && !sent.ticket_types) { return; }
    const types = seen.ticket_types ?? [];
    prices.take(types, [...new Set([...places.map(({ grade }) => grade), ...types.flatMap((type) => Object.keys(type.prices))])]);
  }

  /** Its places as they are sold now. */
  async function figures() {
    const asked = of ? await ask('get', '/v1/operator/concerts/{concert_id}/sale', { params: { concert_id: of.concert_id } }) : undefined;
    if (asked?.ok) {
      places = asked.data.dates.find((date) => date.performance_id === id)?.grades ?? [];
      prices.grades([...new Set([...places.map(({ grade }) => grade), ...(of?.ticket_types ?? []).flatMap((type) => Object.keys(type.prices))])]);
    }
    page.redraw();
  }

  /** Whether its hall has a newer version, and what that has. */
  async function hall() {
    newer = undefined;
    const { seating } = blocks;
    const asked = seating ? await ask('get', '/v1/operator/halls/{hall_id}', { params: { hall_id: seating.hall } }) : undefined;
    if (!seating || !asked?.ok || asked.data.version <= seating.version) { return; }
    const plan = await ask('get', '/v1/operator/halls/{hall_id}/plan', { params: { hall_id: seating.hall } });
    if (plan.ok) { newer = { version: asked.data.version, plan: plan.data }; }
  }

  /** @param {Schemas['PerformanceChangeRequest']} body @param {Schemas['PerformanceChangeRequest']} [was] what takes it back @param {string} [called] */
  async function send(body, was, called = '') {
    const done = await change.send(body, async () => {
      const asked = await ask('patch', '/v1/operator/performances/{performance_id}', { params, body, match: version });
      if (asked.ok) { take(asked.data, asked.etag, body); }
      return asked;
    }, deskWords().applied);
    if (!done) { return; }
    if (was) { change.offer(called, () => send(was)); }
    await figures();
  }

  /** @param {Schemas['DeskPerformanceView']} now */
  function money(now) {
    const w = deskWords();
    const said = prices.differences(now.ticket_types ?? []);
    const held = places.reduce((sum, grade) => sum + grade.held, 0);
    return html`<section class="card" aria-labelledby="prices"><h2 id="prices">${w.prices}</h2>
      <form @submit=${(/** @type {Event} */ event) => {
        event.preventDefault();
        const before = /** @type {Schemas['TicketTypeRequest'][]} */ (now.ticket_types ?? []);
        void send({ ticket_types: prices.types() }, { ticket_types: before }, w.prices);
      }}>${prices.view()}
      ${effect(said.length ? [...said, `${w.pricesKept}: ${number(held)}`] : [])}
      <p class="act"><button class="main" ?disabled=${!said.length || change.busy}>${w.apply}</button>
        ${said.length ? html`<button type="button" @click=${() => {
          take(now, version);
          page.redraw();
        }}>${w.forget}</button>` : nothing}</p></form></section>`;
  }

  /** @param {Schemas['DeskPerformanceView']} now */
  function conditions(now) {
    const w = deskWords();
    const policy = wish?.door_policy ?? now.door_policy;
    const most = wish && 'seats_per_user' in wish ? wish.seats_per_user : now.seats_per_user;
    const lone = wish?.refuse_lone_seats ?? now.refuse_lone_seats ?? false;
    const said = [
      ...(policy === now.door_policy ? [] : [w.doorEffects[policy]]),
      ...(most === now.seats_per_user ? [] : [`${w.mostPerBuyer}: ${number(most ?? venue.seats_per_user)}. ${w.mostText}`]),
      ...(lone === (now.refuse_lone_seats ?? false) ? [] : [lone ? w.loneEffects.on : w.loneEffects.off]),
    ];
    const want = (/** @type {Schemas['PerformanceChangeRequest']} */ part) => {
      wish = { ...wish, ...part };
      page.redraw();
    };
    return html`<section class="card" aria-labelledby="conditions"><h2 id="conditions">${w.conditions}</h2>
      <form @submit=${(/** @type {Event} */ event) => {
        event.preventDefault();
        const was = { door_policy: now.door_policy, refuse_lone_seats: now.refuse_lone_seats ?? false, seats_per_user: now.seats_per_user ?? null };
        if (wish) { void send(wish, /** @type {any} */ (was), w.conditions); }
      }}><div class="columns">
        <label>${w.doorPolicy}<select name="policy" @change=${(/** @type {Event} */ event) => want({ door_policy: /** @type {Schemas['DoorPolicy']} */ (/** @type {HTMLSelectElement} */ (event.target).value) })}>
          ${/** @type {const} */ (['lenient', 'strict']).map((one) => html`<option value=${one} ?selected=${one === policy}>${w.doorPolicies[one]}</option>`)}</select></label>
        <label>${w.mostPerBuyer} (${w.emptyIsVenue})<input name="most" type="number" min="1" max="64" .value=${String(most ?? '')} @input=${(/** @type {Event} */ event) => {
          const typed = Number(/** @type {HTMLInputElement} */ (event.target).value);
          want(/** @type {any} */ ({ seats_per_user: typed || null }));
        }}></label>
        <label class="choice"><input name="lone" type="checkbox" .checked=${lone} @change=${(/** @type {Event} */ event) => want({ refuse_lone_seats: /** @type {HTMLInputElement} */ (event.target).checked })}>
          <span>${w.refuseLone}</span></label></div>
        ${effect(said)}
        <p class="act"><button class="main" ?disabled=${!said.length || change.busy}>${w.apply}</button></p></form></section>`;
  }

  async function replan() {
    if (!newer) { return; }
    const body = { hall_version: newer.version };
    const done = await change.send(['plan', body], async () => {
      const asked = await ask('put', '/v1/operator/performances/{performance_id}/plan', { params, body, match: version });
      if (asked.ok) { take(asked.data, asked.etag); }
      return asked;
    }, deskWords().applied);
    if (done) { await load(); }
  }

  /** @param {Schemas['DeskPerformanceView']} now */
  function plan(now) {
    const w = deskWords();
    const { seating } = blocks;
    const different = newer && seating ? compared(seating.seats, newer.plan) : undefined;
    const lost = different?.lost.slice(0, NAMED).map((index) => (seating ? seatName(seating.seats.seat(index)) : '')).join(', ');
    return html`<section class="card" aria-labelledby="plan"><h2 id="plan">${w.hallVersion}</h2><p>${now.hall}: ${w.version} ${number(now.hall_version)}</p>
      ${newer && different ? html`${effect([
        `${w.moves} ${number(newer.version)}`, ...(different.more ? [`${w.moreSeats}: ${number(different.more)}`] : []), ...(different.fewer ? [`${w.fewerSeats}: ${number(different.fewer)}`] : []),
        ...(different.lost.length ? [`${w.lostSeats}: ${number(different.lost.length)} (${lost})`] : [w.ticketsFollow]), w.notBack])}
        <p class="act"><button type="button" class="main" ?disabled=${Boolean(different.lost.length) || change.busy} @click=${() => void replan()}>${w.moveTo} ${number(newer.version)}</button></p>`
        : html`<p>${w.noNewer}</p>`}</section>`;
  }

  void load();
  return {
    title: () => (of ? `${of.local_date} ${of.local_time}` : deskWords().arrange),
    wide: true,
    view: () => {
      if (!of) { return problem ? retry(problem, () => void load()) : html`${heading(deskWords().arrange)}${loading()}`; }
      return html`${heading(`${of.local_date} ${of.local_time}`)}${change.trouble()}
        <p>${of.hall} <a href="#/concert/${of.concert_id}">${words().concert}</a>
          ${places.map((grade) => html`<span class="hint">${grade.grade}: ${deskWords().parts.free} ${number(grade.free)}, ${deskWords().parts.held} ${number(grade.held)}, ${deskWords().parts.sold} ${number(grade.sold)}, ${deskWords().parts.blocked} ${number(grade.blocked)}</span> `)}</p>
        ${change.takeBack()}${money(of)}${conditions(of)}${blocks.view()}${plan(of)}`;
    },
  };
}
