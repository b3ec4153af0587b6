// The small line below the writing line: what is going on now, else what defaultNodesly stands there.
const BRIEF_SECONDS = 6;

export function createStatusLine(chat) {
  const place = chat.querySelector("[data-status]");
  let defaultNodes = Array.from(place.childNodes);

  function set(text) {
    if (text) place.textContent = text;
    else place.replaceChildren(...defaultNodes);
  }

  return {
    set,
    showBriefly(text) {
      set(text);
      setTimeout(() => place.textContent === text && set(""), BRIEF_SECONDS * 1000);
    },
    setDefault(text) {
      defaultNodes = [text];
      set("");
    },
  };
}
