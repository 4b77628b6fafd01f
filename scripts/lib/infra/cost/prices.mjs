import { readFile } from 'node:fs/promises';
import path from 'node:path';
import * as z from 'zod';

const TABLE = 'packages/shared/src/domain/aws-prices.json';

/** Dollars for one of something: one that is higher was written down in another unit. */
const Price = z.number().positive().max(10);

const TableSchema = z
  .object({
    readOn: z.string().regex(/^\d{4}-(0[1-9]|1[0-2])$/),
    region: z.literal('us-east-1'),
    currency: z.literal('USD'),
    readFrom: z.string().min(8),
    notCompared: z.array(z.string()),
    refreshFrom: z.record(z.string(), z.string().startsWith('aws.amazon.com/')),
    instance_hour_usd: z.record(z.string(), Price),
  })
  .catchall(Price);

/** priceProblems finds prices that are none, and those of which nobody knows where to look them up. */
export async function priceProblems(root) {
  const parsed = TableSchema.safeParse(JSON.parse(await readFile(path.join(root, TABLE), 'utf8')));
  if (!parsed.success)
    return parsed.error.issues.map(
      (issue) => `${TABLE}: ${issue.path.join('.')}: ${issue.message}`,
    );
  const names = Object.keys(parsed.data).filter((name) => name.endsWith('_usd'));
  const machines = Object.keys(parsed.data.instance_hour_usd);
  const known = new Set([...names, ...machines.map((name) => `instance_hour_usd.${name}`)]);
  const { refreshFrom, notCompared } = parsed.data;
  return [
    ...names
      .filter((name) => !(name in refreshFrom))
      .map((name) => `${TABLE}: nobody knows where ${name} is from`),
    ...[...Object.keys(refreshFrom), ...notCompared]
      .filter((name) => !known.has(name))
      .map((name) => `${TABLE}: there is no price ${name}`),
  ];
}
