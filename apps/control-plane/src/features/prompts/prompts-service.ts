import {
  MAX_PROMPTS_PER_PERSON,
  type PromptContent,
  type SavedPrompt,
} from '@spt-flow/shared/api/prompts';
import { AppError } from '@spt-flow/shared/domain/errors';
import { deciding, type Principal } from '../../lib/principal.ts';
import type { PromptRow, PromptsRepository } from './prompts-repository.ts';

export type PromptsService = ReturnType<typeof createPromptsService>;

/** createPromptsService keeps the prompts of people, and lends those that are shared to the whole organization. */
export function createPromptsService(repository: PromptsRepository) {
  /** One that the person may see; AppError `not_found` for all others. */
  async function seen({ organizationId, userId }: Principal, id: string): Promise<PromptRow> {
    const row = await repository.find(organizationId, id);
    if (!row || (row.userId !== userId && !row.isShared))
      throw new AppError('not_found', 'There is no such prompt');
    return row;
  }

  async function toSaved(principal: Principal, id: string): Promise<SavedPrompt> {
    return toApi(principal.userId, await seen(principal, id));
  }

  return {
    async list(principal: Principal): Promise<{ items: SavedPrompt[] }> {
      const rows = await repository.list(principal);
      return { items: rows.map((row) => toApi(principal.userId, row)) };
    },

    async create(principal: Principal, content: PromptContent): Promise<SavedPrompt> {
      const { organizationId, userId } = principal;
      const id = await repository.transaction(async (tx) => {
        if ((await repository.count(principal, tx)) >= MAX_PROMPTS_PER_PERSON)
          throw new AppError(
            'limit_reached',
            `A person has ${MAX_PROMPTS_PER_PERSON} prompts at most`,
          );
        return repository.insert({ organizationId, userId }, content, tx);
      });
      if (id === undefined) throw new AppError('name_taken');
      return toSaved(principal, id);
    },

    async update(principal: Principal, id: string, content: PromptContent): Promise<SavedPrompt> {
      const { userId } = await seen(principal, id);
      if (userId !== principal.userId) throw new AppError('not_permitted');
      if (!(await repository.update(id, content))) throw new AppError('name_taken');
      return toSaved(principal, id);
    },

    async remove(principal: Principal, id: string): Promise<Record<string, never>> {
      const { userId } = await seen(principal, id);
      if (userId !== principal.userId && deciding(principal).role !== 'admin')
        throw new AppError('not_permitted');
      await repository.remove(id);
      return {};
    },
  };
}

function toApi(userId: string, row: PromptRow): SavedPrompt {
  const { id, name, text, isShared, ownerName } = row;
  return {
    ...{ id, name, text, isShared, ownerName },
    isMine: row.userId === userId,
    updatedAt: row.updatedAt.toISOString(),
  };
}
