// Menus stay on the screen: they open to the side with more room, and scroll within where there is too little.
const EDGE = 8;

function fit(menu) {
  const sheet = menu.querySelector(":scope > .menu-sheet");
  if (!sheet || getComputedStyle(sheet).position !== "absolute") return; // a sheet at the foot of a phone
  sheet.style.maxBlockSize = "";
  sheet.style.maxInlineSize = "";
  delete menu.dataset.above;
  const opener = menu.querySelector(":scope > summary").getBoundingClientRect();
  const pane = menu.closest(".pane")?.getBoundingClientRect();
  const below = Math.min(innerHeight, pane?.bottom ?? innerHeight) - opener.bottom - 2 * EDGE;
  const above = opener.top - Math.max(0, pane?.top ?? 0) - 2 * EDGE;
  const area = sheet.getBoundingClientRect();
  if (area.left < EDGE) sheet.style.maxInlineSize = `${area.right - EDGE}px`;
  else if (area.right > innerWidth - EDGE) sheet.style.maxInlineSize = `${innerWidth - EDGE - area.left}px`;
  const isAbove = area.bottom <= opener.top || (area.height > below && above > below);
  menu.toggleAttribute("data-above", isAbove);
  sheet.style.maxBlockSize = `${Math.max(0, Math.min(isAbove ? above : below, parseFloat(getComputedStyle(sheet).maxBlockSize) || Infinity))}px`;
}

function fitOpen(menu) {
  if (menu?.open && !menu.matches("[data-turn-menu]")) fit(menu); // those of messages place themselves
}

export function watchMenus() {
  // What unfolds within a menu makes it longer and wider.
  document.addEventListener("toggle", ({ target }) => target.matches("details") && fitOpen(target.closest("[data-menu]")), true);
  addEventListener("resize", () => document.querySelectorAll("details[data-menu][open]").forEach(fitOpen));
}
