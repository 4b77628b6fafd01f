import type { ChangeSetEngine } from '../change-set/engine.ts';
import type { SignReceipt } from '../connection/sign-receipt.ts';
import type { Handler } from './handler.ts';

/** Applies a change set; once begun it runs to its end, whether anybody listens or not. */
export function createChangeSetHandler(
  engine: ChangeSetEngine,
  sign: SignReceipt,
): Handler<'change-set.apply'> {
  return async ({ stream, accept }) => {
    const staged = await engine.begin(stream);
    if (!stream.destroyed) accept();
    const receipt = await staged.run((progress) => {
      if (!stream.destroyed) stream.write(`${JSON.stringify(progress)}\n`);
    });
    if (!stream.destroyed) stream.endWith(sign(receipt));
  };
}
