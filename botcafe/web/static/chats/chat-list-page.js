// The page of all chats.
import { watchAccountEvents } from "./account-events.js";
import { watchChatList } from "./chat-list.js";

const chatList = watchChatList(document.querySelector("[data-pane]"));
watchAccountEvents(chatList.applyAccountState);
document.documentElement.dataset.scripted = "";
