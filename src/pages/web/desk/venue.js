// The venue's own settings: what buyers see of it, and what holds for all its sales.

import { html } from '../vendor/lit-html/lit-html.js';
import { setCurrency } from '../common/format.js';
import { ask } from '../staff/session.js';
import { deskWords } from '../words/desk.js';
import { NAMES, words } from '../words/index.js';
import { fields, heading } from '../buyer/screen.js';
import { Change } from './form.js';

/** @import { Page, Screen } from '../buyer/screen.js' */
/** @import { Schemas } from '../../types/client.js' */

/** The pages' own colour, while the venue has none. */
const PLAIN = '#1f4fbf';

/** @param {Page} page @param {Schemas['VenueView']} first @returns {Screen} */
export function open(page, first) {
  const change = new Change(page);
  let venue = first;

  /** @param {SubmitEvent} event */
  async function save(event) {
    const said = fields(event);
    const whole = (/** @type {string} */ name) => Number(said[name]);
    const body = {
      name: said['name'] ?? '', time_zone: said['zone'] ?? '', top_up_by: /** @type {Schemas['TopUpBy']} */ (said['by']),
      seats_per_user: whole('seats'), hold_seconds: Math.round(whole('hold') * 60), admission_seconds: Math.round(whole('visit') * 60),
      ...(said['accent'] && said['accent'] !== (venue.accent ?? PLAIN) ? { accent: said['accent'] } : {}),
      welcome: Object.fromEntries(venue.languages.map((language) => [language, said[`welcome-${language}`] ?? '']).filter(([, text]) => text)),
    };
    const done = await change.send(body, () => ask('patch', '/v1/operator/venue', { body }), deskWords().saved);
    if (!done) { return; }
    venue = done.data;
    setCurrency(venue);
    void page.learn();
  }

  return {
    title: () => deskWords().venue,
    view: () => {
      const w = deskWords();
      return html`${heading(w.venue)}${change.trouble()}<form class="card" @submit=${save}><div class="columns">
        <label>${words().venueName}<input name="name" required maxlength="100" .value=${venue.name}></label>
        <label>${words().timeZone}<input name="zone" required .value=${venue.time_zone}></label>
        <label>${w.accent}<input name="accent" type="color" .value=${venue.accent ?? PLAIN}></label>
        <label>${w.mostPerBuyer}<input name="seats" type="number" min="1" max="64" required .value=${String(venue.seats_per_user)}></label>
        <label>${w.holdMinutes}<input name="hold" type="number" min="1" max="60" step="any" required .value=${String(venue.hold_seconds / 60)}></label>
        <label>${w.visitMinutes}<input name="visit" type="number" min="1" max="1440" step="any" required .value=${String(venue.admission_seconds / 60)}></label>
        <label>${w.topUpBy}<select name="by">${/** @type {const} */ (['operator', 'buyers']).map((by) => html`<option value=${by} ?selected=${venue.top_up_by === by}>${w.topUpByWhom[by]}</option>`)}</select></label>
        </div>${venue.languages.map((language) => html`<label>${w.welcome} (${/** @type {Record<string, string>} */ (NAMES)[language] ?? language})
          <textarea name="welcome-${language}" lang=${language} rows="3" maxlength="2000" .value=${venue.welcome?.[language] ?? ''}></textarea></label>`)}
        <p class="act"><button class="main" ?disabled=${change.busy}>${w.save}</button></p></form>`;
    },
  };
}
