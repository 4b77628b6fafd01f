import { readFile } from 'node:fs/promises';
import path from 'node:path';

const NODES = ['aws/node-groups.tf', 'aws/modules/node-groups/node-groups.tf'];
const STORAGE_CLASS = 'devenv/overlays/eks/storage-class.yaml';
/** What chooses nodes of the pattern for AWS. */
const CHOOSING = [
  'devenv/overlays/eks/kustomization.yaml',
  'secrets/vault-values.yaml',
  'chart/examples/replicas.yaml',
];

/** overlayProblems finds pods for nodes that Terraform does not make, which would wait for ever, and volumes that no backup sees. */
export async function overlayProblems(root) {
  const text = async (area, files) =>
    Promise.all(files.map((file) => readFile(path.join(root, 'infra', area, file), 'utf8')));
  const made = (await text('terraform', NODES)).join('\n');
  const labels = found(made, /"(spt-flow\.dev\/\w+)" = "(\w+)"/g);
  const taints = found(made, /key {4}= "(spt-flow\.dev\/\w+)"/g).flatMap((key) =>
    found(made, /tainted_for += "(\w+)"/g).map((value) => `${key}=${value}`),
  );
  const [storageClass] = await text('kubernetes', [STORAGE_CLASS]);
  const isTagged = /^ {2}tagSpecification_1: ManagedBy=spt-flow$/m.test(storageClass);
  const wanted = await text('kubernetes', CHOOSING);
  const lost = wanted.flatMap((each, at) => [
    ...found(each, /\{ (spt-flow[\w./-]*): (\w+) \}/g)
      .filter((label) => !labels.includes(label))
      .map((label) => `${CHOOSING[at]}: no node has ${label}`),
    ...found(each, /key: (spt-flow[\w./-]*), operator: Equal, value: (\w+)/g)
      .filter((taint) => !taints.includes(taint))
      .map((taint) => `${CHOOSING[at]}: no node is kept for ${taint}`),
  ]);
  return [...(isTagged ? [] : [`${STORAGE_CLASS}: backups go by ManagedBy=spt-flow`]), ...lost];
}

function found(text, pattern) {
  return [...text.matchAll(pattern)].map(([, ...groups]) => groups.join('='));
}
