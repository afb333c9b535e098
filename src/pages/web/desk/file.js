// The data file: whether it keeps the laws, looked at beside the sale, and the backups that are made of it.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { dateTime, duration, number } from '../common/format.js';
import { now } from '../common/clock.js';
import { ask } from '../staff/session.js';
import { deskWords } from '../words/desk.js';
import { heading, loading, trouble } from '../buyer/screen.js';
import { Change } from './form.js';
import { Listed } from './list.js';

/** @import { Page, Screen } from '../buyer/screen.js' */
/** @import { Problem, Schemas } from '../../types/client.js' */

/** While one goes on it is looked at so often, and else so often. */
const [SOON_MS, EVERY_MS] = [500, 10_000];
/** Bytes are shown in these. */
const MEGABYTE = 1_000_000;

/** @param {Page} page @param {Schemas['VenueView']} venue @returns {Screen} */
export function open(page, venue) {
  const zone = venue.time_zone;
  const change = new Change(page);
  /** @type {Schemas['VerificationView'] | undefined} */
  let seen;
  /** @type {Schemas['BackupsView'] | undefined} */
  let folder;
  /** @type {Problem | undefined} */
  let problem;
  /** When one was asked for that has not been seen. @type {string | undefined} */
  let asked;
  let timer = 0;
  let closed = false;
  const backups = new Listed(page, async (/** @type {string | undefined} */ cursor) => {
    const got = await ask('get', '/v1/operator/backups', { query: cursor ? { cursor } : {} });
    if (!got.ok) { return got; }
    folder = got.data;
    return { ok: true, items: got.data.backups, next: got.data.next_cursor };
  });

  async function look() {
    clearTimeout(timer);
    const got = await ask('get', '/v1/operator/verification');
    if (closed) { return; }
    problem = got.ok ? undefined : got.problem;
    if (got.ok) {
      seen = got.data;
      if (asked && seen.last && Date.parse(seen.last.started_at) >= Date.parse(asked)) {
        asked = undefined;
        page.say(deskWords().fileStates[seen.last.result]);
      }
    }
    page.redraw();
    timer = window.setTimeout(look, seen?.running || asked ? SOON_MS : EVERY_MS);
  }

  async function verify() {
    const done = await change.send('verify', (key) => ask('post', '/v1/operator/verification', { key }));
    if (!done) { return; }
    asked = done.data.asked_at;
    await look();
  }

  /** @param {Schemas['BackupView']} one */
  const row = (one) => html`<td>${dateTime(one.made_at, zone)}</td><td>${duration(Math.max(0, (now() - Date.parse(one.made_at)) / 1000))}</td>
    <td>${one.verified ? html`<span class="well">✓ ${deskWords().verified}</span>` : html`<strong class="missing">⚠ ${deskWords().notVerified}</strong>`}</td>
    <td class="money">${number(Math.max(1, Math.round(one.size / MEGABYTE)))} MB</td><td><code>${one.name}</code></td>`;

  function lamp() {
    const w = deskWords();
    if (!seen) { return problem ? nothing : loading(); }
    const { running, last, next_at: next } = seen;
    const state = last?.result ?? 'never';
    return html`<p class="lamp ${state}" role="status"><span aria-hidden="true">${{ sound: '✓', broken: '✕', unfinished: '?', never: '·' }[state]}</span>
        <strong>${w.fileStates[state]}</strong> ${last ? html`<span class="hint">${dateTime(last.ended_at, zone)}</span>` : nothing}</p>
      ${running ? html`<p role="status">${w.verifying}: ${number(running.done)} / ${number(running.parts)}</p>
        <progress max=${Math.max(1, running.parts)} value=${running.done} aria-label=${w.verifying}></progress>` : nothing}
      ${last?.problem ? html`<p lang="en">${last.problem}</p>` : nothing}
      ${last?.breaches.length ? html`<ul class="breaches">${last.breaches.map((one) => html`<li><strong>${w.law} ${one.law}</strong> <span lang="en">${one.what}</span></li>`)}</ul>
        <p>${w.brokenHelp}</p>` : nothing}
      <p class="act"><button type="button" class="main" ?disabled=${Boolean(running) || Boolean(asked) || change.busy} @click=${() => void verify()}>${w.verifyNow}</button>
        ${next ? html`<span class="hint">${w.nextBySelf}: ${dateTime(next, zone)}</span>` : nothing}</p>`;
  }

  function kept() {
    const w = deskWords();
    if (folder && !folder.folder) { return html`<p>${w.noBackups}</p>`; }
    return html`${folder ? html`<p>${w.backupsText}: <code>${folder.folder ?? ''}</code>; ${w.everySo}: ${duration(folder.every_seconds)}; ${w.keptDays}: ${number(folder.keep_days)}</p>
        ${folder.failing ? html`<p class="missing" role="alert">⚠ ${w.needs.backup_failing}. ${w.needHelps.backup_failing}</p>` : nothing}
        ${folder.problem ? html`<p class="missing" role="alert" lang="en">${folder.problem}</p>` : nothing}` : nothing}
      ${backups.table([w.madeAt, w.age, w.state, w.size, w.name], row)}`;
  }

  void look();
  void backups.load();
  return {
    title: () => deskWords().file,
    wide: true,
    close() {
      closed = true;
      clearTimeout(timer);
    },
    view: () => {
      const w = deskWords();
      return html`${heading(w.file)}${trouble(problem)}${change.trouble()}
        <section class="card" aria-labelledby="laws"><h2 id="laws">${w.laws}</h2><p class="hint">${w.lawsText}</p>${lamp()}</section>
        <section class="card" aria-labelledby="backups"><h2 id="backups">${w.backups}</h2>${kept()}</section>`;
    },
  };
}
