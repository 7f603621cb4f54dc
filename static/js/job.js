// The page of a job, kept up to date while something is under way.

import { renew } from './renew.js';

/** How often, in milliseconds. */
const EVERY = 1_000;

async function follow() {
  const { phase } = document.getElementById('job').dataset;
  if (phase === 'running' && !document.hidden) await renew();
  setTimeout(follow, EVERY);
}

setTimeout(follow, EVERY);
