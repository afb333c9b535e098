// Logging in; afterwards on to where one was going.

import { html } from '../vendor/lit-html/lit-html.js';
import { call } from '../common/api.js';
import { keepSession } from '../common/session.js';
import { words } from '../words/index.js';
import { fields, heading, trouble } from './screen.js';
import { forgetVisits } from './visit.js';

/** @import { Page, Screen } from './screen.js' */
/** @import { Problem, Schemas } from '../../types/client.js' */

/** Where to go afterwards: a screen of ours, never another place.
 * @param {string} next */
export const onward = (next) => (next.startsWith('#/') ? next : '#/');

/** @param {Page} page @param {Schemas['VenueView']} _venue @param {string} [next] @returns {Screen} */
export function open(page, _venue, next = '') {
  /** @type {Problem | undefined} */
  let problem;
  let busy = false;

  /** @param {SubmitEvent} event */
  async function send(event) {
    const { email = '', password = '' } = fields(event);
    if (busy) { return; }
    busy = true;
    page.redraw();
    const asked = await call('post', '/v1/sessions', { body: { email, password } });
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
    title: () => words().logIn,
    view: () => {
      const w = words();
      return html`
        ${heading(w.logIn)}
        ${trouble(problem)}
        <form class="card" @submit=${send}>
          <label>${w.email}<input name="email" type="email" autocomplete="username" required></label>
          <label>${w.password}<input name="password" type="password" autocomplete="current-password" required></label>
          <button class="main" ?disabled=${busy}>${w.logIn}</button>
        </form>
        <p>${w.noAccount} <a href="#/sign-up/${encodeURIComponent(next)}">${w.signUp}</a></p>
        <p><a href="#/forgotten">${w.forgotten}</a></p>`;
    },
  };
}
