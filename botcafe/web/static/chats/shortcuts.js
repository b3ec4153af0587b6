// The keys of the chat page, and the sheet that lists them. Nothing here takes a key away from somebody who types.
const STORAGE_KEY = "single-keys";
const WIDE = matchMedia("(min-width: 75rem)"); // the drawer stands open there

export function watchShortcuts(chat, { entry, isBusy, onStop, actions, menu, onUndo }) {
  const help = document.querySelector("[data-help]");
  const singleKeysBox = help.querySelector("[data-single-keys]");
  const opener = chat.querySelector("[data-help-open]");
  opener.hidden = false;
  opener.addEventListener("click", () => help.showModal());
  try {
    singleKeysBox.checked = localStorage.getItem(STORAGE_KEY) !== "off";
  } catch {
    singleKeysBox.checked = true;
  }
  singleKeysBox.addEventListener("change", () => localStorage.setItem(STORAGE_KEY, singleKeysBox.checked ? "on" : "off"));

  const turns = () => Array.from(chat.querySelectorAll("[data-turns] > .turn[data-message]"));
  const focusedTurn = () => document.activeElement?.closest?.("[data-message]");
  const currentTurn = () => focusedTurn() ?? turns().at(-1);

  function moveFocus(by) {
    const all = turns();
    const here = all.indexOf(focusedTurn());
    const next = here < 0 ? all.at(-1) : all[Math.min(all.length - 1, Math.max(0, here + by))];
    next?.focus({ preventScroll: true });
    next?.scrollIntoView({ block: "nearest" });
  }

  function nextChat() {
    const link = document.querySelector("[data-chat-list] [data-unread] a:not([aria-current])");
    if (link) location.assign(link.href);
  }

  function openSearch() {
    const chatMenu = chat.querySelector("[data-chat-menu]");
    chatMenu.open = true;
    chatMenu.querySelector("[data-find-here]").focus();
  }

  function toggleDrawer() {
    const drawer = document.getElementById("drawer");
    if (WIDE.matches) drawer.querySelector('[data-tab][aria-selected="true"]').focus();
    else drawer.togglePopover();
  }

  const KEYS = {
    "?": () => help.showModal(),
    "/": () => entry.focus(),
    ArrowLeft: () => focusedTurn() && actions.step(focusedTurn(), -1),
    ArrowRight: () => focusedTurn() && actions.step(focusedTurn(), 1),
    j: () => moveFocus(1),
    k: () => moveFocus(-1),
    r: () => currentTurn() && actions.regenerate(currentTurn()),
    c: () => actions.continue(turns().at(-1)),
    e: () => currentTurn() && actions.edit(currentTurn()),
    q: () => currentTurn() && actions.reply(currentTurn()),
    m: () => currentTurn() && menu.open(currentTurn()),
    u: onUndo,
    f: openSearch,
    n: nextChat,
    d: toggleDrawer,
  };

  function editOwnLast(event) {
    const mine = turns().filter((turn) => turn.dataset.role === "user").at(-1);
    if (!mine || isBusy()) return;
    event.preventDefault();
    actions.edit(mine);
  }

  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (help.open || document.querySelector("details[data-menu][open]")) return;
    const isTyping = event.target.closest?.("input, textarea, select");
    if (event.key === "Escape") {
      if (document.querySelector(":popover-open")) return;
      if (isBusy()) onStop();
    } else if (event.key === "ArrowUp" && event.target === entry && !entry.value) editOwnLast(event);
    else if (!isTyping && Object.hasOwn(KEYS, event.key) && (singleKeysBox.checked || event.key.length > 1)) {
      if (event.key.startsWith("Arrow") && !focusedTurn()) return;
      event.preventDefault();
      KEYS[event.key]();
    }
  });
}
