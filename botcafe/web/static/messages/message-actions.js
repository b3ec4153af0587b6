// What can be done with a turn, by pointer and by key; the server paints the same acts as plain forms.
import { gettext } from "../shell/messages.js";
import { nameOfTurn, textOfTurn } from "./turn.js";

const MENU_MARGIN_PX = 16;
const MENU_LEAST_PX = 160;

export function watchMessageActions(chat, actions) {
  const template = document.getElementById("template-turn-menu");

  function fill(menu) {
    if (menu.dataset.filled !== undefined) return;
    menu.dataset.filled = "";
    const turn = menu.closest("[data-message]");
    const sheet = menu.querySelector("[data-turn-menu-sheet]");
    sheet.replaceChildren(template.content.cloneNode(true));
    const applies = { bot: turn.dataset.role === "bot" || turn.dataset.generation !== undefined, reply: turn.dataset.generation !== undefined };
    for (const item of sheet.querySelectorAll("[data-for]")) item.hidden = !applies[item.dataset.for] || (item.dataset.action === "regenerate" && isGreeting(turn));
    placeSheet(menu, sheet);
  }

  // Where there is more room; what does not fit there scrolls within. On a phone it lies at the thumb, by style alone.
  function placeSheet(menu, sheet) {
    const scrollArea = chat.querySelector("[data-scroll]").getBoundingClientRect();
    const menuArea = menu.getBoundingClientRect();
    const above = menuArea.top - scrollArea.top;
    const below = scrollArea.bottom - menuArea.bottom;
    const opensUp = below < sheet.scrollHeight + MENU_MARGIN_PX && above > below;
    menu.toggleAttribute("data-opens-up", opensUp);
    sheet.style.setProperty("--room", `${Math.max(opensUp ? above : below, MENU_LEAST_PX) - MENU_MARGIN_PX}px`);
  }

  const isGreeting = (turn) => turn.dataset.generation === undefined && turn.dataset.role === "bot";

  chat.addEventListener("toggle", (event) => {
    if (!event.target.matches?.("[data-turn-menu]")) return;
    if (event.target.open) fill(event.target);
    else delete event.target.dataset.filled;
  }, true);

  // Up and down go through the menu, from the button that opened it too.
  chat.addEventListener("keydown", (event) => {
    const menu = event.target.closest?.("[data-turn-menu][open]");
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!menu || !step) return;
    const items = Array.from(menu.querySelectorAll("[data-turn-menu-sheet] :is(a, button)")).filter((item) => !item.hidden);
    const at = items.indexOf(document.activeElement);
    event.preventDefault();
    items[at < 0 ? (step > 0 ? 0 : items.length - 1) : (at + step + items.length) % items.length]?.focus();
  });

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
      onDone(gettext("copied"));
    } catch {
      onDone(gettext("could not be copied"));
    }
  }

  function flashText(place, text) {
    const before = place.textContent;
    place.textContent = text;
    setTimeout(() => {
      if (place.textContent === text) place.textContent = before;
    }, 2000);
  }

  return {
    open(turn) {
      const menu = turn.querySelector("[data-turn-menu]");
      menu.open = true;
      fill(menu);
      menu.querySelector("[data-turn-menu-sheet] .menu-item:not([hidden])").focus();
    },
  };
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
