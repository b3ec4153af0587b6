// The writing line: drafts kept on this device, Enter sends, the height follows the words.
export function composerOf(chat, { onSend, onStop, onRetry, onCatchUp, hasMore }) {
  const form = chat.querySelector("[data-composer-form]");
  const box = chat.querySelector("[data-composer]");
  const entry = form.elements.entry;
  const trouble = chat.querySelector("[data-composer-error]");
  const retry = chat.querySelector("[data-retry]");
  const catchUp = chat.querySelector("[data-show-current]");
  const shelf = `draft:${chat.dataset.conversation}`;
  const grows = !CSS.supports("field-sizing", "content");

  function fit() {
    if (!grows) return;
    entry.style.height = "auto";
    entry.style.height = `${entry.scrollHeight}px`;
  }

  function keep(words) {
    if (chat.dataset.temporary !== undefined) return; // of a temporary chat this device keeps no copy
    try {
      if (words) localStorage.setItem(shelf, words);
      else localStorage.removeItem(shelf);
    } catch {
      // a full or forbidden shelf: the words are still in the line
    }
  }

  function put(words) {
    entry.value = words;
    fit();
  }

  entry.required = false; // a picture alone is enough, and who speaks may be asked with no words
  let draft = "";
  try {
    draft = localStorage.getItem(shelf) ?? "";
  } catch {
    draft = "";
  }
  if (!entry.value && draft) put(draft);

  entry.addEventListener("input", () => {
    keep(entry.value);
    fit();
  });
  entry.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    form.requestSubmit(form.querySelector("[data-send]"));
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (event.submitter?.dataset.stop !== undefined) return onStop();
    if (event.submitter?.dataset.more) return; // the menu beside the line
    if (box.dataset.busy === undefined && (entry.value.trim() || hasMore())) onSend(entry.value);
  });
  retry.addEventListener("click", () => onRetry());
  catchUp.addEventListener("click", () => onCatchUp());

  return {
    entry,
    put,
    keep,
    insert(words) {
      entry.setRangeText(words, entry.selectionStart, entry.selectionEnd, "end");
      entry.dispatchEvent(new Event("input", { bubbles: true }));
      entry.focus();
    },
    calm() {
      trouble.hidden = true;
    },
    // A refusal with a status may be tried again, unless the page itself is out of date.
    complain({ message, status, body }, leaf) {
      const stands = body?.errors?.[0]?.data?.active_leaf; // where the chat stands by now
      const stale = status === 409 && String(stands) !== leaf;
      trouble.querySelector("[data-composer-error-text]").textContent = message;
      retry.hidden = status === undefined || stale || [403, 404].includes(status);
      catchUp.hidden = !stale;
      trouble.querySelector("[data-reload]").hidden = ![401, 403].includes(status);
      trouble.hidden = false;
    },
    setBusy(busy) {
      const held = form.contains(document.activeElement) && document.activeElement !== entry;
      box.toggleAttribute("data-busy", busy);
      if (held) entry.focus({ preventScroll: true });
    },
  };
}
