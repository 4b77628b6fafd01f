import { readdirSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import * as z from 'zod';
import { grafanaDashboards } from './grafana-dashboards.ts';

const FILES = 'infra/observability/dashboards';

it('links to each dashboard of the repository, below the path that Grafana has', () => {
  const dashboards = grafanaDashboards('https://watch.example/grafana', { hasCluster: true });

  const uids = readdirSync(FILES).map(
    (file) =>
      z.object({ uid: z.string() }).parse(JSON.parse(readFileSync(`${FILES}/${file}`, 'utf8'))).uid,
  );
  expect(dashboards.map(({ url }) => url).toSorted()).toEqual(
    uids.map((uid) => `https://watch.example/grafana/d/${uid}`).toSorted(),
  );
});

it('leaves out those of a cluster where there is none, and all without a Grafana', () => {
  expect(grafanaDashboards('https://watch.example/', { hasCluster: false })).toEqual([
    { title: 'Grafana: control plane', url: 'https://watch.example/d/spt-flow' },
  ]);
  expect(grafanaDashboards(null, { hasCluster: true })).toEqual([]);
});
