// The cells of a table, written by their kind. The server writes the same forms: src/web/table/cell.rs.

import { setState, write } from './frame.js';
import { NOTHING, bytes, rate, uptime } from './units.js';
import { count, decimal, t } from './words.js';

/** The longest text shown in a cell, in characters. */
const LONGEST = 64;
const HIDDEN = /[\p{Cc}\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;
const NAMED = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Text with every control and direction character written out. */
export function visible(text) {
  return text.replace(HIDDEN, (hidden) => NAMED[hidden] ?? `\\u{${hidden.codePointAt(0).toString(16)}}`);
}

export function brief(text) {
  const shown = visible(text);
  const letters = shown.length > LONGEST ? [...shown] : [];
  return letters.length > LONGEST ? `${letters.slice(0, LONGEST).join('')}…` : shown;
}

function percent(value) {
  return value > 0 && value < 0.5 ? '< 1 %' : `${value.toFixed(0)} %`;
}

const WRITTEN = {
  text: brief,
  address: visible,
  mac: visible,
  router: visible,
  link: visible,
  rate,
  limit: (value) => (value === 0 ? t('unlimited') : rate(value)),
  bytes,
  count,
  per_second: (value) => (value === 0 ? '0 /s' : `${decimal(value, 2)} /s`),
  duration: uptime,
  millis: (value) => `${value.toFixed(0)} ms`,
  percent,
  celsius: (value) => `${value.toFixed(0)} °C`,
  volts: (value) => `${decimal(value, 1)} V`,
  rpm: (value) => `${count(Math.round(value))} rpm`,
  protection: (word) => t(`protection.${word}`),
  flag: (value) => t(value ? 'yes' : 'no'),
};

/** Writes a value into its cell. */
export function cell(element, kind, value) {
  const isGap = value === null || value === undefined || value === '';
  if (kind === 'state') {
    setState(element.querySelector('.st'), isGap ? 'none' : value);
    return;
  }
  const shown = isGap ? NOTHING : WRITTEN[kind](value);
  const text = element.querySelector('.text');
  write(text, shown);
  if ((kind === 'text' || (kind === 'protection' && !isGap)) && element.title !== shown) element.title = shown;
  if (kind === 'router' && !isGap) text.setAttribute('href', `/routers/${encodeURIComponent(value)}`);
  if (kind === 'percent') {
    const meter = element.querySelector('meter');
    meter.hidden = isGap;
    meter.value = isGap ? 0 : value;
  }
}
