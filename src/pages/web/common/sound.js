// A short tone when the turn comes. Browsers play nothing before somebody touched the page; then it stays silent.

/** @type {AudioContext | undefined} */
let context;

/** Makes ready, inside a tap or key press. */
export function wake() {
  try {
    context ??= new AudioContext();
    void context.resume();
  } catch { /* no sound here */ }
}

/** Two tones. */
export function ring() {
  if (!context || context.state !== 'running') { return; }
  [660, 880].forEach((frequency, at) => {
    if (!context) { return; }
    const [tone, volume, begin] = [context.createOscillator(), context.createGain(), context.currentTime + at * 0.2];
    tone.frequency.value = frequency;
    volume.gain.setValueAtTime(0.15, begin);
    volume.gain.exponentialRampToValueAtTime(0.001, begin + 0.18);
    tone.connect(volume).connect(context.destination);
    tone.start(begin);
    tone.stop(begin + 0.2);
  });
}

document.addEventListener('pointerdown', wake, { once: true });
