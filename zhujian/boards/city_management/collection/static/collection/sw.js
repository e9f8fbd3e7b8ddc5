/* Keeps the shell of the field app on the device. The server puts VERSION, FILES and SHELL in front of this file. Data never lie here:
   they are in the app's own store. */
const NAME = `zhujian-field-${VERSION}`;

self.addEventListener("install", (event) => {
  event.waitUntil(
    caches
      .open(NAME)
      .then((cache) => cache.addAll(FILES.map((file) => new Request(file, { cache: "reload", credentials: "same-origin" }))))
      .then(() => self.skipWaiting()),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    caches
      .keys()
      .then((names) => Promise.all(names.filter((name) => name.startsWith("zhujian-field-") && name !== NAME).map((name) => caches.delete(name))))
      .then(() => self.clients.claim()),
  );
});

self.addEventListener("fetch", (event) => {
  const asked = new URL(event.request.url);
  if (event.request.method !== "GET" || asked.origin !== self.location.origin) return;
  if (event.request.mode === "navigate" && asked.pathname === SHELL) {
    // A new version of the shell when there is a network, the kept one when there is none or it takes too long.
    event.respondWith(
      fetch(event.request, { signal: AbortSignal.timeout(4000) })
        .then((answer) => (answer.ok ? answer : Promise.reject(new Error(String(answer.status)))))
        .catch(() => caches.match(SHELL)),
    );
    return;
  }
  if (FILES.includes(asked.pathname + asked.search)) {
    event.respondWith(caches.match(event.request).then((kept) => kept || fetch(event.request)));
  }
});
