// What a door's answer is felt by: tones, vibration, a screen that stays on. A browser under test has neither speaker nor motor: what the
// page asks of them is written down.

/** Writes down, from the page's first moment, what is asked of speaker, motor and screen. */
export const spy = (page) => page.addInitScript(() => {
  const felt = { tones: [], pulses: [], awake: 0 };
  window.felt = felt;
  const make = AudioContext.prototype.createOscillator;
  AudioContext.prototype.createOscillator = function createOscillator() {
    const tone = make.call(this);
    const start = tone.start;
    tone.start = (...when) => {
      felt.tones.push(tone.frequency.value);
      return start.apply(tone, when);
    };
    return tone;
  };
  navigator.vibrate = (pulses) => Boolean(felt.pulses.push(pulses));
  const request = navigator.wakeLock?.request.bind(navigator.wakeLock);
  if (request) {
    navigator.wakeLock.request = (kind) => {
      felt.awake += 1;
      return request(kind);
    };
  }
});

/** What was felt since the last time it was asked for. */
export const felt = (page) => page.evaluate(() => {
  const { tones, pulses, awake } = window.felt;
  Object.assign(window.felt, { tones: [], pulses: [] });
  return { tones, pulses, awake };
});
