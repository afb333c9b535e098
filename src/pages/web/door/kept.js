// What the door keeps on this device for when there is no network: the lists of tickets, and the scans that the office has not
// been told of. Where a browser keeps nothing it is kept for as long as the page is open.

/** A scan that the office has not been told of. `key` is that of a question which had no answer.
 * @typedef {{ scan_id: string, performance: string, code: string, scanned_at: string, gate?: string, key?: string }} Scan */
/** A ticket of the list: its seat, and when and where somebody came in by it as far as this device knows.
 * @typedef {{ seat: string, first?: { checked_in_at?: string, gate?: string } | undefined }} Listed */
/** @import { Schemas } from '../../types/client.js' */
/** @typedef {{ performance: string, policy: Schemas['DoorPolicy'], fetched_at: number, tickets: [string, Listed][], places: [string, string][] }} List */

const NAME = 'boxoffice-door';
/** @type {Record<string, Map<string, any>>} */
const spare = { lists: new Map(), scans: new Map() };

/** @type {Promise<IDBDatabase | undefined> | undefined} */
let opened;

function open() {
  opened ??= new Promise((done) => {
    try {
      const asked = indexedDB.open(NAME, 1);
      asked.onupgradeneeded = () => {
        asked.result.createObjectStore('lists', { keyPath: 'performance' });
        asked.result.createObjectStore('scans', { keyPath: 'scan_id' });
      };
      asked.onsuccess = () => done(asked.result);
      asked.onerror = asked.onblocked = () => done(undefined);
    } catch { done(undefined); }
  });
  return opened;
}

/** @template T
 * @param {'lists' | 'scans'} store @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest<T>} act @param {(spare: Map<string, any>) => T} instead
 * @returns {Promise<T>} */
async function run(store, mode, act, instead) {
  const database = await open();
  const kept = /** @type {Map<string, any>} */ (spare[store]);
  if (!database) { return instead(kept); }
  return new Promise((done) => {
    try {
      const transaction = database.transaction(store, mode, { durability: 'strict' });
      const asked = act(transaction.objectStore(store));
      // Kept is what stands on the disk.
      transaction.oncomplete = () => done(asked.result);
      transaction.onabort = transaction.onerror = () => done(instead(kept));
    } catch { done(instead(kept)); }
  });
}

/** @param {Scan} scan */
export const keepScan = (scan) => run('scans', 'readwrite', (store) => store.put(scan), (kept) => { kept.set(scan.scan_id, scan); return scan.scan_id; });
/** @param {string} id */
export const dropScan = (id) => run('scans', 'readwrite', (store) => store.delete(id), (kept) => void kept.delete(id));
/** All of them, of every performance. @returns {Promise<Scan[]>} */
export const keptScans = () => run('scans', 'readonly', (store) => store.getAll(), (kept) => [...kept.values()]);

/** @param {List} list */
export const keepList = (list) => run('lists', 'readwrite', (store) => store.put(list), (kept) => { kept.set(list.performance, list); return list.performance; });
/** @param {string} performance @returns {Promise<List | undefined>} */
export const keptList = (performance) => run('lists', 'readonly', (store) => store.get(performance), (kept) => kept.get(performance));
