// Following: server-sent events by `fetch`, so that the credential stays in a header. A stream that is silent for longer
// than the office's heartbeat counts as lost; lost ones come back after a growing pause. Nothing here may know what the
// events mean.

import { createParser } from '../vendor/eventsource-parser/parse.js';
import { BASE, problemIn } from './api.js';
import { learn } from './clock.js';

/** @import { Problem } from '../../types/client.js' */

/** The office says something at least every 15 s. */
const SILENCE_MS = 20_000;
const LONGEST_PAUSE_MS = 15_000;

/**
 * @typedef {object} Follower
 * @property {(name: string, data: any) => void} event
 * @property {(problem: Problem) => void} [refused] the stream will not come back
 * @property {(live: boolean) => void} [live] whether it stands now
 */

/**
 * Follows until the returned function is called. Closed while the page is hidden: a browser opens six connections to a
 * server, and a seventh tab would wait without a word.
 * @param {string} path
 * @param {string} credential
 * @param {Follower} follower
 * @returns {() => void}
 */
export function follow(path, credential, follower) {
  let stopped = false;
  let failures = 0;
  let timer = 0;
  let running = false;
  let controller = new AbortController();

  async function run() {
    if (stopped || running || document.hidden) { return; }
    running = true;
    controller = new AbortController();
    const problem = await once(path, credential, controller, (name, data) => {
      failures = 0;
      follower.live?.(true);
      if (!stopped) { follower.event(name, data); }
    });
    running = false;
    follower.live?.(false);
    if (stopped) { return; }
    if (problem && problem.status >= 400 && problem.status < 500 && problem.status !== 429) {
      follower.refused?.(problem);
      return;
    }
    const pause = Math.min(LONGEST_PAUSE_MS, 500 * 2 ** failures++) * (0.5 + Math.random() / 2);
    timer = window.setTimeout(run, pause);
  }
  const seen = () => {
    clearTimeout(timer);
    document.hidden ? controller.abort() : void run();
  };
  document.addEventListener('visibilitychange', seen);
  const gone = () => controller.abort();
  window.addEventListener('online', seen);
  window.addEventListener('offline', gone);
  void run();
  return () => {
    stopped = true;
    clearTimeout(timer);
    controller.abort();
    document.removeEventListener('visibilitychange', seen);
    window.removeEventListener('online', seen);
    window.removeEventListener('offline', gone);
  };
}

/**
 * One connection, until it ends.
 * @param {string} path
 * @param {string} credential
 * @param {AbortController} controller
 * @param {(name: string, data: any) => void} event
 * @returns {Promise<Problem | undefined>} why it was refused
 */
async function once(path, credential, controller, event) {
  let silence = window.setTimeout(() => controller.abort(), SILENCE_MS);
  const heard = () => {
    clearTimeout(silence);
    silence = window.setTimeout(() => controller.abort(), SILENCE_MS);
  };
  const parser = createParser({
    onEvent: (/** @type {{ event?: string, data: string }} */ message) => {
      event(message.event ?? 'message', JSON.parse(message.data));
    },
  });
  try {
    const sent = performance.now();
    const headers = { Authorization: `Bearer ${credential}`, Accept: 'text/event-stream' };
    const response = await fetch(new URL(path.slice(1), BASE), { headers, cache: 'no-store', signal: controller.signal });
    learn(response.headers.get('Date'), sent, performance.now());
    if (!response.ok || !response.body) { return problemIn(await response.text(), response.status); }
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) { return undefined; }
      heard();
      parser.feed(value);
    }
  } catch {
    return undefined;
  } finally {
    clearTimeout(silence);
  }
}
