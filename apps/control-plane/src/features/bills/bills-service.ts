import type { Bill, BillRow } from '@spt-flow/shared/api/bills';
import type { Audit } from '../../lib/audit.ts';
import type { Clock } from '../../lib/clock.ts';
import { toCsvLine } from '../../lib/csv.ts';
import { auditName, type Principal } from '../../lib/principal.ts';
import type { BillsRepository } from './bills-repository.ts';
import { monthOf } from './monthly-use-repository.ts';

const MICROS = 1_000_000;
const SECONDS_PER_HOUR = 3600;

export interface BillsDeps {
  readonly repository: BillsRepository;
  /** Of workspaces; models are paid in dollars. */
  readonly currency: string;
  readonly audit: Audit;
  readonly clock: Pick<Clock, 'now'>;
}

export type BillsService = ReturnType<typeof createBillsService>;

/** createBillsService says what each person used in each project in a month. */
export function createBillsService({ repository, currency, audit, clock }: BillsDeps) {
  async function get({ organizationId }: Principal, asked: string | undefined): Promise<Bill> {
    const month = asked ?? monthOf(clock.now());
    const rows = await repository.ofMonth(organizationId, month);
    return { month, currency, items: rows.map(toRow) };
  }

  return {
    get,

    async csv(
      principal: Principal,
      asked: string | undefined,
      correlationId: string,
    ): Promise<{ fileName: string; text: string }> {
      const { month, items } = await get(principal, asked);
      const { organizationId } = principal;
      const entry = { organizationId, principal: auditName(principal), correlationId };
      await audit.record({ ...entry, action: 'bill.export', target: month });
      return {
        fileName: `spt-flow-${month}.csv`,
        text: [headOf(currency), ...items.map(toCells(month))].map(toCsvLine).join(''),
      };
    },
  };
}

function toRow(row: Awaited<ReturnType<BillsRepository['ofMonth']>>[number]): BillRow {
  const { userId, userName, email, projectId, projectName, inputTokens, outputTokens } = row;
  return {
    ...{ userId, userName, email, projectId, projectName, inputTokens, outputTokens },
    workspaceHours: Math.round((row.seconds / SECONDS_PER_HOUR) * 100) / 100,
    workspaceCost: row.micros / MICROS,
    modelCostUsd: row.modelMicros / MICROS,
  };
}

function headOf(currency: string): string[] {
  return [
    ...['month', 'person', 'e-mail', 'project', 'project id', 'workspace hours'],
    ...[`workspace cost (${currency})`, 'model input tokens', 'model output tokens'],
    'model cost (USD)',
  ];
}

function toCells(month: string) {
  return (row: BillRow): (string | number)[] => [
    ...[month, row.userName, row.email, row.projectName, row.projectId],
    ...[row.workspaceHours, row.workspaceCost, row.inputTokens, row.outputTokens, row.modelCostUsd],
  ];
}
