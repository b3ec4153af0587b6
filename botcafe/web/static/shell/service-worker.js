// Keeps our own files, and chats that were opened, for when the line is down. VERSION, FILES and URLS are put in front by
// the server. Nothing else is kept: no answers of the API, no keys, no account pages, no temporary chats.
const ASSETS = `files-${VERSION}`;
const CHATS = "chats";
const isKept = (path) => path === URLS.chats || (path.startsWith(`${URLS.chats}/`) && /^\d+$/.test(path.slice(URLS.chats.length + 1)));
const MOST = 60;

let isCurrent = true; // the server still has the files that were kept

addEventListener("install", (event) => {
  event.waitUntil(caches.open(ASSETS).then((cache) => cache.addAll([...FILES, URLS.offline])));
  skipWaiting();
});

addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) if (name.startsWith("files-") && name !== ASSETS) await caches.delete(name);
    await registration.navigationPreload?.enable();
    await clients.claim();
  })());
});

addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== location.origin) return;
  if (address.pathname.startsWith(URLS.files)) event.respondWith(asset(request, address));
  else if (request.mode === "navigate") event.respondWith(page(event, address));
});

addEventListener("message", (event) => {
  const { forget, keep } = event.data ?? {};
  if (forget) event.waitUntil(caches.delete(CHATS).then(() => event.ports[0]?.postMessage("done")));
  if (keep && isKept(keep)) event.waitUntil(fetch(keep, { credentials: "same-origin" }).then((answer) => put(keep, answer)).catch(() => {}));
});

async function asset(request, { pathname }) {
  const found = isCurrent && await caches.match(pathname, { cacheName: ASSETS });
  return found || fetch(request).catch(async () => (await caches.match(pathname)) ?? Response.error());
}

async function page(event, address) {
  try {
    const answer = (await event.preloadResponse) ?? await fetch(event.request);
    const told = answer.headers.get("x-cafe-version");
    if (told) isCurrent = told === VERSION;
    if (answer.redirected && new URL(answer.url).pathname === URLS.login) await caches.delete(CHATS);
    else if (isKept(address.pathname) && !address.search) event.waitUntil(put(address.pathname, answer.clone()));
    return answer;
  } catch {
    return stored(address);
  }
}

async function put(path, answer) {
  const cache = await caches.open(CHATS);
  const mayKeep = answer.ok && !answer.redirected && !(answer.headers.get("cache-control") ?? "").includes("no-store");
  await cache.delete(path);
  if (!mayKeep) return;
  await cache.put(path, answer);
  const all = await cache.keys();
  for (const old of all.slice(0, Math.max(0, all.length - MOST))) await cache.delete(old);
}

// A copy says that it is one.
async function stored({ pathname }) {
  const cache = await caches.open(CHATS);
  const found = (await cache.match(pathname)) ?? (pathname === URLS.home ? await cache.match(URLS.chats) : null);
  if (!found) return (await caches.match(URLS.offline)) ?? Response.error();
  const text = (await found.text()).replace("<body ", "<body data-offline ");
  return new Response(text, { headers: found.headers });
}
