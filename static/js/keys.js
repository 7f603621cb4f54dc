// The keys of the pages: one table, by which they work and from which they are told.

import { t } from './words.js';

/** What can be done by keys: at once, one after another, or with Ctrl (Cmd on a Mac). */
const KEYS = {
  palette: 'Ctrl K', search: '/', resort: 'R', pause: 'P', help: '?',
  overview: 'G O', subscribers: 'G S', groups: 'G G', routers: 'G R', logs: 'G L',
};

/** Where the keys of pages lead, for whom the rail leads there. */
const PAGES = { overview: '/', subscribers: '/subscribers', groups: '/groups', routers: '/routers', logs: '/logs' };

/** How long the second of two keys may take, in milliseconds. */
const PATIENCE = 1500;

/** What this page does, by the names of the table. */
const actions = new Map();

/** Has the keys of the table do this on this page. */
export function on(name, act, says = t(`key.${name}`)) {
  actions.set(name, { act, says });
}

/** Whether the page does something of this name. */
export function isDone(name) {
  return actions.has(name);
}

/** Whether keys without Ctrl do something: who speaks to the computer may not want that. */
function areSingle() {
  try { return localStorage.getItem('keys') !== 'off'; } catch { return true; }
}

/** Whether a key was meant for the page, not for a field or a dialog. */
function isShortcut(event) {
  return !event.altKey && areSingle() && !event.target.closest('input, select, textarea, [contenteditable]')
    && !document.querySelector('dialog:modal');
}

let first = { key: '', at: -Infinity };

/** The keys that were pressed, as the table has them. */
function pressed(event) {
  const key = event.key.toUpperCase();
  if (event.ctrlKey || event.metaKey) return event.shiftKey || event.altKey ? '' : `Ctrl ${key}`;
  if (!isShortcut(event)) return '';
  const both = event.timeStamp - first.at < PATIENCE ? `${first.key} ${key}` : '';
  const isSecond = Object.values(KEYS).includes(both);
  first = { key: isSecond ? '' : key, at: event.timeStamp };
  return isSecond ? both : key;
}

document.addEventListener('keydown', (event) => {
  if (!event.key || event.isComposing || event.repeat || event.key === 'Shift') return;
  const keys = pressed(event);
  const name = Object.keys(KEYS).find((known) => KEYS[known] === keys);
  if (!actions.has(name)) return;
  event.preventDefault();
  actions.get(name).act();
});

const dialog = document.getElementById('keys');

/** A line of the dialog: keys, and what they do. */
function line(keys, says) {
  const row = document.createElement('div');
  const [term, text] = [document.createElement('dt'), document.createElement('dd')];
  keys.split(' ').forEach((key, place) => {
    if (place > 0) term.append(' ');
    const shown = document.createElement('kbd');
    shown.textContent = key;
    term.append(shown);
  });
  text.textContent = says;
  row.append(term, text);
  return row;
}

/** Shows what the keys do on this page. */
function help() {
  const known = Object.entries(KEYS).filter(([name]) => actions.has(name));
  dialog.querySelector('dl').replaceChildren(...known.map(([name, keys]) => line(keys, actions.get(name).says)));
  dialog.showModal();
}

if (dialog) {
  on('help', help);
  for (const [name, path] of Object.entries(PAGES)) {
    const link = document.querySelector(`.rail li a[href="${path}"]`);
    if (link) on(name, () => location.assign(path), t('key.go', { page: link.textContent.trim() }));
  }
  const opener = document.getElementById('keys-open');
  opener.hidden = false;
  opener.addEventListener('click', help);
  const single = document.getElementById('keys-single');
  single.checked = areSingle();
  single.addEventListener('change', () => {
    try { localStorage.setItem('keys', single.checked ? 'on' : 'off'); } catch { /* Then they stay as they are. */ }
  });
}
