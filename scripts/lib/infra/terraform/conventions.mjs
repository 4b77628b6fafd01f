import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';

const BLOCK = /^(variable|output) "([^"]+)" \{$/gm;
const EVERY_FOLDER = ['versions.tf', 'variables.tf', 'outputs.tf'];

/** conventionProblems finds what neither the formatter nor the validation of Terraform looks at. */
export async function conventionProblems(terraform) {
  const files = await readdir(terraform, { recursive: true });
  const folders = [
    ...new Set(files.filter((file) => file.endsWith('.tf')).map(path.dirname)),
  ].sort();
  const problems = await Promise.all(
    folders.map((folder) => folderProblems({ terraform, folder, files: new Set(files) })),
  );
  return problems.flat();
}

async function folderProblems({ terraform, folder, files }) {
  const isModule = folder.includes('modules/');
  const wanted = isModule ? EVERY_FOLDER : [...EVERY_FOLDER, 'terraform.tfvars.example'];
  const missing = wanted
    .filter((name) => !files.has(path.join(folder, name)))
    .map((name) => `${folder}: ${name} is missing`);
  const blocks = [];
  for (const name of ['variables.tf', 'outputs.tf']) {
    if (!files.has(path.join(folder, name))) continue;
    const text = await readFile(path.join(terraform, folder, name), 'utf8');
    blocks.push(...blockProblems(path.join(folder, name), text));
  }
  return [
    ...missing,
    ...blocks,
    ...(await providerProblems({ terraform, folder, files, isModule })),
  ];
}

function blockProblems(file, text) {
  const found = [...text.matchAll(BLOCK)];
  const names = found.map(([, , name]) => name);
  const order = names.find((name, index) => index > 0 && name < names[index - 1]);
  const undescribed = found
    .filter((match) => !/^\s+description\s*=\s*"[^"]{8,}/m.test(bodyOf(text, match)))
    .map(([, kind, name]) => `${file}: ${kind} ${name} has no description`);
  return [...(order ? [`${file}: ${order} is out of alphabetical order`] : []), ...undescribed];
}

function bodyOf(text, { index }) {
  return text.slice(index, text.indexOf('\n}', index));
}

/** A module takes the provider of whoever calls it, and comes from this repository. */
async function providerProblems({ terraform, folder, files, isModule }) {
  const problems = [];
  for (const file of files) {
    if (path.dirname(file) !== folder || !file.endsWith('.tf')) continue;
    const text = await readFile(path.join(terraform, file), 'utf8');
    if (isModule && /^provider "/m.test(text))
      problems.push(`${file}: a module configures a provider`);
    for (const [, source] of text.matchAll(/^\s+source\s*=\s*"(\.{0,2}\/?[^"]+)"/gm)) {
      const isProvider = /^(hashicorp|coder)\//.test(source);
      if (!isProvider && !source.startsWith('./'))
        problems.push(`${file}: ${source} comes from elsewhere`);
    }
    if (/(aws_)?(access|secret)_key\s*=\s*"/.test(text))
      problems.push(`${file}: a key is written down`);
  }
  return problems;
}
