// Passkeys: the browser asks a device, and what it answers goes to the server.
import { post, Refusal } from "../shell/http.js";
import { gettext } from "../shell/messages.js";

const toBytes = (text) => Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const toText = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

function readOptions(given) {
  const options = { ...given, challenge: toBytes(given.challenge) };
  if (given.user) options.user = { ...given.user, id: toBytes(given.user.id) };
  for (const list of ["excludeCredentials", "allowCredentials"]) {
    if (given[list]) options[list] = given[list].map((each) => ({ ...each, id: toBytes(each.id) }));
  }
  return options;
}

function writeAnswer(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = toText(credential.response[name]);
  }
  const extensions = credential.getClientExtensionResults();
  return JSON.stringify({ id: credential.id, rawId: toText(credential.rawId), type: credential.type, response, clientExtensionResults: extensions });
}

function formOf(values) {
  const form = new FormData();
  for (const [name, value] of Object.entries(values)) form.append(name, value);
  return form;
}

function wordsFor(error) {
  if (error instanceof Refusal) return error.message;
  if (error.name === "InvalidStateError") return gettext("This device has a passkey of your account already.");
  return gettext("No passkey was used. You can try again.");
}

async function attempt(box, act) {
  const told = box.querySelector("[role=alert]");
  const button = box.querySelector("button");
  told.hidden = true;
  button.disabled = true;
  try {
    location.assign((await act()).path);
  } catch (error) {
    told.textContent = wordsFor(error);
    told.hidden = false;
  } finally {
    button.disabled = false;
  }
}

async function signIn(box) {
  const publicKey = readOptions(await post(box.dataset.begin, formOf({})));
  const answer = writeAnswer(await navigator.credentials.get({ publicKey }));
  return post(box.dataset.finish, formOf({ answer, next: box.dataset.next }));
}

async function add(form) {
  const given = new FormData(form);
  const publicKey = readOptions(await post(form.dataset.begin, given));
  const answer = writeAnswer(await navigator.credentials.create({ publicKey }));
  return post(form.dataset.finish, formOf({ answer, name: given.get("name") }));
}

if (globalThis.PublicKeyCredential) {
  for (const box of document.querySelectorAll("[data-passkey-sign-in]")) {
    box.hidden = false;
    box.querySelector("button").addEventListener("click", () => attempt(box, () => signIn(box)));
  }
  for (const form of document.querySelectorAll("[data-passkey-add]")) {
    form.querySelector("button").disabled = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      attempt(form, () => add(form));
    });
  }
}
