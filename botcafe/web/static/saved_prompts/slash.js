// A slash at the start of an empty message field opens commands and saved prompts; quick replies stand above it.
import { fetchFragment } from "../shell/http.js";

const MAX_WORDS = 60;

export function watchSlash(chat, { composer, commands, onSend }) {
  const { entry } = composer;
  const list = chat.querySelector("[data-slash]");
  let isLoaded = false;
  let active = null;
  let dismissed = null; // the words for which somebody closed the list

  entry.setAttribute("aria-autocomplete", "list");
  entry.setAttribute("aria-controls", list.id);

  const options = () => Array.from(list.querySelectorAll("[role=option]"));
  const shownOptions = () => options().filter((option) => !option.hidden);

  function setActive(option) {
    active?.setAttribute("aria-selected", "false");
    active = option ?? null;
    if (!active) return entry.removeAttribute("aria-activedescendant");
    active.setAttribute("aria-selected", "true");
    entry.setAttribute("aria-activedescendant", active.id);
    active.scrollIntoView({ block: "nearest" });
  }

  function close() {
    list.hidden = true;
    setActive(null);
  }

  async function loadPrompts() {
    isLoaded = true;
    const page = await fetchFragment(list.dataset.choicesUrl).catch(() => null);
    if (!page) {
      isLoaded = false;
      return;
    }
    list.querySelector("[data-choices]").replaceChildren(...page.body.childNodes);
    update();
  }

  function update() {
    const text = entry.value;
    if (!text.startsWith("/") || text.includes("\n") || text.length > MAX_WORDS || text === dismissed) return close();
    dismissed = null;
    if (!isLoaded) loadPrompts();
    const words = text.slice(1).toLowerCase().split(/\s+/).filter(Boolean);
    for (const option of options()) {
      const searched = option.dataset.search.toLowerCase();
      option.hidden = !words.every((word) => searched.includes(word));
    }
    for (const group of list.querySelectorAll("[role=group]")) group.hidden = !group.querySelector("[role=option]:not([hidden])");
    const found = shownOptions();
    list.hidden = found.length === 0; // what no command is called is an ordinary message
    setActive(found.includes(active) && words.length === 0 ? active : found[0]);
  }

  function fill(text) {
    composer.setDraft(text);
    composer.saveDraft(text);
  }

  function choose(option) {
    close();
    if (option.dataset.text !== undefined) {
      dismissed = option.dataset.text; // a prompt may begin with a slash itself
      fill("");
      composer.insert(option.dataset.text);
      return;
    }
    fill("");
    if (option.dataset.href) location.assign(option.dataset.href);
    else commands[option.dataset.run]();
  }

  function move(by) {
    const found = shownOptions();
    setActive(found[(found.indexOf(active) + by + found.length) % found.length]);
  }

  entry.addEventListener("input", update);
  entry.addEventListener("blur", () => setTimeout(() => document.activeElement !== entry && close()));
  // Before the message field itself hears of the key: Enter would send.
  entry.addEventListener(
    "keydown",
    (event) => {
      if (list.hidden || event.isComposing) return;
      if (event.key === "ArrowDown") move(1);
      else if (event.key === "ArrowUp") move(-1);
      else if ((event.key === "Enter" && !event.shiftKey) || event.key === "Tab") choose(active);
      else if (event.key === "Escape") {
        dismissed = entry.value;
        close();
      } else return;
      event.preventDefault();
      event.stopImmediatePropagation();
    },
    true,
  );
  list.addEventListener("mousedown", (event) => event.preventDefault()); // the message field keeps the focus
  list.addEventListener("click", (event) => {
    const option = event.target.closest("[role=option]");
    if (option) choose(option);
  });

  const quick = chat.querySelector("[data-quick-replies]");
  quick?.addEventListener("click", (event) => {
    const button = event.target.closest("[data-insert]");
    if (!button) return;
    dismissed = button.value;
    composer.insert(button.value);
  });
  quick?.addEventListener("submit", (event) => {
    event.preventDefault();
    onSend(event.submitter.value);
  });
}
