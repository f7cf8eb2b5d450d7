// Runs before the first paint, so that nobody who chose the other theme is flashed, and whoever is logged in waits for
// nothing twice. A module would come too late, a file still later: the build writes this into the page, and the server
// allows it, by its hash, in the page's Content-Security-Policy. See ui/theme.ts, api/session.ts, api/early.ts, vite/boot.ts.
function readStored(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    // Nothing readable is stored: the system decides, and nobody is logged in.
    return null;
  }
}

const theme = readStored('trice.theme');
if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;

// The app asks for the chat, the list and the newest messages as soon as it runs. That it will is known here already.
const { chat } = document.currentScript?.dataset ?? {};
const session = readStored('trice.session');
if (chat && session?.userId) {
  if (session.renewAt > Date.now()) askEarly(session.accessToken);
  for (const href of chat.split(' ')) {
    document.head.append(
      Object.assign(document.createElement('link'), {
        rel: 'modulepreload',
        crossOrigin: '',
        href,
        fetchPriority: 'low',
      }),
    );
  }
}

function askEarly(token) {
  const conversation = location.pathname.match(/^\/c\/([\w-]+)$/)?.[1];
  const answers = new Map();
  for (const path of ['?limit=100', conversation && `/${conversation}/messages?limit=50`]) {
    if (!path) continue;
    const url = `${location.origin}/api/v1/conversations${path}`;
    // Without an answer the app asks again.
    const answer = fetch(url, { headers: { Authorization: `Bearer ${token}` }, priority: 'low' }).catch(() => null);
    answers.set(url, answer);
  }
  window.askedEarly = { token, answers };
}
