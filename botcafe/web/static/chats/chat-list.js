// The list of chats: found by name, marked where there is news, changed from a menu of its own.
import { fill, gettext } from "../shell/messages.js";
import { watchNewChat } from "../chat-list/new-chat.js";
import { fetchFragment, post } from "../shell/http.js";

const DEBOUNCE_MS = 250;

export function watchChatList(pane, { current = "", onRefused = () => {}, onChanged = () => {} } = {}) {
  const template = document.getElementById("template-chat-item-menu");
  let currentQuery = location.pathname === pane.dataset.listUrl ? location.search : "";
  let lastState = [];
  let timer = 0;

  const announcer = document.createElement("p"); // stays, while the list is painted anew
  announcer.className = "visually-hidden";
  announcer.setAttribute("role", "status");
  pane.append(announcer);
  const list = () => pane.querySelector("[data-chat-list]");

  async function render(query = currentQuery) {
    currentQuery = query;
    const page = await fetchFragment(`${pane.dataset.fragmentUrl}${query || "?"}${current ? `&current=${current}` : ""}`).catch(() => null);
    if (!page || query !== currentQuery || !list()) return;
    const isTyping = pane.querySelector("[data-chat-list-search] input") === document.activeElement;
    if (isTyping) {
      pane.querySelector(".chat-list-filters").replaceWith(page.querySelector(".chat-list-filters"));
      list().parentElement.replaceWith(page.querySelector("[data-chat-list]").parentElement);
    } else pane.querySelector("[data-chat-list-box]").replaceWith(page.querySelector("[data-chat-list-box]"));
    showMenus();
    markActivity(lastState);
  }

  function showMenus() {
    for (const menu of pane.querySelectorAll("[data-chat-item-menu]")) menu.hidden = false;
  }

  // Who writes and where there is news; nothing changes its place under somebody's hand.
  function markActivity(conversations) {
    const lines = new Map(Array.from(pane.querySelectorAll("[data-chat-item]"), (line) => [line.dataset.chatItem, line]));
    for (const { id, is_unread: isUnread, writing } of conversations) {
      const line = lines.get(String(id));
      if (!line) continue;
      const names = (writing ?? []).map((each) => each.bot?.name ?? gettext("A bot"));
      const note = line.querySelector("[data-writing]");
      note.hidden = !names.length;
      note.textContent = names.length ? fill(gettext("%(name)s is writing …"), { name: names[0] }) : "";
      line.toggleAttribute("data-unread", Boolean(isUnread) && line.dataset.chatStatus !== "muted" && String(id) !== current);
    }
  }

  const activityKey = ({ leaf, modified, writing }) => `${leaf} ${modified} ${writing?.length ?? 0}`;

  function applyAccountState(conversations) {
    const before = new Map(lastState.map((each) => [each.id, activityKey(each)]));
    const hasActivity = lastState.length && conversations.some((each) => !each.writing?.length && before.get(each.id) !== activityKey(each));
    lastState = conversations;
    const isNarrowed = ["q", "view", "tag", "folder"].some((name) => new URLSearchParams(currentQuery).get(name));
    if (hasActivity && !pane.matches(":hover, :focus-within") && !isNarrowed) render();
    else markActivity(conversations);
  }

  function fillMenu(menu) {
    const line = menu.closest("[data-chat-item]");
    const sheet = menu.querySelector("[data-chat-item-sheet]");
    sheet.replaceChildren(template.content.cloneNode(true));
    for (const form of sheet.querySelectorAll("form")) form.setAttribute("action", form.getAttribute("action").replace("/0/", `/${line.dataset.chatItem}/`));
    for (const node of sheet.querySelectorAll("[id], [for]")) {
      if (node.id) node.id = node.id.replace("-0", `-in-list-${line.dataset.chatItem}`);
      if (node.htmlFor) node.htmlFor = node.htmlFor.replace("-0", `-in-list-${line.dataset.chatItem}`);
    }
    sheet.querySelector('[name="title"]').value = line.dataset.title;
    sheet.querySelector('[name="tags"]').value = line.dataset.tags;
    sheet.querySelector('[name="folder"]').value = line.dataset.folder;
    const undoLabels = { pinned: gettext("Unpin"), muted: gettext("Unmute"), archived: gettext("Unarchive") };
    const button = sheet.querySelector(`[data-toggles="${CSS.escape(line.dataset.chatStatus)}"]`);
    if (button) {
      button.value = "active";
      button.querySelector("span").textContent = undoLabels[line.dataset.chatStatus];
    }
  }

  async function submitAction(form, submitter) {
    try {
      await post(form.action, new FormData(form, submitter));
      for (const menu of document.querySelectorAll("details[data-menu][open]")) menu.open = false;
      onChanged(form);
      await render();
    } catch (refusal) {
      onRefused(refusal);
    }
  }

  pane.addEventListener("toggle", (event) => {
    if (event.target.matches?.("[data-chat-item-menu]") && event.target.open) fillMenu(event.target);
  }, true);
  document.addEventListener("submit", (event) => {
    if (!event.target.matches("[data-chat-action]")) return;
    event.preventDefault();
    submitAction(event.target, event.submitter);
  });
  pane.addEventListener("submit", (event) => event.target.matches("[data-chat-list-search]") && event.preventDefault());
  pane.addEventListener("input", (event) => {
    const form = event.target.closest("[data-chat-list-search]");
    if (!form) return;
    clearTimeout(timer);
    timer = setTimeout(async () => {
      await render(`?${new URLSearchParams(new FormData(form))}`);
      announcer.textContent = pane.querySelector("[data-chat-count]")?.textContent.replace(/\s+/g, " ") ?? "";
    }, DEBOUNCE_MS);
  });
  pane.addEventListener("click", async (event) => {
    const link = event.target.closest("[data-view], [data-chat-list-more]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    const before = pane.querySelectorAll("[data-chat-item]").length;
    await render(new URL(link.href).search || "?");
    if (link.matches("[data-chat-list-more]")) pane.querySelectorAll("[data-chat-item]")[before]?.querySelector("a").focus();
  });
  showMenus();
  watchNewChat();
  return { applyAccountState, render };
}
