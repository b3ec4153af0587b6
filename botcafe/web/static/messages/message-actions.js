// What can be done with a turn, by pointer and by key; the server paints the same acts as plain forms.
import { nameOfTurn, textOfTurn } from "./turn.js";

export function watchMessageActions(chat, actions) {
  const template = document.getElementById("template-turn-menu");

  function fill(menu) {
    const turn = menu.closest("[data-message]");
    const sheet = menu.querySelector("[data-turn-menu-sheet]");
    sheet.replaceChildren(template.content.cloneNode(true));
    const applies = { bot: turn.dataset.role === "bot" || turn.dataset.generation !== undefined, reply: turn.dataset.generation !== undefined };
    for (const item of sheet.querySelectorAll("[data-for]")) item.hidden = !applies[item.dataset.for] || (item.dataset.action === "regenerate" && isGreeting(turn));
    const scrollArea = chat.querySelector("[data-scroll]").getBoundingClientRect();
    const menuArea = menu.getBoundingClientRect();
    menu.toggleAttribute("data-opens-up", scrollArea.bottom - menuArea.bottom < sheet.offsetHeight + 16 && menuArea.top - scrollArea.top > scrollArea.bottom - menuArea.bottom);
  }

  const isGreeting = (turn) => turn.dataset.generation === undefined && turn.dataset.role === "bot";

  chat.addEventListener("toggle", (event) => {
    if (event.target.matches?.("[data-turn-menu]") && event.target.open) fill(event.target);
  }, true);

  chat.addEventListener("click", (event) => {
    const copyButton = event.target.closest("[data-copy-code]");
    if (copyButton) copy(copyButton.parentElement.querySelector("pre").textContent, (text) => flashText(copyButton, text));
    const button = event.target.closest("[data-action], [data-step]");
    const turn = button?.closest("[data-message]");
    if (!turn) return;
    event.preventDefault();
    const menu = button.closest("[data-turn-menu]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus({ preventScroll: true });
    }
    if (button.dataset.step) actions.step(turn, button.dataset.step === "on" ? 1 : -1);
    else if (button.dataset.action === "copy") copy(textOfTurn(turn), (text) => flashText(turn.querySelector("[data-note]"), text));
    else actions[button.dataset.action]?.(turn, button.value);
  });

  // The same dialog as from the chip below the writing line; without it the link leads to the page of models.
  chat.addEventListener("click", (event) => {
    const chip = event.target.closest("[data-change-model]") && chat.querySelector("[data-composer] [data-pick-model]");
    if (!chip) return;
    event.preventDefault();
    chip.click();
  });

  async function copy(text, onDone) {
    try {
      await navigator.clipboard.writeText(text);
      onDone("copied");
    } catch {
      onDone("could not be copied");
    }
  }

  function flashText(place, text) {
    const before = place.textContent;
    place.textContent = text;
    setTimeout(() => {
      if (place.textContent === text) place.textContent = before;
    }, 2000);
  }

  return { open: (turn) => { turn.querySelector("[data-turn-menu]").open = true; turn.querySelector("[data-turn-menu] summary").focus(); } };
}

// The line that will be quoted, above the writing line.
export function createReplyQuote(chat, entry) {
  const bar = chat.querySelector("[data-quote-bar]");
  const field = chat.querySelector('[data-composer-form] input[name="reply_to"]');
  let quoted = field.value ? { id: field.value, name: bar.querySelector("[data-quote-name]").textContent, text: bar.querySelector("[data-quote-text]").textContent } : null;
  function show() {
    bar.hidden = !quoted;
    field.value = quoted?.id ?? "";
    bar.querySelector("[data-quote-name]").textContent = quoted?.name ?? "";
    bar.querySelector("[data-quote-text]").textContent = quoted?.text ?? "";
  }
  function setQuoted(newQuote) {
    quoted = newQuote;
    show();
    entry.dispatchEvent(new Event("input", { bubbles: true })); // what would be sent is another now
    entry.focus();
  }

  bar.querySelector("[data-quote-remove]").addEventListener("click", (event) => {
    event.preventDefault();
    setQuoted(null);
  });
  return {
    quoteTurn(turn) {
      setQuoted({ id: turn.dataset.message, name: nameOfTurn(turn), text: textOfTurn(turn).replaceAll(/\s+/g, " ").slice(0, 140) });
    },
    currentId: () => quoted?.id ?? null,
    takeQuote() {
      const newQuote = quoted;
      quoted = null;
      show();
      return newQuote;
    },
  };
}
