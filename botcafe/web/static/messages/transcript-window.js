// Pieces of the chat as the server paints them: asked for, put in place of what stands there, without moving the reader.
import { fetchFragment } from "../shell/http.js";
import { showTools } from "./turn.js";

export function createTranscriptWindow(chat, { transcript, onRendered, onListChanged }) {
  const path = chat.dataset.turnsUrl;
  let requestNumber = 0;
  let branchedFrom = null; // where the chat stood before it was branched here: told as long as it ends here

  async function fetchList(query = {}) {
    const branched = branchedFrom;
    const page = await fetchFragment(`${path}?${new URLSearchParams({ ...(branched && { was: branched.was }), ...query })}`);
    const list = page.querySelector("[data-turns]");
    if (branched === branchedFrom && list.dataset.leaf !== branched?.leaf) branchedFrom = null;
    onListChanged(list.dataset);
    return list;
  }

  function replaceList(list, focus) {
    const focusedTurn = document.activeElement?.closest?.("[data-message]");
    const focusedAction = document.activeElement?.dataset?.action ?? document.activeElement?.dataset?.step;
    transcript.keepPosition(() => transcript.turns.replaceWith(document.adoptNode(list)));
    chat.dataset.leaf = list.dataset.leaf;
    const parentField = chat.querySelector('[data-composer-form] input[name="parent"]');
    if (parentField) parentField.value = list.dataset.leaf;
    for (const turn of list.querySelectorAll("[data-message]")) showTools(turn);
    const turn = document.getElementById(focus ?? focusedTurn?.id ?? "");
    const sameButton = focusedAction && turn?.querySelector(`[data-action="${focusedAction}"]:not([hidden]), [data-step="${focusedAction}"]:not([disabled])`);
    if (turn) (sameButton || turn).focus({ preventScroll: true });
    onRendered();
    return turn;
  }

  return {
    // The end of the chat, or the surroundings of the turn that matters where the end does not show it.
    async show({ around, focus, was } = {}) {
      if (was) branchedFrom = { was, leaf: focus };
      const number = ++requestNumber;
      const wanted = around ?? (transcript.showsNewest() ? null : transcript.turns.querySelector("[data-message]")?.dataset.message);
      let list = await fetchList();
      if (wanted && !list.querySelector(`#m${CSS.escape(String(wanted))}`)) list = await fetchList({ around: wanted });
      if (number !== requestNumber) return null;
      const turn = replaceList(list, focus && `m${focus}`);
      if (focus && turn) turn.scrollIntoView({ block: "nearest" });
      return turn;
    },
    async showNewest() {
      replaceList(await fetchList());
      transcript.scrollToEnd();
    },
    // One turn alone, painted again.
    async renew(id, more = {}) {
      const list = await fetchList({ around: id, limit: 1, ...more });
      const fresh = list.querySelector(`#m${CSS.escape(String(id))}`);
      const old = document.getElementById(`m${id}`);
      if (!fresh || !old) return null;
      const selection = getSelection();
      if (!more.edit && !selection.isCollapsed && old.contains(selection.anchorNode)) return old; // somebody is marking its words
      const focusedTurn = old.contains(document.activeElement);
      transcript.keepPosition(() => old.replaceWith(document.adoptNode(fresh)));
      showTools(fresh);
      if (focusedTurn) fresh.focus({ preventScroll: true });
      return fresh;
    },
  };
}
