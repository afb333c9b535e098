// Choosing a new password by the link of a mail. Afterwards one is logged in, here and nowhere else.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { call, keys } from '../common/api.js';
import { keepSession } from '../common/session.js';
import { words } from '../words/index.js';
import { fields, heading, trouble } from './screen.js';
import { forgetVisits } from './visit.js';

/** @import { Page, Screen } from './screen.js' */
/** @import { Problem, Schemas } from '../../types/client.js' */

/** @param {Page} page @param {Schemas['VenueView']} _venue @param {string} [token] the link's secret @returns {Screen} */
export function open(page, _venue, token = '') {
  const keyOf = keys();
  /** @type {Problem | undefined} */
  let problem;
  let busy = false;

  /** @param {SubmitEvent} event */
  async function send(event) {
    const { password = '', code = '' } = fields(event);
    const secret = token || code.trim();
    if (busy) { return; }
    busy = true;
    page.redraw();
    const asked = await call('post', '/v1/passwords', { body: { token: secret, password }, key: keyOf([secret, password]) });
    busy = false;
    if (asked.ok) {
      forgetVisits();
      page.turn('#/');
      keepSession(asked.data);
      return;
    }
    problem = asked.problem;
    page.redraw();
  }

  return {
    title: () => words().newPassword,
    view: () => {
      const w = words();
      return html`${heading(w.newPassword)}
        ${trouble(problem, problem?.code === 'link_not_found' ? html`<a class="button" href="#/forgotten">${w.sendLink}</a>` : undefined)}
        <form class="card" @submit=${send}>
          ${token ? nothing : html`<label>${w.mailCode}<input name="code" autocomplete="one-time-code" required></label>`}
          <label>${w.newPassword}<input name="password" type="password" autocomplete="new-password" required minlength="8"
            aria-describedby="password-rule"></label>
          <p id="password-rule" class="hint">${w.passwordRule} ${w.resetEnds}</p>
          <button class="main" ?disabled=${busy}>${w.keepPassword}</button></form>`;
    },
  };
}
