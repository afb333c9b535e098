// How smoothly the map of 10,000 seats moves, with the processor slowed down, and how soon it is there on a slow network.
// The figures are printed; what a shared machine measures is no reason to fail.
import { browser, check, watch } from './browser.mjs';

const SLOWER = [1, 4, 6];

export async function frames(server, office, complaints) {
  const concert = await office.concert({ title: 'Ten thousand', sections: 4, rows: 50, seats: 50 });
  const context = await browser.newContext({ viewport: { width: 360, height: 740 }, deviceScaleFactor: 2, locale: 'en' });
  const page = await context.newPage();
  page.setDefaultTimeout(60_000);
  watch(page, server, complaints);
  const email = `frames-${Date.now()}@example.org`;
  const signed = await office.ask('POST', '/users', { body: { email, password: 'correct horse', name: 'Buyer' } });
  await office.ask('POST', `/concerts/${concert.id}/queue/tokens`, { credential: signed.session.secret });
  await page.goto(server);
  await page.evaluate((kept) => localStorage.setItem('boxoffice:session', kept), JSON.stringify(signed));
  const devtools = await context.newCDPSession(page);
  await devtools.send('Network.enable');
  // 4G as the browser's own tools have it.
  await devtools.send('Network.emulateNetworkConditions', { offline: false, latency: 165, downloadThroughput: 1_012_500, uploadThroughput: 168_750 });
  const started = Date.now();
  await page.goto(`${server}/?lang=en#/choose/${concert.id}`);
  await page.waitForFunction(() => document.querySelector('seat-map canvas')?.width > 300);
  console.log(`map of 10,000 seats on 4G, from nothing: ${Date.now() - started} ms`);
  await devtools.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
  await page.locator('seat-map').scrollIntoViewIfNeeded();
  const count = await page.evaluate(() => document.querySelector('seat-map').seats.count);
  check(count === 10_000, `the map has ${count} seats`);

  for (const rate of SLOWER) {
    await devtools.send('Emulation.setCPUThrottlingRate', { rate });
    const [pan, pinch] = [await page.evaluate(moved, 'pan'), await page.evaluate(moved, 'pinch')];
    console.log(`frames a second at ${rate}×: panning ${pan.toFixed(0)}, pinching with 20 changes a frame ${pinch.toFixed(0)}`);
  }
  await context.close();
}

/** Runs in the page: moves the map for some seconds and gives the frames a second. */
async function moved(how) {
  const map = document.querySelector('seat-map');
  const canvas = map.querySelector('canvas');
  const box = map.getBoundingClientRect();
  const [x, y] = [box.left + box.width / 2, box.top + box.height / 2];
  const finger = (type, dx) => canvas.dispatchEvent(new PointerEvent(type, { pointerId: 1, clientX: x + dx, clientY: y + dx / 2, bubbles: true }));
  canvas.parentElement.setPointerCapture = () => {};
  map.zoom(0);
  map.zoom(how === 'pan' ? 3 : 1.5);
  const frame = () => new Promise(requestAnimationFrame);
  for (let warm = 0; warm < 20; warm++) { await frame(); }
  const [begun, SECONDS] = [performance.now(), 3];
  let frames = 0;
  finger('pointerdown', 0);
  while (performance.now() - begun < SECONDS * 1000) {
    const swing = Math.sin(frames / 20);
    if (how === 'pan') { finger('pointermove', 120 * swing); } else {
      canvas.dispatchEvent(new WheelEvent('wheel', { deltaY: 12 * Math.sign(Math.cos(frames / 25)), clientX: x, clientY: y, cancelable: true, bubbles: true }));
      const places = Array.from({ length: 20 }, () => Math.floor(Math.random() * map.seats.count));
      map.repaint(map.seats.apply({ changed: { [['a', 'h', 's'][frames % 3]]: places } }));
    }
    await frame();
    frames++;
  }
  finger('pointercancel', 0);
  return frames / ((performance.now() - begun) / 1000);
}
