// The figures of the performance page, renewed while somebody looks. Lines keep their places; new ones come last.

import { setState, write } from './frame.js';
import { Live, paced, signIn } from './live.js';
import { NOTHING, bytes, uptime } from './units.js';
import { count, decimal } from './words.js';

/** The figures are asked for no more often than this, however often the stream says that something changed. */
const AT_LEAST = 4_000;

const known = (value, shown) => (value === null || value === undefined ? NOTHING : shown(value));
const tenths = (value) => decimal(value, 1);
const percent = (value) => `${decimal(value, 1)} %`;

/** Three digits, as the server writes them: src/web/performance.rs. */
function millis(value) {
  let digits = 0;
  if (value < 0.995) digits = 2;
  else if (value < 99.95) digits = 1;
  return `${decimal(value, digits)} ms`;
}

function cellOf(name, value) {
  if (name.endsWith('_ms')) return known(value, millis);
  if (name === 'per_minute') return known(value, tenths);
  if (name === 'poll_load_percent') return known(value, (load) => `${decimal(load, 2)} %`);
  return known(value, count);
}

function figures(report) {
  const { process, store, connections } = report;
  const values = {
    uptime_s: uptime(report.uptime_s),
    memory_bytes: bytes(process.memory_bytes),
    peak_memory_bytes: bytes(process.peak_memory_bytes),
    cpu_percent: known(process.cpu_percent, percent),
    total_requests: count(report.total_requests),
    requests_per_minute: tenths(report.requests_per_minute),
    limited: count(report.limited),
    success_rate: known(connections.success_rate, (rate) => percent(rate * 100)),
    size_bytes: bytes(store.size_bytes),
    restarts: count([...Object.values(report.restarts), ...report.routers.map((router) => router.restarts)]
      .reduce((sum, one) => sum + one, 0)),
  };
  for (const element of document.querySelectorAll('[data-figure]')) write(element, values[element.dataset.figure]);
}

/** Writes one table; `lines` are a key, a state and values by name. */
function lines(id, all) {
  const body = document.getElementById(id)?.tBodies[0];
  if (!body) return;
  const rows = new Map([...body.rows].map((row) => [row.dataset.key, row]));
  for (const { key, state, values } of all) {
    let row = rows.get(key);
    if (!row) {
      row = document.getElementById(`${id}-line`).content.firstElementChild.cloneNode(true);
      row.dataset.key = key;
      write(row.querySelector('th bdi'), key);
      body.append(row);
    }
    if (state) setState(row.querySelector('.st'), state);
    for (const cell of row.querySelectorAll('[data-cell]')) write(cell, cellOf(cell.dataset.cell, values[cell.dataset.cell]));
  }
}

async function renew() {
  try {
    const answer = await fetch('/api/performance');
    if (answer.status === 401) signIn();
    if (!answer.ok) return false;
    const report = await answer.json();
    figures(report);
    lines('routers', report.routers.map((values) => (
      { key: values.router, state: values.status, values: { ...values, ...values.connections } })));
    lines('routes', report.routes.map((values) => (
      { key: values.path ? `${values.method} ${values.path}` : NOTHING, values })));
    return true;
  } catch {
    return false;
  }
}

new Live({
  topics: 'routers',
  events: { routers: paced(AT_LEAST, renew) },
  reload: renew,
  poll: renew,
});
