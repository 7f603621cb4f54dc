// The words of the page's language; the server embeds those that scripts need.

// A page may embed more than all others need.
const embedded = [...document.querySelectorAll('#words, .page-words')];
const words = Object.assign({}, ...embedded.map(({ textContent }) => JSON.parse(textContent)));

/** The page's language; digits are Latin ones in all, so that rates, addresses and tables read alike. */
export const LOCALE = `${document.documentElement.lang}-u-nu-latn`;

const IS_RTL = document.documentElement.dir === 'rtl';
const plural = new Intl.PluralRules(LOCALE);
const grouped = new Intl.NumberFormat(LOCALE);
const point = new Intl.NumberFormat(LOCALE).formatToParts(0.5).find(({ type }) => type === 'decimal').value;

/** A count, grouped by thousands. */
export function count(number) {
  return grouped.format(number);
}

/** A number with so many digits of its fraction. */
export function decimal(number, digits) {
  return number.toFixed(digits).replace('.', point);
}

/** Whether there is a text of this key. */
export function has(key) {
  return words[key] !== undefined;
}

/** The text of a key with its places filled; `fill.n` chooses between one and many. */
export function t(key, fill = {}) {
  let text = words[key];
  if (text === undefined && fill.n !== undefined) {
    text = words[`${key}.${plural.select(fill.n)}`] ?? words[`${key}.other`];
  }
  if (text === undefined) return key;
  return text.replace(/\{(\w+)\}/g, (place, name) => {
    if (fill[name] === undefined) return place;
    if (typeof fill[name] === 'number') return count(fill[name]);
    // Where texts run from right to left it stands by itself: else `12.4 Mbit/s` would be turned round.
    return IS_RTL ? `\u2068${fill[name]}\u2069` : fill[name];
  });
}
