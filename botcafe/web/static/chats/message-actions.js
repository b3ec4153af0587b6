// What can be done with a turn, by pointer and by key; the server paints the same acts as plain forms.
import { nameOf, textOf } from "./turn.js";

export function watchActs(chat, acts) {
  const mould = document.getElementById("template-turn-menu");

  function fill(menu) {
    const turn = menu.closest("[data-message]");
    const sheet = menu.querySelector("[data-turn-menu-sheet]");
    sheet.replaceChildren(mould.content.cloneNode(true));
    const fits = { bot: turn.dataset.role === "bot" || turn.dataset.generation !== undefined, reply: turn.dataset.generation !== undefined };
    for (const item of sheet.querySelectorAll("[data-for]")) item.hidden = !fits[item.dataset.for] || (item.dataset.action === "regenerate" && isGreeting(turn));
    const room = chat.querySelector("[data-scroll]").getBoundingClientRect();
    const at = menu.getBoundingClientRect();
    menu.toggleAttribute("data-opens-up", room.bottom - at.bottom < sheet.offsetHeight + 16 && at.top - room.top > room.bottom - at.bottom);
  }

  const isGreeting = (turn) => turn.dataset.generation === undefined && turn.dataset.role === "bot";

  chat.addEventListener("toggle", (event) => {
    if (event.target.matches?.("[data-turn-menu]") && event.target.open) fill(event.target);
  }, true);

  chat.addEventListener("click", (event) => {
    const code = event.target.closest("[data-copy-code]");
    if (code) copy(code.parentElement.querySelector("pre").textContent, (words) => tell(code, words));
    const button = event.target.closest("[data-action], [data-step]");
    const turn = button?.closest("[data-message]");
    if (!turn) return;
    event.preventDefault();
    const menu = button.closest("[data-turn-menu]");
    if (menu) {
      menu.open = false;
      menu.querySelector("summary").focus({ preventScroll: true });
    }
    if (button.dataset.step) acts.step(turn, button.dataset.step === "on" ? 1 : -1);
    else if (button.dataset.action === "copy") copy(textOf(turn), (words) => tell(turn.querySelector("[data-note]"), words));
    else acts[button.dataset.action]?.(turn, button.value);
  });

  async function copy(text, onDone) {
    try {
      await navigator.clipboard.writeText(text);
      onDone("copied");
    } catch {
      onDone("could not be copied");
    }
  }

  function tell(place, words) {
    const before = place.textContent;
    place.textContent = words;
    setTimeout(() => {
      if (place.textContent === words) place.textContent = before;
    }, 2000);
  }

  return { open: (turn) => { turn.querySelector("[data-turn-menu]").open = true; turn.querySelector("[data-turn-menu] summary").focus(); } };
}

// The line that will be quoted, above the writing line.
export function quoting(chat, entry) {
  const bar = chat.querySelector("[data-quote-bar]");
  const field = chat.querySelector('[data-composer-form] input[name="reply_to"]');
  let quoted = field.value ? { id: field.value, name: bar.querySelector("[data-quote-name]").textContent, text: bar.querySelector("[data-quote-text]").textContent } : null;
  function show() {
    bar.hidden = !quoted;
    field.value = quoted?.id ?? "";
    bar.querySelector("[data-quote-name]").textContent = quoted?.name ?? "";
    bar.querySelector("[data-quote-text]").textContent = quoted?.text ?? "";
  }
  function choose(given) {
    quoted = given;
    show();
    entry.dispatchEvent(new Event("input", { bubbles: true })); // what would be sent is another now
    entry.focus();
  }

  bar.querySelector("[data-quote-remove]").addEventListener("click", (event) => {
    event.preventDefault();
    choose(null);
  });
  return {
    take(turn) {
      choose({ id: turn.dataset.message, name: nameOf(turn), text: textOf(turn).replaceAll(/\s+/g, " ").slice(0, 140) });
    },
    now: () => quoted?.id ?? null,
    give() {
      const given = quoted;
      quoted = null;
      show();
      return given;
    },
    put(given) {
      quoted = given ?? quoted;
      show();
    },
  };
}
