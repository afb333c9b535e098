// The door's page: which evening, then scanning.

import { keepPages } from '../common/worker.js';
import { start } from '../entrance/frame.js';
import { doorWords } from '../words/door.js';

start({
  title: () => doorWords().door,
  parts: [
    { at: 'evenings', scopes: ['door'], load: () => import('./evenings.js') },
    { at: 'scan', scopes: ['door'], load: () => import('./scan.js') },
  ],
});
void keepPages(['evenings.js', 'scan.js', 'decoder.js', '../vendor/qr/decode.js', '../vendor/qr/index.js'].map((file) => new URL(file, import.meta.url).href));
