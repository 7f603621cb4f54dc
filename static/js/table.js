// A page that is one table of the routers.

import { cell } from './cells.js';
import { setAttribute } from './frame.js';
import { ListPage, chosen } from './list-page.js';
import { Live, paced } from './live.js';
import { stand } from './notes.js';

/** Values are asked for no more often than this, however often the stream says that something changed. */
const AT_LEAST = 4_000;
const { path, api, list: name, usual, acting } = document.getElementById('table').dataset;
const columns = [...document.querySelectorAll('#table thead th')].map((head) => head.dataset);
/** The routers that cannot be asked: what is shown of them is old. */
let away = new Set();

/** The routers at whose rows the visitor may have something done. */
const writable = new Set((acting ?? '').split(' '));
/** What is nearest at hand at a row, and its name in an order: src/web/acts.rs. */
const ACTS = {
  hotspot: (row) => ['remove_hotspot_session', row.user],
  users: (row) => [row.state === 'disabled' ? 'enable_hotspot_user' : 'disable_hotspot_user', row.name],
  leases: (row) => (row.dynamic ? ['make_lease_static', row.address] : null),
};

/** Leads from a row to what can be done at it. */
function offer(link, row) {
  const act = writable.has(row.router) && !row.isGone ? ACTS[name](row) : null;
  link.hidden = act === null;
  if (act === null) return;
  const [action, names] = act;
  setAttribute(link, 'href', `/jobs/new?${new URLSearchParams({ router: row.router, action, names, id: row.id })}`);
}

const looks = {
  received: (row) => ({ ...row, key: `${row.router ?? row.name}:${row.id ?? '*0'}` }),
  blank: () => document.getElementById('row').content.firstElementChild.cloneNode(true),
  grow: (element, row) => element.classList.toggle('stale', away.has(row.router ?? row.name)),
  fill: (element, row) => {
    element.dataset.key = row.key;
    element.classList.toggle('gone', row.isGone === true);
    element.classList.toggle('stale', away.has(row.router ?? row.name));
    columns.forEach(({ key, kind }, place) => cell(element.children[place], kind, row[key]));
    const link = element.querySelector('.act');
    if (link) offer(link, row);
  },
};

/** How the tables stand that the rows are from, router by router. */
function told({ tables, total, counts }) {
  away = new Set(tables.filter(({ status }) => status !== 'live').map(({ router }) => router));
  const isEmpty = total === 0 && Object.values(counts).every((known) => known === 0);
  stand(tables, isEmpty);
  const note = document.getElementById('dynamic-note');
  if (note) note.hidden = chosen().get('state') !== 'dynamic';
}

const page = new ListPage({
  path, api, name, usual, looks, told,
  words: { total: 'rows', first: 'none.first', filter: 'none.filter' },
});

new Live({
  topics: 'routers',
  events: { routers: paced(AT_LEAST, () => page.renew()) },
  reload: () => page.renew(),
  poll: () => page.renew(),
});
