// Earlier messages come in above, while the line being read stays where it is.
import { showCopy } from "./paper.js";

export function watchOlder(paper) {
  paper.turns.addEventListener("click", async (event) => {
    const link = event.target.closest("[data-earlier] a");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const item = link.closest("[data-earlier]");
    link.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(link.href, { credentials: "same-origin" });
      if (!answer.ok) throw new Error(String(answer.status));
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const known = new Set(Array.from(paper.turns.querySelectorAll("[data-message]"), (turn) => turn.id));
      const lines = Array.from(page.querySelector("[data-turns]").children).filter((line) => !known.has(line.id));
      paper.above(() => item.replaceWith(...lines.map((line) => document.adoptNode(line))));
      for (const line of lines) showCopy(line);
      lines.find((line) => line.dataset.message)?.focus({ preventScroll: true });
    } catch {
      location.assign(link.href);
    }
  });
}
