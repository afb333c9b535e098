// Fingers, mouse and wheel on the map: one moves it, two pinch it, a short touch that stays picks. Nothing here knows seats.

/** A finger that moved less than this picked. */
const STILL = 8;

/**
 * @param {HTMLElement} element
 * @param {{ pan(dx: number, dy: number): void, zoom(factor: number, x: number, y: number): void, tap(x: number, y: number): void }} to
 */
export function watchGestures(element, to) {
  /** @type {Map<number, { x: number, y: number }>} */
  const fingers = new Map();
  let moved = 0;
  let pinched = false;
  /** When the wheel was last turned. */
  let turned = -Infinity;
  let box = element.getBoundingClientRect();
  // Measured when a finger comes, not at each of its steps: that would lay the page out in every frame.
  const measure = () => { box = element.getBoundingClientRect(); };
  const at = (/** @type {MouseEvent} */ event) => ({ x: event.clientX - box.left, y: event.clientY - box.top });
  const spread = () => {
    const [a, b] = [...fingers.values()];
    return a && b ? { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, apart: Math.hypot(a.x - b.x, a.y - b.y) } : undefined;
  };

  element.addEventListener('pointerdown', (event) => {
    if (event.button > 0) { return; }
    element.setPointerCapture(event.pointerId);
    if (!fingers.size) {
      [moved, pinched] = [0, false];
      measure();
    }
    fingers.set(event.pointerId, at(event));
  });
  element.addEventListener('pointermove', (event) => {
    const before = fingers.get(event.pointerId);
    if (!before) { return; }
    const old = spread();
    const now = at(event);
    fingers.set(event.pointerId, now);
    const both = spread();
    if (old && both) {
      pinched = true;
      to.pan(both.x - old.x, both.y - old.y);
      if (old.apart > 0) { to.zoom(both.apart / old.apart, both.x, both.y); }
      return;
    }
    moved += Math.hypot(now.x - before.x, now.y - before.y);
    if (moved > STILL) { to.pan(now.x - before.x, now.y - before.y); }
  });
  const end = (/** @type {PointerEvent} */ event) => {
    const last = fingers.get(event.pointerId);
    fingers.delete(event.pointerId);
    if (last && event.type === 'pointerup' && moved <= STILL && !pinched) { to.tap(last.x, last.y); }
  };
  element.addEventListener('pointerup', end);
  element.addEventListener('pointercancel', end);
  element.addEventListener('wheel', (event) => {
    event.preventDefault();
    if (event.timeStamp - turned > 300) { measure(); }
    turned = event.timeStamp;
    const { x, y } = at(event);
    to.zoom(Math.exp(-event.deltaY * (event.ctrlKey ? 0.01 : 0.002)), x, y);
  }, { passive: false });
}
