// Shows what a new reply was made of as soon as the server says it.
export function inspect(trace) {
  const blocks = trace?.blocks ?? trace?.inspector?.blocks;
  const place = document.querySelector("[data-inspector]");
  if (!Array.isArray(blocks) || !place) return;
  const mould = document.getElementById("mould-block").content.firstElementChild;
  const open = new Set(Array.from(place.querySelectorAll("details[open] [data-title]"), (node) => node.textContent));
  place.replaceChildren(...blocks.map((block) => {
    const item = mould.cloneNode(true);
    const put = (name, value) => {
      item.querySelector(`[data-${name}]`).textContent = value ?? "";
    };
    put("title", block.title);
    put("source", block.source || block.role);
    put("tokens", block.tokens);
    put("reason", block.reason);
    put("body", block.text);
    item.open = open.has(block.title);
    return item;
  }));
}
