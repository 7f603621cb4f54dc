// Menus: what opens over a page closes with Escape, which gives the focus back, and when the focus goes elsewhere.

const MENUS = '.menu, .hints, .rail .more > details';

/** The menu that something stands in, if that is open. */
function opened(element) {
  const menu = element instanceof Element ? element.closest(MENUS) : null;
  return menu?.open ? menu : null;
}

document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape' || document.querySelector('dialog:modal')) return;
  const menu = opened(event.target) ?? [...document.querySelectorAll(MENUS)].find(({ open }) => open);
  if (!menu) return;
  menu.open = false;
  menu.querySelector('summary').focus();
});

document.addEventListener('focusout', (event) => {
  const [menu, next] = [opened(event.target), event.relatedTarget];
  // Without a next one it went to another window; and a dialog gives it back to where it was opened.
  if (menu && next && !menu.contains(next) && !next.closest('dialog')) menu.open = false;
});
