// What is typed at the counter: "R 2", "s 3 child", "Floor 4": a grade or a standing section, how many, and a ticket type if it
// is not the first. Pure. With a Korean input method on, the keys of the letters give jamo: those are read as their keys.

/** @typedef {{ grade: string, prices: { type: string, price: number }[] }} Priced */

const JAMO = 'ㅂㅈㄷㄱㅅㅛㅕㅑㅐㅔㅁㄴㅇㄹㅎㅗㅓㅏㅣㅋㅌㅊㅍㅠㅜㅡㅃㅉㄸㄲㅆㅒㅖ';
const KEYS = 'qwertyuiopasdfghjklzxcvbnmqwertop';

/** The keys that were pressed for these letters.
 * @param {string} text */
export const asKeys = (text) => [...text].map((letter) => KEYS[JAMO.indexOf(letter)] ?? letter).join('');

/** The one that begins so, or is so.
 * @param {readonly string[]} names @param {string} typed */
function named(names, typed) {
  for (const text of [typed, asKeys(typed)].map((one) => one.toLowerCase())) {
    const exact = names.find((name) => name.toLowerCase() === text);
    const begun = names.filter((name) => name.toLowerCase().startsWith(text));
    if (exact ?? begun.length === 1) { return exact ?? begun[0]; }
  }
  return undefined;
}

/**
 * Reads a line. Gives what is wrong with it by the name of its words.
 * @param {string} line @param {readonly Priced[]} grades
 * @returns {{ grade: string, quantity: number, type: string | undefined } | { wrong: 'unreadable' | 'noSuchGrade' | 'noSuchType' }}
 */
export function read(line, grades) {
  const match = /^\s*(\S.*?)\s*[ *x×]\s*(\d{1,2})(?:\s+(\S.*?))?\s*$/.exec(line) ?? /^\s*(\D+?)(\d{1,2})(?:\s+(\S.*?))?\s*$/.exec(line);
  const quantity = Number(match?.[2] ?? 0);
  if (!match?.[1] || quantity < 1) { return { wrong: 'unreadable' }; }
  const grade = named(grades.map((one) => one.grade), match[1]);
  if (!grade) { return { wrong: 'noSuchGrade' }; }
  const types = grades.find((one) => one.grade === grade)?.prices.map(({ type }) => type) ?? [];
  const type = match[3] ? named(types, match[3]) : types[0];
  return match[3] && !type ? { wrong: 'noSuchType' } : { grade, quantity, type };
}
