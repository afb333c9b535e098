// The desk: which screens it has, and what a key needs to see them. Each comes as a module of its own when it is first shown.

import { start } from '../entrance/frame.js';
import { deskWords } from '../words/desk.js';

/** @import { Part } from '../entrance/frame.js' */

/** @type {readonly Part[]} */
const PARTS = [
  { at: 'now', scopes: ['manage'], load: () => import('./now.js'), name: () => deskWords().now },
  { at: 'sale', scopes: ['manage'], load: () => import('./sale.js') },
  { at: 'concerts', scopes: ['manage'], load: () => import('./concerts.js'), name: () => deskWords().concerts },
  { at: 'concert', scopes: ['manage'], load: () => import('./concert.js') },
  { at: 'date', scopes: ['manage'], load: () => import('./date.js') },
  { at: 'codes', scopes: ['manage'], load: () => import('./codes.js') },
  { at: 'waitlist', scopes: ['manage'], load: () => import('./waitlist.js') },
  { at: 'halls', scopes: ['manage'], load: () => import('./halls.js'), name: () => deskWords().halls },
  { at: 'hall', scopes: ['manage'], load: () => import('../editor/editor.js') },
  { at: 'counter', scopes: ['sell'], load: () => import('./counter.js'), name: () => deskWords().counter },
  { at: 'buyers', scopes: ['sell'], load: () => import('./buyers.js'), name: () => deskWords().buyers },
  { at: 'buyer', scopes: ['sell'], load: () => import('./buyer.js') },
  { at: 'payment', scopes: ['sell'], load: () => import('./payment.js') },
  { at: 'ticket', scopes: ['sell'], load: () => import('./ticket.js') },
  { at: 'closes', scopes: ['sell'], load: () => import('./closes.js'), name: () => deskWords().dayClose },
  { at: 'checkouts', scopes: ['sell'], load: () => import('./checkouts.js'), name: () => deskWords().checkouts },
  { at: 'reports', scopes: ['report'], load: () => import('./reports.js'), name: () => deskWords().reports },
  { at: 'mails', scopes: ['sell'], load: () => import('./mails.js'), name: () => deskWords().mails },
  { at: 'venue', scopes: ['manage'], load: () => import('./venue.js'), name: () => deskWords().venue },
  { at: 'file', scopes: ['manage'], load: () => import('./file.js'), name: () => deskWords().file },
  { at: 'keys', scopes: ['manage'], load: () => import('./keys.js'), name: () => deskWords().keys },
  { at: 'audit', scopes: ['manage'], load: () => import('./audit.js'), name: () => deskWords().audit },
  { at: 'webhooks', scopes: ['manage'], load: () => import('./webhooks.js'), name: () => deskWords().webhooks },
];

start({ title: () => deskWords().desk, parts: PARTS });
