// Beside the form: what the model would be told of the bot or persona as it stands there.
const form = document.querySelector("[data-preview-url]");
const side = document.querySelector("[data-prompt-preview]");
if (form && side) {
  const body = side.querySelector("[data-prompt-preview-body]");
  const tryField = side.querySelector("#try");
  let timer = 0;
  let requestNumber = 0;
  side.hidden = false;

  async function render() {
    const thisRequest = (requestNumber += 1);
    const data = new FormData(form);
    for (const input of form.querySelectorAll("input[type=file]")) data.delete(input.name);
    if (tryField) data.set("try", tryField.value);
    try {
      const response = await fetch(form.dataset.previewUrl, { method: "POST", body: data, credentials: "same-origin" });
      if (!response.ok || thisRequest !== requestNumber) return;
      const open = new Set([...body.querySelectorAll("details[open] strong")].map((each) => each.textContent));
      body.innerHTML = await response.text();
      for (const each of body.querySelectorAll("details")) each.open = open.has(each.querySelector("strong")?.textContent);
    } catch {
      // the server cannot be reached: what is shown stays as it was
    }
  }

  const scheduleRender = () => {
    clearTimeout(timer);
    timer = setTimeout(render, 500);
  };
  form.addEventListener("input", scheduleRender);
  tryField?.addEventListener("input", scheduleRender);
  render();
}
