// Runs before the first paint, so that nobody who chose the other theme is flashed, and whoever is logged in waits for
// nothing twice. The Content-Security-Policy allows no inline script, and a module would come too late: the build makes
// this a small file of its own. See ui/theme.ts, api/session.ts, api/early.ts and vite/boot.ts.
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
const session = readStored('trice.session');
if (session?.accessToken && session.renewAt > Date.now()) {
  const token = session.accessToken;
  const conversation = location.pathname.match(/^\/c\/([\w-]+)$/)?.[1];
  const paths = ['/conversations?limit=100'];
  if (conversation) paths.push(`/conversations/${conversation}/messages?limit=50`);
  const answers = new Map();
  for (const path of paths) {
    const url = `${location.origin}/api/v1${path}`;
    // Without an answer the app asks again.
    const answer = fetch(url, { headers: { Authorization: `Bearer ${token}` } }).catch(() => null);
    answers.set(url, answer);
  }
  window.askedEarly = { token, answers };
}
const chat = document.currentScript?.dataset.chat;
if (chat && session?.userId) {
  for (const href of chat.split(' ')) {
    document.head.append(
      Object.assign(document.createElement('link'), { rel: 'modulepreload', crossOrigin: '', href }),
    );
  }
}
