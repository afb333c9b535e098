// A hardware scanner: a keyboard that types fast. What it types is a scan wherever the focus is, and never ends up in a field
// or presses a button. Keys are read by their place, so that no layout and no input method stands in between: with a Korean one
// the letters come as `Process`, and Enter comes twice.

/** Between two keys of a scanner, in milliseconds; people are slower. */
const FAST_MS = 40;
/** So many keys make a scan. */
const LEAST_KEYS = 8;
/** A second Enter so soon is the same. */
const SAME_ENTER_MS = 300;

/** What a key writes by its place on an English keyboard.
 * @param {KeyboardEvent} event */
function written({ code, shiftKey }) {
  const letter = /^Key([A-Z])$/.exec(code)?.[1] ?? (shiftKey ? undefined : /^(?:Digit|Numpad)([0-9])$/.exec(code)?.[1]);
  if (letter) { return letter; }
  // Of an address it is enough that its parts stay apart.
  return code === 'Minus' || code === 'NumpadSubtract' ? '-' : code.startsWith('Shift') ? '' : '/';
}

/** The field that somebody was in, and what stood there before.
 * @typedef {{ field: HTMLInputElement | HTMLTextAreaElement, value: string }} Before */

/**
 * Listens until the returned function is called.
 * @param {(text: string) => void} scanned
 */
export function listen(scanned) {
  let text = '';
  let keys = 0;
  let last = -Infinity;
  let enteredAt = -Infinity;
  /** @type {Before | undefined} */
  let before;

  /** @param {KeyboardEvent} event */
  function key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) { return; }
    const at = event.timeStamp;
    const isFast = at - last < FAST_MS;
    const isEnter = event.code === 'Enter' || event.code === 'NumpadEnter';
    if (isEnter && !keys && at - enteredAt < SAME_ENTER_MS) { return swallow(event); }
    if (isEnter && isFast && keys >= LEAST_KEYS) {
      const whole = text;
      swallow(event);
      forget();
      enteredAt = at;
      restore();
      return scanned(whole);
    }
    if (!event.code || isEnter) { return forget(); }
    if (!isFast) {
      forget();
      before = fieldOf(event.target);
    }
    const more = written(event);
    text += more;
    keys += more ? 1 : 0;
    last = at;
  }

  function forget() { [text, keys, last] = ['', 0, -Infinity]; }

  /** Takes back what the scanner typed into a field, once an input method is done with it. */
  function restore() {
    const was = before;
    if (!was) { return; }
    before = undefined;
    const take = () => {
      if (was.field.value === was.value) { return; }
      was.field.value = was.value;
      was.field.dispatchEvent(new Event('input', { bubbles: true }));
    };
    take();
    was.field.addEventListener('compositionend', () => setTimeout(take), { once: true });
    setTimeout(take, FAST_MS);
  }

  window.addEventListener('keydown', key, { capture: true });
  return () => window.removeEventListener('keydown', key, { capture: true });
}

/** @param {Event} event */
function swallow(event) {
  event.preventDefault();
  event.stopImmediatePropagation();
}

/** @param {EventTarget | null} target @returns {Before | undefined} */
function fieldOf(target) {
  const isField = target instanceof HTMLInputElement || target instanceof HTMLTextAreaElement;
  return isField ? { field: target, value: target.value } : undefined;
}
