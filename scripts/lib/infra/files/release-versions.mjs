import { readFile } from 'node:fs/promises';
import path from 'node:path';

const CHART = 'infra/kubernetes/chart/Chart.yaml';
const TABLE = 'docs/infrastructure/compatibility.md';

/**
 * releaseProblems finds versions that contradict each other. What is under `infra` has a version of its own, and the
 * table says which product it is for.
 */
export async function releaseProblems(root) {
  const read = (file) => readFile(path.join(root, file), 'utf8');
  const infrastructure = (await read('infra/VERSION')).trim();
  const { version: product } = JSON.parse(await read('package.json'));
  const chart = await read(CHART);
  const row = `\n| ${infrastructure} | ${product} |`;
  return [
    [chart, `\nversion: ${infrastructure}\n`, `${CHART}: version is not that of infra/VERSION`],
    [chart, `\nappVersion: ${product}\n`, `${CHART}: appVersion is not that of package.json`],
    [await tableOf(read), row, `${TABLE}: no row for ${infrastructure} with ${product}`],
  ].flatMap(([text, wanted, problem]) => (text.includes(wanted) ? [] : [problem]));
}

/** Without what aligns its columns. */
async function tableOf(read) {
  return (await read(TABLE)).replaceAll(/ +\|/g, ' |');
}
