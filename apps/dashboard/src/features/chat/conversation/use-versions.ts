import { checkpointRoutes } from '@spt-flow/shared/api/checkpoints';
import type { Message } from '@spt-flow/shared/api/conversations';
import { shallowRef } from 'vue';
import { headOf } from '../../../lib/format.ts';
import { randomId } from '../../../lib/random-id.ts';
import { useServices } from '../../../lib/services.ts';
import { useAction } from '../../../lib/use-action.ts';

/** What a person has to agree to, because changes of the app are undone with it. */
export interface VersionStep {
  readonly point: string;
  readonly title: string;
  readonly confirmLabel: string;
  readonly work: (overwrite: boolean) => Promise<void>;
}

/** useVersions puts other versions beside messages and leads from one to the other. Steps that undo nothing are not asked about. */
export function useVersions(projectId: () => string, reload: () => Promise<void>) {
  const { api } = useServices();
  /** The message that is being written anew. */
  const editedId = shallowRef<string>();
  const asked = shallowRef<VersionStep>();

  async function take(step: VersionStep): Promise<void> {
    const { files, unkept } = await api.call(checkpointRoutes.compare, {
      params: { handle: projectId() },
      query: { from: step.point },
    });
    if (files.length + unkept.length > 0) asked.value = step;
    else await step.work(false);
  }

  const editing = useAction(async (message: Message, content: string) => {
    const body = {
      content,
      clientMessageId: randomId(),
      attachments: (message.attachments ?? []).map(({ id, alt }) => ({ id, alt })),
    };
    await take({
      point: message.id,
      title: `before “${headOf(message.content)}”`,
      confirmLabel: 'Go back and send',
      async work(overwrite) {
        const params = { handle: projectId(), id: message.id };
        await api.call(checkpointRoutes.editMessage, { params, body: { ...body, overwrite } });
        editedId.value = undefined;
        await reload();
      },
    });
  });

  const showing = useAction((messageId: string, onShown?: () => Promise<void>) =>
    take({
      point: messageId,
      title: 'the other version',
      confirmLabel: 'Go to that version',
      async work(overwrite) {
        const params = { handle: projectId(), id: messageId };
        await api.call(checkpointRoutes.showVersion, { params, body: { overwrite } });
        await reload();
        await onShown?.();
      },
    }),
  );

  return { editedId, asked, editing, showing };
}
