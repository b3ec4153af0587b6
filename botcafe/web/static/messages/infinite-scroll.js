// A long chat comes in pieces: earlier ones above, later ones below, while the line being read stays where it is.
import { gettext } from "../shell/messages.js";
import { fetchFragment } from "../shell/http.js";
import { showTools } from "./turn.js";

const MAX_TURNS = 240; // turns that stay on the page; beyond that the far end is put away
const PRELOAD_MARGIN = "600px";

export function watchInfiniteScroll(chat, { transcript, isBusy, onNewest, onRendered }) {
  const observer = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting) loadMore(entry.target.querySelector("a"));
  }, { root: transcript.scroll, rootMargin: PRELOAD_MARGIN });

  function observeEnds() {
    observer.disconnect();
    for (const end of transcript.turns.querySelectorAll("[data-earlier], [data-later]")) observer.observe(end);
  }

  async function loadMore(link) {
    const item = link.closest("li");
    if (item.dataset.asked !== undefined) return;
    item.dataset.asked = "";
    link.setAttribute("aria-busy", "true");
    try {
      const address = new URL(link.href);
      const page = await fetchFragment(`${chat.dataset.turnsUrl}${address.search}`);
      insertTurns(item, page.querySelector("[data-turns]"), item.dataset.later !== undefined, item.contains(document.activeElement));
    } catch {
      link.removeAttribute("aria-busy");
      setTimeout(() => delete item.dataset.asked, 3000);
    }
  }

  function insertTurns(item, list, isBelow, hadFocus) {
    const presentIds = new Set(Array.from(transcript.turns.querySelectorAll("[data-message]"), (turn) => turn.id));
    const other = isBelow ? "[data-earlier]" : "[data-later]"; // the end that is on the page already
    const newItems = Array.from(list.children).filter((newItem) => !presentIds.has(newItem.id) && !newItem.matches(other));
    const insert = () => item.replaceWith(...newItems.map((newItem) => document.adoptNode(newItem)));
    if (isBelow) insert();
    else transcript.insertAbove(insert);
    for (const newItem of newItems) showTools(newItem);
    if (hadFocus) newItems.find((newItem) => newItem.dataset.message)?.focus({ preventScroll: true });
    removeDuplicateDays();
    if (!isBusy()) trimFarEnd(isBelow);
    observeEnds();
    onRendered();
  }

  // A day is named once.
  function removeDuplicateDays() {
    let last = "";
    for (const day of transcript.turns.querySelectorAll(".day")) {
      const date = day.querySelector("time").dateTime;
      if (date === last) day.remove();
      last = date;
    }
  }

  function trimFarEnd(isBelow) {
    const turns = Array.from(transcript.turns.querySelectorAll("[data-message]"));
    if (turns.length <= MAX_TURNS) return;
    const removed = isBelow ? turns.slice(0, turns.length - MAX_TURNS) : turns.slice(MAX_TURNS);
    const edge = isBelow ? turns[turns.length - MAX_TURNS] : turns[MAX_TURNS - 1];
    const end = document.createElement("li");
    const link = document.createElement("a");
    end.className = "earlier";
    end.dataset[isBelow ? "earlier" : "later"] = "";
    link.className = "button button-quiet button-small";
    link.href = `${chat.dataset.url}?${isBelow ? "before" : "after"}=${edge.dataset.message}`;
    link.textContent = isBelow ? gettext("Earlier messages") : gettext("Later messages");
    end.append(link);
    const insert = () => {
      for (const turn of removed) turn.remove();
      transcript.turns.querySelector(isBelow ? "[data-earlier]" : "[data-later]")?.remove();
      if (isBelow) transcript.turns.prepend(end);
      else transcript.turns.append(end);
    };
    if (isBelow) transcript.insertAbove(insert);
    else insert();
  }

  transcript.scroll.addEventListener("click", (event) => {
    const link = event.target.closest("[data-earlier] a, [data-later] a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (link.dataset.newest !== undefined) onNewest();
    else loadMore(link);
  });
  transcript.jumpButton.addEventListener("click", async () => {
    if (!transcript.showsNewest()) await onNewest();
    transcript.scrollToEnd();
    transcript.scroll.focus({ preventScroll: true });
  });
  observeEnds();
  return observeEnds;
}
