import { MAX_ATTACHMENT_BYTES } from '@spt-flow/shared/api/conversations';
import { AppError } from '@spt-flow/shared/domain/errors';
import { readGif } from './gif.ts';
import { readJpeg } from './jpeg.ts';
import type { Picture, ReadFormat } from './picture.ts';
import { readPng } from './png.ts';
import { readWebp } from './webp.ts';

/** What models take of one picture. */
const MAX_SIDE = 8000;

const FORMATS: readonly ReadFormat[] = [readPng, readJpeg, readWebp, readGif];

/** readPicture tells what a file is by its content alone; AppError for what is no picture, or too large. */
export function readPicture(file: Buffer): Picture {
  if (file.length > MAX_ATTACHMENT_BYTES)
    throw new AppError('picture_too_large', 'The picture has more than 5 MB');
  const picture = firstOf(file);
  if (!picture || picture.width === 0 || picture.height === 0)
    throw new AppError('picture_invalid');
  const { width, height } = picture;
  if (width > MAX_SIDE || height > MAX_SIDE)
    throw new AppError(
      'picture_too_large',
      `The picture has ${width} × ${height} points; a side may have ${MAX_SIDE}`,
    );
  return picture;
}

function firstOf(file: Buffer): Picture | undefined {
  try {
    for (const read of FORMATS) {
      const picture = read(file);
      if (picture) return picture;
    }
  } catch (error) {
    // A file that ends in the middle of what it begins: reading past its end is a RangeError.
    if (!(error instanceof RangeError)) throw error;
  }
  return undefined;
}
