import { Failure } from '../../failure.mjs';

/** told makes a file that can't be read a problem like any other. */
export function told(find) {
  return async () => {
    try {
      return await find();
    } catch (error) {
      return [`${error.message} ${error instanceof Failure ? error.output : ''}`.trim()];
    }
  };
}
