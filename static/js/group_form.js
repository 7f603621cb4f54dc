// The two lists of the editor without a round trip. Without this script the same buttons send the form.

import { write } from './frame.js';

const form = document.getElementById('group-form');
const members = document.getElementById('members');
const sides = {
  available: document.querySelector('#available .dual-list'),
  selected: document.querySelector('#selected .dual-list'),
};
const moved = document.getElementById('moved');
let changed = false;

/** Says how many are in it by now. */
function tell() {
  const count = String(members.childElementCount);
  write(document.getElementById('count'), count);
  write(moved, document.getElementById('dual').dataset.moved.replace('#', count));
}

function text(item) {
  return item.querySelector('bdi').textContent;
}

/** Puts an entry where it belongs by its name. */
function place(list, item) {
  const before = [...list.children].find((other) => text(other).localeCompare(text(item)) > 0);
  list.insertBefore(item, before ?? null);
}

/** Moves the ticked entries to the other list; the focus goes to what is next. */
function move(from, to, name) {
  const ticked = [...from.querySelectorAll('input:checked')].filter((box) => !box.closest('li').hidden);
  if (ticked.length === 0) return;
  for (const box of ticked) {
    const item = box.closest('li');
    box.checked = false;
    box.name = name;
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
  from.focus();
}

document.getElementById('add').addEventListener('click', (event) => {
  event.preventDefault();
  move(sides.available, sides.selected, 'drop');
});
document.getElementById('remove').addEventListener('click', (event) => {
  event.preventDefault();
  move(sides.selected, sides.available, 'pick');
});

/** Hides what does not match; the server finds those that are not in the list at all. */
function filter(field, list) {
  const wanted = field.value.trim().toLowerCase();
  for (const item of list.children) item.hidden = !text(item).toLowerCase().includes(wanted);
}

const fields = { available: document.getElementById('find'), selected: document.getElementById('find-named') };
fields.available.addEventListener('input', () => filter(fields.available, sides.available));
fields.selected.addEventListener('input', () => filter(fields.selected, sides.selected));

// A group of another router has other subscribers to choose from.
const router = document.getElementById('router');
if (router.tagName === 'SELECT') {
  router.addEventListener('change', () => {
    changed = false;
    form.querySelector('button[name="do"][value="find"]').click();
  });
}

// Arrows go through a list, as they do through any other.
for (const list of Object.values(sides)) {
  list.addEventListener('keydown', (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    const boxes = [...list.querySelectorAll('li:not([hidden]) input')];
    const at = boxes.indexOf(document.activeElement);
    const next = boxes[at === -1 ? 0 : at + step];
    if (next) {
      event.preventDefault();
      next.focus();
    }
  });
}

form.addEventListener('input', () => { changed = true; });
form.addEventListener('submit', () => { changed = false; });
addEventListener('beforeunload', (event) => { if (changed) event.preventDefault(); });
