// Registers the worker that shows opened tickets, and the door, without a network, where the browser lets it: with TLS or on
// this machine.

import { keeper } from './trusted.js';

/** Whether the browser refused it although the page has TLS. */
let refused = false;

/** Whether this page cannot come again without a network, because its certificate was waved through, not trusted. */
export const isUnkept = () => refused;

export async function startWorker() {
  if (!('serviceWorker' in navigator) || !window.isSecureContext) { return; }
  try {
    await navigator.serviceWorker.register(keeper());
    await navigator.serviceWorker.ready;
  } catch {
    // A certificate that was waved through: then there are no tickets without a network, and all else works.
    refused = true;
    document.dispatchEvent(new Event('unkept'));
  }
}

/** Has the worker keep what this page is made of, also what came before the worker did.
 * @param {string[]} [more] what it may need later */
export async function keepPages(more = []) {
  await startWorker();
  if (!navigator.serviceWorker?.controller) {
    await new Promise((done) => navigator.serviceWorker?.addEventListener('controllerchange', done, { once: true }));
  }
  const loaded = performance.getEntriesByType('resource').map(({ name }) => name).filter((name) => name.includes('/web/'));
  const page = location.href.replace(/[?#].*$/, '');
  await Promise.all([...new Set([page, ...loaded, ...more])].map((address) => fetch(address).catch(() => undefined)));
}
