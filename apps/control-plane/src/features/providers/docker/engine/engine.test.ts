import { expect, it } from 'vitest';
import { toAppError } from './engine.ts';

const ENGINE = { place: '/run/engine.sock', awaySince: undefined };

function answered(message: string): Error {
  return Object.assign(new Error('(HTTP code 500) server error'), {
    statusCode: 500,
    json: { message },
  });
}

it('a full disk of the engine is told from other failures, which trying again may mend', () => {
  const full = 'mkdir /var/lib/docker/overlay2/1-init: no space left on device';

  expect(toAppError(answered(full), ENGINE)).toMatchObject({
    code: 'engine_disk_full',
    message: expect.stringContaining(`There is no room for the workspace (${full}). Files`),
  });
  expect(toAppError(answered('something broke'), ENGINE)).toMatchObject({
    code: 'workspace_start_failed',
    message: 'The container engine says: something broke',
  });
});
