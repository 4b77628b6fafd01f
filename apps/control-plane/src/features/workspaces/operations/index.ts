export { chooseAppPort } from './app-ports.ts';
export type { SeedHook } from './first-content.ts';
export type { Furnishing, FurnishingContext } from './furnishing.ts';
export { createGate } from './gate.ts';
export type { DotfilesOf, OperationsDeps, TellsPath } from './operations-deps.ts';
export { createOperations, end } from './operations.ts';
export { whenOnline } from './when-online.ts';
