import { invalid } from '../config-document.ts';

/** parseEnvFile reads `NAME=value` lines, with comments and quotes, as Compose does; variables in it are not replaced. */
export function parseEnvFile(file: string, text: string): Record<string, string> {
  const pairs = text.split(/\r?\n/).flatMap((line, index): [string, string][] => {
    const trimmed = line.trim();
    if (trimmed === '' || trimmed.startsWith('#')) return [];
    const [, name, value = ''] =
      /^(?:export\s+)?([A-Za-z_][A-Za-z0-9_.]*)\s*(?:=\s*(.*))?$/.exec(trimmed) ?? [];
    if (name === undefined)
      throw invalid({ file, line: index + 1, column: 1 }, 'a line has to be "NAME=value"');
    return [[name, unquoted(value)]];
  });
  return Object.fromEntries(pairs);
}

function unquoted(value: string): string {
  const single = /^'([^']*)'\s*(#.*)?$/.exec(value)?.[1];
  if (single !== undefined) return single;
  const double = /^"((?:[^"\\]|\\.)*)"\s*(#.*)?$/.exec(value)?.[1];
  if (double !== undefined)
    return double.replace(/\\([nrt"\\$])/g, (_whole, char: string) => ESCAPES[char] ?? char);
  return value.replace(/\s+#.*$/, '').trim();
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };
