// Taking back what was just taken out: offered for a while, longer for somebody who is reaching for it.
const HIDE_AFTER_SECONDS = 15;

export function createUndoBar(chat, onUndo) {
  const bar = chat.querySelector("[data-undo]");
  const form = bar.querySelector("form");
  let timer = 0;
  let undoMark = form.elements.undo.value;

  function hideLater() {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (bar.matches(":hover, :focus-within")) hideLater();
      else hide();
    }, HIDE_AFTER_SECONDS * 1000);
  }

  function hide() {
    clearTimeout(timer);
    if (bar.contains(document.activeElement)) chat.querySelector("#entry").focus({ preventScroll: true });
    bar.hidden = true;
    undoMark = "";
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const wantedMark = undoMark;
    hide();
    if (wantedMark) onUndo(wantedMark);
  });
  if (undoMark) hideLater();

  return {
    offer(text, newMark) {
      undoMark = newMark;
      bar.querySelector("[data-undo-text]").textContent = text;
      form.elements.undo.value = newMark;
      bar.hidden = false;
      hideLater();
    },
    trigger() {
      if (!bar.hidden) form.requestSubmit();
      return !bar.hidden;
    },
  };
}
