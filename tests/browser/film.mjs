// What a camera sees, made of QR codes: a film for Chromium's fake camera (YUV4MPEG2, luma only), and a photo.
import { writeFileSync } from 'node:fs';
import encodeQR from 'qr';

const [WIDTH, HEIGHT, RATE] = [640, 480, 10];
/** A module of the code, in pixels: as a phone held at arm's length shows it. */
const MODULE = 8;

/** Whether a pixel of a scene is dark, with the code in its middle. */
function scene(text) {
  if (!text) { return () => false; }
  const modules = encodeQR(text, 'raw', { ecc: 'quartile', border: 4 });
  const side = modules.length * MODULE;
  const [left, top] = [Math.floor((WIDTH - side) / 2), Math.floor((HEIGHT - side) / 2)];
  return (x, y) => Boolean(modules[Math.floor((y - top) / MODULE)]?.[Math.floor((x - left) / MODULE)]);
}

/** Scenes one after the other, each for so many seconds; an empty text shows an empty hand. */
export function film(path, scenes) {
  const frames = scenes.map(({ text, seconds }) => {
    const isDark = scene(text);
    const frame = Buffer.alloc(WIDTH * HEIGHT * 1.5, 128);
    for (let y = 0; y < HEIGHT; y++) {
      for (let x = 0; x < WIDTH; x++) { frame[y * WIDTH + x] = isDark(x, y) ? 30 : 215; }
    }
    return Array.from({ length: seconds * RATE }, () => [Buffer.from('FRAME\n'), frame]);
  });
  writeFileSync(path, Buffer.concat([Buffer.from(`YUV4MPEG2 W${WIDTH} H${HEIGHT} F${RATE}:1 Ip A1:1 C420jpeg\n`), ...frames.flat(2)]));
}

/** A photo of a code, as a bitmap of 24 bits: larger than the camera's picture, and the code small in it. */
export function photo(text) {
  const [width, height, module] = [1600, 1200, 6];
  const modules = text ? encodeQR(text, 'raw', { ecc: 'quartile', border: 4 }) : [];
  const [left, top] = [900, 300];
  const pixels = Buffer.alloc(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const isDark = Boolean(modules[Math.floor((y - top) / module)]?.[Math.floor((x - left) / module)]);
      pixels.fill(isDark ? 25 : 200 + ((x * 7 + y * 13) % 40), ((height - 1 - y) * width + x) * 3, ((height - 1 - y) * width + x) * 3 + 3);
    }
  }
  const head = Buffer.alloc(54);
  head.write('BM');
  head.writeUInt32LE(54 + pixels.length, 2);
  head.writeUInt32LE(54, 10);
  head.writeUInt32LE(40, 14);
  head.writeInt32LE(width, 18);
  head.writeInt32LE(height, 22);
  head.writeUInt16LE(1, 26);
  head.writeUInt16LE(24, 28);
  return Buffer.concat([head, pixels]);
}
