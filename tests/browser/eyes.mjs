// What is told by colour is told by shape too: the seats' states as some eyes see them, compared and kept as pictures; and the
// contrast of whatever tells something on the map, by day and by night.
import { check } from './browser.mjs';
import { inside } from './inside.mjs';
import { DESKTOP, whole } from './screen.mjs';

const EYES = ['none', 'protanopia', 'deuteranopia', 'tritanopia', 'achromatopsia', 'blurredVision'];
/** WCAG 2.2, 1.4.11 and 1.4.3. */
const [SHAPE, TEXT] = [3, 4.5];
/** Two states differ in so much of a seat at least, of 255 by grey value: in achromatopsia nothing else is left. */
const LEAST = 12;

/** Grey values of the four legend marks, and how much each pair differs on average. Runs in the page. */
async function apart(pictures) {
  const read = async (base64) => {
    const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
    const image = await createImageBitmap(new Blob([bytes], { type: 'image/png' }));
    const canvas = Object.assign(document.createElement('canvas'), { width: 24, height: 24 });
    const context = canvas.getContext('2d');
    context.drawImage(image, 0, 0, 24, 24);
    const { data } = context.getImageData(0, 0, 24, 24);
    return Array.from({ length: 576 }, (_, at) => 0.2126 * data[4 * at] + 0.7152 * data[4 * at + 1] + 0.0722 * data[4 * at + 2]);
  };
  const grey = await Promise.all(pictures.map(read));
  const pairs = grey.flatMap((one, at) => grey.slice(at + 1).map((other) => one.reduce((sum, value, pixel) => sum + Math.abs(value - other[pixel]), 0) / 576));
  return Math.min(...pairs);
}

/** The least contrast of marks with their ground, and of the letters on them. Runs in the page. */
function contrasts() {
  const channels = (colour) => colour.match(/[\d.]+/g).slice(0, 3).map(Number);
  const luminance = (colour) => {
    const [red, green, blue] = channels(colour).map((channel) => (channel / 255 <= 0.04045 ? channel / 255 / 12.92 : ((channel / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const ratio = (one, other) => {
    const [a, b] = [luminance(one), luminance(other)];
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  };
  const ground = getComputedStyle(document.querySelector('section.map')).backgroundColor;
  const marks = [...document.querySelectorAll('.legend .dot')].map((dot) => {
    const style = getComputedStyle(dot);
    const isFilled = !style.backgroundColor.startsWith('rgba(0, 0, 0, 0');
    const shape = isFilled ? style.backgroundColor : dot.matches('.held') ? style.borderTopColor : style.color;
    return { name: dot.className, shape: ratio(shape, ground), text: isFilled && dot.textContent.trim() ? ratio(style.color, style.backgroundColor) : 21 };
  });
  return { marks, words: ratio(getComputedStyle(document.querySelector('.legend li')).color, ground) };
}

export async function eyes(server, office, complaints, folder) {
  const { page, context, concert } = await inside(server, office, complaints, { title: 'Eyes' }, { device: DESKTOP });
  const other = await office.buyer(concert.id);
  const seats = await office.seats(other, concert.performance);
  await office.hold(other, concert.performance, seats.slice(2, 6).map(({ id }) => id));
  const third = await office.buyer(concert.id);
  await office.desk('POST', `/users/${third.id}/top-ups`, { amount: 1_000_000 });
  const bought = seats.slice(6, 8);
  const amount = bought.reduce((sum, { price }) => sum + price, 0);
  await office.ask('POST', '/payments', { credential: third.token, body: { seat_ids: bought.map(({ id }) => id), amount } });
  await page.locator('form.best button').click();
  await page.locator('.basket li').nth(1).waitFor();
  const devtools = await context.newCDPSession(page);
  for (const type of EYES) {
    await devtools.send('Emulation.setEmulatedVisionDeficiency', { type });
    await page.locator('section.map').screenshot({ path: `${folder}/seats-${type}.png` });
    // The marks as the legend shows them, which the map draws alike: free, mine, held, sold.
    const marks = [];
    for (const mark of ['.dot.grade-0', '.dot.mine', '.dot.held', '.dot.sold']) {
      marks.push((await page.locator(`.legend ${mark}`).first().screenshot()).toString('base64'));
    }
    const least = await page.evaluate(apart, marks);
    check(least >= LEAST, `seat states with ${type}: the two most alike differ by ${least.toFixed(0)} of 255 without their hue`);
  }
  await devtools.send('Emulation.setEmulatedVisionDeficiency', { type: 'none' });
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    const { marks, words } = await page.evaluate(contrasts);
    const worst = marks.reduce((a, b) => (a.shape < b.shape ? a : b));
    check(worst.shape >= SHAPE, `${colorScheme}: shapes on the map have a contrast of ${worst.shape.toFixed(1)} at least (${worst.name})`);
    const faint = marks.reduce((a, b) => (a.text < b.text ? a : b));
    check(Math.min(faint.text, words) >= TEXT, `${colorScheme}: letters on them ${faint.text.toFixed(1)} (${faint.name}), words beside them ${words.toFixed(1)}`);
  }
  await page.emulateMedia({ colorScheme: 'light', forcedColors: 'active' });
  await whole(page, 'choosing, forced colours');
  await page.locator('section.map').screenshot({ path: `${folder}/seats-forced-colours.png` });
  console.log(`the seat map as some eyes see it: ${folder}/seats-*.png`);
  await context.close();
}
