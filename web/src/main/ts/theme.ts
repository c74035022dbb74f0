// Runs before the first paint, so that the page never shows in the wrong theme.

try {
  const theme = localStorage.getItem('execlaw.theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset['theme'] = theme;
} catch {
  // Storage is blocked: the system's theme it is.
}
