const INCLUDE = 'Include spt-flow/config';
const COMMENT = '# Hosts *.spt-flow, by `spt-flow config-ssh`';
const LINE = /^[ \t]*Include[ \t]+"?spt-flow\/config"?[ \t]*$/i;
const SECTION = /^[ \t]*(?:Host|Match)[ \t=]/i;

/**
 * withInclude adds our file to a configuration of ssh, before its first section because it would belong to the last
 * one otherwise. Where people have put it there themselves nothing changes.
 */
export function withInclude(text: string): string {
  const lines = text.split(/\r?\n/);
  const section = lines.findIndex((line) => SECTION.test(line));
  const included = lines.findIndex((line) => LINE.test(line));
  if (included !== -1 && (section === -1 || included < section)) return text;
  const newline = newlineOf(text);
  const rest = withoutInclude(text);
  return `${COMMENT}${newline}${INCLUDE}${newline}${rest === '' ? '' : newline}${rest}`;
}

/** withoutInclude takes away what `withInclude` added, and leaves everything else as it is. */
export function withoutInclude(text: string): string {
  const newline = newlineOf(text);
  const lines = text.split(newline);
  const included = lines.findIndex((line) => LINE.test(line));
  if (included === -1) return text;
  const first = lines[included - 1] === COMMENT ? included - 1 : included;
  const isOurs = first < included && lines[included + 1] === '';
  lines.splice(first, included - first + (isOurs ? 2 : 1));
  return lines.join(newline);
}

function newlineOf(text: string): string {
  return text.includes('\r\n') ? '\r\n' : '\n';
}
