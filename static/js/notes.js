// What a list says of the routers whose rows cannot be had or are old: written by the server, and asked for anew here.

import { write } from './frame.js';
import { paced } from './live.js';
import { renew } from './renew.js';
import { t } from './words.js';

const changed = paced(500, renew);
/** When a router is called again is known to the server alone. */
const again = paced(10_000, renew);
const retries = () => document.querySelectorAll('#notes [data-retry]');
let before = null;

/** Takes over how the tables stand that the rows are from, router by router. */
export function stand(tables, isEmpty) {
  const now = JSON.stringify([tables.map(({ router, status, state, lacks }) => [router, status, state, lacks]), isEmpty]);
  if (before !== null && before !== now) changed();
  else if (retries().length > 0) again();
  before = now;
}

/** Whether no router has told anything yet: then it is not the search that finds nothing. */
export const isUnread = (tables) => tables?.length > 0 && tables.every(({ state }) => state === 'waiting');

setInterval(() => {
  for (const retry of retries()) {
    const wait = Math.max(0, Number(retry.dataset.retry) - 1);
    retry.dataset.retry = wait;
    write(retry, t('retry', { n: wait }));
  }
}, 1000);
