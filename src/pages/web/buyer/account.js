// One's account: who, what is there, every change of it.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { call } from '../common/api.js';
import { dateTime, price } from '../common/format.js';
import { session, signedIn } from '../common/session.js';
import { words } from '../words/index.js';
import { heading, loading, retry, showMore } from './screen.js';
import { TopUp } from './top-up.js';

/** @import { Page, Screen } from './screen.js' */
/** @import { Problem, Schemas } from '../../types/client.js' */

/** @param {Page} page @param {Schemas['VenueView']} venue @returns {Screen} */
export function open(page, venue) {
  /** @type {number | undefined} */
  let balance;
  /** @type {Schemas['PostingView'][] | undefined} */
  let postings;
  /** @type {string | undefined} */
  let more;
  /** @type {Problem | undefined} */
  let problem;
  const topUp = new TopUp(page, venue, () => {
    [postings, more] = [undefined, undefined];
    void load();
  });

  async function load() {
    problem = undefined;
    const credential = session();
    if (!credential) { return page.turn(`#/log-in/${encodeURIComponent('#/account')}`); }
    const [has, listed] = await Promise.all([
      call('get', '/v1/balance', { credential }),
      call('get', '/v1/balance/postings', { credential, query: more ? { cursor: more } : {} }),
    ]);
    if (has.ok) { balance = has.data.balance; } else { problem = has.problem; }
    if (listed.ok) {
      postings = [...(postings ?? []), ...listed.data.postings];
      more = listed.data.next_cursor;
    } else { problem = listed.problem; }
    page.redraw();
  }
  void load();

  return {
    title: () => words().account,
    view: () => {
      const w = words();
      const user = signedIn()?.user;
      return html`
        ${heading(w.account)}
        <section class="card"><p><strong>${user?.name ?? ''}</strong><br>${user?.email ?? ''}</p>
          <p class="sum"><span>${w.balance}</span> <strong>${balance === undefined ? w.unknown : price(balance)}</strong></p>
          <p><a href="#/security">${w.security}</a></p></section>
        ${topUp.view()}
        <h2>${w.history}</h2>
        ${problem ? retry(problem, () => void load()) : nothing}
        ${postings ? html`<table><thead><tr><th scope="col">${w.when}</th><th scope="col">${w.what}</th><th scope="col">${w.amount}</th>
          <th scope="col">${w.balance}</th></tr></thead><tbody>${postings.map((posting) => html`<tr>
            <td>${dateTime(posting.posted_at, venue.time_zone)}</td><td>${w.postings[posting.kind]}</td>
            <td class="money">${price(posting.amount)}</td><td class="money">${price(posting.balance)}</td></tr>`)}</tbody></table>`
          : problem ? nothing : loading()}
        ${more ? showMore(load) : nothing}`;
    },
  };
}
