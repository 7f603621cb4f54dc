// One row of the list: made from a template, changed in place.

import { visible } from './cells.js';
import { setAttribute, setState, write } from './frame.js';
import { NOTHING, ago, rate, subscriberLink, uptime } from './units.js';
import { t } from './words.js';

/** Values older than this are shown as old. */
const STALE_AFTER = 15_000;

/** A row of the server's answer, with the times by our clock. */
export function received(row) {
  const now = Date.now();
  const before = (seconds) => (seconds === null ? null : now - seconds * 1000);
  return { ...row, readAt: now - row.age_ms, startedAt: before(row.uptime_s), downAt: before(row.downtime_s) };
}

/** An element for a row that is not there yet. */
export function blank() {
  return document.getElementById('row').content.firstElementChild.cloneNode(true);
}

const known = new WeakMap();

/** The cells of a row by their columns, and where the text of each stands: looked for once. */
function cells(element) {
  let found = known.get(element);
  if (!found) {
    found = {};
    for (const cell of element.children) {
      const column = [...cell.classList].find((word) => word.startsWith('c-'))?.slice(2);
      if (column) found[column] = { cell, text: cell.querySelector('bdi') ?? cell };
    }
    known.set(element, found);
  }
  return found;
}

/** Writes a text that may be cut, and the whole of it as the cell's title. */
function titled({ cell, text }, value) {
  const shown = value ?? '';
  write(text, shown);
  if (cell.title !== shown) cell.title = shown;
}

/** Writes everything that a row says. */
export function fill(element, row) {
  const shown = { ...row, ...row.shown };
  const of = cells(element);
  const name = of.name.cell;
  element.dataset.key = row.key;
  setAttribute(name.querySelector('a'), 'href', subscriberLink(row.router, row.name));
  const times = name.querySelector('.times');
  times.hidden = row.sessions < 2;
  write(times, `×${row.sessions}`);
  const service = name.querySelector('.service');
  // Nearly all are PPPoE; only the others are worth a mark.
  service.hidden = !row.service || row.service === 'pppoe';
  write(service, shown.service);
  write(of.router.text, row.router);
  write(of.caller_id.text, shown.caller_id);
  const vendor = of.caller_id.cell.querySelector('.vendor');
  write(vendor, row.is_local_mac ? t('local_mac') : row.vendor ?? '');
  setAttribute(vendor, 'title', vendor.textContent);
  write(of.service.text, shown.service);
  for (const column of ['name', 'profile', 'group', 'interface', 'vlan', 'ipv6_prefix', 'rate_limit', 'comment']) {
    titled(of[column], shown[column]);
  }
  titled(of.reason, shown.last_disconnect_reason);
  values(element, row);
}

/** Writes what may have changed. */
export function values(element, row) {
  const of = cells(element);
  // A disabled account is not merely away; a session that goes on although it was disabled is marked besides.
  const isOff = row.disabled && row.state === 'offline';
  const state = row.isGone ? 'gone' : row.state;
  setState(of.state.cell.querySelector('.st'), isOff && !row.isGone ? 'disabled' : state);
  of.state.cell.querySelector('.disabled').hidden = !row.disabled || isOff;
  element.classList.toggle('gone', row.isGone === true);
  element.classList.toggle('away', row.state === 'offline');
  write(of.down.text, row.isGone ? NOTHING : rate(row.download_bps));
  write(of.up.text, row.isGone ? NOTHING : rate(row.upload_bps));
  write(of.address.text, row.shown?.address ?? row.address);
  grow(element, row);
}

/** Writes what changes by the clock alone. */
export function grow(element, row) {
  const of = cells(element);
  const now = Date.now();
  let text = NOTHING;
  // What cannot be asked for is not known to go on.
  if (row.startedAt !== null) text = uptime(row.state === 'unknown' ? row.uptime_s : (now - row.startedAt) / 1000);
  else if (row.last_seen) text = t('seen', { ago: ago((now - Date.parse(row.last_seen)) / 1000) });
  write(of.uptime.text, text);
  of.uptime.cell.classList.toggle('seen', row.startedAt === null);
  setAttribute(of.uptime.cell, 'title', row.startedAt === null && row.last_seen ? row.last_seen : '');
  const isAway = row.state === 'offline' || row.state === 'unknown';
  write(of.last_seen?.text, isAway && row.last_seen ? ago((now - Date.parse(row.last_seen)) / 1000) : NOTHING);
  const isDown = row.state === 'offline' && row.downAt !== null;
  write(of.downtime?.text, isDown ? uptime((now - row.downAt) / 1000) : NOTHING);
  const age = now - row.readAt;
  const isStale = !row.isGone && (row.state === 'unknown' || row.state === 'online' && age > STALE_AFTER);
  if (element.classList.toggle('stale', isStale)) {
    element.title = t('stale', { age: uptime(age / 1000) });
  } else if (element.title) {
    element.title = '';
  }
}

/** Takes over what the stream says of a row. */
export function change(row, [, state, down, up, seconds, age, address]) {
  const now = Date.now();
  if (row.state === 'online' && state === 'offline') {
    row.last_seen = new Date(now).toISOString();
    row.downAt = now;
  }
  // Who is gone stays as it was, struck through.
  row.isGone = state === 'gone';
  if (row.isGone) {
    row.startedAt = null;
    row.downAt = null;
    return;
  }
  row.state = state;
  row.download_bps = down;
  row.upload_bps = up;
  row.uptime_s = seconds;
  row.startedAt = seconds === null ? null : now - seconds * 1000;
  row.readAt = now - age;
  if (row.address !== address) {
    row.address = address;
    row.shown = { ...row.shown, address: visible(address) };
  }
}
