// One row of the list: made from a template, changed in place.

import { visible } from './cells.js';
import { setState, write } from './frame.js';
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

/** Writes everything that a row says. */
export function fill(element, row) {
  const shown = { ...row, ...row.shown };
  const cell = (name) => element.querySelector(`.c-${name}`);
  element.dataset.key = row.key;
  element.classList.toggle('gone', row.state === 'gone');
  const link = subscriberLink(row.router, row.name);
  const anchor = cell('name').querySelector('a');
  if (anchor.getAttribute('href') !== link) anchor.setAttribute('href', link);
  write(cell('name').querySelector('bdi'), shown.name);
  cell('name').title = shown.name;
  const times = cell('name').querySelector('.times');
  times.hidden = row.sessions < 2;
  write(times, `×${row.sessions}`);
  const service = cell('name').querySelector('.service');
  // Nearly all are PPPoE; only the others are worth a mark.
  service.hidden = !row.service || row.service === 'pppoe';
  write(service, shown.service);
  write(cell('router'), row.router);
  write(cell('profile').querySelector('bdi'), shown.profile);
  cell('profile').title = shown.profile;
  write(cell('caller_id').querySelector('bdi'), shown.caller_id);
  write(cell('caller_id').querySelector('.vendor'), row.is_local_mac ? t('local_mac') : row.vendor ?? '');
  for (const name of ['group', 'interface', 'vlan', 'ipv6_prefix', 'rate_limit']) {
    write(cell(name).querySelector('bdi'), shown[name] ?? '');
    cell(name).title = shown[name] ?? '';
  }
  write(cell('service').querySelector('bdi'), shown.service);
  write(cell('reason').querySelector('bdi'), shown.last_disconnect_reason);
  cell('reason').title = shown.last_disconnect_reason;
  write(cell('comment').querySelector('bdi'), shown.comment);
  cell('comment').title = shown.comment;
  values(element, row);
}

/** Writes what may have changed. */
export function values(element, row) {
  const cell = (name) => element.querySelector(`.c-${name}`);
  // A disabled account is not merely away; a session that goes on although it was disabled is marked besides.
  const isOff = row.disabled && row.state === 'offline';
  setState(cell('state').querySelector('.st'), isOff ? 'disabled' : row.state);
  cell('state').querySelector('.disabled').hidden = !row.disabled || isOff;
  element.classList.toggle('gone', row.state === 'gone');
  write(cell('down'), rate(row.download_bps));
  write(cell('up'), rate(row.upload_bps));
  write(cell('address').querySelector('bdi'), row.shown?.address ?? row.address);
  grow(element, row);
}

/** Writes what changes by the clock alone. */
export function grow(element, row) {
  const now = Date.now();
  let text = NOTHING;
  if (row.startedAt !== null) text = uptime((now - row.startedAt) / 1000);
  else if (row.last_seen) text = t('seen', { ago: ago((now - Date.parse(row.last_seen)) / 1000) });
  const cell = element.querySelector('.c-uptime');
  write(cell, text);
  cell.classList.toggle('seen', row.startedAt === null);
  const isAway = row.state === 'offline' || row.state === 'unknown';
  const seen = isAway && row.last_seen ? ago((now - Date.parse(row.last_seen)) / 1000) : NOTHING;
  write(element.querySelector('.c-last_seen'), seen);
  const down = row.state === 'offline' && row.downAt !== null ? uptime((now - row.downAt) / 1000) : NOTHING;
  write(element.querySelector('.c-downtime'), down);
  const age = now - row.readAt;
  const isStale = row.state === 'unknown' || (row.state === 'online' && age > STALE_AFTER);
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
  row.state = state;
  row.download_bps = down;
  row.upload_bps = up;
  row.startedAt = seconds === null ? null : now - seconds * 1000;
  row.readAt = now - age;
  if (row.address !== address) {
    row.address = address;
    row.shown = { ...row.shown, address: visible(address) };
  }
}
