// Attaches a turn on the page to its reply in the making. Event ids are attempt:offset, the offset in characters of text sent,
// so whatever comes twice after a reconnection is written once.
import { gettext } from "../shell/messages.js";
import { createTint } from "./tint.js";
import { appendText, setState, setText, showTools } from "./turn.js";
import { createAnnouncer } from "../chats/announcer.js";

const NOTES = { stopped: gettext("Stopped here by you."), interrupted: gettext("Cut off. It can be continued."), failed: gettext("The reply did not come.") };
const RETRY_DELAYS_MS = [1000, 2000, 4000, 8000, 15000, 30000]; // a server that is started anew refuses first

export function attachToStream(turn, { existingHtml = "", transcript, region, onStatus, onEnd }) {
  const id = turn.dataset.generation;
  const body = turn.querySelector("[data-text]");
  const reasoningBox = turn.querySelector("[data-reasoning]");
  const announcer = createAnnouncer(region);
  const tint = createTint(body);
  let source = null;
  let retryCount = 0;
  let timer = 0;
  let attempt = null;
  let text = []; // characters, as the server counts them
  let pendingText = []; // not yet on the page
  let pendingReasoning = "";
  let mustRestart = true;
  let frame = 0;
  let isClosed = false;
  let errorText = "";

  const parse = (event) => {
    try {
      return JSON.parse(event.data);
    } catch {
      return {};
    }
  };

  function render() {
    frame = 0;
    if (!pendingText.length && !pendingReasoning && !mustRestart) return;
    transcript.update(() => {
      if (pendingReasoning && reasoningBox) {
        turn.querySelector("[data-thinking]").hidden = false;
        reasoningBox.append(pendingReasoning);
      }
      pendingReasoning = "";
      if (mustRestart && text.length) {
        setText(body, text.join(""), existingHtml);
        mustRestart = false;
      } else if (!mustRestart && pendingText.length) appendText(body, pendingText.join(""));
      if (!mustRestart) pendingText = [];
      tint.update();
    });
  }

  const scheduleRender = () => {
    frame ||= requestAnimationFrame(render);
  };

  function beginAttempt(attemptNumber) {
    if (attemptNumber === attempt) return;
    if (attempt !== null) announcer.reset();
    attempt = attemptNumber;
    text = [];
    pendingText = [];
    mustRestart = true;
    reasoningBox?.replaceChildren();
  }

  // The browser opens a broken line again by itself, but not one that was refused: then all is told from the start.
  function connect() {
    source = new EventSource(`/api/generations/${encodeURIComponent(id)}/events`);
    for (const [kind, handler] of Object.entries({ open, start, reasoning, token, end, error })) source.addEventListener(kind, handler);
  }

  function open() {
    retryCount = 0;
    onStatus("");
  }

  function start(event) {
    beginAttempt(event.lastEventId.split(":")[0] || "1");
    existingHtml = parse(event).before_html ?? existingHtml; // what a continued reply already said
    setState(turn, "streaming", gettext("writing …"));
  }

  function reasoning(event) {
    pendingReasoning += parse(event).text ?? "";
    scheduleRender();
  }

  function token(event) {
    const [attemptNumber, offset] = event.lastEventId.split(":");
    if (attemptNumber) beginAttempt(attemptNumber);
    let more = [...(parse(event).text ?? "")];
    const alreadyReceived = text.length - (Number(offset) - more.length);
    if (offset && alreadyReceived > 0) more = more.slice(alreadyReceived);
    if (!more.length) return;
    text.push(...more);
    pendingText.push(...more);
    announcer.addText(more.join(""));
    scheduleRender();
  }

  function end(event) {
    const { state = "complete", html, reasoning_html: reasoningHtml, note, ...rest } = parse(event);
    close();
    cancelAnimationFrame(frame);
    render();
    const noteText = note || errorText || NOTES[state] || "";
    transcript.update(() => {
      if (typeof html === "string") {
        tint.clear();
        body.innerHTML = html; // made and cleaned by the server
        body.gap = "";
        showTools(turn);
      }
      if (reasoningHtml && reasoningBox) {
        reasoningBox.innerHTML = reasoningHtml; // likewise
        turn.querySelector("[data-thinking]").hidden = false;
      }
      setState(turn, state, noteText);
    });
    announcer.finish(noteText);
    onEnd(turn, { state, ...rest });
  }

  function error(event) {
    if (isClosed) return;
    if (typeof event.data === "string") {
      errorText = parse(event).message || NOTES.failed; // the end follows
      setState(turn, "failed", errorText);
    } else if (source.readyState === EventSource.CLOSED && (errorText || retryCount >= RETRY_DELAYS_MS.length)) {
      close();
      if (errorText) giveUpStream("failed", errorText);
      else giveUpStream("interrupted", gettext("The connection was lost. The reply is kept: reload the page to see it."));
    } else {
      onStatus(gettext("Connection lost. Trying again …"));
      if (source.readyState === EventSource.CLOSED) timer = setTimeout(reconnect, RETRY_DELAYS_MS[retryCount++]);
    }
  }

  function reconnect() {
    attempt = attempt === null ? null : "";
    connect();
  }

  function giveUpStream(state, note) {
    transcript.update(() => {
      setState(turn, state, note);
    });
    announcer.finish(note);
    onEnd(turn, { state, note });
  }

  function close() {
    isClosed = true;
    clearTimeout(timer);
    source.close();
    onStatus("");
  }

  connect();
  return {
    id,
    turn,
    close() {
      close();
      tint.clear(); // whoever follows next tints it anew
    },
  };
}
