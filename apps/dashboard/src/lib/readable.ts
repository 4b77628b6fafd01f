const SEQUENCES = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])/g;

/** readable removes what programs write for terminals only. */
export function readable(text: string): string {
  return text.replace(SEQUENCES, '');
}
