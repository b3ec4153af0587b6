// What can be done with one turn: copy it, or ask for more (the server decides which acts it paints).
export function watchActs(turns, onAct) {
  turns.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-act]");
    if (!button) return;
    const turn = button.closest("[data-message]");
    if (button.dataset.act !== "copy") {
      event.preventDefault();
      onAct(button.dataset.act, turn.dataset.message);
      return;
    }
    const note = turn.querySelector("[data-note]");
    const before = note.textContent;
    try {
      await navigator.clipboard.writeText(turn.querySelector("[data-text]").innerText);
      note.textContent = "copied";
    } catch {
      note.textContent = "could not be copied";
    }
    setTimeout(() => {
      note.textContent = before;
    }, 2000);
  });
}
