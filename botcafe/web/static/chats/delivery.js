// What is asked of the server: words sent, a reply wanted. A request that was refused is repeated with the same key.
import { gettext } from "../shell/messages.js";
import { createCareCard } from "../messages/care-card.js";
import { createIdempotencyKey, post, toId } from "../shell/http.js";
import { createTurn, setState, setText, setTurnId } from "../messages/turn.js";

export function createDelivery(chat, { transcript, composer, running, persona, onChange, onTurnStarted, onMessageSaved, showNewest }) {
  let pending = null; // the request on its way or refused

  function send(text, more = {}) {
    // The same words after a refusal keep their key: if they did arrive, they are not said twice.
    if (pending?.mode !== "send" || pending.entry !== text) pending = { mode: "send", entry: text, key: createIdempotencyKey(), ...more };
    composer.setDraft("");
    return deliver();
  }

  function requestReply(mode, more = {}) {
    if (running.size || pending?.sending) return null;
    pending = { mode, key: createIdempotencyKey(), ...more };
    return deliver();
  }

  function retry() {
    if (composer.entry.value.trim() && pending?.mode === "send") send(composer.entry.value, { files: pending.files, quoted: pending.quoted });
    else if (pending) deliver();
  }

  function body({ mode, entry, message, bot, files, quoted, key }) {
    const request = { mode, parent: toId(chat.dataset.leaf), idempotency_key: key };
    if (mode === "send") request.entry = entry;
    if (persona() !== undefined) request.persona = toId(persona());
    if (message) request.message = toId(message);
    if (bot) request.bot = toId(bot);
    if (files?.length) request.attachments = files.map((file) => file.id);
    if (quoted) request.reply_to = toId(quoted.id);
    return request;
  }

  async function deliver() {
    const request = pending;
    composer.clearError();
    request.sending = true;
    onChange();
    if (!transcript.showsNewest()) await showNewest().catch(() => {});
    const turn = request.mode === "send" ? showSentTurn(request) : null;
    try {
      const answer = await post(`/api/conversation/${chat.dataset.conversation}/turns`, body(request));
      pending = null;
      if (turn) confirmSentTurn(turn, answer.message);
      showNotices(answer.notices);
      chat.dataset.leaf = answer.leaf ?? answer.generations?.at(-1)?.message?.id ?? answer.message?.id ?? chat.dataset.leaf;
      (answer.generations ?? []).forEach((each, index) => begin(each, request, index));
      onTurnStarted(request);
      if (turn) onMessageSaved(answer.message.id);
    } catch (refusal) {
      if (pending !== request) throw refusal;
      request.sending = false;
      turn?.remove();
      restoreDraft(request);
      showNotices(refusal.body?.notices);
      composer.showError(refusal, chat.dataset.leaf);
    }
    onChange();
  }

  // The words stand on the page at once.
  function showSentTurn({ entry, files, quoted }) {
    const turn = createTurn("user");
    setText(turn.querySelector("[data-text]"), entry);
    for (const file of files ?? []) {
      const image = new Image();
      image.src = file.url;
      image.alt = file.name;
      const item = document.createElement("li");
      item.append(image);
      turn.querySelector("[data-pictures]").append(item);
    }
    if (quoted) {
      const line = turn.querySelector("[data-quoted]");
      line.querySelector("strong").textContent = quoted.name;
      line.lastElementChild.textContent = quoted.text;
      line.href = `#m${quoted.id}`;
      line.hidden = false;
    }
    setState(turn, "sending", "");
    transcript.turns.querySelector(".turn-none")?.remove();
    transcript.turns.append(turn);
    transcript.scrollToEnd();
    return turn;
  }

  function confirmSentTurn(turn, message) {
    setTurnId(turn, message?.id);
    if (message?.html) setText(turn.querySelector("[data-text]"), "", message.html);
    setState(turn, "complete", "");
    composer.saveDraft(composer.entry.value);
  }

  // They are read before the reply, so they stand above it.
  function showNotices(notices) {
    if (!notices?.length) return;
    transcript.update(() => transcript.turns.append(...notices.map(createCareCard)));
    transcript.scrollToEnd();
  }

  function restoreDraft({ mode, entry }) {
    if (mode !== "send" || !entry || composer.entry.value.includes(entry)) return;
    composer.setDraft([entry, composer.entry.value].filter(Boolean).join("\n"));
    composer.saveDraft(composer.entry.value);
  }

  // A reply starts: in a new turn, or in place of the one it continues or replaces.
  function begin(generation, { mode, message }, index) {
    const id = generation.message?.id;
    let turn = document.getElementById(`m${id}`) ?? (mode === "regenerate" ? document.getElementById(`m${message}`) : null);
    const existingHtml = mode === "continue" && turn ? turn.querySelector("[data-text]").innerHTML : "";
    transcript.update(() => {
      if (!turn) {
        turn = createTurn(mode === "impersonate" ? "user" : "bot", { ...generation.bot, id, bot_id: generation.bot?.id });
        if (generation.bot) turn.dataset.bot = generation.bot.id;
        transcript.turns.append(turn);
      } else {
        while (turn.nextElementSibling) turn.nextElementSibling.remove(); // they belong to the other branch
        if (mode === "regenerate") clearTurn(turn);
        setTurnId(turn, id);
      }
      turn.dataset.generation = generation.id;
      setState(turn, index ? "queued" : "streaming", index ? gettext("speaks next …") : gettext("writing …"));
    });
    if (!index) running.follow(turn, existingHtml);
  }

  function clearTurn(turn) {
    setText(turn.querySelector("[data-text]"), "");
    turn.querySelector("[data-reasoning]")?.replaceChildren();
    for (const rest of turn.querySelectorAll(".swipes, .history, [data-reactions] > *")) rest.remove();
    turn.querySelector("[data-cost]").textContent = "";
  }

  return {
    send,
    requestReply,
    retry,
    showNotices,
    get isSending() {
      return pending?.sending ?? false;
    },
  };
}
