// The choice of model is kept as soon as it is made.
import { post } from "./post.js";

export function watchModel(chat, { onChosen, onRefused }) {
  const form = chat.querySelector("[data-model]");
  if (!form) return;
  form.querySelector('[type="submit"]').hidden = true;
  form.addEventListener("change", async () => {
    try {
      await post(form.action, new FormData(form));
      onChosen("The next reply uses this model.");
    } catch (refusal) {
      onRefused(refusal);
    }
  });
}
