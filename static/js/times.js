// Times as they are where the reader is.

import { write } from './frame.js';
import { LOCALE } from './words.js';

const clock = new Intl.DateTimeFormat(LOCALE, {
  year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit', hour12: false,
});

/** The time as it is where the reader is: `2026-11-23 04:05:06`. */
function local(iso) {
  const part = Object.fromEntries(clock.formatToParts(new Date(iso)).map(({ type, value }) => [type, value]));
  return `${part.year}-${part.month}-${part.day} ${part.hour}:${part.minute}:${part.second}`;
}

/** Writes the times in a part of the page anew. */
export function times(root) {
  for (const time of root.querySelectorAll('time.local')) write(time, local(time.dateTime));
}
