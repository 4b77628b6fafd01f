// The page's security policy forbids building functions from text, which the validator would otherwise try first.
globalThis.__zod_globalConfig = { jitless: true };

// Runs before the first paint, so that a dark page never flashes white.
(function applyStoredTheme() {
  const stored = localStorage.getItem('vueuse-color-scheme');
  const dark =
    stored === 'dark' || (stored !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.classList.toggle('dark', dark);
})();
