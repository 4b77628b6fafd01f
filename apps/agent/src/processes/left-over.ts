import type { GroupLedger } from './group-ledger.ts';
import { killLeftOverMarked } from './marked-processes.ts';

/** endLeftOver ends what an agent that is gone left running: what is in its ledger, and what carries its marks. */
export async function endLeftOver(ledger: GroupLedger, projectDirectory: string): Promise<void> {
  await ledger.killLeftOver();
  await killLeftOverMarked(projectDirectory);
}
