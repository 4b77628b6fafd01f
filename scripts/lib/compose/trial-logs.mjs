import { Failure } from '../failure.mjs';
import { until } from './expectations.mjs';

/** Each writes something when it starts. */
const SERVICES = ['control-plane', 'postgres', 'caddy', 'keycloak'];

/** logsArrive finds lines of the services where the collector sends them to. */
export async function logsArrive(stack) {
  for (const service of SERVICES)
    await until(`lines of ${service} arrive`, async () => {
      const [line] = await find(stack, `"service.name":="${service}" | limit 1`);
      if (!line) throw new Failure('There are none');
      if (
        line['service.namespace'] !== stack.project ||
        !['stdout', 'stderr'].includes(line.stream)
      )
        throw new Failure(`One has lost whose it is: ${JSON.stringify(line)}`);
    });
  // What the control plane writes is JSON, and stays so.
  const lines = await find(stack, `"service.name":="control-plane" | limit 100`);
  if (!lines.some(({ _msg: text }) => text.startsWith('{"level":')))
    throw new Failure(`The control plane's lines are others: ${lines[0]?._msg}`);
}

/** In the language of the stand-in. */
async function find(stack, query) {
  const url = `http://127.0.0.1:9428/select/logsql/query?query=${encodeURIComponent(query)}`;
  const text = await stack.compose('exec', '-T', 'loki', 'wget', '-qO-', url);
  return text
    .trim()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
}
