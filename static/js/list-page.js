// A page that is a long list: what is chosen is in its address, and the address is asked of the API.

import { brief } from './cells.js';
import { setAttribute, setIcon, write } from './frame.js';
import './export.js';
import { on } from './keys.js';
import { List } from './list.js';
import { signIn } from './live.js';
import { isUnread } from './notes.js';
import { refused, tell } from './refusals.js';
import { count, t } from './words.js';

const KEPT = ['q', 'state', 'router', 'sort', 'columns'];
const byId = (id) => document.getElementById(id);
const input = byId('q');
const select = byId('router');
const resort = byId('resort');

/** What is chosen. */
export const chosen = () => new URLSearchParams(location.search);

/** A row as it came, but for what programs read in English and pages write by its word. */
const worded = (row) => (row.protection_word === undefined ? row : { ...row, protection: row.protection_word });

/** Searches, sorts, leafs, and shows what the API answers. */
export class ListPage {
  /**
   * `path` is the page's, `api` where its rows come from and `name` what they are called there; `usual` is the state
   * that is asked for when none is chosen. `words` names the texts that are special to the list. `looks` knows its rows,
   * `seen` is told which are shown, and `told` what is said of the list as a whole.
   */
  constructor({ path, api, name, usual, words, looks, seen, told }) {
    Object.assign(this, { path, api, name, usual, words, told });
    this.asking = 0;
    this.list = new List({
      rows: { ...looks, received: (row) => looks.received(worded(row)) },
      load: (offset, limit) => this.window(offset, limit),
      seen: seen ?? (() => {}),
      // A row that is gone stays, struck through: taking it away would move those below it.
      gone: () => { resort.hidden = false; },
      drifted: () => { resort.hidden = false; },
    });
    this.listen();
    byId('pager').hidden = true;
    this.load('top');
  }

  /** The address of this list with some of what is chosen changed; an empty value chooses nothing. */
  address(changes) {
    const now = chosen();
    const query = new URLSearchParams();
    for (const name of KEPT) {
      const value = changes[name] ?? now.get(name);
      if (value) query.set(name, value);
    }
    return query.size > 0 ? `${this.path}?${query}` : this.path;
  }

  sorting() {
    const sort = chosen().get('sort') || this.words.sort || '';
    return { key: sort.replace(/^-/, ''), descending: sort.startsWith('-') };
  }

  /** What is asked for, but for which part of it. */
  query() {
    const query = new URLSearchParams();
    const now = chosen();
    for (const name of KEPT) if (now.get(name)) query.set(name, now.get(name));
    // Which columns are shown is a matter of the page alone.
    query.delete('columns');
    if (this.usual && !query.get('state')) query.set('state', this.usual);
    return query;
  }

  async ask(more) {
    const query = this.query();
    for (const [name, value] of Object.entries(more)) query.set(name, value);
    const answer = await fetch(`${this.api}?${query}`);
    if (answer.status === 401) signIn();
    return { ok: answer.ok, body: await answer.json() };
  }

  async window(offset, limit) {
    try {
      const { ok, body } = await this.ask({ offset, limit });
      return ok ? body[this.name] : null;
    } catch {
      return null;
    }
  }

  /** Asks anew and shows the answer: from the top, or with what is seen staying where it is. */
  async load(scroll) {
    this.links();
    this.asking += 1;
    const mine = this.asking;
    try {
      const offset = scroll === 'stay' ? this.list.offset() : 0;
      const { ok, body } = await this.ask({ offset, limit: 200 });
      if (mine !== this.asking) return true;
      if (!ok) {
        this.problem(...refused(body));
        return Boolean(body.search);
      }
      this.problem('');
      const rows = body[this.name];
      if (offset > 0 && rows.length === 0) return this.load('top');
      // How the routers stand decides how their rows look.
      this.meta(body.meta);
      this.list.show(rows, offset, body.meta.total, scroll === 'stay' ? 'stay' : 'top');
      resort.hidden = true;
      return true;
    } catch {
      if (mine === this.asking) this.problem(t('failed'));
      return false;
    }
  }

  /** Asks for the rows that are shown, which keep their places, and for how many there are. */
  async renew() {
    const keys = this.list.keys().slice(0, 200);
    if (keys.length === 0) return this.load('stay');
    try {
      const { ok, body } = await this.ask({ keys: keys.join(','), offset: 0, limit: 200 });
      if (!ok) return false;
      this.problem('');
      this.counted(body.meta);
      this.list.renew(keys, body[this.name]);
      return true;
    } catch {
      this.problem(t('failed'));
      return false;
    }
  }

  /** How many there are changes without any row that is shown, but for the first and the last. */
  counted(meta) {
    if (meta.total === 0 !== (this.list.total === 0)) {
      this.load('top');
      return;
    }
    if (meta.total !== this.list.total) resort.hidden = false;
    this.meta(meta);
  }

  problem(text, said = '') {
    tell(byId('problem'), [text, said]);
    input.toggleAttribute('aria-invalid', text !== '');
  }

  /** Has links lead on from what is chosen now, also before it is answered. */
  links() {
    for (const chip of document.querySelectorAll('#chips .chip')) {
      const word = chip.dataset.state;
      setAttribute(chip, 'href', this.address({ state: word === 'all' || word === this.usual ? '' : word }));
    }
    const { key, descending } = this.sorting();
    for (const head of document.querySelectorAll('th[data-key]')) {
      const word = head.dataset.key;
      const falls = word === key ? !descending : head.dataset.falls !== undefined;
      setAttribute(head.querySelector('a'), 'href', this.address({ sort: (falls ? '-' : '') + word }));
    }
    setAttribute(byId('clear'), 'href', this.address({ q: '', state: '', router: '' }));
  }

  meta(meta) {
    const { total, counts } = meta;
    const state = chosen().get('state') || this.usual || 'all';
    for (const chip of document.querySelectorAll('#chips .chip')) {
      const word = chip.dataset.state;
      const known = word === 'all' ? counts.total ?? counts.all : counts[word];
      if (known !== undefined) write(chip.querySelector('b'), count(known));
      if (word === state) setAttribute(chip, 'aria-current', 'true');
      else chip.removeAttribute('aria-current');
    }
    write(byId('total'), t(this.words.total, { n: total }));
    document.dispatchEvent(new CustomEvent('listed', { detail: { query: this.query(), total } }));
    const { key, descending } = this.sorting();
    for (const head of document.querySelectorAll('th[data-key]')) {
      const word = head.dataset.key;
      const isSorted = word === key;
      setAttribute(head, 'aria-sort', isSorted ? (descending ? 'descending' : 'ascending') : 'none');
      setIcon(head.querySelector('svg'), isSorted && descending ? 'chevron-down' : 'chevron-up');
    }
    const isFiltered = ['q', 'state', 'router'].some((name) => chosen().get(name));
    byId('list').hidden = total === 0;
    byId('empty').hidden = total > 0;
    byId('clear').hidden = !isFiltered;
    const isMissed = isFiltered && !isUnread(meta.tables);
    write(byId('empty-text'), t(isMissed ? this.words.filter : this.words.first));
    byId('wanted').hidden = !isMissed;
    if (total === 0) this.wanted();
    this.told?.(meta);
  }

  /** Names what is chosen and searched for, which nothing matches. */
  wanted() {
    const now = chosen();
    const chip = document.querySelector(`#chips .chip[data-state="${CSS.escape(now.get('state') ?? '')}"]`);
    const state = chip && (chip.querySelector('.st-word') ?? chip.querySelector('span')).textContent;
    const texts = [state, now.get('q'), now.get('router')].filter(Boolean);
    byId('wanted').replaceChildren(...texts.map((text) => {
      const element = document.createElement('bdi');
      element.className = 'badge-small';
      element.dir = 'auto';
      write(element, brief(text));
      return element;
    }));
  }

  /** Goes to an address of this list without loading the page. */
  go(href, how) {
    history[how](null, '', href);
    this.fields();
    this.load('top');
  }

  fields() {
    if (document.activeElement !== input) input.value = chosen().get('q') ?? '';
    select.value = chosen().get('router') ?? '';
  }

  listen() {
    let typing = null;
    input.addEventListener('input', () => {
      clearTimeout(typing);
      typing = setTimeout(() => this.go(this.address({ q: input.value.trim() }), 'replaceState'), 200);
    });
    select.addEventListener('change', () => this.go(this.address({ router: select.value }), 'pushState'));
    byId('find').addEventListener('submit', (event) => {
      event.preventDefault();
      clearTimeout(typing);
      this.go(this.address({ q: input.value.trim() }), 'pushState');
    });
    document.addEventListener('click', (event) => this.clicked(event));
    on('search', () => { input.focus(); input.select(); });
    on('resort', () => this.load('stay'));
    resort.addEventListener('click', () => this.load('stay'));
    addEventListener('popstate', () => { this.fields(); this.load('top'); });
  }

  clicked(event) {
    const link = event.target.closest('#chips a, #table thead a, #clear');
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey && event.button === 0) {
      event.preventDefault();
      if (link.id === 'clear') input.value = '';
      this.go(link.getAttribute('href'), 'pushState');
    }
    const token = event.target.closest('.token');
    if (token) {
      input.value = `${input.value.trim()} ${token.dataset.token}`.trim();
      token.closest('details').open = false;
      input.focus();
      this.go(this.address({ q: input.value }), 'pushState');
    }
  }
}
