// The words of the page's language; the server embeds those that scripts need.

const words = JSON.parse(document.getElementById('words').textContent);
const plural = new Intl.PluralRules(document.documentElement.lang);
const grouped = new Intl.NumberFormat(document.documentElement.lang);

/** A count, grouped by thousands. */
export function count(number) {
  return grouped.format(number);
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
    return typeof fill[name] === 'number' ? count(fill[name]) : fill[name];
  });
}
