// The keys of the chat page, and the sheet that lists them. Nothing here takes a key away from somebody who types.
export function watchKeys(chat, { entry, isBusy, onStop }) {
  const help = document.querySelector("[data-help]");
  const opener = chat.querySelector("[data-help-open]");
  opener.hidden = false;
  opener.addEventListener("click", () => help.showModal());

  addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    if (help.open || document.querySelector(":popover-open, details[data-menu][open]")) return;
    const typing = event.target.closest?.("input, textarea, select");
    if (event.key === "Escape") {
      if (isBusy()) onStop();
    } else if (typing) return;
    else if (event.key === "?") {
      event.preventDefault();
      help.showModal();
    } else if (event.key === "/") {
      event.preventDefault();
      entry.focus();
    }
  });
}
