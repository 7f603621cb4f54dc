// What every page has: icons, states, and text that is written only when it changes.

import { t } from './words.js';
import { ago } from './units.js';

const SYMBOLS = {
  online: 'circle-fill', offline: 'circle', unknown: 'question-circle', disabled: 'dash-lg', gone: 'x-lg',
  live: 'circle-fill', connecting: 'circle-half', down: 'exclamation-octagon-fill',
  refused: 'exclamation-triangle-fill', blocked: 'exclamation-triangle-fill', rebooted: 'arrow-clockwise',
  running: 'circle-fill', no_link: 'circle', ok: 'circle-fill', fail: 'exclamation-octagon-fill', none: 'dash-lg',
  error: 'exclamation-octagon-fill', warn: 'exclamation-triangle-fill', info: 'info-circle', debug: 'three-dots', trace: 'three-dots',
  valid: 'circle-fill', used_up: 'circle',
};

/** Writes a text if it is not there already; a text that is there is changed, not replaced by another. */
export function write(element, text) {
  const wanted = String(text ?? '');
  const first = element?.firstChild;
  if (first?.nodeType === Node.TEXT_NODE && !first.nextSibling) {
    if (first.data !== wanted) first.data = wanted;
  } else if (element && element.textContent !== wanted) {
    element.textContent = wanted;
  }
}

/** Sets an attribute if it is not so already: writing the same again has the browser work out its look again. */
export function setAttribute(element, name, value) {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

/** Shows another icon of the sprite. */
export function setIcon(svg, symbol) {
  setAttribute(svg.firstElementChild, 'href', `${document.body.dataset.sprite}#${symbol}`);
}

/** An icon of the sprite. */
export function icon(symbol) {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  svg.append(document.createElementNS('http://www.w3.org/2000/svg', 'use'));
  setIcon(svg, symbol);
  return svg;
}

/** Shows a state: its shape, its word, its colour. */
export function setState(element, word) {
  if (element.dataset.word === word) return;
  element.dataset.word = word;
  element.className = `st st-${word}`;
  setIcon(element.querySelector('svg'), SYMBOLS[word] ?? 'question-circle');
  write(element.querySelector('.st-word'), t(`state.${word}`));
}

// Times that were written once grow older by themselves.
setInterval(() => {
  for (const time of document.querySelectorAll('time.ago')) {
    write(time, ago((Date.now() - Date.parse(time.dateTime)) / 1000));
  }
}, 5000);
