// Follows the focus through a page, key by key, and notes what is wrong with where it comes to.
(() => {
  /** The least width of what shows the focus, in pixels, and its least contrast. */
  const RING = 2;
  const CONTRAST = 3;

  const rest = new CSSStyleSheet();
  rest.replaceSync('*, *::before, *::after { transition: none !important; animation: none !important; scroll-behavior: auto !important; }');
  document.adoptedStyleSheets.push(rest);

  const style = (element) => getComputedStyle(element);
  const focused = () => (document.activeElement === document.body ? null : document.activeElement);
  const isShown = (element) => element.getClientRects().length > 0
    && element.checkVisibility({ visibilityProperty: true });

  /** One of several radio buttons has the focus of all. */
  function speaksForItsGroup(radio) {
    if (radio.type !== 'radio' || radio.name === '' || radio.checked) return true;
    const group = [...document.querySelectorAll('input[type=radio]')]
      .filter(({ name, form }) => name === radio.name && form === radio.form);
    return !group.some(({ checked }) => checked) && !group.includes(document.activeElement);
  }

  /** Whether somebody who presses Tab has to come to this. */
  function isStop(element) {
    if (element.closest('[inert]') || !isShown(element)) return false;
    const modal = document.querySelector('dialog:modal');
    if (modal && !modal.contains(element)) return false;
    if (element.tabIndex >= 0) return !element.matches(':disabled') && speaksForItsGroup(element);
    // What can be scrolled, and has nothing in it that could have the focus, takes it itself.
    const hides = element.scrollHeight > element.clientHeight || element.scrollWidth > element.clientWidth;
    if (element.hasAttribute('tabindex') || !hides || element === document.scrollingElement) return false;
    const { overflowX, overflowY } = style(element);
    const scrolls = (/auto|scroll/.test(overflowY) && element.scrollHeight > element.clientHeight)
      || (/auto|scroll/.test(overflowX) && element.scrollWidth > element.clientWidth);
    return scrolls && ![...element.querySelectorAll('*')].some((inner) => inner.tabIndex >= 0 && isStop(inner));
  }

  /** The stop after this one in the order of the page, or before it; from an end of the page if there is none. */
  function next(from, isBack) {
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_ELEMENT);
    if (from) walker.currentNode = from;
    else if (isBack) while (walker.lastChild());
    const step = () => (isBack ? walker.previousNode() : walker.nextNode());
    let element = !from && isBack ? walker.currentNode : step();
    while (element && element !== document.body && !isStop(element)) element = step();
    return element === document.body ? null : element;
  }

  const canvas = new OffscreenCanvas(1, 1).getContext('2d', { willReadFrequently: true });

  /** A colour of a style as red, green, blue and opacity. */
  function colour(text) {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = text;
    canvas.fillRect(0, 0, 1, 1);
    const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
    return { light: [red, green, blue], alpha };
  }

  /** What lies behind an element, or behind its edge. */
  function behind(element) {
    for (let one = element; one; one = one.parentElement) {
      const { light, alpha } = colour(style(one).backgroundColor);
      if (alpha > 128) return light;
    }
    return [255, 255, 255];
  }

  function luminance(light) {
    const [red, green, blue] = light.map((part) => part / 255)
      .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  }

  function contrast(one, other) {
    const [less, more] = [luminance(one), luminance(other)].sort((a, b) => a - b);
    return (more + 0.05) / (less + 0.05);
  }

  const box = ({ left, top, right, bottom }) => ({ left, top, right, bottom });
  const within = (one, other) => ({
    left: Math.max(one.left, other.left), top: Math.max(one.top, other.top),
    right: Math.min(one.right, other.right), bottom: Math.min(one.bottom, other.bottom),
  });
  const [width, height] = [(one) => one.right - one.left, (one) => one.bottom - one.top];

  /** The ancestors that cut off what reaches over their edges, with the box that is left. */
  function edges(element) {
    const found = [];
    let { position } = style(element);
    for (let one = element.parentElement; one && one !== document.documentElement && position !== 'fixed'; one = one.parentElement) {
      const own = style(one);
      // What is placed by itself is cut off by what it is placed in only.
      if (position === 'absolute' && own.position === 'static') continue;
      position = own.position;
      const axes = [own.overflowX, own.overflowY];
      if (one === document.body || axes.every((axis) => axis === 'visible')) continue;
      const outer = one.getBoundingClientRect();
      const left = outer.left + one.clientLeft;
      const top = outer.top + one.clientTop;
      const inner = { left, top, right: left + one.clientWidth, bottom: top + one.clientHeight };
      found.push({ inner, scrolls: axes.some((axis) => /auto|scroll/.test(axis)) });
    }
    return found;
  }

  /** As much of an element has to be seen, in pixels: browsers do not scroll sideways to show more. */
  const ENOUGH = 32;
  /** What is higher than this, such as a table that can be scrolled, may reach out of the window. */
  const TALL = 120;

  const screen = () => ({ left: 0, top: 0, right: document.documentElement.clientWidth, bottom: innerHeight });

  /** What of an element can be seen, and whether that is as much as could be. */
  function seen(element) {
    const all = edges(element);
    const cut = all.filter(({ scrolls }) => !scrolls)
      .reduce((left, { inner }) => within(left, inner), box(element.getBoundingClientRect()));
    const windows = [...all.filter(({ scrolls }) => scrolls).map(({ inner }) => inner), screen()];
    const shown = windows.reduce(within, cut);
    const isTall = height(cut) > TALL;
    const isWhole = width(shown) >= Math.min(ENOUGH, width(cut) - 1)
      && height(shown) >= Math.min(TALL, height(cut) - 1);
    return { shown, isWhole, isTall };
  }

  /** The points of an element at which something else lies over it: its middle, and the middles of its edges. */
  function covered(element, { shown, isTall }) {
    // A link of several lines has a middle that may be beside it.
    const line = within(shown, box(element.getClientRects()[0]));
    const inset = Math.min(2, width(line) / 4, height(line) / 4);
    const [x, y] = [(line.left + line.right) / 2, (line.top + line.bottom) / 2];
    const points = [[x, y], [line.left + inset, y], [line.right - inset, y], [x, line.top + inset], [x, line.bottom - inset]];
    // What is high may have these edges outside the window.
    return points.slice(0, isTall ? 3 : 5).map((point) => document.elementFromPoint(...point))
      .filter((hit) => hit !== element && !element.contains(hit));
  }

  /** What is wrong with how an element shows that it has the focus; `before` is its style without it. */
  function unmarked(element, before) {
    const { outlineStyle, outlineWidth, outlineColor, outlineOffset } = style(element);
    const [thick, offset] = [parseFloat(outlineWidth), parseFloat(outlineOffset)];
    if (outlineStyle === 'none' || thick < RING) return 'focus not shown';
    if (before && before.outlineStyle === outlineStyle && before.outlineWidth === outlineWidth) return 'focus not shown: it looks the same without it';
    const around = behind(offset < 0 ? element : element.parentElement);
    const { light, alpha } = colour(outlineColor);
    if (alpha < 250 || contrast(light, around) < CONTRAST) return `focus hardly seen: ${outlineColor} on ${around}`;
    // Its outline may be cut off by what it stands in.
    const { left, top, right, bottom } = element.getBoundingClientRect();
    const out = offset + RING;
    const ring = { left: left - out, top: top - out, right: right + out, bottom: bottom + out };
    const left_over = [...edges(element).map(({ inner }) => inner), screen()].reduce(within, ring);
    const sides = ['left', 'top', 'right', 'bottom'].filter((side) => Math.abs(left_over[side] - ring[side]) <= 1);
    const least = bottom - top > TALL ? 2 : 3;
    return sides.length < least ? `focus cut off: only ${sides.join(' and ') || 'no side'} of the outline is seen` : null;
  }

  /** Whether the eye has to go back from one stop to the next, in the same part of the page. */
  function goesBack(from, to) {
    const part = (element) => element.closest('nav, header, aside, dialog, .menu-body, .hints, main, body');
    if (!from?.isConnected || part(from) !== part(to)) return false;
    const [one, other] = [from.getBoundingClientRect(), to.getBoundingClientRect()];
    if (from.contains(to) || to.contains(from)) return false;
    if (other.bottom <= one.top + 1) return other.left < one.right - 1;
    const shared = Math.min(one.bottom, other.bottom) - Math.max(one.top, other.top);
    return shared > Math.min(one.height, other.height) / 2 && other.right <= one.left + 1;
  }

  function name(element) {
    if (!element) return 'the end';
    const { id, className, textContent } = element;
    const part = element.parentElement?.className;
    const words = (element.getAttribute('href') ?? element.getAttribute('aria-label') ?? textContent).trim().slice(0, 40);
    return `${part ? `.${part} > ` : ''}${element.tagName.toLowerCase()}${id ? `#${id}` : ''}.${className} (${words})`;
  }

  /** What is wrong with an element that has the focus. */
  function wrong(element, before) {
    const sight = seen(element);
    if (!sight.isWhole || height(sight.shown) < 1) {
      const { left, top, right, bottom } = sight.shown;
      return [`not in the window, of which ${[left, top, right, bottom].map(Math.round)} are seen`];
    }
    const over = covered(element, sight);
    return [over.length > 0 && `covered by ${name(over[0])}`, unmarked(element, before)].filter((one) => one);
  }

  const walk = { stops: 0, faults: [], hasEnded: false };
  let going = null;
  let last = null;

  addEventListener('keydown', (event) => {
    if (event.key !== 'Tab' || walk.hasEnded) return;
    const from = focused();
    const wanted = next(from, event.shiftKey);
    const before = wanted && (({ outlineStyle, outlineWidth }) => ({ outlineStyle, outlineWidth }))(style(wanted));
    going = { event, from, wanted, before, otherEnd: next(null, event.shiftKey) };
  }, true);

  addEventListener('keyup', (event) => {
    if (event.key !== 'Tab' || !going || walk.hasEnded) return;
    const { from, wanted, before, otherEnd } = going;
    const isHeld = going.event.defaultPrevented;
    going = null;
    // Beyond the end there is the browser, which may give the focus back at the other end at once.
    const hasLeft = from && !wanted && !isHeld && focused() === otherEnd;
    const to = hasLeft ? null : focused();
    const note = (what, element) => walk.faults.push(`${what}: ${name(element)}`);
    if (isHeld) note('a script keeps the focus', from);
    if (from && !from.isConnected) note('the focus was lost with', from);
    else if (to && to === from) note('no way on from', from);
    else if (to !== wanted) note(`not reached, but ${name(to)}`, wanted);
    if (!to || to === from || walk.faults.length > 20) {
      walk.hasEnded = true;
      return;
    }
    walk.stops += 1;
    wrong(to, before).forEach((what) => note(what, to));
    if (!event.shiftKey && goesBack(last, to)) note(`not in the order of the eye, after ${name(last)}`, to);
    last = to;
  }, true);

  /** Puts the focus before the first stop of the page, or behind its last, and begins to take note. */
  walk.begin = (atEnd) => {
    const mark = document.createElement('span');
    mark.tabIndex = -1;
    const place = document.querySelector('dialog:modal') ?? document.body;
    if (atEnd) place.append(mark);
    else place.prepend(mark);
    mark.focus();
    mark.remove();
    Object.assign(walk, { stops: 0, faults: [], hasEnded: false });
    last = null;
    // Of a long list there are only the rows near those that are seen.
    const list = document.getElementById('list');
    if (list) list.scrollTop = atEnd ? list.scrollHeight : 0;
    return new Promise((next) => { requestAnimationFrame(() => setTimeout(next)); });
  };

  window.__walk = walk;
})();
