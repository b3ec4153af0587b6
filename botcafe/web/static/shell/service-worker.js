// Keeps our own files, and chats that were opened, for when the line is down. VERSION, FILES and URLS are put in front by
// the server. Nothing else is kept: no answers of the API, no keys, no account pages, no temporary chats.
const ASSETS = `files-${VERSION}`;
const CHATS = "chats";
const isKept = (path) => path === URLS.chats || (path.startsWith(`${URLS.chats}/`) && /^\d+$/.test(path.slice(URLS.chats.length + 1)));
const MAX_PAGES = 60;

let isCurrent = true; // the server still has the files that were kept

addEventListener("install", (event) => {
  event.waitUntil(caches.open(ASSETS).then((cache) => cache.addAll([...FILES, URLS.offline, crisisPage()])));
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
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (url.pathname.startsWith(URLS.files)) event.respondWith(fetchAsset(request, url));
  else if (request.mode === "navigate") event.respondWith(fetchPage(event, url));
});

addEventListener("message", (event) => {
  const { forget, keep } = event.data ?? {};
  if (forget) event.waitUntil(caches.delete(CHATS).then(() => event.ports[0]?.postMessage("done")));
  if (keep && isKept(keep)) event.waitUntil(fetch(keep, { credentials: "same-origin" }).then((response) => storePage(keep, response)).catch(() => {}));
});

async function fetchAsset(request, { pathname }) {
  const found = isCurrent && await caches.match(pathname, { cacheName: ASSETS });
  return found || fetch(request).catch(async () => (await caches.match(pathname)) ?? Response.error());
}

async function fetchPage(event, url) {
  try {
    const response = (await event.preloadResponse) ?? await fetch(event.request);
    const serverVersion = response.headers.get("x-cafe-version");
    if (serverVersion) isCurrent = serverVersion === VERSION;
    if (response.redirected && new URL(response.url).pathname === URLS.login) await caches.delete(CHATS);
    else if (url.pathname === URLS.crisis && !url.search && response.ok) event.waitUntil(keepCrisis());
    else if (isKept(url.pathname) && !url.search) event.waitUntil(storePage(url.pathname, response.clone()));
    return response;
  } catch {
    return storedPage(url);
  }
}

// The help lines as they were last seen; asked for without a sign-in, so that the copy names nobody.
function crisisPage() {
  return new Request(URLS.crisis, { credentials: "omit" });
}

async function keepCrisis() {
  await (await caches.open(ASSETS)).add(crisisPage()).catch(() => {});
}

async function storePage(path, response) {
  const cache = await caches.open(CHATS);
  const mayKeep = response.ok && !response.redirected && !(response.headers.get("cache-control") ?? "").includes("no-store");
  await cache.delete(path);
  if (!mayKeep) return;
  await cache.put(path, response);
  const all = await cache.keys();
  for (const old of all.slice(0, Math.max(0, all.length - MAX_PAGES))) await cache.delete(old);
}

// A copy says that it is one.
async function storedPage({ pathname }) {
  if (pathname === URLS.crisis) return (await caches.match(URLS.crisis, { ignoreVary: true })) ?? Response.error();
  const cache = await caches.open(CHATS);
  const found = (await cache.match(pathname)) ?? (pathname === URLS.home ? await cache.match(URLS.chats) : null);
  if (!found) return (await caches.match(URLS.offline)) ?? Response.error();
  const text = (await found.text()).replace("<body ", "<body data-offline ");
  return new Response(text, { headers: found.headers });
}
