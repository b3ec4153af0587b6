// The line that is tried: what would be told, as it is typed, with the words that called it marked.
import { fill, gettext } from "../shell/messages.js";
import { post } from "../shell/http.js";

const form = document.querySelector("[data-try]");
if (form) {
  const text = form.querySelector("textarea");
  const marks = form.querySelector("[data-marks]");
  const answer = document.querySelector("[data-answer]");
  form.querySelector("[data-without-script]").hidden = true;
  let timer = 0;
  let requestNumber = 0;

  function makeElement(tag, sentence, className) {
    const element = document.createElement(tag);
    element.textContent = sentence;
    element.dir = "auto";
    if (className) element.className = className;
    return element;
  }

  function renderMarks(sentence, entries) {
    const spans = entries.flatMap((each) => each.spans ?? []).sort((a, b) => a[0] - b[0]);
    const parts = [];
    let end = 0;
    for (const [from, until] of spans) {
      if (from < end) continue;
      parts.push(document.createTextNode(sentence.slice(end, from)), makeElement("mark", sentence.slice(from, until)));
      end = until;
    }
    marks.replaceChildren(...parts, document.createTextNode(`${sentence.slice(end)}\n`));
  }

  function row({ title, why, tokens }, className) {
    const element = document.createElement("li");
    element.className = className;
    element.append(makeElement("strong", title), " ", makeElement("span", tokens ? `${tokens} tokens` : "", "soft small"), document.createElement("br"), makeElement("span", why, "small"));
    return element;
  }

  function list(tag, rows, className) {
    const element = document.createElement(tag);
    element.className = "list";
    element.append(...rows.map((each) => row(each, className)));
    return element;
  }

  function render(sentence, found) {
    renderMarks(sentence, found.entries);
    const parts = [found.entries.length ? list("ol", found.entries, "lore-in") : makeElement("p", sentence.trim() ? gettext("No entry would be used.") : "")];
    if (found.left_out.length) {
      const fold = document.createElement("details");
      fold.className = "disclosure";
      fold.append(makeElement("summary", fill(gettext("%(count)s left out"), { count: found.left_out.length })), list("ul", found.left_out, "lore-out"));
      parts.push(fold);
    }
    parts.push(makeElement("p", fill(gettext("%(used)s of %(budget)s tokens"), { used: found.used_tokens, budget: found.budget_tokens }), "soft small"));
    answer.replaceChildren(...parts);
  }

  async function runDryRun() {
    const sentence = text.value;
    const thisRequest = (requestNumber += 1);
    try {
      const found = await post("/api/knowledge/dry-run", { text: sentence, collection: Number(form.dataset.collection) });
      if (thisRequest === requestNumber) render(sentence, found);
    } catch (refusal) {
      if (thisRequest === requestNumber) answer.replaceChildren(makeElement("p", refusal.message));
    }
  }

  text.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(runDryRun, 250);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    runDryRun();
  });
  if (text.value) runDryRun();
}
