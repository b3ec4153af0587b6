// The acts that change the tree of a chat: other versions, branches, edits, taking out and taking back.
import { asId, post } from "../shell/http.js";

export function treeActs(chat, { paper, piece, undo, composer, delivery, isBusy, onStatus, inspector, quote }) {
  const api = (act, data) => post(`/api/conversation/${chat.dataset.conversation}/${act}`, data);
  const parent = () => asId(chat.dataset.leaf);

  // One thing at a time; a page that is behind is told so and shown where the chat stands.
  async function act(work) {
    if (isBusy()) {
      onStatus("Wait for the reply, or stop it first.");
      return;
    }
    composer.calm();
    try {
      await work();
    } catch (refusal) {
      composer.complain(refusal, chat.dataset.leaf);
    }
  }

  const isLast = (turn) => turn === paper.turns.lastElementChild;

  async function step(turn, by) {
    const button = turn.querySelector(`[data-step="${by > 0 ? "on" : "back"}"]`);
    if (button?.value) {
      await act(async () => {
        await api("leaf", { message: asId(button.value), parent: parent() });
        await piece.show({ around: button.value, focus: button.value });
      });
    } else if (by > 0 && isLast(turn) && turn.dataset.role === "bot" && turn.dataset.generation) delivery.ask("regenerate", { message: turn.dataset.message });
  }

  async function takeOut(turn, following) {
    const beside = turn.previousElementSibling?.closest("[data-message]") ?? turn.nextElementSibling?.closest("[data-message]");
    await act(async () => {
      const { undo: mark } = await api("remove", { message: asId(turn.dataset.message), following, parent: parent() });
      turn.querySelector("summary")?.blur();
      await piece.show({ around: following ? beside?.dataset.message : undefined, focus: beside?.dataset.message });
      undo.offer(following ? "Taken out, with all after it." : "Taken out.", mark);
    });
  }

  async function edit(turn) {
    const open = await piece.renew(turn.dataset.message, { edit: turn.dataset.message }).catch(() => null);
    const field = open?.querySelector("[data-edit] textarea");
    if (!field) return;
    field.focus();
    field.setSelectionRange(field.value.length, field.value.length);
  }

  async function save(form, isAgain) {
    const turn = form.closest("[data-message]");
    const id = turn.dataset.message;
    await act(async () => {
      await api("edit", { message: asId(id), entry: form.elements.entry.value });
      if (isAgain) {
        const { leaf } = await api("leaf", { message: asId(id), exact: true, parent: parent() });
        chat.dataset.leaf = leaf;
        await piece.show({ around: id, focus: id });
        delivery.ask("continue");
      } else (await piece.renew(id))?.focus({ preventScroll: true });
    });
  }

  chat.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-edit]")) return;
    event.preventDefault();
    save(event.target, event.submitter?.name === "again");
  });
  const leave = (node) => piece.renew(node.closest("[data-message]").dataset.message).then((turn) => turn?.focus({ preventScroll: true }));
  chat.addEventListener("click", (event) => {
    if (!event.target.closest("[data-cancel]")) return;
    event.preventDefault();
    leave(event.target);
  });
  chat.addEventListener("keydown", (event) => {
    const form = event.target.closest?.("[data-edit]");
    if (!form || event.isComposing) return;
    if (event.key === "Escape") leave(form);
    else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.requestSubmit(form.querySelector('[type="submit"]'));
    else return;
    event.preventDefault();
    event.stopPropagation();
  });

  return {
    step,
    edit,
    reply: (turn) => quote.take(turn),
    regenerate: (turn) => delivery.ask("regenerate", { message: turn.dataset.message }),
    continue: (turn) => isLast(turn) && delivery.ask("continue"),
    inspect: (turn) => inspector.look(turn.dataset.generation),
    remove: (turn) => takeOut(turn, false),
    "remove-after": (turn) => takeOut(turn, true),
    branch: (turn) => act(async () => {
      const was = chat.dataset.leaf;
      await api("leaf", { message: asId(turn.dataset.message), exact: true, parent: parent() });
      await piece.show({ around: turn.dataset.message, focus: turn.dataset.message, was });
      paper.toFoot();
      onStatus("You go on from here. What came after is kept as another version.");
      composer.entry.focus({ preventScroll: true });
    }),
    back: (turn, leaf) => act(async () => {
      await api("leaf", { message: asId(leaf), parent: parent() });
      await piece.show({ around: turn.dataset.message, focus: turn.dataset.message });
    }),
    fork: (turn) => act(async () => location.assign((await api("fork", { message: asId(turn.dataset.message) })).url)),
    react: (turn, emoji) => act(async () => {
      await api("react", { message: asId(turn.dataset.message), emoji });
      await piece.renew(turn.dataset.message);
    }),
    clear: () => act(async () => {
      const { undo: mark } = await api("clear", {});
      await piece.toNewest();
      undo.offer("The chat is empty now.", mark);
    }),
    takeBack: (mark) => act(async () => {
      await api("undo", { undo: mark });
      await piece.show();
    }),
  };
}
