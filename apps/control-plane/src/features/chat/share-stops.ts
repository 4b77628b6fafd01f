import * as z from 'zod';
import { TunnelError } from '@spt-flow/tunnel/types';
import { answerWith, type Replicas } from '../replicas/index.ts';
import type { ChatRepository } from './chat-repository.ts';
import type { TurnRunner } from './turn-runner.ts';

const PART = 'chat.stop';
const StopSchema = z.object({ projectId: z.uuid() });

interface ShareStopsDeps {
  readonly replicas: Pick<Replicas, 'id' | 'ask' | 'serve'> | undefined;
  readonly repository: Pick<ChatRepository, 'runnerOf'>;
  readonly runner: Pick<TurnRunner, 'stop'>;
}

/** shareStops lets other replicas stop turns that run here, and returns what stops theirs. */
export function shareStops({ replicas, repository, runner }: ShareStopsDeps) {
  replicas?.serve(
    PART,
    answerWith(StopSchema, async ({ projectId }) => runner.stop(projectId)),
  );

  return async (projectId: string): Promise<boolean> => {
    const owner = replicas && (await repository.runnerOf(projectId));
    if (!owner || owner === replicas.id) return false;
    try {
      return z.boolean().parse(await replicas.ask(owner, { to: PART, projectId }));
    } catch (error) {
      // It is gone: its turn is run by another one soon, which can be asked then.
      if (error instanceof TunnelError) return false;
      throw error;
    }
  };
}
