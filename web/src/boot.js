// Runs before the first paint, so that nobody who chose the other theme is flashed. The Content-Security-Policy allows
// no inline script, and a module would come too late: the build makes this a small file of its own. See ui/theme.ts.
try {
  const theme = JSON.parse(localStorage.getItem('trice.theme'));
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Nothing readable is stored: the system decides.
}
