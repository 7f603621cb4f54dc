// A log that is followed: what is new comes on top, unless somebody reads further down; then it is only counted.

import { visible } from './cells.js';
import './export.js';
import { setState, write } from './frame.js';
import { on } from './keys.js';
import { Live, paced, signIn } from './live.js';
import { times } from './times.js';
import { t } from './words.js';

/** New lines are asked for no more often than this, however often the stream says that something happened. */
const AT_LEAST = 2_000;
const MOST_ROWS = 300;
/** Closer to the top than this nobody reads anything that new lines could push away. */
const TOP = 8;
const byId = (id) => document.getElementById(id);
const table = byId('log');
const { tab, list } = table.dataset;
const body = byId('rows');
const region = byId('list');
const follow = byId('follow');
const fresh = byId('fresh');
const form = byId('find');
/** Only the first page grows at its top. */
const isFirst = Number(table.dataset.first) <= 1;
let total = Number(table.dataset.total);
let newest = table.dataset.newest === '' ? -1 : Number(table.dataset.newest);
/** Rows that came and are not shown yet, the newest first. */
let waiting = [];

function brief(text) {
  const letters = [...visible(text)];
  return letters.length > 64 ? `${letters.slice(0, 64).join('')}…` : letters.join('');
}

function element(row) {
  const made = byId('row').content.firstElementChild.cloneNode(true);
  made.dataset.number = row.number;
  const time = made.querySelector('time');
  time.dateTime = row.time;
  time.title = row.time;
  const cell = (name) => made.querySelector(name);
  setState(cell('.st'), tab === 'events' ? row.state ?? row.kind : row.level);
  write(cell('.l-router bdi'), row.router ?? '');
  write(cell('.l-name bdi'), brief(row.name ?? ''));
  write(cell('.l-source bdi'), visible(row.source ?? ''));
  write(cell('.log-text'), visible((tab === 'events' ? row.what : row.message) ?? ''));
  for (const [name, value] of Object.entries(row.fields ?? {})) {
    const field = byId('field').content.firstElementChild.cloneNode(true);
    write(field.querySelector('b'), visible(name));
    write(field.querySelector('bdi'), visible(value));
    cell('.l-message').append(' ', field);
  }
  times(made);
  return made;
}

/** Whether somebody reads what new lines would move. */
function isReading() {
  return !follow.checked || region.scrollTop > TOP || !getSelection().isCollapsed;
}

function show() {
  if (waiting.length === 0) return;
  const rows = waiting.slice(0, MOST_ROWS).map(element);
  waiting = [];
  body.prepend(...rows);
  while (body.rows.length > MOST_ROWS) body.lastElementChild.remove();
  region.hidden = false;
  byId('empty').hidden = true;
  tell();
}

function tell() {
  fresh.hidden = waiting.length === 0;
  write(fresh.querySelector('span'), t('logs.fresh', { n: waiting.length }));
}

/** What is chosen, as the API is asked for it. */
function query() {
  const chosen = new URLSearchParams(location.search);
  const asked = new URLSearchParams();
  for (const name of ['q', 'level', 'router', 'topic']) if (chosen.get(name)) asked.set(name, chosen.get(name));
  return asked;
}

/** Asks for what is newer. True if there was an answer. */
async function renew() {
  if (!isFirst) return true;
  const asked = query();
  if (tab !== 'events') asked.set('source', tab);
  if (newest >= 0) asked.set('after', newest);
  asked.set('limit', MOST_ROWS);
  try {
    const answer = await fetch(`/api/v1/${list}?${asked}`);
    if (answer.status === 401) signIn();
    if (!answer.ok) return false;
    const rows = (await answer.json())[list];
    if (rows.length > 0) {
      newest = rows[0].number;
      total += rows.length;
      write(byId('total'), t('rows', { n: total }));
      document.dispatchEvent(new CustomEvent('listed', { detail: { query: query(), total } }));
      waiting = [...rows, ...waiting].slice(0, MOST_ROWS);
    }
    if (isReading()) tell();
    else show();
    return true;
  } catch {
    return false;
  }
}

const soon = paced(AT_LEAST, renew);

times(document);
for (const zone of document.querySelectorAll('.zone')) zone.remove();
if (isFirst) byId('follow-label').hidden = false;
fresh.addEventListener('click', () => {
  region.scrollTop = 0;
  show();
});
follow.addEventListener('change', () => follow.checked && renew());
region.addEventListener('scroll', () => region.scrollTop <= TOP && follow.checked && show(), { passive: true });
for (const choice of form.querySelectorAll('select')) choice.addEventListener('change', () => form.requestSubmit());
form.addEventListener('formdata', ({ formData }) => {
  // An address without what is not chosen.
  for (const [name, value] of [...formData]) if (!value) formData.delete(name);
});
on('search', () => byId('q').focus());

new Live({
  topics: 'logs',
  events: { logs: soon },
  // After a restart rows are numbered anew.
  reload: (isAnother) => (isAnother ? location.reload() : soon()),
  poll: renew,
});
