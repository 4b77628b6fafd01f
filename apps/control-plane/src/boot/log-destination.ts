import { pino } from 'pino';

/** Of lines that wait for a disk with room; what comes then is dropped. */
const MAX_WAITING_BYTES = 1024 * 1024;

/**
 * createLogDestination is where the log is written. A disk that is full loses lines: it must neither end the control
 * plane, as an error that nobody hears does, nor keep it from ending, as the writer would that waits for room.
 */
export function createLogDestination(where: { readonly dest: number | string }) {
  const destination = pino.destination({ ...where, mode: 0o600, maxLength: MAX_WAITING_BYTES });
  destination.on('error', () => {
    destination.flushSync = () => undefined;
  });
  return destination;
}
