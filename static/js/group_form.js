// The two lists of the editor without a round trip. Without this script the same buttons send the form.

import { write } from './frame.js';

const form = document.getElementById('group-form');
const members = document.getElementById('members');
const sides = {
  available: document.querySelector('#available .dual-list'),
  selected: document.querySelector('#selected .dual-list'),
};
const moved = document.getElementById('moved');
const unsaved = document.getElementById('unsaved');
// What was changed before a round trip is not saved after it either.
let changed = unsaved.value !== '';

/** Says how many are in it by now. */
function tell() {
  const count = String(members.childElementCount);
  write(document.getElementById('count'), count);
  write(moved, document.getElementById('dual').dataset.moved.replace('#', count));
}

function text(item) {
  return item.querySelector('bdi').textContent;
}

function boxes(list) {
  return [...list.querySelectorAll('li:not([hidden]) input')];
}

/** Makes one entry the only place at which Tab stops in a list: this one, or the one that was it, or the first. */
function rove(list, wanted) {
  const shown = boxes(list);
  const stop = shown.find((box) => box === wanted) ?? shown.find((box) => box.tabIndex === 0) ?? shown[0];
  for (const box of list.querySelectorAll('input')) box.tabIndex = box === stop ? 0 : -1;
  // A list without entries keeps a place for the focus.
  if (stop) list.removeAttribute('tabindex');
  else list.tabIndex = 0;
  return stop ?? list;
}

/** Puts an entry where it belongs by its name. */
function place(list, item) {
  const before = [...list.children].find((other) => text(other).localeCompare(text(item)) > 0);
  list.insertBefore(item, before ?? null);
}

/** Moves the ticked entries to the other list; the focus goes to what is next. */
function move(from, to, name) {
  const ticked = boxes(from).filter((box) => box.checked);
  if (ticked.length === 0) return;
  const at = boxes(from).indexOf(ticked[0]);
  for (const box of ticked) {
    const item = box.closest('li');
    box.checked = false;
    box.name = name;
    box.tabIndex = -1;
    place(to, item);
    if (name === 'drop') {
      const member = document.createElement('input');
      member.type = 'hidden';
      member.name = 'member';
      member.value = box.value;
      members.append(member);
    } else {
      for (const member of [...members.children]) if (member.value === box.value) member.remove();
    }
  }
  changed = true;
  tell();
  rove(to);
  const left = boxes(from);
  rove(from, left[Math.min(at, left.length - 1)]).focus();
}

document.getElementById('add').addEventListener('click', (event) => {
  event.preventDefault();
  move(sides.available, sides.selected, 'drop');
});
document.getElementById('remove').addEventListener('click', (event) => {
  event.preventDefault();
  move(sides.selected, sides.available, 'pick');
});

/** Hides what does not match, but for what is ticked; the server finds those that are not in the list at all. */
function filter(field, list) {
  const wanted = field.value.trim().toLowerCase();
  for (const item of list.children) {
    item.hidden = !text(item).toLowerCase().includes(wanted) && !item.querySelector('input').checked;
  }
  rove(list);
}

const fields = { available: document.getElementById('find'), selected: document.getElementById('find-named') };
fields.available.addEventListener('input', () => filter(fields.available, sides.available));
fields.selected.addEventListener('input', () => filter(fields.selected, sides.selected));

// A group of another router has other subscribers to choose from. Arrows go through the routers, so that they are only
// fetched when somebody asks for them; until then nobody is chosen from the list of another one.
const router = document.getElementById('router');
if (router.tagName === 'SELECT') {
  const loaded = router.value;
  router.addEventListener('change', () => { document.getElementById('available').inert = router.value !== loaded; });
}

// Arrows go through a list, as they do through any other.
for (const list of Object.values(sides)) {
  rove(list);
  list.addEventListener('focusin', ({ target }) => { if (target !== list) rove(list, target); });
  list.addEventListener('keydown', (event) => {
    const shown = boxes(list);
    const at = shown.indexOf(document.activeElement);
    const places = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: shown.length - 1 };
    const next = shown[places[event.key]];
    if (next) {
      event.preventDefault();
      next.focus();
    }
  });
}

// What is searched for is no part of the group.
form.addEventListener('input', ({ target }) => { changed ||= !Object.values(fields).includes(target); });
form.addEventListener('submit', () => {
  unsaved.value = changed ? '1' : '';
  changed = false;
});
addEventListener('beforeunload', (event) => { if (changed) event.preventDefault(); });
