// The live stream of a page, and the pill that says how it is.

import { icon, write } from './frame.js';
import { on } from './keys.js';
import { t } from './words.js';

const SILENT_AFTER = 14_000;
const HIDDEN_AFTER = 10_000;
const POLL_EVERY = 5_000;
const FAILURES_BEFORE_POLLING = 3;

/** How often a page is refreshed: `live`, `off`, or a number of seconds; kept by this browser. */
function chosenRefresh() {
  try { return localStorage.getItem('refresh') ?? 'live'; } catch { return 'live'; }
}

const SYMBOLS = {
  connecting: 'circle-half', live: 'circle-fill', delayed: 'circle-half', lost: 'exclamation-octagon-fill',
  polling: 'arrow-clockwise', paused: 'pause-fill', every: 'clock-history', off: 'pause-fill',
};

/** The session is over: whoever signs in again comes back to this very view. */
export function signIn() {
  location.assign(`/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`);
}

/** Does something now, or as soon as it may be done again: never more often than this, and never too few times. */
export function paced(milliseconds, act) {
  let doneAt = -Infinity;
  let isWanted = false;
  let isPlanned = false;
  const plan = () => {
    isPlanned = true;
    setTimeout(async () => {
      isWanted = false;
      doneAt = performance.now();
      try {
        await act();
      } finally {
        isPlanned = false;
        // What happened while it was done may not be in it.
        if (isWanted) plan();
      }
    }, Math.max(0, doneAt + milliseconds - performance.now()));
  };
  return () => {
    isWanted = true;
    if (!isPlanned) plan();
  };
}

/**
 * Keeps one stream open while the page is seen.
 *
 * `events` names what is done with each event; `reload` loads everything anew, when events were missed or, which it is
 * told, the program was started again; `poll` is asked every 5 s while no stream can be had.
 */
export class Live {
  constructor({ topics, events, reload, poll }) {
    this.topics = topics;
    this.events = events;
    this.reload = reload;
    this.poll = poll;
    this.rows = '';
    this.epoch = null;
    /** The id of the last event: a stream that is opened anew goes on from there. */
    this.last = '';
    this.failures = 0;
    this.paused = false;
    this.heardAt = 0;
    this.source = null;
    this.timers = {};
    this.refresh = chosenRefresh();
    this.pill = document.getElementById('pill');
    this.pill.hidden = false;
    this.pill.replaceChildren(icon(SYMBOLS.connecting), document.createElement('span'));
    document.addEventListener('visibilitychange', () => this.seen());
    on('pause', () => this.pause(!this.paused));
    addEventListener('pagehide', () => this.close());
    addEventListener('pageshow', (event) => event.persisted && this.start());
    setInterval(() => this.listen(), 2000);
    this.offerRefresh();
    this.start();
  }

  /** Lets a person on a slow link choose how often the page is refreshed. */
  offerRefresh() {
    const choice = document.getElementById('refresh');
    if (!choice) return;
    choice.value = this.refresh;
    document.getElementById('refresh-label').hidden = false;
    choice.addEventListener('change', () => {
      this.refresh = choice.value;
      try { localStorage.setItem('refresh', this.refresh); } catch { /* Then it holds for no longer than now. */ }
      this.close();
      this.start();
      if (this.refresh !== 'off') this.reload();
    });
  }

  /** Begins to keep the page up to date as it was chosen. */
  start() {
    clearInterval(this.timers.every);
    clearInterval(this.timers.poll);
    this.timers.poll = null;
    if (this.refresh === 'live') {
      this.open();
    } else {
      this.show(this.refresh === 'off' ? 'off' : 'every');
      if (this.refresh !== 'off') this.timers.every = setInterval(() => this.tick(), this.refresh * 1000);
    }
  }

  /** One refresh of several: by asking, or from what a stream tells first. */
  async tick() {
    if (this.paused || document.hidden) return;
    if (this.poll) {
      const { refresh } = this;
      const isThere = await this.poll();
      // What was chosen or paused meanwhile is what the pill says.
      if (this.refresh === refresh && !this.paused) this.show(isThere ? 'every' : 'lost');
    } else {
      this.open();
      setTimeout(() => this.refresh !== 'live' && this.close(), 3_000);
    }
  }

  /** Whether a stream keeps the page up to date right now. */
  isLive() {
    return this.refresh === 'live' && !this.paused && !document.hidden && !this.timers.poll;
  }

  /** Follows these rows from now on. */
  follow(keys) {
    const rows = keys.join(',');
    if (rows === this.rows) return;
    this.rows = rows;
    if (this.refresh === 'live' && !this.paused && this.failures < FAILURES_BEFORE_POLLING) this.open();
  }

  open() {
    this.close();
    if (this.paused || document.hidden) return;
    if (!this.pill.dataset.state || this.pill.dataset.state === 'none') this.show('connecting');
    const query = new URLSearchParams({ topics: this.topics });
    if (this.rows) query.set('rows', this.rows);
    if (this.last) query.set('after', this.last);
    const source = new EventSource(`/api/v1/stream?${query}`);
    this.source = source;
    source.addEventListener('hello', (event) => {
      this.last = event.lastEventId;
      const { epoch } = JSON.parse(event.data);
      const isAnother = this.epoch !== null && this.epoch !== epoch;
      this.epoch = epoch;
      const wasGone = this.failures > 0;
      this.failures = 0;
      clearInterval(this.timers.poll);
      this.timers.poll = null;
      this.heard();
      if (isAnother || wasGone) this.reload(isAnother);
    });
    source.addEventListener('hb', () => this.heard());
    source.addEventListener('replay', (event) => {
      this.heard();
      const { t: time, speed, has_ended: hasEnded } = JSON.parse(event.data);
      const fill = { time: time.slice(0, 19).replace('T', ' '), speed: String(speed) };
      write(document.getElementById('replay'), t(hasEnded ? 'replay.over' : 'replay.plays', fill));
    });
    source.addEventListener('auth', signIn);
    source.addEventListener('reset', () => { this.heard(); this.reload(); });
    for (const [name, act] of Object.entries(this.events)) {
      source.addEventListener(name, (event) => {
        this.heard();
        this.last = event.lastEventId;
        act(JSON.parse(event.data));
      });
    }
    source.addEventListener('error', () => this.failed(source));
  }

  close() {
    clearTimeout(this.timers.open);
    this.source?.close();
    this.source = null;
  }

  failed(source) {
    if (source !== this.source) return;
    this.close();
    this.failures += 1;
    // A stream does not tell why it was refused; a page does.
    if (this.failures === 1) fetch('/api/health').then(({ status }) => status === 401 && signIn(), () => {});
    if (this.failures >= FAILURES_BEFORE_POLLING && this.poll && !this.timers.poll) {
      this.timers.poll = setInterval(async () => {
        if (this.paused || document.hidden) return;
        const isThere = await this.poll();
        if (this.timers.poll && !this.paused) this.show(isThere ? 'polling' : 'lost');
      }, POLL_EVERY);
    }
    if (!this.timers.poll) this.show('lost');
    // Spread out, so that a server that comes back is not met by everybody at once.
    if (this.refresh !== 'live') return;
    const wait = Math.min(1000 * 2 ** (this.failures - 1), 15_000) * (0.5 + Math.random() / 2);
    this.timers.open = setTimeout(() => this.open(), wait);
  }

  heard() {
    this.heardAt = performance.now();
    if (!this.paused) this.show(this.refresh === 'live' ? 'live' : 'every');
  }

  listen() {
    if (this.source && !this.paused && performance.now() - this.heardAt > SILENT_AFTER
      && this.pill.dataset.state === 'live') this.show('delayed');
  }

  pause(paused) {
    this.paused = paused;
    if (paused) {
      this.close();
      this.show('paused');
    } else {
      if (this.refresh === 'live') this.show('connecting');
      this.start();
      this.reload();
    }
  }

  /** A tab that nobody sees gives its connection back: a browser has six for one server. */
  seen() {
    clearTimeout(this.timers.hidden);
    if (document.hidden) {
      this.timers.hidden = setTimeout(() => this.close(), HIDDEN_AFTER);
    } else if (this.refresh === 'live' && !this.source && !this.paused) {
      this.open();
      this.reload();
    }
  }

  show(state) {
    if (this.pill.dataset.state === state && state !== 'every') return;
    this.pill.dataset.state = state;
    this.pill.replaceChild(icon(SYMBOLS[state]), this.pill.firstChild);
    write(this.pill.lastChild, t(`pill.${state}`, { n: Number(this.refresh) }));
    document.body.classList.toggle('lost', state === 'lost');
  }
}
