// Ctrl+K (Cmd+K): one field over every page that leads to pages, bots, chats, messages, lore and memories.
import { fill, gettext, ngettext } from "./messages.js";

const DEBOUNCE_MS = 180;
const MAX_SENT_CHARACTERS = 1000; // the server says that it looks for fewer; an address has an end, too
const STEPS = { ArrowDown: 1, ArrowUp: -1 };

export function watchPalette() {
  const opener = document.querySelector("[data-palette-open]");
  if (!opener) return;
  const { paletteOpen: address } = opener.dataset;
  let dialog = null;
  let request = null;
  let timer = 0;

  async function fetchPalette(text) {
    request?.abort();
    request = new AbortController();
    const { signal } = request;
    const query = new URLSearchParams({ q: text.slice(0, MAX_SENT_CHARACTERS) });
    const answer = await fetch(`${address}?${query}`, { credentials: "same-origin", headers: { "X-Requested-With": "fetch" }, signal });
    if (answer.redirected) throw Object.assign(new Error("signed out"), { isSignedOut: true });
    if (!answer.ok) throw new Error(String(answer.status));
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    return page.querySelector("[data-palette]");
  }

  const field = () => dialog.querySelector("[data-palette-field]");
  const options = () => Array.from(dialog.querySelectorAll("[role=option]"));
  const active = () => dialog.querySelector('[role=option][aria-selected="true"]');

  function setActive(option) {
    active()?.setAttribute("aria-selected", "false");
    option?.setAttribute("aria-selected", "true");
    option?.scrollIntoView({ block: "nearest" });
    if (option) field().setAttribute("aria-activedescendant", option.id);
    else field().removeAttribute("aria-activedescendant");
  }

  function showFound(found) {
    dialog.querySelector("[data-palette-found]").replaceWith(document.adoptNode(found));
    const count = options().length;
    setActive(options()[0]);
    const notice = dialog.querySelector("[data-palette-notice]")?.textContent.trim() ?? "";
    dialog.querySelector("[data-palette-status]").textContent =
      `${notice} ${fill(ngettext("%(count)s choice", "%(count)s choices", count), { count })}`.trim();
  }

  function showFailure(error) {
    const note = document.createElement("p");
    note.className = "palette-note";
    note.setAttribute("role", "alert");
    if (error.isSignedOut) {
      const link = document.createElement("a");
      link.href = opener.href;
      link.textContent = gettext("You were signed out. Sign in again.");
      note.append(link);
    } else note.textContent = gettext("The search did not answer. Try again in a moment.");
    dialog.querySelector("[data-palette-found]").replaceChildren(note);
    field().removeAttribute("aria-activedescendant");
  }

  async function search() {
    timer = 0;
    try {
      const answer = await fetchPalette(field().value);
      showFound(answer.querySelector("[data-palette-found]"));
    } catch (error) {
      if (error.name !== "AbortError") showFailure(error);
    }
  }

  // What is in the field is looked for before Enter chooses.
  async function choose() {
    if (timer) {
      clearTimeout(timer);
      await search();
    }
    (active() ?? options()[0])?.click();
  }

  function onKey(event) {
    // The page below has keys of its own, which must not hear these.
    event.stopPropagation();
    if (event.isComposing || event.keyCode === 229) return;
    if (isPaletteKey(event)) {
      event.preventDefault();
      dialog.close();
    } else if (event.target === field() && event.key in STEPS) {
      event.preventDefault();
      const all = options();
      if (all.length) setActive(all[(all.indexOf(active()) + STEPS[event.key] + all.length) % all.length]);
    } else if (event.target === field() && event.key === "Enter") {
      event.preventDefault();
      choose();
    } else if (event.key === "Escape") {
      event.preventDefault(); // a field of type search would only be emptied
      dialog.close();
    }
  }

  function prepare(fragment) {
    dialog = document.adoptNode(fragment);
    document.body.append(dialog);
    dialog.addEventListener("keydown", onKey);
    dialog.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(search, DEBOUNCE_MS);
    });
    dialog.addEventListener("submit", (event) => event.preventDefault());
    dialog.addEventListener("click", (event) => {
      const isOutside = event.target === dialog;
      if (isOutside || event.target.closest("[data-palette-close], [role=option]")) dialog.close();
    });
    dialog.addEventListener("close", () => {
      clearTimeout(timer);
      timer = 0;
      request?.abort();
    });
  }

  async function open() {
    for (const menu of document.querySelectorAll("details[data-menu][open]")) menu.open = false;
    if (!dialog) {
      try {
        prepare(await fetchPalette(""));
      } catch (error) {
        if (error.name !== "AbortError") location.assign(opener.href); // the page of the search says what is wrong
        return;
      }
    }
    if (dialog.open) return;
    dialog.showModal();
    field().focus();
    field().select();
    setActive(active() ?? options()[0]);
  }

  opener.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open();
  });
  addEventListener("keydown", (event) => {
    if (!isPaletteKey(event) || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    open();
  });
}

function isPaletteKey(event) {
  return event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey;
}
