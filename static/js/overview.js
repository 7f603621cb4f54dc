// The overview, kept up to date.

import { Chart } from './chart.js';
import { setState, write } from './frame.js';
import { Live } from './live.js';
import { NOTHING, ago, rate } from './units.js';
import { count, t } from './words.js';

const EVENTS = 12;
const TROUBLES = 8;
const byId = (id) => document.getElementById(id);
const copy = (id) => byId(id).content.firstElementChild.cloneNode(true);
const chart = new Chart(byId('chart'));
/** When each router's values were read, by our clock; null if it was never reached. */
const readAt = new Map();
/** When each router in trouble is tried again, by our clock. */
const retryAt = new Map();

function totals(now) {
  write(byId('kpi-online'), count(now.online));
  write(byId('kpi-total'), count(now.total));
  write(byId('kpi-offline'), count(now.offline));
  write(byId('kpi-unknown'), count(now.unknown));
  write(byId('kpi-disabled'), count(now.disabled));
  write(byId('kpi-down'), rate(now.down));
  write(byId('kpi-up'), rate(now.up));
  write(byId('kpi-live'), count(now.live));
  write(byId('kpi-routers'), count(now.routers));
}

function routers(list) {
  for (const router of list) {
    const row = document.querySelector(`tr[data-router="${CSS.escape(router.router)}"]`);
    if (!row) continue;
    const cell = (name) => row.querySelector(`[data-cell="${name}"]`);
    setState(cell('status').querySelector('.st'), router.status);
    row.classList.toggle('stale', router.status !== 'live');
    write(cell('cpu'), router.cpu === null ? NOTHING : `${router.cpu} %`);
    write(cell('memory'), router.memory === null ? NOTHING : `${router.memory} %`);
    write(cell('sessions'), router.sessions === null ? NOTHING : count(router.sessions));
    write(cell('down'), rate(router.down));
    write(cell('up'), rate(router.up));
    readAt.set(router.router, router.age_ms === null ? null : Date.now() - router.age_ms);
    if (router.retry_in_s === null) retryAt.delete(router.router);
    else retryAt.set(router.router, Date.now() + router.retry_in_s * 1000);
  }
  troubles(list.filter((router) => router.what !== null));
  ages();
}

function ages() {
  for (const [router, at] of readAt) {
    const row = document.querySelector(`tr[data-router="${CSS.escape(router)}"]`);
    write(row?.querySelector('[data-cell="age"]'), at === null ? NOTHING : ago((Date.now() - at) / 1000));
  }
  for (const item of document.querySelectorAll('#attention li')) {
    const wait = Math.max(0, Math.ceil((retryAt.get(item.dataset.router) - Date.now()) / 1000));
    write(item.querySelector('.retry'), Number.isNaN(wait) ? '' : t('retry', { n: wait }));
  }
}

/** Worst first: what waits for a person comes before what mends itself. */
function troubles(list) {
  const rank = { refused: 0, blocked: 1 };
  list.sort((one, other) => (rank[one.status] ?? 2) - (rank[other.status] ?? 2));
  const section = byId('attention');
  const shown = list.slice(0, TROUBLES);
  const more = list.length - shown.length;
  byId('attention-more').hidden = more === 0;
  write(byId('attention-more').querySelector('a'), t('more', { n: more }));
  const said = JSON.stringify(shown.map(({ router, status, what, advice }) => [router, status, what, advice]));
  if (section.dataset.said === said) return;
  section.dataset.said = said;
  section.hidden = shown.length === 0;
  section.querySelector('ul').replaceChildren(...shown.map((router) => {
    const item = copy('trouble');
    item.dataset.router = router.router;
    setState(item.querySelector('.st'), router.status);
    write(item.querySelector('strong'), router.router);
    write(item.querySelector('.what bdi'), router.what);
    write(item.querySelector('.advice'), router.advice);
    when(item.querySelector('time'), router.since);
    return item;
  }));
}

function when(time, at) {
  time.dateTime = at;
  time.title = at;
  write(time, ago((Date.now() - Date.parse(at)) / 1000));
}

function busiest(lists) {
  for (const direction of ['down', 'up']) {
    const list = byId(`busiest-${direction}`);
    const rows = lists[direction];
    list.hidden = rows.length === 0;
    byId(`busiest-${direction}-empty`).hidden = rows.length > 0;
    while (list.children.length > rows.length) list.lastElementChild.remove();
    while (list.children.length < rows.length) list.append(copy('top'));
    rows.forEach(([router, shown, name, bits], place) => {
      const item = list.children[place];
      const link = item.querySelector('a');
      write(link.querySelector('bdi'), shown);
      // A quotation mark in quoted text is written twice.
      const href = `/subscribers?${new URLSearchParams({ router, q: `name:"${name.replaceAll('"', '""')}"` })}`;
      if (link.getAttribute('href') !== href) link.setAttribute('href', href);
      write(item.querySelector('.where'), router);
      write(item.querySelector('.number'), rate(bits));
    });
  }
}

function happened(event) {
  const item = copy('happened');
  setState(item.querySelector('.st'), event.word);
  write(item.querySelector('.who'), event.name);
  write(item.querySelector('.where'), event.router);
  write(item.querySelector('.why'), event.what);
  when(item.querySelector('time'), event.at);
  const list = byId('events');
  list.prepend(item);
  while (list.children.length > EVENTS) list.lastElementChild.remove();
  byId('events-empty').hidden = true;
}

setInterval(ages, 1000);
new Live({
  topics: 'routers,totals,events',
  events: {
    totals, routers, busiest, event: happened,
    history: (samples) => chart.replace(samples),
    sample: (sample) => chart.add(sample),
  },
  // A new start may know other routers: their rows come with the page.
  reload: () => { if (document.querySelectorAll('tr[data-router]').length !== readAt.size) location.reload(); },
});
