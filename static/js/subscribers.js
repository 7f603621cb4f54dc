// The subscribers page.

import { ListPage } from './list-page.js';
import { Live } from './live.js';
import { stand } from './notes.js';
import * as looks from './row.js';

const STATES = { online: 0, unknown: 1, offline: 2 };
const VALUES = {
  down: (row) => row.download_bps,
  up: (row) => row.upload_bps,
  state: (row) => STATES[row.state],
};
const resort = document.getElementById('resort');

let following = null;
const page = new ListPage({
  path: '/subscribers',
  api: '/api/v1/subscribers',
  name: 'subscribers',
  words: { total: 'total', first: 'empty.first', filter: 'empty.filter', sort: 'name' },
  looks,
  told: ({ tables, counts }) => stand(tables, counts.total === 0),
  seen: (keys) => {
    clearTimeout(following);
    following = setTimeout(() => live.follow(keys.slice(0, 200)), 300);
  },
});

function drift() {
  const { key, descending } = page.sorting();
  if (VALUES[key] && resort.hidden) resort.hidden = !page.list.hasDrifted(VALUES[key], descending);
}

/** Brings the rows up to date, and says if they stand in another order by now. */
async function renew() {
  const isThere = await page.renew();
  setTimeout(drift, 100);
  return isThere;
}

const live = new Live({
  topics: 'subscribers',
  events: { delta: ({ rows }) => { page.list.apply(rows); setTimeout(drift, 100); } },
  // After a restart the rows have other keys.
  reload: (isAnother) => (isAnother ? page.load('stay') : renew()),
  poll: renew,
});

// What is ordered for all who are shown follows what is chosen.
const order = document.getElementById('order');
if (order) {
  document.addEventListener('listed', ({ detail: { query } }) => {
    const state = query.get('state');
    const q = [query.get('q'), state && `state:${state}`].filter(Boolean).join(' ');
    const asked = new URLSearchParams(Object.entries({ router: query.get('router'), q }).filter(([, value]) => value));
    order.setAttribute('href', asked.size > 0 ? `/jobs/new?${asked}` : '/jobs/new');
  });
}

// Which columns are shown is kept by this browser, and said by the address once somebody chose.
const table = document.getElementById('table');
const chooser = document.getElementById('chooser');
const boxes = [...chooser.querySelectorAll('input[name=columns]')];

function kept() {
  try { return localStorage.getItem('subscribers.columns') ?? ''; } catch { return ''; }
}

function show(words) {
  for (const box of boxes) {
    box.checked = words ? words.split(',').includes(box.value) : box.dataset.usual !== undefined;
    table.classList.toggle(`no-${box.value}`, !box.checked);
  }
}

function choose(words) {
  try { localStorage.setItem('subscribers.columns', words); } catch { /* Then it holds for this address alone. */ }
  history.replaceState(null, '', page.address({ columns: words }));
  show(words);
  // The links of the page say it from now on.
  page.load('stay');
}

const usual = document.getElementById('usual-columns');
usual.hidden = false;
usual.addEventListener('click', () => choose(''));
chooser.addEventListener('change', () => {
  const words = boxes.filter((box) => box.checked).map((box) => box.value);
  choose(words.join(',') || 'none');
});
if (!new URLSearchParams(location.search).get('columns') && kept()) show(kept());
addEventListener('popstate', () => show(new URLSearchParams(location.search).get('columns') || kept()));

// The stream tells what changes all the time; all else of the rows, and how many there are, is asked for.
setInterval(() => live.isLive() && renew(), 5000);
