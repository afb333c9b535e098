// Registers the worker that shows opened tickets without a network, where the browser lets it: with TLS or on this machine.

import { BASE } from './api.js';

/** @typedef {{ createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): any } }} Factory */

export function startWorker() {
  if (!('serviceWorker' in navigator) || !window.isSecureContext) { return; }
  const address = new URL('worker.js', BASE).href;
  const factory = /** @type {Factory | undefined} */ (/** @type {any} */ (window).trustedTypes);
  // The one script address that is not a module's: no other passes this policy.
  const policy = factory?.createPolicy('boxoffice', {
    createScriptURL: (url) => {
      if (url !== address) { throw new TypeError('not the worker'); }
      return url;
    },
  });
  navigator.serviceWorker.register(policy ? policy.createScriptURL(address) : address).catch(() => {
    // A certificate that was waved through: then there are no tickets without a network, and all else works.
  });
}
