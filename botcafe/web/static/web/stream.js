// Attaches a turn on the page to its reply in the making. Event ids are attempt:offset, the offset in characters of text sent,
// so whatever comes twice after a reconnection is written once.
import { growText, setState, setText, showTools } from "./turn.js";
import { speaker } from "./say.js";

const NOTES = { stopped: "Stopped here by you.", interrupted: "Cut off. It can be continued.", failed: "The reply did not come." };

export function attach(turn, { base = "", paper, region, onStatus, onEnd }) {
  const id = turn.dataset.generation;
  const body = turn.querySelector("[data-text]");
  const thoughts = turn.querySelector("[data-reasoning]");
  const voice = speaker(region);
  const source = new EventSource(`/api/generations/${encodeURIComponent(id)}/events`);
  let attempt = null;
  let text = []; // characters, as the server counts them
  let fresh = []; // not yet on the page
  let thought = "";
  let restart = true;
  let frame = 0;
  let ended = false;
  let trouble = "";

  const parse = (event) => {
    try {
      return JSON.parse(event.data);
    } catch {
      return {};
    }
  };

  function paint() {
    frame = 0;
    if (!fresh.length && !thought && !restart) return;
    paper.write(() => {
      if (thought && thoughts) {
        turn.querySelector("[data-thinking]").hidden = false;
        thoughts.append(thought);
      }
      thought = "";
      if (restart && text.length) {
        setText(body, text.join(""), base);
        restart = false;
      } else if (!restart && fresh.length) growText(body, fresh.join(""));
      if (!restart) fresh = [];
    });
  }

  const soon = () => {
    frame ||= requestAnimationFrame(paint);
  };

  function begin(number) {
    if (number === attempt) return;
    if (attempt !== null) voice.forget();
    attempt = number;
    text = [];
    fresh = [];
    restart = true;
    thoughts?.replaceChildren();
  }

  source.addEventListener("open", () => onStatus(""));
  source.addEventListener("start", (event) => {
    begin(event.lastEventId.split(":")[0] || "1");
    base = parse(event).before_html ?? base; // what a continued reply already said
    setState(turn, "streaming", "writing …");
  });
  source.addEventListener("reasoning", (event) => {
    thought += parse(event).text ?? "";
    soon();
  });
  source.addEventListener("token", (event) => {
    const [number, offset] = event.lastEventId.split(":");
    if (number) begin(number);
    let more = [...(parse(event).text ?? "")];
    const known = text.length - (Number(offset) - more.length);
    if (offset && known > 0) more = more.slice(known);
    if (!more.length) return;
    text.push(...more);
    fresh.push(...more);
    voice.hear(more.join(""));
    soon();
  });
  source.addEventListener("end", (event) => {
    const { state = "complete", html, reasoning_html: reasoned, note, ...rest } = parse(event);
    close();
    cancelAnimationFrame(frame);
    paint();
    const words = note || trouble || NOTES[state] || "";
    paper.write(() => {
      if (typeof html === "string") {
        body.innerHTML = html; // made and cleaned by the server
        body.gap = "";
        showTools(turn);
      }
      if (reasoned && thoughts) {
        thoughts.innerHTML = reasoned; // likewise
        turn.querySelector("[data-thinking]").hidden = false;
      }
      setState(turn, state, words);
    });
    voice.finish(words);
    onEnd(turn, { state, ...rest });
  });
  source.addEventListener("error", (event) => {
    if (ended) return;
    if (typeof event.data === "string") {
      trouble = parse(event).message || NOTES.failed; // the end follows
      setState(turn, "failed", trouble);
    } else if (source.readyState === EventSource.CLOSED) {
      close();
      if (trouble) lost("failed", trouble);
      else lost("interrupted", "The line was lost. The reply is kept: load the page again to see it.");
    } else onStatus("The line is down. Trying again …");
  });

  function lost(state, note) {
    paper.write(() => {
      setState(turn, state, note);
    });
    voice.finish(note);
    onEnd(turn, { state, note });
  }

  function close() {
    ended = true;
    source.close();
    onStatus("");
  }

  return { id, turn, close };
}
