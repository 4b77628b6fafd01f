/** The app that a scripted model builds and then breaks. */
export const MANIFEST = JSON.stringify({ kind: 'node-web', start: 'node server.mjs' });

/** `mark` is what the page shows, `broken` what is wrong with the server. */
export function server(mark: string, broken = ''): string {
  return `import { createServer } from 'node:http';

const MARK = '${mark}';

${broken}
createServer((request, response) => {
  response.setHeader('content-type', 'text/html');
  response.end('<title>Faults</title><h1>' + MARK + '</h1>');
}).listen(process.env.PORT, '127.0.0.1');
`;
}

/** Of each way to be broken: passes the check of syntax or not, and fails in its own phase. */
export const BROKEN = {
  syntax: 'const = 1;',
  crash: "throw new Error('cannot find the spoon');",
  exit: 'process.exit(3);',
  missing: "import 'no-such-package';",
  silent: 'setInterval(() => {}, 1000); await new Promise(() => {});',
} as const;

/** A server whose page answers, and then complains in the browser. */
export function complaining(mark: string): string {
  return server(mark).replace('</h1>', '</h1><script>missing.call()</script>');
}

/** A server that answers every page with an error. */
export function failing(mark: string): string {
  return server(mark).replace(
    '  response.setHeader',
    '  response.statusCode = 500;\n  response.setHeader',
  );
}
