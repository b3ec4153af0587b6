// Who speaks next where somebody is asked by name, and what can be asked for without words.
// Whoever comes after the one that spoke last.
export function nextSpeaker(chat) {
  const bots = Array.from(chat.querySelectorAll("[data-speakers] button"), (button) => button.value);
  const last = chat.querySelector("[data-turns] > :last-child")?.dataset.bot;
  return bots[(bots.indexOf(last) + 1) % bots.length];
}

export function watchSpeakers(chat, { composer, delivery, attachments, quote, isBusy }) {
  chat.querySelector("[data-speakers]")?.addEventListener("submit", (event) => {
    event.preventDefault();
    if (isBusy() || attachments.isLoading) return;
    const text = composer.entry.value;
    const bot = event.submitter.value;
    if (text.trim() || !attachments.isEmpty) delivery.send(text, { bot, files: attachments.takeFiles(), quoted: quote.takeQuote() });
    else delivery.requestReply("continue", { bot });
  });
  chat.querySelector(".composer-more").addEventListener("click", (event) => {
    const button = event.target.closest("[data-more]");
    if (event.target.closest(".menu-sheet")) event.currentTarget.open = false;
    if (!button) return;
    event.preventDefault();
    if (!isBusy()) delivery.requestReply(button.dataset.more);
  });
}
