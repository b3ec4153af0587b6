// The drawer saves what is changed in it at once, and is painted anew where the cast changes.
import { fill, gettext } from "../shell/messages.js";
import { watchDrawerTabs } from "./drawer-tabs.js";
import { fetchFragment, post } from "../shell/http.js";

const WIDE = matchMedia("(min-width: 75rem)"); // the drawer stands open there

export function watchDrawer(chat, { onRefused, onParticipantsChanged, onModelChosen, onAuto }) {
  const drawer = document.getElementById("drawer");
  const tabs = watchDrawerTabs();
  const personaMenu = chat.querySelector("[data-persona-menu]");
  let timer = 0;
  let persona; // chosen, and on its way to be kept: what is sent meanwhile takes it along
  document.documentElement.dataset.scripted = "";

  const openSections = () => new Set(Array.from(drawer.querySelectorAll("[data-section][open]"), (section) => section.dataset.section));

  function showSaved(text) {
    const place = drawer.querySelector("[data-saved]");
    place.textContent = text;
    clearTimeout(timer);
    timer = setTimeout(() => {
      place.textContent = "";
    }, 2500);
  }

  async function save(form, submitter) {
    const data = new FormData(form, submitter);
    try {
      const settings = await post(form.action, data);
      if (settings && "allow_file_sharing" in settings) showAttach(settings.allow_file_sharing);
      showSaved(gettext("Saved."));
      return settings ?? {};
    } catch (refusal) {
      showSaved(gettext("Not saved."));
      onRefused(refusal);
      return null;
    }
  }

  async function savePersona(chosen, form, submitter) {
    persona = chosen;
    const isSaved = await save(form, submitter);
    if (persona === chosen) persona = undefined;
    if (isSaved) showPersona(chosen);
    return isSaved;
  }

  // The chip at the writing line and the field of the drawer say the same.
  function showPersona(chosen) {
    for (const each of personaMenu.querySelectorAll("[name=persona]")) {
      if (each.value === chosen) {
        each.setAttribute("aria-current", "true");
        personaMenu.querySelector("[data-persona-name]").textContent = each.dataset.name;
        personaMenu.querySelector("summary").title = fill(gettext("Your persona: %(name)s"), { name: each.dataset.name });
      } else each.removeAttribute("aria-current");
    }
    drawer.querySelector("#persona").value = chosen;
  }

  // Everything again, with the same folds open; the sent part stays as it is looked at.
  async function refresh(query = {}) {
    const open = openSections();
    const params = new URLSearchParams(open.has("lore") ? { ...query, lore: "1" } : query);
    const page = await fetchFragment(`${chat.dataset.drawerUrl}?${params}`);
    const inspectorPart = drawer.querySelector("[data-inspector]");
    const focusedId = document.activeElement?.id;
    drawer.replaceChildren(...page.body.childNodes);
    drawer.querySelector("[data-inspector]").replaceWith(inspectorPart);
    tabs.show();
    for (const section of drawer.querySelectorAll("[data-section]")) section.open = open.has(section.dataset.section);
    if (focusedId) drawer.querySelector(`#${CSS.escape(focusedId)}`)?.focus({ preventScroll: true });
    return page;
  }

  async function participantsChanged(form, submitter) {
    if (!(await save(form, submitter))) return;
    await refresh();
    await onParticipantsChanged();
  }

  // A part that is opened for the first time is fetched then.
  async function fetchPart(section) {
    const lazyPart = section.querySelector("[data-load-from]");
    if (!lazyPart || lazyPart.querySelector("form")) return;
    const page = await fetchFragment(lazyPart.dataset.loadFrom).catch(() => null);
    if (page) lazyPart.replaceChildren(...page.body.childNodes);
  }

  drawer.addEventListener("toggle", (event) => event.target.open && fetchPart(event.target), true);
  drawer.addEventListener("change", async (event) => {
    const form = event.target.closest("[data-settings]");
    if (!form) return;
    const isSaved = await (form.elements.persona ? savePersona(form.elements.persona.value, form) : save(form));
    if (!isSaved) return;
    if (form.elements.role || form.dataset.refreshDrawer !== undefined) await refresh();
  });

  drawer.addEventListener("submit", async (event) => {
    const form = event.target;
    event.preventDefault();
    if (form.matches("[data-find-bots]")) await refresh({ find: form.elements.find.value });
    else if (form.matches("[data-auto]")) await saveAutoMode(form, event.submitter);
    else if (form.matches("[data-participants]:not([data-settings])")) await participantsChanged(form, event.submitter);
    else await save(form, event.submitter);
  });

  function showAttach(isOn) {
    const button = chat.querySelector("[data-attach]");
    button.toggleAttribute("data-off", !isOn);
    button.hidden = !isOn;
  }

  async function saveAutoMode(form, submitter) {
    const settings = await save(form, submitter);
    if (!settings) return;
    showAuto(settings.auto);
    await refresh();
    onAuto(settings.auto?.on);
  }

  function showAuto({ on, turns } = {}) {
    const bar = chat.querySelector("[data-auto-on]");
    bar.hidden = !on;
    bar.querySelector("[data-auto-left]").textContent = turns ?? "";
  }

  chat.querySelector("[data-auto-stop]").addEventListener("submit", (event) => {
    event.preventDefault();
    saveAutoMode(event.target, event.submitter);
  });
  personaMenu.addEventListener("submit", (event) => {
    event.preventDefault();
    personaMenu.open = false;
    personaMenu.querySelector("summary").focus();
    savePersona(event.submitter.value, event.target, event.submitter);
  });

  async function chooseModel(form, model) {
    const former = form.elements.model.value;
    form.elements.model.value = model.value;
    if (await save(form)) onModelChosen(form, model);
    else form.elements.model.value = former;
  }

  function openPersonas() {
    personaMenu.open = true;
    personaMenu.querySelector("[aria-current], [name=persona]").focus();
  }

  function openSection(name, field) {
    const section = drawer.querySelector(`[data-section="${name}"]`);
    if (!WIDE.matches && !drawer.matches(":popover-open")) drawer.showPopover();
    tabs.showSection(section);
    section.open = true;
    section.scrollIntoView({ block: "nearest" });
    section.querySelector(field ?? "summary").focus();
  }

  return { refresh, showAuto, chooseModel, openPersonas, openSection, showSection: tabs.showSection, persona: () => persona };
}
