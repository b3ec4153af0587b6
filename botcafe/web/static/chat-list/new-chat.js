// The picker of a new chat, in a dialog on the page; the links to it lead to the same picker as a page of its own.
import { fetchFragment } from "../shell/http.js";

const DEBOUNCE_MS = 250;

export function watchNewChat() {
  const dialog = document.querySelector("[data-new-chat-dialog]");
  if (!dialog) return;
  const place = dialog.querySelector("[data-new-chat-place]");
  let requestNumber = 0;
  let timer = 0;

  async function open(address) {
    const page = await fetchFragment(address).catch(() => null);
    const picker = page?.querySelector("[data-new-chat-picker]");
    if (!picker) return location.assign(address);
    place.replaceChildren(picker);
    place.querySelector("[data-new-chat-search] button").hidden = true;
    if (!dialog.open) dialog.showModal();
    place.querySelector("input[type=search]").focus();
  }

  async function search(form) {
    const number = ++requestNumber;
    const isTemporary = place.querySelector("[name=temporary]").checked;
    const page = await fetchFragment(`${form.action}?${new URLSearchParams(new FormData(form))}`).catch(() => null);
    const found = page?.querySelector("[data-new-chat-found]");
    if (!found || number !== requestNumber) return;
    found.querySelector("[name=temporary]").checked = isTemporary;
    place.querySelector("[data-new-chat-found]").replaceWith(found);
    place.querySelector("[data-new-chat-status]").textContent = found.querySelector("[data-new-chat-count]").textContent;
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("[data-new-chat]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open(link.href);
  });
  place.addEventListener("input", (event) => {
    const form = event.target.closest("[data-new-chat-search]");
    if (!form) return;
    clearTimeout(timer);
    timer = setTimeout(() => search(form), DEBOUNCE_MS);
  });
  // Enter starts a chat where one bot alone is left.
  place.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-new-chat-search]")) return;
    event.preventDefault();
    clearTimeout(timer);
    search(event.target).then(() => {
      const bots = place.querySelectorAll(".new-chat-bot");
      if (bots.length === 1) bots[0].click();
    });
  });
}
