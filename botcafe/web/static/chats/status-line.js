// The small line below the writing line: what is going on now, else what usually stands there.
const SECONDS = 6;

export function statusOf(chat) {
  const place = chat.querySelector("[data-status]");
  let usual = Array.from(place.childNodes);

  function set(words) {
    if (words) place.textContent = words;
    else place.replaceChildren(...usual);
  }

  return {
    set,
    tell(words) {
      set(words);
      setTimeout(() => place.textContent === words && set(""), SECONDS * 1000);
    },
    usual(words) {
      usual = [words];
      set("");
    },
  };
}
