import type { FastifyInstance } from 'fastify';
import { BILL_CSV_PATH, billRoutes, MonthQuerySchema } from '@spt-flow/shared/api/bills';
import { assertScope } from '../../lib/principal.ts';
import { registerRoute } from '../../lib/register-route.ts';
import type { BillsService } from './bills-service.ts';

export function registerBillRoutes(app: FastifyInstance, bills: BillsService): void {
  registerRoute(app, billRoutes.get, ({ principal, query }) => bills.get(principal, query.month));
  // A file, and so no matter of contracts in JSON.
  const schema = {
    summary: 'What each person used in each project in a month, as a table for spreadsheets',
    tags: ['bill'],
    security: [{ bearer: [] }, { cookie: [] }],
    querystring: MonthQuerySchema,
  };
  app.get(BILL_CSV_PATH, { schema }, async (request, reply) => {
    const principal = await request.authenticate();
    assertScope(principal, 'admin');
    const { month } = MonthQuerySchema.parse(request.query);
    const { fileName, text } = await bills.csv(principal, month, request.id);
    return reply
      .type('text/csv; charset=utf-8')
      .header('content-disposition', `attachment; filename="${fileName}"`)
      .header('cache-control', 'no-store')
      .send(text);
  });
}
