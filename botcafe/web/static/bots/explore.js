// More bots as one scrolls. The address grows with the list, so that whoever comes back finds all of it, and their place.
import { fetchFragment } from "../shell/http.js";
import { fill, gettext } from "../shell/messages.js";

const PRELOAD_MARGIN = "400px";
const section = document.querySelector("[data-explore]");
const list = section.querySelector("[data-bots]");
const status = section.querySelector("[data-explore-status]");
const maxPages = Number(section.dataset.maxPages);
let isLoading = false;

const observer = new IntersectionObserver((entries) => {
  if (entries.some((entry) => entry.isIntersecting)) loadMore();
}, { rootMargin: PRELOAD_MARGIN });

const moreLink = () => section.querySelector("[data-more] a[data-part]");

function pageRange(address) {
  const first = Number(address.searchParams.get("page") ?? 1);
  return { first, until: Number(address.searchParams.get("until") ?? first) };
}

// The answer's own link knows one page; ours goes on from the first that is shown here.
function joinLinks(link, here) {
  if (!link) return;
  const { first } = pageRange(here);
  const next = pageRange(new URL(link.href)).until;
  if (next - first >= maxPages) {
    link.href = link.dataset.part ?? link.href;
    delete link.dataset.part;
    return;
  }
  const address = new URL(link.href);
  address.searchParams.set("page", first);
  address.searchParams.set("until", next);
  link.href = address;
}

async function loadMore(withFocus = false) {
  const link = moreLink();
  if (!link || isLoading) return;
  isLoading = true;
  link.setAttribute("aria-busy", "true");
  try {
    const grown = new URL(link.href);
    grown.hash = "";
    const part = await fetchFragment(link.dataset.part);
    const shown = new Set(Array.from(list.children, (item) => item.dataset.bot));
    const items = Array.from(part.querySelectorAll("[data-bots] > li")).filter((item) => !shown.has(item.dataset.bot));
    list.append(...items.map((item) => document.adoptNode(item)));
    const more = part.querySelector("[data-more]");
    joinLinks(more?.querySelector("a"), grown);
    observer.disconnect();
    if (more) section.querySelector("[data-more]").replaceWith(document.adoptNode(more));
    else section.querySelector("[data-more]").remove();
    history.replaceState(history.state, "", grown);
    status.textContent = fill(gettext("%(count)s bots are shown."), { count: list.children.length });
    if (withFocus) items[0]?.querySelector("a").focus();
    isLoading = false;
    watchEnd();
  } catch {
    // The link leads on without this script, and the next scroll tries once more.
    link.removeAttribute("aria-busy");
    setTimeout(() => { isLoading = false; }, 3000);
  }
}

function watchEnd() {
  const link = moreLink();
  if (link) observer.observe(link);
}

section.addEventListener("click", (event) => {
  if (!event.target.closest("[data-more] a[data-part]") || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  loadMore(true);
});

if (list) watchEnd();
