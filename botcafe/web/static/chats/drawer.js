// The drawer saves what is changed in it at once, and is painted anew where the cast changes.
import { fragment } from "./transcript-window.js";
import { post } from "../shell/http.js";

export function watchDrawer(chat, { onRefused, onCast, onModel, onAuto }) {
  const drawer = document.getElementById("drawer");
  let timer = 0;
  let persona; // chosen, and on its way to be kept: what is sent meanwhile takes it along
  document.documentElement.dataset.scripted = "";

  const isOpen = () => new Set(Array.from(drawer.querySelectorAll("[data-section][open]"), (fold) => fold.dataset.section));

  function saved(words) {
    const place = drawer.querySelector("[data-saved]");
    place.textContent = words;
    clearTimeout(timer);
    timer = setTimeout(() => {
      place.textContent = "";
    }, 2500);
  }

  async function save(form, submitter) {
    const data = new FormData(form, submitter);
    try {
      const settings = await post(form.action, data);
      saved("Saved.");
      return settings ?? {};
    } catch (refusal) {
      saved("Not saved.");
      onRefused(refusal);
      return null;
    }
  }

  // Everything again, with the same folds open; the sent part stays as it is looked at.
  async function renew(query = {}) {
    const open = isOpen();
    const asked = new URLSearchParams(open.has("lore") ? { ...query, lore: "1" } : query);
    const page = await fragment(`${chat.dataset.drawerUrl}?${asked}`);
    const sent = drawer.querySelector("[data-inspector]");
    const held = document.activeElement?.id;
    drawer.replaceChildren(...page.body.childNodes);
    drawer.querySelector("[data-inspector]").replaceWith(sent);
    for (const fold of drawer.querySelectorAll("[data-section]")) fold.open = open.has(fold.dataset.section);
    if (held) drawer.querySelector(`#${CSS.escape(held)}`)?.focus({ preventScroll: true });
    return page;
  }

  async function castChanged(form, submitter) {
    if (!(await save(form, submitter))) return;
    await renew();
    await onCast();
  }

  // A part that is opened for the first time is fetched then.
  async function fetchPart(fold) {
    const place = fold.querySelector("[data-load-from]");
    if (!place || place.querySelector("form")) return;
    const page = await fragment(place.dataset.loadFrom).catch(() => null);
    if (page) place.replaceChildren(...page.body.childNodes);
  }

  drawer.addEventListener("toggle", (event) => event.target.open && fetchPart(event.target), true);
  drawer.addEventListener("change", async (event) => {
    const form = event.target.closest("[data-settings]");
    if (!form) return;
    if (form.elements.persona) persona = form.elements.persona.value;
    const saved = await save(form);
    if (form.elements.persona?.value === persona) persona = undefined;
    if (!saved) return;
    if (form.elements.model && !form.elements.bot) onModel(form.elements.model);
    if (form.elements.role || form.dataset.refreshDrawer !== undefined) await renew();
  });

  drawer.addEventListener("submit", async (event) => {
    const form = event.target;
    event.preventDefault();
    if (form.matches("[data-find-bots]")) await renew({ find: form.elements.find.value });
    else if (form.matches("[data-auto]")) await auto(form, event.submitter);
    else if (form.matches("[data-participants]:not([data-settings])")) await castChanged(form, event.submitter);
    else await save(form, event.submitter);
  });

  async function auto(form, submitter) {
    const settings = await save(form, submitter);
    if (!settings) return;
    showAuto(settings.auto);
    await renew();
    onAuto(settings.auto?.on);
  }

  function showAuto({ on, turns } = {}) {
    const bar = chat.querySelector("[data-auto-on]");
    bar.hidden = !on;
    bar.querySelector("[data-auto-left]").textContent = turns ?? "";
  }

  chat.querySelector("[data-auto-stop]").addEventListener("submit", (event) => {
    event.preventDefault();
    auto(event.target, event.submitter);
  });
  chat.querySelector("[data-model]")?.addEventListener("change", async (event) => {
    if (await save(event.target.form)) onModel(event.target);
  });

  return { renew, showAuto, persona: () => persona };
}
