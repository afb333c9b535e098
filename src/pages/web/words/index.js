// Which language is spoken, and its words. English gives the type: what another language lacks, the type checker says.

import { forAll } from '../common/store.js';
import { en } from './en.js';
import { ko } from './ko.js';
import { problems } from './problems.js';

/** @typedef {typeof en} Words */

/** @type {Record<string, Words>} */
const LANGUAGES = { ko, en };

/** How each language calls itself. */
export const NAMES = { ko: '한국어', en: 'English' };

let spoken = choose(['en']);

/** @param {readonly string[]} venues the venue's, the first one first */
function choose(venues) {
  const asked = new URL(location.href).searchParams.get('lang');
  const wanted = [asked, forAll.get('language'), ...navigator.languages, ...venues, 'en'];
  const known = wanted.map((tag) => String(tag ?? '').slice(0, 2).toLowerCase()).find((tag) => tag in LANGUAGES);
  return known ?? 'en';
}

/** Chooses anew, now that the venue's languages are known.
 * @param {readonly string[]} venues */
export function greet(venues) {
  spoken = choose(venues);
  // Whoever was sent here in a language keeps it, also on the way back from elsewhere.
  if (new URL(location.href).searchParams.get('lang')?.startsWith(spoken)) { forAll.set('language', spoken); }
  document.documentElement.lang = spoken;
}

/** Speaks this language from now on.
 * @param {string} tag */
export function speak(tag) {
  forAll.set('language', tag);
  const url = new URL(location.href);
  url.searchParams.delete('lang');
  history.replaceState(history.state, '', url);
  spoken = tag;
  document.documentElement.lang = tag;
}

export const language = () => spoken;

/** The words. */
export const words = () => /** @type {Words} */ (LANGUAGES[spoken]);

/** What a part of the pages says for itself, in the language that is spoken.
 * @template T @param {{ en: T, ko: T }} of @returns {T} */
export const inLanguage = (of) => (spoken === 'ko' ? of.ko : of.en);

/** What is said of a code, if anything is.
 * @param {string} code */
export const said = (code) => problems[code]?.[spoken === 'ko' ? 1 : 0];

/** What a refusal means and what helps.
 * @param {{ code: string, detail?: string }} problem */
export function explained(problem) {
  return said(problem.code) ?? problem.detail ?? said('internal') ?? problem.code;
}
