// The page the chat is written on, and a reader whose place is never taken away.
const END_TOLERANCE_PX = 48;

export function createTranscript(chat) {
  const scroll = chat.querySelector("[data-scroll]");
  const jumpButton = chat.querySelector("[data-jump-to-newest]");
  let isFollowing = true;

  const isAtEnd = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < END_TOLERANCE_PX;
  const showsNewest = () => !chat.querySelector("[data-later]"); // the newest message is on the page
  const scrollToEnd = () => {
    scroll.scrollTop = scroll.scrollHeight;
    isFollowing = showsNewest();
    jumpButton.hidden = true;
  };

  function hasGreetingAlone() {
    const turns = scroll.querySelectorAll("[data-message]");
    return turns.length === 1 && turns[0].dataset.role === "bot" && turns[0].dataset.generation === undefined;
  }

  scroll.dataset.live = "";
  const targetTurn = location.hash.startsWith("#m") && document.getElementById(location.hash.slice(1));
  if (targetTurn) {
    isFollowing = false;
    targetTurn.scrollIntoView({ block: "center" });
  } else if (hasGreetingAlone()) {
    scroll.scrollTop = 0; // it is read from its beginning
    isFollowing = isAtEnd();
  } else scrollToEnd();
  scroll.addEventListener("scroll", () => {
    isFollowing = isAtEnd() && showsNewest();
    if (isFollowing) jumpButton.hidden = true;
  }, { passive: true });
  new ResizeObserver(() => isFollowing && scrollToEnd()).observe(scroll);
  document.addEventListener("look-changed", () => isFollowing && scrollToEnd());

  // The turn by which the reader's place is known: the one that has the focus, else the first in sight.
  function readingPosition() {
    const top = scroll.getBoundingClientRect().top;
    const focusedTurn = document.activeElement?.closest?.("[data-message]");
    const turn = focusedTurn ?? Array.from(scroll.querySelectorAll("[data-message]")).find((each) => each.getBoundingClientRect().bottom > top + 8);
    return turn && { id: turn.id, offset: turn.getBoundingClientRect().top - top };
  }

  return {
    scroll,
    jumpButton,
    get turns() {
      return chat.querySelector("[data-turns]");
    },
    scrollToEnd,
    showsNewest,
    showJumpButton() {
      jumpButton.hidden = false;
    },
    // Changes the page, then follows only a reader who stood at the foot.
    update(change) {
      const before = scroll.scrollHeight;
      change();
      if (isFollowing) scrollToEnd();
      else if (scroll.scrollHeight > before) jumpButton.hidden = false;
    },
    // Puts something in above without moving what is read.
    insertAbove(change) {
      const heightBelow = scroll.scrollHeight - scroll.scrollTop;
      change();
      scroll.scrollTop = scroll.scrollHeight - heightBelow;
    },
    // Changes anything at all; the turn that was read stays where it was.
    keepPosition(change) {
      const position = isFollowing ? null : readingPosition();
      change();
      const turn = position && document.getElementById(position.id);
      if (turn) scroll.scrollTop += turn.getBoundingClientRect().top - scroll.getBoundingClientRect().top - position.offset;
      else if (isFollowing) scrollToEnd();
    },
  };
}
