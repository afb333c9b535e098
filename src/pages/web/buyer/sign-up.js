// Making an account. One key for what the form says, so that a lost answer makes no second one.

import { html } from '../vendor/lit-html/lit-html.js';
import { call, keys } from '../common/api.js';
import { keepSession } from '../common/session.js';
import { words } from '../words/index.js';
import { onward } from './log-in.js';
import { fields, heading, trouble } from './screen.js';
import { forgetVisits } from './visit.js';

/** @import { Page, Screen } from './screen.js' */
/** @import { Problem, Schemas } from '../../types/client.js' */

/** @param {Page} page @param {Schemas['VenueView']} _venue @param {string} [next] @returns {Screen} */
export function open(page, _venue, next = '') {
  /** @type {Problem | undefined} */
  let problem;
  let busy = false;
  const keyOf = keys();

  /** @param {SubmitEvent} event */
  async function send(event) {
    const { email = '', password = '', name = '' } = fields(event);
    if (busy) { return; }
    const key = keyOf([email, password, name]);
    busy = true;
    page.redraw();
    const asked = await call('post', '/v1/users', { body: { email, password, name }, key });
    busy = false;
    if (asked.ok) {
      forgetVisits();
      page.turn(onward(next));
      keepSession(asked.data);
      return;
    }
    problem = asked.problem;
    page.redraw();
  }

  return {
    title: () => words().signUp,
    view: () => {
      const w = words();
      return html`
        ${heading(w.signUp)}
        ${trouble(problem)}
        <form class="card" @submit=${send}>
          <label>${w.name}<input name="name" autocomplete="name" required maxlength="100"></label>
          <label>${w.email}<input name="email" type="email" autocomplete="username" required></label>
          <label>${w.password}<input name="password" type="password" autocomplete="new-password" required minlength="8"
            aria-describedby="password-rule"></label>
          <p id="password-rule" class="hint">${w.passwordRule}</p>
          <button class="main" ?disabled=${busy}>${w.signUp}</button>
        </form>
        <p>${w.haveAccount} <a href="#/log-in/${encodeURIComponent(next)}">${w.logIn}</a></p>`;
    },
  };
}
