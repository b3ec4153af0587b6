// The line that is tried: what would be told, as it is typed, with the words that called it marked.
import { post } from "../shell/http.js";

const form = document.querySelector("[data-try]");
if (form) {
  const text = form.querySelector("textarea");
  const marks = form.querySelector("[data-marks]");
  const answer = document.querySelector("[data-answer]");
  form.querySelector("[data-without-script]").hidden = true;
  let waiting = 0;
  let asked = 0;

  function piece(tag, words, kind) {
    const made = document.createElement(tag);
    made.textContent = words;
    made.dir = "auto";
    if (kind) made.className = kind;
    return made;
  }

  function paintMarks(words, entries) {
    const spans = entries.flatMap((each) => each.spans ?? []).sort((a, b) => a[0] - b[0]);
    const parts = [];
    let end = 0;
    for (const [from, until] of spans) {
      if (from < end) continue;
      parts.push(document.createTextNode(words.slice(end, from)), piece("mark", words.slice(from, until)));
      end = until;
    }
    marks.replaceChildren(...parts, document.createTextNode(`${words.slice(end)}\n`));
  }

  function row({ title, why, tokens }, kind) {
    const made = document.createElement("li");
    made.className = kind;
    made.append(piece("strong", title), " ", piece("span", tokens ? `${tokens} tokens` : "", "soft small"), document.createElement("br"), piece("span", why, "small"));
    return made;
  }

  function list(tag, rows, kind) {
    const made = document.createElement(tag);
    made.className = "list";
    made.append(...rows.map((each) => row(each, kind)));
    return made;
  }

  function paint(words, found) {
    paintMarks(words, found.entries);
    const parts = [found.entries.length ? list("ol", found.entries, "lore-in") : piece("p", words.trim() ? "Nothing would be told." : "")];
    if (found.left_out.length) {
      const fold = document.createElement("details");
      fold.className = "disclosure";
      fold.append(piece("summary", `${found.left_out.length} left out`), list("ul", found.left_out, "lore-out"));
      parts.push(fold);
    }
    parts.push(piece("p", `${found.used_tokens} of ${found.budget_tokens} tokens`, "soft small"));
    answer.replaceChildren(...parts);
  }

  async function ask() {
    const words = text.value;
    const turn = (asked += 1);
    try {
      const found = await post("/api/knowledge/dry-run", { text: words, collection: Number(form.dataset.collection) });
      if (turn === asked) paint(words, found);
    } catch (refusal) {
      if (turn === asked) answer.replaceChildren(piece("p", refusal.message));
    }
  }

  text.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(ask, 250);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    ask();
  });
  if (text.value) ask();
}
