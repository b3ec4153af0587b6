// Pieces of the chat as the server paints them: asked for, put in place of what stands there, without moving the reader.
import { showTools } from "./turn.js";

export async function fragment(path) {
  const answer = await fetch(path, { credentials: "same-origin", headers: { "X-Requested-With": "fetch" } });
  if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

export function pieceOf(chat, { paper, onPainted, onList }) {
  const path = chat.dataset.turnsUrl;
  let asked = 0;
  let former = null; // where the chat stood before it was branched here: told as long as it ends here

  async function get(query = {}) {
    const told = former;
    const page = await fragment(`${path}?${new URLSearchParams({ ...(told && { was: told.was }), ...query })}`);
    const list = page.querySelector("[data-turns]");
    if (told === former && list.dataset.leaf !== told?.leaf) former = null;
    onList(list.dataset);
    return list;
  }

  function put(list, focus) {
    const held = document.activeElement?.closest?.("[data-message]");
    const act = document.activeElement?.dataset?.action ?? document.activeElement?.dataset?.step;
    paper.keep(() => paper.turns.replaceWith(document.adoptNode(list)));
    chat.dataset.leaf = list.dataset.leaf;
    const say = chat.querySelector('[data-composer-form] input[name="parent"]');
    if (say) say.value = list.dataset.leaf;
    for (const turn of list.querySelectorAll("[data-message]")) showTools(turn);
    const turn = document.getElementById(focus ?? held?.id ?? "");
    const again = act && turn?.querySelector(`[data-action="${act}"]:not([hidden]), [data-step="${act}"]:not([disabled])`);
    if (turn) (again || turn).focus({ preventScroll: true });
    onPainted();
    return turn;
  }

  return {
    get,
    // The end of the chat, or the surroundings of the turn that matters where the end does not show it.
    async show({ around, focus, was } = {}) {
      if (was) former = { was, leaf: focus };
      const number = ++asked;
      const wanted = around ?? (paper.isWhole() ? null : paper.turns.querySelector("[data-message]")?.dataset.message);
      let list = await get();
      if (wanted && !list.querySelector(`#m${CSS.escape(String(wanted))}`)) list = await get({ around: wanted });
      if (number !== asked) return null;
      const turn = put(list, focus && `m${focus}`);
      if (focus && turn) turn.scrollIntoView({ block: "nearest" });
      return turn;
    },
    async toNewest() {
      put(await get());
      paper.toFoot();
    },
    // One turn alone, painted again.
    async renew(id, more = {}) {
      const list = await get({ around: id, limit: 1, ...more });
      const fresh = list.querySelector(`#m${CSS.escape(String(id))}`);
      const old = document.getElementById(`m${id}`);
      if (!fresh || !old) return null;
      const chosen = getSelection();
      if (!more.edit && !chosen.isCollapsed && old.contains(chosen.anchorNode)) return old; // somebody is marking its words
      const held = old.contains(document.activeElement);
      paper.keep(() => old.replaceWith(document.adoptNode(fresh)));
      showTools(fresh);
      if (held) fresh.focus({ preventScroll: true });
      return fresh;
    },
  };
}
