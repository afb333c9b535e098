// The door over TLS: by the venue's own authority, which the device trusts, and with a certificate that was waved through. What works with each
// is tried, and what does not is said.
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync } from 'node:fs';
import { check, watch } from './browser.mjs';
import { film } from './film.mjs';
import { Office } from './office.mjs';

const NAME = 'door.local';

/** An office with a certificate of its own authority, on a port of its own. */
function office(program, folder) {
  execFileSync(program, ['certificate', folder, '--name', NAME]);
  const files = ['--tls-certificate', `${folder}/certificate.pem`, '--tls-key', `${folder}/certificate-key.pem`];
  const server = spawn(program, ['serve', '--data', `${folder}/boxoffice.db`, '--listen', '127.0.0.1:0', ...files], { stdio: ['ignore', 'pipe', 'pipe'] });
  let said = '';
  return new Promise((done, lost) => {
    const hear = (bytes) => {
      said += bytes;
      const [port, key] = [/https:\/\/[^ :]*:(\d+)/.exec(said)?.[1], /operator key .*: (op_\S+)/.exec(said)?.[1]];
      if (port && key) { done({ server, port, key }); }
    };
    server.stdout.on('data', hear);
    server.stderr.on('data', hear);
    server.on('exit', () => lost(new Error(`it ended: ${said}`)));
    setTimeout(() => lost(new Error(`it did not begin: ${said}`)), 20_000).unref();
  });
}

/** A device's home, whose browser trusts this authority. */
function trusting(folder) {
  const home = `${folder}/home`;
  mkdirSync(`${home}/.pki/nssdb`, { recursive: true });
  const database = ['-d', `sql:${home}/.pki/nssdb`];
  execFileSync('certutil', [...database, '-N', '--empty-password']);
  execFileSync('certutil', [...database, '-A', '-t', 'C,,', '-n', 'venue', '-i', `${folder}/authority.pem`]);
  return home;
}

export async function encrypted({ program, folder: parent, launch, sold, complaints, device }) {
  const folder = mkdtempSync(`${parent}/tls-`);
  const { server, port, key } = await office(program, folder);
  // The checks speak to it as it is here: its certificate is not for this address.
  process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
  const at = `https://${NAME}:${port}`;
  try {
    const desk = new Office(`https://127.0.0.1:${port}`, key);
    const evening = await sold('Over TLS', 2, desk);
    const video = `${folder}/one.y4m`;
    film(video, [{ text: evening.codes[0], seconds: 4 }]);
    for (const trusted of [true, false]) {
      const where = (what) => `door over TLS, ${trusted ? 'our own authority' : 'waved through'}: ${what}`;
      const browser = await launch(video, trusted ? trusting(folder) : undefined);
      if (!trusted) {
        const page = await browser.newPage();
        const refused = await page.goto(`${at}/door`).then(() => '', (error) => error.message);
        check(refused.includes('ERR_CERT_AUTHORITY_INVALID'), where('a browser that does not know the authority warns'));
        await page.close();
      }
      const shown = await device(browser, at, evening, desk, { ignoreHTTPSErrors: !trusted });
      const { page, context } = shown;
      check(await page.evaluate(() => isSecureContext && Boolean(navigator.mediaDevices)), where('a camera is to be had'));
      await page.getByRole('button', { name: /camera on/ }).click();
      await page.locator(trusted ? '.answer.in' : '.answer.again').waitFor();
      check(true, where('the camera reads a ticket, and the office answers'));
      await page.getByRole('button', { name: /camera off/ }).click();
      await page.waitForFunction(async () => (await indexedDB.databases()).some(({ name }) => name === 'boxoffice-door'));
      const notice = page.locator('main > p.card', { hasText: 'waved through' });
      if (trusted) {
        await page.evaluate(() => navigator.serviceWorker.ready);
        check(await notice.count() === 0, where('nothing is missing'));
        shown.network.offline = true;
        await context.setOffline(true);
        await page.reload();
        await page.locator('.answer').waitFor();
        check(true, where('the page comes again without a network'));
        await context.setOffline(false);
      } else {
        await notice.waitFor();
        check(true, where('what does not work is said'));
        // The browser's own word on why it keeps no page.
        const own = complaints.findIndex((one) => one.includes('SSL certificate error'));
        if (own >= 0) { complaints.splice(own, 1); }
      }
      await browser.close();
    }
  } finally {
    delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    server.removeAllListeners('exit');
    server.kill();
  }
}
