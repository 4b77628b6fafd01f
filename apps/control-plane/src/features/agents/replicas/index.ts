export { createAgentsEverywhere } from './agents-everywhere.ts';
