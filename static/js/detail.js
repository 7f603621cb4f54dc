// The page of one subscriber or one router, kept up to date as often as the router is read.

import { write } from './frame.js';
import { Live, paced } from './live.js';
import { renew } from './renew.js';
import { LOCALE, t } from './words.js';

/** The page is asked for no more often than this, however often the stream says that something changed. */
const AT_LEAST = 2_000;

/** Times of the day, in the reader's zone, and what only scripts can do. */
function dress() {
  for (const time of document.querySelectorAll('time.clock')) {
    write(time, new Date(time.dateTime).toLocaleTimeString(LOCALE));
  }
  for (const button of document.querySelectorAll('[data-copy]')) button.hidden = false;
}

document.addEventListener('click', async (event) => {
  const button = event.target.closest('[data-copy]');
  if (!button) return;
  const says = button.firstChild;
  const label = says.nodeValue;
  try {
    await navigator.clipboard.writeText(button.dataset.copy);
    says.nodeValue = t('copied');
  } catch {
    // Without HTTPS a browser does not let pages copy: then the text is marked, ready to be copied by hand.
    getSelection().selectAllChildren(button.closest('dd').querySelector('bdi'));
    says.nodeValue = t('marked');
  }
  setTimeout(() => { says.nodeValue = label; }, 2_000);
});

document.addEventListener('renewed', dress);
dress();

const soon = paced(AT_LEAST, () => renew());
const { key, topic } = document.querySelector('[data-live="head"]').dataset;
const live = new Live({
  topics: topic ?? 'subscribers',
  events: { delta: soon, routers: soon },
  // Whoever is followed has another number after a restart.
  reload: (isAnother) => (isAnother ? location.reload() : renew()),
  poll: () => renew(),
});
if (key) live.follow([key]);
