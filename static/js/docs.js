// Shows the API's document with Swagger UI, which asks nobody but this server.
const place = document.getElementById('docs');

window.SwaggerUIBundle({
  url: place.dataset.document,
  domNode: place,
  deepLinking: true,
  // The validator would be another host's.
  validatorUrl: null,
  queryConfigEnabled: false,
});
