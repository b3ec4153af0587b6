// What goes along with the words: pictures go to the server at once, text files into the line.
import { fill, gettext } from "../shell/messages.js";

const PICTURE = /^image\/(png|jpeg|gif|webp|avif)$/;
const MAX_PICTURES = 8;
const MAX_TEXT_BYTES = 100_000;

export function createAttachments(chat, composer, onChange) {
  const attachments = chat.querySelector("[data-attachments]");
  const input = chat.querySelector("[data-file]");
  const button = chat.querySelector("[data-attach]");
  const zone = chat.querySelector("[data-composer]");
  const icons = chat.querySelector("[data-send] use").getAttribute("href").split("#")[0];
  let files = []; // {name, id, url, item}

  function filesChanged() {
    attachments.hidden = !files.length;
    onChange();
  }

  function remove(file) {
    file.request?.abort();
    file.item.remove();
    files = files.filter((each) => each !== file);
    filesChanged();
    composer.entry.focus();
  }

  function show(file) {
    const item = document.createElement("li");
    const label = document.createElement("span");
    const removeButton = document.createElement("button");
    label.className = "tiny";
    label.textContent = file.name;
    Object.assign(removeButton, { type: "button", className: "button button-icon", innerHTML: `<svg class="icon-s" aria-hidden="true"><use href="${icons}#close"></use></svg>` });
    removeButton.setAttribute("aria-label", fill(gettext("Do not send %(name)s"), { name: file.name }));
    removeButton.addEventListener("click", () => remove(file));
    item.append(label, document.createElement("progress"), removeButton);
    file.item = item;
    files.push(file);
    attachments.append(item);
    filesChanged();
  }

  function upload(blob, file) {
    const form = new FormData();
    form.append("_payload", JSON.stringify({ alt: file.name.slice(0, 200) }));
    form.append("file", blob, file.name);
    const request = file.request = new XMLHttpRequest();
    const progressBar = file.item.querySelector("progress");
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) progressBar.value = event.loaded / event.total;
    });
    request.addEventListener("loadend", () => {
      const doc = request.status === 201 ? JSON.parse(request.responseText).doc : null;
      progressBar.remove();
      if (doc) showUploaded(file, doc);
      else if (request.status || request.readyState === 4) showFailed(file);
    });
    request.open("POST", "/api/media");
    request.send(form);
  }

  function showUploaded(file, doc) {
    const image = new Image();
    file.id = doc.id;
    file.url = image.src = doc.url;
    image.alt = file.name;
    file.item.querySelector(".tiny").remove();
    file.item.prepend(image);
    filesChanged();
  }

  function showFailed(file) {
    file.item.dataset.failed = "";
    file.item.querySelector(".tiny").textContent = gettext("not taken");
    composer.showError({ message: fill(gettext("%(name)s could not be sent."), { name: file.name }) });
    filesChanged();
  }

  async function receiveFiles(received) {
    if ("off" in button.dataset) {
      composer.showError({ message: gettext("This chat takes no files.") });
      return;
    }
    for (const blob of received) {
      if (PICTURE.test(blob.type)) {
        if (files.length < MAX_PICTURES) {
          const file = { name: blob.name || "picture" };
          show(file);
          upload(blob, file);
        } else composer.showError({ message: fill(gettext("At most %(most)s pictures go with one message."), { most: MAX_PICTURES }) });
      } else await read(blob);
    }
  }

  async function read(blob) {
    const text = blob.size <= MAX_TEXT_BYTES ? await blob.text() : "";
    if (!text || text.includes("\0") || text.includes("\ufffd")) {
      composer.showError({ message: fill(gettext("%(name)s is neither a picture nor a text of at most %(most)s kB."), { name: blob.name, most: MAX_TEXT_BYTES / 1000 }) });
      return;
    }
    const fence = "`".repeat(Math.max(3, ...Array.from(text.matchAll(/`+/g), (run) => run[0].length + 1)));
    const extension = /\.(\w{1,10})$/.exec(blob.name)?.[1].toLowerCase() ?? "";
    composer.insert(`${blob.name}:\n${fence}${extension}\n${text.replace(/\n$/, "")}\n${fence}\n`);
  }

  const holdsFiles = (event) => event.dataTransfer?.types.includes("Files");
  button.hidden = "off" in button.dataset;
  button.addEventListener("click", () => input.click());
  input.addEventListener("change", () => {
    receiveFiles(Array.from(input.files));
    input.value = "";
  });
  composer.entry.addEventListener("paste", (event) => {
    const received = Array.from(event.clipboardData?.files ?? []);
    if (!received.length) return;
    event.preventDefault();
    receiveFiles(received);
  });
  addEventListener("dragover", (event) => {
    if (!holdsFiles(event)) return;
    event.preventDefault();
    zone.dataset.over = "";
  });
  addEventListener("dragleave", (event) => !event.relatedTarget && delete zone.dataset.over);
  addEventListener("drop", (event) => {
    delete zone.dataset.over;
    if (!holdsFiles(event)) return;
    event.preventDefault();
    receiveFiles(Array.from(event.dataTransfer.files));
  });

  return {
    get isLoading() {
      return files.some((file) => !file.id && file.item.dataset.failed === undefined);
    },
    get isEmpty() {
      return !files.some((file) => file.id);
    },
    takeFiles() {
      const received = files.filter((file) => file.id).map(({ id, url, name }) => ({ id, url, name }));
      for (const file of files) file.item.remove();
      files = [];
      filesChanged();
      return received;
    },
  };
}
