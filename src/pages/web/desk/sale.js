// A sale as it goes on: what needs attention, the figures, each date's places, and the controls, by one stream.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { duration, number, price } from '../common/format.js';
import { follow } from '../common/stream.js';
import { ask, credential, refused } from '../staff/session.js';
import { deskWords } from '../words/desk.js';
import { words } from '../words/index.js';
import { heading, loading, trouble } from '../buyer/screen.js';
import { band } from './attention.js';
import { bars, share } from './chart.js';
import { Controls } from './steering.js';

/** @import { Page, Screen } from '../buyer/screen.js' */
/** @import { Problem, Schemas } from '../../types/client.js' */

const PARTS = /** @type {const} */ (['sold', 'held', 'free', 'blocked']);

/** @param {Page} page @param {Schemas['VenueView']} _venue @param {string} id the concert's @returns {Screen} */
export function open(page, _venue, id) {
  /** @type {Schemas['SaleView'] | undefined} */
  let sale;
  /** @type {Schemas['ConcertView'] | undefined} */
  let concert;
  /** @type {Problem | undefined} */
  let problem;
  let live = true;
  const controls = new Controls(page, id);
  const stop = follow(`/v1/operator/concerts/${encodeURIComponent(id)}/sale/stream`, credential() ?? '', {
    event: (name, data) => {
      if (name === 'sale') { sale = data; }
      problem = undefined;
      page.redraw();
    },
    refused: (why) => {
      refused(why);
      problem = why;
      page.redraw();
    },
    live: (now) => {
      if (live !== now) { page.redraw(); }
      live = now;
    },
  });
  void ask('get', '/v1/operator/concerts/{concert_id}', { params: { concert_id: id } }).then((asked) => {
    if (asked.ok) { concert = asked.data; } else { problem = asked.problem; }
    page.redraw();
  });

  return {
    title: () => concert?.title ?? deskWords().sale,
    wide: true,
    close: stop,
    view: () => html`${heading(concert?.title ?? deskWords().sale)}${trouble(problem)}
      ${sale ? shown(sale, live) : problem ? nothing : loading()}
      ${sale ? controls.view(sale.queue) : nothing}`,
  };
}

/** @param {Schemas['SaleView']} sale @param {boolean} live */
function shown(sale, live) {
  const w = deskWords();
  return html`${band(sale.needs)}
    ${live ? nothing : html`<p class="hint" role="status">${words().notLive}</p>`}
    ${figures(sale)}
    <div class="beside">${bars(sale.lately.tickets_by_minute, w.ticketsByMinute, number)}${bars(sale.lately.takings_by_minute, w.takingsByMinute, price)}</div>
    ${places(sale)}`;
}

/** @param {Schemas['SaleView']} sale */
function figures({ queue, lately, ...sale }) {
  const w = deskWords();
  const lastTen = lately.tickets_by_minute.slice(-10).reduce((sum, count) => sum + count, 0);
  /** @type {[string, unknown, unknown][]} */
  const all = [
    [w.waiting, number(queue.waiting), queue.median_wait_ms === undefined ? nothing : `${w.medianWait}: ${duration(queue.median_wait_ms / 1000)}`],
    [w.inside, number(queue.admitted), `${w.mostInside}: ${queue.max_admitted === undefined ? '∞' : number(queue.max_admitted)}`],
    [w.letInLastMinute, number(queue.admissions_per_minute_now), `${w.nowServing}: ${number(queue.now_serving)}`],
    [w.soldLastTen, number(lastTen), `${w.completed}: ${number(queue.completed)}`],
    [w.takings, price(lately.takings), `${w.sinceStart}; ${words().tickets}: ${number(lately.tickets)}`],
    [w.soldOutIn, sale.sells_out_in_minutes === undefined ? '–' : duration(sale.sells_out_in_minutes * 60), w.atThisPace],
  ];
  return html`<dl class="figures">${all.map(([name, value, hint]) => html`<div><dt>${name}</dt><dd>${value}</dd><dd class="hint">${hint}</dd></div>`)}</dl>`;
}

/** @param {Schemas['SaleView']} sale */
function places(sale) {
  const w = deskWords();
  if (!sale.dates.length) { return html`<p>${words().noDates}</p>`; }
  return html`<div class="scroll" tabindex="0" role="region" aria-label=${w.places}><table>
    <thead><tr><th scope="col">${words().date}</th><th scope="col">${words().grade}</th>${PARTS.map((part) => html`<th scope="col" class="money">${w.parts[part]}</th>`)}
      <th scope="col"><span class="unseen">${w.share}</span></th></tr></thead>
    ${sale.dates.map((date) => html`<tbody>${date.grades.map((grade, at) => html`<tr>
      ${at ? nothing : html`<th scope="rowgroup" rowspan=${date.grades.length}><time datetime=${date.starts_at}>${date.local_date} ${date.local_time}</time>
        <br><span class="hint">${date.hall}, ${words().sales[date.sale]}</span></th>`}
      <td>${grade.grade}</td>${PARTS.map((part) => html`<td class="money">${number(grade[part])}</td>`)}
      <td>${share(PARTS.map((part) => ({ name: part, value: grade[part] })))}</td></tr>`)}</tbody>`)}</table></div>`;
}
