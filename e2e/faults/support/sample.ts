import { randomUUID } from 'node:crypto';
import * as z from 'zod';

interface JsonSchema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly minLength?: number;
  readonly minimum?: number;
  readonly format?: string;
}

/** sampleOf makes the smallest value that the schema takes; `text` is what its free texts say. */
export function sampleOf(schema: z.ZodType | undefined, text = 'sample'): unknown {
  if (schema === undefined) return undefined;
  const json = JSON.stringify(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }));
  const described = JSON.parse(json) as JsonSchema;
  const smallest = valueOf(described, text);
  if (described.type !== 'object' || schema.safeParse(smallest).success) return smallest;
  return withOneMore(schema, described, text) ?? smallest;
}

/** Some schemas take one of several properties, each of them optional. */
function withOneMore(schema: z.ZodType, described: JsonSchema, text: string): unknown {
  const required = objectOf(described, text);
  return Object.entries(described.properties ?? {})
    .map(([name, value]) => ({ ...required, [name]: valueOf(value, text) }))
    .find((attempt) => schema.safeParse(attempt).success);
}

function valueOf(schema: JsonSchema, text: string): unknown {
  if (schema.const !== undefined) return schema.const;
  if (schema.enum) return schema.enum[0];
  const [choice] = schema.anyOf ?? schema.oneOf ?? [];
  if (choice) return valueOf(choice, text);
  if (schema.type === 'object') return objectOf(schema, text);
  if (schema.type === 'array')
    return Array.from({ length: schema.minItems ?? 0 }, () => valueOf(schema.items ?? {}, text));
  if (schema.type === 'integer' || schema.type === 'number')
    return Math.max(schema.minimum ?? 0, 0);
  if (schema.type === 'boolean') return true;
  return textOf(schema, text);
}

function objectOf(schema: JsonSchema, text: string): Record<string, unknown> {
  const required = new Set(schema.required);
  const entries = Object.entries(schema.properties ?? {}).filter(([name]) => required.has(name));
  return Object.fromEntries(entries.map(([name, value]) => [name, valueOf(value, text)]));
}

function textOf({ format, minLength = 0 }: JsonSchema, text: string): string {
  if (format === 'uuid') return randomUUID();
  if (format === 'email') return 'somebody@example.com';
  return text.padEnd(minLength, 'x');
}
