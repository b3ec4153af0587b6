// The keys of the chat page, and the sheet that lists them. Nothing here takes a key away from somebody who types.
const SHELF = "single-keys";
const WIDE = matchMedia("(min-width: 75rem)"); // the drawer stands open there

export function watchKeys(chat, { entry, isBusy, onStop, acts, menu, onUndo }) {
  const help = document.querySelector("[data-help]");
  const single = help.querySelector("[data-single-keys]");
  const opener = chat.querySelector("[data-help-open]");
  opener.hidden = false;
  opener.addEventListener("click", () => help.showModal());
  try {
    single.checked = localStorage.getItem(SHELF) !== "off";
  } catch {
    single.checked = true;
  }
  single.addEventListener("change", () => localStorage.setItem(SHELF, single.checked ? "on" : "off"));

  const turns = () => Array.from(chat.querySelectorAll("[data-turns] > .turn[data-message]"));
  const held = () => document.activeElement?.closest?.("[data-message]");
  const at = () => held() ?? turns().at(-1);

  function walk(by) {
    const all = turns();
    const here = all.indexOf(held());
    const next = here < 0 ? all.at(-1) : all[Math.min(all.length - 1, Math.max(0, here + by))];
    next?.focus({ preventScroll: true });
    next?.scrollIntoView({ block: "nearest" });
  }

  function nextChat() {
    const link = document.querySelector("[data-chat-list] [data-unread] a:not([aria-current])");
    if (link) location.assign(link.href);
  }

  function find() {
    const chatMenu = chat.querySelector("[data-chat-menu]");
    chatMenu.open = true;
    chatMenu.querySelector("[data-find-here]").focus();
  }

  function toggleDrawer() {
    const drawer = document.getElementById("drawer");
    if (WIDE.matches) drawer.querySelector("summary").focus();
    else drawer.togglePopover();
  }

  const KEYS = {
    "?": () => help.showModal(),
    "/": () => entry.focus(),
    ArrowLeft: () => held() && acts.step(held(), -1),
    ArrowRight: () => held() && acts.step(held(), 1),
    j: () => walk(1),
    k: () => walk(-1),
    r: () => at() && acts.regenerate(at()),
    c: () => acts.continue(turns().at(-1)),
    e: () => at() && acts.edit(at()),
    q: () => at() && acts.reply(at()),
    m: () => at() && menu.open(at()),
    u: onUndo,
    f: find,
    n: nextChat,
    d: toggleDrawer,
  };

  function lastOfMine(event) {
    const mine = turns().filter((turn) => turn.dataset.role === "user").at(-1);
    if (!mine || isBusy()) return;
    event.preventDefault();
    acts.edit(mine);
  }

  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    if (help.open || document.querySelector("details[data-menu][open]")) return;
    const typing = event.target.closest?.("input, textarea, select");
    if (event.key === "Escape") {
      if (document.querySelector(":popover-open")) return;
      if (isBusy()) onStop();
    } else if (event.key === "ArrowUp" && event.target === entry && !entry.value) lastOfMine(event);
    else if (!typing && Object.hasOwn(KEYS, event.key) && (single.checked || event.key.length > 1)) {
      if (event.key.startsWith("Arrow") && !held()) return;
      event.preventDefault();
      KEYS[event.key]();
    }
  });
}
