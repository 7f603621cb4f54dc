// Light, dark, or as the system has it: chosen in the menu or by the button, and kept by this browser.

import { setAttribute, setIcon } from './frame.js';
import { t } from './words.js';

const SYMBOLS = { auto: 'circle-half', light: 'sun', dark: 'moon-stars' };
const NEXT = { auto: 'light', light: 'dark', dark: 'auto' };

const system = matchMedia('(prefers-color-scheme: dark)');
const button = document.getElementById('theme');
const choice = document.getElementById('theme-choice');

function kept() {
  try {
    const found = localStorage.getItem('theme');
    return found in SYMBOLS ? found : 'auto';
  } catch {
    return 'auto';
  }
}

let chosen = kept();

function apply() {
  const isDark = chosen === 'dark' || (chosen === 'auto' && system.matches);
  document.documentElement.dataset.bsTheme = isDark ? 'dark' : 'light';
  setIcon(button.querySelector('svg'), SYMBOLS[chosen]);
  setAttribute(button, 'title', t(`theme.${chosen}`));
  setAttribute(button, 'aria-label', t(`theme.${chosen}`));
  if (choice) choice.value = chosen;
  document.dispatchEvent(new Event('themechange'));
}

function choose(theme) {
  chosen = theme;
  try { localStorage.setItem('theme', theme); } catch { /* Then it holds for no longer than this page. */ }
  apply();
}

button.hidden = false;
button.addEventListener('click', () => choose(NEXT[chosen]));
if (choice) {
  document.getElementById('theme-label').hidden = false;
  choice.addEventListener('change', () => choose(choice.value));
}
system.addEventListener('change', apply);
// Other tabs of this browser follow.
addEventListener('storage', ({ key }) => {
  if (key !== 'theme' && key !== null) return;
  chosen = kept();
  apply();
});
apply();
