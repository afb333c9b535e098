// Who of the staff is logged in, in this tab: a short session that a staff key opened. The key itself is kept nowhere. What
// may be seen follows from its scopes; what may be done the office decides.

import { BASE, call, newKey } from '../common/api.js';
import { now } from '../common/clock.js';
import { forTab } from '../keep/store.js';

/** @import { Answered, Asking, Method, Path, Problem, Schemas } from '../../types/client.js' */

/** @type {Set<() => void>} */
const listeners = new Set();
let timer = 0;

/** Whose session it is.
 * @returns {Schemas['NewDeskSessionView'] | null} */
export const staff = () => forTab.get('staff');

/** Its secret, for streams. */
export const credential = () => staff()?.secret;

/** Whether the key has this scope.
 * @param {Schemas['Scope']} scope */
export const may = (scope) => Boolean(staff()?.staff_key.scopes.includes(scope));

/** Opens a session of this key.
 * @param {string} key
 * @returns {Promise<Problem | undefined>} */
export async function logIn(key) {
  const asked = await call('post', '/v1/operator/desk-sessions', { credential: key.trim(), key: newKey() });
  if (!asked.ok) { return asked.problem; }
  keep(asked.data);
  return undefined;
}

/** Ends the session, here and at the office. */
export async function logOut() {
  const ending = credential();
  keep(null);
  if (ending) { await call('delete', '/v1/operator/desk-sessions/current', { credential: ending }); }
}

/** Asks in the session's name. A session that is over is forgotten by it.
 * @template {Method} M
 * @template {Path<M>} P
 * @param {M} method
 * @param {P} path
 * @param {Asking<P, M>} [asking]
 * @returns {Promise<Answered<P, M>>} */
export async function ask(method, path, asking = {}) {
  const answered = await call(method, path, /** @type {Asking<P, M>} */ ({ ...asking, credential: credential() }));
  if (!answered.ok) { refused(answered.problem); }
  return answered;
}

/** Forgets the session where the refusal says that it is over.
 * @param {Problem} problem */
export function refused(problem) {
  if (problem.code === 'staff_key_wrong' || problem.code === 'unauthenticated') { keep(null); }
}

/** Fetches a file in the session's name and hands it to the browser to keep.
 * @param {string} path from `/v1` on, filled in @param {string} name
 * @returns {Promise<Problem | undefined>} */
export async function download(path, name) {
  try {
    const response = await fetch(new URL(path.slice(1), BASE), { headers: { Authorization: `Bearer ${credential()}` }, cache: 'no-store' });
    if (!response.ok) { return /** @type {Problem} */ (await response.json()); }
    const address = URL.createObjectURL(await response.blob());
    const link = document.createElement('a');
    link.href = address;
    link.download = name;
    link.click();
    // The browser has begun by then; the file itself is in memory until it is let go.
    window.setTimeout(() => URL.revokeObjectURL(address), 60_000);
    return undefined;
  } catch {
    return { code: 'offline', status: 0 };
  }
}

/** @param {() => void} changed who is logged in */
export function onStaff(changed) { listeners.add(changed); }

/** @param {Schemas['NewDeskSessionView'] | null} session */
function keep(session) {
  if (!session && !staff()) { return; }
  forTab.set('staff', session);
  watch();
  listeners.forEach((changed) => changed());
}

/** Forgets the session when its time is over. */
function watch() {
  clearTimeout(timer);
  const session = staff();
  if (!session) { return; }
  const left = Date.parse(session.expires_at) - now();
  // A browser counts no longer than 24 days in one go.
  timer = window.setTimeout(() => (left <= 0 ? keep(null) : watch()), Math.min(Math.max(left, 0), 3_600_000));
}

watch();
