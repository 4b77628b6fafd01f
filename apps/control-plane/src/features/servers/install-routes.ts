import { createReadStream } from 'node:fs';
import type { FastifyInstance } from 'fastify';
import { AppError } from '@spt-flow/shared/domain/errors';
import * as z from 'zod';
import type { AgentPrograms } from './agent-programs.ts';
import { INSTALL_SCRIPT_PATH, installScript, PROGRAMS_PATH } from './install-script.ts';

const ParamsSchema = z.object({ name: z.string().max(100) });
const HIDDEN = { schema: { hide: true } };

/** registerInstallRoutes serves what a machine needs before it has anything of ours: public, and the same for all. */
export function registerInstallRoutes(
  app: FastifyInstance,
  { programs, url }: { programs: AgentPrograms; url: () => string },
): void {
  app.get(INSTALL_SCRIPT_PATH, HIDDEN, (_request, reply) =>
    reply.type('text/x-shellscript; charset=utf-8').send(installScript(url())),
  );

  /** In the form that `sha256sum -c` reads. */
  app.get(PROGRAMS_PATH, HIDDEN, async (_request, reply) => {
    const lines = (await programs.list()).map(({ sha256, name }) => `${sha256}  ${name}\n`);
    return reply.type('text/plain; charset=utf-8').send(lines.join(''));
  });

  app.get(`${PROGRAMS_PATH}/:name`, HIDDEN, async (request, reply) => {
    const program = await programs.find(ParamsSchema.parse(request.params).name);
    if (!program) throw new AppError('not_found');
    return reply
      .type('application/octet-stream')
      .header('content-length', program.sizeBytes)
      .send(createReadStream(program.file));
  });
}
