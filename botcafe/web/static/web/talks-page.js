// The page of all chats.
import { listen } from "./live.js";
import { watchTalks } from "./talks.js";

const talks = watchTalks(document.querySelector("[data-pane]"));
listen(talks.news);
document.documentElement.dataset.scripted = "";
