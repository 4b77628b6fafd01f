export { createTerminals } from './terminals.ts';
