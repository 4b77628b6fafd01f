export type LineEnding = '\n' | '\r\n';

export function lineEndingOf(text: string): LineEnding {
  return text.includes('\r\n') ? '\r\n' : '\n';
}

export function toLf(text: string): string {
  return text.replaceAll('\r\n', '\n');
}

export function withEnding(text: string, ending: LineEnding): string {
  return ending === '\n' ? text : toLf(text).replaceAll('\n', ending);
}

export function lineNumberAt(text: string, index: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < index; at = text.indexOf('\n', at + 1))
    line++;
  return line;
}

export function countLines(text: string): number {
  if (text === '') return 0;
  const breaks = text.split('\n').length;
  return text.endsWith('\n') ? breaks - 1 : breaks;
}
