export { createTerminals, type Terminals } from './terminals.ts';
