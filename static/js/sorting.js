// What a long list is sorted by, as a choice: on telephones, where the heads of its columns have no room.

const choice = document.getElementById('sorting');

choice.addEventListener('change', () => {
  const query = new URLSearchParams(location.search);
  query.delete('offset');
  if (choice.value) query.set('sort', choice.value);
  else query.delete('sort');
  history.pushState(null, '', query.size > 0 ? `?${query}` : location.pathname);
  // The list does what it does when somebody goes back: it shows what its address says.
  dispatchEvent(new PopStateEvent('popstate'));
});

// The heads of columns, and going back, change it too.
document.addEventListener('listed', () => {
  const sorted = document.querySelector('#table th[data-key]:not([aria-sort="none"])');
  const falls = sorted?.getAttribute('aria-sort') === 'descending';
  choice.value = sorted ? `${falls ? '-' : ''}${sorted.dataset.key}` : '';
});
