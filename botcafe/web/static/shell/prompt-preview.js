// Beside the form: what the model would be told of the bot or persona as it stands there.
const form = document.querySelector("[data-preview-url]");
const side = document.querySelector("[data-prompt-preview]");
if (form && side) {
  const body = side.querySelector("[data-prompt-preview-body]");
  const line = side.querySelector("#try");
  let waiting = 0;
  let asked = 0;
  side.hidden = false;

  async function paint() {
    const turn = (asked += 1);
    const data = new FormData(form);
    for (const input of form.querySelectorAll("input[type=file]")) data.delete(input.name);
    if (line) data.set("try", line.value);
    try {
      const answer = await fetch(form.dataset.previewUrl, { method: "POST", body: data, credentials: "same-origin" });
      if (!answer.ok || turn !== asked) return;
      const open = new Set([...body.querySelectorAll("details[open] strong")].map((each) => each.textContent));
      body.innerHTML = await answer.text();
      for (const each of body.querySelectorAll("details")) each.open = open.has(each.querySelector("strong")?.textContent);
    } catch {
      // the server cannot be reached: what is shown stays as it was
    }
  }

  const soon = () => {
    clearTimeout(waiting);
    waiting = setTimeout(paint, 500);
  };
  form.addEventListener("input", soon);
  line?.addEventListener("input", soon);
  paint();
}
