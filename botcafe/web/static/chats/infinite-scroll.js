// A long chat comes in pieces: earlier ones above, later ones below, while the line being read stays where it is.
import { fragment } from "./transcript-window.js";
import { showTools } from "./turn.js";

const MOST = 240; // turns that stay on the page; beyond that the far end is put away
const NEAR = "600px";

export function watchWindow(chat, { paper, isBusy, onNewest, onPainted }) {
  const seen = new IntersectionObserver((entries) => {
    for (const entry of entries) if (entry.isIntersecting) bring(entry.target.querySelector("a"));
  }, { root: paper.scroll, rootMargin: NEAR });

  function watch() {
    seen.disconnect();
    for (const end of paper.turns.querySelectorAll("[data-earlier], [data-later]")) seen.observe(end);
  }

  async function bring(link) {
    const item = link.closest("li");
    if (item.dataset.asked !== undefined) return;
    item.dataset.asked = "";
    link.setAttribute("aria-busy", "true");
    try {
      const address = new URL(link.href);
      const page = await fragment(`${chat.dataset.turnsUrl}${address.search}`);
      place(item, page.querySelector("[data-turns]"), item.dataset.later !== undefined, item.contains(document.activeElement));
    } catch {
      link.removeAttribute("aria-busy");
      setTimeout(() => delete item.dataset.asked, 3000);
    }
  }

  function place(item, list, below, held) {
    const known = new Set(Array.from(paper.turns.querySelectorAll("[data-message]"), (turn) => turn.id));
    const other = below ? "[data-earlier]" : "[data-later]"; // the end that is on the page already
    const lines = Array.from(list.children).filter((line) => !known.has(line.id) && !line.matches(other));
    const put = () => item.replaceWith(...lines.map((line) => document.adoptNode(line)));
    if (below) put();
    else paper.above(put);
    for (const line of lines) showTools(line);
    if (held) lines.find((line) => line.dataset.message)?.focus({ preventScroll: true });
    tidyDays();
    if (!isBusy()) putAway(below);
    watch();
    onPainted();
  }

  // A day is named once.
  function tidyDays() {
    let last = "";
    for (const day of paper.turns.querySelectorAll(".day")) {
      const date = day.querySelector("time").dateTime;
      if (date === last) day.remove();
      last = date;
    }
  }

  function putAway(below) {
    const turns = Array.from(paper.turns.querySelectorAll("[data-message]"));
    if (turns.length <= MOST) return;
    const gone = below ? turns.slice(0, turns.length - MOST) : turns.slice(MOST);
    const edge = below ? turns[turns.length - MOST] : turns[MOST - 1];
    const end = document.createElement("li");
    const link = document.createElement("a");
    end.className = "earlier";
    end.dataset[below ? "earlier" : "later"] = "";
    link.className = "button button-quiet button-small";
    link.href = `${chat.dataset.url}?${below ? "before" : "after"}=${edge.dataset.message}`;
    link.textContent = below ? "Earlier messages" : "Later messages";
    end.append(link);
    const put = () => {
      for (const turn of gone) turn.remove();
      paper.turns.querySelector(below ? "[data-earlier]" : "[data-later]")?.remove();
      if (below) paper.turns.prepend(end);
      else paper.turns.append(end);
    };
    if (below) paper.above(put);
    else put();
  }

  paper.scroll.addEventListener("click", (event) => {
    const link = event.target.closest("[data-earlier] a, [data-later] a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    if (link.dataset.newest !== undefined) onNewest();
    else bring(link);
  });
  paper.pill.addEventListener("click", async () => {
    if (!paper.isWhole()) await onNewest();
    paper.toFoot();
    paper.scroll.focus({ preventScroll: true });
  });
  watch();
  return watch;
}
