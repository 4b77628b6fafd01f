/** Names that the plain JavaScript files may use; TypeScript knows its own. */
export const NODE_GLOBALS = readonly([
  'AbortController',
  'AbortSignal',
  'Buffer',
  'TextDecoder',
  'TextEncoder',
  'URL',
  'URLSearchParams',
  'WebAssembly',
  'clearInterval',
  'clearTimeout',
  'console',
  'fetch',
  'performance',
  'process',
  'setInterval',
  'setTimeout',
]);

export const BROWSER_GLOBALS = readonly(['document', 'localStorage', 'matchMedia', 'window']);

function readonly(names) {
  return Object.fromEntries(names.map((name) => [name, 'readonly']));
}
