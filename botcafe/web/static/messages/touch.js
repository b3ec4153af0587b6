// Fingers on a turn: a swipe leafs through its versions, a long press opens what can be done with it.
const SWIPE_PX = 56;
const LONG_PRESS_MS = 500;

export function watchTouch(chat, { step, open }) {
  let start = null;
  let timer = 0;
  const scroll = chat.querySelector("[data-scroll]");
  const isPlainText = (target) => !target.closest("a, button, input, textarea, select, summary, pre, table");

  scroll.addEventListener("touchstart", (event) => {
    clearTimeout(timer);
    const turn = event.target.closest("[data-message]");
    start = null;
    if (!turn || event.touches.length !== 1 || !isPlainText(event.target)) return;
    start = { turn, x: event.touches[0].clientX, y: event.touches[0].clientY };
    timer = setTimeout(() => {
      if (start && !getSelection().toString()) open(start.turn);
      start = null;
    }, LONG_PRESS_MS);
  }, { passive: true });

  scroll.addEventListener("touchmove", (event) => {
    if (!start) return;
    const { clientX, clientY } = event.touches[0];
    if (Math.hypot(clientX - start.x, clientY - start.y) > 10) clearTimeout(timer);
  }, { passive: true });

  scroll.addEventListener("touchend", (event) => {
    clearTimeout(timer);
    if (!start) return;
    const { turn, x, y } = start;
    const right = event.changedTouches[0].clientX - x;
    const down = event.changedTouches[0].clientY - y;
    start = null;
    if (Math.abs(right) > SWIPE_PX && Math.abs(right) > 2 * Math.abs(down)) step(turn, right < 0 ? 1 : -1);
  }, { passive: true });
  scroll.addEventListener("touchcancel", () => {
    clearTimeout(timer);
    start = null;
  }, { passive: true });
}
