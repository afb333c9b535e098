// A ticket's code out of what a camera, a scanner or a person gives: bare, within an address, in small letters, with other
// dashes, typed on a Korean keyboard. Whether it is genuine is the office's to say.

/** 24 digits of Crockford's base 32: the ticket and its MAC. */
const DIGITS = 24;
const ALPHABET = /^[0-9A-HJKMNP-TV-Z]+$/;
const DASHES = /[\s\u00ad\u2010-\u2015\u2212\ufe63\uff0d-]/g;

/** The keys of the letters on a Korean keyboard (dubeolsik); the shifted ones are the same keys. */
const KEYS = {
  ㅂ: 'Q', ㅈ: 'W', ㄷ: 'E', ㄱ: 'R', ㅅ: 'T', ㅛ: 'Y', ㅕ: 'U', ㅑ: 'I', ㅐ: 'O', ㅔ: 'P', ㅁ: 'A', ㄴ: 'S', ㅇ: 'D', ㄹ: 'F', ㅎ: 'G',
  ㅗ: 'H', ㅓ: 'J', ㅏ: 'K', ㅣ: 'L', ㅋ: 'Z', ㅌ: 'X', ㅊ: 'C', ㅍ: 'V', ㅠ: 'B', ㅜ: 'N', ㅡ: 'M',
  ㅃ: 'Q', ㅉ: 'W', ㄸ: 'E', ㄲ: 'R', ㅆ: 'T', ㅒ: 'O', ㅖ: 'P',
  ㅘ: 'HK', ㅙ: 'HO', ㅚ: 'HL', ㅝ: 'NJ', ㅞ: 'NP', ㅟ: 'NL', ㅢ: 'ML',
  ㄳ: 'RT', ㄵ: 'SW', ㄶ: 'SG', ㄺ: 'FR', ㄻ: 'FA', ㄼ: 'FQ', ㄽ: 'FT', ㄾ: 'FX', ㄿ: 'FV', ㅀ: 'FG', ㅄ: 'QT',
};
const LEADS = 'ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ';
const VOWELS = 'ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ';
const TAILS = ' ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ';

/** The letters a syllable is made of (Unicode 16, §3.12).
 * @param {string} one */
function jamo(one) {
  const at = one.charCodeAt(0) - 0xac00;
  if (at < 0 || at >= 11_172) { return one; }
  return `${LEADS[Math.floor(at / 588)]}${VOWELS[Math.floor(at / 28) % 21]}${TAILS[at % 28]}`.trim();
}

/** What the same keys write with Latin letters.
 * @param {string} text */
export function latin(text) {
  return [...text.normalize('NFC')].map(jamo).join('').replace(/[ㄱ-ㅣ]/g, (letter) => /** @type {Record<string, string>} */ (KEYS)[letter] ?? letter);
}

/** As it is written on the ticket; none for what is no code.
 * @param {string} text @returns {string | undefined} */
export function codeIn(text) {
  // Letters first: what makes wide digits narrow also takes Korean letters for parts of syllables.
  const plain = latin(text).normalize('NFKC');
  // Within an address it is what is written as on the ticket; else all there is.
  const written = /(?:[0-9A-Za-z]{4}-){5}[0-9A-Za-z]{4}(?![0-9A-Za-z])/.exec(plain)?.[0] ?? plain;
  const digits = written.replace(DASHES, '').toUpperCase().replace(/O/g, '0').replace(/[IL]/g, '1');
  if (digits.length !== DIGITS || !ALPHABET.test(digits)) { return undefined; }
  return digits.replace(/(.{4})(?=.)/g, '$1-');
}

/** What a door's list knows a code by: the first 16 bytes of its SHA-256. None where the browser has no TLS to compute it.
 * @param {string} code @returns {Promise<string | undefined>} */
export async function hashOf(code) {
  if (!globalThis.crypto?.subtle) { return undefined; }
  const bytes = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(code.replaceAll('-', ''))));
  return Array.from(bytes.subarray(0, 16), (byte) => byte.toString(16).padStart(2, '0')).join('');
}
