// What is asked of the server: words sent, a reply wanted. A request that was refused is repeated with the same key.
import { asId, freshKey, post } from "../shell/http.js";
import { nameTurn, newTurn, setState, setText } from "./turn.js";

export function deliveryOf(chat, { paper, composer, running, persona, onChange, onBegun, onArrived, toNewest }) {
  let pending = null; // the request on its way or refused

  function send(words, more = {}) {
    // The same words after a refusal keep their key: if they did arrive, they are not said twice.
    if (pending?.mode !== "send" || pending.entry !== words) pending = { mode: "send", entry: words, key: freshKey(), ...more };
    composer.put("");
    return deliver();
  }

  function ask(mode, more = {}) {
    if (running.size || pending?.sending) return null;
    pending = { mode, key: freshKey(), ...more };
    return deliver();
  }

  function again() {
    if (composer.entry.value.trim() && pending?.mode === "send") send(composer.entry.value, { files: pending.files, quoted: pending.quoted });
    else if (pending) deliver();
  }

  function body({ mode, entry, message, bot, files, quoted, key }) {
    const asked = { mode, parent: asId(chat.dataset.leaf), idempotency_key: key };
    if (mode === "send") asked.entry = entry;
    if (persona() !== undefined) asked.persona = asId(persona());
    if (message) asked.message = asId(message);
    if (bot) asked.bot = asId(bot);
    if (files?.length) asked.attachments = files.map((file) => file.id);
    if (quoted) asked.reply_to = asId(quoted.id);
    return asked;
  }

  async function deliver() {
    const asked = pending;
    composer.calm();
    asked.sending = true;
    onChange();
    if (!paper.isWhole()) await toNewest().catch(() => {});
    const turn = asked.mode === "send" ? spoken(asked) : null;
    try {
      const answer = await post(`/api/conversation/${chat.dataset.conversation}/turns`, body(asked));
      pending = null;
      if (turn) arrived(turn, answer.message);
      chat.dataset.leaf = answer.leaf ?? answer.generations?.at(-1)?.message?.id ?? answer.message?.id ?? chat.dataset.leaf;
      (answer.generations ?? []).forEach((each, index) => begin(each, asked, index));
      onBegun(asked);
      if (turn) onArrived(answer.message.id);
    } catch (refusal) {
      if (pending !== asked) throw refusal;
      asked.sending = false;
      turn?.remove();
      giveBack(asked);
      composer.complain(refusal, chat.dataset.leaf);
    }
    onChange();
  }

  // The words stand on the page at once.
  function spoken({ entry, files, quoted }) {
    const turn = newTurn("user");
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
    paper.turns.querySelector(".turn-none")?.remove();
    paper.turns.append(turn);
    paper.toFoot();
    return turn;
  }

  function arrived(turn, message) {
    nameTurn(turn, message?.id);
    if (message?.html) setText(turn.querySelector("[data-text]"), "", message.html);
    setState(turn, "complete", "");
    composer.keep(composer.entry.value);
  }

  function giveBack({ mode, entry }) {
    if (mode !== "send" || !entry || composer.entry.value.includes(entry)) return;
    composer.put([entry, composer.entry.value].filter(Boolean).join("\n"));
    composer.keep(composer.entry.value);
  }

  // A reply starts: in a new turn, or in place of the one it continues or replaces.
  function begin(generation, { mode, message }, index) {
    const id = generation.message?.id;
    let turn = document.getElementById(`m${id}`) ?? (mode === "regenerate" ? document.getElementById(`m${message}`) : null);
    const base = mode === "continue" && turn ? turn.querySelector("[data-text]").innerHTML : "";
    paper.write(() => {
      if (!turn) {
        turn = newTurn(mode === "impersonate" ? "user" : "bot", { ...generation.bot, id, bot_id: generation.bot?.id });
        if (generation.bot) turn.dataset.bot = generation.bot.id;
        paper.turns.append(turn);
      } else {
        while (turn.nextElementSibling) turn.nextElementSibling.remove(); // they belong to the other branch
        if (mode === "regenerate") clear(turn);
        nameTurn(turn, id);
      }
      turn.dataset.generation = generation.id;
      setState(turn, index ? "queued" : "streaming", index ? "speaks next …" : "writing …");
    });
    if (!index) running.follow(turn, base);
  }

  function clear(turn) {
    setText(turn.querySelector("[data-text]"), "");
    turn.querySelector("[data-reasoning]")?.replaceChildren();
    for (const rest of turn.querySelectorAll(".swipes, .history, [data-reactions] > *")) rest.remove();
    turn.querySelector("[data-cost]").textContent = "";
  }

  return {
    send,
    ask,
    again,
    get isSending() {
      return pending?.sending ?? false;
    },
  };
}
