import { InvalidArgumentError, Option } from 'commander';
import { CloneOptionsSchema, type CloneOptions } from '@spt-flow/shared/domain/clone-options';
import { usageError } from '../core/errors.ts';
import { plain } from '../core/text.ts';

interface Given {
  readonly branch?: string;
  readonly depth?: number;
  readonly partial?: boolean;
  readonly submodules: boolean;
}

export function depthOption(): Option {
  return new Option('--depth <commits>', 'bring this much of the history only').argParser(
    readDepth,
  );
}

/** readCloneOptions checks what the server would refuse; undefined: nothing was asked for. */
export function readCloneOptions(given: Given): CloneOptions | undefined {
  const { branch: ref, depth, partial, submodules } = given;
  if (submodules && [ref, depth, partial].every((value) => value === undefined)) return undefined;
  const options = CloneOptionsSchema.safeParse({ ref, depth, partial, submodules });
  if (options.success) return options.data;
  throw usageError(`'${plain(ref ?? '')}' is no branch, tag or commit`, 'spt-flow up --help');
}

function readDepth(text: string): number {
  const depth = CloneOptionsSchema.shape.depth.safeParse(Number(text));
  if (depth.success && depth.data !== null) return depth.data;
  throw new InvalidArgumentError('It must be a number from 1 to 100000');
}
