// Lets the café be installed and opened chats be read offline; signing out takes all of it from this device.
const worker = navigator.serviceWorker;
const root = document.querySelector("[data-service-worker]");

async function clearDevice() {
  for (const name of await caches.keys()) await caches.delete(name);
  for (const key of Object.keys(localStorage)) if (key.startsWith("draft:")) localStorage.removeItem(key);
}

if (worker && root) {
  const isSignedIn = document.querySelector("[data-sign-out]") !== null;
  const chat = document.querySelector("[data-chat]");
  addEventListener("load", async () => {
    try {
      const wasThere = worker.controller !== null;
      await worker.register(root.dataset.serviceWorker);
      const { active } = await worker.ready;
      if (isSignedIn && !wasThere) active.postMessage({ keep: location.pathname });
    } catch {
      // without it the pages work as before
    }
  });
  // What was said since the page was opened is in the copy, too.
  const leaf = chat?.dataset.leaf;
  document.addEventListener("visibilitychange", () => {
    if (document.hidden && chat && chat.dataset.leaf !== leaf) worker.controller?.postMessage({ keep: location.pathname });
  });
}

document.querySelector("[data-sign-out]")?.addEventListener("submit", async (event) => {
  event.preventDefault();
  const form = event.target;
  try {
    await clearDevice();
  } finally {
    form.submit();
  }
});
