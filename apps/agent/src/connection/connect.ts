export function connectToControlPlane(_: unknown) { return async (): Promise<never> => { throw new Error('x'); }; }
