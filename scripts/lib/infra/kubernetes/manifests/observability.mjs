import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import { capture } from '../../../run.mjs';
import { ownProgram } from '../../tools/kubernetes-tools.mjs';

const FOLDER = 'infra/observability';
/** Of the collector. */
const PARTS = ['receivers', 'processors', 'exporters'];

/** Words of the query language, and labels, which are no metrics. */
const WORDS = new Set(
  `and or unless by without on ignoring group_left group_right offset bool sum min max avg count
   topk bottomk quantile rate irate increase absent histogram_quantile vector time clamp_min
   clamp_max label_replace`.split(/\s+/),
);

/** ruleProblems asks promtool: do the rules parse, does each alert fire and stay quiet as its tests say. */
export async function ruleProblems(root) {
  const rules = await listed(root, 'rules', '.yaml');
  const tests = await listed(root, 'rules/tests', '.yaml');
  return [
    ...(await promtool(['check', 'rules', ...rules])),
    ...(await promtool(['test', 'rules', ...tests])),
  ];
}

/** alertProblems finds alerts without tests or a runbook, and queries that name what nothing exports. */
export async function alertProblems(root) {
  const rules = await listed(root, 'rules', '.yaml');
  const tests = await listed(root, 'rules/tests', '.yaml');
  return [
    ...(await untested(rules, tests)),
    ...(await runbookProblems(root, rules)),
    ...(await nameProblems(root)),
  ];
}

async function untested(rules, tests) {
  const texts = await Promise.all(tests.map((file) => readFile(file, 'utf8')));
  const cases = texts.flatMap((text) => parse(text).tests.flatMap((test) => test.alert_rule_test));
  return (await alertsOf(rules)).flatMap(({ alert }) => {
    const own = cases.filter(({ alertname }) => alertname === alert);
    const fires = own.some(({ exp_alerts: expected }) => expected.length > 0);
    const isQuiet = own.some(({ exp_alerts: expected }) => expected.length === 0);
    return fires && isQuiet ? [] : [`${alert} has no test in which it fires, or none in which not`];
  });
}

async function runbookProblems(root, rules) {
  const problems = [];
  for (const { alert, annotations } of await alertsOf(rules)) {
    const [file, anchor] = (annotations?.runbook_url ?? '').split('#');
    const text = await readFile(path.join(root, FOLDER, file), 'utf8').catch(() => '');
    const headings = [...text.matchAll(/^## (\S+)$/gm)].map(([, title]) => title.toLowerCase());
    if (!headings.includes(anchor)) problems.push(`${alert} has no runbook`);
  }
  return problems;
}

async function alertsOf(files) {
  const texts = await Promise.all(files.map((file) => readFile(file, 'utf8')));
  return texts.flatMap((text) => parse(text).groups.flatMap(({ rules }) => rules));
}

async function nameProblems(root) {
  const read = async (file) => JSON.parse(await readFile(path.join(root, FOLDER, file), 'utf8'));
  const exported = await read('exported-metrics.json');
  const known = new Set([
    ...seriesOf(exported),
    ...Object.keys(await read('external-metrics.json')),
  ]);
  return (await queriesOf(root)).flatMap(({ where, query }) => [
    ...metricsOf(query)
      .filter((name) => !known.has(name))
      .map((name) => `${where}: nothing exports '${name}'`),
    ...unknownLabels(query, exported).map((label) => `${where}: ${label}`),
  ]);
}

async function queriesOf(root) {
  return [...(await ruleQueries(root)), ...(await dashboardQueries(root))];
}

function seriesOf(exported) {
  return Object.entries(exported).flatMap(([name, { type }]) =>
    type === 'histogram' ? [`${name}_bucket`, `${name}_count`, `${name}_sum`] : [name],
  );
}

async function ruleQueries(root) {
  const rules = await alertsOf(await listed(root, 'rules', '.yaml'));
  return rules.map(({ alert, expr }) => ({ where: alert, query: expr }));
}

async function dashboardQueries(root) {
  const queries = [];
  for (const file of await listed(root, 'dashboards', '.json')) {
    const { panels } = JSON.parse(await readFile(file, 'utf8'));
    for (const { title, targets } of panels)
      for (const { expr } of targets)
        queries.push({ where: `${path.basename(file)}, ${title}`, query: expr });
  }
  return queries;
}

/** metricsOf are the names that a query reads, without functions, labels and strings. */
export function metricsOf(query) {
  const bare = query
    .replaceAll(/"(?:[^"\\]|\\.)*"/g, '""')
    .replaceAll(/\{[^}]*\}/g, '')
    .replaceAll(/\[[^\]]*\]/g, '')
    .replaceAll(/\b(by|without|on|ignoring|group_left|group_right)\s*\([^)]*\)/g, '');
  const names = [...bare.matchAll(/[a-zA-Z_:][\w:]*/g)].map(([name]) => name);
  return [...new Set(names)].filter((name) => !WORDS.has(name));
}

/** Labels in braces that a metric of ours does not have. */
function unknownLabels(query, exported) {
  return [...query.matchAll(/([a-zA-Z_][\w:]*)\{([^}]*)\}/g)].flatMap(([, series, matchers]) => {
    const name = series.replace(/_(bucket|count|sum)$/, '');
    const metric = exported[series] ?? exported[name];
    if (!metric) return [];
    const allowed = [...metric.labels, 'job', 'instance', 'le'];
    return [...matchers.matchAll(/([a-zA-Z_]\w*)\s*(?:=~|!~|!=|=)/g)]
      .map(([, label]) => label)
      .filter((label) => !allowed.includes(label))
      .map((label) => `'${series}' has no label '${label}'`);
  });
}

/** queryProblems has promtool parse the queries of rules and dashboards, as rules that record. */
export async function queryProblems(root) {
  const queries = await queriesOf(root);
  const folder = await mkdtemp(path.join(tmpdir(), 'spt-flow-queries-'));
  const rules = queries.map(({ query }, at) => ({ record: `query:${at}`, expr: query }));
  try {
    const file = path.join(folder, 'queries.yaml');
    await writeFile(file, stringify({ groups: [{ name: 'queries', rules }] }));
    return await promtool(['check', 'rules', file]);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** dashboardProblems has Grafana's own types read the dashboards, which know no other fields than Grafana does. */
export async function dashboardProblems(root) {
  const files = await listed(root, 'dashboards', '.json');
  const { exitCode, output } = await capture(await ownProgram('dashboard-check'), files);
  return exitCode === 0 ? [] : [output.trim()];
}

/** pipelineProblems reads the collector's pipelines as it would. */
export async function pipelineProblems(root) {
  const config = await collectorConfig(root);
  const problems = [];
  for (const [name, pipeline] of Object.entries(config.service.pipelines)) {
    const lacking = PARTS.flatMap((kind) =>
      (pipeline[kind] ?? []).filter((part) => !(part in (config[kind] ?? {}))),
    );
    problems.push(...lacking.map((part) => `collector: ${name} lacks ${part}`));
    if (pipeline.processors?.[0] !== 'memory_limiter')
      problems.push(`collector: ${name} does not limit memory first`);
  }
  const used = Object.values(config.service.pipelines).flatMap((pipeline) =>
    Object.values(pipeline).flat(),
  );
  const unused = PARTS.flatMap((kind) => Object.keys(config[kind])).filter(
    (part) => !used.includes(part),
  );
  problems.push(...unused.map((part) => `collector: ${part} is used by no pipeline`));
  return problems;
}

async function collectorConfig(root) {
  return parse(await readFile(path.join(root, FOLDER, 'collector/config.yaml'), 'utf8'));
}

/** scrapeProblems: Debian's promtool can't ask a cluster for targets, so it reads what is scraped with one of its own. */
export async function scrapeProblems(root) {
  const { scrape_configs: jobs } = (await collectorConfig(root)).receivers.prometheus.config;
  const config = {
    scrape_configs: jobs.map(({ kubernetes_sd_configs: _found, ...job }) => ({
      ...job,
      static_configs: [{ targets: ['localhost:9464'] }],
    })),
  };
  const folder = await mkdtemp(path.join(tmpdir(), 'spt-flow-scrape-'));
  try {
    const file = path.join(folder, 'prometheus.yaml');
    await writeFile(file, stringify(config));
    return await promtool(['check', 'config', '--syntax-only', file]);
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** promtool resolves with what it finds wrong. */
export async function promtool(args) {
  const { exitCode, output } = await capture('promtool', args);
  return exitCode === 0 ? [] : [`promtool: ${output.trim()}`];
}

async function listed(root, folder, extension) {
  const files = await readdir(path.join(root, FOLDER, folder));
  return files
    .filter((file) => file.endsWith(extension))
    .toSorted()
    .map((file) => path.join(root, FOLDER, folder, file));
}
