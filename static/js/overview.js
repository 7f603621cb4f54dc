// The overview, kept up to date.

import { Chart } from './chart.js';
import { setAttribute, setState, write } from './frame.js';
import { Live } from './live.js';
import { renew } from './renew.js';
import { NOTHING, ago, rate, subscriberLink } from './units.js';
import { count, t } from './words.js';

const byId = (id) => document.getElementById(id);
const copy = (id) => byId(id).content.firstElementChild.cloneNode(true);
const chart = new Chart(byId('chart'));
/** When each router's values were read, by our clock; null if it was never reached. */
const readAt = new Map();
/** When each router in trouble is tried again, by our clock. */
const retryAt = new Map();

/** How the links stood. */
let stood = null;

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
  const now = list.map(({ router, status, what }) => [router, status, what]).join();
  if (stood !== null && stood !== now) soon();
  stood = now;
  ages();
}

function ages() {
  for (const [router, at] of readAt) {
    const row = document.querySelector(`tr[data-router="${CSS.escape(router)}"]`);
    write(row?.querySelector('[data-cell="age"]'), at === null ? NOTHING : ago((Date.now() - at) / 1000));
  }
  for (const item of document.querySelectorAll('#attention li[data-retries]')) {
    const wait = Math.max(0, Math.ceil((retryAt.get(item.dataset.router) - Date.now()) / 1000));
    write(item.querySelector('.retry'), Number.isNaN(wait) ? '' : t('retry', { n: wait }));
  }
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
      setAttribute(link, 'title', shown);
      const href = subscriberLink(router, name);
      if (link.getAttribute('href') !== href) link.setAttribute('href', href);
      write(item.querySelector('.where'), router);
      write(item.querySelector('.number'), rate(bits));
    });
  }
}

// What needs a person, groups and events come with the page, and are taken from it anew.
const AT_LEAST = 5_000;
let renewedAt = performance.now();
let planned = null;
function soon() {
  if (planned || document.hidden) return;
  planned = setTimeout(async () => {
    await renew();
    renewedAt = performance.now();
    planned = null;
    ages();
  }, Math.max(250, renewedAt + AT_LEAST - performance.now()));
}

setInterval(ages, 1000);
// Loads, sensors and groups change without any event.
setInterval(() => live.isLive() && soon(), 15_000);
const live = new Live({
  topics: 'routers,totals,events',
  events: {
    totals, routers, busiest, event: soon,
    history: (samples) => chart.replace(samples),
    sample: (sample) => chart.add(sample),
  },
  // A new start may know other routers: their rows come with the page.
  reload: () => {
    const rows = document.querySelectorAll('tr[data-router]').length;
    if (readAt.size > 0 && rows !== readAt.size) location.reload();
  },
});
