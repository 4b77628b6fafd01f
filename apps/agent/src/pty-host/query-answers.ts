/** Longer input is typed or pasted. */
const MAX_ANSWERS_BYTES = 4 * 1024;
/**
 * Device attributes, status, position of the cursor, modes, colours and other strings, and whether the window has the
 * focus: what a terminal sends by itself.
 */
const ANSWERS =
  /^(?:\x1b\[[?>=]?[\d;]*[cnRu]|\x1b\[\??[\d;]*\$y|\x1b\[[IO]|\x1b[\]P_][^\x07\x1b]*(?:\x07|\x1b\\))+$/;

/** isQueryAnswer tells what a terminal answers to a program from what somebody types. */
export function isQueryAnswer(bytes: Uint8Array): boolean {
  if (bytes[0] !== 0x1b || bytes.length > MAX_ANSWERS_BYTES) return false;
  return ANSWERS.test(Buffer.from(bytes).toString('latin1'));
}
