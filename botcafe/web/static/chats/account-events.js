// What goes on in all chats of this account, as the server tells it: one line per page, and none while nobody looks.
const RETRY_MS = 5000;

export function watchAccountEvents(onState) {
  let source = null;
  let timer = 0;

  function open() {
    clearTimeout(timer);
    if (source || document.hidden) return;
    source = new EventSource("/api/account/events");
    source.addEventListener("state", (event) => {
      try {
        onState(JSON.parse(event.data).conversations ?? []);
      } catch {
        // the next state says it again
      }
    });
    source.addEventListener("error", () => {
      if (source?.readyState !== EventSource.CLOSED) return; // the browser tries again by itself
      close();
      timer = setTimeout(open, RETRY_MS);
    });
  }

  function close() {
    clearTimeout(timer);
    source?.close();
    source = null;
  }

  document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
  addEventListener("pagehide", close);
  addEventListener("pageshow", open);
  open();
}
