// The script addresses that a browser asks us to vouch for: the worker that keeps the pages, and the one that reads codes out
// of pictures. No other passes.

import { BASE } from './api.js';

/** @typedef {{ createPolicy(name: string, rules: { createScriptURL(url: string): string }): { createScriptURL(url: string): any } }} Factory */

const KEEPER = new URL('worker.js', BASE).href;
const DECODER = new URL('../door/decoder.js', import.meta.url).href;

/** @type {ReturnType<Factory['createPolicy']> | undefined} */
let policy;

/** @param {string} address @returns {any} */
function trusted(address) {
  const factory = /** @type {Factory | undefined} */ (/** @type {any} */ (window).trustedTypes);
  policy ??= factory?.createPolicy('boxoffice', {
    createScriptURL: (url) => {
      if (url !== KEEPER && url !== DECODER) { throw new TypeError('none of our workers'); }
      return url;
    },
  });
  return policy ? policy.createScriptURL(address) : address;
}

/** The worker that keeps the pages. */
export const keeper = () => trusted(KEEPER);
/** The worker that reads codes out of pictures. */
export const decoder = () => trusted(DECODER);
