// Reads a growing reply aloud by finished sentences: a screen reader never gets half a word.
const SENTENCE_END = /[.!?…。！？]["'”’»)\]*_]*(?=\s)|\n+|[。！？]/g;

export function createAnnouncer(region) {
  let unfinished = "";
  const announce = (text) => {
    if (!text.trim()) return;
    while (region.childElementCount > 20) region.firstElementChild.remove();
    const line = document.createElement("p");
    line.textContent = text.trim();
    region.append(line);
  };
  return {
    addText(text) {
      unfinished += text;
      let cut = 0;
      for (const match of unfinished.matchAll(SENTENCE_END)) cut = match.index + match[0].length;
      announce(unfinished.slice(0, cut));
      unfinished = unfinished.slice(cut);
    },
    finish(last = "") {
      announce(unfinished);
      unfinished = "";
      announce(last);
    },
    reset() {
      unfinished = "";
    },
  };
}
