import type { ChangeSetReceipt } from '@spt-flow/shared/agent-protocol/change-set';
import type { ChangeSetEngine } from '../change-set/engine.ts';
import type { EmitEvent } from '../connection/event-buffer.ts';
import type { SignReceipt } from '../connection/sign-receipt.ts';
import type { Handler } from './handler.ts';

/** Applies a change set; once begun it runs to its end, whether anybody listens or not. */
export function createChangeSetHandler(
  engine: ChangeSetEngine,
  sign: SignReceipt,
  emit: EmitEvent,
): Handler<'change-set.apply'> {
  function tell({ id, outcome, reason }: ChangeSetReceipt, correlationId: string | undefined) {
    const isGood = outcome === 'committed';
    const words = outcome.replace('_', ' ');
    emit({
      type: 'log',
      at: Date.now(),
      source: 'build',
      level: isGood ? 'info' : 'warn',
      text: `Change set ${id} ${words}${reason === null ? '' : `: ${reason}`}`,
      ...(correlationId !== undefined && { correlationId }),
    });
  }

  return async ({ head, stream, accept }) => {
    const staged = await engine.begin(stream, head.correlationId);
    if (!stream.destroyed) accept();
    const receipt = await staged.run((progress) => {
      if (!stream.destroyed) stream.write(`${JSON.stringify(progress)}\n`);
    });
    tell(receipt, head.correlationId);
    if (!stream.destroyed) stream.endWith(sign(receipt));
  };
}
