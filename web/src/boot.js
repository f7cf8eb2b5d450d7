// Runs before the first paint, so that nobody who chose the other theme is flashed, and whoever is logged in waits for
// nothing twice. The Content-Security-Policy allows no inline script, and a module would come too late: the build makes
// this a small file of its own. See ui/theme.ts, api/session.ts and vite/boot.ts.
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

// The app asks for the chat as soon as it runs. That it will is known here already.
const chat = document.currentScript?.dataset.chat;
if (chat && readStored('trice.session')?.userId) {
  for (const href of chat.split(' ')) {
    document.head.append(
      Object.assign(document.createElement('link'), { rel: 'modulepreload', crossOrigin: '', href }),
    );
  }
}
