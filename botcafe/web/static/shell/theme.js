// Light or dark, and the reading settings: kept in cookies, so the server paints the first frame right.
import { watchMenus } from "./menus.js";
import { watchPalette } from "./palette.js";

const root = document.documentElement;
const dark = matchMedia("(prefers-color-scheme: dark)");

function savePreference(name, value) {
  if (value) root.setAttribute(`data-${name}`, value);
  else root.removeAttribute(`data-${name}`);
  document.cookie = `${name}=${value}; path=/; samesite=lax; max-age=${value ? 31536000 : 0}`;
  show();
  document.dispatchEvent(new CustomEvent("look-changed"));
}

function isDark() {
  return root.dataset.theme ? root.dataset.theme === "dark" : dark.matches;
}

function show() {
  for (const use of document.querySelectorAll("[data-theme-icon]")) {
    use.setAttribute("href", `${use.dataset.themeIcon}#${isDark() ? "sun" : "moon"}`);
  }
  for (const button of document.querySelectorAll("[data-set-theme]")) {
    button.setAttribute("aria-pressed", String((root.dataset.theme ?? "") === button.dataset.setTheme));
  }
  for (const choice of document.querySelectorAll("[data-reading] input[type=radio]")) {
    choice.checked = (root.getAttribute(`data-${choice.name}`) ?? "") === choice.value;
  }
}

function openReadingSettings(event) {
  const dialog = document.querySelector("[data-reading-dialog]");
  if (!dialog || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  for (const menu of document.querySelectorAll("details[data-menu][open]")) menu.open = false;
  dialog.showModal();
}

document.addEventListener("change", (event) => {
  if (event.target.closest("[data-reading]")) savePreference(event.target.name, event.target.value);
});

document.addEventListener("click", (event) => {
  const control = event.target.closest("[data-theme-toggle], [data-set-theme]");
  if (control) {
    if ("themeToggle" in control.dataset) savePreference("theme", isDark() ? "light" : "dark");
    else savePreference("theme", control.dataset.setTheme);
  }
  if (event.target.closest("[data-reading-open]")) openReadingSettings(event);
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});

// Times stand in the zone of the account; the zone of the device counts where none was chosen.
if (!/(^|; )time_zone=/.test(document.cookie)) {
  document.cookie = `time_zone=${Intl.DateTimeFormat().resolvedOptions().timeZone}; path=/; samesite=lax; max-age=31536000`;
}
dark.addEventListener("change", show);
for (const part of document.querySelectorAll("[data-theme-toggle], [data-look]")) part.hidden = false;
for (const button of document.querySelectorAll("[data-reading-save]")) button.hidden = true;
show();
watchMenus();
watchPalette();
