// A picture is cut to a square before it is sent: moved with the pointer or arrow keys, and made larger.
import { gettext } from "./messages.js";

const OUTPUT_PX = 768;
const STEP_PX = 12;

for (const field of document.querySelectorAll("[data-crop]")) {
  const input = field.querySelector('input[type="file"]');
  const frame = document.createElement("div");
  frame.className = "crop";
  frame.hidden = true;
  frame.innerHTML = '<canvas tabindex="0" role="img"></canvas><label>Larger <input type="range" min="1" max="4" step="0.01" value="1"></label><label><input type="checkbox"> Send it uncut</label>';
  input.after(frame);
  const canvas = frame.querySelector("canvas");
  canvas.setAttribute("aria-label", gettext("The cut of the picture. Move it with the arrow keys."));
  const [zoom, uncutBox] = frame.querySelectorAll("input");
  const context = canvas.getContext("2d");
  let picture = null;
  let original = null;
  let center = { x: 0.5, y: 0.4 };

  function draw() {
    if (!picture) return;
    const side = Math.min(picture.width, picture.height) / Number(zoom.value);
    const x = Math.min(Math.max(center.x * picture.width - side / 2, 0), picture.width - side);
    const y = Math.min(Math.max(center.y * picture.height - side / 2, 0), picture.height - side);
    center = { x: (x + side / 2) / picture.width, y: (y + side / 2) / picture.height };
    canvas.width = canvas.height = OUTPUT_PX;
    context.drawImage(picture, x, y, side, side, 0, 0, OUTPUT_PX, OUTPUT_PX);
  }

  function move(dx, dy) {
    const scale = 1 / (canvas.clientWidth * Number(zoom.value));
    center = { x: center.x - dx * scale, y: center.y - dy * scale };
    draw();
  }

  async function receivePicture() {
    const file = input.files[0];
    if (!file || file === original || !file.type.startsWith("image/") || file.type === "image/gif") return;
    try {
      picture = await createImageBitmap(file);
    } catch {
      frame.hidden = true; // the server says what is wrong with it
      return;
    }
    original = file;
    center = { x: 0.5, y: 0.4 };
    frame.hidden = false;
    draw();
  }

  input.addEventListener("change", receivePicture);
  zoom.addEventListener("input", draw);
  canvas.addEventListener("pointerdown", (event) => canvas.setPointerCapture(event.pointerId));
  canvas.addEventListener("pointermove", (event) => {
    if (event.buttons) move(event.movementX, event.movementY);
  });
  canvas.addEventListener("keydown", (event) => {
    const offset = { ArrowLeft: [STEP_PX, 0], ArrowRight: [-STEP_PX, 0], ArrowUp: [0, STEP_PX], ArrowDown: [0, -STEP_PX] }[event.key];
    if (!offset) return;
    event.preventDefault();
    move(...offset);
  });
  const form = input.form;
  let isCut = false;
  form.addEventListener("submit", (event) => {
    if (isCut || frame.hidden || event.submitter?.formNoValidate || uncutBox.checked || !picture) return;
    event.preventDefault();
    const button = event.submitter;
    canvas.toBlob((blob) => {
      const files = new DataTransfer();
      files.items.add(new File([blob], original.name.replace(/\.\w+$/, "") + ".png", { type: "image/png" }));
      original = files.files[0];
      input.files = files.files;
      isCut = true;
      form.requestSubmit(button);
    }, "image/png");
  });
}
