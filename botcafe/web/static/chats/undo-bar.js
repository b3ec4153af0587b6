// Taking back what was just taken out: offered for a while, longer for somebody who is reaching for it.
const SECONDS = 15;

export function undoBar(chat, onUndo) {
  const bar = chat.querySelector("[data-undo]");
  const form = bar.querySelector("form");
  let timer = 0;
  let mark = form.elements.undo.value;

  function wait() {
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (bar.matches(":hover, :focus-within")) wait();
      else hide();
    }, SECONDS * 1000);
  }

  function hide() {
    clearTimeout(timer);
    if (bar.contains(document.activeElement)) chat.querySelector("#entry").focus({ preventScroll: true });
    bar.hidden = true;
    mark = "";
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const wanted = mark;
    hide();
    if (wanted) onUndo(wanted);
  });
  if (mark) wait();

  return {
    offer(words, given) {
      mark = given;
      bar.querySelector("[data-undo-text]").textContent = words;
      form.elements.undo.value = given;
      bar.hidden = false;
      wait();
    },
    take() {
      if (!bar.hidden) form.requestSubmit();
      return !bar.hidden;
    },
  };
}
