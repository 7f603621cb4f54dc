// The language and the unit of rates: what is chosen counts at once.

for (const form of document.querySelectorAll('form.preferences')) {
  form.querySelector('button').hidden = true;
  form.addEventListener('change', () => form.requestSubmit());
}
