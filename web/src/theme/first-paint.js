// Runs before the first paint, as a plain script: sets the theme so that nothing flashes.
// `theme.svelte.ts` takes over afterwards and uses the same key and the same rule.
(function () {
  var choice = null;
  try {
    choice = localStorage.getItem('pythonide.theme');
  } catch {
    // Storage is forbidden in this browser: the system's choice holds.
  }
  var dark =
    choice === 'dark' || (choice !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.theme = dark ? 'dark' : 'light';
})();
