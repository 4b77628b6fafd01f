import { ATTACHMENT_TYPES, type Attachment } from '@spt-flow/shared/api/conversations';
import { AppError } from '@spt-flow/shared/domain/errors';
import type { Transaction } from '@spt-flow/db/client';
import * as z from 'zod';
import type { AttachmentsRepository } from './attachments-repository.ts';
import { readPicture } from './pictures/read-picture.ts';
import type { ImagePart } from './providers/model-provider.ts';

/** Of all pictures of a project. */
const MAX_PROJECT_BYTES = 200 * 1024 * 1024;
/** For pictures that nobody has sent. */
const UNSENT_MS = 24 * 3_600_000;

const MediaTypeSchema = z.enum(ATTACHMENT_TYPES);

export interface Attached {
  readonly id: string;
  readonly alt: string;
}

export type Attachments = ReturnType<typeof createAttachments>;

/** createAttachments takes pictures in, gives them to messages, and shows them to people and models. */
export function createAttachments(repository: AttachmentsRepository) {
  return {
    async add(
      owner: { readonly organizationId: string; readonly projectId: string },
      base64: string,
    ): Promise<Omit<Attachment, 'alt'>> {
      const picture = readPicture(Buffer.from(base64, 'base64'));
      const { projectId } = owner;
      await repository.removeUnsent(projectId, new Date(Date.now() - UNSENT_MS));
      return repository.transaction(async (tx) => {
        if ((await repository.totalBytes(projectId, tx)) + picture.bytes.length > MAX_PROJECT_BYTES)
          throw new AppError('limit_reached', 'The pictures of a project may have 200 MB in all');
        const row = await repository.add(owner, picture, tx);
        return { ...row, mediaType: picture.mediaType };
      });
    },

    async dataUrl(projectId: string, id: string): Promise<string> {
      const row = await repository.find(projectId, id);
      if (!row) throw new AppError('not_found');
      return `data:${row.mediaType};base64,${row.picture.toString('base64')}`;
    },

    /** Gives pictures to a message; AppError `not_found` when one is not there, or of another project. */
    async claim(
      tx: Transaction,
      projectId: string,
      attached: readonly Attached[],
    ): Promise<Attachment[]> {
      if (attached.length === 0) return [];
      const rows = await repository.details(
        tx,
        projectId,
        attached.map(({ id }) => id),
      );
      const pictures = attached.map(({ id, alt }) => {
        const row = rows.find((each) => each.id === id);
        if (!row) throw new AppError('not_found', 'A picture is not there any more');
        return { ...row, mediaType: MediaTypeSchema.parse(row.mediaType), alt };
      });
      await repository.markSent(
        tx,
        rows.map(({ id }) => id),
        true,
      );
      return pictures;
    },

    /** For a message that was taken back: its pictures are kept no longer than others that nobody sent. */
    async release(tx: Transaction, pictures: readonly Attachment[]): Promise<void> {
      if (pictures.length > 0)
        await repository.markSent(
          tx,
          pictures.map(({ id }) => id),
          false,
        );
    },

    /** As models get them; those that are gone are left out. */
    async parts(projectId: string, pictures: readonly Attachment[]): Promise<ImagePart[]> {
      const rows = await repository.pictures(
        projectId,
        pictures.map(({ id }) => id),
      );
      return pictures.flatMap(({ id, alt, mediaType, width, height }): ImagePart[] => {
        const row = rows.find((each) => each.id === id);
        if (!row) return [];
        const base64 = row.picture.toString('base64');
        return [{ type: 'image', alt, mediaType, width, height, base64 }];
      });
    },
  };
}
