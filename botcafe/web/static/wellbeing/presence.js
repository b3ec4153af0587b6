// A chat that is open and visible says so once a minute: the server counts the minutes of a day by it.
import { post } from "../shell/http.js";

const EVERY_MS = 60_000;

export function watchPresence(url) {
  const say = () => {
    if (!document.hidden) post(url).catch(() => {}); // one that is missed is made up for by the next
  };
  say();
  setInterval(say, EVERY_MS);
  document.addEventListener("visibilitychange", say);
}
