// Many files, one after another: each is told of as soon as it is done, with the time that is left.
import { fill, gettext } from "../shell/messages.js";

const REASONS = {
  413: gettext("%(name)s: it is too large."),
  429: gettext("%(name)s: a little too fast, try again in a moment."),
};
const form = document.querySelector("[data-import-form]");
if (form) {
  const outcomes = document.querySelector("[data-outcomes]");
  const progress = form.querySelector("[data-progress]");
  const bar = progress.querySelector("progress");
  const progressText = progress.querySelector("[data-progress-words]");
  const token = document.querySelector('meta[name="csrf-token"]').content;

  // Hundreds of chats in one file come in part by part: `tell` gets the notes of each, and how much of the file is done.
  async function importFile(file, act, tell, same = form.elements.same.value, only = "") {
    for (let start = 0, total = 1; ; ) {
      const data = new FormData();
      const values = { file, act, same, only, start, bot: form.elements.bot?.value ?? "" };
      for (const [name, value] of Object.entries(values)) data.set(name, value);
      const response = await fetch(form.action, { method: "POST", body: data, headers: { "X-CSRFToken": token }, credentials: "same-origin" });
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      const notes = [...page.querySelectorAll("[data-import-result]")]; // a zip brings many
      for (const note of notes) offerChoice(note, file);
      const next = page.querySelector("[data-import-next]");
      start = Number(next?.dataset.importNext ?? 0);
      total = Number(next?.dataset.importTotal ?? 1);
      tell(notes.length ? notes : [page.querySelector(".note-danger") ?? refusal(file, response.status)], start, total);
      if (!start) return;
    }
  }

  // A file that is here already can still be brought, one by one: the browser has it until the page is left.
  function offerChoice(note, file) {
    const choice = note.querySelector("[data-same-choice]");
    if (!choice) return;
    choice.hidden = false;
    choice.addEventListener("click", async (event) => {
      const same = event.target.closest("[data-same]")?.dataset.same;
      if (!same) return;
      for (const button of choice.children) button.disabled = true;
      try {
        const found = [];
        await importFile(file, "bring", (notes) => found.push(...notes), same, choice.dataset.sameChoice);
        note.replaceWith(...found);
        found[0].querySelector("a, button")?.focus();
      } catch {
        note.replaceWith(refusal(file, 0));
      }
    });
  }

  function refusal(file, status) {
    const note = document.createElement("p");
    note.className = "note note-danger";
    note.textContent = fill(REASONS[status] ?? gettext("%(name)s: it could not be sent."), { name: file.name });
    return note;
  }

  function showProgress(done, total, startedAt) {
    const seconds = (performance.now() - startedAt) / 1000;
    const left = done ? Math.round((seconds / done) * (total - done)) : 0;
    const rate = (done / Math.max(seconds, 0.1)).toFixed(1);
    bar.max = total;
    bar.value = done;
    const words = done === total ? gettext("%(total)s done") : left > 1 ? gettext("%(done)s of %(total)s, %(rate)s a second, about %(left)s s left") : gettext("%(done)s of %(total)s");
    progressText.textContent = fill(words, { done, total, left, rate });
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const act = event.submitter?.value ?? "bring";
    const files = [...form.elements.file.files];
    const startedAt = performance.now();
    outcomes.replaceChildren();
    progress.hidden = false;
    form.toggleAttribute("data-busy", true);
    for (const [done, file] of files.entries()) {
      showProgress(done, files.length, startedAt);
      try {
        const partAt = performance.now();
        await importFile(file, act, (notes, within, of) => {
          outcomes.append(...notes);
          if (within) showProgress(within, of, partAt);
        });
      } catch {
        outcomes.append(refusal(file, 0));
      }
    }
    showProgress(files.length, files.length, startedAt);
    form.toggleAttribute("data-busy", false);
    if (act === "bring") form.reset();
  });
}
