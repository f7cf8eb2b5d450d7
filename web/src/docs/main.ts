import swaggerUi from 'swagger-ui-dist/swagger-ui-es-bundle.js';
import 'swagger-ui-dist/swagger-ui.css';
import './docs.css';

// The page at /api/docs. It is no part of the app and shares nothing with it, so that the app's first load does not grow.

/** What answers with an access token. */
const signsIn = /\/api\/v1\/auth\/(login|register|refresh)$/;

const page = swaggerUi({
  dom_id: '#docs',
  url: '/api/v1/openapi.json',
  deepLinking: true,
  tryItOutEnabled: true,
  displayRequestDuration: true,
  defaultModelsExpandDepth: 0,
  // It would ask a server of its makers.
  validatorUrl: null,
  // Whoever signs in here is signed in for everything else here.
  responseInterceptor: (response) => {
    const token = response.ok && signsIn.test(response.url) ? response.body?.data?.accessToken : undefined;
    if (token) page.preauthorizeApiKey('bearer', token);
    return response;
  },
});

const systemIsDark = matchMedia('(prefers-color-scheme: dark)');

/** As in the app: what was chosen there, else what the system says. `boot.js` has read it. */
function showTheme(): void {
  const chosen = document.documentElement.dataset.theme;
  document.documentElement.classList.toggle('dark-mode', chosen ? chosen === 'dark' : systemIsDark.matches);
}

showTheme();
systemIsDark.addEventListener('change', showTheme);
