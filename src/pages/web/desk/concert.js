// One concert: texts, picture, sale times, dates; a draft is seen as buyers will see it before it is published. What is changed
// is sent with the version it was seen in, so that nobody's change is lost.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { dateTime, number, price } from '../common/format.js';
import { instantAt, localAt } from '../common/zone.js';
import { picture } from '../buyer/said.js';
import { ask } from '../staff/session.js';
import { deskWords } from '../words/desk.js';
import { NAMES, words } from '../words/index.js';
import { fields, heading, loading, retry } from '../buyer/screen.js';
import { Dates } from './dates.js';
import { Change } from './form.js';
import { preview } from './preview.js';

/** @import { Page, Screen } from '../buyer/screen.js' */
/** @import { Problem, Schemas } from '../../types/client.js' */

const EVERY_MS = 2000;

/** @param {Page} page @param {Schemas['VenueView']} venue @param {string} id @returns {Screen} */
export function open(page, venue, id) {
  const params = { concert_id: id };
  const change = new Change(page);
  const dates = new Dates(page, id, () => load());
  /** @type {Schemas['ConcertView'] | undefined} */
  let concert;
  let version = '';
  /** What the last change took the place of. @type {Schemas['ConcertChangeRequest'] | undefined} */
  let before;
  /** @type {Problem | undefined} */
  let problem;
  /** @type {Schemas['CancellationView'][]} */
  let cancellations = [];
  let shown = false;
  let timer = 0;

  async function load() {
    const asked = await ask('get', '/v1/operator/concerts/{concert_id}', { params });
    problem = asked.ok ? undefined : asked.problem;
    if (asked.ok) {
      [concert, version] = [asked.data, asked.etag ?? ''];
      if (concert.state === 'cancelled') { void watch(); }
      await dates.load(concert.time_zone);
    }
    page.redraw();
  }

  /** @param {Schemas['ConcertChangeRequest']} body @param {Schemas['ConcertChangeRequest']} [was] @param {string} [said] */
  async function send(body, was, said = deskWords().saved) {
    const done = await change.send(body, async () => {
      const asked = await ask('patch', '/v1/operator/concerts/{concert_id}', { params, body, match: version });
      if (asked.ok) { version = asked.etag ?? ''; }
      return asked;
    }, said);
    if (!done) { return; }
    [concert, before] = [done.data, was];
    page.redraw();
  }

  /** @param {SubmitEvent} event */
  function saveTexts(event) {
    const said = fields(event);
    const texts = venue.languages.map((language) => ({
      language, ...some('title', said[`title-${language}`]), ...some('text', said[`text-${language}`]), ...some('policy', said[`policy-${language}`]),
    })).filter((text) => Object.keys(text).length > 1);
    void send({ title: said['title'] ?? '', texts, .../** @type {{}} */ ({ age_limit: said['age'] ? Number(said['age']) : null }) });
  }

  /** @param {SubmitEvent} event */
  function saveTimes(event) {
    const said = fields(event);
    const zone = concert?.time_zone ?? venue.time_zone;
    const at = (/** @type {string} */ name) => (said[name] ? instantAt(said[name], zone) : null);
    const was = { on_sale_at: concert?.on_sale_at, queue_opens_at: concert?.queue_opens_at, sale_ends_at: concert?.sale_ends_at ?? null };
    const body = { ...(said['sale'] ? { on_sale_at: at('sale') } : {}), ...(said['opens'] ? { queue_opens_at: at('opens') } : {}), sale_ends_at: at('ends') };
    void send(/** @type {any} */ (body), /** @type {any} */ (was));
  }

  /** @param {Event} event */
  async function choosePicture(event) {
    const file = /** @type {HTMLInputElement} */ (event.target).files?.[0];
    if (!file) { return; }
    const bytes = new Uint8Array(await file.arrayBuffer());
    let text = '';
    for (let at = 0; at < bytes.length; at += 8192) { text += String.fromCharCode(...bytes.subarray(at, at + 8192)); }
    const body = { data: btoa(text) };
    const done = await change.send(file.name + file.size, () => ask('put', '/v1/operator/concerts/{concert_id}/picture', { params, body }), deskWords().saved);
    if (done) { await load(); }
  }

  async function cancel() {
    if (!window.confirm(`${deskWords().cancelSure} ${concert?.title ?? ''}`)) { return; }
    const done = await change.send('cancel', (key) => ask('post', '/v1/operator/concerts/{concert_id}/cancellation', { params, key }));
    if (done) { await load(); }
  }

  /** How far the refunds of a cancelled concert have come, until all are done. */
  async function watch() {
    clearTimeout(timer);
    const asked = await ask('get', '/v1/operator/concerts/{concert_id}/cancellation', { params });
    if (asked.ok) { cancellations = asked.data.cancellations; }
    page.redraw();
    if (cancellations.some((one) => !one.done_at)) { timer = window.setTimeout(watch, EVERY_MS); }
  }

  async function takeBack() {
    if (!window.confirm(`${deskWords().takeBackSure} ${concert?.title ?? ''}`)) { return; }
    const done = await change.send('take back', () => ask('delete', '/v1/operator/concerts/{concert_id}', { params, match: version }));
    if (done) { page.go('#/concerts'); }
  }

  /** @param {Schemas['ConcertView']} of */
  function state(of) {
    const w = deskWords();
    return html`<p class="act"><strong class="state">${of.ended ? w.ended : w.concertStates[of.state]}</strong>
      <a class="button" href="#/sale/${id}">${w.sale}</a>
      <a class="button" href="#/codes/${id}">${w.codes}</a><a class="button" href="#/waitlist/${id}">${w.waitlist}</a>
      <button type="button" aria-expanded=${shown} @click=${() => {
        shown = !shown;
        page.redraw();
      }}>${w.asBuyersSee}</button>
      ${of.state === 'draft' ? html`<button type="button" class="main" ?disabled=${change.busy} @click=${() => void send({ state: 'published' }, undefined, w.publishedNow)}>${w.publish}</button>
        <button type="button" ?disabled=${change.busy} @click=${() => void takeBack()}>${w.deleteDraft}</button>` : nothing}
      ${of.state === 'published' && !of.ended ? html`<button type="button" ?disabled=${change.busy} @click=${() => void cancel()}>${w.cancelConcert}</button>` : nothing}</p>
      ${cancellations.map((one) => html`<section class="card" aria-label=${w.cancelling}><p role="status">${w.cancelling}: ${number(one.refunded)} / ${number(one.tickets)}, ${price(one.amount)}
        ${one.done_at ? `✓ ${w.done}` : nothing}</p><progress max=${Math.max(1, one.tickets)} value=${one.tickets ? one.refunded : 1} aria-label=${w.cancelling}></progress></section>`)}`;
  }

  /** @param {Schemas['ConcertView']} of */
  function texts(of) {
    const w = deskWords();
    const said = (/** @type {string} */ language) => of.texts.find((text) => text.language === language);
    return html`<form class="card" @submit=${saveTexts}><h2>${w.texts}</h2>
      <div class="columns"><label>${words().concertTitle}<input name="title" required maxlength="100" .value=${of.title}></label>
      <label>${w.ageLimit} (${w.optional})<input name="age" type="number" min="0" max="99" .value=${String(of.age_limit ?? '')}></label></div>
      <div class="beside">${venue.languages.map((language) => html`<fieldset><legend>${/** @type {Record<string, string>} */ (NAMES)[language] ?? language}</legend>
        <label>${words().concertTitle} (${w.optional})<input name="title-${language}" lang=${language} maxlength="100" .value=${said(language)?.title ?? ''}></label>
        <label>${w.text}<textarea name="text-${language}" lang=${language} rows="5" maxlength="10000" .value=${said(language)?.text ?? ''}></textarea></label>
        <label>${words().policy}<textarea name="policy-${language}" lang=${language} rows="3" maxlength="10000" .value=${said(language)?.policy ?? ''}></textarea></label></fieldset>`)}</div>
      <p class="act"><button class="main" ?disabled=${change.busy}>${w.save}</button></p>
      ${of.picture ? picture({ picture: of.picture }) : nothing}
      <label>${w.picture} <input type="file" accept="image/png,image/jpeg,image/webp" @change=${choosePicture}></label></form>`;
  }

  /** @param {Schemas['ConcertView']} of */
  function times(of) {
    const w = deskWords();
    const at = (/** @type {string | undefined} */ instant) => localAt(instant, of.time_zone);
    return html`<form class="card columns" @submit=${saveTimes}><h2>${w.saleTimes} <span class="hint">${of.time_zone}</span></h2>
      <label>${words().queueOpensAt}<input name="opens" type="datetime-local" .value=${at(of.queue_opens_at)}></label>
      <label>${words().onSaleAt}<input name="sale" type="datetime-local" .value=${at(of.on_sale_at)}></label>
      <label>${words().saleEnds} (${w.optional})<input name="ends" type="datetime-local" .value=${at(of.sale_ends_at)}></label>
      <p class="whole hint">${w.saleTimesText}</p>
      <p class="act whole"><button class="main" ?disabled=${change.busy}>${w.apply}</button>
        ${before ? html`<button type="button" ?disabled=${change.busy} @click=${() => void send(/** @type {any} */ (before))}>${w.takeBack}:
          ${before.on_sale_at ? dateTime(before.on_sale_at, of.time_zone) : nothing}</button>` : nothing}</p></form>`;
  }

  void load();
  return {
    title: () => concert?.title ?? deskWords().concerts,
    wide: true,
    close() { clearTimeout(timer); },
    view: () => {
      if (!concert) { return problem ? retry(problem, () => void load()) : html`${heading(deskWords().concerts)}${loading()}`; }
      return html`${heading(concert.title)}${change.trouble()}${state(concert)}
        ${shown ? preview(concert, venue, dates.shown) : nothing}${dates.view()}${texts(concert)}${times(concert)}`;
    },
  };
}

/** A member, where there is something to say. @param {string} name @param {string | undefined} text */
const some = (name, text) => (text?.trim() ? { [name]: text } : {});
