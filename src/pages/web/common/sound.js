// Short tones: when the turn comes, when a ticket is read. Browsers play nothing before somebody touched the page; then it stays silent.

/** @type {AudioContext | undefined} */
let context;

/** Makes ready, inside a tap or key press. */
export function wake() {
  try {
    context ??= new AudioContext();
    void context.resume();
  } catch { /* no sound here */ }
}

/** Two tones: the turn has come. */
export const ring = () => play([660, 880]);

/** Tones one after the other, by their frequencies.
 * @param {number[]} frequencies @param {number} [seconds] of each */
export function play(frequencies, seconds = 0.2) {
  if (!context || context.state !== 'running') { return; }
  frequencies.forEach((frequency, at) => {
    if (!context) { return; }
    const [tone, volume, begin] = [context.createOscillator(), context.createGain(), context.currentTime + at * seconds];
    tone.frequency.value = frequency;
    volume.gain.setValueAtTime(0.15, begin);
    volume.gain.exponentialRampToValueAtTime(0.001, begin + 0.9 * seconds);
    tone.connect(volume).connect(context.destination);
    tone.start(begin);
    tone.stop(begin + seconds);
  });
}

for (const touch of ['pointerdown', 'keydown']) { document.addEventListener(touch, wake, { once: true }); }
