// The model picker: one dialog for every chip that names a model. The list is fetched when somebody looks.
import { gettext } from "../shell/messages.js";
import { fetchFragment } from "../shell/http.js";

const REFETCH_MS = 250;

export function watchModelPicker({ onChosen }) {
  const dialog = document.querySelector("[data-picker-dialog]");
  const place = dialog.querySelector("[data-picker-place]");
  const loading = dialog.querySelector("[data-picker-loading]");
  let opener = null; // the form whose model is chosen
  let requestNumber = 0;
  let timer = 0;
  let active = null; // the row that Enter takes

  const rows = () => Array.from(place.querySelectorAll(".model-row"));
  const shownRows = () => rows().filter((row) => !row.hidden && !row.closest("[hidden]"));

  async function load(address) {
    const number = ++requestNumber;
    const page = await fetchFragment(address).catch(() => null);
    if (number !== requestNumber || !opener) return;
    const picker = page?.querySelector("[data-model-picker]");
    if (!picker) return location.assign(address);
    const words = place.querySelector("input[type=search]")?.value;
    loading.hidden = true;
    place.replaceChildren(picker);
    prepare(picker);
    if (words) picker.querySelector("input[type=search]").value = words;
  }

  // The list of buttons becomes a listbox that the search field steers.
  function prepare(picker) {
    const field = picker.querySelector("input[type=search]");
    const list = picker.querySelector("[data-models]");
    const listbox = document.createElement("div");
    listbox.id = "model-listbox";
    listbox.setAttribute("role", "listbox");
    listbox.setAttribute("aria-label", gettext("Models"));
    listbox.append(...list.querySelectorAll("[data-group]"));
    list.append(listbox);
    for (const group of listbox.children) {
      const heading = group.querySelector("h2, h3");
      group.setAttribute("role", "group");
      if (heading) {
        group.setAttribute("aria-labelledby", heading.id);
        heading.setAttribute("role", "presentation");
      } else group.setAttribute("aria-label", gettext("Without a choice of your own"));
    }
    rows().forEach((row, number) => {
      row.id = `model-row-${number}`;
      row.tabIndex = -1;
      row.setAttribute("role", "option");
      row.setAttribute("aria-selected", String(row.hasAttribute("aria-current")));
      row.removeAttribute("aria-current");
    });
    field.setAttribute("role", "combobox");
    field.setAttribute("aria-controls", listbox.id);
    field.setAttribute("aria-expanded", "true");
    field.setAttribute("aria-autocomplete", "list");
    picker.querySelector(".model-search button").hidden = true;
    field.focus();
    filter();
    if (!field.value) setActive(rows().find((row) => row.getAttribute("aria-selected") === "true") ?? shownRows()[0]);
  }

  function setActive(row) {
    if (active) delete active.dataset.active;
    active = row ?? null;
    const field = place.querySelector("input[type=search]");
    if (!active) return field.removeAttribute("aria-activedescendant");
    active.dataset.active = "";
    field.setAttribute("aria-activedescendant", active.id);
    active.scrollIntoView({ block: "nearest" });
  }

  function filter() {
    const words = place.querySelector("input[type=search]").value.toLowerCase().split(/\s+/).filter(Boolean);
    for (const group of place.querySelectorAll("[data-group]")) {
      let shown = 0;
      for (const row of group.querySelectorAll(".model-row")) {
        const text = row.dataset.search.toLowerCase();
        row.hidden = !words.every((word) => text.includes(word));
        if (!row.hidden) shown += 1;
      }
      group.hidden = shown === 0 || (words.length > 0 && group.dataset.recent !== undefined); // its models stand below too
    }
    const found = shownRows();
    place.querySelector("[data-found-none]").hidden = found.length > 0;
    setActive(words.length ? found[0] : undefined);
  }

  function choose(row) {
    const form = opener;
    const name = row.querySelector("[data-name]").textContent;
    dialog.close();
    onChosen(form, { value: row.value, name });
  }

  function open(chip) {
    opener = chip.closest("[data-model-form]");
    place.replaceChildren();
    loading.hidden = false;
    dialog.querySelector("h2").textContent = chip.dataset.label;
    dialog.showModal();
    load(chip.href);
  }

  place.addEventListener("input", () => {
    filter();
    clearTimeout(timer);
    const form = place.querySelector(".model-search");
    if (place.querySelector("[data-has-more]") === null && form.dataset.narrowed === undefined) return;
    timer = setTimeout(() => load(`${form.action}?${new URLSearchParams(new FormData(form))}`).then(markNarrowed), REFETCH_MS);
  });
  // What was searched for at the server is not the whole list: the next words are searched for there too.
  function markNarrowed() {
    place.querySelector(".model-search")?.setAttribute("data-narrowed", "");
  }
  place.addEventListener("keydown", (event) => {
    const all = shownRows();
    const here = all.indexOf(active);
    const page = 8;
    const steps = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page };
    if (event.key in steps && all.length) {
      event.preventDefault();
      const next = here + steps[event.key];
      setActive(all[Math.abs(steps[event.key]) === 1 ? (next + all.length) % all.length : Math.max(0, Math.min(all.length - 1, next))]);
    } else if (event.key === "Enter" && !event.isComposing) {
      event.preventDefault();
      if (active) choose(active);
    } else if (event.key === "Escape") {
      event.preventDefault(); // else a search field is emptied first
      dialog.close();
    }
  });
  place.addEventListener("submit", (event) => {
    event.preventDefault();
    if (event.submitter?.matches(".model-row")) choose(event.submitter);
  });
  dialog.querySelector("[data-picker-close]").addEventListener("click", () => dialog.close());
  dialog.addEventListener("click", (event) => event.target === dialog && dialog.close());
  dialog.addEventListener("close", () => {
    const chip = opener?.querySelector("[data-pick-model]");
    opener = null;
    place.replaceChildren();
    chip?.focus();
  });
  document.addEventListener("click", (event) => {
    const chip = event.target.closest("[data-pick-model]");
    if (!chip || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    open(chip);
  });

  return { open: () => open(document.querySelector(".composer-foot [data-pick-model]")) };
}

// All chips of the same form say the same.
export function showModel(form, { value, name }) {
  const bot = form.elements.bot?.value;
  for (const each of document.querySelectorAll("[data-model-form]")) {
    if (each.elements.bot?.value !== bot) continue;
    each.elements.model.value = value;
    const chip = each.querySelector("[data-pick-model]");
    const shown = name.replace(/^My default: /, "");
    chip.querySelector("[data-model-name]").textContent = shown;
    chip.title = `${chip.dataset.label}: ${shown}`;
  }
}
