import type pg from 'pg';
import * as z from 'zod';

/** The schemas that migrations make: ours, and the one in which they note what they did. */
const SCHEMAS = ['public', 'drizzle'] as const;

/** Files are called by it. */
const NameSchema = z.string().regex(/^[a-z0-9_]{1,63}$/);

const TableSchema = z.strictObject({
  schema: z.enum(SCHEMAS),
  name: NameSchema,
  /** Without those that the database computes. */
  columns: z.array(z.string()).min(1),
});
export type Table = z.output<typeof TableSchema>;

const SequenceSchema = z.strictObject({
  schema: z.enum(SCHEMAS),
  name: NameSchema,
  /** The last number that was given; null: none yet. */
  last: z.string().nullable(),
});
type Sequence = z.output<typeof SequenceSchema>;

/** What a dump is, but for the rows. */
export const DumpSchema = z.strictObject({
  /** When each migration was made that the database has, the oldest first. */
  migrations: z.array(z.number()).min(1),
  tables: z.array(TableSchema.extend({ rows: z.int().min(0) })).min(1),
  sequences: z.array(SequenceSchema),
});
export type Dump = z.output<typeof DumpSchema>;

export async function readTables(client: pg.ClientBase): Promise<Table[]> {
  const { rows } = await client.query(
    `select n.nspname as schema, c.relname as name,
            array_agg(a.attname::text order by a.attnum) filter (where a.attgenerated = '') as columns
       from pg_class c
       join pg_namespace n on n.oid = c.relnamespace
       join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      where c.relkind = 'r' and n.nspname = any($1)
      group by 1, 2 order by 1, 2`,
    [SCHEMAS],
  );
  return z.array(TableSchema).parse(rows);
}

export async function readSequences(client: pg.ClientBase): Promise<Sequence[]> {
  const { rows } = await client.query(
    `select schemaname as schema, sequencename as name, last_value::text as last
       from pg_sequences where schemaname = any($1) order by 1, 2`,
    [SCHEMAS],
  );
  return z.array(SequenceSchema).parse(rows);
}

/** readMigrations returns when the migrations were made that the database has, the oldest first. */
export async function readMigrations(client: pg.ClientBase): Promise<number[]> {
  const { rows } = await client.query(
    'select created_at::float8 as made from drizzle.__drizzle_migrations order by 1',
  );
  return z
    .array(z.object({ made: z.number() }))
    .parse(rows)
    .map(({ made }) => made);
}
