// Who speaks next where somebody is asked by name, and what can be asked for without words.
// Whoever comes after the one that spoke last.
export function nextSpeaker(chat) {
  const bots = Array.from(chat.querySelectorAll("[data-speakers] button"), (button) => button.value);
  const last = chat.querySelector("[data-turns] > :last-child")?.dataset.bot;
  return bots[(bots.indexOf(last) + 1) % bots.length];
}

export function watchSpeakers(chat, { composer, delivery, tray, quote, isBusy }) {
  chat.querySelector("[data-speakers]")?.addEventListener("submit", (event) => {
    event.preventDefault();
    if (isBusy() || tray.isLoading) return;
    const words = composer.entry.value;
    const bot = event.submitter.value;
    if (words.trim() || !tray.isEmpty) delivery.send(words, { bot, files: tray.give(), quoted: quote.give() });
    else delivery.ask("continue", { bot });
  });
  chat.querySelector(".composer-more").addEventListener("click", (event) => {
    const button = event.target.closest("[data-more]");
    if (event.target.closest(".menu-sheet")) event.currentTarget.open = false;
    if (!button) return;
    event.preventDefault();
    if (!isBusy()) delivery.ask(button.dataset.more);
  });
}
