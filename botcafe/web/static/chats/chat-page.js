// A chat on the page: its parts put together. Works on what the server painted.
import { quoting, watchActs } from "./message-actions.js";
import { composerOf } from "./composer.js";
import { deliveryOf } from "./delivery.js";
import { watchDrawer } from "./drawer.js";
import { watchInspector } from "./inspector.js";
import { listen } from "./account-events.js";
import { paperOf } from "./transcript.js";
import { pieceOf } from "./transcript-window.js";
import { post } from "../shell/http.js";
import { runningOf } from "./running-replies.js";
import { watchKeys } from "./shortcuts.js";
import { nextSpeaker, watchSpeakers } from "./speakers.js";
import { statusOf } from "./status-line.js";
import { watchTalks } from "./chat-list.js";
import { watchTouch } from "./touch.js";
import { trayOf } from "./attachments.js";
import { treeActs } from "./branch-actions.js";
import { showTools } from "./turn.js";
import { undoBar } from "./undo-bar.js";
import { watchWindow } from "./infinite-scroll.js";

const chat = document.querySelector("[data-chat]");
const id = chat.dataset.conversation;
const status = statusOf(chat);
const isCopy = document.body.dataset.offline !== undefined; // kept from before, the line is down
let isBehind = false; // the chat went on elsewhere while this page was busy

const paper = paperOf(chat);
const composer = composerOf(chat, { onSend: say, onStop: () => running.stop(), onRetry: () => delivery.again(), onCatchUp: catchUp, hasMore: () => !tray.isEmpty });
const quote = quoting(chat, composer.entry);
const tray = trayOf(chat, composer, () => refresh());
const inspector = watchInspector(chat, { entry: composer.entry, quoted: quote.now, persona: () => drawer.persona() });
const piece = pieceOf(chat, { paper, onPainted: painted, onList: ({ auto }) => drawer.showAuto({ on: Number(auto) > 0, turns: auto }) });
const running = runningOf(chat, {
  paper,
  onStatus: status.set,
  onRefused: (refusal) => composer.complain({ message: `It could not be stopped. ${refusal.message}` }),
  onChange: refresh,
  onMissing: () => piece.show().catch(() => {}),
  onEnd: ended,
});
const delivery = deliveryOf(chat, { paper, composer, running, persona: () => drawer.persona(), onChange: refresh, onBegun: begun, toNewest: () => piece.toNewest(), onArrived: (message) => piece.renew(message).catch(() => {}) });
const undo = undoBar(chat, (mark) => acts.takeBack(mark));
const isBusy = () => running.size > 0 || delivery.isSending;
const acts = treeActs(chat, { paper, piece, undo, composer, delivery, isBusy, onStatus: status.tell, inspector, quote });
const menu = watchActs(chat, acts);
const watchEnds = watchWindow(chat, { paper, isBusy, onNewest: () => piece.toNewest(), onPainted: () => running.pickUp() });
const talks = watchTalks(document.querySelector("[data-pane]"), { current: id, onRefused: complain, onChanged: named });
const drawer = watchDrawer(chat, {
  onRefused: complain,
  onCast: () => location.reload(), // who may be asked to speak stands in many places
  onModel: chosen,
  onAuto: (on) => (on ? delivery.ask("continue", { bot: nextSpeaker(chat) }) : running.stop()),
});

function complain({ message }) {
  composer.complain({ message });
}

function refresh() {
  composer.setBusy(isBusy() || tray.isLoading);
  if (isBehind && !isBusy()) catchUp();
}

function say(words) {
  if (tray.isLoading) status.tell("The picture is still on its way.");
  else delivery.send(words, { files: tray.give(), quoted: quote.give() });
}

function begun() {
  inspector.renew(null);
  const parted = paper.turns.querySelector(".branch-note")?.closest("[data-message]"); // its branches are one more now
  if (parted) piece.renew(parted.dataset.message).catch(() => {});
}

function ended(turn, { state }) {
  inspector.renew(turn.dataset.generation);
  piece.renew(turn.dataset.message).catch(() => {}); // its versions, its time, what it cost
  if (state === "stopped" && paper.turns.querySelector('[data-state="queued"]')) piece.show().catch(() => {});
  markRead();
}

function markRead() {
  if (!document.hidden && !isCopy) post(`/api/conversation/${id}/read`).catch(() => {});
}

function painted() {
  running.drop();
  running.pickUp();
  watchEnds?.();
  refresh();
}

async function catchUp() {
  isBehind = false;
  try {
    await piece.show();
    composer.calm();
  } catch {
    location.reload();
  }
}

// Another window or device may have gone on with this chat.
function news(conversations) {
  talks.news(conversations);
  const here = conversations.find((each) => String(each.id) === id);
  if (!here) return;
  const isElsewhere = String(here.leaf ?? "") !== chat.dataset.leaf || (here.writing ?? []).some((each) => !running.has(each.generation));
  if (!isElsewhere) isBehind = false;
  else if (isBusy()) isBehind = running.size === 0;
  else if (paper.isWhole() && !chat.querySelector("[data-edit]")) catchUp();
  else paper.hint();
  if (here.is_unread) markRead();
}

function named(form) {
  if (form.getAttribute("action") !== chat.dataset.settingsUrl) return;
  const title = form.elements.title?.value.trim();
  if (title) chat.querySelector("[data-chat-title]").textContent = title;
  else if (form.elements.status) location.reload();
}

function chosen(select) {
  status.usual("The next reply uses this model.");
  for (const other of document.querySelectorAll("#model, #drawer-model")) other.value = select.value;
}

watchSpeakers(chat, { composer, delivery, tray, quote, isBusy });
chat.querySelector("[data-clear]").addEventListener("submit", (event) => {
  event.preventDefault();
  chat.querySelector("[data-chat-menu]").open = false;
  acts.clear();
});

addEventListener("pagehide", () => running.drop());
addEventListener("pageshow", (event) => event.persisted && location.reload());
document.addEventListener("visibilitychange", markRead);
watchKeys(chat, { entry: composer.entry, isBusy, onStop: () => running.stop(), acts, menu, onUndo: () => undo.take() });
watchTouch(chat, { step: acts.step, open: menu.open });
paper.turns.querySelectorAll("[data-message]").forEach(showTools);
running.pickUp();
refresh();
if (!isCopy) listen(news);
markRead();
if (matchMedia("(hover: hover)").matches && !location.hash.startsWith("#m")) composer.entry.focus({ preventScroll: true });
chat.dataset.ready = "";
