// One turn on the page: made from its mould, named, filled with words.
import { gettext } from "../shell/messages.js";

export function createTurn(role, { id, name, picture_url: picture, bot_id: bot } = {}) {
  const turn = document.getElementById(`template-${role}-turn`).content.firstElementChild.cloneNode(true);
  setTurnId(turn, id);
  if (name) turn.querySelector("[data-name]").textContent = name;
  if (bot !== undefined) turn.querySelector("[data-name]").className = `name name-${String(bot).slice(-1)}`;
  const avatar = turn.querySelector(".avatar");
  if (picture) {
    const image = new Image();
    image.src = picture.replace(/\?size=\d+&/, "?size=64&");
    image.alt = "";
    avatar.replaceChildren(image);
  } else if (name) {
    if (bot !== undefined) avatar.className = avatar.className.replace(/tint-\S*/, `tint-${String(bot).slice(-1)}`);
    // The server draws faces; a bot of this chat has its own in the header or among the participants.
    const drawn = bot !== undefined && document.querySelector(`.avatar[data-face="${CSS.escape(String(bot))}"] > .face`);
    if (drawn) avatar.replaceChildren(drawn.cloneNode(true));
    else if (role === "user") avatar.textContent = [...name][0];
  }
  showTools(turn);
  return turn;
}

export function setTurnId(turn, id) {
  if (id === undefined || id === null) return;
  turn.id = `m${id}`;
  turn.dataset.message = id;
}

// What only a script can do: copy a turn, copy a block of code.
export function showTools(turn) {
  if (!navigator.clipboard || !turn.querySelectorAll) return;
  for (const button of turn.querySelectorAll('[data-action="copy"]')) button.hidden = false;
  for (const code of turn.querySelectorAll("[data-text] pre.code")) {
    if (code.parentElement.className === "code-box") continue;
    const box = document.createElement("div");
    const button = document.createElement("button");
    box.className = "code-box";
    Object.assign(button, { type: "button", className: "button button-quiet button-small code-copy", textContent: gettext("Copy") });
    button.dataset.copyCode = "";
    button.setAttribute("aria-label", gettext("Copy this code"));
    code.replaceWith(box);
    box.append(code, button);
  }
}

export function setState(turn, state, note) {
  turn.dataset.state = state;
  turn.toggleAttribute("aria-busy", false);
  if (state === "streaming") turn.setAttribute("aria-busy", "true");
  turn.querySelector("[data-note]").textContent = note ?? "";
}

// Plain text into paragraphs: only the end of the last one ever changes.
export function appendText(body, text) {
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
  appendText(body, text);
}

export const textOfTurn = (turn) => turn.querySelector("[data-text]")?.innerText.trim() ?? "";
export const nameOfTurn = (turn) => turn.querySelector("[data-name]")?.textContent ?? "";
