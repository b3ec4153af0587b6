// Many files, one after another: each is told of as soon as it is done, with the time that is left.
const form = document.querySelector("[data-import-form]");
if (form) {
  const outcomes = document.querySelector("[data-outcomes]");
  const progress = form.querySelector("[data-progress]");
  const bar = progress.querySelector("progress");
  const words = progress.querySelector("[data-progress-words]");
  const token = document.querySelector('meta[name="csrf-token"]').content;

  async function one(file, act) {
    const data = new FormData();
    data.set("file", file);
    data.set("act", act);
    data.set("bot", form.elements.bot?.value ?? "");
    const answer = await fetch(form.action, { method: "POST", body: data, headers: { "X-CSRFToken": token }, credentials: "same-origin" });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const told = [...page.querySelectorAll("[data-import-result]")]; // a zip brings many
    return told.length ? told : [page.querySelector(".note-danger") ?? refusal(file, answer.status)];
  }

  function refusal(file, status) {
    const made = document.createElement("p");
    made.className = "note note-danger";
    made.textContent = `${file.name}: ${status === 413 ? "it is too large" : status === 429 ? "a little too fast, try again in a moment" : "it could not be sent"}.`;
    return made;
  }

  function tell(done, all, began) {
    const left = done ? Math.round((((performance.now() - began) / done) * (all - done)) / 1000) : 0;
    bar.max = all;
    bar.value = done;
    words.textContent = done < all ? `${done} of ${all}${left > 1 ? `, about ${left} s left` : ""}` : `${all} done`;
  }

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const act = event.submitter?.value ?? "bring";
    const files = [...form.elements.file.files];
    const began = performance.now();
    outcomes.replaceChildren();
    progress.hidden = false;
    form.toggleAttribute("data-busy", true);
    for (const [done, file] of files.entries()) {
      tell(done, files.length, began);
      try {
        outcomes.append(...(await one(file, act)));
      } catch {
        outcomes.append(refusal(file, 0));
      }
    }
    tell(files.length, files.length, began);
    form.toggleAttribute("data-busy", false);
    if (act === "bring") form.reset();
  });
}
