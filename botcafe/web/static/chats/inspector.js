// What a reply was made of, or what the next one would be: painted by the server, for whichever reply is looked at.
import { fragment } from "./transcript-window.js";
import { asId, post } from "../shell/http.js";

const WIDE = matchMedia("(min-width: 75rem)");
const PAUSE = 900;

export function watchInspector(chat, { entry, quoted, persona }) {
  const drawer = document.getElementById("drawer");
  const id = chat.dataset.conversation;
  const estimate = chat.querySelector("[data-estimate]");
  let stale = null; // the generation to show once somebody looks
  let timer = 0;
  let asked = 0;

  const sentUrl = (generation) => chat.dataset.sentUrl.replace(/0$/, generation);
  const place = () => drawer.querySelector("[data-inspector]");
  const titles = () => new Set(Array.from(place().querySelectorAll(":scope details[open] strong"), (node) => node.textContent));

  function put(page) {
    const open = titles();
    place().replaceChildren(...page.body.childNodes);
    for (const block of place().querySelectorAll("details")) block.open = open.has(block.querySelector("strong").textContent);
  }

  async function paint(load) {
    const number = ++asked;
    place().setAttribute("aria-busy", "true");
    try {
      const page = await load();
      if (number === asked) put(page);
    } catch {
      // what stands there stays
    } finally {
      place().removeAttribute("aria-busy");
    }
  }

  function reveal() {
    if (!WIDE.matches && !drawer.matches(":popover-open")) drawer.showPopover();
    const part = drawer.querySelector('[data-section="sent"]');
    part.open = true;
    part.scrollIntoView({ block: "start" });
    part.querySelector("summary").focus({ preventScroll: true });
  }

  async function preview() {
    reveal();
    const form = new FormData(chat.querySelector("[data-composer-form]")); // as it would be sent, with the line that is quoted
    if (persona() !== undefined) form.set("persona", persona());
    paint(async () => {
      const answer = await fetch(chat.dataset.previewUrl, { method: "POST", body: form, credentials: "same-origin", headers: { "X-CSRFToken": document.querySelector('meta[name="csrf-token"]').content } });
      if (!answer.ok) throw new Error(String(answer.status));
      return new DOMParser().parseFromString(await answer.text(), "text/html");
    });
  }

  // Before it is sent: how much it would be, and what it would cost.
  async function count() {
    const words = entry.value;
    if (!words.trim()) return;
    try {
      const { total_tokens: tokens, cost_usd: cost } = await post(`/api/conversation/${id}/preview`, { entry: words, reply_to: asId(quoted()), ...(persona() !== undefined && { persona: asId(persona()) }) });
      if (entry.value !== words) return;
      estimate.textContent = `≈ ${Math.round(tokens).toLocaleString("en")} tokens${cost ? `, $${cost < 0.01 ? cost.toPrecision(2) : cost.toFixed(2)}` : ""}`;
      estimate.hidden = false;
    } catch {
      estimate.hidden = true;
    }
  }

  entry.addEventListener("input", () => {
    clearTimeout(timer);
    if (entry.value.trim()) timer = setTimeout(count, PAUSE);
    else estimate.hidden = true;
  });
  for (const button of chat.querySelectorAll("[data-preview], [data-estimate]")) {
    button.addEventListener("click", preview);
    if (button.dataset.preview !== undefined) button.hidden = false;
  }

  function refresh() {
    if (!stale || !drawer.checkVisibility() || !drawer.querySelector('[data-section="sent"]').open) return;
    const generation = stale;
    stale = null;
    paint(() => fragment(sentUrl(generation)));
  }

  stale = place().querySelector("[data-sent]")?.dataset.sent ?? null;
  drawer.addEventListener("toggle", refresh, true);
  WIDE.addEventListener("change", refresh);
  refresh();
  return {
    look(generation) {
      reveal();
      stale = null;
      paint(() => fragment(sentUrl(generation)));
    },
    renew(generation) {
      stale = generation;
      clearTimeout(timer);
      estimate.hidden = true;
      refresh();
    },
  };
}
