// What staff changed, found again: by key, by thing, by time.

import { html } from '../vendor/lit-html/lit-html.js';
import { dateTime } from '../common/format.js';
import { instantAt } from '../common/zone.js';
import { ask } from '../staff/session.js';
import { deskWords } from '../words/desk.js';
import { fields, heading } from '../buyer/screen.js';
import { Listed } from './list.js';

/** @import { Page, Screen } from '../buyer/screen.js' */
/** @import { Schemas } from '../../types/client.js' */

/** @param {Page} page @param {Schemas['VenueView']} venue @param {string} [subject] the id of what was changed @returns {Screen} */
export function open(page, venue, subject = '') {
  const zone = venue.time_zone;
  /** @type {{ subject?: string, staff_key_id?: string, from?: string, until?: string }} */
  let wanted = subject ? { subject } : {};
  /** @type {Schemas['StaffKeyView'][]} */
  let staffKeys = [];
  const list = new Listed(page, async (/** @type {string | undefined} */ cursor) => {
    const asked = await ask('get', '/v1/operator/audit', { query: { ...wanted, ...(cursor ? { cursor } : {}) } });
    return asked.ok ? { ok: true, items: asked.data.lines, next: asked.data.next_cursor } : asked;
  });

  /** @param {SubmitEvent} event */
  function find(event) {
    const said = fields(event);
    wanted = {
      ...(said['subject']?.trim() ? { subject: said['subject'].trim() } : {}),
      ...(said['key'] ? { staff_key_id: said['key'] } : {}),
      ...(said['from'] ? { from: instantAt(said['from'], zone) } : {}),
      ...(said['until'] ? { until: instantAt(said['until'], zone) } : {}),
    };
    void list.load();
  }

  /** @param {Schemas['AuditLineView']} line */
  const row = (line) => html`<td>${dateTime(line.done_at, zone)}</td><td>${line.by.name}</td><td><code>${line.operation}</code></td>
    <td>${line.kind}<br><a href="#/audit/${encodeURIComponent(line.subject)}"><code>${line.subject}</code></a></td>
    <td>${json(line.before)}</td><td>${json(line.after)}</td>`;

  void list.load();
  void ask('get', '/v1/operator/staff-keys').then((asked) => {
    if (asked.ok) { staffKeys = asked.data.staff_keys; }
    page.redraw();
  });
  return {
    title: () => deskWords().audit,
    wide: true,
    view: () => {
      const w = deskWords();
      return html`${heading(w.audit)}<p>${w.auditText}</p>
        <form class="card columns" @submit=${find}>
          <label>${w.whose}<select name="key"><option value="">${w.anybody}</option>${staffKeys.map((key) => html`<option value=${key.id}>${key.name}</option>`)}</select></label>
          <label>${w.idOfThing}<input name="subject" value=${subject} maxlength="100"></label>
          <label>${w.from}<input name="from" type="datetime-local"></label>
          <label>${w.until}<input name="until" type="datetime-local"></label>
          <p class="act"><button class="main">${w.find}</button></p></form>
        ${list.table([w.when, w.who, w.operation, w.thing, w.before, w.after], row)}`;
    },
  };
}

/** @param {unknown} of */
function json(of) {
  if (of === undefined || of === null) { return ''; }
  const text = JSON.stringify(of, null, 1);
  return text.length > 120 ? html`<details><summary>…</summary><pre>${text}</pre></details>` : html`<code>${JSON.stringify(of)}</code>`;
}
