// The subscribers page.

import { ListPage } from './list-page.js';
import { Live } from './live.js';
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
  seen: (keys) => {
    clearTimeout(following);
    following = setTimeout(() => live.follow(keys.slice(0, 200)), 300);
  },
});

function drift() {
  const { key, descending } = page.sorting();
  if (VALUES[key] && resort.hidden) resort.hidden = !page.list.hasDrifted(VALUES[key], descending);
}

// How many there are in each state changes without any row that is shown.
async function recount() {
  try {
    const { ok, body } = await page.ask({ offset: 0, limit: 0 });
    if (ok) page.counted(body.meta);
  } catch { /* The pill says that the server is not there. */ }
}

const live = new Live({
  topics: 'subscribers',
  events: { delta: ({ rows }) => { page.list.apply(rows); setTimeout(drift, 100); } },
  // A stream that is opened tells first how the rows stand that it follows.
  reload: recount,
  poll: () => page.load('stay'),
});

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
chooser.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape') return;
  chooser.open = false;
  chooser.querySelector('summary').focus();
});
if (!new URLSearchParams(location.search).get('columns') && kept()) show(kept());
addEventListener('popstate', () => show(new URLSearchParams(location.search).get('columns') || kept()));

setInterval(() => live.isLive() && recount(), 5000);
