// A chat on the page: sends turns, attaches to replies, stops them. Works on what the server painted.
import { watchActs } from "./acts.js";
import { composerOf } from "./composer.js";
import { watchInspector } from "./inspector.js";
import { watchKeys } from "./keys.js";
import { watchModel } from "./model.js";
import { watchOlder } from "./older.js";
import { nameTurn, newTurn, paperOf, setState, setText, showCopy } from "./paper.js";
import { asId, freshKey, post } from "./post.js";
import { attach } from "./stream.js";

const chat = document.querySelector("[data-chat]");
const status = chat.querySelector("[data-status]");
let usual = Array.from(status.childNodes);
const paper = paperOf(chat);
const inspector = watchInspector();
const running = new Map();
let pending = null; // the request on its way or refused: repeated with the same key

const composer = composerOf(chat, { onSend: send, onStop: stop, onRetry: again });

function setStatus(words) {
  if (words) status.textContent = words;
  else status.replaceChildren(...usual);
}

function setUsual(words) {
  usual = [words];
  setStatus("");
}

function refresh() {
  composer.setBusy(running.size > 0 || (pending?.sending ?? false));
}

function follow(turn, base) {
  if (!turn.dataset.generation || running.has(turn.dataset.generation)) return;
  running.set(turn.dataset.generation, attach(turn, {
    base,
    paper,
    region: chat.querySelector("[data-said]"),
    onStatus: setStatus,
    onTrace: inspector.show,
    onEnd(ended, { leaf, leaf_id: leafId }) {
      running.delete(ended.dataset.generation);
      if (leaf ?? leafId) chat.dataset.leaf = leaf ?? leafId;
      inspector.renew();
      refresh();
    },
  }));
  refresh();
}

function send(words) {
  // The same words after a refusal keep their key: if they did arrive, they are not said twice.
  if (pending?.entry !== words) pending = { entry: words, mode: "send", key: freshKey() };
  composer.put("");
  deliver();
}

function again() {
  if (composer.entry.value.trim() && pending?.mode === "send") send(composer.entry.value);
  else if (pending) deliver();
}

async function deliver() {
  const { entry, mode, message, key } = pending;
  composer.calm();
  let turn = null;
  if (mode === "send") {
    turn = newTurn("user");
    setText(turn.querySelector("[data-text]"), entry);
    setState(turn, "sending", "");
    paper.turns.append(turn);
    paper.toFoot();
  }
  pending.sending = true;
  refresh();
  try {
    const parent = asId(chat.dataset.leaf);
    const answer = await post(`/api/conversation/${chat.dataset.conversation}/turns`,
      { ...(mode === "send" ? { entry } : { message: asId(message) }), mode, parent, idempotency_key: key });
    pending = null;
    if (turn) {
      nameTurn(turn, answer.message?.id);
      if (answer.message?.html) setText(turn.querySelector("[data-text]"), "", answer.message.html);
      setState(turn, "complete", "");
      if (answer.message?.id) chat.dataset.leaf = answer.message.id;
      composer.keep(composer.entry.value);
    }
    for (const generation of answer.generations ?? []) begin(generation, mode, message);
  } catch (refusal) {
    if (!pending) throw refusal;
    pending.sending = false;
    turn?.remove();
    if (mode === "send" && !composer.entry.value.includes(entry)) {
      composer.put([entry, composer.entry.value].filter(Boolean).join("\n"));
      composer.keep(composer.entry.value);
    }
    composer.complain(refusal, chat.dataset.leaf);
  }
  refresh();
}

// A reply starts: in a new turn, or in place of the one it continues or replaces.
function begin(generation, mode, old) {
  const id = generation.message?.id;
  let turn = document.getElementById(`m${id}`) ?? (mode === "send" ? null : document.getElementById(`m${old}`));
  const base = mode === "continue" && turn ? turn.querySelector("[data-text]").innerHTML : "";
  paper.write(() => {
    if (turn) {
      if (mode === "regenerate") setText(turn.querySelector("[data-text]"), "");
      turn.querySelector(".swipes")?.remove();
      nameTurn(turn, id);
    } else {
      turn = newTurn("bot", { ...generation.bot, id, bot_id: generation.bot?.id });
      paper.turns.append(turn);
    }
    turn.dataset.generation = generation.id;
    setState(turn, "streaming", "writing …");
  });
  if (id) chat.dataset.leaf = id;
  follow(turn, base);
}

function stop() {
  for (const { id, turn } of running.values()) {
    turn.querySelector("[data-note]").textContent = "stopping …";
    post(`/api/generations/${encodeURIComponent(id)}/stop`).catch((refusal) => composer.complain({ message: `It could not be stopped. ${refusal.message}` }));
  }
}

watchActs(paper.turns, (mode, message) => {
  if (running.size || pending?.sending) return;
  pending = { mode, message, key: freshKey() };
  deliver();
});
watchModel(chat, {
  onRefused: (refusal) => composer.complain({ message: refusal.message }),
  onChosen: setUsual,
});

addEventListener("pagehide", () => running.forEach((reply) => reply.close()));
addEventListener("pageshow", (event) => event.persisted && running.size && location.reload());
watchKeys(chat, { entry: composer.entry, isBusy: () => running.size > 0, onStop: stop });
chat.querySelectorAll("[data-message]").forEach(showCopy);
watchOlder(paper);
chat.querySelectorAll('[data-message][data-state="streaming"]').forEach((turn) => follow(turn));
refresh();
if (matchMedia("(hover: hover)").matches) composer.entry.focus({ preventScroll: true });
chat.dataset.ready = "";
