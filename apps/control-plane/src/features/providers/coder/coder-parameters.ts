import type { CoderClient } from './coder-client.ts';
import type { CoderParameter } from './coder-shapes.ts';

/** parametersOf puts the values of a template's settings into Coder's form. */
export function parametersOf(values: Readonly<Record<string, string>>): CoderParameter[] {
  return Object.entries(values).map(([name, value]) => ({ name, value }));
}

/** changedParameters are those that the last build had otherwise: Coder keeps all others, and some may never be given again. */
export async function changedParameters(
  client: Pick<CoderClient, 'buildParameters'>,
  buildId: string,
  values: Readonly<Record<string, string>>,
): Promise<CoderParameter[]> {
  const before = new Map(
    (await client.buildParameters(buildId)).map(({ name, value }) => [name, value]),
  );
  return parametersOf(values).filter(({ name, value }) => before.get(name) !== value);
}
