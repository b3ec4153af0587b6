// Attaches a turn on the page to its reply in the making. Event ids are attempt:offset, the offset in characters of text sent,
// so whatever comes twice after a reconnection is written once.
import { growText, setState, setText, showTools } from "./turn.js";
import { speaker } from "./announcer.js";

const NOTES = { stopped: "Stopped here by you.", interrupted: "Cut off. It can be continued.", failed: "The reply did not come." };
const AGAIN = [1000, 2000, 4000, 8000, 15000, 30000]; // a server that is started anew refuses first

export function attach(turn, { base = "", paper, region, onStatus, onEnd }) {
  const id = turn.dataset.generation;
  const body = turn.querySelector("[data-text]");
  const thoughts = turn.querySelector("[data-reasoning]");
  const voice = speaker(region);
  let source = null;
  let tries = 0;
  let timer = 0;
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

  // The browser opens a broken line again by itself, but not one that was refused: then all is told from the start.
  function connect() {
    source = new EventSource(`/api/generations/${encodeURIComponent(id)}/events`);
    for (const [kind, hear] of Object.entries({ open, start, reasoning, token, end, error })) source.addEventListener(kind, hear);
  }

  function open() {
    tries = 0;
    onStatus("");
  }

  function start(event) {
    begin(event.lastEventId.split(":")[0] || "1");
    base = parse(event).before_html ?? base; // what a continued reply already said
    setState(turn, "streaming", "writing …");
  }

  function reasoning(event) {
    thought += parse(event).text ?? "";
    soon();
  }

  function token(event) {
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
  }

  function end(event) {
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
  }

  function error(event) {
    if (ended) return;
    if (typeof event.data === "string") {
      trouble = parse(event).message || NOTES.failed; // the end follows
      setState(turn, "failed", trouble);
    } else if (source.readyState === EventSource.CLOSED && (trouble || tries >= AGAIN.length)) {
      close();
      if (trouble) lost("failed", trouble);
      else lost("interrupted", "The line was lost. The reply is kept: load the page again to see it.");
    } else {
      onStatus("The line is down. Trying again …");
      if (source.readyState === EventSource.CLOSED) timer = setTimeout(again, AGAIN[tries++]);
    }
  }

  function again() {
    attempt = attempt === null ? null : "";
    connect();
  }

  function lost(state, note) {
    paper.write(() => {
      setState(turn, state, note);
    });
    voice.finish(note);
    onEnd(turn, { state, note });
  }

  function close() {
    ended = true;
    clearTimeout(timer);
    source.close();
    onStatus("");
  }

  connect();
  return { id, turn, close };
}
