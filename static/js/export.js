// Takes a list away as a file, and says how far it is. Without scripts the same links are plain downloads.

import { write } from './frame.js';
import { refused, tell } from './refusals.js';
import { bytes } from './units.js';
import { t } from './words.js';

const offer = document.getElementById('export');
/** The end of a line: each row has one, in every format. */
const LINE = 10;
let running = null;

const part = (word) => offer.querySelector(`[data-part="${word}"]`);

/** What the links of a view lead to follows what is chosen on the page: a query without what is leafed by. */
function follow({ query, total }) {
  write(part('view').querySelector('.rows'), t('rows', { n: total }));
  for (const link of part('view').querySelectorAll('a')) {
    const url = new URL(part('all').querySelector(`[data-word="${link.dataset.word}"]`).href);
    for (const [name, value] of query) url.searchParams.set(name, value);
    link.setAttribute('href', url.pathname + url.search);
  }
}

function say(text) {
  write(offer.querySelector('.said'), text);
}

/** Reads an answer to its end and tells how far it is. */
async function read(answer, bar) {
  const rows = Number(answer.headers.get('x-total-rows'));
  const reader = answer.body.getReader();
  const chunks = [];
  let lines = 0;
  let size = 0;
  bar.max = Math.max(1, rows);
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return { blob: new Blob(chunks, { type: answer.headers.get('content-type') }), rows };
    chunks.push(value);
    size += value.length;
    for (const byte of value) if (byte === LINE) lines += 1;
    bar.value = Math.min(lines, rows);
    say(t('export.progress', { done: Math.min(lines, rows), n: rows, size: bytes(size) }));
  }
}

/** What is not in a file, in the reader's language: it is told as words, some of them with a value. */
function leftOut(headers) {
  const told = (one) => {
    const [word, value] = one.split('=');
    return t(`left_out.${word}`, { value, n: /^\d+$/.test(value) ? Number(value) : undefined });
  };
  return (headers.get('x-left-out-words') ?? 'secrets').split('; ').map(told).join(' · ');
}

function save(blob, name) {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  // Not at once: the browser has yet to begin.
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

async function take(href) {
  running?.abort();
  const mine = new AbortController();
  running = mine;
  const progress = offer.querySelector('.progress');
  const bar = progress.querySelector('progress');
  progress.hidden = false;
  bar.removeAttribute('value');
  say('');
  try {
    const answer = await fetch(href, { signal: mine.signal });
    if (!answer.ok) {
      tell(offer.querySelector('.said'), refused(await answer.json()));
      return;
    }
    const name = /filename="([^"]+)"/.exec(answer.headers.get('content-disposition'))[1];
    const { blob, rows } = await read(answer, bar);
    save(blob, name);
    say(`${t('export.done', { name, n: rows })} ${t('export.without', { what: leftOut(answer.headers) })}`);
  } catch {
    if (running === mine) say(t(mine.signal.aborted ? 'export.cancelled' : 'export.failed'));
  } finally {
    if (running === mine) {
      running = null;
      progress.hidden = true;
    }
  }
}

if (offer) {
  offer.querySelector('.cancel').addEventListener('click', () => running?.abort());
  offer.addEventListener('click', (event) => {
    const link = event.target.closest('.export-links a');
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || event.button !== 0) return;
    event.preventDefault();
    take(link.getAttribute('href'));
  });
  document.addEventListener('listed', (event) => follow(event.detail));
}
