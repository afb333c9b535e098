// The worker: keeps the pages and their modules, so that opened tickets show, and the door goes on, without a network. Nothing of the API is kept
// here; the office itself is asked first for the page, so that a new version comes with the next load.

const KEPT = 'boxoffice-pages';
const ROOT = new URL('.', self.location.href).href;
/** The pages that go on without a network: the buyers', the door. */
const PAGES = ['', 'door'];

self.addEventListener('install', () => self.skipWaiting());
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET' || !request.url.startsWith(ROOT)) { return; }
  const path = request.url.slice(ROOT.length).replace(/[?#].*$/, '');
  if (PAGES.includes(path)) { event.respondWith(page(request, ROOT + path)); }
  if (path.startsWith('web/')) { event.respondWith(file(request)); }
});

/** A page, from the office where it answers. */
async function page(request, name) {
  const cache = await caches.open(KEPT);
  try {
    const answer = await fetch(request);
    if (answer.ok) {
      await cache.put(name, answer.clone());
      await forgetOthers(cache, await answer.clone().text());
    }
    return answer;
  } catch {
    return (await cache.match(name)) ?? Response.error();
  }
}

/** A file whose address names its version: what is kept is what it is. */
async function file(request) {
  const cache = await caches.open(KEPT);
  const kept = await cache.match(request.url);
  if (kept) { return kept; }
  const answer = await fetch(request);
  if (answer.ok) { await cache.put(request.url, answer.clone()); }
  return answer;
}

/** Forgets the files of versions that the page does not name. */
async function forgetOthers(cache, text) {
  const version = /web\/[0-9a-f]+\//.exec(text)?.[0];
  for (const { url } of await cache.keys()) {
    if (version && url.startsWith(`${ROOT}web/`) && !url.startsWith(ROOT + version)) { await cache.delete(url); }
  }
}
