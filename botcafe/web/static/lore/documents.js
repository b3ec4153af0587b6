// Documents that are being read: their state and bar follow every two seconds, in their places.
const EVERY_MS = 2000;
const LONGEST_MS = 30000;
const list = document.querySelector("[data-documents]");

const waiting = () => list.querySelector("[data-waiting]");

function follow(here, now) {
  const bar = here.querySelector("progress");
  const fresh = now.querySelector("progress");
  bar.value = fresh.value;
  const state = here.querySelector("[data-state]");
  const words = now.querySelector("[data-state]").textContent;
  if (state.textContent !== words) state.textContent = words;
}

function paint(page) {
  for (const now of page.querySelectorAll("[data-document]")) {
    const here = list.querySelector(`[data-document="${now.dataset.document}"]`);
    if (!here) continue;
    if ("waiting" in now.dataset) follow(here, now);
    // What is being looked at or pressed stays until it is let go.
    else if ("waiting" in here.dataset && !here.contains(document.activeElement)) here.replaceWith(document.adoptNode(now));
  }
}

// What was read has another title now, and words to show.
async function entries() {
  const here = document.querySelector("[data-entries]");
  if (!here || here.contains(document.activeElement)) return;
  const answer = await fetch(location.href, { credentials: "same-origin" });
  if (!answer.ok) return;
  const now = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-entries]");
  if (now) here.replaceWith(document.adoptNode(now));
}

async function ask(after) {
  if (!waiting()) return entries();
  let next = EVERY_MS;
  try {
    if (!document.hidden) {
      const answer = await fetch(list.dataset.documents, { credentials: "same-origin" });
      if (!answer.ok) throw new Error(String(answer.status));
      paint(new DOMParser().parseFromString(await answer.text(), "text/html"));
    }
  } catch {
    next = Math.min(after * 2, LONGEST_MS);
  }
  setTimeout(ask, next, next);
}

if (list && waiting()) setTimeout(ask, EVERY_MS, EVERY_MS);
