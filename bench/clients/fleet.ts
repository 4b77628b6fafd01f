import { FleetOrderSchema, type FleetState } from '../harness/fleet-messages.ts';
import { runAgents } from './agents.ts';
import { runBareClients } from './bare-clients.ts';

/** The program of one process of clients: it takes one order and tells how many are connected. */
const TELL_INTERVAL_MS = 20;

let state: FleetState = { connected: 0, lost: 0 };
let told = state;
function tell(change: Partial<FleetState>): void {
  state = { ...state, ...change };
}
setInterval(() => {
  if (state !== told) process.send?.(state);
  told = state;
}, TELL_INTERVAL_MS);

process.once('message', (message) => {
  const order = FleetOrderSchema.parse(message);
  if (order.type === 'agents') runAgents(order, tell);
  else runBareClients(order, tell);
});
// The bench ended, however it ended.
process.once('disconnect', () => process.exit());
