// Documents that are being read: their state and bar follow every two seconds, in their places.
const POLL_MS = 2000;
const MAX_POLL_MS = 30000;
const list = document.querySelector("[data-documents]");

const waiting = () => list.querySelector("[data-waiting]");

function updateProgress(shown, fetched) {
  const bar = shown.querySelector("progress");
  const fetchedBar = fetched.querySelector("progress");
  bar.value = fetchedBar.value;
  const state = shown.querySelector("[data-state]");
  const words = fetched.querySelector("[data-state]").textContent;
  if (state.textContent !== words) state.textContent = words;
}

function update(page) {
  for (const fetched of page.querySelectorAll("[data-document]")) {
    const shown = list.querySelector(`[data-document="${fetched.dataset.document}"]`);
    if (!shown) continue;
    if ("waiting" in fetched.dataset) updateProgress(shown, fetched);
    // What is being looked at or pressed stays until it is let go.
    else if ("waiting" in shown.dataset && !shown.contains(document.activeElement)) shown.replaceWith(document.adoptNode(fetched));
  }
}

// What was read has another title now, and words to show.
async function refreshEntries() {
  const shown = document.querySelector("[data-entries]");
  if (!shown || shown.contains(document.activeElement)) return;
  const response = await fetch(location.href, { credentials: "same-origin" });
  if (!response.ok) return;
  const fetched = new DOMParser().parseFromString(await response.text(), "text/html").querySelector("[data-entries]");
  if (fetched) shown.replaceWith(document.adoptNode(fetched));
}

async function poll(lastDelay) {
  if (!waiting()) return refreshEntries();
  let delay = POLL_MS;
  try {
    if (!document.hidden) {
      const response = await fetch(list.dataset.documents, { credentials: "same-origin" });
      if (!response.ok) throw new Error(String(response.status));
      update(new DOMParser().parseFromString(await response.text(), "text/html"));
    }
  } catch {
    delay = Math.min(lastDelay * 2, MAX_POLL_MS);
  }
  setTimeout(poll, delay, delay);
}

if (list && waiting()) setTimeout(poll, POLL_MS, POLL_MS);
