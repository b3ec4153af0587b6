// The acts that change the tree of a chat: other versions, branches, edits, taking out and taking back.
import { gettext } from "../shell/messages.js";
import { post, toId } from "../shell/http.js";

export function createBranchActions(chat, { transcript, transcriptWindow, undo, composer, delivery, isBusy, onStatus, inspector, quote }) {
  const api = (name, data) => post(`/api/conversation/${chat.dataset.conversation}/${name}`, data);
  const parent = () => toId(chat.dataset.leaf);

  // One thing at a time; a page that is behind is told so and shown where the chat stands.
  async function runExclusively(action) {
    if (isBusy()) {
      onStatus(gettext("Wait for the reply, or stop it first."));
      return;
    }
    composer.clearError();
    try {
      await action();
    } catch (refusal) {
      composer.showError(refusal, chat.dataset.leaf);
    }
  }

  const isLast = (turn) => turn === transcript.turns.lastElementChild;

  async function step(turn, by) {
    const button = turn.querySelector(`[data-step="${by > 0 ? "on" : "back"}"]`);
    if (button?.value) {
      await runExclusively(async () => {
        await api("leaf", { message: toId(button.value), parent: parent() });
        await transcriptWindow.show({ around: button.value, focus: button.value });
      });
    } else if (by > 0 && isLast(turn) && turn.dataset.role === "bot" && turn.dataset.generation) delivery.requestReply("regenerate", { message: turn.dataset.message });
  }

  async function removeTurn(turn, following) {
    const neighbour = turn.previousElementSibling?.closest("[data-message]") ?? turn.nextElementSibling?.closest("[data-message]");
    await runExclusively(async () => {
      const { undo: undoMark } = await api("remove", { message: toId(turn.dataset.message), following, parent: parent() });
      turn.querySelector("summary")?.blur();
      await transcriptWindow.show({ around: following ? neighbour?.dataset.message : undefined, focus: neighbour?.dataset.message });
      undo.offer(following ? gettext("Messages removed.") : gettext("Message removed."), undoMark);
    });
  }

  async function edit(turn) {
    const editableTurn = await transcriptWindow.renew(turn.dataset.message, { edit: turn.dataset.message }).catch(() => null);
    const field = editableTurn?.querySelector("[data-edit] textarea");
    if (!field) return;
    field.focus();
    field.setSelectionRange(field.value.length, field.value.length);
  }

  async function save(form, mustAnswer) {
    const turn = form.closest("[data-message]");
    const id = turn.dataset.message;
    await runExclusively(async () => {
      await api("edit", { message: toId(id), entry: form.elements.entry.value });
      if (mustAnswer) {
        const { leaf } = await api("leaf", { message: toId(id), exact: true, parent: parent() });
        chat.dataset.leaf = leaf;
        await transcriptWindow.show({ around: id, focus: id });
        delivery.requestReply("continue");
      } else (await transcriptWindow.renew(id))?.focus({ preventScroll: true });
    });
  }

  chat.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-edit]")) return;
    event.preventDefault();
    save(event.target, event.submitter?.name === "again");
  });
  const closeEditor = (node) => transcriptWindow.renew(node.closest("[data-message]").dataset.message).then((turn) => turn?.focus({ preventScroll: true }));
  chat.addEventListener("click", (event) => {
    if (!event.target.closest("[data-cancel]")) return;
    event.preventDefault();
    closeEditor(event.target);
  });
  chat.addEventListener("keydown", (event) => {
    const form = event.target.closest?.("[data-edit]");
    if (!form || event.isComposing) return;
    if (event.key === "Escape") closeEditor(form);
    else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit(form.querySelector('[type="submit"]'));
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  return {
    step,
    edit,
    reply: (turn) => quote.quoteTurn(turn),
    regenerate: (turn) => delivery.requestReply("regenerate", { message: turn.dataset.message }),
    continue: (turn) => isLast(turn) && delivery.requestReply("continue"),
    inspect: (turn) => inspector.showGeneration(turn.dataset.generation),
    remove: (turn) => removeTurn(turn, false),
    "remove-after": (turn) => removeTurn(turn, true),
    branch: (turn) => runExclusively(async () => {
      const was = chat.dataset.leaf;
      await api("leaf", { message: toId(turn.dataset.message), exact: true, parent: parent() });
      await transcriptWindow.show({ around: turn.dataset.message, focus: turn.dataset.message, was });
      transcript.scrollToEnd();
      onStatus(gettext("You go on from here. What came after is kept as another version."));
      composer.entry.focus({ preventScroll: true });
    }),
    back: (turn, leaf) => runExclusively(async () => {
      await api("leaf", { message: toId(leaf), parent: parent() });
      await transcriptWindow.show({ around: turn.dataset.message, focus: turn.dataset.message });
    }),
    fork: (turn) => runExclusively(async () => location.assign((await api("fork", { message: toId(turn.dataset.message) })).url)),
    react: (turn, emoji) => runExclusively(async () => {
      await api("react", { message: toId(turn.dataset.message), emoji });
      await transcriptWindow.renew(turn.dataset.message);
    }),
    clear: () => runExclusively(async () => {
      const { undo: undoMark } = await api("clear", {});
      await transcriptWindow.showNewest();
      undo.offer(gettext("The chat is empty now."), undoMark);
    }),
    undoRemoval: (undoMark) => runExclusively(async () => {
      await api("undo", { undo: undoMark });
      await transcriptWindow.show();
    }),
  };
}
