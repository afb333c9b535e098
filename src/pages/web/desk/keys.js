// Staff keys: who may what. A new key's secret is shown once.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { dateTime } from '../common/format.js';
import { instantAt } from '../common/zone.js';
import { ask, staff } from '../staff/session.js';
import { deskWords } from '../words/desk.js';
import { staffWords } from '../words/staff.js';
import { fields, heading } from '../buyer/screen.js';
import { Change } from './form.js';
import { Listed } from './list.js';

/** @import { Page, Screen } from '../buyer/screen.js' */
/** @import { Schemas } from '../../types/client.js' */

/** @type {readonly Schemas['Scope'][]} */
const SCOPES = ['manage', 'sell', 'door', 'report'];

/** @param {Page} page @param {Schemas['VenueView']} venue @returns {Screen} */
export function open(page, venue) {
  const zone = venue.time_zone;
  const change = new Change(page);
  /** @type {Schemas['NewStaffKeyView'] | undefined} */
  let made;
  const list = new Listed(page, async (/** @type {string | undefined} */ cursor) => {
    const asked = await ask('get', '/v1/operator/staff-keys', { query: cursor ? { cursor } : {} });
    return asked.ok ? { ok: true, items: asked.data.staff_keys, next: asked.data.next_cursor } : asked;
  });

  /** @param {SubmitEvent} event */
  async function make(event) {
    const said = fields(event);
    const scopes = SCOPES.filter((scope) => said[scope]);
    const body = { name: said['name'] ?? '', scopes, ...(said['ends'] ? { ends_at: instantAt(said['ends'], zone) } : {}) };
    const done = await change.send(body, (key) => ask('post', '/v1/operator/staff-keys', { body, key }));
    if (!done) { return; }
    made = done.data;
    /** @type {HTMLFormElement} */ (event.target).reset();
    await list.load();
  }

  /** @param {Schemas['StaffKeyView']} key */
  async function revoke(key) {
    if (!window.confirm(`${deskWords().revokeSure} ${key.name}`)) { return; }
    const params = { staff_key_id: key.id };
    const done = await change.send(key.id, () => ask('delete', '/v1/operator/staff-keys/{staff_key_id}', { params }), deskWords().revoked);
    if (done) { await list.load(); }
  }

  /** @param {Schemas['StaffKeyView']} key */
  function row(key) {
    const w = deskWords();
    const mine = key.id === staff()?.staff_key.id;
    return html`<td>${key.name} ${mine ? html`<span class="hint">(${w.thisKey})</span>` : nothing}</td>
      <td>${key.scopes.map((scope) => staffWords().scopes[scope]).join(', ')}</td>
      <td>${dateTime(key.made_at, zone)}</td>
      <td>${key.revoked_at ? `${w.revoked} ${dateTime(key.revoked_at, zone)}`
        : html`${key.ends_at ? `${w.endsAt}: ${dateTime(key.ends_at, zone)} ` : nothing}<button type="button" @click=${() => void revoke(key)}>${w.revoke}</button>`}</td>`;
  }

  void list.load();
  return {
    title: () => deskWords().keys,
    wide: true,
    view: () => {
      const w = deskWords();
      return html`${heading(w.keys)}<p>${w.keysText}</p>${change.trouble()}
        ${made ? html`<section class="card new" aria-labelledby="made"><h2 id="made">${w.keyMade}: ${made.staff_key.name}</h2>
          <p>${w.shownOnce}</p><p><code class="secret">${made.secret}</code></p></section>` : nothing}
        ${list.table([w.name, w.scopes, w.madeAt, w.state], row)}
        <form class="card" @submit=${make}><h2>${w.newKey}</h2>
          <label>${w.name}<input name="name" required maxlength="100"></label>
          <fieldset><legend>${w.scopes}</legend>${SCOPES.map((scope) => html`
            <label class="choice"><input type="checkbox" name=${scope}><span>${staffWords().scopes[scope]} <span class="hint">${w.scopeTexts[scope]}</span></span></label>`)}</fieldset>
          <label>${w.endsAt} (${w.optional})<input name="ends" type="datetime-local"></label>
          <p class="act"><button class="main" ?disabled=${change.busy}>${w.newKey}</button></p></form>`;
    },
  };
}
