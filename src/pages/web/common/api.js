// The one way to the API. It never throws: what a request came to is `data` or a `problem`, and no answer at all is the
// problem `offline`. Types come from the document, by address and method.

import { learn } from './clock.js';

/** @import { Answered, Asking, Method, Path, Problem } from '../../types/client.js' */

/** Where the pages stand: a proxy may have put a prefix before them. */
export const BASE = new URL('.', document.baseURI);

/** How long a request may take before it counts as unanswered, unless the asker has less patience. */
const PATIENCE_MS = 20_000;

/**
 * Asks.
 * @template {Method} M
 * @template {Path<M>} P
 * @param {M} method
 * @param {P} path as the document writes it
 * @param {Asking<P, M>} [asking]
 * @returns {Promise<Answered<P, M>>}
 */
export async function call(method, path, asking = {}) {
  const { params = {}, query = {}, credential, body, key } = asking;
  const filled = path.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(String(/** @type {any} */ (params)[name])));
  const url = new URL(filled.slice(1), BASE);
  for (const [name, value] of Object.entries(/** @type {Record<string, unknown>} */ (query))) {
    if (value !== undefined) { url.searchParams.set(name, String(value)); }
  }
  /** @type {Record<string, string>} */
  const headers = { 'Accept-Language': document.documentElement.lang };
  if (credential) { headers['Authorization'] = `Bearer ${credential}`; }
  if (key) { headers['Idempotency-Key'] = key; }
  if (asking.match) { headers['If-Match'] = asking.match; }
  if (body !== undefined) { headers['Content-Type'] = 'application/json'; }
  const sent = performance.now();
  try {
    const response = await fetch(url, {
      method: method.toUpperCase(),
      headers,
      body: body === undefined ? null : JSON.stringify(body),
      cache: asking.cached ? 'default' : 'no-store',
      signal: AbortSignal.timeout(asking.patience ?? PATIENCE_MS),
    });
    learn(response.headers.get('Date'), sent, performance.now());
    return /** @type {any} */ (await read(response));
  } catch {
    return { ok: false, problem: { code: 'offline', status: 0 } };
  }
}

/** @param {Response} response */
async function read(response) {
  const text = await response.text();
  if (response.ok) {
    return { ok: true, data: text ? JSON.parse(text) : undefined, etag: response.headers.get('ETag') };
  }
  const wait = Number(response.headers.get('Retry-After')) || undefined;
  return { ok: false, problem: { ...problemIn(text, response.status), retryAfter: wait } };
}

/**
 * A refusal as the office writes it, or what stands for one of a proxy in between.
 * @param {string} text
 * @param {number} status
 * @returns {Problem}
 */
export function problemIn(text, status) {
  try {
    const said = JSON.parse(text);
    if (typeof said.code === 'string') { return said; }
  } catch { /* no JSON */ }
  return { code: status >= 500 ? 'overloaded' : 'internal', status };
}

/** Whether asking again with the same key is what helps: nobody knows what became of the request.
 * @param {Problem} problem */
export function isOpen(problem) {
  return ['offline', 'outcome_unknown', 'overloaded', 'no_leader'].includes(problem.code);
}

/** Keys for wishes: the same wish said again has the same key, so that a lost answer has no second effect.
 * @returns {(wish: unknown) => string} */
export function keys() {
  let [said, key] = ['', ''];
  return (wish) => {
    const now = JSON.stringify(wish);
    if (said !== now) { [said, key] = [now, newKey()]; }
    return key;
  };
}

/** A key for one intention. */
export function newKey() {
  // `randomUUID` is kept from pages without TLS.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
