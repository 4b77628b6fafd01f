import { invalid } from '../reading/index.ts';

const NAME = /^[A-Za-z_][A-Za-z0-9_.]*$/;

/** parseEnvFile reads `NAME=value` lines, with comments and quotes, as Compose does; variables in it are not replaced. */
export function parseEnvFile(file: string, text: string): Record<string, string> {
  const pairs = text.split(/\r?\n/).flatMap((line, index): [string, string][] => {
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#')) return [];
    const [left = '', ...right] = trimmed.split('=');
    const name = left.replace(/^export\s+/, '').trimEnd();
    if (!NAME.test(name))
      throw invalid({ file, line: index + 1, column: 1 }, 'a line has to be "NAME=value"');
    return [[name, unquoted(right.join('=').trim())]];
  });
  return Object.fromEntries(pairs);
}

function unquoted(value: string): string {
  const single = /^'([^']*)'\s*(#.*)?$/.exec(value)?.[1];
  if (single !== undefined) return single;
  const double = /^"((?:[^"\\]|\\.)*)"\s*(#.*)?$/.exec(value)?.[1];
  if (double !== undefined)
    return double.replace(/\\([nrt"\\$])/g, (_whole, char: string) => ESCAPES[char] ?? char);
  // From the first of the spaces only: a repository may hold millions of them.
  const comment = value.search(/(?<!\s)\s+#/);
  return (comment === -1 ? value : value.slice(0, comment)).trim();
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };
