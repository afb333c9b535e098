// Security and privacy of one's account: the address, where one is logged in, the password, one's data, and the account's end.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { call, newKey } from '../common/api.js';
import { dateTime, price } from '../common/format.js';
import { keepSession, session } from '../common/session.js';
import { forTab } from '../keep/store.js';
import { words } from '../words/index.js';
import { fields, heading, loading, retry, trouble } from './screen.js';
import { forgetVisits } from './visit.js';

/** @import { Page, Screen } from './screen.js' */
/** @import { Problem, Schemas } from '../../types/client.js' */

/** @param {Page} page @param {Schemas['VenueView']} venue @returns {Screen} */
export function open(page, venue) {
  /** @type {Schemas['AccountView'] | undefined} */
  let account;
  /** @type {Schemas['OwnSessionView'][]} */
  let sessions = [];
  /** @type {Problem | undefined} */
  let problem;
  /** What would be given up with the account. @type {number | undefined} */
  let balance;
  let done = '';
  let busy = false;

  async function load() {
    const credential = session();
    if (!credential) { return page.turn(`#/log-in/${encodeURIComponent('#/security')}`); }
    const [shown, listed] = await Promise.all([call('get', '/v1/account', { credential }), call('get', '/v1/account/sessions', { credential })]);
    if (shown.ok) { account = shown.data; } else { problem = shown.problem; }
    if (listed.ok) { sessions = listed.data.sessions; } else { problem = listed.problem; }
    page.redraw();
  }
  void load();

  /** One change at a time; then the account is looked at again.
   * @param {() => Promise<{ ok: true } | { ok: false, problem: Problem }>} act @param {string} said when it went well */
  async function change(act, said) {
    if (busy) { return; }
    busy = true;
    page.redraw();
    const asked = await act();
    busy = false;
    problem = asked.ok ? undefined : asked.problem;
    done = asked.ok ? said : '';
    await load();
  }

  const confirmation = () => change(() => call('post', '/v1/account/email-confirmations', { credential: session(), key: newKey() }), words().linkSent);

  /** @param {string} id */
  const end = (id) => change(() => call('delete', '/v1/account/sessions/{session_id}', { credential: session(), params: { session_id: id } }), words().sessionEnded);

  /** @param {SubmitEvent} event */
  async function password(event) {
    const form = /** @type {HTMLFormElement} */ (event.target);
    const said = fields(event);
    const body = { current_password: said['current'] ?? '', password: said['password'] ?? '' };
    await change(() => call('put', '/v1/account/password', { credential: session(), body }), words().passwordChanged);
    if (done) { form.reset(); }
  }

  async function download() {
    const asked = await call('get', '/v1/account/export', { credential: session() });
    problem = asked.ok ? undefined : asked.problem;
    if (asked.ok) {
      const file = document.createElement('a');
      file.href = URL.createObjectURL(new Blob([JSON.stringify(asked.data, null, 2)], { type: 'application/json' }));
      file.download = 'account.json';
      file.click();
      setTimeout(() => URL.revokeObjectURL(file.href), 60_000);
    }
    page.redraw();
  }

  /** @param {SubmitEvent} event */
  async function remove(event) {
    const give_up_balance = fields(event)['give-up'] === 'on';
    if (busy || !confirm(words().deleteSure)) { return; }
    busy = true;
    const asked = await call('delete', '/v1/account', { credential: session(), query: { give_up_balance } });
    busy = false;
    if (asked.ok) {
      forgetVisits();
      forTab.clear();
      page.say(words().deleted);
      page.turn('#/');
      return keepSession(null);
    }
    problem = asked.problem;
    if (problem.code === 'balance_left') { balance = Number(problem['balance']); }
    page.redraw();
  }

  return {
    title: () => words().security,
    view: () => {
      const w = words();
      if (!account) { return html`${heading(w.security)}${problem ? retry(problem, () => void load()) : loading()}`; }
      return html`${heading(w.security)}${trouble(problem)}${done ? html`<p role="status"><strong>${done}</strong></p>` : nothing}
        ${address(account, venue, busy, confirmation)}
        ${openSessions(sessions, venue, busy, end)}
        ${passwordForm(account, busy, password)}
        <section class="card"><h2>${w.yourData}</h2><p>${w.exportText}</p><button type="button" @click=${download}>${w.download}</button></section>
        <form class="card" @submit=${remove}><h2>${w.deleteAccount}</h2><p>${w.deleteText}</p>
          ${balance === undefined ? nothing : html`<label class="choice"><input type="checkbox" name="give-up"><span>${w.giveUp(price(balance))}</span></label>`}
          <button ?disabled=${busy}>${w.deleteAccount}</button></form>
        <p><a href="#/account">${w.account}</a></p>`;
    },
  };
}

/** @param {Schemas['AccountView']} account @param {Schemas['VenueView']} venue @param {boolean} busy @param {() => void} again */
function address(account, venue, busy, again) {
  const w = words();
  if (!account.email) { return nothing; }
  return html`<section class="card"><h2>${w.email}</h2><p><strong>${account.email}</strong><br>
      <span class="hint">${account.is_email_confirmed ? w.isConfirmed : w.unconfirmed}</span></p>
    ${account.is_email_confirmed || !venue.sends_mail ? nothing
      : html`<button type="button" ?disabled=${busy} @click=${again}>${w.sendConfirmation}</button>
        <a href="#/confirm-email">${w.codeInstead}</a>`}</section>`;
}

/** @param {Schemas['OwnSessionView'][]} sessions @param {Schemas['VenueView']} venue @param {boolean} busy @param {(id: string) => void} end */
function openSessions(sessions, venue, busy, end) {
  const w = words();
  return html`<section class="card"><h2>${w.sessions}</h2><ul class="sessions">${sessions.map((one) => {
    const since = dateTime(one.created_at, venue.time_zone);
    return html`<li><span>${w.since}: ${since}</span> ${one.is_current ? html`<strong>${w.thisSession}</strong>`
      : html`<button type="button" class="plain" ?disabled=${busy} aria-label=${`${w.endSession}: ${since}`} @click=${() => end(one.id)}>${w.endSession}</button>`}</li>`;
  })}</ul></section>`;
}

/** @param {Schemas['AccountView']} account @param {boolean} busy @param {(event: SubmitEvent) => void} send */
function passwordForm(account, busy, send) {
  const w = words();
  return html`<form class="card" @submit=${send}><h2>${w.changePassword}</h2>
    <input type="hidden" autocomplete="username" value=${account.email ?? ''}>
    <label>${w.currentPassword}<input name="current" type="password" autocomplete="current-password" required></label>
    <label>${w.newPassword}<input name="password" type="password" autocomplete="new-password" required minlength="8" aria-describedby="password-rule"></label>
    <p id="password-rule" class="hint">${w.passwordRule}</p>
    <button ?disabled=${busy}>${w.changePassword}</button></form>`;
}
