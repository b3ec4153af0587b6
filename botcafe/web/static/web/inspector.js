// Shows what a new reply was made of: from the line if the server says it there, else from the page, once somebody looks.
export function watchInspector() {
  const place = document.querySelector("[data-inspector]");
  const drawer = place.closest("[popover]");
  const mould = document.getElementById("mould-block").content.firstElementChild;
  let stale = false;

  const titles = () => new Set(Array.from(place.querySelectorAll("details[open] [data-title]"), (node) => node.textContent));

  function put(parts) {
    const open = titles();
    place.replaceChildren(...parts);
    for (const block of place.querySelectorAll("details")) block.open = open.has(block.querySelector("[data-title]").textContent);
    stale = false;
  }

  function paint(block) {
    const item = mould.cloneNode(true);
    const words = { title: block.title, source: block.source || block.role, tokens: block.tokens, reason: block.reason, body: block.text };
    for (const [name, value] of Object.entries(words)) item.querySelector(`[data-${name}]`).textContent = value ?? "";
    return item;
  }

  async function look() {
    if (!stale || !drawer.checkVisibility()) return;
    stale = false;
    try {
      const answer = await fetch(location.pathname, { credentials: "same-origin" });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      const fresh = answer.ok && page.querySelector("[data-inspector]");
      if (fresh) put([...fresh.childNodes]);
    } catch {
      stale = true; // the next look tries again
    }
  }

  drawer.addEventListener("toggle", look);
  matchMedia("(min-width: 75rem)").addEventListener("change", look);
  return {
    show(trace) {
      if (Array.isArray(trace?.blocks)) put(trace.blocks.map(paint));
    },
    renew() {
      stale = true;
      look();
    },
  };
}
