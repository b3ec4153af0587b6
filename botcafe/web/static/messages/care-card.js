// What the server tells the person beside a reply: help in a crisis, a break, that a bot is an AI, a limit that is near.
export function createCareCard({ kind, text, resources = [] }) {
  const card = document.getElementById("template-care-card").content.firstElementChild.cloneNode(true);
  card.dataset.kind = kind;
  card.querySelector("[data-care-text]").textContent = text;
  const lines = card.querySelector("[data-care-lines]");
  lines.append(...resources.map(createLine));
  lines.hidden = !resources.length;
  card.querySelector("[data-care-more]").hidden = kind !== "crisis";
  return card;
}

function createLine({ hotline_number: number, website_url: website, description, region }) {
  const item = document.createElement("li");
  const dialled = number.replace(/[\s\-/().]/g, "");
  const isWebsite = /^https?:\/\//.test(website ?? "");
  item.append(createLink(number, /^\+?\d+$/.test(dialled) ? `tel:${dialled}` : isWebsite ? website : ""));
  const about = document.createElement("span");
  about.textContent = description ? ` ${description}` : ` ${region}`;
  item.append(about);
  if (isWebsite) item.append(" ", createLink(new URL(website).hostname, website));
  return item;
}

function createLink(text, address) {
  const link = document.createElement(address ? "a" : "strong");
  link.textContent = text;
  if (address) link.href = address;
  if (/^https?:/.test(address)) link.rel = "noopener noreferrer";
  return link;
}
