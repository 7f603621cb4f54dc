// Brings a page up to date from the page itself: it is asked for anew, and only what differs is written.
//
// The server writes every value once, in its template; here nothing has to write the same again. What comes is read as a
// document of its own, in which no script runs, and its text is put into place as text.

import { signIn } from './live.js';

/** The page as the server would show it now; null if it cannot be had. */
function ask() {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();
    request.open('GET', location.pathname + location.search);
    request.responseType = 'document';
    request.addEventListener('load', () => {
      if (request.responseURL.includes('/sign-in')) signIn();
      resolve(request.status === 200 || request.status === 404 ? request.response : null);
    });
    request.addEventListener('error', () => resolve(null));
    request.send();
  });
}

/** What the reader or a script did to an element, which the server does not know; what is hidden loses the focus. */
const isOurs = (element, name) => name === 'open' || (name === 'hidden' && element.dataset.copy !== undefined);

function attributes(old, fresh) {
  for (const { name, value } of fresh.attributes) {
    if (!isOurs(old, name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  for (const { name } of [...old.attributes]) {
    if (!isOurs(old, name) && !fresh.hasAttribute(name)) old.removeAttribute(name);
  }
}

/** Makes one element like the other; what is alike stays the same element, with its focus and its place. */
function become(old, fresh) {
  if (old.nodeType !== fresh.nodeType || old.nodeName !== fresh.nodeName) {
    old.replaceWith(document.importNode(fresh, true));
    return;
  }
  if (old.nodeType !== Node.ELEMENT_NODE) {
    if (old.nodeValue !== fresh.nodeValue) old.nodeValue = fresh.nodeValue;
    return;
  }
  attributes(old, fresh);
  while (old.childNodes.length > fresh.childNodes.length) old.lastChild.remove();
  [...fresh.childNodes].forEach((child, place) => {
    const known = old.childNodes[place];
    if (known) become(known, child);
    else old.append(document.importNode(child, true));
  });
}

/** Renews every part of the page that says so; tells whether the server was there. */
export async function renew() {
  const fresh = await ask();
  if (!fresh) return false;
  const parts = (page) => [...page.querySelectorAll('[data-live]')];
  const names = (page) => parts(page).map((part) => part.dataset.live).join();
  if (names(fresh) !== names(document)) {
    // There is more or less to be shown than before: somebody came or went.
    become(document.getElementById('content'), fresh.getElementById('content'));
  } else {
    parts(document).forEach((part, place) => become(part, parts(fresh)[place]));
  }
  document.dispatchEvent(new Event('renewed'));
  return true;
}
