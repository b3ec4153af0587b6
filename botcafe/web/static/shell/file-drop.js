// A file may be dropped or pasted where it can be chosen; the form itself stays a plain form.
import { fill, gettext } from "./messages.js";

const zone = document.querySelector("[data-file-drop]");
const input = zone.querySelector('input[type="file"]');
const name = zone.querySelector("[data-file-drop-name]");
const defaultText = name.textContent;
let depth = 0;

function size(bytes) {
  return bytes < 1e6 ? `${Math.max(1, Math.round(bytes / 1e3))} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

function showChosen() {
  const files = [...input.files];
  const bytes = files.reduce((sum, file) => sum + file.size, 0);
  const names = files.length > 1 ? fill(gettext("%(count)s files"), { count: files.length }) : files[0]?.name;
  name.textContent = files.length ? `${names}, ${size(bytes)}` : defaultText;
}

function receiveFiles(files) {
  if (!files?.length) return false;
  const transfer = new DataTransfer();
  for (const file of input.multiple ? files : [files[0]]) transfer.items.add(file);
  input.files = transfer.files;
  showChosen();
  zone.closest("form").querySelector("[data-file-drop-send]").focus();
  return true;
}

const holdsFiles = (event) => event.dataTransfer?.types.includes("Files");

// Anywhere on the page counts: a file that misses the zone must not replace the page.
addEventListener("dragenter", (event) => {
  if (!holdsFiles(event)) return;
  depth += 1;
  zone.dataset.over = "";
});
addEventListener("dragleave", () => {
  depth = Math.max(0, depth - 1);
  if (!depth) delete zone.dataset.over;
});
addEventListener("dragover", (event) => holdsFiles(event) && event.preventDefault());
addEventListener("drop", (event) => {
  depth = 0;
  delete zone.dataset.over;
  if (!holdsFiles(event)) return;
  event.preventDefault();
  receiveFiles(event.dataTransfer.files);
});
addEventListener("paste", (event) => {
  if (receiveFiles(event.clipboardData?.files)) event.preventDefault();
});
input.addEventListener("change", showChosen);
zone.closest("form").addEventListener("reset", () => setTimeout(showChosen)); // the field is emptied after the event
zone.querySelector("[data-file-drop-hint]").hidden = false;
showChosen();
