// What a reply was made of, or what the next one would be: painted by the server, for whichever reply is looked at.
import { fill, gettext } from "../shell/messages.js";
import { fetchFragment, post, toId } from "../shell/http.js";

const WIDE = matchMedia("(min-width: 75rem)");
const DEBOUNCE_MS = 900;

export function watchInspector(chat, { entry, quoted, persona, showSection }) {
  const drawer = document.getElementById("drawer");
  const id = chat.dataset.conversation;
  const estimate = chat.querySelector("[data-estimate]");
  let pendingGeneration = null; // the generation to show once somebody looks
  let timer = 0;
  let requestNumber = 0;

  const sentUrl = (generation) => chat.dataset.sentUrl.replace(/0$/, generation);
  const inspectorBox = () => drawer.querySelector("[data-inspector]");
  const titles = () => new Set(Array.from(inspectorBox().querySelectorAll(":scope details[open] strong"), (node) => node.textContent));

  function replaceContent(page) {
    const open = titles();
    inspectorBox().replaceChildren(...page.body.childNodes);
    for (const block of inspectorBox().querySelectorAll("details")) block.open = open.has(block.querySelector("strong").textContent);
  }

  async function render(load) {
    const number = ++requestNumber;
    inspectorBox().setAttribute("aria-busy", "true");
    try {
      const page = await load();
      if (number === requestNumber) replaceContent(page);
    } catch {
      // what stands there stays
    } finally {
      inspectorBox().removeAttribute("aria-busy");
    }
  }

  function reveal() {
    if (!WIDE.matches && !drawer.matches(":popover-open")) drawer.showPopover();
    const part = drawer.querySelector('[data-section="sent"]');
    showSection(part);
    part.open = true;
    part.scrollIntoView({ block: "start" });
    part.querySelector("summary").focus({ preventScroll: true });
  }

  async function preview() {
    reveal();
    const form = new FormData(chat.querySelector("[data-composer-form]")); // as it would be sent, with the line that is quoted
    if (persona() !== undefined) form.set("persona", persona());
    render(async () => {
      const answer = await fetch(chat.dataset.previewUrl, { method: "POST", body: form, credentials: "same-origin", headers: { "X-CSRFToken": document.querySelector('meta[name="csrf-token"]').content } });
      if (!answer.ok) throw new Error(String(answer.status));
      return new DOMParser().parseFromString(await answer.text(), "text/html");
    });
  }

  // Before it is sent: how much it would be, and what it would cost.
  async function estimateTokens() {
    const text = entry.value;
    if (!text.trim()) return;
    try {
      const { total_tokens: tokens, cost_usd: cost } = await post(`/api/conversation/${id}/preview`, { entry: text, reply_to: toId(quoted()), ...(persona() !== undefined && { persona: toId(persona()) }) });
      if (entry.value !== text) return;
      estimate.textContent = fill(cost ? gettext("≈ %(tokens)s tokens, $%(cost)s") : gettext("≈ %(tokens)s tokens"), { tokens: Math.round(tokens).toLocaleString(document.documentElement.lang), cost: cost < 0.01 ? cost?.toPrecision(2) : cost?.toFixed(2) });
      estimate.hidden = false;
    } catch {
      estimate.hidden = true;
    }
  }

  entry.addEventListener("input", () => {
    clearTimeout(timer);
    if (entry.value.trim()) timer = setTimeout(estimateTokens, DEBOUNCE_MS);
    else estimate.hidden = true;
  });
  for (const button of chat.querySelectorAll("[data-preview], [data-estimate]")) {
    button.addEventListener("click", preview);
    if (button.dataset.preview !== undefined) button.hidden = false;
  }

  function refresh() {
    const part = drawer.querySelector('[data-section="sent"]');
    if (!pendingGeneration || !part.checkVisibility() || !part.open) return;
    const generation = pendingGeneration;
    pendingGeneration = null;
    render(() => fetchFragment(sentUrl(generation)));
  }

  pendingGeneration = inspectorBox().querySelector("[data-sent]")?.dataset.sent ?? null;
  drawer.addEventListener("toggle", refresh, true);
  drawer.addEventListener("drawer:tab", refresh);
  WIDE.addEventListener("change", refresh);
  refresh();
  return {
    showGeneration(generation) {
      reveal();
      pendingGeneration = null;
      render(() => fetchFragment(sentUrl(generation)));
    },
    setPending(generation) {
      pendingGeneration = generation;
      clearTimeout(timer);
      estimate.hidden = true;
      refresh();
    },
  };
}
