// A long list of which only what can be seen is in the page.
//
// Rows have one height; spaces above and below stand for the rest, so that the scroll bar is the true one. The order
// is that of the moment of asking: values change in their rows, rows do not change their places.

const BLOCK = 100;
const BLOCKS_KEPT = 6;
/** How far the rows between two blocks may have moved, since they are asked for at different times. */
const SPARE = 50;
/** Rows kept ready above and below what is seen. */
const MARGIN = 12;
/** Times of reading are worked out from ages, in milliseconds, of answers that take some time to come. */
const ON_THE_WAY = 500;

export class List {
  /**
   * `load(offset, limit)` gives rows; `seen(keys)` is told which rows are shown, `gone` that one was removed, and
   * `drifted` that the order changed between two blocks. `rows` knows what a row of this list looks like.
   */
  constructor({ rows, load, seen, gone, drifted }) {
    this.looks = rows;
    this.load = load;
    this.seen = seen;
    this.gone = gone;
    this.drifted = drifted;
    this.region = document.getElementById('list');
    this.table = document.getElementById('table');
    this.body = document.getElementById('rows');
    this.before = this.space('before');
    this.after = this.space('after');
    this.total = 0;
    this.blocks = new Map();
    this.loading = new Set();
    this.generation = 0;
    /** Elements by place in the list. */
    this.elements = new Map();
    this.drawing = false;
    this.isAnew = false;
    this.region.addEventListener('scroll', () => this.plan(), { passive: true });
    new ResizeObserver(() => { this.height = 0; this.plan(); }).observe(this.region);
    setInterval(() => this.each(this.looks.grow), 1000);
  }

  space(id) {
    const row = document.createElement('tr');
    const cell = document.createElement('td');
    row.append(cell);
    document.getElementById(id).replaceChildren(row);
    return cell;
  }

  /** Shows another answer: its first rows, and how many there are. */
  show(rows, offset, total, scroll) {
    this.generation += 1;
    this.total = total;
    this.blocks.clear();
    this.loading.clear();
    // What is seen is written over when it is drawn: an empty table in between would move the scroll bar.
    this.isAnew = true;
    this.rowHeight();
    if (this.elements.size === 0) this.body.replaceChildren();
    for (let start = 0; start < rows.length; start += BLOCK) {
      this.blocks.set((offset + start) / BLOCK, rows.slice(start, start + BLOCK).map(this.looks.received));
    }
    this.table.setAttribute('aria-rowcount', total + 1);
    this.table.dataset.total = total;
    if (scroll === 'top') this.region.scrollTop = 0;
    this.draw();
  }

  /** The place from which a new answer should begin so that what is seen stays seen. */
  offset() {
    return Math.floor(this.range().first / BLOCK) * BLOCK;
  }

  range() {
    const height = this.rowHeight();
    const first = Math.max(0, Math.floor(this.region.scrollTop / height) - MARGIN);
    const seen = Math.ceil(this.region.clientHeight / height) + 2 * MARGIN;
    return { first: Math.min(first, Math.max(0, this.total - 1)), last: Math.min(this.total, first + seen) };
  }

  rowHeight() {
    if (!this.height) {
      const row = this.body.firstElementChild;
      this.height = (row && row.getBoundingClientRect().height) || (matchMedia('(max-width: 767.98px)').matches ? 60 : 36);
    }
    return this.height;
  }

  plan() {
    if (this.drawing) return;
    this.drawing = true;
    requestAnimationFrame(() => {
      this.drawing = false;
      this.draw();
    });
  }

  row(place) {
    return this.blocks.get(Math.floor(place / BLOCK))?.[place % BLOCK];
  }

  draw() {
    const { first, last } = this.range();
    for (const [place, element] of this.elements) {
      if (place < first || last <= place) {
        element.remove();
        this.elements.delete(place);
      }
    }
    let next = this.body.firstElementChild;
    const keys = [];
    for (let place = first; place < last; place += 1) {
      const row = this.row(place);
      if (!row) this.fetch(Math.floor(place / BLOCK));
      let element = this.elements.get(place);
      if (element && !row && element.dataset.key) {
        next = element.nextElementSibling;
        element.remove();
        element = null;
      }
      if (!element) {
        element = this.looks.blank();
        element.setAttribute('aria-rowindex', place + 2);
        this.elements.set(place, element);
        this.body.insertBefore(element, next);
      }
      if (row && (this.isAnew || element.dataset.key !== row.key)) this.looks.fill(element, row);
      if (row) keys.push(row.key);
      next = element.nextElementSibling;
    }
    const height = this.rowHeight();
    this.before.style.height = `${first * height}px`;
    this.after.style.height = `${Math.max(0, this.total - last) * height}px`;
    this.isAnew = false;
    this.forget(first, last);
    this.seen(keys);
  }

  async fetch(block) {
    if (this.loading.has(block) || this.blocks.has(block)) return;
    this.loading.add(block);
    const { generation } = this;
    const start = block * BLOCK;
    const first = this.blocks.has(block - 1) ? start - SPARE : start;
    const rows = await this.load(first, start + BLOCK + SPARE - first);
    if (generation !== this.generation) return;
    // A block that could not be had is asked for again when somebody scrolls.
    this.loading.delete(block);
    if (rows) {
      this.blocks.set(block, this.unseen(rows.map(this.looks.received), start - first));
      this.plan();
    }
  }

  /**
   * One block of these rows, without any that the list has already.
   *
   * A row that moved over the edge between two blocks would otherwise be there twice or not at all, since the
   * blocks were asked for at different times.
   */
  unseen(rows, start) {
    const known = new Set([...this.blocks.values()].flat().map((row) => row.key));
    const isKnown = (row) => known.has(row.key);
    const hasMoved = !rows.slice(0, start).every(isKnown) || rows.slice(start, start + BLOCK).some(isKnown);
    if (hasMoved) this.drifted();
    return rows.filter((row) => !isKnown(row)).slice(0, BLOCK);
  }

  forget(first, last) {
    if (this.blocks.size <= BLOCKS_KEPT) return;
    for (const block of this.blocks.keys()) {
      if ((block + 2) * BLOCK < first || last < (block - 1) * BLOCK) this.blocks.delete(block);
    }
  }

  each(act) {
    for (const [place, element] of this.elements) {
      const row = this.row(place);
      if (row) act(element, row);
    }
  }

  /** Takes over what the stream says, in one frame. */
  apply(deltas) {
    const byKey = new Map(deltas.map((delta) => [delta[0], delta]));
    requestAnimationFrame(() => this.each((element, row) => {
      const delta = byKey.get(row.key);
      if (!delta) return;
      this.looks.change(row, delta);
      this.looks.values(element, row);
      if (row.isGone) this.gone();
    }));
  }

  /** The keys of the rows that are shown. */
  keys() {
    return [...this.elements.values()].map((element) => element.dataset.key).filter((key) => key);
  }

  /** Takes over newer rows, which were asked for by these keys; one that is not among them is gone. */
  renew(keys, rows) {
    const asked = new Set(keys);
    const byKey = new Map(rows.map(this.looks.received).map((row) => [row.key, row]));
    // Rows that nobody sees are asked for again when somebody does.
    const { first, last } = this.range();
    for (const block of this.blocks.keys()) {
      if ((block + 1) * BLOCK <= first || last <= block * BLOCK) this.blocks.delete(block);
    }
    requestAnimationFrame(() => this.each((element, row) => {
      if (!asked.has(row.key)) return;
      const newer = byKey.get(row.key);
      // The stream may have told something while the answer was on its way.
      if (newer && newer.readAt < row.readAt - ON_THE_WAY) return;
      if (newer) Object.assign(row, newer, { isGone: false });
      else Object.assign(row, { isGone: true, startedAt: null, downAt: null });
      this.looks.fill(element, row);
      if (row.isGone) this.gone();
    }));
  }

  /** Whether rows that are shown would be in another order now. */
  hasDrifted(value, descending) {
    const rows = [...this.elements.keys()].sort((one, other) => one - other).map((place) => this.row(place));
    const known = rows.map((row) => row && value(row)).filter((found) => found !== null && found !== undefined);
    return known.some((found, place) => place > 0 && (descending ? known[place - 1] < found : found < known[place - 1]));
  }
}
