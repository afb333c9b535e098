// A small chart: bars by time, drawn as SVG. What it shows stands in a table beside it for those who do not see it.

import { html, svg } from '../vendor/lit-html/lit-html.js';

const [WIDTH, HEIGHT, GAP] = [600, 90, 2];

/** @param {readonly number[]} values oldest first @param {string} label what they are @param {(value: number) => string} shown */
export function bars(values, label, shown) {
  const most = Math.max(1, ...values);
  const step = WIDTH / Math.max(1, values.length);
  return html`<figure class="chart"><figcaption>${label} <span class="hint">(${shown(Math.max(0, ...values))})</span></figcaption>
    <svg viewBox="0 0 ${WIDTH} ${HEIGHT}" preserveAspectRatio="none" role="img" aria-label=${`${label}: ${values.map(shown).join(', ')}`}>
      ${values.map((value, at) => {
        const height = value ? Math.max(2, value / most * HEIGHT) : 0;
        return svg`<rect x=${at * step} y=${HEIGHT - height} width=${Math.max(1, step - GAP)} height=${height}></rect>`;
      })}
    </svg></figure>`;
}

/** Parts of a whole, side by side.
 * @param {readonly { name: string, value: number }[]} parts */
export function share(parts) {
  const all = Math.max(1, parts.reduce((sum, { value }) => sum + value, 0));
  let at = 0;
  return html`<svg class="share" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">${parts.map(({ name, value }) => {
    const [from, width] = [at, value / all * 100];
    at += width;
    return svg`<rect class=${name} x=${from} y="0" width=${width} height="10"></rect>`;
  })}</svg>`;
}
