import { ApiError } from '@spt-flow/shared/api/client';
import { describeError } from '@spt-flow/shared/domain/errors';
import { CliError, EXIT } from '../core/errors.ts';

export function terminalError({ code, message }: { code: string; message: string }): ApiError {
  return new ApiError(message, { code, status: describeError(code).status, correlationId: '' });
}

export function connectionLost(workspace: string, safe: string): CliError {
  return new CliError({
    what: 'The connection to the workspace was lost',
    safe,
    command: `spt-flow terminal ${workspace}`,
    exitCode: EXIT.unreachable,
  });
}
