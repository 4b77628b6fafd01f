/** By the `uid` of the files in `infra/observability/dashboards`. */
const DASHBOARDS = [
  { uid: 'spt-flow', title: 'Grafana: control plane', isOfCluster: false },
  { uid: 'spt-flow-kubernetes', title: 'Grafana: Kubernetes', isOfCluster: true },
];

/** grafanaDashboards are those that a Grafana shows for an installation. */
export function grafanaDashboards(
  grafanaUrl: string | null,
  { hasCluster }: { readonly hasCluster: boolean },
): { title: string; url: string }[] {
  if (grafanaUrl === null) return [];
  const root = grafanaUrl.endsWith('/') ? grafanaUrl : `${grafanaUrl}/`;
  return DASHBOARDS.filter(({ isOfCluster }) => hasCluster || !isOfCluster).map(
    ({ uid, title }) => ({ title, url: new URL(`d/${uid}`, root).href }),
  );
}
