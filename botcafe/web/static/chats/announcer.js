// Reads a growing reply aloud by finished sentences: a screen reader never gets half a word.
const END = /[.!?…。！？]["'”’»)\]*_]*(?=\s)|\n+|[。！？]/g;

export function speaker(region) {
  let waiting = "";
  const say = (words) => {
    if (!words.trim()) return;
    while (region.childElementCount > 20) region.firstElementChild.remove();
    const line = document.createElement("p");
    line.textContent = words.trim();
    region.append(line);
  };
  return {
    hear(text) {
      waiting += text;
      let cut = 0;
      for (const match of waiting.matchAll(END)) cut = match.index + match[0].length;
      say(waiting.slice(0, cut));
      waiting = waiting.slice(cut);
    },
    finish(last = "") {
      say(waiting);
      waiting = "";
      say(last);
    },
    forget() {
      waiting = "";
    },
    tell: say,
  };
}
