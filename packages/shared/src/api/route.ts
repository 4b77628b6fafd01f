import type * as z from 'zod';
import type { ProjectLevel, ProjectNoun } from '../domain/project-access.ts';
import type { Scope } from '../domain/roles.ts';

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface RouteContract {
  readonly method: Method;
  /** With `:name` for parameters, e.g. `/api/v1/projects/:id`. */
  readonly path: string;
  readonly summary: string;
  /** `public` needs no login; otherwise the least scope. */
  readonly access: 'public' | Scope;
  /** What it takes in a project that is restricted; absent: to see it for `read`, to use it for the others. */
  readonly level?: ProjectLevel;
  /** Fields of query and body that name things of projects, as the path does: the gate asks there, too. */
  readonly names?: Readonly<Record<string, ProjectNoun>>;
  readonly params?: z.ZodType;
  readonly query?: z.ZodType;
  readonly body?: z.ZodType;
  /** Its body may have megabytes, since it carries files; others have one at most, and those of strangers less. */
  readonly takesFiles?: true;
  readonly response: z.ZodType;
  /** Success status, 200 unless told. 202 means: heard, progress arrives as live events. */
  readonly status?: 200 | 201 | 202;
  /** No feature records it: that it was asked for is recorded before it is done, and again where it failed. */
  readonly auditedFirst?: true;
  /** Why the audit log needs no entry although the method could change something. */
  readonly unaudited?: string;
}

/** defineRoute keeps the literal types of a contract, so that server handlers and clients infer from it. */
export function defineRoute<const T extends RouteContract>(contract: T): T {
  return contract;
}

type Part<T, K extends 'params' | 'query' | 'body'> = T extends {
  [P in K]: infer S extends z.ZodType;
}
  ? { [P in K]: z.input<S> }
  : unknown;

/** RouteInput is what a client passes: params, query and body, where the contract has them. */
export type RouteInput<T extends RouteContract> = Part<T, 'params'> &
  Part<T, 'query'> &
  Part<T, 'body'>;
export type RouteData<T extends RouteContract> = z.output<T['response']>;
