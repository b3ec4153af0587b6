// The page of all chats.
import { listen } from "./account-events.js";
import { watchTalks } from "./chat-list.js";

const talks = watchTalks(document.querySelector("[data-pane]"));
listen(talks.news);
document.documentElement.dataset.scripted = "";
