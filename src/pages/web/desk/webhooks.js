// Addresses that are told what happens here: made, given another secret, taken away; what was sent, and sent again.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { dateTime, number } from '../common/format.js';
import { ask } from '../staff/session.js';
import { deskWords } from '../words/desk.js';
import { fields, heading } from '../buyer/screen.js';
import { Change } from './form.js';
import { Listed } from './list.js';

/** @import { Page, Screen } from '../buyer/screen.js' */
/** @import { Schemas } from '../../types/client.js' */

/** @type {readonly Schemas['Event'][]} */
const EVENTS = ['payment_completed', 'payment_refunded', 'performance_cancelled', 'performance_moved', 'performance_sold_out', 'ticket_checked_in'];

/** @param {Page} page @param {Schemas['VenueView']} venue @param {string} [id] whose deliveries @returns {Screen} */
export function open(page, venue, id = '') {
  const zone = venue.time_zone;
  const change = new Change(page);
  /** @type {Schemas['NewWebhookView'] | undefined} */
  let made;
  const list = new Listed(page, async () => {
    const asked = await ask('get', '/v1/operator/webhooks');
    return asked.ok ? { ok: true, items: asked.data.webhooks, next: undefined } : asked;
  });
  const deliveries = new Listed(page, async (/** @type {string | undefined} */ cursor) => {
    const asked = await ask('get', '/v1/operator/webhooks/{webhook_id}/deliveries', { params: { webhook_id: id }, query: cursor ? { cursor } : {} });
    return asked.ok ? { ok: true, items: asked.data.deliveries, next: asked.data.next_cursor } : asked;
  });

  /** @param {SubmitEvent} event */
  async function make(event) {
    const said = fields(event);
    const body = { url: said['url'] ?? '', events: EVENTS.filter((one) => said[one]) };
    const done = await change.send(body, (key) => ask('post', '/v1/operator/webhooks', { body, key }));
    if (done) {
      made = done.data;
      await list.load();
    }
  }

  /** @param {Schemas['WebhookView']} hook */
  async function turn(hook) {
    const params = { webhook_id: hook.id };
    const done = await change.send([hook.id, 'secret'], (key) => ask('post', '/v1/operator/webhooks/{webhook_id}/secrets', { params, key }));
    if (done) { made = done.data; }
    page.redraw();
  }

  /** @param {Schemas['WebhookView']} hook */
  async function remove(hook) {
    if (!window.confirm(`${deskWords().removeSure} ${hook.url}`)) { return; }
    const done = await change.send([hook.id, 'remove'], () => ask('delete', '/v1/operator/webhooks/{webhook_id}', { params: { webhook_id: hook.id } }), deskWords().saved);
    if (done) { await list.load(); }
  }

  /** @param {Schemas['DeliveryView']} one */
  async function replay(one) {
    const params = { webhook_id: id, delivery_id: one.id };
    const done = await change.send(one.id, (key) => ask('post', '/v1/operator/webhooks/{webhook_id}/deliveries/{delivery_id}/replays', { params, key }), deskWords().sentAgain);
    if (done) { await deliveries.load(); }
  }

  /** @param {Schemas['WebhookView']} hook */
  function row(hook) {
    const w = deskWords();
    return html`<td>${hook.url}${hook.disabled_at ? html`<br><strong>${w.disabled}: ${dateTime(hook.disabled_at, zone)}</strong>` : nothing}</td>
      <td>${hook.events.map((one) => w.events[one]).join(', ')}</td>
      <td><a href="#/webhooks/${hook.id}">${w.deliveries}</a></td>
      <td><button type="button" @click=${() => void turn(hook)}>${w.newSecret}</button> <button type="button" @click=${() => void remove(hook)}>${w.takeAway}</button></td>`;
  }

  /** @param {Schemas['DeliveryView']} one */
  const sent = (one) => html`<td>${dateTime(one.made_at, zone)}</td><td>${deskWords().events[one.event]}</td>
    <td>${deskWords().deliveryStates[one.state]}${one.problem ? html`<br><span lang="en">${one.problem}</span>` : nothing}</td><td>${number(one.attempts)}</td>
    <td><button type="button" @click=${() => void replay(one)}>${deskWords().sendAgain}</button></td>`;

  void list.load();
  if (id) { void deliveries.load(); }
  return {
    title: () => deskWords().webhooks,
    wide: true,
    view: () => {
      const w = deskWords();
      return html`${heading(w.webhooks)}<p>${w.webhooksText}</p>${change.trouble()}
        ${made ? html`<section class="card new" aria-labelledby="made"><h2 id="made">${w.signingSecret}</h2><p>${w.shownOnce}</p><p><code class="secret">${made.secret}</code></p></section>` : nothing}
        ${list.table([w.address, w.what, w.deliveries, w.change], row)}
        ${id ? html`<h2>${w.deliveries}</h2>${deliveries.table([w.when, w.what, w.state, w.attempts, w.sendAgain], sent)}` : nothing}
        <form class="card" @submit=${make}><h2>${w.newWebhook}</h2><label>${w.address}<input name="url" type="url" required></label>
          <fieldset><legend>${w.what}</legend>${EVENTS.map((one) => html`<label class="choice"><input type="checkbox" name=${one}><span>${w.events[one]}</span></label>`)}</fieldset>
          <p class="act"><button class="main" ?disabled=${change.busy}>${w.newWebhook}</button></p></form>`;
    },
  };
}
