// The page the chat is written on, and a reader whose place is never taken away.
const NEAR = 48;

export function paperOf(chat) {
  const scroll = chat.querySelector("[data-scroll]");
  const pill = chat.querySelector("[data-jump-to-newest]");
  let follows = true;

  const atFoot = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR;
  const isWhole = () => !chat.querySelector("[data-later]"); // the newest message is on the page
  const toFoot = () => {
    scroll.scrollTop = scroll.scrollHeight;
    follows = isWhole();
    pill.hidden = true;
  };

  scroll.dataset.live = "";
  const sought = location.hash.startsWith("#m") && document.getElementById(location.hash.slice(1));
  if (sought) {
    follows = false;
    sought.scrollIntoView({ block: "center" });
  } else toFoot();
  scroll.addEventListener("scroll", () => {
    follows = atFoot() && isWhole();
    if (follows) pill.hidden = true;
  }, { passive: true });
  new ResizeObserver(() => follows && toFoot()).observe(scroll);

  // The turn by which the reader's place is known: the one that has the focus, else the first in sight.
  function mark() {
    const top = scroll.getBoundingClientRect().top;
    const held = document.activeElement?.closest?.("[data-message]");
    const turn = held ?? Array.from(scroll.querySelectorAll("[data-message]")).find((each) => each.getBoundingClientRect().bottom > top + 8);
    return turn && { id: turn.id, offset: turn.getBoundingClientRect().top - top };
  }

  return {
    scroll,
    pill,
    get turns() {
      return chat.querySelector("[data-turns]");
    },
    get follows() {
      return follows;
    },
    toFoot,
    isWhole,
    hint() {
      pill.hidden = false;
    },
    // Changes the page, then follows only a reader who stood at the foot.
    write(change) {
      const before = scroll.scrollHeight;
      change();
      if (follows) toFoot();
      else if (scroll.scrollHeight > before) pill.hidden = false;
    },
    // Puts something in above without moving what is read.
    above(change) {
      const rest = scroll.scrollHeight - scroll.scrollTop;
      change();
      scroll.scrollTop = scroll.scrollHeight - rest;
    },
    // Changes anything at all; the turn that was read stays where it was.
    keep(change) {
      const place = follows ? null : mark();
      change();
      const turn = place && document.getElementById(place.id);
      if (turn) scroll.scrollTop += turn.getBoundingClientRect().top - scroll.getBoundingClientRect().top - place.offset;
      else if (follows) toFoot();
    },
  };
}
