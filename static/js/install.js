// Has the browser show a page of ours when the server cannot be reached: only where it may, which is over HTTPS or on
// this very machine.

const WORKER = '/worker.js';

/** Scripts of workers come from one place only, whatever is asked for; there is no second such policy. */
const policy = window.trustedTypes?.createPolicy('tikwatch-worker', {
  createScriptURL: (url) => {
    if (new URL(url, location.origin).pathname !== WORKER) throw new TypeError(url);
    return url;
  },
});

if ('serviceWorker' in navigator) {
  const version = new URL(import.meta.url).pathname.match(/^\/static\/~([0-9a-f]+)\//)?.[1] ?? '';
  const url = `${WORKER}?v=${version}`;
  // Without it everything works but the offline page.
  navigator.serviceWorker.register(policy ? policy.createScriptURL(url) : url).catch(() => {});
  const { lang: language } = document.documentElement;
  navigator.serviceWorker.ready.then(({ active }) => active.postMessage({ language }));
}
