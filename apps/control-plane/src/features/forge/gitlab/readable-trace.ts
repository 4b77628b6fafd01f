/** With its options; the lines of a job, which print what they like, are not searched further for the end of a mark. */
const FOLD_MARK = /section_(?:start|end):\d+:[^\r\n]{1,256}\r/g;

/** readableTrace is what a job printed without GitLab's marks, which fold parts of it, and without colours. */
export function readableTrace(trace: string): string {
  return trace
    .replace(FOLD_MARK, '')
    .replace(/\x1b\[[0-9;]*[A-Za-z]/g, '')
    .replace(/\r\n?/g, '\n')
    .replace(/\0/g, '');
}
