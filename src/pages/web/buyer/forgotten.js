// Asking for a mail with which a forgotten password is chosen anew. What is said is the same whether the address has an
// account or not: nobody learns here who has one.

import { html } from '../vendor/lit-html/lit-html.js';
import { call, keys } from '../common/api.js';
import { duration } from '../common/format.js';
import { words } from '../words/index.js';
import { fields, heading, trouble } from './screen.js';

/** @import { Page, Screen } from './screen.js' */
/** @import { Problem, Schemas } from '../../types/client.js' */

/** @param {Page} page @param {Schemas['VenueView']} venue @returns {Screen} */
export function open(page, venue) {
  const keyOf = keys();
  /** How long the link works, once it was sent. @type {number | undefined} */
  let sent;
  /** @type {Problem | undefined} */
  let problem = venue.sends_mail ? undefined : { code: 'mail_off', status: 409 };
  let busy = false;

  /** @param {SubmitEvent} event */
  async function send(event) {
    const { email = '' } = fields(event);
    if (busy) { return; }
    busy = true;
    const asked = await call('post', '/v1/password-resets', { body: { email }, key: keyOf(email) });
    busy = false;
    problem = asked.ok ? undefined : asked.problem;
    if (asked.ok) { sent = asked.data.link_seconds; }
    page.redraw();
  }

  return {
    title: () => words().forgotten,
    view: () => {
      const w = words();
      if (sent !== undefined) {
        return html`${heading(w.linkSent)}<p role="status">${w.linkSentText(duration(sent))}</p><p><a href="#/reset-password">${w.codeInstead}</a></p><p><a href="#/log-in">${w.logIn}</a></p>`;
      }
      return html`${heading(w.forgotten)}${trouble(problem)}
        <form class="card" @submit=${send}><p>${w.resetAsk}</p>
          <label>${w.email}<input name="email" type="email" autocomplete="username" required></label>
          <button class="main" ?disabled=${busy || !venue.sends_mail}>${w.sendLink}</button></form>`;
    },
  };
}
