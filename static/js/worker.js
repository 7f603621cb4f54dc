// The service worker: shows a page of ours when the server cannot be reached. It keeps that page and what it is made
// of, in the language of the page that was last opened, and nothing else: no data is ever kept.
//
// A newer one waits until the last page of the older is closed. It does not skip that: where it did, Chromium 156 now
// and then never got an answer to a page that was asked for right then.

const VERSION = new URL(self.location).searchParams.get('v') ?? '';
const KEPT = `tikwatch-${VERSION}`;
const OFFLINE = '/offline';

/** Keeps the page, which is asked for under this address, and the files that it names. */
async function keep(address) {
  const cache = await caches.open(KEPT);
  const answer = await fetch(address, { cache: 'reload', credentials: 'omit' });
  if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
  const page = await answer.clone().text();
  const files = [...page.matchAll(/(?:href|src)="(\/static\/[^"#]+)/g)].map(([, path]) => path);
  await cache.addAll([...new Set(files)]);
  await cache.put(OFFLINE, answer);
}

/** Keeps the page in the language in which an earlier version kept it; for the first time in that of the browser. */
async function begin() {
  const language = (await caches.match(OFFLINE))?.headers.get('Content-Language');
  await keep(language ? named(language) : OFFLINE);
}

/** Where the page is in a language. */
function named(language) {
  return `${OFFLINE}?language=${encodeURIComponent(language)}`;
}

/** Has the page kept in this language, unless it is. */
async function speak(language) {
  const page = await kept(OFFLINE);
  if (page?.headers.get('Content-Language') === language) return;
  await keep(named(language));
}

/** What this version keeps for a request. */
async function kept(request) {
  return (await caches.open(KEPT)).match(request);
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
    return await kept(OFFLINE) ?? Response.error();
  }
}

/** A file of the offline page, which is asked for as long as the server is there. */
async function file(request) {
  try {
    return await fetch(request);
  } catch {
    return await kept(request) ?? Response.error();
  }
}

self.addEventListener('install', (event) => event.waitUntil(begin()));
self.addEventListener('activate', (event) => event.waitUntil(tidy()));
self.addEventListener('message', (event) => {
  if (typeof event.data?.language === 'string') event.waitUntil(speak(event.data.language));
});
self.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method !== 'GET') return;
  if (request.mode === 'navigate') event.respondWith(navigate(request));
  else if (new URL(request.url).pathname.startsWith('/static/')) event.respondWith(file(request));
});
