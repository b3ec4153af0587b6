// Whether bots talk among themselves may change without this page: by Escape, at the last turn, in another window.
import { fetchFragment } from "../shell/http.js";

// The form in the drawer follows what the transcript says; nothing else of the drawer, as somebody may be typing there.
export function createAutoForm(chat, { onStopped }) {
  let isOn = null;

  return async function follow(isOnNow) {
    const wasOn = isOn ?? !chat.querySelector("[data-auto-on]").hidden;
    isOn = isOnNow;
    if (wasOn === isOnNow) return;
    const page = await fetchFragment(chat.dataset.drawerUrl).catch(() => null);
    const form = page?.querySelector("form[data-auto]");
    if (form) document.querySelector("#drawer form[data-auto]")?.replaceWith(form);
    const reason = form?.querySelector("[data-auto-stopped]");
    if (reason) onStopped(reason.textContent.trim());
  };
}
