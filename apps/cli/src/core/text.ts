import { widthOf } from './terminal-width.ts';

const SEQUENCES = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\^_])/g;
/** They would show letters in another order than they stand, in the rest of the line too. */
const DIRECTIONS = /[\u202a-\u202e\u2066-\u2069]/g;
/** All but the tab. */
const CONTROLS = /[\x00-\x08\x0a-\x1f\x7f-\x9f]/g;

/** plain removes from a text of the server or of an app what could steer the terminal. */
export function plain(text: string): string {
  return text.replace(SEQUENCES, '').replace(DIRECTIONS, '').replace(CONTROLS, ' ').trimEnd();
}

/** formatDuration writes "340 ms", "1.2 s" or "2 min 5 s". */
export function formatDuration(durationMs: number): string {
  if (durationMs < 1000) return `${Math.round(durationMs)} ms`;
  if (durationMs < 59_950) return `${(durationMs / 1000).toFixed(1)} s`;
  const seconds = Math.round(durationMs / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

const SIZE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;

/** formatSize writes "512 B", "1.5 KiB" or "2.0 GiB". */
export function formatSize(bytes: number): string {
  const power = bytes < 1024 ? 0 : Math.floor(Math.log2(bytes) / 10);
  const unit = Math.min(power, SIZE_UNITS.length - 1);
  const value = bytes / 1024 ** unit;
  return `${unit === 0 ? Math.round(value) : value.toFixed(1)} ${SIZE_UNITS[unit]}`;
}

/** table aligns columns with two spaces between; the last column is not padded. */
export function table(rows: readonly (readonly string[])[]): string {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, index) => (widths[index] = Math.max(widths[index] ?? 0, widthOf(cell))));
  }
  return rows
    .map((row) =>
      row
        .map((cell, index) => cell + ' '.repeat((widths[index] ?? 0) - widthOf(cell)))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
