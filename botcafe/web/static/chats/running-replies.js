// The replies that are being written: followed one after another, picked up again when the page was painted anew.
import { post } from "../shell/http.js";
import { attach } from "./reply-stream.js";
import { setState } from "./turn.js";

const WAITING = '[data-message][data-state="queued"]';

export function runningOf(chat, { paper, onStatus, onRefused, onChange, onEnd, onMissing }) {
  const kept = new Map();

  function follow(turn, base) {
    const id = turn?.dataset.generation;
    if (!id || kept.has(id)) return;
    kept.set(id, attach(turn, {
      base,
      paper,
      region: chat.querySelector("[data-announcements]"),
      onStatus,
      onEnd(ended, result) {
        kept.delete(id);
        if (result.leaf ?? result.leaf_id) chat.dataset.leaf = result.leaf ?? result.leaf_id;
        showCost(ended, result);
        onEnd(ended, result);
        next(result);
        onChange();
      },
    }));
    onChange();
  }

  function showCost(turn, { cost_usd: cost }) {
    if (cost) turn.querySelector("[data-cost]").textContent = `$${cost < 0.01 ? cost.toPrecision(2) : cost.toFixed(2)}`;
  }

  // Whoever speaks next in this turn; a reply that the page does not know yet (auto mode) is fetched.
  function next({ state, next: more }) {
    const ids = (more ?? []).map(String);
    const turn = ids.length ? paper.turns.querySelector(`[data-generation="${CSS.escape(ids[0])}"]`) : paper.turns.querySelector(WAITING);
    if (turn && (ids.length || state === "complete")) {
      paper.write(() => setState(turn, "streaming", "writing …"));
      follow(turn);
    } else if (turn || ids.length) onMissing();
  }

  return {
    follow,
    get size() {
      return kept.size;
    },
    has: (id) => kept.has(String(id)),
    // What the server painted as being written: the first is followed, the others wait for it.
    pickUp() {
      const turns = paper.turns.querySelectorAll('[data-message][data-state="streaming"]');
      if (turns.length) turns.forEach((turn) => follow(turn));
      else follow(paper.turns.querySelector(WAITING));
    },
    drop() {
      for (const reply of kept.values()) reply.close();
      kept.clear();
    },
    stop() {
      for (const { id, turn } of kept.values()) {
        turn.querySelector("[data-note]").textContent = "stopping …";
        post(`/api/generations/${encodeURIComponent(id)}/stop`).catch(onRefused);
      }
    },
  };
}
