// What the API refuses, in the reader's language. It tells programs, which read English: by a word of its problem (RFC 9457)
// a page has a sentence of its own.

import { write } from './frame.js';
import { has, t } from './words.js';

/** Of these the server's own words tell more than ours. */
const TELLING = ['bad_parameter', 'other'];

/** A sentence, and the server's own words where nothing else tells as much. */
export function refused({ type, detail, search, refusal }) {
  if (search && has(`problem.${search[0]}`)) return [t(`problem.${search[0]}`, { value: search[1] }), ''];
  const known = [refusal, String(type).replace('tikwatch:', '')].find((word) => word && has(`refused.${word}`));
  const word = known ?? 'other';
  return [t(`refused.${word}`), TELLING.includes(word) ? detail ?? '' : ''];
}

/** Writes such a sentence into an element; what is said in English is marked so. */
export function tell(element, [text, said]) {
  write(element, text);
  if (!said) return;
  const words = document.createElement('bdi');
  words.lang = 'en';
  words.dir = 'ltr';
  words.textContent = said;
  element.append(' ', words);
}
