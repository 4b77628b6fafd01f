import { AppError } from '@spt-flow/shared/domain/errors';

/** undefinedIfNotFound turns "there is none" into a value; every other failure stays one. */
export async function undefinedIfNotFound<T>(finding: Promise<T>): Promise<T | undefined> {
  try {
    return await finding;
  } catch (error) {
    if (error instanceof AppError && error.code === 'not_found') return undefined;
    throw error;
  }
}
