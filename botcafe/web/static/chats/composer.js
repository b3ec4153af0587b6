// The writing line: drafts kept on this device, Enter sends, the height follows the words.
export function createComposer(chat, { onSend, onStop, onRetry, onShowCurrent, hasMore }) {
  const form = chat.querySelector("[data-composer-form]");
  const box = chat.querySelector("[data-composer]");
  const entry = form.elements.entry;
  const errorBox = chat.querySelector("[data-composer-error]");
  const retryButton = chat.querySelector("[data-retry]");
  const showCurrentButton = chat.querySelector("[data-show-current]");
  const storageKey = `draft:${chat.dataset.conversation}`;
  const needsResizing = !CSS.supports("field-sizing", "content");

  function resize() {
    if (!needsResizing) return;
    entry.style.height = "auto";
    entry.style.height = `${entry.scrollHeight}px`;
  }

  function saveDraft(text) {
    if (chat.dataset.temporary !== undefined) return; // of a temporary chat this device keeps no copy
    try {
      if (text) localStorage.setItem(storageKey, text);
      else localStorage.removeItem(storageKey);
    } catch {
      // a full or forbidden shelf: the words are still in the line
    }
  }

  function setDraft(text) {
    entry.value = text;
    resize();
  }

  entry.required = false; // a picture alone is enough, and who speaks may be asked with no words
  let draft = "";
  try {
    draft = localStorage.getItem(storageKey) ?? "";
  } catch {
    draft = "";
  }
  if (!entry.value && draft) setDraft(draft);

  entry.addEventListener("input", () => {
    saveDraft(entry.value);
    resize();
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
  retryButton.addEventListener("click", () => onRetry());
  showCurrentButton.addEventListener("click", () => onShowCurrent());

  return {
    entry,
    setDraft,
    saveDraft,
    insert(text) {
      entry.setRangeText(text, entry.selectionStart, entry.selectionEnd, "end");
      entry.dispatchEvent(new Event("input", { bubbles: true }));
      entry.focus();
    },
    clearError() {
      errorBox.hidden = true;
    },
    // A refusal with a status may be tried again, unless the page itself is out of date.
    showError({ message, status, body }, leaf) {
      const currentLeaf = body?.errors?.[0]?.data?.active_leaf; // where the chat stands by now
      const isStale = status === 409 && String(currentLeaf) !== leaf;
      errorBox.querySelector("[data-composer-error-text]").textContent = message;
      retryButton.hidden = status === undefined || isStale || [403, 404].includes(status);
      showCurrentButton.hidden = !isStale;
      errorBox.querySelector("[data-reload]").hidden = ![401, 403].includes(status);
      errorBox.hidden = false;
    },
    setBusy(busy) {
      const hadFocus = form.contains(document.activeElement) && document.activeElement !== entry;
      box.toggleAttribute("data-busy", busy);
      if (hadFocus) entry.focus({ preventScroll: true });
    },
  };
}
