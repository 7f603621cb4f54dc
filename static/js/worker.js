// The service worker: shows a page of ours when the server cannot be reached. It keeps that page and what it is made
// of, in the language of the page that was last opened, and nothing else: no data is ever kept.

const { v: VERSION = '', l: LANGUAGE = 'en' } = Object.fromEntries(new URL(self.location).searchParams);
const KEPT = `tikwatch-${VERSION}-${LANGUAGE}`;
const OFFLINE = `/offline?language=${encodeURIComponent(LANGUAGE)}`;

/** Keeps the page and the files that it names. */
async function keep() {
  const kept = await caches.open(KEPT);
  const answer = await fetch(OFFLINE, { cache: 'reload', credentials: 'omit' });
  if (!answer.ok) throw new Error(`${OFFLINE}: ${answer.status}`);
  const page = await answer.clone().text();
  const files = [...page.matchAll(/(?:href|src)="(\/static\/[^"#]+)/g)].map(([, path]) => path);
  await kept.addAll([...new Set(files)]);
  await kept.put(OFFLINE, answer);
  await self.skipWaiting();
}

/** Forgets what earlier versions kept. */
async function tidy() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith('tikwatch-') && name !== KEPT).map((name) => caches.delete(name)));
  await self.clients.claim();
}

/** The page that was asked for; without a server, ours. */
async function navigate(request) {
  try {
    return await fetch(request);
  } catch {
    return await caches.match(OFFLINE) ?? Response.error();
  }
}

/** A file of the offline page, which is asked for as long as the server is there. */
async function file(request) {
  try {
    return await fetch(request);
  } catch {
    return await caches.match(request) ?? Response.error();
  }
}

self.addEventListener('install', (event) => event.waitUntil(keep()));
self.addEventListener('activate', (event) => event.waitUntil(tidy()));
self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET') return;
  if (request.mode === 'navigate') event.respondWith(navigate(request));
  else if (new URL(request.url).pathname.startsWith('/static/')) event.respondWith(file(request));
});
