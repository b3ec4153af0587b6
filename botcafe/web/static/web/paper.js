// The page the chat is written on: new turns, growing text, and a reader whose place is never taken away.
const NEAR = 48;

export function paperOf(chat) {
  const scroll = chat.querySelector("[data-scroll]");
  const turns = chat.querySelector("[data-turns]");
  const pill = chat.querySelector("[data-pill]");
  let follows = true;

  const atFoot = () => scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR;
  const toFoot = () => {
    scroll.scrollTop = scroll.scrollHeight;
    follows = true;
    pill.hidden = true;
  };

  scroll.dataset.live = "";
  toFoot();
  scroll.addEventListener("scroll", () => {
    follows = atFoot();
    if (follows) pill.hidden = true;
  }, { passive: true });
  new ResizeObserver(() => follows && toFoot()).observe(scroll);
  pill.addEventListener("click", () => {
    toFoot();
    scroll.focus({ preventScroll: true });
  });

  return {
    turns,
    toFoot,
    // Changes the page, then follows only a reader who stood at the foot.
    write(change) {
      const before = scroll.scrollHeight;
      change();
      if (follows) toFoot();
      else if (scroll.scrollHeight > before) pill.hidden = false;
    },
    // Puts something in above without moving what is read.
    above(change) {
      const rest = scroll.scrollHeight - scroll.scrollTop;
      change();
      scroll.scrollTop = scroll.scrollHeight - rest;
    },
  };
}

export function newTurn(role, { id, name, picture_url: picture, bot_id: bot } = {}) {
  const turn = document.getElementById(`mould-${role}`).content.firstElementChild.cloneNode(true);
  nameTurn(turn, id);
  if (name) turn.querySelector("[data-name]").textContent = name;
  const face = turn.querySelector(".face");
  if (picture) {
    const image = new Image();
    image.src = picture;
    image.alt = "";
    face.replaceChildren(image);
  } else if (name) {
    face.textContent = [...name][0];
    if (bot !== undefined) face.className = face.className.replace(/tint-\S*/, `tint-${String(bot).slice(-1)}`);
  }
  showCopy(turn);
  return turn;
}

export function nameTurn(turn, id) {
  if (id === undefined || id === null) return;
  turn.id = `m${id}`;
  turn.dataset.message = id;
  for (const input of turn.querySelectorAll('input[name="message"]')) input.value = id;
}

export function showCopy(turn) {
  for (const button of turn.querySelectorAll('[data-act="copy"]')) button.hidden = !navigator.clipboard;
}

export function setState(turn, state, note) {
  turn.dataset.state = state;
  turn.toggleAttribute("aria-busy", false);
  if (state === "streaming") turn.setAttribute("aria-busy", "true");
  turn.querySelector("[data-note]").textContent = note ?? "";
}

// Plain text into paragraphs: only the end of the last one ever changes.
export function growText(body, text) {
  const parts = ((body.gap ?? "") + text).split(/(\n+)/); // words, line ends, words, ...
  let gap = "";
  parts.forEach((part, index) => {
    if (index % 2) gap = part;
    else if (part) {
      if (gap.length > 1 || body.lastElementChild?.tagName !== "P") {
        body.append(document.createElement("p"));
        body.lastElementChild.dataset.plain = "";
      }
      const paragraph = body.lastElementChild;
      const words = gap.length === 1 && paragraph.hasChildNodes() ? gap + part : part;
      if (paragraph.lastChild instanceof Text) paragraph.lastChild.appendData(words);
      else paragraph.append(words);
      gap = "";
    }
  });
  body.gap = gap;
}

// Starts the text anew, after what already stood there (html made by the server).
export function setText(body, text, before = "") {
  body.innerHTML = before;
  body.gap = "";
  growText(body, text);
}
