// The subscribers page. Its state is its address: everything that is chosen is in there.

import { isShortcut, setIcon, write } from './frame.js';
import { List } from './list.js';
import { Live } from './live.js';
import { count, t } from './words.js';

const KEPT = ['q', 'state', 'router', 'sort'];
const FALLS_FIRST = ['down', 'up', 'uptime'];
const byId = (id) => document.getElementById(id);
const input = byId('q');
const select = byId('router');
const resort = byId('resort');

const chosen = () => new URLSearchParams(location.search);
const sorting = () => {
  const sort = chosen().get('sort') || 'name';
  return { key: sort.replace(/^-/, ''), descending: sort.startsWith('-') };
};

/** The address of this list with some of what is chosen changed; an empty value chooses nothing. */
function address(changes) {
  const now = chosen();
  const query = new URLSearchParams();
  for (const name of KEPT) {
    const value = changes[name] ?? now.get(name);
    if (value) query.set(name, value);
  }
  return query.size > 0 ? `/subscribers?${query}` : '/subscribers';
}

async function ask(offset, limit) {
  const query = chosen();
  query.set('offset', offset);
  query.set('limit', limit);
  const answer = await fetch(`/api/v1/subscribers?${query}`);
  return { ok: answer.ok, body: await answer.json() };
}

const list = new List({
  load: async (offset, limit) => {
    try {
      const { ok, body } = await ask(offset, limit);
      return ok ? body.subscribers : null;
    } catch {
      return null;
    }
  },
  seen: (keys) => {
    clearTimeout(list.following);
    list.following = setTimeout(() => live.follow(keys.slice(0, 200)), 300);
  },
  gone: () => {
    clearTimeout(list.leaving);
    list.leaving = setTimeout(() => load('stay'), 10_000);
  },
  drifted: () => { resort.hidden = false; },
});

let asking = 0;

/** Asks anew and shows the answer: from the top, or with what is seen staying where it is. */
async function load(scroll) {
  asking += 1;
  const mine = asking;
  try {
    const offset = scroll === 'stay' ? list.offset() : 0;
    let { ok, body } = await ask(offset, 200);
    if (mine !== asking) return true;
    if (!ok) {
      problem(body.search ? t(`problem.${body.search[0]}`, { value: body.search[1] }) : body.detail);
      return true;
    }
    problem('');
    if (offset > 0 && body.subscribers.length === 0) return load('top');
    list.show(body.subscribers, offset, body.meta.total, scroll === 'stay' ? 'stay' : 'top');
    meta(body.meta);
    resort.hidden = true;
    return true;
  } catch {
    if (mine === asking) problem(t('failed'));
    return false;
  }
}

function problem(text) {
  write(byId('problem'), text);
  input.toggleAttribute('aria-invalid', text !== '');
}

function meta({ total, counts }) {
  const state = chosen().get('state') || 'all';
  for (const chip of document.querySelectorAll('#chips .chip')) {
    const word = chip.dataset.state;
    write(chip.querySelector('b'), count(word === 'all' ? counts.total : counts[word]));
    chip.setAttribute('href', address({ state: word === 'all' ? '' : word }));
    if (word === state) chip.setAttribute('aria-current', 'true');
    else chip.removeAttribute('aria-current');
  }
  write(byId('total'), t('total', { n: total }));
  const { key, descending } = sorting();
  for (const head of document.querySelectorAll('th[data-key]')) {
    const word = head.dataset.key;
    const isSorted = word === key;
    const falls = isSorted ? !descending : FALLS_FIRST.includes(word);
    head.setAttribute('aria-sort', isSorted ? (descending ? 'descending' : 'ascending') : 'none');
    const link = head.querySelector('a');
    link.setAttribute('href', address({ sort: (falls ? '-' : '') + word }));
    setIcon(link.querySelector('svg'), isSorted && descending ? 'chevron-down' : 'chevron-up');
  }
  const isFiltered = ['q', 'state', 'router'].some((name) => chosen().get(name));
  byId('list').hidden = total === 0;
  byId('empty').hidden = total > 0;
  byId('clear').hidden = !isFiltered;
  byId('clear').setAttribute('href', address({ q: '', state: '', router: '' }));
  write(byId('empty-text'), t(isFiltered ? 'empty.filter' : 'empty.first'));
}

/** Goes to an address of this list without loading the page. */
function go(href, how) {
  history[how](null, '', href);
  fields();
  load('top');
}

function fields() {
  if (document.activeElement !== input) input.value = chosen().get('q') ?? '';
  select.value = chosen().get('router') ?? '';
}

const STATES = { online: 0, unknown: 1, offline: 2 };
const VALUES = {
  down: (row) => row.download_bps,
  up: (row) => row.upload_bps,
  state: (row) => STATES[row.state],
};

function drift() {
  const { key, descending } = sorting();
  if (VALUES[key] && resort.hidden) resort.hidden = !list.hasDrifted(VALUES[key], descending);
}

let typing = null;
input.addEventListener('input', () => {
  clearTimeout(typing);
  typing = setTimeout(() => go(address({ q: input.value.trim() }), 'replaceState'), 200);
});
select.addEventListener('change', () => go(address({ router: select.value }), 'pushState'));
byId('find').addEventListener('submit', (event) => {
  event.preventDefault();
  clearTimeout(typing);
  go(address({ q: input.value.trim() }), 'pushState');
});
document.addEventListener('click', (event) => {
  const link = event.target.closest('#chips a, #table thead a, #clear');
  if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
    event.preventDefault();
    if (link.id === 'clear') input.value = '';
    go(link.getAttribute('href'), 'pushState');
  }
  const token = event.target.closest('.token');
  if (token) {
    input.value = `${input.value.trim()} ${token.dataset.token}`.trim();
    token.closest('details').open = false;
    input.focus();
    go(address({ q: input.value }), 'pushState');
  }
});
document.addEventListener('keydown', (event) => {
  const hints = document.querySelector('.hints');
  if (event.key === 'Escape' && hints.open) {
    hints.open = false;
    hints.querySelector('summary').focus();
  }
  if (!isShortcut(event)) return;
  if (event.key === '/') {
    event.preventDefault();
    input.focus();
    input.select();
  }
  if (event.key.toLowerCase() === 'r') load('stay');
});
resort.addEventListener('click', () => load('stay'));
addEventListener('popstate', () => { fields(); load('top'); });

const live = new Live({
  topics: 'subscribers',
  events: { delta: ({ rows }) => { list.apply(rows); setTimeout(drift, 100); } },
  reload: () => load('stay'),
  poll: () => load('stay'),
});

// How many there are in each state changes without any row that is shown.
setInterval(async () => {
  if (live.paused || document.hidden || live.timers.poll) return;
  try {
    const { ok, body } = await ask(0, 0);
    if (ok && body.meta.total === 0 === (list.total === 0)) {
      if (body.meta.total !== list.total) resort.hidden = false;
      meta(body.meta);
    } else if (ok) {
      load('top');
    }
  } catch { /* The pill says that the server is not there. */ }
}, 5000);

byId('pager').hidden = true;
load('top');
