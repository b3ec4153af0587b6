// A chat on the page: its parts put together. Works on what the server painted.
import { fill, gettext } from "../shell/messages.js";
import { createReplyQuote, watchMessageActions } from "../messages/message-actions.js";
import { createComposer } from "./composer.js";
import { createDelivery } from "./delivery.js";
import { watchDrawer } from "./drawer.js";
import { showModel, watchModelPicker } from "./model-picker.js";
import { watchInspector } from "./inspector.js";
import { watchAccountEvents } from "./account-events.js";
import { createAutoForm } from "../messages/auto-mode.js";
import { createTranscript } from "../messages/transcript.js";
import { createTranscriptWindow } from "../messages/transcript-window.js";
import { post } from "../shell/http.js";
import { createRunningReplies } from "../messages/running-replies.js";
import { watchShortcuts } from "./shortcuts.js";
import { nextSpeaker, watchSpeakers } from "./speakers.js";
import { createStatusLine } from "./status-line.js";
import { watchChatList } from "./chat-list.js";
import { watchTouch } from "../messages/touch.js";
import { watchSlash } from "../saved_prompts/slash.js";
import { createAttachments } from "./attachments.js";
import { createBranchActions } from "../messages/branch-actions.js";
import { showTools } from "../messages/turn.js";
import { createUndoBar } from "../messages/undo-bar.js";
import { watchInfiniteScroll } from "../messages/infinite-scroll.js";
import { watchPresence } from "../wellbeing/presence.js";

const chat = document.querySelector("[data-chat]");
const id = chat.dataset.conversation;
const status = createStatusLine(chat);
const isCopy = document.body.dataset.offline !== undefined; // kept from before, the line is down
let isBehind = false; // the chat went on elsewhere while this page was busy

const transcript = createTranscript(chat);
const followAuto = createAutoForm(chat, { onStopped: (message) => showError({ message }) });
const composer = createComposer(chat, { onSend: sendMessage, onStop: () => running.stop(), onRetry: () => delivery.retry(), onShowCurrent: showCurrent, hasMore: () => !attachments.isEmpty });
const quote = createReplyQuote(chat, composer.entry);
const attachments = createAttachments(chat, composer, () => refresh());
const inspector = watchInspector(chat, { entry: composer.entry, quoted: quote.currentId, persona: () => drawer.persona(), showSection: (section) => drawer.showSection(section) });
const transcriptWindow = createTranscriptWindow(chat, { transcript, onRendered: windowRendered, onListChanged: autoChanged });
const running = createRunningReplies(chat, {
  transcript,
  onStatus: status.set,
  onRefused: (refusal) => composer.showError({ message: fill(gettext("It could not be stopped. %(reason)s"), { reason: refusal.message }) }),
  onChange: refresh,
  onMissing: () => transcriptWindow.show().catch(() => {}),
  onEnd: replyEnded,
});
const delivery = createDelivery(chat, { transcript, composer, running, persona: () => drawer.persona(), onChange: refresh, onTurnStarted: turnStarted, showNewest: () => transcriptWindow.showNewest(), onMessageSaved: (message) => transcriptWindow.renew(message).catch(() => {}) });
const undo = createUndoBar(chat, (mark) => actions.undoRemoval(mark));
const isBusy = () => running.size > 0 || delivery.isSending;
const actions = createBranchActions(chat, { transcript, transcriptWindow, undo, composer, delivery, isBusy, onStatus: status.showBriefly, inspector, quote });
const menu = watchMessageActions(chat, actions);
const observeEnds = watchInfiniteScroll(chat, { transcript, isBusy, onNewest: () => transcriptWindow.showNewest(), onRendered: () => running.resume() });
const chatList = watchChatList(document.querySelector("[data-pane]"), { current: id, onRefused: showError, onChanged: titleChanged });
const drawer = watchDrawer(chat, {
  onRefused: showError,
  onParticipantsChanged: () => location.reload(), // who may be asked to speak stands in many places
  onModelChosen: modelChosen,
  onAuto: (on) => (on ? delivery.requestReply("continue", { bot: nextSpeaker(chat) }) : running.stop()),
});
const picker = watchModelPicker({ onChosen: (form, model) => drawer.chooseModel(form, model) });

function autoChanged({ auto }) {
  const isOn = Number(auto) > 0;
  followAuto(isOn);
  drawer.showAuto({ on: isOn, turns: auto });
}

function showError({ message }) {
  composer.showError({ message });
}

function refresh() {
  composer.setBusy(isBusy() || attachments.isLoading);
  if (isBehind && !isBusy()) showCurrent();
}

function sendMessage(text) {
  if (attachments.isLoading) status.showBriefly(gettext("The picture is still on its way."));
  else delivery.send(text, { files: attachments.takeFiles(), quoted: quote.takeQuote() });
}

function turnStarted() {
  inspector.setPending(null);
  const branchedTurn = transcript.turns.querySelector(".branch-note")?.closest("[data-message]"); // its branches are one more now
  if (branchedTurn) transcriptWindow.renew(branchedTurn.dataset.message).catch(() => {});
}

function replyEnded(turn, { state }) {
  inspector.setPending(turn.dataset.generation);
  transcriptWindow.renew(turn.dataset.message).then(showModelCard).catch(() => {}); // its versions, its time, what it cost
  if (state === "stopped" && transcript.turns.querySelector('[data-state="queued"]')) transcriptWindow.show().catch(() => {});
  markRead();
}

// After a few replies out of a written scene, the ways to go on; the count is that of the server.
function showModelCard() {
  const card = chat.querySelector("[data-model-card]");
  if (card) transcript.update(() => (card.hidden = transcript.turns.querySelectorAll("[data-scripted]").length < Number(card.dataset.from)));
}

function markRead() {
  if (!document.hidden && !isCopy) post(`/api/conversation/${id}/read`).catch(() => {});
}

function windowRendered() {
  running.closeAll();
  running.resume();
  observeEnds?.();
  showModelCard();
  refresh();
}

async function showCurrent() {
  isBehind = false;
  try {
    await transcriptWindow.show();
    composer.clearError();
  } catch {
    location.reload();
  }
}

// Another window or device may have gone on with this chat.
function accountStateChanged(conversations) {
  chatList.applyAccountState(conversations);
  const here = conversations.find((each) => String(each.id) === id);
  if (!here) return;
  const isElsewhere = String(here.leaf ?? "") !== chat.dataset.leaf || (here.writing ?? []).some((each) => !running.has(each.generation));
  if (!isElsewhere) isBehind = false;
  else if (isBusy()) isBehind = running.size === 0;
  else if (transcript.showsNewest() && !chat.querySelector("[data-edit]")) showCurrent();
  else transcript.showJumpButton();
  if (here.is_unread) markRead();
}

function titleChanged(form) {
  if (form.getAttribute("action") !== chat.dataset.settingsUrl) return;
  const title = form.elements.title?.value.trim();
  if (title) chat.querySelector("[data-chat-title]").textContent = title;
  else if (form.elements.status) location.reload();
}

function regenerateNewest() {
  const newest = Array.from(transcript.turns.querySelectorAll('[data-message][data-role="bot"]')).at(-1);
  if (newest?.dataset.generation && newest === transcript.turns.lastElementChild) actions.regenerate(newest);
  else status.showBriefly(gettext("There is no reply at the end of this chat to regenerate."));
}

function modelChosen(form, model) {
  showModel(form, model);
  if (form.elements.bot) return;
  status.setDefault(gettext("The next reply uses this model."));
  if (model.value.includes(":")) chat.querySelector("[data-model-card]")?.remove();
}

watchSlash(chat, {
  composer,
  onSend: (text) => isBusy() || sendMessage(text),
  commands: {
    continue: () => isBusy() || delivery.requestReply("continue"),
    impersonate: () => isBusy() || delivery.requestReply("impersonate"),
    regenerate: regenerateNewest,
    persona: () => drawer.openPersonas(),
    model: () => picker.open(),
    note: () => drawer.openSection("note", "#note_text"),
    help: () => chat.querySelector("[data-help-open]").click(),
  },
});
watchSpeakers(chat, { composer, delivery, attachments, quote, isBusy });
chat.querySelector("[data-clear]").addEventListener("submit", (event) => {
  event.preventDefault();
  chat.querySelector("[data-chat-menu]").open = false;
  actions.clear();
});

addEventListener("pagehide", () => running.closeAll());
addEventListener("pageshow", (event) => event.persisted && location.reload());
document.addEventListener("visibilitychange", markRead);
watchShortcuts(chat, { entry: composer.entry, isBusy, onStop: () => running.stop(), actions, menu, onUndo: () => undo.trigger() });
watchTouch(chat, { step: actions.step, open: menu.open });
transcript.turns.querySelectorAll("[data-message]").forEach(showTools);
running.resume();
refresh();
if (!isCopy) watchAccountEvents(accountStateChanged);
if (!isCopy) watchPresence(chat.dataset.seenUrl);
markRead();
if (matchMedia("(hover: hover)").matches && !location.hash.startsWith("#m")) composer.entry.focus({ preventScroll: true });
chat.dataset.ready = "";
