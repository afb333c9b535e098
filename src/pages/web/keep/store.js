// What this browser keeps: the session for all tabs, a queue token for one. A browser may refuse to keep anything, as in
// some private windows: then it is kept for as long as the page is open.

/** @type {Map<string, string>} */
const spare = new Map();

/** @param {Storage | undefined} storage @param {string} name */
function read(storage, name) {
  try { return storage?.getItem(name) ?? spare.get(name) ?? null; } catch { return spare.get(name) ?? null; }
}

/** @param {Storage | undefined} storage @param {string} name @param {string | null} text */
function write(storage, name, text) {
  spare.delete(name);
  try {
    text === null ? storage?.removeItem(name) : storage?.setItem(name, text);
  } catch {
    if (text !== null) { spare.set(name, text); }
  }
}

/** @param {'localStorage' | 'sessionStorage'} which */
function storage(which) {
  try { return window[which]; } catch { return undefined; }
}

/** @param {'localStorage' | 'sessionStorage'} which */
const keeper = (which) => ({
  /** @param {string} name @returns {any} */
  get(name) {
    try { return JSON.parse(read(storage(which), `boxoffice:${name}`) ?? 'null'); } catch { return null; }
  },
  /** @param {string} name @param {unknown} value */
  set(name, value) { write(storage(which), `boxoffice:${name}`, value == null ? null : JSON.stringify(value)); },
  clear() {
    try { storage(which)?.clear(); } catch { /* nothing is kept */ }
    spare.clear();
  },
});

/** Kept for all tabs. */
export const forAll = keeper('localStorage');
/** Kept for this tab. */
export const forTab = keeper('sessionStorage');

/**
 * Tells when another tab changed what is kept for all.
 * @param {string} name
 * @param {() => void} changed
 */
export function onOtherTab(name, changed) {
  window.addEventListener('storage', (event) => {
    if (event.key === `boxoffice:${name}` || event.key === null) { changed(); }
  });
}
