// One concert: when, where, how the sale goes, and the way in.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { call } from '../common/api.js';
import { now } from '../common/clock.js';
import { dateTime, duration } from '../common/format.js';
import { session } from '../common/session.js';
import { words } from '../words/index.js';
import { saleLine } from './concerts.js';
import { conditions, dates, picture, textOf } from './said.js';
import { fields, heading, loading, retry, trouble } from './screen.js';
import { visitOf } from './visit.js';

/** @import { Page, Screen } from './screen.js' */
/** @import { Problem, Schemas } from '../../types/client.js' */

/** @param {Page} page @param {Schemas['VenueView']} venue @param {string} [id] @returns {Screen} */
export function open(page, venue, id = '') {
  const visit = visitOf(id);
  /** @type {Schemas['ShownConcertView'] | undefined} */
  let concert;
  /** @type {Problem | undefined} */
  let problem;
  /** @type {Problem | undefined} */
  let refused;
  let busy = false;

  async function load() {
    problem = undefined;
    const [asked] = await Promise.all([
      call('get', '/v1/concerts/{concert_id}', { params: { concert_id: id } }),
      session() ? visit.recover() : undefined,
    ]);
    if (asked.ok) { concert = asked.data; } else { problem = asked.problem; }
    page.redraw();
  }
  void load();

  /** @param {string} [code] of a presale */
  async function join(code) {
    if (!session()) { return page.go(`#/log-in/${encodeURIComponent(`#/concerts/${id}`)}`); }
    if (busy) { return; }
    busy = true;
    refused = await visit.join(code);
    busy = false;
    if (refused?.code === 'session_invalid') { return page.go(`#/log-in/${encodeURIComponent(`#/concerts/${id}`)}`); }
    refused ? page.redraw() : page.go(`#/wait/${id}`);
  }

  /** @param {Schemas['ShownConcertView']} concert */
  function way(concert) {
    const w = words();
    const place = visit.position;
    if (visit.token && place) {
      const address = place.status === 'admitted' ? `#/choose/${id}` : `#/wait/${id}`;
      return html`<p class="act"><a class="button" href=${address}>${place.status === 'admitted' ? w.goIn : w.backToPlace}</a></p>`;
    }
    if (Date.parse(concert.queue_opens_at) > now()) {
      return html`<p>${w.queueOpensAt}: <time datetime=${concert.queue_opens_at}>${dateTime(concert.queue_opens_at, concert.time_zone)}</time>
        (<count-down until=${concert.queue_opens_at} @over=${page.redraw}></count-down>)</p>${presale()}`;
    }
    if (concert.sale === 'sold_out') {
      return html`<p class="act"><a class="button main" href="#/waitlist/${id}">${w.waitlist}</a></p><p>${w.waitlistHow}</p>`;
    }
    if (concert.queue_state === 'closed' || concert.queue_state === 'draining') { return nothing; }
    return html`<p class="act"><button type="button" class="main" ?disabled=${busy} @click=${() => void join()}>${w.join}</button></p>
      ${Date.parse(concert.on_sale_at) > now() ? html`<p>${w.drawPromise}</p>${presale()}` : nothing}`;
  }

  /** Joining with a code, until the draw. */
  function presale() {
    const w = words();
    /** @param {SubmitEvent} event */
    const send = (event) => void join(fields(event)['code']?.trim() || undefined);
    return html`<details class="card"><summary>${w.presaleCode}</summary>
      <form @submit=${send}><p>${w.presaleHint}</p>
        <label>${w.code}<input name="code" required maxlength="80" autocomplete="off" autocapitalize="characters"></label>
        <button ?disabled=${busy}>${w.joinWithCode}</button></form></details>`;
  }

  return {
    title: () => (concert && textOf(concert, venue).title) ?? concert?.title ?? words().concert,
    view: () => {
      const w = words();
      if (!concert) { return html`${heading(w.concert)}${problem ? retry(problem, () => void load()) : loading()}`; }
      const said = textOf(concert, venue);
      return html`
        ${heading(said.title ?? concert.title)}
        ${picture(concert)}
        <p>${saleLine(concert)}</p>
        ${trouble(refused)}
        ${way(concert)}
        ${said.text ? html`<p class="welcome" lang=${said.language ?? ''}>${said.text}</p>` : nothing}
        ${concert.age_limit ? html`<p>${w.fromAge(concert.age_limit)}</p>` : nothing}
        ${dates(concert)}
        <section class="card">
          <h2>${w.howItGoes}</h2>
          <ol>
            <li>${w.stepWait}</li>
            <li>${w.stepChoose}: ${duration(venue.admission_seconds)}</li>
            <li>${w.stepHold}: ${duration(venue.hold_seconds)}</li>
            <li>${w.stepPay}</li>
          </ol>
          <p>${w.balanceFirst}</p>
        </section>
        ${conditions(concert, venue)}`;
    },
  };
}
