// Shows the API's document with Swagger UI, which asks nobody but this server.
const place = document.getElementById('docs');

window.SwaggerUIBundle({
  url: place.dataset.document,
  domNode: place,
  deepLinking: true,
  // The validator would be another host's.
  validatorUrl: null,
  queryConfigEnabled: false,
  // A change that is tried by whoever signed in needs what our forms send; nobody else is told it.
  requestInterceptor(request) {
    const changes = !['GET', 'HEAD'].includes((request.method ?? 'GET').toUpperCase());
    if (changes && new URL(request.url, location.href).origin === location.origin) {
      request.headers['X-CSRF-Token'] = place.dataset.csrf;
    }
    return request;
  },
});
