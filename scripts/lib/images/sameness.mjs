import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { filesBelow, withContent } from './image-content.mjs';

/** Mode, owner, what tar calls size or device, day, time, then the name and where it leads. */
const LISTED = /^(\S+) (\S+) +\S+ \S+ \S+ (.+)$/;

/** differences names what two images do not have alike: content, mode, owner and target of every file. Times are not compared. */
export async function differences(first, second) {
  const [one, other] = [await withContent(first, describe), await withContent(second, describe)];
  const names = new Set([...one.keys(), ...other.keys()]);
  const differing = [...names].filter((name) => one.get(name) !== other.get(name)).toSorted();
  return { count: names.size, differing };
}

async function describe({ root, list }) {
  const described = new Map();
  for (const line of list.split('\n').filter(Boolean)) {
    const [, mode, owner, rest] = LISTED.exec(line) ?? [];
    const [name, target = ''] = rest.split(/ (?:->|link to) /);
    described.set(name.replace(/^\.?\//, ''), `${mode} ${owner} ${target}`);
  }
  for (const file of await filesBelow(root)) {
    const sum = createHash('sha256')
      .update(await readFile(path.join(root, file)))
      .digest('hex');
    described.set(file, `${described.get(file) ?? ''} ${sum}`);
  }
  return described;
}
