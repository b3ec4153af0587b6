// Light or dark, plain or bookish letters: kept in a cookie, so the server paints the first frame right.
const root = document.documentElement;
const dark = matchMedia("(prefers-color-scheme: dark)");

function savePreference(name, value) {
  if (value) root.dataset[name] = value;
  else delete root.dataset[name];
  document.cookie = `${name}=${value}; path=/; samesite=lax; max-age=${value ? 31536000 : 0}`;
  show();
}

function isDark() {
  return root.dataset.theme ? root.dataset.theme === "dark" : dark.matches;
}

function show() {
  for (const use of document.querySelectorAll("[data-theme-icon]")) {
    use.setAttribute("href", `${use.dataset.themeIcon}#${isDark() ? "sun" : "moon"}`);
  }
  for (const button of document.querySelectorAll("[data-set-theme], [data-set-story]")) {
    const name = "setTheme" in button.dataset ? "theme" : "story";
    const wanted = button.dataset.setTheme ?? button.dataset.setStory;
    button.setAttribute("aria-pressed", String((root.dataset[name] ?? "") === wanted));
  }
  for (const button of document.querySelectorAll("[data-story-toggle]")) {
    button.setAttribute("aria-pressed", String(root.dataset.story === "serif"));
    button.classList.toggle("button-on", root.dataset.story === "serif");
  }
}

document.addEventListener("click", (event) => {
  const control = event.target.closest("[data-theme-toggle], [data-set-theme], [data-set-story], [data-story-toggle]");
  if (control) {
    if ("themeToggle" in control.dataset) savePreference("theme", isDark() ? "light" : "dark");
    else if ("setTheme" in control.dataset) savePreference("theme", control.dataset.setTheme);
    else if ("setStory" in control.dataset) savePreference("story", control.dataset.setStory);
    else savePreference("story", root.dataset.story === "serif" ? "" : "serif");
  }
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

dark.addEventListener("change", show);
for (const part of document.querySelectorAll("[data-theme-toggle], [data-story-toggle], [data-look]")) part.hidden = false;
show();
