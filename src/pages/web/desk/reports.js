// Reports: what was sold, what went back, what was taken, who came; by day, date, price level and more; as a table, a chart, a file, on paper.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { number, price } from '../common/format.js';
import { ask, download } from '../staff/session.js';
import { deskWords } from '../words/desk.js';
import { words } from '../words/index.js';
import { fields, heading, loading, retry, trouble } from '../buyer/screen.js';
import { bars } from './chart.js';
import { Listed } from './list.js';

/** @import { Page, Screen } from '../buyer/screen.js' */
/** @import { Problem, Schemas } from '../../types/client.js' */

/** @type {readonly Schemas['SalesBy'][]} */
const SALES = ['performance', 'grade', 'ticket_type', 'day', 'channel', 'code'];
/** @type {readonly Schemas['RefundsBy'][]} */
const REFUNDS = ['performance', 'way', 'cause', 'day'];
/** @type {readonly ('sales' | 'refunds' | 'takings' | 'attendance')[]} */
const KINDS = ['sales', 'refunds', 'takings', 'attendance'];
/** @typedef {{ name: string, tickets: number, amount: number, refunded: number }} Line */

/** @param {Page} page @param {Schemas['VenueView']} _venue @param {string} [of] `sales`, `refunds`, `takings` or `attendance` @param {string} [by]
 * @param {string} [concert] of which alone @returns {Screen} */
export function open(page, _venue, of = 'sales', by = '', concert = '') {
  const kind = KINDS.find((one) => one === of) ?? 'sales';
  const only = concert && kind !== 'takings' ? { concert_id: concert } : {};
  const split = (kind === 'refunds' ? REFUNDS : SALES).find((one) => one === by) ?? 'performance';
  /** Days, as the venue's calendar has them. @type {{ from?: string, to?: string }} */
  let span = {};
  /** @type {Line[] | undefined} */
  let lines;
  /** @type {Schemas['TakingsView'] | undefined} */
  let takings;
  let total = { tickets: 0, amount: 0, refunded: 0 };
  /** @type {Problem | undefined} */
  let problem;

  const came = new Listed(page, async (/** @type {string | undefined} */ cursor) => {
    const asked = await ask('get', '/v1/operator/reports/attendance', { query: { ...span, ...only, ...(cursor ? { cursor } : {}) } });
    return asked.ok ? { ok: true, items: asked.data.performances, next: asked.data.next_cursor } : asked;
  });

  async function load() {
    if (kind === 'sales') {
      const asked = await ask('get', '/v1/operator/reports/sales', { query: { ...span, ...only, by: /** @type {Schemas['SalesBy']} */ (split) } });
      problem = asked.ok ? undefined : asked.problem;
      if (asked.ok) {
        lines = asked.data.lines.map((line) => ({ name: nameOf(line), tickets: line.tickets, amount: line.amount, refunded: line.refunded }));
        total = asked.data.total;
      }
    } else if (kind === 'refunds') {
      const asked = await ask('get', '/v1/operator/reports/refunds', { query: { ...span, ...only, by: /** @type {Schemas['RefundsBy']} */ (split) } });
      problem = asked.ok ? undefined : asked.problem;
      if (asked.ok) {
        lines = asked.data.lines.map((line) => ({ name: nameOf(line), tickets: line.tickets, amount: 0, refunded: line.amount }));
        total = { tickets: asked.data.total.tickets, amount: 0, refunded: asked.data.total.amount };
      }
    } else if (kind === 'attendance') {
      await came.load();
    } else {
      const asked = await ask('get', '/v1/operator/reports/takings', { query: span });
      problem = asked.ok ? undefined : asked.problem;
      if (asked.ok) { takings = asked.data; }
    }
    page.redraw();
  }

  /** @param {SubmitEvent} event */
  function choose(event) {
    const said = fields(event);
    span = { ...(said['from'] ? { from: said['from'] } : {}), ...(said['to'] ? { to: said['to'] } : {}) };
    void load();
  }

  async function file() {
    const query = new URLSearchParams({ report: kind, bom: 'true', ...(kind === 'takings' || kind === 'attendance' ? {} : { by: split }), ...span, ...only });
    problem = await download(`/v1/operator/reports/csv?${query}`, kind === 'attendance' || kind === 'takings' ? `${kind}.csv` : `${kind}-${split}.csv`);
    page.redraw();
  }

  void load();
  return {
    title: () => deskWords().reports,
    wide: true,
    view: () => {
      const w = deskWords();
      return html`${heading(w.reports)}${lines || takings ? trouble(problem) : problem ? retry(problem, () => void load()) : nothing}
        <p class="act choices">${KINDS.map((one) => html`<a href="#/reports/${one}" aria-current=${one === kind ? 'page' : 'false'}>${w.reportKinds[one]}</a>`)}</p>
        ${kind === 'takings' || kind === 'attendance' ? nothing : html`<p class="act choices">${(kind === 'refunds' ? REFUNDS : SALES).map((one) => html`
          <a href="#/reports/${kind}/${one}${concert ? `/${concert}` : ''}" aria-current=${one === split ? 'page' : 'false'}>${w.reportBy[one]}</a>`)}</p>`}
        <form class="card columns" @submit=${choose}><label>${w.from}<input name="from" type="date"></label><label>${w.until}<input name="to" type="date"></label>
          <p class="act"><button class="main">${w.show}</button><button type="button" @click=${() => void file()}>CSV</button>
            <button type="button" @click=${() => window.print()}>${w.print}</button></p></form>
        ${kind === 'attendance' ? attended(came) : takings ? taken(takings) : lines ? table(lines, total, w.reportBy[split]) : problem ? nothing : loading()}`;
    },
  };
}

/** What a line is of. @param {Schemas['SalesLineView'] | Schemas['RefundsLineView']} line */
function nameOf(line) {
  const w = deskWords();
  if (line.performance) { return `${line.performance.concert}, ${line.performance.local_date} ${line.performance.local_time}`; }
  if (line.day) { return line.day; }
  if ('to' in line && line.to) { return w.refundWays[line.to]; }
  if ('cause' in line && line.cause) { return w.causes[line.cause]; }
  const sold = /** @type {Schemas['SalesLineView']} */ (line);
  if (sold.channel) { return `${w.channels[sold.channel]}${sold.paid_by ? `, ${sold.paid_by === 'exchange' ? w.exchanged : w.ways[sold.paid_by]}` : ''}`; }
  return sold.grade ?? sold.type ?? sold.code ?? sold.code_batch ?? w.without;
}

/** @param {Line[]} lines @param {{ tickets: number, amount: number, refunded: number }} total @param {string} head */
function table(lines, total, head) {
  const w = deskWords();
  if (!lines.length) { return html`<p>${w.nothingYet}</p>`; }
  const row = (/** @type {Omit<Line, 'name'>} */ of) => html`<td class="money">${number(of.tickets)}</td><td class="money">${price(of.amount)}</td><td class="money">${price(of.refunded)}</td>`;
  return html`${lines.length > 1 ? bars(lines.map((line) => line.amount || line.refunded), head, price) : nothing}
    <div class="scroll" tabindex="0" role="region" aria-label=${w.reports}><table>
      <thead><tr><th scope="col">${head}</th><th scope="col" class="money">${words().tickets}</th><th scope="col" class="money">${w.sold}</th><th scope="col" class="money">${w.refunds}</th></tr></thead>
      <tbody>${lines.map((line) => html`<tr><td>${line.name}</td>${row(line)}</tr>`)}</tbody>
      <tfoot><tr><th scope="row">${words().total}</th>${row(total)}</tr></tfoot></table></div>`;
}

/** @param {Schemas['TakingsView']} of */
function taken(of) {
  const w = deskWords();
  return html`<p class=${of.reconciled ? 'well' : 'missing'}>${of.reconciled ? `✓ ${w.reconciled}` : `⚠ ${w.notReconciled}`}</p>
    <dl class="figures"><div><dt>${w.takings}</dt><dd>${price(of.takings)}</dd></div><div><dt>${w.balancesBefore}</dt><dd>${price(of.opening_balances)}</dd></div>
      <div><dt>${w.balancesAfter}</dt><dd>${price(of.closing_balances)}</dd></div></dl>
    <div class="scroll" tabindex="0" role="region" aria-label=${w.movements}><table><thead><tr><th scope="col">${w.movements}</th><th scope="col">${w.means}</th><th scope="col" class="money">${w.count}</th><th scope="col" class="money">${words().amount}</th></tr></thead>
      <tbody>${of.movements.map((one) => html`<tr><td>${words().postings[one.kind]}</td><td>${one.provider ?? (one.means ? w.moneyMeans[one.means] : '')}</td>
        <td class="money">${number(one.postings)}</td><td class="money">${price(one.amount)}</td></tr>`)}</tbody></table></div>`;
}

/** Who came, by date and gate. @param {Listed<Schemas['AttendanceView']>} came */
function attended(came) {
  const w = deskWords();
  const row = (/** @type {Schemas['AttendanceView']} */ of) => html`<td>${of.concert}<br><span class="hint">${of.local_date} ${of.local_time}, ${of.hall}${of.cancelled ? `, ${w.concertStates.cancelled}` : ''}</span></td>
    <td class="money">${number(of.tickets)}</td><td class="money">${number(of.checked_in)}</td><td class="money">${number(Math.max(0, of.tickets - of.checked_in))}</td>
    <td>${of.gates.map(({ gate, checked_in: count }) => html`<div>${gate ?? w.without}: ${number(count)}</div>`)}</td><td class="money">${number(of.doubles)}</td>`;
  const items = came.items ?? [];
  return html`${items.length > 1 ? bars(items.map(({ checked_in: count }) => count), w.cameIn, number) : nothing}
    ${came.table([words().date, words().tickets, w.cameIn, w.stayedAway, w.gates, w.doubles], row)}`;
}
