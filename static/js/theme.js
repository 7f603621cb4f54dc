// Runs before anything is painted, so that a dark page never flashes white.
(() => {
  let chosen = null;
  try { chosen = localStorage.getItem('theme'); } catch { /* Storage may be forbidden: then the system decides. */ }
  const dark = chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.bsTheme = dark ? 'dark' : 'light';
})();
