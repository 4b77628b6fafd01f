import type { Attachment } from '@spt-flow/shared/api/conversations';

/** A picture as it is stored: without what a camera or a program wrote into it about people, places and times. */
export interface Picture extends Pick<Attachment, 'mediaType' | 'width' | 'height'> {
  readonly bytes: Buffer;
}

/** What a reader finds in a file of its format; undefined for every other file. */
export type ReadFormat = (bytes: Buffer) => Picture | undefined;
