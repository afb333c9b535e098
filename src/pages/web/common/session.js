// Who is logged in, in all tabs of this browser.

import { call } from './api.js';
import { forAll, forTab, onOtherTab } from '../keep/store.js';

/** @import { Schemas } from '../../types/client.js' */

/** @type {Set<() => void>} */
const listeners = new Set();

/** Whether it still holds is the office's to say: this device's clock may be wrong.
 * @returns {Schemas['SignedInView'] | null} */
export const signedIn = () => forAll.get('session');

/** The credential of who is logged in. */
export function session() {
  return signedIn()?.session.secret;
}

/** @param {Schemas['SignedInView'] | null} signed */
export function keepSession(signed) {
  const before = signedIn()?.user.id;
  forAll.set('session', signed);
  // Another person's tickets are not this one's.
  if (before !== signed?.user.id) { forAll.set('tickets', null); }
  tell();
}

/** Ends the session here and at the office. */
export async function logOut() {
  const credential = session();
  keepSession(null);
  forTab.clear();
  if (credential) { await call('delete', '/v1/sessions/current', { credential }); }
}

/** @param {() => void} changed */
export function onSession(changed) { listeners.add(changed); }

function tell() { listeners.forEach((changed) => changed()); }

onOtherTab('session', tell);
