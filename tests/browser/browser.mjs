// What the checks in a real Chromium share: the browser, what is counted, what a page may not do.
import { chromium } from 'playwright-core';

export const ARGUMENTS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
  '--disable-component-update', '--disable-sync'];
export const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: ARGUMENTS });

let failed = 0;
let passed = 0;

export function check(holds, what) {
  holds ? passed++ : failed++;
  console.log(`${holds ? 'ok  ' : 'FAIL'} ${what}`);
}

/** Collects what a page complains of: a script's fault, a refused policy, a file that is not there, another server. A
 * refusal by the API is none, nor is what fails while the test took the network away. */
export function watch(page, server, complaints) {
  const state = { offline: false };
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    const ofTheApi = message.location().url.includes('/v1/');
    const ofTheNetwork = state.offline || /ERR_INTERNET_DISCONNECTED|ERR_NETWORK_CHANGED/.test(message.text());
    if (['error', 'warning'].includes(message.type()) && !ofTheApi && !ofTheNetwork) { complaints.push(message.text()); }
  });
  page.on('request', (request) => {
    const own = request.url().startsWith(server) || /^(data|blob):/.test(request.url());
    if (!own) { complaints.push(`asks another server: ${request.url()}`); }
  });
  return state;
}

export async function finish(complaints = []) {
  check(complaints.length === 0, `the pages complain of nothing${complaints.map((one) => `\n     ${one}`).join('')}`);
  await browser.close();
  console.log(`${passed} passed, ${failed} failed`);
  process.exit(failed ? 1 : 0);
}
