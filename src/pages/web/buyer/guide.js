// In a demonstration: who a visitor can be, and how to become it with one tap. Elsewhere there is nothing here.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { BASE, call } from '../common/api.js';
import { keepSession, signedIn } from '../common/session.js';
import { words } from '../words/index.js';
import { trouble } from './screen.js';
import { forgetVisits } from './visit.js';

/** @import { Page } from './screen.js' */
/** @import { Problem } from '../../types/client.js' */
/** @typedef {{ buyer_email: string, buyer_password: string, operator_key: string, crowd?: number }} Guide */

/** @returns {Guide | undefined} */
export function told() {
  const said = document.querySelector('meta[name="boxoffice-guide"]')?.getAttribute('content');
  return said ? JSON.parse(said) : undefined;
}

/** @type {Problem | undefined} */
let problem;

/** @param {Page} page */
export function guide(page) {
  const guide = told();
  if (!guide) { return nothing; }
  const w = words();
  async function be() {
    const body = { email: guide?.buyer_email ?? '', password: guide?.buyer_password ?? '' };
    const asked = await call('post', '/v1/sessions', { body });
    problem = asked.ok ? undefined : asked.problem;
    if (asked.ok) {
      forgetVisits();
      keepSession(asked.data);
    }
    page.redraw();
  }
  /** Opens a page of the staff's, in the operator's name. @param {'desk' | 'door'} where */
  async function work(where) {
    const key = guide?.operator_key ?? '';
    // A key of the operator's own is not told; then it is asked for there.
    if (key.startsWith('op_')) {
      const { logIn } = await import('../staff/session.js');
      problem = await logIn(key);
      if (problem) { return page.redraw(); }
    }
    location.assign(new URL(where, BASE));
  }
  const isBuyer = signedIn()?.user.email === guide.buyer_email;
  return html`<section class="card guide" aria-labelledby="guide">
    <h2 id="guide">${w.demoTitle}</h2>
    <p>${w.demoText}</p>
    ${trouble(problem)}
    <ul>
      <li><strong>${w.demoBuyer}</strong> (${guide.buyer_email}):
        ${isBuyer ? w.demoYouAre : html`<button type="button" name="buyer" @click=${be}>${w.demoBeBuyer}</button>`}</li>
      <li><strong>${w.demoOperator}</strong>: <button type="button" name="desk" @click=${() => void work('desk')}>${w.demoBeOperator}</button>
        <a href="#/set-up">${w.setUp}</a>, <a href="docs#/Operator">${w.demoDesk}</a>.
        ${w.demoKey}: <code>${guide.operator_key}</code></li>
      <li><strong>${w.demoDoor}</strong>: <button type="button" name="door" @click=${() => void work('door')}>${w.demoBeDoor}</button></li>
    </ul>
  </section>`;
}
