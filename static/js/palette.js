// The palette: pages, routers, groups and subscribers, found as somebody types.

import { visible } from './cells.js';
import { icon, write } from './frame.js';
import { isDone, on } from './keys.js';
import { paced, signIn } from './live.js';
import { subscriberLink } from './units.js';
import { t } from './words.js';

/** The server is asked no more often than this, in milliseconds. */
const AT_LEAST = 150;
/** The most that are shown of each kind. */
const MOST = 8;

const byId = (id) => document.getElementById(id);
const [dialog, input, list, says] = ['palette', 'palette-q', 'palette-found', 'palette-says'].map(byId);
const links = [...document.querySelectorAll('.rail > ul > li:not(.more) > a, .menu-body > a')];

/** What is asked for, page by page of the rail: whoever may not open the page is not answered either. */
const SOURCES = [
  {
    page: '/routers', symbol: 'router', path: '/api/v1/routers',
    read: ({ routers }) => routers.map(({ name, label }) => ({
      href: `/routers/${encodeURIComponent(name)}`, name, where: label ?? '',
    })),
  },
  {
    page: '/groups', symbol: 'collection', path: '/api/v1/groups',
    read: ({ groups }) => groups.map(({ id, name, router }) => ({ href: `/groups/${id}`, name, where: router ?? '' })),
  },
  {
    page: '/subscribers', symbol: 'people', path: '/api/v1/subscribers',
    read: ({ subscribers }) => subscribers.map(({ router, name }) => ({
      href: subscriberLink(router, name), name, where: router,
    })),
  },
].filter(({ page }) => links.some((link) => link.getAttribute('href') === page));

/** What is offered now, and which of it Enter opens. */
let offered = [];
let active = 0;
let isAsking = false;
/** Enter was pressed before anything was found. */
let isEntered = false;

function pages(typed) {
  const wanted = typed.toLowerCase();
  return links.map((link) => ({
    href: link.getAttribute('href'), name: link.textContent.trim(), where: t('palette.page'),
    symbol: link.querySelector('use')?.getAttribute('href').split('#')[1] ?? 'person-circle',
  })).filter(({ name }) => name.toLowerCase().includes(wanted));
}

function option({ href, name, where, symbol }, place) {
  const item = document.createElement('li');
  item.id = `palette-${place}`;
  item.dataset.href = href;
  item.setAttribute('role', 'option');
  const [shown, beside] = [document.createElement('bdi'), document.createElement('bdi')];
  shown.dir = 'auto';
  beside.dir = 'auto';
  beside.className = 'where';
  shown.textContent = visible(name);
  beside.textContent = visible(where);
  item.append(icon(symbol), shown, beside);
  return item;
}

/** Marks what Enter opens. */
function mark(place) {
  active = place;
  [...list.children].forEach((item, at) => item.setAttribute('aria-selected', String(at === active)));
  const item = list.children[active];
  if (item) input.setAttribute('aria-activedescendant', item.id);
  else input.removeAttribute('aria-activedescendant');
  item?.scrollIntoView({ block: 'nearest' });
}

function offer(found) {
  offered = found;
  list.replaceChildren(...found.map(option));
  list.hidden = found.length === 0;
  input.setAttribute('aria-expanded', String(found.length > 0));
  mark(Math.min(active, Math.max(0, found.length - 1)));
  let words = t('palette.found', { n: found.length });
  if (isAsking) words = t('palette.asking');
  else if (found.length === 0) words = t('palette.nothing');
  write(says, words);
  if (isEntered && found.length > 0) location.assign(found[0].href);
}

/** What one source has, and where all of it is if that is too much; null if it cannot be asked. */
async function answer({ page, path, read, symbol }, typed) {
  try {
    const response = await fetch(`${path}?${new URLSearchParams({ q: typed, limit: MOST })}`);
    if (response.status === 401) signIn();
    // Half a filter is no question yet.
    if (response.status === 400) return [];
    if (!response.ok) return null;
    const told = await response.json();
    const found = read(told).slice(0, MOST);
    const { total } = told.meta;
    if (total > found.length) {
      const title = links.find((link) => link.getAttribute('href') === page).textContent.trim();
      const href = `${page}?${new URLSearchParams({ q: typed })}`;
      found.push({ href, name: t('palette.all', { n: total, page: title }), where: '' });
    }
    return found.map((one) => ({ ...one, symbol }));
  } catch {
    return null;
  }
}

/** Asks one source after the other, and none any more once something else is typed. */
const ask = paced(AT_LEAST, async () => {
  const typed = input.value.trim();
  const isWanted = () => dialog.open && typed !== '' && input.value.trim() === typed;
  let isReached = true;
  for (const source of SOURCES) {
    if (!isWanted()) return;
    const found = await answer(source, typed);
    if (!isWanted()) return;
    isReached &&= found !== null;
    isAsking = source !== SOURCES.at(-1);
    if (found?.length > 0 || !isAsking) offer([...offered, ...found ?? []]);
  }
  if (!isReached) write(says, t('palette.lost'));
});

function typed() {
  isEntered = false;
  active = 0;
  isAsking = input.value.trim() !== '' && SOURCES.length > 0;
  offer(pages(input.value.trim()));
  if (isAsking) ask();
}

function open() {
  if (dialog.open) {
    dialog.close();
  } else if (!document.querySelector('dialog:modal')) {
    input.value = '';
    dialog.showModal();
    typed();
  }
}

input.addEventListener('input', typed);
input.addEventListener('keydown', (event) => {
  if (event.isComposing) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && offered.length > 0) {
    event.preventDefault();
    mark((active + step + offered.length) % offered.length);
  } else if (event.key === 'Enter') {
    event.preventDefault();
    if (offered[active]) location.assign(offered[active].href);
    else isEntered = isAsking;
  }
});
list.addEventListener('click', (event) => {
  const item = event.target.closest('[role="option"]');
  if (item) location.assign(item.dataset.href);
});
// A click beside it closes it, as Escape does.
dialog.addEventListener('click', (event) => event.target === dialog && dialog.close());
// Whoever comes back to the page meets it as it was left.
addEventListener('pagehide', () => dialog.close());

on('palette', open);
// Where a page has nothing of its own to search, its key searches everything.
if (!isDone('search')) on('search', open);
const button = byId('palette-open');
button.hidden = false;
button.addEventListener('click', open);
