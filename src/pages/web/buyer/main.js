// The buyer's page: its screens by their addresses, and what stands around them. Screens come as modules of their own when they are
// first shown. Addresses stand behind the `#`, so that the pages work under any prefix and need nothing of a server.

import { html, nothing } from '../vendor/lit-html/lit-html.js';
import { logOut, onSession, signedIn } from '../common/session.js';
import '../common/count-down.js';
import { startWorker } from '../common/worker.js';
import { words } from '../words/index.js';
import { forTab } from '../keep/store.js';
import { App, venueLink } from './app.js';
import { forgetVisits } from './visit.js';

/** @import { Open } from './app.js' */

/** The screens by the first word of their address. @type {Record<string, () => Promise<{ open: Open }>>} */
const SCREENS = {
  '': () => import('./concerts.js'),
  concerts: () => import('./concert.js'),
  'log-in': () => import('./log-in.js'),
  'sign-up': () => import('./sign-up.js'),
  wait: () => import('./waiting.js'),
  draw: () => import('./draw.js'),
  choose: () => import('./choose.js'),
  waitlist: () => import('./waitlist.js'),
  pay: () => import('./pay.js'),
  tickets: () => import('./tickets.js'),
  ticket: () => import('./ticket.js'),
  account: () => import('./account.js'),
  checkout: () => import('./checkout.js'),
  security: () => import('./security.js'),
  forgotten: () => import('./forgotten.js'),
  'reset-password': () => import('./new-password.js'),
  'confirm-email': () => import('./confirm-email.js'),
  'set-up': () => import('./set-up.js'),
};

const app = new App({
  title: (shown, venue) => shown && venue ? `${shown} – ${venue.name}` : venue?.name,
  header: (venue) => html`${venueLink(venue)}
    <nav aria-label=${words().menu}>${signedIn() ? mine() : nothing}${signedIn() ? nothing : html`<a href="#/log-in">${words().logIn}</a>`}</nav>`,
  links: () => html`<a href="docs">${words().forDevelopers}</a>`,
  open: async (name) => (await (SCREENS[name] ?? SCREENS[''])?.())?.open,
});

const mine = () => html`
  <a href="#/tickets">${words().tickets}</a>
  <a href="#/account">${words().account}</a>
  <button type="button" class="plain" @click=${leave}>${words().logOut}</button>`;

async function leave() {
  forgetVisits();
  await logOut();
  app.page.go('#/');
}

/** Whoever comes back from the payment service is led to its screen; what it says leaves the address. */
function comeBack() {
  const address = new URL(location.href);
  const id = address.searchParams.get('checkout');
  if (!id) { return; }
  address.searchParams.delete('checkout');
  forTab.set(`return:${id}`, Object.fromEntries(address.searchParams));
  address.search = '';
  address.hash = `#/checkout/${encodeURIComponent(id)}`;
  history.replaceState(history.state, '', address);
}

comeBack();
onSession(() => void app.show(false));
app.start();
startWorker();
