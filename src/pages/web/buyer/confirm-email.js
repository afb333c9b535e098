// Confirming one's address by the link of a mail. It takes a tap: what reads mails ahead of people follows links too.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { call, keys } from '../common/api.js';
import { words } from '../words/index.js';
import { fields, heading, trouble } from './screen.js';

/** @import { Page, Screen } from './screen.js' */
/** @import { Problem, Schemas } from '../../types/client.js' */

/** @param {Page} page @param {Schemas['VenueView']} _venue @param {string} [token] the link's secret @returns {Screen} */
export function open(page, _venue, token = '') {
  const keyOf = keys();
  /** @type {Problem | undefined} */
  let problem;
  let busy = false;
  let isDone = false;

  /** @param {SubmitEvent} event */
  async function confirm(event) {
    const secret = token || (fields(event)['code'] ?? '').trim();
    event.preventDefault();
    if (busy) { return; }
    busy = true;
    page.redraw();
    const asked = await call('post', '/v1/email-confirmations', { body: { token: secret }, key: keyOf(secret) });
    busy = false;
    isDone = asked.ok;
    problem = asked.ok ? undefined : asked.problem;
    page.redraw();
  }

  return {
    title: () => words().confirmEmail,
    view: () => {
      const w = words();
      if (isDone) { return html`${heading(w.confirmed)}<p class="act"><a class="button main" href="#/">${w.onSale}</a></p>`; }
      return html`${heading(w.confirmEmail)}${trouble(problem)}<p>${w.confirmText}</p>
        <form class="card" @submit=${confirm}>
          ${token ? nothing : html`<label>${w.mailCode}<input name="code" autocomplete="one-time-code" required></label>`}
          <button class="main" ?disabled=${busy}>${w.confirmEmail}</button></form>`;
    },
  };
}
