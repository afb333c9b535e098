// The waiting room: which number, how many ahead, how long, how fresh that is, what happens next. The place is kept over
// reloads and tabs; at admission it rings, changes the title and goes in by itself.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { call } from '../common/api.js';
import { now } from '../common/clock.js';
import { duration, number, price } from '../common/format.js';
import { session } from '../common/session.js';
import { ring, wake } from '../common/sound.js';
import { planOf } from '../seat-map/plan.js';
import { words } from '../words/index.js';
import { ended } from './ended.js';
import { gradesLeft } from './said.js';
import { heading, loading, retry, trouble } from './screen.js';
import { TopUp } from './top-up.js';
import { visitOf } from './visit.js';

/** @import { Page, Screen } from './screen.js' */
/** @import { Problem, Schemas } from '../../types/client.js' */

/** The estimate's known error, nine times of ten (docs/speed.md). */
const ERROR = 0.2;
/** The plans of so many dates are fetched during the wait. */
const PLANS = 3;
/** Between two sentences to those who listen. */
const SPEAK_MS = 60_000;

/** @param {Page} page @param {Schemas['VenueView']} venue @param {string} [id] @returns {Screen} */
export function open(page, venue, id = '') {
  const visit = visitOf(id);
  /** @type {Problem | undefined} */
  let problem;
  /** @type {number | undefined} */
  let balance;
  const topUp = new TopUp(page, venue, (there) => { balance = there; }, { back: `#/wait/${id}` });
  let stop = () => {};
  let spokenAt = 0;
  let closed = false;
  /** @type {Schemas['ShownConcertView'] | undefined} */
  let concert;
  const second = window.setInterval(freshness, 1000);

  async function start() {
    problem = undefined;
    if (!session() && !visit.token) { return page.turn(`#/log-in/${encodeURIComponent(`#/wait/${id}`)}`); }
    const lost = await visit.recover();
    if (closed) { return; }
    if (lost && !visit.end) {
      // Whoever never joined is shown the concert.
      if (lost.code === 'not_in_queue') { return page.turn(`#/concerts/${id}`); }
      problem = lost;
    }
    changed();
    stop = visit.follow(changed);
    prepare();
  }

  /** What can be done before the turn comes is done before. */
  async function prepare() {
    void import('./choose.js');
    void plans();
    const asked = await call('get', '/v1/balance', { credential: session() });
    if (asked.ok) { balance = asked.data.balance; }
    page.redraw();
  }

  /** The dates, and the plans of the next. What is left of them comes with the position. */
  async function plans() {
    const asked = await call('get', '/v1/concerts/{concert_id}', { params: { concert_id: id } });
    if (!asked.ok || closed) { return; }
    concert = asked.data;
    page.redraw();
    for (const date of concert.dates.slice(0, PLANS)) { await planOf(date.performance_id); }
  }

  function changed() {
    if (closed) { return; }
    const position = visit.position;
    if (!visit.end && position?.status === 'admitted') {
      ring();
      page.say(words().yourTurn);
      page.turn(`#/choose/${id}`);
      return;
    }
    if (position?.ahead !== undefined && now() - spokenAt > SPEAK_MS && !visit.end) {
      spokenAt = now();
      page.say(`${words().ahead}: ${number(position.ahead)}`);
    }
    page.redraw();
  }

  /** Written past the view: once a second is too often for all of it. */
  function freshness() {
    const place = document.getElementById('fresh');
    if (place && visit.updatedAt) { place.textContent = words().updatedAgo(duration((now() - visit.updatedAt) / 1000)); }
  }

  async function leave() {
    if (!confirm(words().leaveSure)) { return; }
    problem = await visit.leave();
    problem ? page.redraw() : page.go(`#/concerts/${id}`);
  }

  async function again() {
    problem = await visit.join();
    if (problem) { return page.redraw(); }
    stop();
    stop = visit.follow(changed);
    changed();
  }

  void start();
  return {
    title: () => {
      const ahead = visit.position?.ahead;
      return ahead === undefined ? words().waitingRoom : `(${number(ahead)}) ${words().waitingRoom}`;
    },
    close() {
      closed = true;
      clearInterval(second);
      stop();
    },
    view: () => {
      const w = words();
      if (visit.end) { return ended(visit.end, again, problem, id); }
      const position = visit.position;
      if (!position) { return html`${heading(w.waitingRoom)}${problem ? retry(problem, () => void start()) : loading()}`; }
      return html`
        ${heading(w.waitingRoom)}
        ${visit.connected ? nothing : html`<p class="trouble" role="alert">${w.offlineWaiting}</p>`}
        ${sale(position, id)}
        ${place(position, visit.firstAhead)}
        <p id="fresh" class="hint"></p>
        <section class="card">
          <h2>${w.whatNext}</h2>
          <p>${position.queue_state === 'paused' ? w.queuePaused : w.nextText}</p>
          <p>${w.placeKept}</p>
          ${balance === undefined ? nothing : html`<p>${w.balance}: <strong>${price(balance)}</strong></p>`}
          <p><button type="button" @click=${() => { wake(); ring(); }}>${w.trySound}</button></p>
          <p><a href="#/draw/${id}">${w.checkDraw}</a></p>
        </section>
        ${topUp.isPossible ? html`<details class="card"><summary>${w.topUpMeanwhile}</summary><p>${w.placeKept}</p>${topUp.view()}</details>` : nothing}
        ${concert ? left(concert, visit.seatsLeft) : nothing}
        ${trouble(problem)}
        <p><button type="button" class="plain" @click=${leave}>${w.leaveQueue}</button></p>`;
    },
  };
}

/** What whoever waits has to know of the sale itself, at once.
 * @param {Schemas['PositionView']} position @param {string} id */
function sale(position, id) {
  const w = words();
  if (!position.sale) { return nothing; }
  const more = position.sale === 'sold_out' ? html` ${w.soldOutWaiting} <a href="#/concerts/${id}">${w.toConcert}</a>` : nothing;
  return html`<p class="trouble" id="sale" role="alert"><strong>${w.sales[position.sale]}</strong>${more}</p>`;
}

/** What is left of the next dates, as the office tells those who wait.
 * @param {Schemas['ShownConcertView']} concert @param {Schemas['PositionView']['seats_left']} [told] */
function left(concert, told) {
  const news = (/** @type {Schemas['ConcertDateView']} */ date) => told?.find(({ performance_id }) => performance_id === date.performance_id);
  const dates = concert.dates.map((date) => ({ ...date, ...withPrices(date, news(date)) }))
    .filter(({ sale }) => sale !== 'over' && sale !== 'cancelled').slice(0, PLANS);
  return html`<section class="card" aria-labelledby="left"><h2 id="left">${words().seatsLeft}</h2>${dates.map((date) => html`
    <p><strong>${date.local_date} ${date.local_time}</strong></p>${gradesLeft(date)}`)}</section>`;
}

/** The news of a date, with what each grade costs.
 * @param {Schemas['ConcertDateView']} date @param {Schemas['DateAwaitedView']} [news] */
function withPrices({ grades }, news) {
  return news && { ...news, grades: news.grades.map((one) => ({ prices: grades.find(({ grade }) => grade === one.grade)?.prices ?? [], ...one })) };
}

/** @param {Schemas['PositionView']} position @param {number} [first] */
function place(position, first) {
  const w = words();
  if (position.ahead === undefined) {
    return html`<div class="card place"><p class="large">${w.beforeDraw}</p><p>${w.drawPromise}</p></div>`;
  }
  const done = first ? Math.round(100 * (1 - position.ahead / first)) : 100;
  return html`<div class="card place">
    <p class="large"><span>${w.ahead}</span> <strong id="ahead">${number(position.ahead)}</strong></p>
    <progress max="100" value=${done} aria-label=${w.progress}></progress>
    <dl>
      <div><dt>${w.yourNumber}</dt><dd>${number(position.number ?? 0)}</dd></div>
      <div><dt>${w.nowServing}</dt><dd>${number(position.now_serving)}</dd></div>
      <div><dt>${w.estimate}</dt><dd>${estimate(position.estimated_wait_seconds)}</dd></div>
    </dl>
  </div>`;
}

/** @param {number} [seconds] */
function estimate(seconds) {
  if (seconds === undefined) { return words().unknown; }
  if (seconds < 60) { return words().lessThanMinute; }
  const [least, most] = [seconds * (1 - ERROR), seconds * (1 + ERROR)].map(duration);
  return least === most ? `${most}` : `${least} – ${most}`;
}
