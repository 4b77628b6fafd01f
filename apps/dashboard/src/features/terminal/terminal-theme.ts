import type { ITheme } from '@xterm/xterm';

/** The terminal is dark in both themes: programs choose their colours for that. */
export const THEME: ITheme = {
  background: '#1c1917',
  foreground: '#e7e5e4',
  cursor: '#5eead4',
  selectionBackground: '#57534e',
  black: '#292524',
  red: '#f87171',
  green: '#4ade80',
  yellow: '#fbbf24',
  blue: '#60a5fa',
  magenta: '#c084fc',
  cyan: '#22d3ee',
  white: '#e7e5e4',
  brightBlack: '#a8a29e',
  brightRed: '#fca5a5',
  brightGreen: '#86efac',
  brightYellow: '#fde047',
  brightBlue: '#93c5fd',
  brightMagenta: '#d8b4fe',
  brightCyan: '#67e8f9',
  brightWhite: '#fafaf9',
};
