// One way to speak to the server, and its refusals in plain words.
import { gettext } from "./messages.js";

const PLAIN = {
  0: gettext("The server cannot be reached. Your words are kept here."),
  401: gettext("You were signed out. Your message is kept; sign in again in another tab."),
  403: gettext("You were signed out. Your message is kept; sign in again."),
  404: gettext("This chat is not here any more."),
  408: gettext("That took too long. Please try again."),
  409: gettext("This chat has moved on in another window. Load it again; your words are kept."),
  413: gettext("That is too long for one message."),
  429: gettext("A little too fast. Wait a moment and try again."),
};

export class Refusal extends Error {
  constructor(status, message, body) {
    super(message);
    this.status = status;
    this.body = body;
  }
}

function messageFor(status, body) {
  const first = body?.errors?.[0];
  const serverMessage = first?.data?.errors?.[0]?.message ?? first?.message ?? body?.message ?? body?.detail;
  if (status === 403 && first?.data?.code) return serverMessage;
  // A refusal carries its reason and until when: the server knows better than we do.
  if (typeof serverMessage === "string" && serverMessage && ![401, 403, 404].includes(status) && status < 500) return serverMessage;
  return PLAIN[status] ?? gettext("Something broke on our side. Your words are kept here.");
}

export async function post(path, data) {
  const headers = { "X-CSRFToken": document.querySelector('meta[name="csrf-token"]').content, Accept: "application/json" };
  let body = data;
  if (!(data instanceof FormData)) {
    headers["Content-Type"] = "application/json";
    body = JSON.stringify(data ?? {});
  }
  let response;
  try {
    response = await fetch(path, { method: "POST", headers, body, credentials: "same-origin" });
  } catch {
    throw new Refusal(0, PLAIN[0]);
  }
  const text = await response.text();
  let json = null;
  try {
    json = JSON.parse(text);
  } catch {
    json = null;
  }
  if (!response.ok) throw new Refusal(response.status, messageFor(response.status, json), json);
  return json;
}

// A part of a page, painted by the server; a redirect means that the session has ended.
export async function fetchFragment(path) {
  const answer = await fetch(path, { credentials: "same-origin", headers: { "X-Requested-With": "fetch" } });
  if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

export function createIdempotencyKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (n) => n.toString(16).padStart(2, "0")).join("");
}

// Ids travel as numbers where they are numbers.
export const toId = (value) => (/^\d+$/.test(value ?? "") ? Number(value) : value || null);
