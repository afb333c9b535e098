// The mails that went out, wait or failed; any of them can be sent again.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { dateTime, number } from '../common/format.js';
import { ask } from '../staff/session.js';
import { deskWords } from '../words/desk.js';
import { heading } from '../buyer/screen.js';
import { Change } from './form.js';
import { Listed } from './list.js';

/** @import { Page, Screen } from '../buyer/screen.js' */
/** @import { Schemas } from '../../types/client.js' */

/** @param {Page} page @param {Schemas['VenueView']} venue @returns {Screen} */
export function open(page, venue) {
  const change = new Change(page);
  const list = new Listed(page, async (/** @type {string | undefined} */ cursor) => {
    const asked = await ask('get', '/v1/operator/mails', { query: cursor ? { cursor } : {} });
    return asked.ok ? { ok: true, items: asked.data.mails, next: asked.data.next_cursor } : asked;
  });

  /** @param {Schemas['MailView']} mail */
  async function resend(mail) {
    const params = { mail_id: mail.id };
    const done = await change.send(mail.id, (key) => ask('post', '/v1/operator/mails/{mail_id}/resends', { params, key }), deskWords().sentAgain);
    if (done) { await list.load(); }
  }

  /** @param {Schemas['MailView']} mail */
  function row(mail) {
    const w = deskWords();
    return html`<td>${dateTime(mail.made_at, venue.time_zone)}</td><td>${w.mailKinds[mail.kind]}</td>
      <td>${w.mailStates[mail.state]}${mail.done_at ? html`<br><span class="hint">${dateTime(mail.done_at, venue.time_zone)}</span>` : nothing}
        ${mail.problem ? html`<br><span lang="en">${mail.problem}</span>` : nothing}</td>
      <td>${number(mail.attempts)}</td>
      <td><button type="button" ?disabled=${change.busy} @click=${() => void resend(mail)}>${w.sendAgain}</button></td>`;
  }

  void list.load();
  return {
    title: () => deskWords().mails,
    wide: true,
    view: () => {
      const w = deskWords();
      return html`${heading(w.mails)}${venue.sends_mail ? nothing : html`<p>${w.noMail}</p>`}${change.trouble()}
        ${list.table([w.when, w.what, w.state, w.attempts, w.sendAgain], row)}`;
    },
  };
}
