import { openDatabase } from '@spt-flow/db/client';
import { createSpending } from '../../src/features/chat/spending.ts';
import { createSpendingRepository } from '../../src/features/chat/spending-repository.ts';
import { createReplicas } from '../../src/features/replicas/index.ts';
import { systemClock } from '../../src/lib/clock.ts';

/** A control plane while a model answers: it sets money aside, and waits until it is killed. */
async function holdMoney(): Promise<void> {
  const [socketDirectory = '', database = '', organizationId = '', projectId = ''] =
    process.argv.slice(2);
  const { db } = openDatabase({ socketDirectory, database, maxConnections: 2 });
  const replicas = createReplicas({
    ...{ db, address: undefined, secretKey: 'of-the-installation-'.repeat(3), clock: systemClock },
    onError: (error) => void process.stderr.write(`${String(error)}\n`),
  });
  await replicas.start();
  const spending = createSpending(createSpendingRepository(db, replicas.id), {
    ...{ prices: {}, maxTurnTokens: 1, projectBudgetMicros: 1_000 },
  });
  await spending.hold({ organizationId, projectId }, () => ({ micros: 400 }));
  process.stdout.write('held\n');
}

void holdMoney();
