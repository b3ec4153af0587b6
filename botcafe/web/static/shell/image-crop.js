// A picture is cut to a square before it is sent: moved with the pointer or arrow keys, and made larger.
const SIZE = 768;
const STEP = 12;

for (const place of document.querySelectorAll("[data-crop]")) {
  const input = place.querySelector('input[type="file"]');
  const frame = document.createElement("div");
  frame.className = "crop";
  frame.hidden = true;
  frame.innerHTML = '<canvas tabindex="0" role="img"></canvas><label>Larger <input type="range" min="1" max="4" step="0.01" value="1"></label><label><input type="checkbox"> Send it uncut</label>';
  input.after(frame);
  const canvas = frame.querySelector("canvas");
  canvas.setAttribute("aria-label", "The cut of the picture. Move it with the arrow keys.");
  const [zoom, whole] = frame.querySelectorAll("input");
  const pen = canvas.getContext("2d");
  let picture = null;
  let original = null;
  let at = { x: 0.5, y: 0.4 };

  function draw() {
    if (!picture) return;
    const side = Math.min(picture.width, picture.height) / Number(zoom.value);
    const x = Math.min(Math.max(at.x * picture.width - side / 2, 0), picture.width - side);
    const y = Math.min(Math.max(at.y * picture.height - side / 2, 0), picture.height - side);
    at = { x: (x + side / 2) / picture.width, y: (y + side / 2) / picture.height };
    canvas.width = canvas.height = SIZE;
    pen.drawImage(picture, x, y, side, side, 0, 0, SIZE, SIZE);
  }

  function move(dx, dy) {
    const scale = 1 / (canvas.clientWidth * Number(zoom.value));
    at = { x: at.x - dx * scale, y: at.y - dy * scale };
    draw();
  }

  async function take() {
    const file = input.files[0];
    if (!file || file === original || !file.type.startsWith("image/") || file.type === "image/gif") return;
    try {
      picture = await createImageBitmap(file);
    } catch {
      frame.hidden = true; // the server says what is wrong with it
      return;
    }
    original = file;
    at = { x: 0.5, y: 0.4 };
    frame.hidden = false;
    draw();
  }

  input.addEventListener("change", take);
  zoom.addEventListener("input", draw);
  canvas.addEventListener("pointerdown", (event) => canvas.setPointerCapture(event.pointerId));
  canvas.addEventListener("pointermove", (event) => {
    if (event.buttons) move(event.movementX, event.movementY);
  });
  canvas.addEventListener("keydown", (event) => {
    const way = { ArrowLeft: [STEP, 0], ArrowRight: [-STEP, 0], ArrowUp: [0, STEP], ArrowDown: [0, -STEP] }[event.key];
    if (!way) return;
    event.preventDefault();
    move(...way);
  });
  const form = input.form;
  let isCut = false;
  form.addEventListener("submit", (event) => {
    if (isCut || frame.hidden || whole.checked || !picture) return;
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
