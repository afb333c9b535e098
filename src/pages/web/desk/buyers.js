// Buyers: found by address, name, id of the venue's own site, or a ticket's code.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { price } from '../common/format.js';
import { ask } from '../staff/session.js';
import { deskWords } from '../words/desk.js';
import { words } from '../words/index.js';
import { fields, heading, trouble } from '../buyer/screen.js';

/** @import { Page, Screen } from '../buyer/screen.js' */
/** @import { Problem, Schemas } from '../../types/client.js' */

/** Four groups and more of letters and digits, as a ticket's code is written. */
const CODE = /^[0-9A-Za-z]{4}(-?[0-9A-Za-z]{4}){4,}$/;

/** @param {Page} page @returns {Screen} */
export function open(page) {
  /** @type {Schemas['BuyerView'][] | undefined} */
  let found;
  /** @type {Problem | undefined} */
  let problem;
  let busy = false;

  /** @param {SubmitEvent} event */
  async function find(event) {
    const text = (fields(event)['text'] ?? '').trim();
    if (busy || !text) { return; }
    busy = true;
    const query = CODE.test(text) ? { code: text } : text.includes('@') ? { email: text } : { name: text };
    let asked = await ask('get', '/v1/operator/users', { query });
    if (asked.ok && !asked.data.users.length && 'name' in query) { asked = await ask('get', '/v1/operator/users', { query: { external_id: text } }); }
    busy = false;
    problem = asked.ok ? undefined : asked.problem;
    found = asked.ok ? asked.data.users : undefined;
    const [only] = found ?? [];
    if ('code' in query && only) { return page.go(`#/buyer/${only.id}`); }
    page.redraw();
  }

  return {
    title: () => deskWords().buyers,
    view: () => {
      const w = deskWords();
      return html`${heading(w.buyers)}${trouble(problem)}
        <form class="card" @submit=${find}><label>${w.findBuyer}<input name="text" required maxlength="200" autocomplete="off"></label>
          <p class="act"><button class="main" ?disabled=${busy}>${w.find}</button></p></form>
        ${!found ? nothing : found.length ? html`<ul class="sessions card">${found.map((user) => html`<li>
          <a href="#/buyer/${user.id}">${user.name}</a><span class="hint">${user.email ?? user.external_id ?? ''}</span><span>${price(user.balance)}</span></li>`)}</ul>`
          : html`<p>${w.nobodyFound}</p>`}
        <p class="hint">${w.ticketHint} <a href="#/ticket">${words().ticket}</a></p>`;
    },
  };
}
