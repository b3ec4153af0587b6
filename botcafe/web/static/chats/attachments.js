// What goes along with the words: pictures go to the server at once, text files into the line.
const PICTURE = /^image\/(png|jpeg|gif|webp|avif)$/;
const MOST = 8;
const LONGEST_TEXT = 100_000;

export function trayOf(chat, composer, onChange) {
  const tray = chat.querySelector("[data-attachments]");
  const input = chat.querySelector("[data-file]");
  const button = chat.querySelector("[data-attach]");
  const zone = chat.querySelector("[data-composer]");
  const icons = chat.querySelector("[data-send] use").getAttribute("href").split("#")[0];
  let files = []; // {name, id, url, item}

  function change() {
    tray.hidden = !files.length;
    onChange();
  }

  function remove(file) {
    file.request?.abort();
    file.item.remove();
    files = files.filter((each) => each !== file);
    change();
    composer.entry.focus();
  }

  function show(file) {
    const item = document.createElement("li");
    const label = document.createElement("span");
    const off = document.createElement("button");
    label.className = "tiny";
    label.textContent = file.name;
    Object.assign(off, { type: "button", className: "button button-icon", innerHTML: `<svg class="icon-s" aria-hidden="true"><use href="${icons}#close"></use></svg>` });
    off.setAttribute("aria-label", `Do not send ${file.name}`);
    off.addEventListener("click", () => remove(file));
    item.append(label, document.createElement("progress"), off);
    file.item = item;
    files.push(file);
    tray.append(item);
    change();
  }

  function upload(blob, file) {
    const form = new FormData();
    form.append("_payload", JSON.stringify({ alt: file.name.slice(0, 200) }));
    form.append("file", blob, file.name);
    const request = file.request = new XMLHttpRequest();
    const bar = file.item.querySelector("progress");
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) bar.value = event.loaded / event.total;
    });
    request.addEventListener("loadend", () => {
      const doc = request.status === 201 ? JSON.parse(request.responseText).doc : null;
      bar.remove();
      if (doc) arrive(file, doc);
      else if (request.status || request.readyState === 4) fail(file);
    });
    request.open("POST", "/api/media");
    request.send(form);
  }

  function arrive(file, doc) {
    const image = new Image();
    file.id = doc.id;
    file.url = image.src = doc.url;
    image.alt = file.name;
    file.item.querySelector(".tiny").remove();
    file.item.prepend(image);
    change();
  }

  function fail(file) {
    file.item.dataset.failed = "";
    file.item.querySelector(".tiny").textContent = "not taken";
    composer.complain({ message: `${file.name} could not be sent.` });
    change();
  }

  async function take(given) {
    for (const blob of given) {
      if (PICTURE.test(blob.type)) {
        if (files.length < MOST) {
          const file = { name: blob.name || "picture" };
          show(file);
          upload(blob, file);
        } else composer.complain({ message: `At most ${MOST} pictures go with one message.` });
      } else await read(blob);
    }
  }

  async function read(blob) {
    const text = blob.size <= LONGEST_TEXT ? await blob.text() : "";
    if (!text || text.includes("\0") || text.includes("\ufffd")) {
      composer.complain({ message: `${blob.name} is neither a picture nor a text of at most ${LONGEST_TEXT / 1000} kB.` });
      return;
    }
    const fence = "`".repeat(Math.max(3, ...Array.from(text.matchAll(/`+/g), (run) => run[0].length + 1)));
    const kind = /\.(\w{1,10})$/.exec(blob.name)?.[1].toLowerCase() ?? "";
    composer.insert(`${blob.name}:\n${fence}${kind}\n${text.replace(/\n$/, "")}\n${fence}\n`);
  }

  const holds = (event) => event.dataTransfer?.types.includes("Files");
  button.hidden = false;
  button.addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    take(Array.from(input.files));
    input.value = "";
  });
  composer.entry.addEventListener("paste", (event) => {
    const given = Array.from(event.clipboardData?.files ?? []);
    if (!given.length) return;
    event.preventDefault();
    take(given);
  });
  addEventListener("dragover", (event) => {
    if (!holds(event)) return;
    event.preventDefault();
    zone.dataset.over = "";
  });
  addEventListener("dragleave", (event) => !event.relatedTarget && delete zone.dataset.over);
  addEventListener("drop", (event) => {
    delete zone.dataset.over;
    if (!holds(event)) return;
    event.preventDefault();
    take(Array.from(event.dataTransfer.files));
  });

  return {
    get isLoading() {
      return files.some((file) => !file.id && file.item.dataset.failed === undefined);
    },
    get isEmpty() {
      return !files.some((file) => file.id);
    },
    give() {
      const given = files.filter((file) => file.id).map(({ id, url, name }) => ({ id, url, name }));
      for (const file of files) file.item.remove();
      files = [];
      change();
      return given;
    },
  };
}
