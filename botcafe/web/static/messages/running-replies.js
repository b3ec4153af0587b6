// The replies that are being written: followed one after another, picked up again when the page was painted anew.
import { gettext } from "../shell/messages.js";
import { post } from "../shell/http.js";
import { attachToStream } from "./reply-stream.js";
import { setState } from "./turn.js";

const QUEUED = '[data-message][data-state="queued"]';

export function createRunningReplies(chat, { transcript, onStatus, onRefused, onChange, onEnd, onMissing }) {
  const streams = new Map();

  function follow(turn, existingHtml) {
    const id = turn?.dataset.generation;
    if (!id || streams.has(id)) return;
    streams.set(id, attachToStream(turn, {
      existingHtml,
      transcript,
      region: chat.querySelector("[data-announcements]"),
      onStatus,
      onEnd(turn, result) {
        streams.delete(id);
        if (result.leaf ?? result.leaf_id) chat.dataset.leaf = result.leaf ?? result.leaf_id;
        showCost(turn, result);
        onEnd(turn, result);
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
  function next({ state, next: nextIds }) {
    const ids = (nextIds ?? []).map(String);
    const turn = ids.length ? transcript.turns.querySelector(`[data-generation="${CSS.escape(ids[0])}"]`) : transcript.turns.querySelector(QUEUED);
    if (turn && (ids.length || state === "complete")) {
      transcript.update(() => setState(turn, "streaming", gettext("writing …")));
      follow(turn);
    } else if (turn || ids.length) onMissing();
  }

  return {
    follow,
    get size() {
      return streams.size;
    },
    has: (id) => streams.has(String(id)),
    // What the server painted as being written: the first is followed, the others wait for it.
    resume() {
      const turns = transcript.turns.querySelectorAll('[data-message][data-state="streaming"]');
      if (turns.length) turns.forEach((turn) => follow(turn));
      else follow(transcript.turns.querySelector(QUEUED));
    },
    closeAll() {
      for (const reply of streams.values()) reply.close();
      streams.clear();
    },
    stop() {
      for (const { id, turn } of streams.values()) {
        turn.querySelector("[data-note]").textContent = gettext("stopping …");
        post(`/api/generations/${encodeURIComponent(id)}/stop`).catch(onRefused);
      }
    },
  };
}
