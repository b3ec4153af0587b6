// The tabs of the drawer, over sections that stand below one another without a script. The tab is remembered on this device.
const STORAGE_KEY = "drawer-tab";

export function watchDrawerTabs() {
  const drawer = document.getElementById("drawer");
  const tabs = () => Array.from(drawer.querySelectorAll("[data-tab]"));
  let chosen = initialTab();

  function initialTab() {
    const query = new URLSearchParams(location.search);
    if (query.has("lore")) return "memory";
    if (query.has("find")) return "cast";
    if (query.has("inspect")) return "inspector";
    try {
      return localStorage.getItem(STORAGE_KEY) ?? "inspector";
    } catch {
      return "inspector";
    }
  }

  // Also after the drawer was painted anew.
  function show(name = chosen) {
    chosen = tabs().some((tab) => tab.dataset.tab === name) ? name : "inspector";
    drawer.dataset.tabbed = "";
    for (const tab of tabs()) {
      const isChosen = tab.dataset.tab === chosen;
      tab.setAttribute("aria-selected", String(isChosen));
      tab.tabIndex = isChosen ? 0 : -1;
      const panel = document.getElementById(tab.getAttribute("aria-controls"));
      panel.hidden = !isChosen;
      panel.setAttribute("role", "tabpanel");
      panel.removeAttribute("aria-label");
      panel.setAttribute("aria-labelledby", tab.id);
    }
  }

  function choose(name) {
    show(name);
    drawer.dispatchEvent(new CustomEvent("drawer:tab"));
    try {
      localStorage.setItem(STORAGE_KEY, chosen);
    } catch {
      // it is chosen for now
    }
  }

  drawer.addEventListener("click", (event) => {
    const tab = event.target.closest("[data-tab]");
    if (tab) choose(tab.dataset.tab);
  });
  drawer.addEventListener("keydown", (event) => {
    if (!event.target.matches?.("[data-tab]")) return;
    const all = tabs();
    const here = all.indexOf(event.target);
    const next = { ArrowRight: here + 1, ArrowLeft: here - 1, Home: 0, End: all.length - 1 }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const tab = all[(next + all.length) % all.length];
    choose(tab.dataset.tab);
    tab.focus();
  });
  show();

  return {
    show,
    // The tab that a section is in; the choice of the device stays.
    showSection: (section) => show(section.closest("[data-panel]").dataset.panel),
  };
}
