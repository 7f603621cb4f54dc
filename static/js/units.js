// Numbers as people read them. The server writes the same forms.

import { decimal, t } from './words.js';

/** What is written where a value is not known; zero is a measured zero only. */
export const NOTHING = '–';

const RATES = ['bit/s', 'kbit/s', 'Mbit/s', 'Gbit/s', 'Tbit/s'];
const RATES_IN_BYTES = ['B/s', 'kB/s', 'MB/s', 'GB/s', 'TB/s'];
const VOLUMES = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

function scaled(number, units) {
  let value = number;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  let digits = 0;
  if (unit > 0 && value < 9.995) digits = 2;
  else if (unit > 0 && value < 99.95) digits = 1;
  return `${decimal(value, digits)} ${units[unit]}`;
}

const IN_BYTES = document.documentElement.dataset.rates === 'bytes';

/** Three significant digits: `12.4 kbit/s`, or `1.55 kB/s` for who reads rates in bytes. */
export function rate(bits) {
  if (bits === null || bits === undefined) return NOTHING;
  return IN_BYTES ? scaled(bits / 8, RATES_IN_BYTES) : scaled(bits, RATES);
}

/** Three significant digits: `1.24 GB`, of which 1 kB is 1,000 bytes. */
export function bytes(volume) {
  return volume === null || volume === undefined ? NOTHING : scaled(volume, VOLUMES);
}

/** `3d 04:12`, `4:12:33`, `12:33`. */
export function uptime(seconds) {
  const two = (number) => String(number).padStart(2, '0');
  const days = Math.floor(seconds / 86400);
  const hours = Math.floor(seconds / 3600) % 24;
  const minutes = Math.floor(seconds / 60) % 60;
  if (days > 0) return `${days}d ${two(hours)}:${two(minutes)}`;
  if (hours > 0) return `${hours}:${two(minutes)}:${two(Math.floor(seconds) % 60)}`;
  return `${minutes}:${two(Math.floor(seconds) % 60)}`;
}

/** The page of a subscriber. */
export function subscriberLink(router, name) {
  // No browser asks for these as they are: they are ways up. The list finds them.
  if (['', '.', '..'].includes(name)) return `/subscribers?${new URLSearchParams({ router, q: `"${name}"` })}`;
  return `/subscribers/${router}/${encodeURIComponent(name)}`;
}

/** How long ago, by the greatest unit that fits. */
export function ago(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return t('ago.seconds', { n: whole });
  if (whole < 3600) return t('ago.minutes', { n: Math.floor(whole / 60) });
  if (whole < 86400) return t('ago.hours', { n: Math.floor(whole / 3600) });
  return t('ago.days', { n: Math.floor(whole / 86400) });
}
